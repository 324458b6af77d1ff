"""Decisions that are not to be told yet, as one text beside an enrolment: in a statement that reads more."""

from __future__ import annotations

from typing import Any

from sqlalchemy import String, and_, bindparam, cast, func, select

from webapp.absence.models import AbsenceReport, ReportDecision
from webapp.foundation.types import Instant
from webapp.people.models import Enrolment


def _text(*parts: Any) -> Any:
    """The parts with "|" between them and ";" at the end."""
    joined: Any = cast(parts[0], String)
    for part in parts[1:]:
        joined = joined + "|" + func.coalesce(cast(part, String), "")
    return joined + ";"


HELD: Any = (
    select(
        func.aggregate_strings(
            _text(
                ReportDecision.id, ReportDecision.date, ReportDecision.half, ReportDecision.code,
                ReportDecision.previous_code,
            ),
            "",
        )
    )
    .select_from(AbsenceReport)
    .join(
        ReportDecision,
        and_(
            ReportDecision.organisation_id == AbsenceReport.organisation_id,
            ReportDecision.report_id == AbsenceReport.id,
        ),
    )
    .where(
        AbsenceReport.organisation_id == Enrolment.organisation_id, AbsenceReport.enrolment_id == Enrolment.id,
        # Only what has been decided; most reports of a day have not.
        AbsenceReport.read_at.is_not(None),
        ReportDecision.undone_at.is_(None), ReportDecision.told_due_at > bindparam("now", type_=Instant()),
    )
    .correlate(Enrolment)
    .scalar_subquery()
)  # fmt: skip
"""Read by ``absence.rules.held.read_held``; NULL where there is none. Its parameter is ``now``."""
