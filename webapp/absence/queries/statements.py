"""What families have said about children on one day, in the order in which it was said."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Connection, Select, bindparam, case, func, select

from webapp.absence.models import AbsenceReport, ReportEvent
from webapp.absence.rules.cover import replaced
from webapp.foundation.sessions import Half
from webapp.people.rules.school_times import SchoolTimes
from webapp.record.rules.facts import SessionRegister
from webapp.record.rules.registers import RegisterState

_LAST_SAID = (
    select(func.max(ReportEvent.at))
    .where(
        ReportEvent.organisation_id == AbsenceReport.organisation_id, ReportEvent.report_id == AbsenceReport.id,
        ReportEvent.kind.in_(("changed", "withdrawn", "back_on")),
    )
    .correlate(AbsenceReport)
    .scalar_subquery()
)  # fmt: skip
# Most reports are as they were sent, and ask no more than that.
SAID_AT = case(
    (AbsenceReport.version > 1, func.coalesce(_LAST_SAID, AbsenceReport.sent_at)), else_=AbsenceReport.sent_at
)
"""When the family last said what the report says: sent it, changed it, or took it back."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One report as it stands: the columns of ``rules.cover.ReportRow``, and what a page says of it."""

    id: int
    public_id: str
    enrolment_id: int
    contact_id: int | None
    told_by: str
    channel: str
    kind: str
    reason: str
    state: str
    starts_on: date
    ends_on: date
    leaves_at: time | None
    arrives_at: time | None
    expected_at: datetime | None
    read_first: bool
    not_sure: bool
    sent_at: datetime
    read_by: str


_ON_DAYS: Select[*tuple[Any, ...]] = (
    select(*(getattr(AbsenceReport, name) for name in Statement.__dataclass_fields__))
    .where(
        AbsenceReport.organisation_id == bindparam("organisation_id"),
        AbsenceReport.school_id == bindparam("school_id"),
        AbsenceReport.enrolment_id.in_(bindparam("enrolments", expanding=True)),
        AbsenceReport.ends_on >= bindparam("first"),
        AbsenceReport.starts_on <= bindparam("last"),
    )
    .order_by(SAID_AT, AbsenceReport.id)
)


def statements_on(
    db: Connection, organisation_id: int, school_id: int, enrolments: Collection[int], first: date, last: date
) -> Sequence[Statement]:
    """The reports about these children that touch a day from ``first`` to ``last``, in the order in which they were
    said, those taken back too; one statement."""
    keys = {
        "organisation_id": organisation_id, "school_id": school_id, "enrolments": sorted(set(enrolments)),
        "first": first, "last": last,
    }  # fmt: skip
    return [Statement(*row) for row in db.execute(_ON_DAYS, keys)]


_LAST = select(func.max(SAID_AT)).where(
    AbsenceReport.organisation_id == bindparam("organisation_id"), AbsenceReport.school_id == bindparam("school_id"),
    AbsenceReport.enrolment_id == bindparam("enrolment_id"), AbsenceReport.ends_on >= bindparam("on"),
    AbsenceReport.starts_on <= bindparam("on"),
)  # fmt: skip


def last_said_at(
    db: Connection, organisation_id: int, school_id: int, enrolment_id: int, on: date
) -> datetime | None:
    """When a family last said something about the child's day; None where nobody has."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "enrolment_id": enrolment_id, "on": on}
    said: datetime | None = db.scalar(_LAST, keys)
    return said


def replaced_on(
    db: Connection, organisation_id: int, school_id: int, enrolments: Collection[int], on: date, times: SchoolTimes
) -> frozenset[int]:
    """The reports about these children in whose place the same adult has said something else about that day."""
    of_child: dict[int, list[Statement]] = {}
    for each in statements_on(db, organisation_id, school_id, enrolments, on, on):
        of_child.setdefault(each.enrolment_id, []).append(each)
    return frozenset().union(*(replaced(said, day_of(on, times)) for said in of_child.values()))


def day_of(on: date, times: SchoolTimes) -> SessionRegister:
    """The morning of a day, as ``rules.cover`` takes it to know which day is meant."""
    return SessionRegister(
        RegisterState.DUE, times.register_opens(on, Half.AM), times.register_closes(on, Half.AM),
        times.session_ends(on, Half.AM),
    )  # fmt: skip
