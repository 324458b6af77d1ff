"""People who work at the school: how each signs in, inviting them, and taking away a second check that was lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from blueprints.admin import blueprint
from blueprints.staff.frame import Here, around, here, show
from webapp.access import current_staff
from webapp.accounts.queries.staff_logins import LoginRow, invited_until, logins_at, places_of, recovery_left
from webapp.accounts.services.provider_entries import disconnect
from webapp.accounts.services.staff_factors import reset_factor
from webapp.accounts.services.staff_invitations import invite
from webapp.foundation.clock import london, machine_now
from webapp.foundation.db import read_door
from webapp.foundation.words import short_day_words
from webapp.people.queries import times_of
from webapp.people.rules.refusals import Refused
from webapp.people.rules.roles import Permission


@dataclass(frozen=True, slots=True)
class Shown:
    """One person as the list has them."""

    public_id: str
    name: str
    position: str
    state: str


@blueprint.get("/staff/<school>/people")
def people(school: str) -> str:
    at = here()
    with read_door() as db:
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
        logins = logins_at(db, *at.keys, at.today)
        invited = invited_until(db, at.school.organisation_id, machine_now())
    rows = [
        Shown(one.public_id, one.name, one.position, _state(one, invited.get(one.key.staff_id))) for one in logins
    ]
    may = at.may(Permission.MANAGE_SIGN_IN)
    return show("admin/people/people.html", at, seen, times, "people", rows=rows, may_sign_on=may)


@blueprint.get("/staff/<school>/people/<person>")
def person(school: str, person: str) -> str:
    return _page(here(), person)


@blueprint.post("/staff/<school>/people/<person>/invite")
def invite_person(school: str, person: str) -> Response | tuple[str, int]:
    at = here()
    try:
        invite(_found(at, person).key, current_staff().actor)
    except Refused as refused:
        return _page(at, person, [{"text": refused.mend, "href": "#sign-in"}]), 422
    return redirect(url_for("admin.person", school=school, person=person), 303)


@blueprint.post("/staff/<school>/people/<person>/reset-second")
def reset_second(school: str, person: str) -> Response | tuple[str, int]:
    at = here()
    try:
        reset_factor(_found(at, person).key, request.form.get("reason", ""), current_staff().actor, at.school.id)
    except Refused as refused:
        return _page(at, person, [{"text": refused.mend, "href": f"#{refused.field}"}]), 422
    return redirect(url_for("admin.person", school=school, person=person), 303)


@blueprint.post("/staff/<school>/people/<person>/disconnect")
def disconnect_account(school: str, person: str) -> Response | tuple[str, int]:
    at = here()
    try:
        disconnect(_found(at, person).key, request.form.get("why_disconnect", ""), current_staff().actor, at.school.id)
    except Refused as refused:
        return _page(at, person, [{"text": refused.mend, "href": f"#{refused.field}"}]), 422
    return redirect(url_for("admin.person", school=school, person=person), 303)


def _found(at: Here, public_id: str) -> LoginRow:
    """Somebody with a role at this school today; of anybody else nothing is said."""
    with read_door() as db:
        logins = logins_at(db, *at.keys, at.today)
    return next((one for one in logins if one.public_id == public_id), None) or abort(404)


def _page(at: Here, public_id: str, errors: list[dict[str, str]] | None = None) -> str:
    login = _found(at, public_id)
    with read_door() as db:
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
        places = places_of(db, login.key, at.today)
        invited = invited_until(db, at.school.organisation_id, machine_now()).get(login.key.staff_id)
        left = recovery_left(db, login.key)
    roles = [role.label for place in places if place.id == at.school.id for role in sorted(place.roles)]
    return show(
        "admin/people/person.html", at, seen, times, "people", login=login, roles=roles, errors=errors or [],
        state=_state(login, invited), invited=invited is not None, second=_second(login, left),
        typed={name: request.form.get(name, "")[:200].replace("\x00", "") for name in ("reason", "why_disconnect")},
        account=_account(login),
        mine=login.key.staff_id == current_staff().staff_id,
    )  # fmt: skip


def _state(login: LoginRow, invited: datetime | None) -> str:
    if login.linked_to is not None:
        return f"{login.linked_to} account" + (" or password" if login.password_hash else "")
    if login.password_hash is None:
        return f"Invited, until {_day(london(invited).date())}" if invited else "Has no password yet"
    return "Password and second check" if login.has_factor else "Password, no second check yet"


def _second(login: LoginRow, left: int) -> str:
    if not login.has_factor:
        return "Not set up"
    app = f"App, set up on {_day(london(login.totp_since).date())}" if login.totp_secret and login.totp_since else ""
    keys = f"{login.passkeys} passkey{'' if login.passkeys == 1 else 's'}" if login.passkeys else ""
    return ", ".join(part for part in (app, keys, f"{left} recovery codes left") if part)


def _account(login: LoginRow) -> str:
    if login.linked_to is None or login.linked_at is None:
        return ""
    return f"{login.linked_to}, connected on {_day(london(login.linked_at).date())}"


def _day(on: date) -> str:
    return f"{short_day_words(on)} {on.year}"
