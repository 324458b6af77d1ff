"""Static files: named by what they hold, kept for ever, and the style sheets put together from their parts."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from webapp.factory import assets
from webapp.factory.assets import STATIC, STYLES, style_sheet
from webapp.foundation.config import demo_environment, load

SETTINGS = load(demo_environment(Path("/nowhere"), "k" * 40, 8000))


@pytest.fixture(scope="module")
def app() -> Flask:
    app = Flask("assets", static_folder=None)
    assets.init_app(app, SETTINGS)
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.mark.parametrize("name", STYLES)
def test_a_style_sheet_is_its_parts_in_order_under_a_name_of_their_hash(
    app: Flask, client: FlaskClient, name: str
) -> None:
    address = app.extensions["assets"][name]
    assert re.fullmatch(rf"/static/{name.removesuffix('.css')}\.[0-9a-f]{{12}}\.css", address)
    answer = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200
    assert (answer.headers["Content-Encoding"], answer.mimetype) == ("gzip", "text/css")
    assert "immutable" in answer.headers["Cache-Control"]
    css = gzip.decompress(answer.data)
    assert css == style_sheet(name)
    found = [css.find((STATIC / "css" / "parts" / f"{part}.css").read_bytes()) for part in STYLES[name]]
    assert found[0] == 0 and found == sorted(found)


def test_every_part_is_in_a_style_sheet_and_none_is_served_alone(app: Flask, client: FlaskClient) -> None:
    parts = {path.stem for path in (STATIC / "css" / "parts").glob("*.css")}
    assert parts == {part for each in STYLES.values() for part in each}
    assert not [name for name in app.extensions["assets"] if "parts" in name or name.endswith(".md")]
    assert client.get("/static/css/parts/base.css").status_code == 404
    assert not list((STATIC / "css").glob("*.css")), "a copy that nobody serves"


def test_another_part_gives_another_name(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "style_sheet", lambda name: style_sheet(name) + b"p { color: red; }")
    changed = Flask("changed", static_folder=None)
    assets.init_app(changed, SETTINGS)
    for name in STYLES:
        assert changed.extensions["assets"][name] != app.extensions["assets"][name]
