"""Where every child is in one session of one school: the answer that board, first-day run and DSL sheet share.

Three statements whatever the number of pupils; the answer for each comes from ``record.rules.day_state`` alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, select

from webapp.absence.models import AbsenceReport, ReportDecision
from webapp.absence.queries.statements import SAID_AT
from webapp.absence.rules.cover import as_fact
from webapp.first_day.queries.roll_call import ROLL_CALL, SOME
from webapp.first_day.rules.afternoon import since_the_search_began
from webapp.foundation.sessions import Half
from webapp.people.queries import calendar_of, times_of
from webapp.record.models import MarkAmendment, Sighting
from webapp.record.rules import (
    Case,
    CaseOutcome,
    DayState,
    Expectation,
    Flag,
    RegisterState,
    Report,
    ReportState,
    SessionFacts,
    SessionRegister,
    SightingKind,
    Whereabouts,
    WorkList,
    day_state,
)
from webapp.record.rules import Sighting as Seen
from webapp.record.rules.codes import half_from_index
from webapp.record.rules.weeks import slot_of, week_start

_AMENDED_AT = (
    select(func.max(MarkAmendment.amended_at))
    .where(
        MarkAmendment.organisation_id == AbsenceReport.organisation_id,
        MarkAmendment.enrolment_id == AbsenceReport.enrolment_id, MarkAmendment.date == bindparam("on"),
        MarkAmendment.half == bindparam("half"), MarkAmendment.source != "import",
    )
    .correlate(AbsenceReport)
    .scalar_subquery()
)  # fmt: skip
_EVERY_REPORT = (
    select(
        AbsenceReport.id, AbsenceReport.public_id, AbsenceReport.enrolment_id, AbsenceReport.told_by,
        AbsenceReport.contact_id, AbsenceReport.channel, AbsenceReport.kind, AbsenceReport.starts_on,
        AbsenceReport.ends_on, AbsenceReport.leaves_at, AbsenceReport.arrives_at, AbsenceReport.reason,
        AbsenceReport.symptoms, AbsenceReport.words, AbsenceReport.wants_call, AbsenceReport.suggested_code,
        AbsenceReport.read_first, AbsenceReport.not_sure, AbsenceReport.danger, AbsenceReport.after_close,
        AbsenceReport.state, AbsenceReport.expected_at, AbsenceReport.sent_at, AbsenceReport.version,
        ReportDecision.id.label("decision_id"), ReportDecision.code.label("decided_code"), ReportDecision.decided_at,
        ReportDecision.decided_by, ReportDecision.told_at, SAID_AT.label("said_at"), _AMENDED_AT.label("amended_at"),
    )
    .outerjoin(
        ReportDecision,
        and_(
            ReportDecision.organisation_id == AbsenceReport.organisation_id,
            ReportDecision.report_id == AbsenceReport.id,
            ReportDecision.date == bindparam("on"),
            ReportDecision.half == bindparam("half"),
            ReportDecision.undone_at.is_(None),
        ),
    )
    .where(
        AbsenceReport.organisation_id == bindparam("organisation_id"),
        AbsenceReport.ends_on >= bindparam("on"),
        AbsenceReport.starts_on <= bindparam("on"),
    )
    .order_by(SAID_AT, AbsenceReport.id)
)  # fmt: skip
_SIGHTINGS = (
    select(Sighting.enrolment_id, Sighting.kind, Sighting.at, Sighting.collector_known, Sighting.back_by)
    .where(
        Sighting.organisation_id == bindparam("organisation_id"),
        Sighting.school_id == bindparam("school_id"),
        Sighting.date == bindparam("on"),
        Sighting.struck_at.is_(None),
    )
    .order_by(Sighting.at, Sighting.id)
)
_REPORTS = _EVERY_REPORT.where(AbsenceReport.school_id == bindparam("school_id"))
_REPORTS_OF = _EVERY_REPORT.where(AbsenceReport.enrolment_id.in_(bindparam("enrolment_ids", expanding=True)))


@dataclass(frozen=True, slots=True)
class PupilNow:
    """One pupil about whom something is to be said. ``row`` has the columns of ``roll_call.ROLL_CALL``; ``reports``
    those of the day's reports, in the order in which they were said."""

    row: Any
    reports: tuple[Any, ...]
    sightings: tuple[Seen, ...]
    state: DayState

    @property
    def name(self) -> str:
        return f"{self.row.first_name} {self.row.last_name}"

    @property
    def report(self) -> Any | None:
        """The report that the answer rests on or that waits, or None."""
        return next((report for report in self.reports if report.id == self.state.report_id), None)


@dataclass(frozen=True, slots=True)
class FormNow:
    """One form's register: its state, how many of its pupils are due, and how many of them are not known."""

    form_id: int | None
    form: str
    register: RegisterState
    due: int
    not_known: int


@dataclass(frozen=True, slots=True)
class Morning:
    """A session of a school. ``counts`` always adds up to ``due``."""

    on: date
    half: Half
    now: datetime
    register_closes: datetime
    counts: Mapping[Whereabouts, int]
    pupils: tuple[PupilNow, ...]
    forms: tuple[FormNow, ...]
    by_list: Mapping[WorkList, tuple[PupilNow, ...]] = field(default_factory=dict)

    @property
    def due(self) -> int:
        return sum(self.counts.values())

    def pupils_in(self, work_list: WorkList) -> tuple[PupilNow, ...]:
        return self.by_list.get(work_list, ())


def load_morning(
    db: Connection, organisation_id: int, school_id: int, on: date, half: Half, now: datetime, *,
    year_group: int | None = None, form_id: int | None = None, enrolment_ids: Collection[int] | None = None,
) -> Morning:  # fmt: skip
    """The session as it stands at ``now``, of everybody, of one year or form, or of some pupils."""
    keys: dict[str, Any] = {
        "organisation_id": organisation_id, "school_id": school_id, "on": on, "half": half.index,
    }  # fmt: skip
    times = times_of(db, organisation_id, school_id, on)
    keys["morning_ended"] = times.session_ends(on, Half.AM)
    reports = _by_enrolment(db.execute(_REPORTS, keys).all())
    sightings = {
        enrolment_id: tuple(seen_as(row) for row in rows)
        for enrolment_id, rows in _by_enrolment(db.execute(_SIGHTINGS, keys).all()).items()
    }
    keys |= {"week": week_start(on), "place": slot_of(on, half_from_index(half.index)) + 1}
    who = ROLL_CALL
    if enrolment_ids is not None:
        who, keys = SOME, {**keys, "enrolment_ids": sorted(enrolment_ids)}
    rows = db.execute(who, keys).all()
    if year_group is not None or form_id is not None:
        rows = [row for row in rows if year_group in (None, row.year_group) and form_id in (None, row.form_id)]
    calendar = calendar_of(db, organisation_id, school_id)
    instants = (
        times.register_opens(on, half), times.register_closes(on, half), times.session_ends(on, half),
        times.seen_until(on, half),
    )  # fmt: skip
    registers = {state.value: SessionRegister(state, *instants) for state in RegisterState}
    is_open = {year: calendar.is_open(on, half, year) for year in {row.year_group for row in rows}}
    counts: Counter[Whereabouts] = Counter()
    forms: dict[int | None, Counter[str]] = defaultdict(Counter)
    names: dict[int | None, tuple[str, RegisterState]] = {}
    pupils: list[PupilNow] = []
    for row in rows:
        register = registers[row.register_state or RegisterState.DUE.value]
        told, seen = reports.get(row.enrolment_id, ()), sightings.get(row.enrolment_id, ())
        state = state_of(row, register, told, seen, half, is_open=is_open[row.year_group], now=now)
        if state.state is None:
            continue
        counts[state.state] += row.pupils
        if Flag.NOT_DUE in state.flags:
            # Looked for, and on no register of this session.
            pupils.append(PupilNow(row, told, seen, state))
            continue
        names[row.form_id] = (row.form, register.state)
        forms[row.form_id]["due"] += row.pupils
        forms[row.form_id]["not_known"] += row.pupils if state.state is Whereabouts.NOT_KNOWN else 0
        if not row.plain:
            pupils.append(PupilNow(row, told, seen, state))
    return Morning(
        on, half, now, instants[1], counts, tuple(pupils),
        tuple(
            FormNow(key, *names[key], forms[key]["due"], forms[key]["not_known"])
            for key in sorted(names, key=lambda form: names[form][0])
        ),
        _by_list(pupils),
    )  # fmt: skip


def reports_of(
    db: Connection, organisation_id: int, enrolment_ids: Collection[int], on: date, half: Half
) -> dict[int, tuple[Any, ...]]:
    """The day's reports about some children, at whatever schools, by enrolment."""
    keys = {
        "organisation_id": organisation_id, "enrolment_ids": sorted(enrolment_ids), "on": on, "half": half.index,
    }  # fmt: skip
    return _by_enrolment(db.execute(_REPORTS_OF, keys).all())


def seen_as(row: Any) -> Seen:
    return Seen(SightingKind(row.kind), row.at, row.collector_known, row.back_by)


def state_of(
    row: Any, register: SessionRegister, told: tuple[Any, ...], seen: tuple[Seen, ...], half: Half, *, is_open: bool,
    now: datetime,
) -> DayState:  # fmt: skip
    """What ``day_state`` answers for one row of the roll call, with what was said and seen of its pupil."""
    facts = SessionFacts(
        register=register,
        code=row.code,
        sightings=seen,
        reports=_as_facts(told, register) if told else (),
        leave_granted=row.expectation_kind == "leave",
        expectation=_expectation(row, register),
        case=_case(row),
        enrolled=bool(row.on_roll),
        session_open=is_open,
        look_first=bool(row.look_first),
        danger=bool(told) and any(report.danger for report in told),
        imported=row.code is not None and row.code == row.imported_code,
        amended_at=told[0].amended_at if told else None,
    )
    if row.case_half is not None and row.case_half < half.index:
        facts = since_the_search_began(facts, row.opened_at, {report.id: report.sent_at for report in told})
    return day_state(facts, now)


def _by_enrolment(rows: Iterable[Any]) -> dict[int, tuple[Any, ...]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.enrolment_id].append(row)
    return {enrolment_id: tuple(held) for enrolment_id, held in found.items()}


def _by_list(pupils: Sequence[PupilNow]) -> dict[WorkList, tuple[PupilNow, ...]]:
    lists: dict[WorkList, list[PupilNow]] = defaultdict(list)
    for pupil in pupils:
        if pupil.state.work_list is not None:
            lists[pupil.state.work_list].append(pupil)
    return {name: tuple(held) for name, held in lists.items()}


def _expectation(row: Any, register: SessionRegister) -> Expectation | None:
    if row.expectation_code is None or row.expectation_kind == "leave":
        return None
    starts_at = row.expectation_starts_at or register.starts_at
    return Expectation(row.expectation_code, starts_at, row.expectation_confirmed_at is not None)


def _as_facts(told: Iterable[Any], register: SessionRegister) -> tuple[Report, ...]:
    return tuple(fact for report in told if (fact := _said(report, register)) is not None)


def _said(report: Any, register: SessionRegister) -> Report | None:
    fact = as_fact(report, register)
    if fact is None and report.decided_code is not None and report.state == ReportState.WITHDRAWN:
        # It says nothing of this session any more, and its mark stands there still.
        fact = Report(report.id, ReportState.WITHDRAWN, said_by=report.contact_id)
    if fact is None:
        return None
    return replace(fact, said_at=report.said_at, decided_as=report.decided_code, decided_at=report.decided_at)


def _case(row: Any) -> Case | None:
    if row.case_id is None:
        return None
    return Case(CaseOutcome(row.outcome) if row.outcome else None, bool(row.alarm))
