"""After the first proof: which post, the second proof or its setting up, and the session at the end."""

from __future__ import annotations

from typing import Any, cast

from cryptography.fernet import MultiFernet
from flask import Response, current_app, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from blueprints.auth import blueprint, steps
from blueprints.pictures.qr import qr_picture
from webapp.accounts.rules.codes import Door
from webapp.accounts.rules.second_factors import Step, address_of, shown_secret
from webapp.accounts.services.sessions import SignedIn
from webapp.accounts.services.staff_entries import (
    Browser,
    EntryOver,
    choose_post,
    find_step,
    finish,
    posts_of,
    under_way,
)
from webapp.accounts.services.staff_factors import FactorSetUp, new_secret_of, prove, set_up
from webapp.people.rules.refusals import Refused
from webapp.security import (
    client_address,
    drop_entry_token,
    put_entry_token,
    put_session_token,
    read_entry_token,
    read_machine_token,
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
        return let_in(finish(token, browser()), then)
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
    return second_page() if find_step(_token()) is Step.PROVE else onward(_token())


@blueprint.post("/staff/sign-in/second")
def staff_prove() -> steps.Answer:
    try:
        signed_in = prove(_token(), request.form.get("code", ""), browser(), box())
    except EntryOver:
        return onward(_token())
    except Refused as refused:
        return second_page(refused.mend), steps.status(refused)
    return let_in(signed_in)


@blueprint.get("/staff/sign-in/set-up")
def staff_set_up() -> steps.Answer:
    return set_up_page() if find_step(_token()) is Step.SET_UP else onward(_token())


@blueprint.post("/staff/sign-in/set-up")
def staff_confirm_set_up() -> steps.Answer:
    """The recovery codes are on the answer itself: nowhere can they be seen again."""
    try:
        made = set_up(_token(), request.form.get("code", ""), browser(), box())
    except EntryOver:
        return onward(_token())
    except Refused as refused:
        return set_up_page(refused.mend), steps.status(refused)
    return show_recovery(made)


def _token() -> str | None:
    return read_entry_token(request, current_app.extensions["cookies"])


def browser() -> Browser:
    """Who asks, with what the browser holds."""
    cookies = current_app.extensions["cookies"]
    held, machine = read_session_token(request, cookies, Door.STAFF), read_machine_token(request, cookies)
    return Browser(client_address(), request.user_agent.string, held, machine)


def _target(then: str | None = None) -> str:
    """Where somebody goes who is in; on a shared computer by way of the offer of a PIN."""
    then = then or safe_next(request.values.get("next")) or _HOME
    shared = read_machine_token(request, current_app.extensions["cookies"]) is not None
    return url_for("auth.staff_offer_pin", next=then) if shared else then


def let_in(signed_in: SignedIn, then: str | None = None) -> Response:
    """The cookie of the new session, and on; ``then`` as for ``onward``."""
    return _with_cookies(signed_in, make_response(redirect(_target(then), 303)))


def show_recovery(made: FactorSetUp) -> Response:
    """Signed in, with the recovery codes on the answer itself: nowhere can they be seen again."""
    renew_forms()
    page = render_template("auth/recovery_codes.html", codes=made.recovery, onward=_target())
    return _with_cookies(made.signed_in, make_response(page))


def _with_cookies(signed_in: SignedIn, response: Response) -> Response:
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


def second_page(error: str = "", field: str = "code") -> str:
    """What asks for the second proof: of all that the person has set up, whichever they have at hand."""
    login = under_way(_token(), Step.PROVE).login
    return render_template(
        "auth/second.html", error=error, wrong=field, next=steps.wanted() or "", action=url_for("auth.staff_prove"),
        has_app=login.totp_secret is not None, has_passkey=login.passkeys > 0, errors=_errors(error, f"#{field}"),
    )  # fmt: skip


def set_up_page(error: str = "", field: str = "code") -> str:
    """What sets up the second proof: an authenticator, its key as a picture and as letters, or a passkey."""
    secret, email = new_secret_of(_token(), box())
    address = address_of(secret, email)
    return render_template(
        "auth/set_up_second.html", secret=shown_secret(secret), app_address=address, email=email,
        qr=qr_picture(address), error=error, wrong=field, next=steps.wanted() or "",
        action=url_for("auth.staff_confirm_set_up"), errors=_errors(error, f"#{field}"),
    )  # fmt: skip


def _errors(error: str, href: str) -> list[dict[str, Any]]:
    return [{"text": error, "href": href}] if error else []
