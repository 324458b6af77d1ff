"""Headers, cookies, forms and keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cryptography.fernet import InvalidToken
from flask import Flask, Response, session
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from itsdangerous import BadData

from tests.access.conftest import build
from tests.factories import World
from webapp import security
from webapp.accounts.rules.codes import Door
from webapp.foundation.config import Config
from webapp.foundation.db import Database
from webapp.security import Cookies, Seal, safe_next

HTTPS = "https://attend.hill.example"


@pytest.fixture
def production(db: Database, production_config: Config) -> Flask:
    return build(production_config)


def cookie(answer: Any, name: str) -> str:
    return next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith(f"{name}="))


def test_every_answer_is_guarded(production: Flask) -> None:
    browser = production.test_client()
    for path, status in (("/sign-in", 200), ("/home", 302), ("/nowhere", 404), ("/staff/hill/confirm", 405)):
        answer = browser.get(path, base_url=HTTPS)
        assert answer.status_code == status
        policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; ")[:-1])
        assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert "http" not in str(policy)
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=63072000")
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "camera=()" in answer.headers["Permissions-Policy"]
        for name in set(answer.headers.keys()) - {"Set-Cookie"}:
            assert len(answer.headers.getlist(name)) == 1, name


def test_the_demo_over_http_promises_no_https(client: FlaskClient) -> None:
    answer = client.get("/sign-in")
    assert "Strict-Transport-Security" not in answer.headers
    assert "upgrade-insecure-requests" not in answer.headers["Content-Security-Policy"]


def test_a_page_is_never_kept_and_a_script_may_be(app: Flask, client: FlaskClient) -> None:
    def view(kind: str) -> Callable[..., Response]:
        return lambda: Response("x", mimetype=kind, headers={"Cache-Control": "public, max-age=60"})

    app.view_functions["demo.phone"] = view("text/html")
    assert client.get("/demo/phone").headers["Cache-Control"] == "no-store"
    app.view_functions["demo.phone"] = view("text/javascript")
    assert client.get("/demo/phone").headers["Cache-Control"] == "public, max-age=60"


def test_cookies_over_https_are_bound_to_the_host(production: Flask) -> None:
    form = cookie(production.test_client().get("/sign-in", base_url=HTTPS), "__Host-firstbell-form")
    cookies = production.extensions["cookies"]
    answer = Response()
    security.put_session_token(answer, cookies, Door.PARENT, "p" * 43)
    security.put_session_token(answer, cookies, Door.STAFF, "s" * 43)
    security.put_browser_token(answer, cookies, "b" * 43)
    parent, staff = cookie(answer, "__Host-firstbell-parent"), cookie(answer, "__Host-firstbell-staff")
    browser = cookie(answer, "__Host-firstbell-browser")
    for line in (form, parent, staff, browser):
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(line.split("; "))
        assert "Domain" not in line
    assert "Max-Age=34560000" in parent
    # A form that waits on the phone outlives the browser.
    assert "Expires" in form
    # On a shared machine it ends with the browser.
    assert "Max-Age" not in staff and "Expires" not in staff
    assert "Max-Age=86400" in browser


def test_cookies_of_the_demo_work_over_http(client: FlaskClient) -> None:
    line = cookie(client.get("/sign-in"), "firstbell-form")
    assert "Secure" not in line
    assert {"HttpOnly", "SameSite=Lax"} <= set(line.split("; "))


def test_forgetting_a_phone_empties_it(app: Flask) -> None:
    answer = Response()
    security.forget_phone(answer, app.extensions["cookies"])
    assert "Max-Age=0" in cookie(answer, "firstbell-parent")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    security.drop_session_token(answer, app.extensions["cookies"], Door.STAFF)
    assert "Max-Age=0" in cookie(answer, "firstbell-staff")


def test_the_browsers_own_token_is_kept_and_never_a_short_one(app: Flask) -> None:
    cookies = app.extensions["cookies"]

    def held(value: str) -> str:
        with app.test_request_context(headers={"Cookie": f"firstbell-browser={value}"} if value else {}) as context:
            return security.browser_token(context.request, cookies)

    assert held("b" * 43) == "b" * 43
    for bad in ("", "short", "x" * 65):
        assert held(bad) != bad
        assert len(held(bad)) == 43
    assert held("") != held("")


def post(client: FlaskClient, path: str = "/sign-in", key: str | None = None, **headers: str) -> int:
    data = {"csrf_token": key} if key is not None else {}
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post(path, data=data, headers=given).status_code


def test_a_form_needs_the_key_that_this_browser_was_given(
    app: Flask, client: FlaskClient, form_key: Callable[[], str]
) -> None:
    key = form_key()
    assert post(client, key=key) == 200
    assert post(client, X_CSRFToken=key) == 200
    assert post(client) == 400
    assert post(client, key="x" + key) == 400
    other = app.test_client()
    other.get("/sign-in")
    assert post(other, key=key) == 400
    assert post(app.test_client(), key=key) == 400


def test_yesterdays_form_is_still_accepted(client: FlaskClient, form_key: Callable[[], str], morning: Any) -> None:
    from datetime import timedelta

    key = form_key()
    morning.shift(timedelta(days=59))
    assert post(client, key=key) == 200


def test_a_form_of_before_signing_in_is_not_accepted_after(
    app: Flask, client: FlaskClient, form_key: Callable[[], str]
) -> None:
    def sign_in() -> str:
        security.renew_forms()
        assert "csrf_token" not in session
        return generate_csrf()

    key = form_key()
    app.view_functions["auth.sign_in"] = sign_in
    new = client.post("/sign-in", data={"csrf_token": key}).text
    assert new != key
    app.view_functions["auth.sign_in"] = lambda: "done"
    assert post(client, key=key) == 400


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Sec_Fetch_Site": "same-origin"}, 200),
        ({"Sec_Fetch_Site": "none"}, 200),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Sec_Fetch_Site": "same-site"}, 403),
        ({"Origin": "http://localhost"}, 200),
        ({"Origin": "http://localhost:8000"}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost.evil.example"}, 403),
        ({"Sec_Fetch_Site": "same-origin", "Origin": "https://evil.example"}, 403),
    ],
)
def test_a_form_comes_from_our_own_pages(
    client: FlaskClient, form_key: Callable[[], str], headers: dict[str, str], status: int
) -> None:
    assert post(client, key=form_key(), **headers) == status
    # A link's answer needs no cookie, but it too comes from our page.
    assert post(client, "/t/abc", **headers) == status
    # Another machine proves itself by its signature.
    assert post(client, "/webhooks/receipt", **headers) == 200


def test_another_site_may_still_link_to_us(client: FlaskClient) -> None:
    assert client.get("/sign-in", headers={"Sec-Fetch-Site": "cross-site", "Origin": "null"}).status_code == 200


def test_only_our_own_name_is_answered_in_earnest(production: Flask) -> None:
    browser = production.test_client()
    assert browser.get("/sign-in", base_url=HTTPS).status_code == 200
    assert browser.get("/sign-in", base_url="https://evil.example").status_code == 400


def test_a_body_beyond_every_photo_is_not_read(client: FlaskClient, form_key: Callable[[], str]) -> None:
    key = form_key()
    data = {"csrf_token": key, "photo": "x" * (13 * 1024 * 1024)}
    assert client.post("/sign-in", data=data, content_type="multipart/form-data").status_code == 413


def test_keys_rotate_by_putting_a_new_one_in_front(db: Database, demo_config: Config, morning: Any) -> None:
    old, new = "o" * 40, "n" * 40
    before = build(replace(demo_config, secret_keys=(old,))).test_client()
    key = before.get("/sign-in").text.partition("</h1>")[2]
    held = before.get_cookie("firstbell-form")
    assert held is not None
    for keys, status in (((new, old), 200), ((new,), 400)):
        browser = build(replace(demo_config, secret_keys=keys)).test_client()
        browser.set_cookie("firstbell-form", held.value)
        assert post(browser, key=key) == status
    # What is signed from now on needs the new key alone.
    between = build(replace(demo_config, secret_keys=(new, old))).test_client()
    key, held = between.get("/sign-in").text.partition("</h1>")[2], between.get_cookie("firstbell-form")
    assert held is not None
    after = build(replace(demo_config, secret_keys=(new,))).test_client()
    after.set_cookie("firstbell-form", held.value)
    assert post(after, key=key) == 200


def test_what_is_sealed_opens_with_an_older_key_and_for_its_purpose_only() -> None:
    old, both, new = Seal(("o" * 40,)), Seal(("n" * 40, "o" * 40)), Seal(("n" * 40,))
    sealed = old.box("second-factor").encrypt(b"JBSWY3DP")
    assert b"JBSWY3DP" not in sealed
    assert both.box("second-factor").decrypt(sealed) == b"JBSWY3DP"
    assert new.box("second-factor").decrypt(both.box("second-factor").rotate(sealed)) == b"JBSWY3DP"
    for seal, purpose in ((new, "second-factor"), (old, "mailbox")):
        with pytest.raises(InvalidToken):
            seal.box(purpose).decrypt(sealed)


def test_what_is_signed_opens_with_an_older_key_and_for_its_purpose_only() -> None:
    old, both, new = Seal(("o" * 40,)), Seal(("n" * 40, "o" * 40)), Seal(("n" * 40,))
    signed = old.signer("unsubscribe").dumps({"contact": 1})
    assert both.signer("unsubscribe").loads(signed) == {"contact": 1}
    assert new.signer("unsubscribe").loads(both.signer("unsubscribe").dumps(2)) == 2
    for seal, purpose in ((new, "unsubscribe"), (old, "download")):
        with pytest.raises(BadData):
            seal.signer(purpose).loads(signed)


@pytest.mark.parametrize(
    ("wanted", "goes"),
    [
        ("/home", True),
        ("/staff/hill/day?form=3K#row", True),
        ("", False),
        (None, False),
        ("home", False),
        ("//evil.example", False),
        ("/\\evil.example", False),
        ("/home\\..\\x", False),
        ("https://evil.example/home", False),
        ("javascript:alert(1)", False),
        ("/home\r\nSet-Cookie: x=1", False),
        ("/\t/evil.example", False),
    ],
)
def test_where_somebody_may_go_on_to(wanted: str | None, goes: bool) -> None:
    assert safe_next(wanted) == (wanted if goes else None)


def test_cookie_names() -> None:
    assert Cookies(True).name("parent") == "__Host-firstbell-parent"
    assert Cookies(False).name("parent") == "firstbell-parent"


def test_a_signed_in_visitor_is_read_from_the_cookie_of_the_door(
    app: Flask, client: FlaskClient, world: World, enter: Callable[..., Any]
) -> None:
    signed_in = enter(world.alice)
    with app.test_request_context(headers={"Cookie": f"firstbell-parent={signed_in.token}"}) as context:
        cookies = app.extensions["cookies"]
        assert security.read_session_token(context.request, cookies, Door.PARENT) == signed_in.token
        assert security.read_session_token(context.request, cookies, Door.STAFF) is None
