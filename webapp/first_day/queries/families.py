"""What a family's Today rests on beside the reports: marks, sightings, open cases, leave, and what school asks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, or_, select, text, tuple_
from sqlalchemy.orm import aliased

from webapp.absence.models import AbsenceReport, ReportMessage
from webapp.absence.queries.reporting import ContactKey
from webapp.first_day.models import FirstDayCase
from webapp.people.models import Enrolment, Placement
from webapp.record.models import Expectation, Mark, PupilWeek, PupilYear, Register, Sighting
from webapp.record.queries import mondays
from webapp.record.rules import SightingKind
from webapp.record.rules.weeks import academic_year


@dataclass(frozen=True, slots=True)
class FamilyDay:
    """One enrolment on one day. ``case_half`` is the half of the newest open case, None where nobody is looked for.

    Codes are of the morning and the afternoon; ``taken_am`` and ``taken_pm`` say when the register was taken.
    ``arrived_at``: signed in. The seven counts are of the academic year.
    """

    organisation_id: int
    enrolment_id: int
    starts_on: date
    ends_on: date | None
    case_half: int | None
    code_am: str | None
    code_pm: str | None
    minutes_late: int | None
    taken_am: datetime | None
    taken_pm: datetime | None
    arrived_at: datetime | None
    leave_until: date | None
    possible: int
    present: int
    authorised: int
    unauthorised: int
    late: int
    unresolved: int
    illness: int


_ON: Any = bindparam("on", type_=Enrolment.starts_on.type)
_AM, _PM = aliased(Mark), aliased(Mark)
_REGISTER_AM, _REGISTER_PM = aliased(Register), aliased(Register)
_LATER, _NOW = aliased(Expectation), aliased(Expectation)


def _mark(mark: Any, half: int) -> Any:
    return and_(
        mark.organisation_id == Enrolment.organisation_id, mark.enrolment_id == Enrolment.id, mark.date == _ON,
        mark.half == half,
    )  # fmt: skip


def _register(register: Any, half: int) -> Any:
    return and_(
        register.organisation_id == Placement.organisation_id, register.school_id == Placement.school_id,
        register.form_id == Placement.form_id, register.date == _ON, register.half == half,
    )  # fmt: skip


_CASE_HALF = (
    select(func.max(FirstDayCase.half))
    .where(
        FirstDayCase.organisation_id == Enrolment.organisation_id, FirstDayCase.enrolment_id == Enrolment.id,
        FirstDayCase.date == _ON, FirstDayCase.state != "closed",
    )
    .correlate(Enrolment)
    .scalar_subquery()
)  # fmt: skip
_ARRIVED = (
    select(func.max(Sighting.at))
    .where(
        Sighting.organisation_id == Enrolment.organisation_id, Sighting.school_id == Enrolment.school_id,
        Sighting.date == _ON, Sighting.enrolment_id == Enrolment.id, Sighting.kind == SightingKind.ARRIVED.value,
        Sighting.struck_at.is_(None),
    )
    .correlate(Enrolment)
    .scalar_subquery()
)  # fmt: skip
_LEAVE_UNTIL = (
    select(func.max(_LATER.date))
    .select_from(_NOW)
    .join(
        _LATER,
        and_(
            _LATER.organisation_id == _NOW.organisation_id, _LATER.enrolment_id == _NOW.enrolment_id,
            _LATER.kind == _NOW.kind, _LATER.source_kind == _NOW.source_kind,
            _LATER.source_id.is_not_distinct_from(_NOW.source_id), _LATER.date >= _ON,
        ),
    )
    .where(
        _NOW.organisation_id == Enrolment.organisation_id, _NOW.enrolment_id == Enrolment.id, _NOW.date == _ON,
        _NOW.kind == "leave",
    )
    .correlate(Enrolment)
    .scalar_subquery()
)  # fmt: skip
_DAY = (
    select(
        Enrolment.organisation_id, Enrolment.id, Enrolment.starts_on, Enrolment.ends_on, _CASE_HALF,
        _AM.code, _PM.code.label("code_pm"), func.coalesce(_PM.minutes_late, _AM.minutes_late),
        _REGISTER_AM.taken_at, _REGISTER_PM.taken_at.label("taken_pm"), _ARRIVED, _LEAVE_UNTIL,
        *(
            func.coalesce(getattr(PupilYear, count), 0)
            for count in ("possible", "present", "authorised", "unauthorised", "late", "unresolved", "illness")
        ),
    )
    .select_from(Enrolment)
    .outerjoin(
        Placement,
        and_(
            Placement.organisation_id == Enrolment.organisation_id, Placement.school_id == Enrolment.school_id,
            Placement.enrolment_id == Enrolment.id, Placement.starts_on <= _ON,
            or_(Placement.ends_on.is_(None), Placement.ends_on >= _ON),
        ),
    )
    .outerjoin(_AM, _mark(_AM, 0))
    .outerjoin(_PM, _mark(_PM, 1))
    .outerjoin(_REGISTER_AM, _register(_REGISTER_AM, 0))
    .outerjoin(_REGISTER_PM, _register(_REGISTER_PM, 1))
    .outerjoin(
        PupilYear,
        and_(
            PupilYear.organisation_id == Enrolment.organisation_id, PupilYear.school_id == Enrolment.school_id,
            PupilYear.year == bindparam("year"), PupilYear.enrolment_id == Enrolment.id,
        ),
    )
    .where(
        # SQLite finds no index for pairs: the two lists narrow it, the pairs decide.
        Enrolment.organisation_id.in_(bindparam("organisations", expanding=True)),
        Enrolment.id.in_(bindparam("enrolment_ids", expanding=True)),
        tuple_(Enrolment.organisation_id, Enrolment.id).in_(bindparam("enrolments", expanding=True)),
    )
)  # fmt: skip


def family_day(db: Connection, enrolments: Collection[tuple[int, int]], on: date) -> dict[tuple[int, int], FamilyDay]:
    """Each (organisation, enrolment) on the day, in one statement. The caller has checked the adult's rights."""
    if not enrolments:
        return {}
    rows = db.execute(_DAY, {**_lists(enrolments), "on": on, "year": academic_year(on)})
    found = (FamilyDay(*row) for row in rows)
    return {(day.organisation_id, day.enrolment_id): day for day in found}


def _lists(enrolments: Collection[tuple[int, int]]) -> dict[str, Any]:
    return {
        "enrolments": sorted(enrolments),
        "organisations": sorted({organisation_id for organisation_id, _ in enrolments}),
        "enrolment_ids": sorted({enrolment_id for _, enrolment_id in enrolments}),
    }


# Every part of the key is a list, school and week before the enrolment: one look-up a child and week, however large the
# organisation is.
_WEEKS = (
    select(PupilWeek.organisation_id, PupilWeek.enrolment_id, PupilWeek.week, PupilWeek.codes)
    .where(
        PupilWeek.organisation_id.in_(bindparam("organisations", expanding=True)),
        PupilWeek.school_id.in_(bindparam("school_ids", expanding=True)),
        PupilWeek.week.in_(bindparam("weeks", expanding=True)),
        PupilWeek.enrolment_id.in_(bindparam("enrolment_ids", expanding=True)),
        tuple_(PupilWeek.organisation_id, PupilWeek.enrolment_id).in_(bindparam("enrolments", expanding=True)),
    )
    .order_by(PupilWeek.week)
)  # fmt: skip


def family_weeks(
    db: Connection, enrolments: Collection[tuple[int, int]], school_ids: Collection[int], first: date, last: date
) -> dict[tuple[int, int], list[tuple[date, str]]]:
    """The (week, codes) of each (organisation, enrolment) from ``first`` to ``last``, in one statement.

    ``school_ids`` are the schools of the enrolments.
    """
    if not enrolments:
        return {}
    keys = {**_lists(enrolments), "school_ids": sorted(set(school_ids)), "weeks": mondays(first, last)}
    found: dict[tuple[int, int], list[tuple[date, str]]] = {}
    for row in db.execute(_WEEKS, keys):
        found.setdefault((row.organisation_id, row.enrolment_id), []).append((row.week, row.codes))
    return found


@dataclass(frozen=True, slots=True)
class Asked:
    """A report on which school has written and the family has not read it. ``lines`` counts what is unread."""

    organisation_id: int
    enrolment_id: int
    public_id: str
    starts_on: date
    asked_at: datetime
    lines: int


def _unread(what: Any) -> Any:
    # A subquery, not a join: the planner must begin with the few reports of a family.
    return (
        select(what)
        .where(
            ReportMessage.organisation_id == AbsenceReport.organisation_id,
            ReportMessage.report_id == AbsenceReport.id, ReportMessage.side == "school",
            ReportMessage.read_at.is_(None),
        )
        .correlate(AbsenceReport)
        .scalar_subquery()
    )  # fmt: skip


_ASKED_AT = _unread(func.max(ReportMessage.at))
_ASKED = (
    select(
        AbsenceReport.organisation_id, AbsenceReport.enrolment_id, AbsenceReport.public_id, AbsenceReport.starts_on,
        _ASKED_AT.label("asked_at"), _unread(func.count()),
    )
    .where(
        AbsenceReport.organisation_id.in_(bindparam("organisations", expanding=True)),
        AbsenceReport.enrolment_id.in_(bindparam("enrolment_ids", expanding=True)),
        tuple_(AbsenceReport.organisation_id, AbsenceReport.enrolment_id).in_(
            bindparam("enrolments", expanding=True)
        ),
        tuple_(AbsenceReport.organisation_id, AbsenceReport.contact_id).in_(bindparam("adults", expanding=True)),
        _ASKED_AT.is_not(None),
    )
    .order_by(text("asked_at DESC"))
)  # fmt: skip


def unread_talk(
    db: Connection, adults: Collection[ContactKey], enrolments: Collection[tuple[int, int]]
) -> Sequence[Asked]:
    """The adult's own reports with lines of school that they have not read, newest first, in one statement."""
    if not adults or not enrolments:
        return []
    pairs = sorted({(adult.organisation_id, adult.contact_id) for adult in adults})
    return [Asked(*row) for row in db.execute(_ASKED, {"adults": pairs, **_lists(enrolments)})]
