"""Every error in the frame of every visitor: what to do, the id of the request, and nothing of the code or the data."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from tests.blueprints.links.test_question import token
from tests.factories import World
from tests.pages import Enter, Page, page
from webapp.factory import create_app
from webapp.foundation import db as doors
from webapp.foundation.config import demo_environment, load
from webapp.foundation.db import Database

STATUSES = (400, 401, 403, 404, 409, 410, 413, 429, 500, 503)
SECRET = "Kowalski +447700900123 tok_9f8e7d6c5b4a39281706"
WORDS = "He was sick in the night and again at seven"

__all__ = ["token"]


class _Down(Exception):
    sqlstate = "57P01"


def raise_it(status: int) -> Callable[..., Any]:
    def view(**_arguments: str) -> Any:
        if status == 500:
            raise RuntimeError(SECRET)
        if status == 503:
            raise OperationalError(f"SELECT {SECRET}", {"number": SECRET}, _Down(SECRET))
        abort(status)

    return view


@pytest.fixture
def client_of(
    app: Flask, as_parent: Enter, as_staff: Enter, anonymous: FlaskClient, world: World, token: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[str], tuple[FlaskClient, str, str]]:  # fmt: skip
    """By audience: who asks, what for, and the endpoint that answers."""
    monkeypatch.setattr(app, "testing", False)
    return lambda audience: {
        "parent": lambda: (as_parent(world.alice), "/home", "parent.home"),
        "staff": lambda: (as_staff(world.officer), "/staff/hill/tasks", "staff.tasks"),
        "link": lambda: (anonymous, f"/t/{token}", "links.opened"),
        "nobody": lambda: (anonymous, "/sign-in", "auth.sign_in"),
    }[audience]()


def frame_of(found: Page) -> str:
    """By what stands around the words, whose frame it is."""
    if [nav for nav in found.all(".//nav") if nav.get("class") == "tabs"]:
        return "parent"
    if [header for header in found.all(".//header") if header.get("class") == "bar"]:
        return "staff"
    return "link" if "Hill Primary" in found.text else "nobody"


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("audience", ["parent", "staff", "link", "nobody"])
def test_each_status_in_each_frame(
    client_of: Callable[[str], tuple[FlaskClient, str, str]], app: Flask, monkeypatch: pytest.MonkeyPatch,
    audience: str, status: int,
) -> None:  # fmt: skip
    client, path, endpoint = client_of(audience)
    monkeypatch.setitem(app.view_functions, endpoint, raise_it(status))
    answer = client.get(path)
    assert answer.status_code == status
    found = page(answer)
    # Without the database nobody is known; a frame made by guessing would be somebody else's.
    assert frame_of(found) == ("nobody" if status == 503 else audience)
    assert answer.headers["X-Request-Id"] in found.text
    for leaked in ("Traceback", "RuntimeError", "SELECT", "Kowalski", "447700900123", "tok_9f8e", "webapp/"):
        assert leaked not in answer.text
    assert ("Retry-After" in answer.headers) == (status in (429, 503))
    if audience in ("parent", "link") and status != 503:
        assert [link for link in found.all(".//a") if link.get("href", "").startswith("tel:")], "the number to ring"
    if audience == "link":
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    said = json.loads(client.get(path, headers={"Accept": "application/json"}).text)
    assert set(said) == {"error", "mend", "reference"}
    assert said["error"] == found.h1
    assert SECRET not in str(said)


@pytest.mark.parametrize(
    ("path", "frame"), [("/nowhere", "parent"), ("/staff/hill/nowhere", "staff"), ("/staff/nowhere/tasks", "staff")]
)
def test_an_address_that_is_none(as_parent: Enter, as_staff: Enter, world: World, path: str, frame: str) -> None:
    client = as_parent(world.alice) if frame == "parent" else as_staff(world.officer)
    answer = client.get(path)
    assert (answer.status_code, frame_of(page(answer))) == (404, frame)


def test_a_link_and_another_address_under_it(anonymous: FlaskClient, token: str) -> None:
    assert frame_of(page(anonymous.get(f"/t/{token}/nowhere"))) == "link"
    altered = page(anonymous.get(f"/t/{token[:-1]}x"))
    assert (altered.status, frame_of(altered)) == (404, "nobody")


def test_staff_without_a_role_any_more_and_nobody(anonymous: FlaskClient) -> None:
    found = page(anonymous.get("/staff/hill/nowhere"))
    assert (found.status, frame_of(found)) == (404, "nobody")
    assert found.links()["Go to your first page"] == "/staff/sign-in"


def write(client: FlaskClient, **more: Any) -> Any:
    found = page(client.get("/sign-in"))
    key = found.fields("/sign-in")["csrf_token"]
    data = {"csrf_token": key, "words": WORDS, "submission_key": "k" * 20, "child": ["one", "two"], **more}
    return client.post("/absence-reports/none/messages", data=data)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_was_typed_stands_there_and_can_be_sent_again(
    app: Flask, as_parent: Enter, world: World, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setattr(app, "testing", False)
    client, got = as_parent(world.alice), []
    monkeypatch.setitem(app.view_functions, "parent.write", raise_it(status))
    found = page(write(client))
    assert found.status == status
    assert WORDS in found.text
    again = found.fields("/absence-reports/none/messages")
    assert (again["words"], again["submission_key"]) == (WORDS, "k" * 20)

    def take(report: str) -> str:
        from flask import request

        got.append(request.form.to_dict(flat=False))
        return "taken"

    monkeypatch.setitem(app.view_functions, "parent.write", take)
    assert client.post("/absence-reports/none/messages", data=again).text == "taken"
    assert got[0]["words"] == [WORDS]


def test_a_form_of_an_old_page_is_shown_with_its_words_and_a_new_key(as_parent: Enter, world: World) -> None:
    client = as_parent(world.alice)
    found = page(write(client, csrf_token="old"))
    assert (found.status, found.h1) == (400, "This page was open for too long")
    assert WORDS in found.text
    assert found.fields("/absence-reports/none/messages")["csrf_token"] not in ("", "old")


def test_words_of_somebody_signed_out_are_not_lost(anonymous: FlaskClient) -> None:
    found = page(write(anonymous))
    assert (found.status, frame_of(found)) == (401, "nobody")
    assert WORDS in found.text
    assert found.links()["Sign in"] == "/"


def test_what_another_site_sent_is_not_repeated(as_parent: Enter, world: World) -> None:
    client = as_parent(world.alice)
    answer = client.post("/absence-reports/none/messages", data={"words": WORDS}, headers={"Origin": "https://e.example"})
    assert answer.status_code == 403
    assert WORDS not in page(answer).text


@pytest.mark.parametrize("fields", [{"password": "correct horse battery"}, {"code": "123456"}, {"x": "y" * 20_001}])
def test_what_opens_a_door_or_is_too_long_is_not_repeated(
    as_parent: Enter, world: World, fields: dict[str, str]
) -> None:
    answer = write(as_parent(world.alice), csrf_token="old", **fields)
    assert answer.status_code == 400
    assert next(iter(fields.values())) not in answer.text
    assert WORDS not in answer.text


def test_a_body_that_is_too_large_is_said_honestly_in_ones_own_frame(as_parent: Enter, world: World) -> None:
    client = as_parent(world.alice)
    data = {"words": WORDS, "file": (__import__("io").BytesIO(b"x" * (13 * 1024 * 1024)), "big.jpg")}
    answer = client.post("/absence-reports/none/files", data=data, content_type="multipart/form-data")
    found = page(answer)
    assert (found.status, frame_of(found)) == (413, "parent")
    assert "Press Back" in found.text


@pytest.fixture
def away(db_kind: str, tmp_path: Path, at: object) -> Iterator[FlaskClient]:
    """A service whose database is not there, opened by a browser that was signed in."""
    url = f"sqlite:///{tmp_path}/gone/no.sqlite3" if db_kind == "sqlite" else "postgresql+psycopg://x@127.0.0.1:1/x"
    yield from _service(url, tmp_path)


@pytest.fixture
def behind(empty_db_url: str, tmp_path: Path, at: object) -> Iterator[FlaskClient]:
    """A service whose database nobody has brought up to date."""
    yield from _service(empty_db_url, tmp_path)


def _service(url: str, folder: Path) -> Iterator[FlaskClient]:
    database = Database(url)
    app = create_app(load(demo_environment(folder, "k" * 40, 8000)), database)
    client = app.test_client()
    client.set_cookie("firstbell-parent", "p" * 43)
    client.set_cookie("firstbell-staff", "s" * 43)
    yield client
    doors.use(None)
    database.dispose()


@pytest.mark.parametrize("path", ["/home", "/staff/hill/tasks", "/t/abcdefghabcdefgh"])
def test_without_a_database_a_page_says_so(away: FlaskClient, path: str) -> None:
    answer = away.get(path)
    found = page(answer)
    assert (found.status, found.h1, frame_of(found)) == (503, "Firstbell is not ready", "nobody")
    assert answer.headers["Retry-After"] == "30"


@pytest.mark.parametrize("path", ["/home", "/staff/hill/tasks"])
def test_with_a_database_of_an_older_version_too(behind: FlaskClient, path: str) -> None:
    answer = behind.get(path)
    assert (page(answer).status, answer.headers["Retry-After"]) == (503, "30")
