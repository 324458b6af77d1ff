"""Who told school what, where an event carries the number of the report alone."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, select

from webapp.absence.models import AbsenceReport

_REPORT = select(AbsenceReport.told_by, AbsenceReport.contact_id, AbsenceReport.channel).where(
    AbsenceReport.organisation_id == bindparam("organisation_id"), AbsenceReport.id == bindparam("report_id")
)


def report_told_by(db: Connection, organisation_id: int, report_id: int) -> Any | None:
    """told_by, contact_id and channel of a report, or None."""
    return db.execute(_REPORT, {"organisation_id": organisation_id, "report_id": report_id}).one_or_none()
