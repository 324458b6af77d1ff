"""Registers of a session: which are taken, whose the others are; and the quick register page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import abort, redirect, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from blueprints.staff import blueprint
from blueprints.staff.calls import caseworker
from blueprints.staff.frame import WORD_OF, Here, around, here, show
from blueprints.staff.typed import typed_version
from webapp.access import current_staff
from webapp.first_day.queries.morning import Morning, load_morning
from webapp.first_day.services.registers import chase_register, start_head_count
from webapp.foundation.clock import london, school_now
from webapp.foundation.db import read_door
from webapp.foundation.words import staff_time
from webapp.people.queries import PupilRow, form_roll, forms_of, times_of
from webapp.people.rules import Refused
from webapp.people.rules.names import PersonName
from webapp.people.rules.roles import Permission
from webapp.people.rules.school_times import SchoolTimes
from webapp.record.queries.registers import marks_in, registers_of, takers_of
from webapp.record.rules import TAKEN_STATES, RecordRefused, RegisterState, Whereabouts, Why, minutes_late
from webapp.record.services.registers import RegisterMark, StaleRegister, take_register

_WORDS = {
    RegisterState.DUE: "Not taken", RegisterState.OPEN: "Being taken", RegisterState.TAKEN: "Taken",
    RegisterState.CLOSED: "Taken", RegisterState.MISSING: "Not taken", RegisterState.HEAD_COUNT: "Head count under way",
}  # fmt: skip
_IN = {"morning": "/", "afternoon": "\\"}
Errors = list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class FormRow:
    """One form's line: who takes it, what has come of it, and its clock."""

    name: str
    href: str
    state: str
    taken: bool
    late: str
    owner: str
    says: str
    chased: str
    due: int
    can_take: bool
    can_count: bool


@blueprint.get("/staff/<school>/registers")
@blueprint.get("/staff/<school>/registers/<on>/<half>")
def registers(school: str, on: str | None = None, half: str | None = None) -> str:
    return _list(here(on, half))


def _list(at: Here, errors: Errors | None = None) -> str:
    now = school_now()
    with read_door() as db:
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
        own = {form_id for form_id, _ in forms_of(db, *at.keys, at.mine.owners, at.on)}
        morning = load_morning(db, *at.keys, at.on, at.half, now)
        rows = registers_of(db, *at.keys, at.on, at.half.index)
        takers = takers_of(db, at.school.organisation_id, [row.form_id for row in rows], at.on)
    due = {form.form_id: form.due for form in morning.forms}
    every = at.may(Permission.TAKE_ANY_REGISTER) or at.may(Permission.CHASE_REGISTERS)
    forms = [
        _form(at, row, due.get(row.form_id, 0), takers.get(row.form_id, ()), morning, now, mine=row.form_id in own)
        for row in rows
        if every or row.form_id in own
    ]
    forms.sort(key=lambda form: (form.taken, not form.due, form.name))
    return show(
        "staff/registers/registers.html", at, seen, times, "registers", forms=forms, errors=errors or [],
        taken=sum(form.taken for form in forms), closes=morning.register_closes, now=now, every=every,
        may_chase=at.may(Permission.CHASE_REGISTERS) and at.is_today,
        halves=[
            (
                word.capitalize(),
                url_for("staff.registers", school=at.school.code, on=at.on.isoformat(), half=word),
                half,
            )
            for half, word in WORD_OF.items()
        ],
    )  # fmt: skip


def _form(
    at: Here, row: Any, due: int, takers: tuple[tuple[int, str], ...], morning: Morning, now: datetime, *, mine: bool
) -> FormRow:
    state = RegisterState(row.state)
    taken = state in TAKEN_STATES
    late = now - morning.register_closes
    minutes = late // timedelta(minutes=1)
    says = f"{staff_time(london(row.taken_at))}, {_short(row.taken_by)}" if row.taken_at else ""
    return FormRow(
        name=row.form, href=_register_address(at, row.form), state=_WORDS[state], taken=taken,
        # "Late" is a pupil's word: here it is the register that is not there yet.
        late=f"closed {minutes} min ago" if not taken and due and at.is_today and minutes > 0 else "",
        owner=" or ".join(_short(name) for _, name in takers) or "the office", says=says,
        chased=f"Asked {staff_time(london(row.chased_at))}" if row.chased_at and not taken else "", due=due,
        can_take=at.is_today and bool(due) and (mine or at.may(Permission.TAKE_ANY_REGISTER)),
        can_count=not taken and bool(due) and late > timedelta(0) and state is not RegisterState.HEAD_COUNT,
    )  # fmt: skip


def _short(name: str) -> str:
    first, _, last = name.partition(" ")
    return PersonName(first, last).staff_form


def _register_address(at: Here, form: str) -> str:
    return url_for("staff.register", school=at.school.code, on=at.on.isoformat(), half=WORD_OF[at.half], form=form)


@blueprint.post("/staff/<school>/registers/<on>/<half>/<form>/chase")
def chase(school: str, on: str, half: str, form: str) -> Response | tuple[str, int]:
    return _deed(here(on, half), form, chase_register)


@blueprint.post("/staff/<school>/registers/<on>/<half>/<form>/head-count")
def head_count(school: str, on: str, half: str, form: str) -> Response | tuple[str, int]:
    return _deed(here(on, half), form, start_head_count)


def _deed(at: Here, name: str, deed: Any) -> Response | tuple[str, int]:
    with read_door() as db:
        form_id = _form_id(db, at, name)
    try:
        deed(caseworker(at), at.on, at.half, form_id)
    except RecordRefused as refused:
        return _list(at, [{"text": f"{refused} {refused.mend}", "href": "#registers"}]), 409
    except Refused as refused:
        return _list(at, [{"text": refused.mend, "href": "#registers"}]), 409
    address = url_for("staff.registers", school=at.school.code, on=at.on.isoformat(), half=WORD_OF[at.half])
    return redirect(address, 303)


def _form_id(db: Connection, at: Here, name: str) -> int:
    found = next((row.form_id for row in registers_of(db, *at.keys, at.on, at.half.index) if row.form == name), None)
    if found is None:
        abort(404)
    return int(found)


@dataclass(frozen=True, slots=True)
class Line:
    """One pupil of the register. ``chosen`` is in, late, away or nothing; ``note`` what is known beforehand."""

    enrolment_id: int
    name: str
    chosen: str
    note: str


@blueprint.get("/staff/<school>/registers/<on>/<half>/<form>")
def register(school: str, on: str, half: str, form: str) -> str:
    return _register(here(on, half), form)


@blueprint.post("/staff/<school>/registers/<on>/<half>/<form>")
def take(school: str, on: str, half: str, form: str) -> Response | tuple[str, int]:
    at = here(on, half)
    with read_door() as db:
        form_id = _own_form(db, at, form)
        roll = form_roll(db, *at.keys, form_id, at.on)
    typed = _typed(roll)
    code_of = {"in": _IN[half], "late": "L", "away": "N"}
    marks = [RegisterMark(number, code_of[choice]) for number, choice in typed.items() if choice in code_of]
    missing = [pupil for pupil in roll if typed[pupil.enrolment_id] not in code_of]
    if missing:
        return _register(at, form, typed, [_not_marked(pupil) for pupil in missing[:5]]), 422
    try:
        take_register(*at.keys, form_id, at.on, at.half, marks, actor=current_staff().actor, version=typed_version())
    except StaleRegister as refused:
        return _register(at, form, typed, [{"text": f"{refused} {refused.mend}", "href": "#register"}]), 409
    except RecordRefused as refused:
        return _register(at, form, typed, [{"text": f"{refused} {refused.mend}", "href": "#register"}]), 422
    return redirect(_register_address(at, form), 303)


def _typed(roll: Sequence[PupilRow]) -> dict[int, str]:
    """What was chosen for each pupil; "everyone else is in" fills the gaps."""
    rest = "in" if "rest" in request.form else ""
    return {pupil.enrolment_id: request.form.get(f"mark-{pupil.enrolment_id}", "") or rest for pupil in roll}


def _not_marked(pupil: PupilRow) -> dict[str, str]:
    return {"text": f"Mark {pupil.name} in, late or away", "href": f"#mark-{pupil.enrolment_id}"}


def _own_form(db: Connection, at: Here, name: str) -> int:
    form_id = _form_id(db, at, name)
    if not at.may(Permission.TAKE_ANY_REGISTER):
        own = {number for number, _ in forms_of(db, *at.keys, at.mine.owners, at.on)}
        if form_id not in own:
            abort(404)
    return form_id


def _register(at: Here, name: str, typed: dict[int, str] | None = None, errors: Errors | None = None) -> str:
    now = school_now()
    with read_door() as db:
        form_id = _own_form(db, at, name)
        seen, times = around(db, at), times_of(db, *at.keys, at.on)
        roll = form_roll(db, *at.keys, form_id, at.on)
        stand = marks_in(db, at.school.organisation_id, [pupil.enrolment_id for pupil in roll], at.on, at.half.index)
        row = next(row for row in registers_of(db, *at.keys, at.on, at.half.index) if row.form_id == form_id)
        known = {
            pupil.row.enrolment_id: pupil
            for pupil in load_morning(db, *at.keys, at.on, at.half, now, form_id=form_id).pupils
        }
    lines = [_line(pupil, stand, known.get(pupil.enrolment_id), typed) for pupil in roll]
    taken = RegisterState(row.state) in TAKEN_STATES
    return show(
        "staff/registers/register.html", at, seen, times, "registers", form=name, lines=lines, errors=errors or [],
        version=row.version, taken=taken and typed is None, taken_at=row.taken_at, taken_by=row.taken_by,
        counts=Counter(line.chosen for line in lines), closed=now >= times.register_closes(at.on, at.half),
        early=now < times.register_opens(at.on, at.half), opens=times.register_opens(at.on, at.half),
        clock=_clock(times, at, now), action=_register_address(at, name),
    )  # fmt: skip


def _clock(times: SchoolTimes, at: Here, now: datetime) -> str:
    closes = times.register_closes(at.on, at.half)
    if now < closes:
        return f"Closes at {staff_time(london(closes))}"
    return f"Closed at {staff_time(london(closes))}, {minutes_late(now, closes)} min ago"


def _line(pupil: PupilRow, stand: dict[int, Any], known: Any, typed: dict[int, str] | None) -> Line:
    code = stand.get(pupil.enrolment_id, (None, None))[0]
    chosen = "" if code is None else "in" if code in ("/", "\\") else "late" if code in ("L", "U") else "away"
    note = ""
    if known is not None:
        if known.state.why is Why.REPORT or (known.reports and known.state.state is Whereabouts.EXPLAINED):
            note = "Reported away"
        elif known.state.why in (Why.PLANNED, Why.PLANNED_ELSEWHERE, Why.CONFIRMED_ELSEWHERE, Why.LEAVE):
            note = "Away, planned"
        elif known.sightings and known.state.state is Whereabouts.IN_SCHOOL:
            note = "Signed in at reception"
    if code is None and note.startswith(("Reported", "Away")):
        chosen = "away"
    return Line(pupil.enrolment_id, pupil.name, typed[pupil.enrolment_id] if typed else chosen, note)
