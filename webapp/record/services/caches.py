"""The caches of weeks and years counted anew from the marks, for ``firstbell rebuild``."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection, delete, text

from webapp.foundation.db import unit_of_work
from webapp.record.models import PupilWeek, PupilYear
from webapp.record.rules.weeks import academic_year, academic_year_bounds, week_start
from webapp.record.services.many import load_facts, scratch, write_caches
from webapp.record.services.many_sql import MANY

_LOCK = text(
    "SELECT id FROM enrolment WHERE organisation_id = :organisation_id AND school_id = :school_id"
    " ORDER BY id FOR NO KEY UPDATE"
)


def rebuild_caches(organisation_id: int, school_id: int, first: dt.date, last: dt.date) -> None:
    """Count one school's weeks and years anew: the whole academic years that hold ``first`` to ``last``.

    Years that were brought in without marks stay as they are.
    """
    with unit_of_work() as tx:
        rebuild_caches_in(tx, organisation_id, school_id, first, last)


def rebuild_caches_in(tx: Connection, organisation_id: int, school_id: int, first: dt.date, last: dt.date) -> None:
    """As ``rebuild_caches``, in the caller's transaction."""
    years = (academic_year(first), academic_year(last))
    monday = week_start(academic_year_bounds(years[0])[0])
    sunday = week_start(academic_year_bounds(years[1])[1]) + dt.timedelta(days=6)
    scope = {"organisation_id": organisation_id, "school_id": school_id}
    if tx.dialect.name == "postgresql":
        tx.execute(_LOCK, scope)
    tx.execute(
        delete(PupilWeek).where(
            PupilWeek.organisation_id == organisation_id, PupilWeek.school_id == school_id,
            PupilWeek.week.between(monday, sunday),
        )
    )  # fmt: skip
    tx.execute(
        delete(PupilYear).where(
            PupilYear.organisation_id == organisation_id, PupilYear.school_id == school_id,
            PupilYear.year.between(*years), PupilYear.brought_in.is_(False),
        )
    )  # fmt: skip
    with scratch(tx):
        load_facts(tx, [monday + dt.timedelta(days=day) for day in range((sunday - monday).days + 1)])
        tx.execute(MANY[tx.dialect.name].gains_of_marks, {**scope, "first": monday, "last": sunday})
        write_caches(tx, scope, monday, sunday, years)
