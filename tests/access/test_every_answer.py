"""What guards every kind of answer: a page, a static file, a family's file, JSON, a script, a redirect, an error."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.absence.test_papers import PDF, picture
from tests.blueprints.conftest import SCHOOL_MORNING
from tests.factories import World
from webapp.absence.rules.drafts import TypedReport
from webapp.absence.services.papers import add_file
from webapp.absence.services.report import Reporter, report_absence
from webapp.accounts.rules.persons import ContactKey
from webapp.accounts.services.sessions import demo_sign_in
from webapp.factory import create_app
from webapp.foundation import clock, events
from webapp.foundation.config import Config, load
from webapp.foundation.db import Database, read_door

HTTPS = "https://attend.hill.example"
NEEDED = {
    "Content-Type", "X-Content-Type-Options", "Cross-Origin-Resource-Policy", "Strict-Transport-Security",
    "X-Frame-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy", "Permissions-Policy", "X-Request-Id",
}  # fmt: skip


@pytest.fixture
def production(db: Database, production_config: Config, morning: Any, world: World) -> Any:
    morning.move_to(SCHOOL_MORNING)
    yield create_app(production_config, db)
    clock.use_school_offset(None)
    events.forget_all()


@pytest.fixture
def alice(production: Flask, demo_config: Config, world: World) -> FlaskClient:
    client = production.test_client()
    signed_in = demo_sign_in(demo_config, ContactKey(world.organisation, world.alice))
    client.set_cookie("__Host-firstbell-parent", signed_in.token, domain="attend.hill.example", secure=True)
    return client


@pytest.fixture
def files(alice: FlaskClient, world: World) -> dict[str, str]:
    """Addresses of a photo and a paper on Alice's report."""
    from sqlalchemy import select

    from webapp.absence.models import AbsenceReport

    adult = ContactKey(world.organisation, world.alice)
    typed = TypedReport(("pup-1-Tom-Ahmed",), "all_day", "2026-06-16", reason="ill", words="Poorly")
    report_absence(typed, Reporter((adult,), 7), "k1")
    with read_door() as db:
        report = db.scalar(select(AbsenceReport.public_id))
    add = lambda name, data: add_file((adult,), report or "", f"up-{name}", name, data).public_id  # noqa: E731
    base = f"/absence-reports/{report}/files"
    return {"photo": f"{base}/{add('note.jpg', picture())}", "paper": f"{base}/{add('letter.pdf', PDF)}"}


def static_path(app: Flask) -> str:
    return str(app.extensions["assets"]["css/parent.css"])


def answers(app: Flask, client: FlaskClient, files: dict[str, str]) -> dict[str, Any]:
    def get(path: str, **more: Any) -> Any:
        return client.get(path, base_url=HTTPS, **more)

    return {
        "page": get("/home"),
        "open page": get("/sign-in"),
        "static": get(static_path(app)),
        "static that is not there": get("/static/css/none.css"),
        "photo": get(files["photo"]),
        "paper": get(files["paper"]),
        "script": get("/service-worker.js"),
        "manifest": get("/manifest.webmanifest"),
        "redirect": app.test_client().get("/home", base_url=HTTPS),
        "error page": get("/nowhere"),
        "json error": get("/nowhere", headers={"Accept": "application/json"}),
        "other method": client.delete("/home", base_url=HTTPS),
        "another site": client.post("/sign-in", base_url=HTTPS, headers={"Origin": "https://evil.example"}),
        "another host": client.get("/home", base_url="https://evil.example"),
        "webhook": client.post("/webhooks/twilio/status", base_url=HTTPS),
        "link": get("/t/no-such-link"),
    }


def test_each_kind_of_answer(production: Flask, alice: FlaskClient, files: dict[str, str]) -> None:
    found = answers(production, alice, files)
    assert (found["page"].status_code, found["redirect"].status_code) == (200, 302)
    for kind, answer in found.items():
        headers = answer.headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy, kind
        assert "unsafe-eval" not in policy and "http:" not in policy and "*" not in policy, kind
        assert "script-src 'self'" in policy or "sandbox" in policy, kind
        assert not (NEEDED - set(headers.keys())), kind
        assert headers["X-Content-Type-Options"] == "nosniff", kind
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin", kind
        assert headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains", kind
        assert headers["X-Frame-Options"] == "DENY", kind
        assert "frame-ancestors 'none'" in policy, kind
        assert "base-uri 'none'" in policy, kind
        assert headers["Referrer-Policy"] == "same-origin", kind
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin", kind
        assert "geolocation=()" in headers["Permissions-Policy"], kind
        assert "Access-Control-Allow-Origin" not in headers, kind
        assert "Server" not in headers and "X-Powered-By" not in headers, kind
        assert len(headers["X-Request-Id"]) == 12, kind
        if answer.data:
            text = answer.mimetype.startswith("text/") or answer.mimetype.endswith("javascript")
            said = answer.content_type.lower().replace('"', "")
            assert not text or "charset=utf-8" in said, (kind, said)
        if kind not in {"static", "script", "manifest"}:
            assert "no-store" in headers["Cache-Control"], (kind, headers["Cache-Control"])


def test_a_photo_is_shown_in_a_sandbox_and_a_paper_is_given_to_be_kept(
    alice: FlaskClient, files: dict[str, str]
) -> None:
    photo, paper = (alice.get(files[name], base_url=HTTPS) for name in ("photo", "paper"))
    assert (photo.content_type, paper.content_type) == ("image/jpeg", "application/pdf")
    assert photo.headers["Content-Disposition"].startswith("inline")
    assert paper.headers["Content-Disposition"].startswith("attachment")
    for answer in (photo, paper):
        assert answer.headers["Content-Security-Policy"].startswith("sandbox;")


@pytest.mark.parametrize("proxies", [0, 1])
@pytest.mark.parametrize(
    ("given", "well_formed"),
    [("0f8a2c4e6b1d", True), ("req-2026_06_16-abc", True), ("short", False), ("x" * 65, False), ("a b c d e f", False),
     ('"><b>x</b>-----', False), ("", False)],
)  # fmt: skip
def test_an_id_is_taken_from_a_proxy_that_we_trust_and_only_if_it_is_one(
    db: Database, production_config: Config, morning: Any, proxies: int, given: str, well_formed: bool
) -> None:
    app = create_app(replace(production_config, trusted_proxies=proxies), db)
    answer = app.test_client().get("/sign-in", base_url=HTTPS, headers={"X-Request-Id": given})
    assert (answer.headers["X-Request-Id"] == given) == (well_formed and proxies == 1)
    clock.use_school_offset(None)
    events.forget_all()


def test_what_a_proxy_says_counts_only_where_one_is_trusted(
    db: Database, production_config: Config, morning: Any
) -> None:
    from flask import request

    for proxies, address in ((0, "10.0.0.7"), (1, "203.0.113.9")):
        app = create_app(replace(production_config, trusted_proxies=proxies), db)
        app.view_functions["auth.sign_in"] = lambda: request.remote_addr or ""
        forwarded = {"X-Forwarded-For": "198.51.100.1, 203.0.113.9", "X-Real-IP": "198.51.100.2"}
        answer = app.test_client().get(
            "/sign-in", base_url=HTTPS, headers=forwarded, environ_overrides={"REMOTE_ADDR": "10.0.0.7"}
        )
        assert answer.text == address
    clock.use_school_offset(None)
    events.forget_all()


def test_settings_of_production_have_no_debugging(production: Flask, production_config: Config, tmp_path: Path) -> None:
    assert not production.debug
    assert not production.testing
    assert not production.config["PROPAGATE_EXCEPTIONS"]
    for path in ("/console", "/static/", "/static/css/", "/.git/config", "/demo/phone", "/docs", "/metrics"):
        assert production.test_client().get(path, base_url=HTTPS).status_code == 404
    assert production.test_client().open("/sign-in", method="TRACE", base_url=HTTPS).status_code == 405
    assert load({**_environment(tmp_path), "FIRSTBELL_MODE": "production"}).is_demo is False


def _environment(folder: Path) -> dict[str, str]:
    from webapp.foundation.config import demo_environment

    return {**demo_environment(folder, "k" * 40, 8000), "FIRSTBELL_PUBLIC_URL": HTTPS}


