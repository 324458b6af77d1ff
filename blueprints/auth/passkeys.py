"""Coming in with a passkey, and the offer of one straight after a code."""

from __future__ import annotations

from flask import Response, current_app, make_response, render_template, request, url_for

from blueprints.auth import blueprint, steps
from webapp.access import current_parent
from webapp.accounts.rules.codes import Door
from webapp.accounts.rules.passkeys import OFFER_EVERY, PasskeyRefused, Purpose, Site, site_of
from webapp.accounts.services.challenges import Asker
from webapp.accounts.services.passkeys import options_to_prove, sign_in_with_passkey
from webapp.people.rules.refusals import Refused
from webapp.security import browser_token, client_address, put_browser_token, read_session_token

_ASKED = "passkey-asked"


def site() -> Site:
    """For whom passkeys are made."""
    return site_of(current_app.extensions["settings"].public_url)


def asker() -> Asker:
    """The browser that asks. Its token is new where it holds none, and reaches it with ``options_answer``."""
    token = browser_token(request, current_app.extensions["cookies"])
    return Asker(token, client_address(), request.user_agent.string)


def options_answer(options: str, by: Asker) -> Response:
    """What a script hands to the browser, and the token that binds it."""
    response = Response(options, mimetype="application/json")
    put_browser_token(response, current_app.extensions["cookies"], by.browser_token)
    return response


def refused_options(refused: Refused) -> tuple[dict[str, str], int]:
    """Why there is no challenge; the script shows it."""
    return {"error": refused.mend}, 422 if isinstance(refused, PasskeyRefused) else 429


@blueprint.post("/sign-in/passkey/options")
def passkey_options() -> Response | tuple[dict[str, str], int]:
    by = asker()
    try:
        return options_answer(options_to_prove(Purpose.SIGN_IN, by, site()), by)
    except Refused as refused:
        return refused_options(refused)


@blueprint.post("/sign-in/passkey")
def use_passkey() -> steps.Answer:
    """Sign in with what the passkey has signed."""
    old = read_session_token(request, current_app.extensions["cookies"], Door.PARENT)
    try:
        signed_in = sign_in_with_passkey(asker(), site(), request.form.get("credential", ""), old_token=old)
    except Refused as refused:
        return steps.show_ask(steps.PARENTS, error=refused.mend), 422
    return steps.signed_in_answer(steps.PARENTS, signed_in, steps.wanted())


def offer_first(then: str | None) -> str | None:
    """Where to go after a code: by way of the offer of a passkey, where the browser can make one (its script said so)
    and this device has not been asked this month."""
    asked = request.cookies.get(current_app.extensions["cookies"].name(_ASKED))
    if asked or request.form.get("passkeys") != "1":
        return then
    return url_for("auth.offer_passkey", next=then)


@blueprint.get("/sign-in/passkey")
def offer_passkey() -> Response:
    """Yes, or not now; either way this device is not asked again for a month."""
    viewer = current_parent()
    then = steps.wanted() or steps.PARENTS.home
    page = render_template("auth/offer_passkey.html", name=viewer.contacts[0].first_name, then=then)
    response = make_response(page)
    current_app.extensions["cookies"].put(response, _ASKED, "1", OFFER_EVERY)
    return response
