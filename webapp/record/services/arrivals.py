"""Who comes in now: what the clock suggests, what reception may set, and the mark that follows."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from webapp.foundation.clock import london
from webapp.foundation.sessions import BOTH_HALVES, Half
from webapp.foundation.trail import Actor
from webapp.people.queries import calendar_of, times_of
from webapp.record.queries.registers import marks_in
from webapp.record.rules import (
    LateSuggestion,
    RecordRefused,
    Setter,
    check_mark,
    half_from_index,
    minutes_late,
    suggest_late,
)
from webapp.record.rules.session_view import SEEN_CODES
from webapp.record.services.batches import MarkBatch, MarkChange, MarkSource
from webapp.record.services.marks import write_marks_in

LATE_CODES = ("L", "U")


class SightingRefused(RecordRefused):
    """A sighting that cannot be kept: not a pupil of this school today, or struck already."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Who is at reception of which school."""

    organisation_id: int
    school_id: int
    actor: Actor


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the clock suggests for somebody who comes in now, and for which session. A person sets the code."""

    half: Half | None
    suggestion: LateSuggestion
    minutes: int


def suggest_arrival(db: Connection, desk: Desk, now: dt.datetime) -> Arrival:
    """L before the register closes, U after it, for the session that is going on; on time before it opens."""
    day = london(now).date()
    times = times_of(db, desk.organisation_id, desk.school_id, day)
    for half in BOTH_HALVES:
        if now < times.session_ends(day, half):
            opens, closes = times.register_opens(day, half), times.register_closes(day, half)
            return Arrival(
                half, suggest_late(now, opens, closes, times.session_ends(day, half)), minutes_late(now, opens)
            )
    return Arrival(None, LateSuggestion.SESSION_OVER, 0)


def check_arrival(arrival: Arrival, code: str | None, minutes: int | None, now: dt.datetime) -> None:
    """Raises SightingRefused for a code that reception does not set, or minutes that cannot have gone by."""
    if code is None:
        return
    if code not in LATE_CODES:
        raise SightingRefused(
            "Reception sets L or U, no other code.", field="code", mend="Choose No mark, L or U."
        )
    if arrival.half is None:
        raise SightingRefused("School is over for today.", field="code", mend="Choose No mark.")
    if minutes is not None and not 0 <= minutes <= arrival.minutes:
        raise SightingRefused(
            f"At {london(now):%H:%M} nobody can be {minutes} minutes late.", field="minutes",
            mend=f"Enter {arrival.minutes} or fewer.",
        )  # fmt: skip


def mark_late(
    tx: Connection, desk: Desk, pupil: Any, half: Half, code: str, minutes: int, words: str, now: dt.datetime
) -> None:
    """Write the mark of one who came late; who is marked in already keeps that mark. Raises CodeRefused."""
    day = london(now).date()
    held = marks_in(tx, desk.organisation_id, [pupil.enrolment_id], day, half.index).get(pupil.enrolment_id)
    if held is not None and held[0] in SEEN_CODES:
        return
    is_open = calendar_of(tx, desk.organisation_id, desk.school_id).is_open(day, half, pupil.year_group)
    opens = times_of(tx, desk.organisation_id, desk.school_id, day).register_opens(day, half)
    check_mark(
        code, day, half_from_index(half.index), today=day, session_open=is_open, setter=Setter.RECEPTION,
        begun=now >= opens,
    )  # fmt: skip
    change = MarkChange(pupil.enrolment_id, day, half.index, code, minutes)
    reason = words or "Signed in at reception"
    write_marks_in(tx, MarkBatch(desk.organisation_id, desk.school_id, (change,), desk.actor, reason, MarkSource.STAFF))
