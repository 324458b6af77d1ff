"""The school's calendar: terms and closed days, added and taken away by hand; a closure of today holds at once."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Any

from flask import abort, redirect, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from blueprints.admin import blueprint
from blueprints.staff.frame import Here, around, here, show
from blueprints.staff.typed import typed_key
from webapp.access import current_staff
from webapp.first_day.queries.cases import open_cases_of_day
from webapp.foundation.db import read_door
from webapp.foundation.words import short_day_words
from webapp.people.queries import calendar_of, times_of, years_of
from webapp.people.rules.calendar import SchoolCalendar
from webapp.people.rules.calendar_changes import (
    LABELS,
    TERM,
    CalendarMoved,
    EntryRefused,
    EntryUnknown,
    TypedEntry,
    find_entry,
    half_of,
    holds,
    key_of,
    read_entry,
)
from webapp.people.rules.roles import Permission
from webapp.people.rules.session_days import CalendarEvent, Term, year_words
from webapp.people.services.calendar import add_entry, take_away_entry

Errors = list[dict[str, str]]
_EVERY_YEAR = range(-1, 15)
_HALVES = [("all", "All day"), ("am", "Morning"), ("pm", "Afternoon")]


@blueprint.get("/staff/<school>/calendar")
def calendar(school: str) -> str:
    at = here()
    with read_door() as db:
        seen, times, found = around(db, at), times_of(db, *at.keys, at.today), calendar_of(db, *at.keys)
        looked_for = _looked_for(db, at, found)
    past = request.args.get("past") == "1"
    return show(
        "admin/school_calendar/calendar.html", at, seen, times, "calendar", past=past, looked_for=looked_for,
        terms=_rows(found.terms, at.today, past=past), days=_rows(found.events, at.today, past=past),
    )  # fmt: skip


@blueprint.get("/staff/<school>/calendar/new")
def new_entry(school: str) -> str:
    return _new_page(here())


@blueprint.post("/staff/<school>/calendar/new")
def add_to_calendar(school: str) -> Response | tuple[str, int]:
    at, form = here(), request.form
    try:
        value = read_entry(_typed())
        if isinstance(value, CalendarEvent) and holds(value, at.today) and not form.get("sure"):
            words = "School would be closed today, from now on. Tick the box if that is right"
            return _new_page(at, [{"text": words, "href": "#sure"}], ask=True), 422
        add_entry(*at.keys, value, actor=current_staff().actor, submission_key=typed_key())
    except EntryRefused as refused:
        return _new_page(at, [{"text": each.mend, "href": f"#{each.field}"} for each in refused.errors]), 422
    except CalendarMoved as moved:
        return _new_page(at, [{"text": moved.mend, "href": "#kind"}]), 409
    return redirect(url_for("admin.calendar", school=school), 303)


@blueprint.get("/staff/<school>/calendar/<entry>")
def calendar_entry(school: str, entry: str) -> str:
    return _entry_page(here(), entry)


@blueprint.post("/staff/<school>/calendar/<entry>")
def take_from_calendar(school: str, entry: str) -> Response | tuple[str, int]:
    at, form = here(), request.form
    if not form.get("sure"):
        return _entry_page(at, entry, [{"text": "Tick the box if it is to go", "href": "#sure"}]), 422
    try:
        ends_on = date.fromisoformat(form.get("ends_on", ""))
    except ValueError:
        abort(400)
    try:
        take_away_entry(*at.keys, entry, ends_on, actor=current_staff().actor, submission_key=typed_key())
    except EntryUnknown:
        abort(404)
    except CalendarMoved as moved:
        return _list_with(at, moved.mend), 409
    return redirect(url_for("admin.calendar", school=school), 303)


def _typed() -> TypedEntry:
    form = request.form
    return TypedEntry(
        form.get("kind", ""), form.get("name", ""), form.get("starts_on", ""), form.get("ends_on", ""),
        form.get("half", "all"), ",".join(form.getlist("years")),
    )  # fmt: skip


def _rows(values: Sequence[Term | CalendarEvent], today: date, *, past: bool) -> list[dict[str, Any]]:
    shown = sorted(values, key=lambda value: value.starts_on)
    return [_row(value, today) for value in shown if past or value.ends_on >= today]


def _row(value: Term | CalendarEvent, today: date) -> dict[str, Any]:
    days = short_day_words(value.starts_on)
    if value.ends_on != value.starts_on:
        days += f" to {short_day_words(value.ends_on)}"
    row = {"key": key_of(value), "days": f"{days} {value.ends_on.year}", "now": holds(value, today)}
    if isinstance(value, Term):
        return {**row, "what": value.name, "who": "", "reason": ""}
    who, half = _years_words(value), dict(_HALVES)[half_of(value)]
    words = who if half == "All day" else f"{who}, {half.lower()}"
    return {**row, "what": LABELS[value.kind], "who": words, "reason": value.reason}


def _years_words(event: CalendarEvent) -> str:
    if event.year_groups is None:
        return "Whole school"
    return ", ".join(year_words(year) for year in sorted(event.year_groups))


def _looked_for(db: Connection, at: Here, found: SchoolCalendar) -> tuple[int, list[tuple[str, str]]]:
    """How many children are still being looked for while school is closed today for some or all: a closure finds
    nobody. Their names and cases are for those who work the board."""
    if not any(holds(event, at.today) for event in found.events):
        return 0, []
    rows = open_cases_of_day(db, *at.keys, at.today)
    if not at.may(Permission.VIEW_BOARD):
        return len(rows), []
    case = partial(url_for, "staff.case", school=at.school.code)
    return len(rows), [(f"{row.first_name} {row.last_name}", case(pupil=row.pupil_public_id)) for row in rows]


def _new_page(at: Here, errors: Errors | None = None, *, ask: bool = False) -> str:
    with read_door() as db:
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
        open_cases = len(open_cases_of_day(db, *at.keys, at.today)) if ask else 0
        # A school that has brought in nobody yet may have any year.
        years = years_of(db, *at.keys, at.today) or _EVERY_YEAR
    return show(
        "admin/school_calendar/new.html", at, seen, times, "calendar", errors=errors or [], typed=request.form,
        years=[(str(year), year_words(year)) for year in years], chosen_years=request.form.getlist("years"),
        halves=_HALVES, kinds=list(LABELS.items()), term=TERM,
        key=secrets.token_urlsafe(18), ask=ask, open_cases=open_cases,
    )  # fmt: skip


def _entry_page(at: Here, entry: str, errors: Errors | None = None) -> str:
    with read_door() as db:
        seen, times, found = around(db, at), times_of(db, *at.keys, at.today), calendar_of(db, *at.keys)
    value = find_entry(found, entry)
    if value is None:
        abort(404)
    return show(
        "admin/school_calendar/entry.html", at, seen, times, "calendar", errors=errors or [], row=_row(value, at.today),
        is_term=isinstance(value, Term), ends_on=value.ends_on.isoformat(), key=secrets.token_urlsafe(18),
    )  # fmt: skip


def _list_with(at: Here, mend: str) -> str:
    with read_door() as db:
        seen, times, found = around(db, at), times_of(db, *at.keys, at.today), calendar_of(db, *at.keys)
        looked_for = _looked_for(db, at, found)
    return show(
        "admin/school_calendar/calendar.html", at, seen, times, "calendar", past=False, looked_for=looked_for,
        errors=[{"text": mend, "href": "#terms"}], terms=_rows(found.terms, at.today, past=False),
        days=_rows(found.events, at.today, past=False),
    )  # fmt: skip
