"""A file of a calendar.

With terms in it, it is the whole calendar from the first term's beginning to the last one's end, and what was planned
there and is not in it goes; without terms it only adds. Snow days stay: staff entered them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection, delete, select

from webapp.foundation import events
from webapp.foundation.sessions import BOTH_HALVES
from webapp.people.models import CalendarEvent as EventRow
from webapp.people.models import Term as TermRow
from webapp.people.rules.calendar import SchoolCalendar
from webapp.people.rules.files import Counts, Findings, ImportKind, Rejection
from webapp.people.rules.files.calendar import CalendarRow, key_of, read_calendar
from webapp.people.rules.files.rows import Reading
from webapp.people.rules.session_days import (
    CalendarEvent,
    CalendarRefused,
    EventKind,
    Term,
    day_and_month,
    read_halves,
    read_year_groups,
)
from webapp.people.services.calendar import CalendarChanged
from webapp.people.services.imports.flow import Scope, importer_of
from webapp.people.services.imports.writing import insert_all, take, update_all

_Value = Term | CalendarEvent


@dataclass(slots=True)
class CalendarPlan:
    """What to write: new and changed terms and events, and the ids of those that go. ``before`` are the changed ones as
    they were."""

    findings: Findings = field(default_factory=lambda: Findings(Counts()))
    new: list[_Value] = field(default_factory=list)
    changed: list[tuple[int, _Value]] = field(default_factory=list)
    going: list[tuple[int, _Value]] = field(default_factory=list)
    before: list[_Value] = field(default_factory=list)


def _read(_scope: Scope, data: bytes) -> Reading[CalendarRow]:
    return read_calendar(data)


def plan_calendar(db: Connection, scope: Scope, reading: Reading[CalendarRow]) -> CalendarPlan:
    """Compare a file with the school's calendar."""
    held = _load(db, scope)
    plan = CalendarPlan()
    wanted = {key_of(row.value): row for row in reading.rows}
    span = _span([row.value for row in reading.rows])
    in_span = [key for key, (_, value) in held.items() if _belongs(value, span)]
    plan.going = [held[key] for key in in_span if key not in wanted]
    for key, row in wanted.items():
        if key not in held:
            plan.new.append(row.value)
        elif _columns(held[key][1]) != _columns(row.value):
            plan.changed.append((held[key][0], row.value))
            plan.before.append(held[key][1])
    gone = {number for number, _ in plan.going}
    after = {key: value for key, (number, value) in held.items() if number not in gone or key in wanted}
    rejections = _check(reading.rows, list(after.values()))
    counts = Counts(
        new=len(plan.new), changed=len(plan.changed),
        unchanged=len(wanted) - len(plan.new) - len(plan.changed), removed=len(plan.going), of=len(in_span),
    )  # fmt: skip
    plan.findings = Findings(counts, rejections, tuple(_named(value) for _, value in plan.going))
    return plan


def _load(db: Connection, scope: Scope) -> dict[tuple[object, ...], tuple[int, _Value]]:
    found: list[tuple[int, _Value]] = []
    terms = select(TermRow.id, TermRow.name, TermRow.starts_on, TermRow.ends_on).where(
        TermRow.organisation_id == scope.organisation_id, TermRow.school_id == scope.school_id
    )
    found += [(row.id, Term(row.name, row.starts_on, row.ends_on)) for row in db.execute(terms)]
    events = select(
        EventRow.id, EventRow.kind, EventRow.starts_on, EventRow.ends_on, EventRow.half, EventRow.year_groups,
        EventRow.reason,
    ).where(EventRow.organisation_id == scope.organisation_id, EventRow.school_id == scope.school_id)  # fmt: skip
    found += [
        (row.id, CalendarEvent(EventKind(row.kind), row.starts_on, row.ends_on, read_halves(row.half),
                               read_year_groups(row.year_groups), row.reason))
        for row in db.execute(events)
    ]  # fmt: skip
    return {key_of(value): (number, value) for number, value in found}


def _span(values: list[_Value]) -> tuple[date, date] | None:
    terms = [value for value in values if isinstance(value, Term)]
    if not terms:
        return None
    return min(term.starts_on for term in terms), max(term.ends_on for term in terms)


def _belongs(value: _Value, span: tuple[date, date] | None) -> bool:
    """Whether a file that speaks of this span speaks of this term or event."""
    if span is None or (isinstance(value, CalendarEvent) and value.kind is EventKind.CLOSURE_UNPLANNED):
        return False
    return value.starts_on <= span[1] and value.ends_on >= span[0]


def _check(rows: tuple[CalendarRow, ...], kept: list[_Value]) -> tuple[Rejection, ...]:
    """Rows that do not fit together, each against what stays and what came before it."""
    in_file = {key_of(row.value) for row in rows}
    terms = [value for value in kept if isinstance(value, Term) and key_of(value) not in in_file]
    rejections = []
    for row in sorted(rows, key=lambda row: row.value.starts_on):
        if not isinstance(row.value, Term):
            continue
        try:
            SchoolCalendar([*terms, row.value])
        except CalendarRefused as refused:
            mend = f"{refused.mend} Check the days of both terms."
            rejections.append(Rejection(row.line, "First day", row.value.starts_on.isoformat(), mend))
            continue
        terms.append(row.value)
    return tuple(rejections)


def _named(value: _Value) -> str:
    name = value.name if isinstance(value, Term) else value.kind.value.replace("_", " ")
    return f"{name} from {day_and_month(value.starts_on)} {value.starts_on.year}"


def _columns(value: _Value) -> dict[str, Any]:
    dates = {"starts_on": value.starts_on, "ends_on": value.ends_on}
    if isinstance(value, Term):
        return {"name": value.name, **dates}
    groups = ",".join(str(group) for group in sorted(value.year_groups or ()))
    half = "all" if value.halves == BOTH_HALVES else value.halves[0].value
    return {"kind": value.kind.value, **dates, "half": half, "year_groups": groups, "reason": value.reason}


def _write(tx: Connection, scope: Scope, plan: CalendarPlan) -> None:
    for table, kind in ((TermRow, Term), (EventRow, CalendarEvent)):
        going = [number for number, value in plan.going if isinstance(value, kind)]
        if going:
            mine = (table.organisation_id == scope.organisation_id, table.school_id == scope.school_id)
            tx.execute(delete(table).where(*mine, table.id.in_(going)))
        changed = [({"id": number}, _columns(value)) for number, value in plan.changed if isinstance(value, kind)]
        update_all(tx, table, scope, changed)
        new = [value for value in plan.new if isinstance(value, kind)]
        numbers = zip(take(tx, table, len(new)), new, strict=True)
        rows = [{"id": number, "school_id": scope.school_id, **_columns(value)} for number, value in numbers]
        insert_all(tx, table, scope, rows)
    _tell(tx, scope, plan)


def _tell(tx: Connection, scope: Scope, plan: CalendarPlan) -> None:
    """The days that the file may have changed, from the first to the last; of a changed entry before and after."""
    moved = [*plan.new, *(value for _, value in plan.going), *(value for _, value in plan.changed), *plan.before]
    if moved:
        first, last = min(value.starts_on for value in moved), max(value.ends_on for value in moved)
        events.emit(tx, CalendarChanged(scope.organisation_id, scope.school_id, first, last))


CALENDAR_IMPORTER = importer_of(ImportKind.CALENDAR, _read, plan_calendar, _write)
