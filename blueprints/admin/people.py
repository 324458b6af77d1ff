"""People who work at the school: how each signs in, inviting them, and taking away a second check that was lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from blueprints.admin import blueprint
from blueprints.staff.frame import Here, around, here, show
from blueprints.staff.typed import typed_again
from webapp.access import current_staff
from webapp.accounts.queries.staff_entries import invited_until, recovery_left
from webapp.accounts.queries.staff_logins import LoginRow, logins_at, places_of
from webapp.accounts.services.provider_entries import disconnect
from webapp.accounts.services.staff_factors import reset_factor
from webapp.accounts.services.staff_invitations import invite
from webapp.foundation.clock import london, machine_now
from webapp.foundation.db import read_door
from webapp.foundation.words import short_day_words
from webapp.people.queries import times_of
from webapp.people.queries.staff_roles import roles_held
from webapp.people.rules.refusals import Refused
from webapp.people.rules.role_changes import Held
from webapp.people.rules.roles import Permission, Role
from webapp.people.services.covering import Arranger
from webapp.people.services.staff_roles import end_role, give_role


@dataclass(frozen=True, slots=True)
class Shown:
    """One person as the list has them."""

    public_id: str
    name: str
    position: str
    state: str
    roles: str


@blueprint.get("/staff/<school>/people")
def people(school: str) -> str:
    at = here()
    with read_door() as db:
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
        logins = logins_at(db, *at.keys, at.today, ever=True)
        held = roles_held(db, *at.keys, at.today)
        invited = invited_until(db, at.school.organisation_id, machine_now())
    rows = [
        Shown(one.public_id, one.name, one.position, _state(one, invited.get(one.key.staff_id)),
              _roles_words(held, one.key.staff_id, at.today))
        for one in logins
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
        invite(_found(at, person, today=True).key, current_staff().actor)
    except Refused as refused:
        return _page(at, person, [{"text": refused.mend, "href": "#sign-in"}]), 422
    return redirect(url_for("admin.person", school=school, person=person), 303)


@blueprint.post("/staff/<school>/people/<person>/reset-second")
def reset_second(school: str, person: str) -> Response | tuple[str, int]:
    at = here()
    try:
        found = _found(at, person, today=True).key
        reset_factor(found, request.form.get("reason", ""), current_staff().actor, at.school.id)
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


@blueprint.post("/staff/<school>/people/<person>/roles", endpoint="give_role")
def give(school: str, person: str) -> Response | tuple[str, int]:
    at, form = here(), request.form
    found = _found(at, person)
    try:
        give_role(
            Arranger(*at.keys, current_staff().actor), found.key.staff_id, form.get("role", ""),
            form.get("starts_on", ""), form.get("ends_on", ""),
        )  # fmt: skip
    except Refused as refused:
        return _page(at, person, [{"text": refused.mend, "href": f"#{refused.field}"}]), 422
    return redirect(url_for("admin.person", school=school, person=person), 303)


@blueprint.post("/staff/<school>/people/<person>/roles/end", endpoint="end_role")
def end(school: str, person: str) -> Response | tuple[str, int]:
    at, form = here(), request.form
    found = _found(at, person)
    role, _, since = form.get("held", "").partition(".")
    try:
        starts_on = date.fromisoformat(since)
    except ValueError:
        abort(400)
    try:
        end_role(
            Arranger(*at.keys, current_staff().actor), found.key.staff_id, role, starts_on, form.get("last_day", "")
        )
    except Refused as refused:
        return _page(at, person, [{"text": refused.mend, "href": "#roles"}]), 422
    return redirect(url_for("admin.person", school=school, person=person), 303)


def _found(at: Here, public_id: str, *, today: bool = False) -> LoginRow:
    """Somebody with a role at this school, with ``today`` on this day; of anybody else nothing is said."""
    with read_door() as db:
        logins = logins_at(db, *at.keys, at.today, ever=not today)
    return next((one for one in logins if one.public_id == public_id), None) or abort(404)


def _page(at: Here, public_id: str, errors: list[dict[str, str]] | None = None) -> str:
    login = _found(at, public_id)
    with read_door() as db:
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
        places = places_of(db, login.key, at.today)
        invited = invited_until(db, at.school.organisation_id, machine_now()).get(login.key.staff_id)
        left = recovery_left(db, login.key)
        held = roles_held(db, *at.keys, at.today)
    roles = [role.label for place in places if place.id == at.school.id for role in sorted(place.roles)]
    mine = login.key.staff_id == current_staff().staff_id
    return show(
        "admin/people/person.html", at, seen, times, "people", login=login, roles=roles, errors=errors or [],
        state=_state(login, invited), invited=invited is not None, second=_second(login, left),
        typed={name: request.form.get(name, "")[:200].replace("\x00", "") for name in ("reason", "why_disconnect")},
        account=_account(login), mine=mine, held=[one for one in held if one.staff_id == login.key.staff_id],
        works_here=bool(roles), today=at.today, day=_day,
        typed_role=typed_again() if "role" in request.form and "starts_on" in request.form else {},
        every_role=[("", "Choose"), *((role.value, role.label) for role in Role)],
    )  # fmt: skip


def _roles_words(held: Sequence[Held], staff_id: int, today: date) -> str:
    """The roles of today; those to come with their day; nothing for somebody who has none any more."""
    mine = [one for one in held if one.staff_id == staff_id]
    now = [one.role.label for one in mine if one.holds(today)]
    later = [f"{one.role.label} from {_day(one.starts_on)}" for one in mine if one.starts_on > today]
    return ", ".join([*now, *later]) or "No role now"


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
