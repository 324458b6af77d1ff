"""A school's day from the cache of weeks: one short range instead of a look-up for each pupil."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, Connection, Integer, and_, bindparam, func, or_, select

from webapp.people.models import Enrolment, Placement
from webapp.record.models import Mark, PupilWeek
from webapp.record.rules.weeks import CODE_OF, NO_MARK, week_start

_ORGANISATION: BindParameter[int] = bindparam("organisation_id")
_ON: BindParameter[dt.date] = bindparam("on")

_SESSION_FACTS = (
    select(
        Enrolment.id.label("enrolment_id"), Enrolment.pupil_id, Placement.year_group, Placement.form_id,
        func.substr(PupilWeek.codes, bindparam("place", type_=Integer), 2).label("symbols"),
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
    .outerjoin(
        PupilWeek,
        and_(
            PupilWeek.organisation_id == Enrolment.organisation_id, PupilWeek.school_id == Enrolment.school_id,
            PupilWeek.week == bindparam("week"), PupilWeek.enrolment_id == Enrolment.id,
        ),
    )
    .where(
        Enrolment.organisation_id == _ORGANISATION, Enrolment.school_id == bindparam("school_id"),
        Enrolment.starts_on <= _ON, or_(Enrolment.ends_on.is_(None), Enrolment.ends_on >= _ON),
    )
)  # fmt: skip

_LATE = select(Mark.enrolment_id, Mark.half, Mark.minutes_late).where(
    Mark.organisation_id == _ORGANISATION, Mark.enrolment_id.in_(bindparam("enrolment_ids", expanding=True)),
    Mark.date == _ON, Mark.minutes_late.is_not(None),
)  # fmt: skip


def session_facts(db: Connection, organisation_id: int, school_id: int, on: dt.date) -> Sequence[Any]:
    """Every enrolment on the school's roll that day, in no order: enrolment_id, pupil_id, year_group, form_id, symbols.

    ``symbols`` holds the morning's and the afternoon's symbol, or None where the week has no mark at all; read it with
    ``code_in``. A pupil with no placement that day has no year group and no form.
    """
    values = {
        "organisation_id": organisation_id, "school_id": school_id, "on": on, "week": week_start(on),
        "place": 2 * on.weekday() + 1,
    }  # fmt: skip
    return db.execute(_SESSION_FACTS, values).all()


def code_in(symbols: str | None, half: int) -> str | None:
    """The code of one half in a row of ``session_facts``; None where there is no mark."""
    symbol = NO_MARK if symbols is None else symbols[half]
    return None if symbol == NO_MARK else CODE_OF[symbol]


def minutes_late(
    db: Connection, organisation_id: int, enrolment_ids: Sequence[int], on: dt.date
) -> dict[tuple[int, int], int]:
    """Minutes late that day by (enrolment id, half), for the pupils who were marked L or U."""
    values = {"organisation_id": organisation_id, "enrolment_ids": list(enrolment_ids), "on": on}
    return {(row.enrolment_id, row.half): row.minutes_late for row in db.execute(_LATE, values)}
