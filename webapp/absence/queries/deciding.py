"""What staff decide on: reports with the sessions that they cover, the marks that stand, and earlier decisions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, or_, select

from webapp.absence.models import AbsenceReport, ReportDecision
from webapp.people.models import Enrolment, Placement, Pupil
from webapp.record.models import Expectation, Mark

Session = tuple[date, int]


@dataclass(frozen=True, slots=True)
class ReportToDecide:
    """One report of a school. ``year_group`` is of the report's first day."""

    id: int
    public_id: str
    school_id: int
    enrolment_id: int
    pupil_id: int
    first_name: str
    date_of_birth: date
    year_group: int | None
    contact_id: int | None
    kind: str
    state: str
    starts_on: date
    ends_on: date
    leaves_at: time | None
    arrives_at: time | None
    expected_at: datetime | None
    reason: str
    suggested_code: str
    read_first: bool
    not_sure: bool
    danger: bool
    read_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """One decision on one session. It stands while ``undone_at`` is None."""

    id: int
    report_id: int
    date: date
    half: int
    code: str
    previous_code: str | None
    previous_minutes_late: int | None
    accepted: bool
    reason: str
    decided_at: datetime
    decided_by: str
    told_due_at: datetime
    told_at: datetime | None
    undone_at: datetime | None


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """Marks and granted leave by (enrolment, date, half). A session without a mark is left out of ``codes``."""

    codes: Mapping[tuple[int, date, int], tuple[str | None, int | None]]
    leave: Collection[tuple[int, date, int]]


def _same(left: type[Any], right: type[Any], mine: str, theirs: str) -> Any:
    return and_(left.organisation_id == right.organisation_id, getattr(left, mine) == getattr(right, theirs))


_REPORTS: Select[*tuple[Any, ...]] = (
    select(
        AbsenceReport.id, AbsenceReport.public_id, AbsenceReport.school_id, AbsenceReport.enrolment_id,
        Enrolment.pupil_id, Pupil.first_name, Pupil.date_of_birth, Placement.year_group, AbsenceReport.contact_id,
        AbsenceReport.kind, AbsenceReport.state, AbsenceReport.starts_on, AbsenceReport.ends_on,
        AbsenceReport.leaves_at, AbsenceReport.arrives_at, AbsenceReport.expected_at, AbsenceReport.reason,
        AbsenceReport.suggested_code, AbsenceReport.read_first, AbsenceReport.not_sure, AbsenceReport.danger,
        AbsenceReport.read_at, AbsenceReport.version,
    )
    .join(Enrolment, _same(Enrolment, AbsenceReport, "id", "enrolment_id"))
    .join(Pupil, _same(Pupil, Enrolment, "id", "pupil_id"))
    .outerjoin(
        Placement,
        and_(
            _same(Placement, AbsenceReport, "enrolment_id", "enrolment_id"),
            Placement.school_id == AbsenceReport.school_id, Placement.starts_on <= AbsenceReport.starts_on,
            or_(Placement.ends_on.is_(None), Placement.ends_on >= AbsenceReport.starts_on),
        ),
    )
    .where(
        AbsenceReport.organisation_id == bindparam("organisation_id"),
        AbsenceReport.school_id == bindparam("school_id"),
        AbsenceReport.id.in_(bindparam("ids", expanding=True)),
    )
    .order_by(AbsenceReport.id)
)  # fmt: skip
# Two officers who confirm at once wait for each other in the order of the ids.
_REPORTS_LOCKED = _REPORTS.with_for_update(of=AbsenceReport)
_ID = select(AbsenceReport.id).where(
    AbsenceReport.organisation_id == bindparam("organisation_id"),
    AbsenceReport.school_id == bindparam("school_id"),
    AbsenceReport.public_id == bindparam("public_id"),
)
_DECISION_COLUMNS = (
    ReportDecision.id, ReportDecision.report_id, ReportDecision.date, ReportDecision.half, ReportDecision.code,
    ReportDecision.previous_code, ReportDecision.previous_minutes_late, ReportDecision.accepted, ReportDecision.reason,
    ReportDecision.decided_at, ReportDecision.decided_by, ReportDecision.told_due_at, ReportDecision.told_at,
    ReportDecision.undone_at,
)  # fmt: skip
_DECISIONS: Select[*tuple[Any, ...]] = (
    select(*_DECISION_COLUMNS)
    .where(
        ReportDecision.organisation_id == bindparam("organisation_id"),
        ReportDecision.report_id.in_(bindparam("ids", expanding=True)),
    )
    .order_by(ReportDecision.decided_at, ReportDecision.id)
)
_STANDING = (
    select(AbsenceReport.enrolment_id, ReportDecision.date, ReportDecision.half, ReportDecision.id)
    .join(
        AbsenceReport,
        and_(
            AbsenceReport.organisation_id == ReportDecision.organisation_id,
            AbsenceReport.id == ReportDecision.report_id,
        ),
    )
    .where(
        ReportDecision.organisation_id == bindparam("organisation_id"),
        ReportDecision.undone_at.is_(None),
        ReportDecision.id > bindparam("after"),
        AbsenceReport.enrolment_id.in_(bindparam("enrolments", expanding=True)),
    )
)
_MARKS = select(Mark.enrolment_id, Mark.date, Mark.half, Mark.code, Mark.minutes_late).where(
    Mark.organisation_id == bindparam("organisation_id"),
    Mark.enrolment_id.in_(bindparam("enrolments", expanding=True)),
    Mark.date >= bindparam("first"),
    Mark.date <= bindparam("last"),
)
_LEAVE = select(Expectation.enrolment_id, Expectation.date, Expectation.half).where(
    Expectation.organisation_id == bindparam("organisation_id"),
    Expectation.enrolment_id.in_(bindparam("enrolments", expanding=True)),
    Expectation.date >= bindparam("first"),
    Expectation.date <= bindparam("last"),
    Expectation.kind == "leave",
)


def reports_to_decide(
    db: Connection, organisation_id: int, school_id: int, report_ids: Collection[int], *, lock: bool = False
) -> Sequence[ReportToDecide]:
    """The school's reports of these ids, by id; others are left out. ``lock``: nobody else changes them meanwhile."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "ids": sorted(set(report_ids))}
    return [ReportToDecide(*row) for row in db.execute(_REPORTS_LOCKED if lock else _REPORTS, keys)]


def find_report_id(db: Connection, organisation_id: int, school_id: int, public_id: str) -> int | None:
    """The number of one of the school's reports by its name in URLs."""
    return db.scalar(_ID, {"organisation_id": organisation_id, "school_id": school_id, "public_id": public_id})


def decisions_of(db: Connection, organisation_id: int, report_ids: Collection[int]) -> Sequence[DecisionRow]:
    """Every decision on these reports, undone ones too, oldest first."""
    keys = {"organisation_id": organisation_id, "ids": sorted(set(report_ids))}
    return [DecisionRow(*row) for row in db.execute(_DECISIONS, keys)]


def standing_after(
    db: Connection, organisation_id: int, enrolments: Collection[int], after: int
) -> dict[tuple[int, date, int], set[int]]:
    """Decisions that stand and were made after one of that number, by (enrolment, date, half), whatever the report."""
    keys = {"organisation_id": organisation_id, "enrolments": sorted(set(enrolments)), "after": after}
    found: dict[tuple[int, date, int], set[int]] = {}
    for row in db.execute(_STANDING, keys):
        found.setdefault((row.enrolment_id, row.date, row.half), set()).add(row.id)
    return found


def session_facts(
    db: Connection, organisation_id: int, enrolments: Collection[int], first: date, last: date
) -> SessionFacts:
    """Marks and leave of these enrolments between two days, in two statements."""
    keys = {"organisation_id": organisation_id, "enrolments": sorted(set(enrolments)), "first": first, "last": last}
    codes = {(row.enrolment_id, row.date, row.half): (row.code, row.minutes_late) for row in db.execute(_MARKS, keys)}
    return SessionFacts(codes, {(row.enrolment_id, row.date, row.half) for row in db.execute(_LEAVE, keys)})
