"""Registers that are given to somebody for a day or some: cover, which lapses by itself."""

from __future__ import annotations

from datetime import date

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from blueprints.staff import blueprint
from blueprints.staff.frame import Here, around, here, show
from blueprints.staff.typed import is_number, typed_again
from webapp.access import current_staff
from webapp.foundation.db import read_door
from webapp.foundation.words import short_day_words
from webapp.people.queries import times_of
from webapp.people.queries.staff import names_here
from webapp.people.queries.staff_roles import GivenRow, all_forms, given_registers
from webapp.people.rules import Refused
from webapp.people.rules.role_changes import RoleRefused
from webapp.people.rules.roles import Permission, allowed
from webapp.people.services.covering import Arranger
from webapp.people.services.staff_roles import give_register, take_back_register

Answer = Response | tuple[str, int]
Errors = list[dict[str, str]]


@blueprint.get("/staff/<school>/registers/given", endpoint="given_registers")
def given_registers_of_school(school: str) -> str:
    return _page(here())


@blueprint.post("/staff/<school>/registers/given", endpoint="give_register")
def give(school: str) -> Answer:
    at, form = here(), request.form
    try:
        first = _day(form.get("starts_on", ""), "starts_on")
        last = _day(form.get("ends_on", "") or form.get("starts_on", ""), "ends_on")
        give_register(_by(at), _number("form"), _number("person"), first, last)
    except Refused as refused:
        return _page(at, [{"text": refused.mend, "href": f"#{refused.field}"}]), 422
    return redirect(url_for("staff.given_registers", school=school), 303)


@blueprint.post("/staff/<school>/registers/given/back", endpoint="take_back_register")
def take_back(school: str) -> Answer:
    at, parts = here(), request.form.get("given", "").split(".")
    if len(parts) != 3 or not all(is_number(part) for part in parts[:2]):
        abort(400)
    try:
        take_back_register(_by(at), int(parts[0]), int(parts[1]), _day(parts[2], "given"))
    except Refused as refused:
        return _page(at, [{"text": refused.mend, "href": "#given"}]), 409
    return redirect(url_for("staff.given_registers", school=school), 303)


def _by(at: Here) -> Arranger:
    return Arranger(*at.keys, current_staff().actor)


def _number(field: str) -> int:
    typed = request.form.get(field, "")
    return int(typed) if is_number(typed) else 0


def _day(typed: str, field: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise RoleRefused(field, "Enter a day, such as 22 June 2026.") from None


def _page(at: Here, errors: Errors | None = None) -> str:
    with read_door() as db:
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
        rows, forms = given_registers(db, *at.keys, at.today), all_forms(db, *at.keys)
        names = names_here(db, *at.keys, at.today)
    takers = [
        (str(one.id), f"{one.name}, {one.position}") for one in names.values()
        if one.id in at.standing.members and allowed(at.standing.members[one.id].roles, Permission.TAKE_OWN_REGISTER)
    ]  # fmt: skip
    return show(
        "staff/registers/given.html", at, seen, times, "registers", errors=errors or [], typed=typed_again(),
        rows=[(row, f"{row.form_id}.{row.staff_id}.{row.starts_on.isoformat()}", _days(row)) for row in rows],
        forms=[("", "Choose"), *((str(number), name) for number, name in forms)], takers=[("", "Choose"), *takers],
    )  # fmt: skip


def _days(row: GivenRow) -> str:
    first = short_day_words(row.starts_on)
    return first if row.starts_on == row.ends_on else f"{first} to {short_day_words(row.ends_on)}"
