"""After the first proof: which post, the second proof or its setting up, and the session at the end."""

from __future__ import annotations

from typing import Any, cast

from cryptography.fernet import MultiFernet
from flask import Response, current_app, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from blueprints.auth import blueprint, steps
from webapp.accounts.rules.codes import Door
from webapp.accounts.rules.second_factors import Step, address_of, shown_secret
from webapp.accounts.services.sessions import SignedIn
from webapp.accounts.services.staff_entries import Browser, EntryOver, choose_post, find_step, finish, posts_of
from webapp.accounts.services.staff_factors import new_secret_of, prove, set_up
from webapp.people.rules.refusals import Refused
from webapp.security import (
    client_address,
    drop_entry_token,
    put_entry_token,
    put_session_token,
    read_entry_token,
    read_session_token,
    renew_forms,
    safe_next,
)

_PAGES = {Step.CHOOSE: "auth.staff_post", Step.PROVE: "auth.staff_second", Step.SET_UP: "auth.staff_set_up"}
_HOME = "/staff"


def box() -> MultiFernet:
    """What encrypts the secrets of second factors."""
    return cast(MultiFernet, current_app.extensions["seal"].box("second-factor"))


def onward(token: str | None, then: str | None = None) -> AnyResponse:
    """To the page of the next step, or in. ``then``: where they were going, where the address does not say it."""
    step, then = find_step(token), then or steps.wanted()
    if step is Step.DONE:
        return _let_in(finish(token, browser()), make_response(redirect(then or _HOME, 303)))
    if step is Step.OVER or token is None:
        return redirect(url_for("auth.staff_sign_in", next=then), 303)
    response = make_response(redirect(url_for(_PAGES[step], next=then), 303))
    put_entry_token(response, current_app.extensions["cookies"], token)
    return response


@blueprint.get("/staff/sign-in/post")
def staff_post() -> steps.Answer:
    return _post_page() if find_step(_token()) is Step.CHOOSE else onward(_token())


@blueprint.post("/staff/sign-in/post")
def staff_post_chosen() -> steps.Answer:
    try:
        choose_post(_token(), request.form.get("person", ""))
    except EntryOver:
        return (_post_page("Choose your post"), 422) if find_step(_token()) is Step.CHOOSE else onward(_token())
    return onward(_token())


@blueprint.get("/staff/sign-in/second")
def staff_second() -> steps.Answer:
    return _second_page() if find_step(_token()) is Step.PROVE else onward(_token())


@blueprint.post("/staff/sign-in/second")
def staff_prove() -> steps.Answer:
    try:
        signed_in = prove(_token(), request.form.get("code", ""), browser(), box())
    except EntryOver:
        return onward(_token())
    except Refused as refused:
        return _second_page(refused.mend), steps.status(refused)
    return _let_in(signed_in, make_response(redirect(_target(), 303)))


@blueprint.get("/staff/sign-in/set-up")
def staff_set_up() -> steps.Answer:
    return _set_up_page() if find_step(_token()) is Step.SET_UP else onward(_token())


@blueprint.post("/staff/sign-in/set-up")
def staff_confirm_set_up() -> steps.Answer:
    """The recovery codes are on the answer itself: nowhere can they be seen again."""
    try:
        made = set_up(_token(), request.form.get("code", ""), browser(), box())
    except EntryOver:
        return onward(_token())
    except Refused as refused:
        return _set_up_page(refused.mend), steps.status(refused)
    renew_forms()
    page = render_template("auth/recovery_codes.html", codes=made.recovery, onward=_target())
    return _let_in(made.signed_in, make_response(page))


def _token() -> str | None:
    return read_entry_token(request, current_app.extensions["cookies"])


def browser() -> Browser:
    """Who asks, and the session that this browser has."""
    held = read_session_token(request, current_app.extensions["cookies"], Door.STAFF)
    return Browser(client_address(), request.user_agent.string, held)


def _target() -> str:
    return safe_next(request.values.get("next")) or _HOME


def _let_in(signed_in: SignedIn, response: Response) -> Response:
    cookies = current_app.extensions["cookies"]
    renew_forms()
    put_session_token(response, cookies, Door.STAFF, signed_in.token)
    drop_entry_token(response, cookies)
    return response


def _post_page(error: str = "") -> str:
    return render_template(
        "auth/choose.html", people=[(post.public_id, f"{post.name}, {post.position}") for post in posts_of(_token())],
        error=error, next=steps.wanted() or "", action=url_for("auth.staff_post_chosen"),
        sign_out=url_for("auth.staff_sign_out"), errors=_errors(error, "#person"),
    )  # fmt: skip


def _second_page(error: str = "") -> str:
    return render_template(
        "auth/second.html", error=error, next=steps.wanted() or "", action=url_for("auth.staff_prove"),
        errors=_errors(error, "#code"),
    )  # fmt: skip


def _set_up_page(error: str = "") -> str:
    secret, email = new_secret_of(_token(), box())
    return render_template(
        "auth/set_up_second.html", secret=shown_secret(secret), app_address=address_of(secret, email), email=email,
        error=error, next=steps.wanted() or "", action=url_for("auth.staff_confirm_set_up"),
        errors=_errors(error, "#code"),
    )  # fmt: skip


def _errors(error: str, href: str) -> list[dict[str, Any]]:
    return [{"text": error, "href": href}] if error else []
