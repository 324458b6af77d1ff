"""A sighting that was a slip is taken back: the case that it closed stands as it stood, with the same clock."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, update

from webapp.first_day.models import FirstDayCase
from webapp.first_day.queries.before import before_closing, located_before, words_of_carrying
from webapp.first_day.queries.cases import cases_by_id
from webapp.first_day.rules import CaseState, Step
from webapp.first_day.services.casework import LATE_AFTER, STEP_WORK, TOLD_ANYWAY_AFTER, Done, note_in, tell_trail
from webapp.first_day.services.school_session import SchoolSession
from webapp.foundation.trail import Actor
from webapp.foundation.work import NewWork, Priority, enqueue
from webapp.record.rules import CaseOutcome


@dataclass(frozen=True, slots=True)
class _Before:
    state: CaseState
    outcome: str
    due_at: datetime
    values: Mapping[str, Any]


def as_it_stands(row: Any) -> dict[str, Any]:
    """What closing takes from a case, for the trail; ``row`` has the columns of ``queries.cases.find_case``."""
    return {
        "state": row.state, "outcome": row.outcome, "alarm": row.alarm, "contact": row.next_contact_id,
        "due_at": row.next_due_at.isoformat(), "ringing_by_id": row.ringing_by_id, "ringing_by": row.ringing_by,
        "ringing_until": row.ringing_until.isoformat() if row.ringing_until else None,
    }  # fmt: skip


def put_back_in(
    tx: Connection, session: SchoolSession, case_ids: Collection[int], now: datetime, by: Actor, since: datetime
) -> dict[int, CaseState]:
    """Open those of the cases that the sighting of ``since`` closed, as they stood before; returns their states.

    A step that became late meanwhile is late, and is looked at for it.
    """
    back: dict[int, CaseState] = {}
    held = before_closing(tx, session.organisation_id, case_ids)
    for row in cases_by_id(tx, session.organisation_id, held, lock=True):
        if row.outcome != CaseOutcome.SEEN_IN_SCHOOL or row.closed_at is None or row.closed_at < since:
            continue
        before = _read(held[row.id])
        back[row.id] = before.state
        _write(tx, session, row, before)
        _look_at_late_in(tx, session, row, before, now)
        words = "Seen in school: undone. The search goes on as it was"
        note_in(tx, session.organisation_id, now, [Done(row.id, "reopened", words, by.name)])
        tell_trail(tx, session, by, "reopened_case", [(row.id, row.pupil_id)], {"undone": True})
    return back


def _read(held: Mapping[str, Any]) -> _Before:
    until = held["ringing_until"]
    return _Before(
        CaseState(held["state"]), held["outcome"], datetime.fromisoformat(held["due_at"]),
        {
            "alarm": held["alarm"], "next_contact_id": held["contact"], "ringing_by_id": held["ringing_by_id"],
            "ringing_by": held["ringing_by"], "ringing_until": datetime.fromisoformat(until) if until else None,
        },
    )  # fmt: skip


def _write(tx: Connection, session: SchoolSession, row: Any, before: _Before) -> None:
    carried = before.state is CaseState.CARRIED
    words = words_of_carrying(tx, session.organisation_id, row.id) if carried else ""
    tx.execute(
        update(FirstDayCase)
        .where(FirstDayCase.organisation_id == session.organisation_id, FirstDayCase.id == row.id)
        .values(
            state=before.state.value, outcome=before.outcome, outcome_words=words[:500], closed_at=None, closed_by="",
            next_due_at=before.due_at, version=FirstDayCase.version + 1, **before.values,
        )
    )  # fmt: skip


def _look_at_late_in(tx: Connection, session: SchoolSession, row: Any, before: _Before, now: datetime) -> None:
    """What the clock passed over while the case was closed is done now."""
    loud_at, told_at = before.due_at + LATE_AFTER, before.due_at + TOLD_ANYWAY_AFTER
    tells = row.next_step == Step.TELL_DSL and row.closed_at <= told_at <= now and loud_at < row.closed_at
    if not (tells or row.closed_at <= loud_at <= now):
        return
    enqueue(
        tx,
        NewWork(
            kind=STEP_WORK, subject=f"{session.organisation_id}-{row.id}",
            slot=f"{before.due_at.isoformat()}@{row.version}", organisation_id=session.organisation_id,
            school_id=session.school_id, payload={"case": row.id, "told": True} if tells else {"case": row.id},
            priority=Priority.ABSENCE,
        ),
    )  # fmt: skip


def remember_located_in(tx: Connection, organisation_id: int, enrolment_id: int, on: date, since: datetime) -> None:
    """A child found elsewhere, whom the sighting of ``since`` brought back, is there again where it is taken back."""
    numbers = located_before(tx, organisation_id, enrolment_id, on, since)
    if numbers:
        tx.execute(
            update(FirstDayCase)
            .where(FirstDayCase.organisation_id == organisation_id, FirstDayCase.id.in_(numbers))
            .values(outcome=CaseOutcome.LOCATED.value, version=FirstDayCase.version + 1)
        )
