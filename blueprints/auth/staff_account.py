"""One's own sign-in: what is set up, new recovery codes, one's account at the provider, signing out elsewhere."""

from __future__ import annotations

from flask import abort, redirect, render_template, request, url_for

from blueprints.auth import blueprint, providers, staff_steps, steps
from blueprints.auth.staff_passkeys import mine
from webapp.access import current_staff, is_fresh_here
from webapp.accounts.queries.staff_entries import recovery_left
from webapp.accounts.queries.staff_logins import find_login
from webapp.accounts.rules.freshness import Fresh
from webapp.accounts.services.endings import end_other_sessions
from webapp.accounts.services.provider_entries import disconnect_own
from webapp.accounts.services.provider_trips import TripPurpose, Wish
from webapp.accounts.services.staff_entries import EntryOver
from webapp.accounts.services.staff_factors import renew_recovery, renew_recovery_of_keys
from webapp.accounts.services.staff_passwords import own_password_link
from webapp.foundation.clock import school_today
from webapp.foundation.db import read_door
from webapp.people.rules.refusals import Refused
from webapp.security import client_address

HOME = "/staff"
_NO_PROVIDER = "Your school does not use work accounts here. Use your password."


@blueprint.get("/staff/you")
def staff_account() -> str:
    return _page()


@blueprint.post("/staff/you/recovery-codes")
def staff_new_recovery() -> steps.Answer:
    """For six digits of now, or with passkeys alone for a fresh proof. The codes are on the answer itself: nowhere can
    they be seen again."""
    by_key = request.form.get("by") == "passkey"
    if by_key and not is_fresh_here(Fresh.ACCESS):
        return redirect(url_for("auth.staff_proof", next=url_for("auth.staff_account"), why=Fresh.ACCESS.value), 303)
    try:
        codes = (
            renew_recovery_of_keys(mine())
            if by_key
            else renew_recovery(mine(), request.form.get("code", ""), client_address(), staff_steps.box())
        )
    except EntryOver:
        return _page("You have no second check yet."), 422
    except Refused as refused:
        return _page(refused.mend), steps.status(refused)
    return render_template("auth/recovery_codes.html", codes=codes, onward=url_for("auth.staff_account"))


@blueprint.post("/staff/you/others/sign-out")
def staff_end_others() -> steps.Answer:
    mine()
    end_other_sessions(current_staff().session_id)
    return redirect(url_for("auth.staff_account"), 303)


@blueprint.post("/staff/you/account")
def staff_connect() -> steps.Answer:
    """Connect one's account; somebody who only found the computer unlocked cannot."""
    provider, session = providers.offered_to(mine()), providers.open_session()
    if provider is None:
        return _page(_NO_PROVIDER, "account"), 422
    if session is None:
        abort(401)
    return providers.away(provider, Wish(TripPurpose.CONNECT, url_for("auth.staff_account"), session_id=session.id))


@blueprint.post("/staff/you/account/remove")
def staff_disconnect() -> steps.Answer:
    try:
        disconnect_own(mine())
    except Refused as refused:
        return _page(refused.mend, "account"), 422
    return redirect(url_for("auth.staff_account"), 303)


@blueprint.post("/staff/you/password")
def staff_own_password() -> steps.Answer:
    """A first password, for somebody who came in with an account of the provider."""
    try:
        token = own_password_link(mine())
    except Refused as refused:
        return _page(refused.mend, "account"), 422
    return redirect(url_for("auth.staff_link", token=token), 303)


def _page(error: str = "", field: str = "code") -> str:
    offered = providers.offered_to(mine())
    with read_door() as db:
        login, left = find_login(db, mine(), school_today()), recovery_left(db, mine())
    return render_template(
        "auth/account.html", viewer=current_staff(), has_password=bool(login and login.password_hash),
        has_factor=bool(login and login.has_factor), has_app=bool(login and login.totp_secret), left=left, home=HOME,
        passkeys=login.passkeys if login else 0, has_pin=bool(login and login.pin_hash),
        error=error if field == "code" else "", linked_to=login.linked_to if login else None,
        provider=offered.name if offered else None, errors=[{"text": error, "href": f"#{field}"}] if error else [],
    )  # fmt: skip
