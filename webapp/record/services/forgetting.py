"""Sessions whose time of keeping is over. Called by the deletion that a person confirmed, in its transaction, and by
nothing else: the record is never overwritten, and is deleted only as the law allows."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from sqlalchemy import Connection, delete

from webapp.record.models import (
    Expectation,
    Mark,
    MarkAmendment,
    MarkConflict,
    MarkNote,
    PupilWeek,
    PupilYear,
    Sighting,
)
from webapp.record.rules.weeks import academic_year

_WEEK = timedelta(days=6)


def forget_sessions_in(
    tx: Connection, organisation_id: int, enrolment_ids: Collection[int], before: date
) -> dict[str, int]:
    """Delete every session of these enrolments before a day, with its sums; returns the rows by table.

    ``before`` is the first day of a school year, so that no week or year is cut in two.
    """
    gone: dict[str, int] = {}
    for table in (MarkAmendment, MarkNote, MarkConflict, Expectation, Sighting, Mark):
        gone[table.__tablename__] = tx.execute(
            delete(table).where(
                table.organisation_id == organisation_id, table.enrolment_id.in_(enrolment_ids), table.date < before
            )
        ).rowcount
    gone[PupilWeek.__tablename__] = tx.execute(
        delete(PupilWeek).where(
            PupilWeek.organisation_id == organisation_id, PupilWeek.enrolment_id.in_(enrolment_ids),
            PupilWeek.week < before - _WEEK,
        )
    ).rowcount  # fmt: skip
    gone[PupilYear.__tablename__] = tx.execute(
        delete(PupilYear).where(
            PupilYear.organisation_id == organisation_id, PupilYear.enrolment_id.in_(enrolment_ids),
            PupilYear.year < academic_year(before),
        )
    ).rowcount  # fmt: skip
    return gone
