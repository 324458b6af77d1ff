"""Plays the scripted morning as school time goes by: families report, teachers take their registers.

Everything goes through the services that a tap would reach, each thing once: a report by its submission key, a text by
its own number, a register because it is due. Active in the demo only.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection

from notifications import channels
from notifications.channels.demo import DemoPhone
from notifications.services import receive_text
from notifications.services.concluding import REPORT_WORK
from notifications.services.queueing import WORK as DELIVERY_WORK
from webapp.absence.queries.reporting import ContactKey
from webapp.absence.rules.drafts import TypedReport
from webapp.absence.services.deciders import Decider
from webapp.absence.services.desk import log_phone_report
from webapp.absence.services.report import Reporter, report_absence
from webapp.demo.morning import (
    REGISTERS,
    Channel,
    Reason,
    ScriptedRegister,
    ScriptedReport,
    registers_between,
    reports_until,
)
from webapp.demo.schools import HILL, VALE
from webapp.first_day.queries.morning import load_morning
from webapp.first_day.services import clockwork
from webapp.first_day.services.again import AGAIN_WORK
from webapp.first_day.services.casework import STEP_WORK
from webapp.first_day.services.settle import LOOK_WORK
from webapp.foundation import clock, work
from webapp.foundation.clock import school_now
from webapp.foundation.db import current, read_door, unit_of_work
from webapp.foundation.sessions import BOTH_HALVES, Half
from webapp.foundation.trail import Actor, ActorKind
from webapp.foundation.work import Job, Priority, each_minutes, every
from webapp.people.queries import Family, PupilRow, SchoolRow, family_of, holders_of, list_schools, roll_of, times_of
from webapp.people.rules.contact_points import PointKind
from webapp.people.rules.roles import Role
from webapp.people.rules.school_times import in_london
from webapp.people.services.school_clock import start_clock_in
from webapp.record.queries.registers import registers_of, takers_of
from webapp.record.rules import TAKEN_STATES, RegisterRefused
from webapp.record.services.registers import RegisterMark, take_register

PLAY_WORK = "demo_morning"
_REASONS = {Reason.EMERGENCY: "bereavement"}
_SYMPTOMS = {"sick_or_diarrhoea": "sick", "high_temperature": "temperature", "cough_or_cold": "cough"}
_BY_CLOCK = frozenset(
    {clockwork.RUN_WORK, LOOK_WORK, STEP_WORK, AGAIN_WORK, clockwork.REGISTER_WORK, clockwork.DAY_END_WORK}
)
_TEXTS = frozenset({DELIVERY_WORK, REPORT_WORK})
_LOOK_EVERY = timedelta(minutes=5)
_AWAY_ALL_SESSION = frozenset({"elsewhere", "leave", "part_time"})
_sent: set[str] = set()
"""What this process has sent already. Another process is kept from sending it again by the services themselves."""


def schedule() -> None:
    """Register the playing and have it done every school minute; in a demo's worker, once a process."""
    work.handler(PLAY_WORK, urgent=True)(_play)
    every(PLAY_WORK, each_minutes(1), clock=school_now, priority=Priority.ORDINARY)


def _play(_job: Job) -> None:
    play_until(school_now())


@dataclass(frozen=True, slots=True)
class _Stage:
    """The schools, and the people of the script by name."""

    on: date
    schools: dict[str, SchoolRow]
    pupils: dict[str, tuple[SchoolRow, PupilRow]]
    family: Family
    officers: dict[int, Actor]

    def contact(self, name: str) -> int:
        return next(number for number, one in self.family.contacts.items() if one.name == name)

    def mobile(self, contact_id: int) -> str:
        points = self.family.contacts[contact_id].points
        return next(point.value for point in points if point.kind == PointKind.MOBILE)


def play_until(now: datetime) -> int:
    """Play what has come by ``now`` (school time) and was not played before; returns how much that was.

    On another day than the demo's, or in a database that is not the demo's, nothing happens.
    """
    local = clock.london(now)
    on, at = local.date(), local.time()
    reports = [(f"script-{on:%Y%m%d}-{number}", report) for number, report in enumerate(reports_until(at))]
    waiting = [(key, report) for key, report in reports if key not in _sent]
    with read_door() as db:
        stage = _set_stage(db, on, with_people=bool(waiting))
        if stage is None:
            return 0
        registers = _registers_waiting(db, stage, at)
    for key, report in waiting:
        _send(stage, report, key)
        _sent.add(key)
    for register in registers:
        _take(stage, register)
    return len(waiting) + len(registers)


def _set_stage(db: Connection, on: date, *, with_people: bool) -> _Stage | None:
    schools = {school.code: school for school in list_schools(db)}
    if not {HILL.code, VALE.code} <= set(schools):
        return None
    organisation_id = schools[HILL.code].organisation_id
    # Seeding writes the rows of the demo's own day, also of registers that are still to come.
    if all(row.version == 0 for row in registers_of(db, organisation_id, schools[HILL.code].id, on, 0)):
        return None
    if not with_people:
        return _Stage(on, schools, {}, Family({}, (), {}), {})
    named = {child for report in reports_until(time.max) for child in report.children}
    pupils = {
        pupil.name: (schools[code], pupil)
        for code in (HILL.code, VALE.code)
        for pupil in roll_of(db, organisation_id, schools[code].id, on)
        if pupil.name in named
    }
    officers = {}
    for code in (HILL.code, VALE.code):
        held = holders_of(db, organisation_id, schools[code].id, [Role.ATTENDANCE_OFFICER.value], on)
        person = held[0][1]
        officers[schools[code].id] = Actor(ActorKind.STAFF, person.id, person.name, person.position)
    family = family_of(db, organisation_id, [pupil.pupil_id for _, pupil in pupils.values()])
    return _Stage(on, schools, pupils, family, officers)


def _send(stage: _Stage, report: ScriptedReport, key: str) -> None:
    contact_id = stage.contact(report.contact)
    if report.channel is Channel.TEXT:
        receive_text(provider="demo", provider_id=key, sender=stage.mobile(contact_id), words=report.words)
        return
    school, _ = stage.pupils[report.children[0]]
    typed = _typed(stage, report)
    if report.channel is Channel.PHONE:
        desk = Decider(school.organisation_id, school.id, stage.officers[school.id])
        log_phone_report(desk, typed, key, contact_id=contact_id)
        return
    report_absence(typed, Reporter((ContactKey(school.organisation_id, contact_id),)), key)


def _typed(stage: _Stage, report: ScriptedReport) -> TypedReport:
    kind = {(False, False): "all_day", (False, True): "late", (True, False): "early", (True, True): "out_and_back"}
    reason = report.reason or Reason.OTHER
    return TypedReport(
        children=tuple(stage.pupils[child][1].public_id for child in report.children),
        kind=kind[report.leaves_at is not None, report.arrives_at is not None], starts_on=stage.on.isoformat(),
        leaves_at=f"{report.leaves_at:%H:%M}" if report.leaves_at else "",
        arrives_at=f"{report.arrives_at:%H:%M}" if report.arrives_at else "",
        reason=_REASONS.get(reason, reason.value), words=report.words,
        symptoms=tuple(_SYMPTOMS.get(symptom, symptom) for symptom in report.symptoms),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A register of the script that has not been sent, with what its teacher will say."""

    form_id: int
    teacher: Actor
    marks: tuple[RegisterMark, ...]


def _registers_waiting(db: Connection, stage: _Stage, at: time) -> list[_Waiting]:
    hill = stage.schools[HILL.code]
    come = {register.form: register for register in registers_between(time.min, at)}
    rows = [
        row for row in registers_of(db, hill.organisation_id, hill.id, stage.on, 0)
        if row.form in come and row.state not in TAKEN_STATES
    ]  # fmt: skip
    if not rows:
        return []
    takers = takers_of(db, hill.organisation_id, [row.form_id for row in rows], stage.on)
    planned = {
        pupil.row.enrolment_id
        for pupil in load_morning(db, hill.organisation_id, hill.id, stage.on, Half.AM, school_now()).pupils
        if pupil.row.expectation_kind in _AWAY_ALL_SESSION
    }
    pupils: dict[int, list[PupilRow]] = {}
    for pupil in roll_of(db, hill.organisation_id, hill.id, stage.on):
        pupils.setdefault(pupil.form_id or 0, []).append(pupil)
    rows.sort(key=lambda row: come[row.form].at)
    return [
        _Waiting(
            row.form_id, Actor(ActorKind.STAFF, *takers[row.form_id][0], "Teacher"),
            tuple(_mark(pupil, come[row.form], planned) for pupil in pupils.get(row.form_id, [])),
        )
        for row in rows
    ]  # fmt: skip


def _mark(pupil: PupilRow, register: ScriptedRegister, planned: set[int]) -> RegisterMark:
    away = pupil.name in register.away or pupil.enrolment_id in planned
    return RegisterMark(pupil.enrolment_id, "N" if away else "/")


def _take(stage: _Stage, waiting: _Waiting) -> None:
    hill = stage.schools[HILL.code]
    try:
        take_register(
            hill.organisation_id, hill.id, waiting.form_id, stage.on, Half.AM, waiting.marks, actor=waiting.teacher
        )
    except RegisterRefused:
        # A visitor was faster.
        return


def play_from_the_start(until: datetime) -> None:
    """Live through the morning up to ``until`` (school time), and let the school clock go on from there.

    The database in use has just been seeded, and reactions are wired. Each thing happens at its own time, so that a
    report of 7:41 says so; then the clock's own work is done, and texts go out, as by a worker.
    """
    _sent.clear()
    clockwork.forget_queued()
    with _texts_arrive_at_once() as kinds:
        for moment in _moments(until):
            _stand_at(moment)
            play_until(moment)
            clockwork.queue_due_runs()
            work.run_due(_BY_CLOCK | kinds)
    _stand_at(until)
    with unit_of_work() as tx:
        start_clock_in(tx, until)


@contextmanager
def _texts_arrive_at_once() -> Iterator[frozenset[str]]:
    """The work by which texts go out while the morning is played: to the demo phone, and to nothing else."""
    usual = channels.current()
    if not all(isinstance(each, DemoPhone) for each in (usual.sms, usual.push, usual.email)):
        yield frozenset()
        return
    channels.use(replace(usual, sms=DemoPhone(reports=True, after=timedelta(0))))
    try:
        yield _TEXTS
    finally:
        channels.use(usual)


def _stand_at(moment: datetime) -> None:
    offset = moment - clock.machine_now()
    clock.use_school_offset(lambda: offset)
    with unit_of_work() as tx:
        work.redue_for_school_clock(tx, offset)


def _moments(until: datetime) -> list[datetime]:
    """When something happens: a report, a register, a close, and every few minutes after the first close."""
    on = clock.london(until).date()
    times = {in_london(on, report.at) for report in reports_until(time.max)}
    times |= {in_london(on, register.at) for register in REGISTERS}
    closes = sorted(_closes(on))
    times |= set(closes)
    at = closes[0] if closes else until
    while at < until:
        times.add(at)
        at += _LOOK_EVERY
    return sorted(moment for moment in times if moment <= until)


def _closes(on: date) -> Iterator[datetime]:
    current().memo.forget()
    with read_door() as db:
        for school in list_schools(db):
            for half in BOTH_HALVES:
                yield times_of(db, school.organisation_id, school.id, on).register_closes(on, half)
