"""The reports on which school has written and the family has not read it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, func, select, text

from webapp.absence.models import AbsenceReport, ReportMessage
from webapp.absence.queries.reporting import ContactKey
from webapp.foundation.lists import pairs
from webapp.foundation.statements import plain

_ASKED_OF = pairs("enrolments")


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
_ASKED = plain(
    select(
        AbsenceReport.organisation_id, AbsenceReport.enrolment_id, AbsenceReport.public_id, AbsenceReport.starts_on,
        _ASKED_AT.label("asked_at"), _unread(func.count()).label("lines"), AbsenceReport.contact_id,
    )
    .select_from(_ASKED_OF)
    .join(
        AbsenceReport,
        and_(
            AbsenceReport.organisation_id == _ASKED_OF.c.organisation_id,
            AbsenceReport.enrolment_id == _ASKED_OF.c.id,
        ),
    )
    .where(_ASKED_AT.is_not(None))
    .order_by(text("asked_at DESC"))
)  # fmt: skip


def unread_talk(
    db: Connection, adults: Collection[ContactKey], enrolments: Collection[tuple[int, int]]
) -> Sequence[Asked]:
    """The adult's own reports with lines of school that they have not read, newest first, in one statement."""
    if not adults or not enrolments:
        return []
    mine = {(adult.organisation_id, adult.contact_id) for adult in adults}
    rows = db.execute(_ASKED, {"enrolments": sorted(enrolments)})
    return [Asked(*row[:6]) for row in rows if (row.organisation_id, row.contact_id) in mine]
