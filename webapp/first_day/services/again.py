"""The second text: a family that has not answered the first is asked once more.

How long the first is given is the school's setting; one that wants it out by half past ten
keeps it short.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from notifications.queries.dispatching import MessageFacts
from notifications.rules.message_kinds import MessageName
from webapp.first_day.queries.cases import (
    CaseHistory,
    cases_by_id,
    histories,
    marks_age,
    runs_of,
    texts_of_messages,
)
from webapp.first_day.rules import CaseState
from webapp.first_day.rules.answers import marks_are_stale
from webapp.first_day.services.asked import asked_done
from webapp.first_day.services.casework import families_in, note_in
from webapp.first_day.services.school_session import SchoolSession, ends_at, lock_session
from webapp.first_day.services.telling import Missing, ask_families_in
from webapp.foundation import work
from webapp.foundation.clock import school_now
from webapp.foundation.db import unit_of_work
from webapp.foundation.sessions import Half
from webapp.foundation.work import Job, NewWork, Priority
from webapp.people.queries import calendar_of, settings_of
from webapp.people.rules.settings import MARKS_STALE_MINUTES, REGISTER_KEPT_IN, TEXT_AGAIN_MINUTES

AGAIN_WORK = "first_day_again"
"""The kind of work that asks a second time."""
LOOK_AGAIN_AFTER = timedelta(minutes=5)


def is_stale(tx: Connection, session: SchoolSession, now: datetime) -> bool:
    """True while the marks of the session are too old to text families about."""
    settings = settings_of(tx, session.organisation_id, session.school_id, session.on)
    if settings[REGISTER_KEPT_IN] != "school_system":
        return False
    age = marks_age(tx, session.organisation_id, session.school_id, session.on, session.half.index)
    run = runs_of(tx, session.organisation_id, session.school_id, session.on).get(session.half.index)
    ran_at = run.started_at if run is not None else None
    return marks_are_stale(age.imported_at, now, settings[MARKS_STALE_MINUTES], own=age.own, ran_at=ran_at)


def queue_again_in(tx: Connection, session: SchoolSession, cases: Collection[int], now: datetime) -> None:
    """Have the families of these cases, which were texted just now, asked once more if they do not answer."""
    minutes = settings_of(tx, session.organisation_id, session.school_id, session.on)[TEXT_AGAIN_MINUTES]
    if cases and minutes:
        _queue(tx, session, cases, now + timedelta(minutes=minutes))


def _queue(tx: Connection, session: SchoolSession, cases: Collection[int], due_at: datetime) -> None:
    if due_at >= ends_at(tx, session):
        return
    work.enqueue(
        tx,
        NewWork(
            kind=AGAIN_WORK, subject=f"{session.organisation_id}-{session.school_id}",
            slot=f"{session.slot}@{due_at:%H:%M:%S}:{min(cases)}", organisation_id=session.organisation_id,
            school_id=session.school_id,
            payload={"date": session.on.isoformat(), "half": session.half.index, "cases": sorted(cases)},
            priority=Priority.ABSENCE, school_due_at=due_at,
        ),
    )  # fmt: skip


def do_again(job: Job) -> None:
    """The first text has had its time."""
    assert job.organisation_id is not None
    assert job.school_id is not None
    on, half = date.fromisoformat(job.payload["date"]), Half.from_index(job.payload["half"])
    session = SchoolSession(job.organisation_id, job.school_id, on, half)
    with unit_of_work() as tx:
        ask_again_in(tx, session, job.payload["cases"])
        work.finish(job, tx)


def ask_again_in(tx: Connection, session: SchoolSession, cases: Collection[int]) -> int:
    """Ask those who were texted about these cases a second time, once each; returns how many messages that is.

    Not about a child who is found or explained, whom the DSL looks for, about whom anybody has answered or was spoken
    to, or whose family was texted only lately; nor where school has closed since. While the marks are old nobody is
    asked; it is looked at again until the session ends.
    """
    now = school_now()
    minutes = settings_of(tx, session.organisation_id, session.school_id, session.on)[TEXT_AGAIN_MINUTES]
    if not minutes:
        return 0
    lock_session(tx, session)
    rows = [row for row in cases_by_id(tx, session.organisation_id, cases, lock=True) if row.state == CaseState.OPEN]
    is_open = calendar_of(tx, session.organisation_id, session.school_id).is_open(session.on, session.half)
    if not rows or not is_open or now >= ends_at(tx, session):
        return 0
    if is_stale(tx, session, now):
        _queue(tx, session, [row.id for row in rows], now + LOOK_AGAIN_AFTER)
        return 0
    past = histories(tx, session.organisation_id, [row.id for row in rows])
    rows = [row for row in rows if _is_due(past[row.id], now - timedelta(minutes=minutes))]
    family = families_in(tx, session.organisation_id, [row.pupil_id for row in rows])
    by_contact: dict[int, list[Missing]] = defaultdict(list)
    for row in rows:
        one = Missing(row.id, row.pupil_id, row.first_name, row.version)
        for link in family.to_reach(row.pupil_id, session.on).text:
            if link.contact_id not in past[row.id].again:
                by_contact[link.contact_id].append(one)
    queued = ask_families_in(tx, session, by_contact, MessageName.MISSING_CHILD_AGAIN)
    note_in(tx, session.organisation_id, now, asked_done(session, by_contact, queued, family, now, again=True))
    return sum(bool(message.channels) for message in queued.values())


def _is_due(past: CaseHistory, before: datetime) -> bool:
    return bool(past.texted) and not past.heard and past.texted_at is not None and past.texted_at <= before


def again_still_true(db: Connection, message: MessageFacts) -> bool:
    """The second text goes only while a child that it names is looked for by the office and nobody has answered."""
    numbers = {row.case_id for row in texts_of_messages(db, message.organisation_id, [message.message_id])}
    past = histories(db, message.organisation_id, numbers)
    rows = cases_by_id(db, message.organisation_id, numbers)
    return all(row.state == CaseState.OPEN for row in rows) and not all(past[row.id].heard for row in rows)
