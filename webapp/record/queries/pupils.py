"""One pupil's record: weeks and years from the caches, single marks and their amendments from the register."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, Connection, and_, bindparam, select

from webapp.people.models import Enrolment
from webapp.record.models import Mark, MarkAmendment, MarkConflict, MarkNote, PupilWeek, PupilYear
from webapp.record.rules.weeks import week_start

_ORGANISATION: BindParameter[int] = bindparam("organisation_id")
_ENROLMENT: BindParameter[int] = bindparam("enrolment_id")
_FIRST: BindParameter[dt.date] = bindparam("first")
_LAST: BindParameter[dt.date] = bindparam("last")

WEEK_COUNTS = (
    PupilWeek.possible, PupilWeek.present, PupilWeek.authorised, PupilWeek.unauthorised, PupilWeek.late,
    PupilWeek.unresolved, PupilWeek.illness,
)  # fmt: skip
YEAR_COUNTS = (
    PupilYear.possible, PupilYear.present, PupilYear.authorised, PupilYear.unauthorised, PupilYear.late,
    PupilYear.unresolved, PupilYear.illness,
)  # fmt: skip

# A list of Mondays, not a span: the week stands before the enrolment in the key.
_WEEKS = (
    select(PupilWeek.enrolment_id, PupilWeek.week, *WEEK_COUNTS, PupilWeek.codes)
    .select_from(Enrolment)
    .join(
        PupilWeek,
        and_(
            PupilWeek.organisation_id == Enrolment.organisation_id, PupilWeek.school_id == Enrolment.school_id,
            PupilWeek.enrolment_id == Enrolment.id,
        ),
    )
    .where(
        Enrolment.organisation_id == _ORGANISATION, Enrolment.id.in_(bindparam("enrolment_ids", expanding=True)),
        PupilWeek.week.in_(bindparam("weeks", expanding=True)),
    )
    .order_by(PupilWeek.enrolment_id, PupilWeek.week)
)  # fmt: skip

_YEARS = (
    select(PupilYear.enrolment_id, PupilYear.year, *YEAR_COUNTS, PupilYear.brought_in)
    .select_from(Enrolment)
    .join(
        PupilYear,
        and_(
            PupilYear.organisation_id == Enrolment.organisation_id, PupilYear.school_id == Enrolment.school_id,
            PupilYear.enrolment_id == Enrolment.id,
        ),
    )
    .where(
        Enrolment.organisation_id == _ORGANISATION, Enrolment.id.in_(bindparam("enrolment_ids", expanding=True)),
        PupilYear.year.in_(bindparam("years", expanding=True)),
    )
    .order_by(PupilYear.enrolment_id, PupilYear.year)
)  # fmt: skip

_MARKS = (
    select(Mark.date, Mark.half, Mark.code, Mark.minutes_late, MarkNote.note)
    .outerjoin(
        MarkNote,
        and_(
            MarkNote.organisation_id == Mark.organisation_id, MarkNote.enrolment_id == Mark.enrolment_id,
            MarkNote.date == Mark.date, MarkNote.half == Mark.half, MarkNote.code == Mark.code,
        ),
    )
    .where(
        Mark.organisation_id == _ORGANISATION, Mark.enrolment_id == _ENROLMENT, Mark.date.between(_FIRST, _LAST),
        Mark.code.is_not(None),
    )
    .order_by(Mark.date, Mark.half)
)  # fmt: skip

_AMENDMENTS = (
    select(
        MarkAmendment.date, MarkAmendment.half, MarkAmendment.original_code, MarkAmendment.original_minutes_late,
        MarkAmendment.amended_code, MarkAmendment.amended_minutes_late, MarkAmendment.reason, MarkAmendment.amended_at,
        MarkAmendment.actor_kind, MarkAmendment.actor_name, MarkAmendment.actor_position, MarkAmendment.source,
    )
    .where(
        MarkAmendment.organisation_id == _ORGANISATION, MarkAmendment.enrolment_id == _ENROLMENT,
        MarkAmendment.date.between(_FIRST, _LAST),
    )
    .order_by(MarkAmendment.date, MarkAmendment.half, MarkAmendment.id)
)  # fmt: skip

# Once the mark here says what theirs says there is nothing left to settle.
_CONFLICTS = (
    select(
        MarkConflict.enrolment_id, Enrolment.pupil_id, MarkConflict.date, MarkConflict.half, Mark.code.label("ours"),
        MarkConflict.theirs, MarkConflict.found_at,
    )
    .join(
        Enrolment,
        and_(Enrolment.organisation_id == MarkConflict.organisation_id, Enrolment.id == MarkConflict.enrolment_id),
    )
    .join(
        Mark,
        and_(
            Mark.organisation_id == MarkConflict.organisation_id, Mark.enrolment_id == MarkConflict.enrolment_id,
            Mark.date == MarkConflict.date, Mark.half == MarkConflict.half,
        ),
    )
    .where(
        MarkConflict.organisation_id == _ORGANISATION, Enrolment.school_id == bindparam("school_id"),
        Mark.code.is_distinct_from(MarkConflict.theirs),
    )
    .order_by(MarkConflict.date.desc(), MarkConflict.half.desc(), MarkConflict.enrolment_id)
)  # fmt: skip


def mondays(first: dt.date, last: dt.date) -> list[dt.date]:
    """The Mondays of the weeks that hold ``first`` to ``last``."""
    start = week_start(first)
    return [start + dt.timedelta(days=7 * number) for number in range((last - start).days // 7 + 1)]


def pupil_weeks(
    db: Connection, organisation_id: int, enrolment_ids: Sequence[int], first: dt.date, last: dt.date
) -> Sequence[Any]:
    """Weeks that touch ``first`` to ``last``: enrolment_id, week, the seven counts, codes (``rules.weeks``).

    One query for all of a family's children, in any schools.
    """
    values = {"organisation_id": organisation_id, "enrolment_ids": list(enrolment_ids), "weeks": mondays(first, last)}
    return db.execute(_WEEKS, values).all()


def pupil_years(
    db: Connection, organisation_id: int, enrolment_ids: Sequence[int], years: Sequence[int]
) -> Sequence[Any]:
    """Academic years (2025 is 2025/26): enrolment_id, year, the seven counts, brought_in."""
    values = {"organisation_id": organisation_id, "enrolment_ids": list(enrolment_ids), "years": list(years)}
    return db.execute(_YEARS, values).all()


def pupil_marks(
    db: Connection, organisation_id: int, enrolment_id: int, first: dt.date, last: dt.date
) -> Sequence[Any]:
    """The marks of these days in order: date, half, code, minutes_late, note."""
    values = {"organisation_id": organisation_id, "enrolment_id": enrolment_id, "first": first, "last": last}
    return db.execute(_MARKS, values).all()


def pupil_amendments(
    db: Connection, organisation_id: int, enrolment_id: int, first: dt.date, last: dt.date
) -> Sequence[Any]:
    """Every amendment to the marks of these days, oldest first within a session, with all five parts."""
    values = {"organisation_id": organisation_id, "enrolment_id": enrolment_id, "first": first, "last": last}
    return db.execute(_AMENDMENTS, values).all()


def open_conflicts(db: Connection, organisation_id: int, school_id: int) -> Sequence[Any]:
    """Marks on which an import and this record disagree, latest day first: both codes, and when it was found."""
    return db.execute(_CONFLICTS, {"organisation_id": organisation_id, "school_id": school_id}).all()
