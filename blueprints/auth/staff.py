"""Staff's sign-in: a code to their address at school, then which of their posts they come for."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from blueprints.auth import blueprint, steps
from webapp.access import current_session
from webapp.accounts.queries.staff import StaffChoice, staff_choices
from webapp.accounts.rules.codes import Door
from webapp.accounts.services.sessions import NotAmongThem, choose_staff
from webapp.foundation.clock import school_today
from webapp.foundation.db import read_door

ENTRANCE = steps.Entrance(
    Door.STAFF, "auth.staff_sign_in", "auth.staff_code", "auth.staff_choose", "staff_sign_in", "/staff"
)


@blueprint.get("/staff/sign-in")
def staff_sign_in() -> str:
    return steps.show_ask(ENTRANCE)


@blueprint.post("/staff/sign-in")
def staff_ask() -> steps.Answer:
    return steps.ask(ENTRANCE)


@blueprint.get("/staff/sign-in/code")
def staff_code() -> str:
    return steps.show_code(ENTRANCE)


@blueprint.post("/staff/sign-in/code")
def staff_enter() -> steps.Answer:
    return steps.enter(ENTRANCE)


@blueprint.get("/staff/sign-in/who")
def staff_choose() -> str:
    return _show(_choices())


@blueprint.post("/staff/sign-in/who")
def staff_chosen() -> Response | tuple[str, int]:
    choices = _choices()
    choice = next((choice for choice in choices if choice.public_id == request.form.get("person")), None)
    if choice is None:
        return _show(choices, "Choose your post"), 422
    try:
        choose_staff(current_session(), choice.key)
    except NotAmongThem as refused:
        return _show(choices, refused.mend), 422
    return redirect(steps.wanted() or ENTRANCE.home)


def _choices() -> tuple[StaffChoice, ...]:
    with read_door() as db:
        return staff_choices(db, current_session().point_value or "", school_today())


def _show(choices: tuple[StaffChoice, ...], error: str = "") -> str:
    return render_template(
        "auth/choose.html", people=[(choice.public_id, f"{choice.name}, {choice.position}") for choice in choices],
        error=error, next=steps.wanted() or "", action=url_for("auth.staff_chosen"),
        sign_out=url_for("auth.staff_sign_out"), errors=[{"text": error, "href": "#person"}] if error else [],
    )  # fmt: skip
