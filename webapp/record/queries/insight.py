"""A school's year and a trust's schools, from the caches."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, Connection, Integer, and_, bindparam, case, func, or_, select

from webapp.people.models import Enrolment, Placement
from webapp.record.models import PupilWeek, PupilYear
from webapp.record.queries.pupils import YEAR_COUNTS
from webapp.record.rules.weeks import academic_year_bounds, week_start

_ORGANISATION: BindParameter[int] = bindparam("organisation_id")
_SCHOOL: BindParameter[int] = bindparam("school_id")
_YEAR: BindParameter[int] = bindparam("year")
_ON: BindParameter[dt.date] = bindparam("on")

_THESE_WEEKS = (
    PupilWeek.organisation_id == _ORGANISATION, PupilWeek.school_id == _SCHOOL,
    PupilWeek.week.between(bindparam("first"), bindparam("last")),
)  # fmt: skip
# Each sum more costs a tenth of the scan: possible is the sum of the three, and the rest is asked for by itself.
_WEEKS = (
    select(
        PupilWeek.week,
        func.count().label("pupils"),
        func.sum(PupilWeek.present).label("present"),
        func.sum(PupilWeek.authorised).label("authorised"),
        func.sum(PupilWeek.unauthorised).label("unauthorised"),
    )
    .where(*_THESE_WEEKS)
    .group_by(PupilWeek.week)
    .order_by(PupilWeek.week)
)
_WEEK_REASONS = (
    select(
        PupilWeek.week,
        func.sum(PupilWeek.late).label("late"),
        func.sum(PupilWeek.unresolved).label("unresolved"),
        func.sum(PupilWeek.illness).label("illness"),
    )
    .where(*_THESE_WEEKS)
    .group_by(PupilWeek.week)
    .order_by(PupilWeek.week)
)

# Whole numbers on both sides: a pupil at 89.96 % is below 90 %, not rounded up to it.
_missed = PupilYear.authorised + PupilYear.unauthorised
_IS_PERSISTENT = and_(PupilYear.possible > 0, _missed * 10 >= PupilYear.possible)
_IS_SEVERE = and_(PupilYear.possible > 0, _missed * 2 >= PupilYear.possible)
_SUMS = (
    func.count().label("pupils"),
    *(func.sum(column).label(column.key) for column in YEAR_COUNTS),
    func.sum(case((_IS_PERSISTENT, 1), else_=0), type_=Integer).label("persistent"),
    func.sum(case((_IS_SEVERE, 1), else_=0), type_=Integer).label("severe"),
)

_THEIR_PLACEMENT = and_(
    Placement.organisation_id == PupilYear.organisation_id, Placement.school_id == PupilYear.school_id,
    Placement.enrolment_id == PupilYear.enrolment_id, Placement.starts_on <= _ON,
    or_(Placement.ends_on.is_(None), Placement.ends_on >= _ON),
)  # fmt: skip
_THE_YEAR = (PupilYear.organisation_id == _ORGANISATION, PupilYear.school_id == _SCHOOL, PupilYear.year == _YEAR)

_PUPILS = (
    select(
        PupilYear.enrolment_id, Enrolment.pupil_id, Placement.year_group, Placement.form_id, *YEAR_COUNTS,
        PupilYear.brought_in,
    )
    .join(
        Enrolment,
        # The school too, though the id is enough: PostgreSQL then reads this school's enrolments and not the trust's.
        and_(
            Enrolment.organisation_id == PupilYear.organisation_id,
            Enrolment.school_id == PupilYear.school_id,
            Enrolment.id == PupilYear.enrolment_id,
        ),
    )
    .outerjoin(Placement, _THEIR_PLACEMENT)
    .where(*_THE_YEAR)
)  # fmt: skip

_YEAR_GROUPS = (
    select(Placement.year_group, *_SUMS)
    .select_from(PupilYear)
    .outerjoin(Placement, _THEIR_PLACEMENT)
    .where(*_THE_YEAR)
    .group_by(Placement.year_group)
    .order_by(Placement.year_group)
)

_SCHOOLS = (
    select(PupilYear.school_id, *_SUMS)
    .where(
        PupilYear.organisation_id == _ORGANISATION, PupilYear.school_id.in_(bindparam("school_ids", expanding=True)),
        PupilYear.year == _YEAR,
    )
    .group_by(PupilYear.school_id)
    .order_by(PupilYear.school_id)
)  # fmt: skip


def school_weeks(db: Connection, organisation_id: int, school_id: int, year: int) -> Sequence[Any]:
    """The weeks of an academic year in order: week, pupils, present, authorised, unauthorised; possible is their sum.

    A week that lies in two academic years stands in both.
    """
    return db.execute(_WEEKS, _weeks_of(organisation_id, school_id, year)).all()


def school_week_reasons(db: Connection, organisation_id: int, school_id: int, year: int) -> Sequence[Any]:
    """The same weeks: week, late, unresolved, illness."""
    return db.execute(_WEEK_REASONS, _weeks_of(organisation_id, school_id, year)).all()


def _weeks_of(organisation_id: int, school_id: int, year: int) -> dict[str, Any]:
    first, last = academic_year_bounds(year)
    return {"organisation_id": organisation_id, "school_id": school_id, "first": week_start(first), "last": last}


def school_pupils(db: Connection, organisation_id: int, school_id: int, year: int, on: dt.date) -> Sequence[Any]:
    """Each enrolment's year, in no order, with the year group and form of the day ``on`` (None for leavers)."""
    values = {"organisation_id": organisation_id, "school_id": school_id, "year": year, "on": on}
    return db.execute(_PUPILS, values).all()


def school_year_groups(db: Connection, organisation_id: int, school_id: int, year: int, on: dt.date) -> Sequence[Any]:
    """Sums by the year group of the day ``on``: year_group, pupils, the counts, persistent and severe.

    Enrolments are counted, as the DfE counts them: a pupil who moved stands in both schools.
    """
    values = {"organisation_id": organisation_id, "school_id": school_id, "year": year, "on": on}
    return db.execute(_YEAR_GROUPS, values).all()


def trust_schools(db: Connection, organisation_id: int, school_ids: Sequence[int], year: int) -> Sequence[Any]:
    """Sums by school: school_id, pupils, the counts, persistent and severe; a school with no marks has no row."""
    values = {"organisation_id": organisation_id, "school_ids": list(school_ids), "year": year}
    return db.execute(_SCHOOLS, values).all()
