"""One's own PIN for shared computers: the offer of one after signing in on such a computer, choosing, taking away."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for

from blueprints.auth import blueprint, staff_steps, steps
from blueprints.auth.staff_passkeys import mine
from webapp.access import current_staff
from webapp.accounts.queries.staff_logins import find_login
from webapp.accounts.services.pins import remove_pin, set_pin
from webapp.foundation.clock import school_today
from webapp.foundation.db import read_door
from webapp.people.rules.refusals import Refused

_HOME = "/staff"


@blueprint.get("/staff/sign-in/pin")
def staff_offer_pin() -> steps.Answer:
    """Straight after signing in on a shared computer; whoever has a PIN, and on any other computer, is led on."""
    then, has_pin = steps.wanted() or _HOME, _has_pin()
    if current_staff().machine_id is None or has_pin:
        return redirect(then)
    return _page(then=then, offered=True)


@blueprint.get("/staff/you/pin")
def staff_pin() -> str:
    return _page(then=url_for("auth.staff_account"))


@blueprint.post("/staff/you/pin")
def staff_set_pin() -> steps.Answer:
    form = request.form
    then = steps.wanted() or url_for("auth.staff_account")
    try:
        set_pin(mine(), form.get("pin", ""), form.get("again", ""), staff_steps.box())
    except Refused as refused:
        return _page(then=then, refused=refused, offered=form.get("offered") == "1"), steps.status(refused)
    return redirect(then, 303)


@blueprint.post("/staff/you/pin/remove")
def staff_remove_pin() -> steps.Answer:
    remove_pin(mine())
    return redirect(url_for("auth.staff_account"), 303)


def _has_pin() -> bool:
    with read_door() as db:
        login = find_login(db, mine(), school_today())
    return bool(login and login.pin_hash)


def _page(*, then: str, refused: Refused | None = None, offered: bool = False) -> str:
    return render_template(
        "auth/pin.html", then=then, offered=offered, has_pin=_has_pin(), home_href=_HOME,
        wrong=refused.field if refused else "", error=refused.mend if refused else "",
        errors=[{"text": refused.mend, "href": f"#{refused.field}"}] if refused else [],
    )  # fmt: skip
