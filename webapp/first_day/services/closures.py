"""The calendar of today has changed: no new search where school is closed, and no search ends because it is."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import Connection

from webapp.first_day.queries.cases import noted_with, open_cases_of_day, runs_of
from webapp.first_day.queries.morning import load_morning
from webapp.first_day.services.casework import Done, note_in
from webapp.first_day.services.opened import session_at
from webapp.first_day.services.school_session import SchoolSession, closes_at, day_of, lock_session
from webapp.first_day.services.settle import settle_in
from webapp.foundation.clock import machine_now, school_now
from webapp.foundation.db import unit_of_work
from webapp.foundation.sessions import BOTH_HALVES, Half
from webapp.foundation.trail import FIRSTBELL
from webapp.foundation.work import Job, NewWork, Priority, enqueue_many, finish
from webapp.people.services.calendar import CalendarChanged
from webapp.record.rules import Flag

CALENDAR_WORK = "first_day_calendar"
"""The kind of work that looks at a session after its calendar has changed."""
NOT_DUE_LINE = "Not due in this session any more. Still looked for: close the case once somebody knows where they are"
# By then every process has forgotten the calendar as it was (``foundation.memo``).
_KNOWN_EVERYWHERE = timedelta(seconds=6)


def on_calendar_changed(tx: Connection, event: CalendarChanged) -> None:
    """Have both sessions of today looked at, if the change is about today."""
    today, now = day_of(school_now()), machine_now()
    if not event.starts_on <= today <= event.ends_on:
        return
    sessions = [SchoolSession(event.organisation_id, event.school_id, today, half) for half in BOTH_HALVES]
    enqueue_many(
        tx,
        [
            NewWork(
                kind=CALENDAR_WORK, subject=f"{session.organisation_id}-{session.school_id}",
                slot=f"{session.slot}@{now.isoformat()}", organisation_id=session.organisation_id,
                school_id=session.school_id, payload={"date": today.isoformat(), "half": session.half.index},
                priority=Priority.ABSENCE, due_at=now + _KNOWN_EVERYWHERE,
            )
            for session in sessions
        ],
    )  # fmt: skip


def do_calendar(job: Job) -> None:
    """Held again: whoever is missing is looked for. Not held: those who are looked for stay with people, who are told.

    A text that has not gone out does not go any more: its ``still_true`` says no.
    """
    assert job.organisation_id is not None
    assert job.school_id is not None
    on, half = date.fromisoformat(job.payload["date"]), Half.from_index(job.payload["half"])
    session = SchoolSession(job.organisation_id, job.school_id, on, half)
    with unit_of_work() as tx:
        now = school_now()
        lock_session(tx, session)
        if on == day_of(now) and now >= closes_at(tx, session):
            has_run = half.index in runs_of(tx, session.organisation_id, session.school_id, on)
            settle_in(tx, session, now, FIRSTBELL, texts=has_run)
        _tell_who_looks(tx, session)
        finish(job, tx)


def _tell_who_looks(tx: Connection, session: SchoolSession) -> None:
    """Each open case whose child is not due in the session any more says so in its history, once."""
    now = school_now()
    rows = [
        row
        for row in open_cases_of_day(tx, session.organisation_id, session.school_id, session.on)
        if session_at(tx, session.organisation_id, row, now) == session
    ]
    if not rows:
        return
    morning = load_morning(
        tx, session.organisation_id, session.school_id, session.on, session.half, now,
        enrolment_ids=[row.enrolment_id for row in rows],
    )  # fmt: skip
    said = noted_with(tx, session.organisation_id, [row.id for row in rows], NOT_DUE_LINE)
    not_due = {pupil.row.case_id for pupil in morning.pupils if Flag.NOT_DUE in pupil.state.flags}
    note_in(
        tx, session.organisation_id, now,
        # No line: what the family said last stays on the board, beside the flag that the child is not due.
        [Done(number, "note", NOT_DUE_LINE, FIRSTBELL.name) for number in sorted(not_due - said)],
    )  # fmt: skip
