"""Staff's sign-in: a password, or the first time a code to their address at school; then which of their posts."""

from __future__ import annotations

from typing import Any

from flask import current_app, redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from blueprints.auth import blueprint, providers, staff_steps, steps
from webapp.access import current_session
from webapp.accounts.queries.staff import StaffChoice, staff_choices
from webapp.accounts.rules.codes import Door, read_point
from webapp.accounts.services.sessions import NotAmongThem, SignedIn, choose_staff
from webapp.accounts.services.staff_passwords import after_code_in, enter_with_password
from webapp.foundation.clock import school_today
from webapp.foundation.db import read_door
from webapp.people.rules.names import clean_line
from webapp.people.rules.refusals import Refused
from webapp.security import client_address

ENTRANCE = steps.Entrance(
    Door.STAFF, "auth.staff_sign_in", "auth.staff_code", "auth.staff_choose", "staff_sign_in", "/staff"
)
_LONGEST = 400


@blueprint.get("/staff/sign-in")
def staff_sign_in() -> str:
    return steps.show_ask(ENTRANCE)


@blueprint.post("/staff/sign-in")
def staff_ask() -> steps.Answer:
    """Sign in with a password, or, by the other buttons, have a code sent or go to the provider of the address."""
    form = request.form
    if form.get("how") == "provider":
        return _by_work_account()
    if form.get("how") != "password" and not form.get("password"):
        return steps.ask(ENTRANCE)
    try:
        raw = form.get("contact_point", "")[:_LONGEST]
        typed = clean_line(raw, 4 * len(raw), "contact_point")
    except Refused as refused:
        return steps.show_ask(ENTRANCE, error=refused.mend), 422
    try:
        if not form.get("password"):
            raise Refused("password", "Enter your password, or ask for a code if you have none yet.")
        point = read_point(Door.STAFF, typed, allow_fictional=current_app.extensions["settings"].fictional_numbers)
        token = enter_with_password(
            point.value, form["password"], client_address(), staff_steps.box(), shared=form.get("shared") == "1"
        )
    except Refused as refused:
        return steps.show_ask(ENTRANCE, typed=typed, error=refused.mend, field=refused.field), steps.status(refused)
    return staff_steps.onward(token)


def _by_work_account() -> steps.Answer:
    """The domain of the address leads to its provider, whether or not anybody has the address."""
    raw = request.form.get("contact_point", "")[:_LONGEST]
    try:
        typed = clean_line(raw, 4 * len(raw), "contact_point")
        point = read_point(Door.STAFF, typed, allow_fictional=current_app.extensions["settings"].fictional_numbers)
    except Refused as refused:
        return steps.show_ask(ENTRANCE, typed=raw.replace("\x00", ""), error=refused.mend), 422
    found = providers.providers_of(point.value)
    if not found:
        error = "No work account leads here from this address. Use your password, or ask your administrator."
        return steps.show_ask(ENTRANCE, typed=typed, error=error), 422
    return providers.enter(found[0], typed) if len(found) == 1 else providers.choose(found, typed)


@blueprint.get("/staff/sign-in/code")
def staff_code() -> str:
    return steps.show_code(ENTRANCE)


@blueprint.post("/staff/sign-in/code")
def staff_enter() -> steps.Answer:
    """The demo lets in with a code alone; elsewhere it is the first proof, and sets the first password."""
    if current_app.extensions["settings"].is_demo:
        return steps.enter(ENTRANCE)
    return steps.enter(ENTRANCE, onward=_after_code, led_on=_led_on)


def _after_code(tx: Connection, email: str) -> tuple[str, str]:
    return after_code_in(tx, email, staff_steps.box())


def _led_on(found: Any) -> Response:
    assert not isinstance(found, SignedIn)
    link, token = found
    return redirect(url_for("auth.staff_link", token=link)) if link else staff_steps.onward(token)


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
    if current_session().staff is not None:
        return ()
    with read_door() as db:
        return staff_choices(db, current_session().point_value or "", school_today())


def _show(choices: tuple[StaffChoice, ...], error: str = "") -> str:
    return render_template(
        "auth/choose.html", people=[(choice.public_id, f"{choice.name}, {choice.position}") for choice in choices],
        error=error, next=steps.wanted() or "", action=url_for("auth.staff_chosen"),
        sign_out=url_for("auth.staff_sign_out"), errors=[{"text": error, "href": "#person"}] if error else [],
    )  # fmt: skip
