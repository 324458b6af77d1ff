"""What the clock does: runs at register close, missing registers, late steps, times that pass, the end of the day."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from notifications.rules.message_kinds import MessageName
from webapp.first_day.queries.cases import cases_by_id, open_cases_of_day, runs_of
from webapp.first_day.rules import CaseState, Step
from webapp.first_day.rules.owners import TOLD_OF_ALARMS
from webapp.first_day.services.again import AGAIN_WORK, do_again
from webapp.first_day.services.casework import STEP_WORK, TOLD_ANYWAY_AFTER, Done, note_in
from webapp.first_day.services.closures import CALENDAR_WORK, do_calendar
from webapp.first_day.services.correcting import CORRECT_WORK, do_correct
from webapp.first_day.services.opened import Opened, hand_to_dsl_in, session_of
from webapp.first_day.services.registers import close_registers, start_head_counts
from webapp.first_day.services.run import run_first_day_in
from webapp.first_day.services.school_session import SchoolSession, closes_at, day_of, ends_at, lock_session
from webapp.first_day.services.settle import LOOK_WORK, settle_in
from webapp.first_day.services.telling import alarm_staff_in
from webapp.foundation import work
from webapp.foundation.clock import school_now
from webapp.foundation.db import read_door, unit_of_work
from webapp.foundation.sessions import BOTH_HALVES, Half
from webapp.foundation.trail import FIRSTBELL
from webapp.foundation.work import Job, NewWork, Priority, each_minutes, enqueue_many, every
from webapp.people.queries import calendar_of, list_schools, settings_of
from webapp.people.rules.settings import REGISTER_OVERDUE_MINUTES, TEXT_DELAY_MINUTES

TICK_WORK, RUN_WORK = "first_day_tick", "first_day_run"
REGISTER_WORK, DAY_END_WORK = "first_day_register", "first_day_day_end"

_LOOK_AGAIN_AFTER = timedelta(minutes=5)

_queued: set[tuple[str, str]] = set()


def schedule() -> None:
    """Register the kinds of work and have the clock looked at every school minute; once a process."""
    work.handler(TICK_WORK, urgent=True)(tick)
    work.handler(RUN_WORK, urgent=True)(do_run)
    work.handler(LOOK_WORK)(do_look)
    work.handler(CALENDAR_WORK)(do_calendar)
    work.handler(STEP_WORK)(do_step)
    work.handler(CORRECT_WORK, urgent=True)(do_correct)
    work.handler(AGAIN_WORK)(do_again)
    work.handler(REGISTER_WORK)(do_register)
    work.handler(DAY_END_WORK)(do_day_end)
    every(TICK_WORK, each_minutes(1), clock=school_now, priority=Priority.ABSENCE)


def forget_queued() -> None:
    """Forget what this process has queued; for a database that begins anew."""
    _queued.clear()


def tick(_job: Job) -> None:
    """Queue the run of each session whose register has closed."""
    queue_due_runs()


def queue_due_runs() -> int:
    """Queue what has come due and that this process has not queued yet; returns how many rows that is."""
    now = school_now()
    with read_door() as db:
        wanted = [run for run in due_runs(db, now) if (run.subject, run.slot) not in _queued]
    if not wanted:
        return 0
    with unit_of_work() as tx:
        enqueue_many(tx, wanted)
    if len(_queued) > 20_000:
        _queued.clear()
    _queued.update((run.subject, run.slot) for run in wanted)
    return len(wanted)


def due_runs(db: Connection, at: datetime) -> list[NewWork]:
    """One row a session that has closed today, and one more where texts wait longer than the close."""
    today = day_of(at)
    found: list[NewWork] = []
    for school in list_schools(db):
        calendar = calendar_of(db, school.organisation_id, school.id)
        if not calendar.is_school_day(today):
            continue
        delay = timedelta(minutes=settings_of(db, school.organisation_id, school.id, today)[TEXT_DELAY_MINUTES])
        for half in BOTH_HALVES:
            session = SchoolSession(school.organisation_id, school.id, today, half)
            closes = closes_at(db, session)
            if calendar.is_open(today, half) and closes <= at < ends_at(db, session):
                found.append(_work(RUN_WORK, session, session.slot))
                if delay and closes + delay <= at:
                    found.append(_work(RUN_WORK, session, f"{session.slot}:texts"))
    return found


def _work(kind: str, session: SchoolSession, slot: str, school_due_at: datetime | None = None) -> NewWork:
    return NewWork(
        kind=kind, subject=f"{session.organisation_id}-{session.school_id}", slot=slot,
        organisation_id=session.organisation_id, school_id=session.school_id,
        payload={"date": session.on.isoformat(), "half": session.half.index}, priority=Priority.ABSENCE,
        school_due_at=school_due_at,
    )  # fmt: skip


def _session(job: Job) -> SchoolSession:
    assert job.organisation_id is not None
    assert job.school_id is not None
    on, half = date.fromisoformat(job.payload["date"]), Half.from_index(job.payload["half"])
    return SchoolSession(job.organisation_id, job.school_id, on, half)


def do_run(job: Job) -> None:
    """Close the registers, open the cases, ask the families; have the missing registers chased."""
    session = _session(job)
    with unit_of_work() as tx:
        close_registers(tx, session)
        result = run_first_day_in(tx, session, FIRSTBELL)
        settings = settings_of(tx, session.organisation_id, session.school_id, session.on)
        overdue = closes_at(tx, session) + timedelta(minutes=settings[REGISTER_OVERDUE_MINUTES])
        day_end = ends_at(tx, SchoolSession(session.organisation_id, session.school_id, session.on, Half.PM))
        enqueue_many(
            tx,
            [
                _work(REGISTER_WORK, session, session.slot, school_due_at=overdue),
                _work(DAY_END_WORK, session, session.on.isoformat(), school_due_at=day_end),
            ],
        )
        again = school_now() + _LOOK_AGAIN_AFTER
        if result.settled.stale_marks and again < ends_at(tx, session):
            # The marks may have been updated by then; families are asked as soon as they are.
            work.enqueue(tx, _work(RUN_WORK, session, f"{session.slot}:{again:%H:%M:%S}", school_due_at=again))
        work.finish(job, tx)


def do_look(job: Job) -> None:
    """Time alone has changed where a child is."""
    session = _session(job)
    with unit_of_work() as tx:
        now = school_now()
        lock_session(tx, session)
        has_run = session.half.index in runs_of(tx, session.organisation_id, session.school_id, session.on)
        if (gone := job.payload.get("gone")) is not None:
            settle_in(tx, session, now, FIRSTBELL, only=[gone], texts=False)
        elif now >= closes_at(tx, session):
            settle_in(tx, session, now, FIRSTBELL, texts=has_run)
        work.finish(job, tx)


def do_register(job: Job) -> None:
    """Ten minutes after its close a register that is missing becomes a head count; not if school has closed since."""
    session = _session(job)
    with unit_of_work() as tx:
        if calendar_of(tx, session.organisation_id, session.school_id).is_open(session.on, session.half):
            start_head_counts(tx, session)
        work.finish(job, tx)


def do_step(job: Job) -> None:
    """A step whose time has passed is loud; one that was to tell the DSL is done, if the office does not do it."""
    assert job.organisation_id is not None
    with unit_of_work() as tx:
        found = cases_by_id(tx, job.organisation_id, [job.payload["case"]])
        for seen in found:
            session = session_of(job.organisation_id, seen)
            lock_session(tx, session)
            (row,) = cases_by_id(tx, job.organisation_id, [seen.id], lock=True)
            opened = Opened(session, row, school_now())
            if opened.state is CaseState.CLOSED or row.next_due_at is None or row.next_due_at > opened.now:
                continue
            # After the at sign: which look it is at a step that was taken back.
            if row.next_due_at.isoformat() == job.slot.removesuffix(":dsl").partition("@")[0]:
                _late(tx, opened, job)
        work.finish(job, tx)


def _late(tx: Connection, opened: Opened, job: Job) -> None:
    row, session = opened.row, opened.session
    if job.payload.get("told"):
        hand_to_dsl_in(tx, opened, FIRSTBELL, "The office had not told the DSL in time")
        return
    if opened.state is CaseState.CARRIED or (row.ringing_until is not None and row.ringing_until > opened.now):
        return
    note_in(tx, session.organisation_id, opened.now, [Done(row.id, "late", "This step is late", "Firstbell")])
    half_hour = f"{opened.now:%Y%m%dT%H}{opened.now.minute // 30}"
    alarm_staff_in(
        tx, session, MessageName.STAFF_ALARM, TOLD_OF_ALARMS, key=f"late:{session.school_id}:{half_hour}",
        case_id=row.id, pupil_ids=(row.pupil_id,),
    )  # fmt: skip
    if row.next_step == Step.TELL_DSL:
        work.enqueue(
            tx,
            NewWork(
                kind=STEP_WORK, subject=job.subject, slot=f"{job.slot}:dsl", organisation_id=job.organisation_id,
                school_id=job.school_id, payload={"case": row.id, "told": True}, priority=Priority.ABSENCE,
                school_due_at=row.next_due_at + TOLD_ANYWAY_AFTER,
            ),
        )  # fmt: skip


def do_day_end(job: Job) -> None:
    """A child not located by the end of the day is the DSL's; nothing is carried over silently."""
    day = _session(job)
    with unit_of_work() as tx:
        for seen in open_cases_of_day(tx, day.organisation_id, day.school_id, day.on):
            session = session_of(day.organisation_id, seen)
            lock_session(tx, session)
            (row,) = cases_by_id(tx, day.organisation_id, [seen.id], lock=True)
            if row.state == CaseState.OPEN:
                hand_to_dsl_in(tx, Opened(session, row, school_now()), FIRSTBELL, "Not found by the end of the day")
        work.finish(job, tx)
