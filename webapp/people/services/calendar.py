"""Changing a school's calendar by hand: a term or closed day is added or taken away, and every page follows at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, delete, select

from webapp.foundation import events, trail
from webapp.foundation.db import current, insert_row, unit_of_work
from webapp.foundation.events import Event
from webapp.foundation.submissions import SubmissionReused, find_result, keep_result
from webapp.foundation.trail import Actor, Deed, TrailEntry
from webapp.people.models import CalendarEvent as EventRow
from webapp.people.models import School
from webapp.people.models import Term as TermRow
from webapp.people.queries import calendar_of
from webapp.people.rules.calendar_changes import (
    CalendarMoved,
    EntryUnknown,
    check_fits,
    find_entry,
    half_of,
    key_of,
)
from webapp.people.rules.session_days import CalendarEvent, Term, read_year_groups

_TOOK = "took_from_calendar"


@dataclass(frozen=True, slots=True)
class CalendarChanged(Event):
    """Sessions of these days are held that were not, or are not held that were."""

    school_id: int
    starts_on: date
    ends_on: date


def add_entry(
    organisation_id: int, school_id: int, value: Term | CalendarEvent, *, actor: Actor, submission_key: str
) -> None:
    """Add a term or a closed day. Raises EntryRefused where the calendar cannot take it; the same form again is one."""
    content = {"calendar": school_id, "add": repr(value)}
    sender = f"{actor.kind.value}:{actor.id}"
    with unit_of_work() as tx:
        if _find(tx, organisation_id, sender, submission_key, content) is not None:
            return
        _lock(tx, organisation_id, school_id)
        check_fits(calendar_of(tx, organisation_id, school_id), value)
        table, columns = (TermRow, {"name": value.name}) if isinstance(value, Term) else (EventRow, _columns(value))
        number = insert_row(
            tx, table, organisation_id=organisation_id, school_id=school_id, starts_on=value.starts_on,
            ends_on=value.ends_on, **columns,
        )  # fmt: skip
        _tell(tx, organisation_id, school_id, "added_to_calendar", value, number, actor)
        keep_result(tx, organisation_id, sender, submission_key, content, number)
    current().memo.forget()


def take_away_entry(
    organisation_id: int, school_id: int, key: str, ends_on: date, *, actor: Actor, submission_key: str
) -> None:
    """Take a term or closed day away: the one of that key (``calendar_changes.key_of``), as long as the page said.

    Raises EntryUnknown for what was never there, CalendarMoved when it is not there so any more; the same form again is
    one.
    """
    content = {"calendar": school_id, "take": key, "ends": ends_on.isoformat()}
    sender = f"{actor.kind.value}:{actor.id}"
    with unit_of_work() as tx:
        if _find(tx, organisation_id, sender, submission_key, content) is not None:
            return
        _lock(tx, organisation_id, school_id)
        value = find_entry(calendar_of(tx, organisation_id, school_id), key)
        if value is None and not _was_taken_away(tx, organisation_id, school_id, key):
            raise EntryUnknown
        if value is None or value.ends_on != ends_on:
            raise CalendarMoved
        number, table = _stored(tx, organisation_id, school_id, value)
        tx.execute(delete(table).where(table.organisation_id == organisation_id, table.id == number))
        _tell(tx, organisation_id, school_id, _TOOK, value, number, actor)
        keep_result(tx, organisation_id, sender, submission_key, content, number)
    current().memo.forget()


def _lock(tx: Connection, organisation_id: int, school_id: int) -> None:
    """One change at a time, and compared with what is stored, not with what this process keeps."""
    school = (School.organisation_id == organisation_id, School.id == school_id)
    tx.execute(select(School.id).where(*school).with_for_update(key_share=True))
    current().memo.forget()


def _stored(
    tx: Connection, organisation_id: int, school_id: int, value: Term | CalendarEvent
) -> tuple[int, type[TermRow | EventRow]]:
    """The row of a term or closed day, and its table. Years may be stored in any order, so they are read first."""
    if isinstance(value, Term):
        mine = (TermRow.organisation_id == organisation_id, TermRow.school_id == school_id)
        return tx.execute(select(TermRow.id).where(*mine, TermRow.starts_on == value.starts_on)).scalar_one(), TermRow
    found = select(EventRow.id, EventRow.year_groups).where(
        EventRow.organisation_id == organisation_id, EventRow.school_id == school_id,
        EventRow.kind == value.kind.value, EventRow.starts_on == value.starts_on, EventRow.half == half_of(value),
    )  # fmt: skip
    return next(row.id for row in tx.execute(found) if read_year_groups(row.year_groups) == value.year_groups), EventRow


def _was_taken_away(tx: Connection, organisation_id: int, school_id: int, key: str) -> bool:
    """Whether somebody was first; what no trail of this school speaks of is another school's, or nobody's."""
    taken = select(TrailEntry.detail).where(
        TrailEntry.organisation_id == organisation_id, TrailEntry.school_id == school_id, TrailEntry.action == _TOOK,
        TrailEntry.subject_kind.in_(("term", "calendar_event")),
    )  # fmt: skip
    return any(detail["entry"] == key for detail in tx.scalars(taken))


def _columns(event: CalendarEvent) -> dict[str, Any]:
    years = ",".join(str(year) for year in sorted(event.year_groups or ()))
    return {"kind": event.kind.value, "half": half_of(event), "year_groups": years, "reason": event.reason}


def _tell(
    tx: Connection, organisation_id: int, school_id: int, action: str, value: Term | CalendarEvent, number: int,
    actor: Actor,
) -> None:  # fmt: skip
    subject = "term" if isinstance(value, Term) else "calendar_event"
    detail = {"entry": key_of(value), "ends_on": value.ends_on.isoformat()}
    trail.write(tx, organisation_id, actor, Deed(action, subject, number, school_id, detail=detail))
    events.emit(tx, CalendarChanged(organisation_id, school_id, value.starts_on, value.ends_on))


def _find(tx: Connection, organisation_id: int, sender: str, key: str, content: Any) -> Any | None:
    try:
        return find_result(tx, organisation_id, sender, key, content)
    except SubmissionReused:
        raise CalendarMoved from None
