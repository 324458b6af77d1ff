"""Families who were told something wrong are told so; a text that has not gone out is not sent."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from notifications.rules.message_kinds import MessageName
from webapp.first_day.queries.cases import cases_by_id, texts_of_cases, texts_of_messages
from webapp.first_day.rules import CaseState
from webapp.first_day.services.casework import Done, note_in
from webapp.first_day.services.opened import session_of
from webapp.first_day.services.school_session import SchoolSession, lock_session
from webapp.first_day.services.telling import Missing, Wrong, correct_in
from webapp.foundation import work
from webapp.foundation.clock import school_now
from webapp.foundation.db import unit_of_work
from webapp.foundation.work import Job, NewWork, Priority
from webapp.people.queries import settings_of
from webapp.people.rules.settings import CONFIRM_HOLD_MINUTES
from webapp.record.rules import CaseOutcome

CORRECT_WORK = "first_day_correct"
"""The kind of work that says sorry once a sighting can be undone no more without telling anybody."""


def correct_families_in(tx: Connection, session: SchoolSession, children: Sequence[Missing], now: datetime) -> int:
    """Say sorry to everybody to whom a text about these children had gone out, once a text; returns how many were told.

    A text that has not gone out yet is not sent any more: its ``still_true`` says no.
    """
    by_case = {one.case_id: one for one in children}
    rows = texts_of_cases(tx, session.organisation_id, list(by_case))
    done: dict[tuple[int, int], int] = {}
    for row in rows:
        if row.name == MessageName.CORRECTION:
            done[row.case_id, row.contact_id] = max(row.message_id, done.get((row.case_id, row.contact_id), 0))
    newest: dict[tuple[int, int], Wrong] = {}
    for row in rows:
        told_until = done.get((row.case_id, row.contact_id), 0)
        if row.name == MessageName.CORRECTION or row.sent_at is None or row.message_id < told_until:
            continue
        one = by_case[row.case_id]
        newest[row.case_id, row.contact_id] = Wrong(
            row.contact_id, row.message_id, row.about_id, row.sent_at, one.case_id, one.pupil_id, one.first_name
        )
    sent = correct_in(tx, session, list(newest.values()))
    note_in(
        tx, session.organisation_id, now,
        [
            Done(
                wrong.case_id, "correction", "Told the family that our text was wrong", "Firstbell", wrong.contact_id,
                message_id=sent[wrong.contact_id, wrong.message_id].message_id,
            )
            for wrong in newest.values()
        ],
    )  # fmt: skip
    return len(sent)


def unsent_with(tx: Connection, organisation_id: int, closed: Collection[int]) -> frozenset[int]:
    """Cases that shared a text with one now closed, before it went out: it will not go, so they need one again."""
    unsent = {
        row.message_id for row in texts_of_cases(tx, organisation_id, closed)
        if row.sent_at is None and row.name != MessageName.CORRECTION
    }  # fmt: skip
    return frozenset(
        row.case_id for row in texts_of_messages(tx, organisation_id, unsent) if row.case_id not in closed
    )


def hold_until(tx: Connection, session: SchoolSession, closed_at: datetime) -> datetime:
    """When the family of a child who was seen at ``closed_at`` is told: until then Undo tells nobody."""
    settings = settings_of(tx, session.organisation_id, session.school_id, session.on)
    return closed_at + timedelta(minutes=settings[CONFIRM_HOLD_MINUTES])


def correct_later_in(tx: Connection, session: SchoolSession, case_ids: Collection[int], closed_at: datetime) -> None:
    """Have the families told that had, or may yet get, a text about these children, who were seen at ``closed_at``."""
    texted = {
        row.case_id for row in texts_of_cases(tx, session.organisation_id, case_ids)
        if row.name != MessageName.CORRECTION
    }  # fmt: skip
    work.enqueue_many(
        tx,
        [
            NewWork(
                kind=CORRECT_WORK, subject=f"{session.organisation_id}-{case_id}", slot=closed_at.isoformat(),
                organisation_id=session.organisation_id, school_id=session.school_id, payload={"case": case_id},
                priority=Priority.ABSENCE, school_due_at=hold_until(tx, session, closed_at),
            )
            for case_id in texted
        ],
    )  # fmt: skip


def do_correct(job: Job) -> None:
    """The hold is over: the family is told, if the case is still closed because the child was seen."""
    assert job.organisation_id is not None
    with unit_of_work() as tx:
        for seen in cases_by_id(tx, job.organisation_id, [job.payload["case"]]):
            session, now = session_of(job.organisation_id, seen), school_now()
            lock_session(tx, session)
            (row,) = cases_by_id(tx, job.organisation_id, [seen.id], lock=True)
            if is_found(row) and hold_until(tx, session, row.closed_at) <= now:
                correct_families_in(tx, session, [Missing(row.id, row.pupil_id, row.first_name)], now)
        work.finish(job, tx)


def is_found(row: Any) -> bool:
    """The search is over because the child was seen in school; ``row`` as of ``queries.cases.find_case``."""
    return bool(row.state == CaseState.CLOSED and row.outcome == CaseOutcome.SEEN_IN_SCHOOL)
