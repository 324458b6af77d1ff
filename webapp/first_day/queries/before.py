"""How a case stood before it was closed: the trail's entry of the closing keeps it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, exists, select

from webapp.first_day.models import CaseEvent, FirstDayCase
from webapp.foundation.trail import TrailEntry
from webapp.record.models import Sighting
from webapp.record.rules import CaseOutcome

_ORGANISATION: Any = bindparam("organisation_id")

_CLOSINGS = (
    select(TrailEntry.subject_id, TrailEntry.detail)
    .where(
        TrailEntry.organisation_id == _ORGANISATION, TrailEntry.subject_kind == "first_day_case",
        TrailEntry.subject_id.in_(bindparam("ids", expanding=True)), TrailEntry.action == "closed_case",
    )
    .order_by(TrailEntry.id)
)  # fmt: skip
_CARRYING = (
    select(CaseEvent.words)
    .where(
        CaseEvent.organisation_id == _ORGANISATION, CaseEvent.case_id == bindparam("case_id"),
        CaseEvent.kind.in_(("told_dsl", "told_police")),
    )
    .order_by(CaseEvent.id.desc())
    .limit(1)
)  # fmt: skip
_TOLD = (
    select(CaseEvent.at, CaseEvent.by)
    .where(
        CaseEvent.organisation_id == _ORGANISATION, CaseEvent.case_id == bindparam("case_id"),
        CaseEvent.kind.in_(("told_dsl", "told_police")),
    )
    .order_by(CaseEvent.id.desc())
    .limit(1)
)  # fmt: skip
_last_end = (
    select(CaseEvent.outcome)
    .where(
        CaseEvent.organisation_id == FirstDayCase.organisation_id, CaseEvent.case_id == FirstDayCase.id,
        CaseEvent.kind == "closed",
    )
    .order_by(CaseEvent.id.desc())
    .limit(1)
    .correlate(FirstDayCase)
    .scalar_subquery()
)  # fmt: skip
_SEEN_SINCE = exists().where(
    and_(
        Sighting.organisation_id == FirstDayCase.organisation_id, Sighting.enrolment_id == FirstDayCase.enrolment_id,
        Sighting.date == FirstDayCase.date, Sighting.struck_at.is_(None), Sighting.at >= FirstDayCase.closed_at,
    )
)
_LOCATED = select(FirstDayCase.id).where(
    FirstDayCase.organisation_id == _ORGANISATION, FirstDayCase.enrolment_id == bindparam("enrolment_id"),
    FirstDayCase.date == bindparam("on"), FirstDayCase.state == "closed",
    FirstDayCase.outcome == CaseOutcome.SEEN_IN_SCHOOL.value,
    FirstDayCase.closed_at <= bindparam("since", type_=FirstDayCase.closed_at.type),
    _last_end == CaseOutcome.LOCATED.value, ~_SEEN_SINCE,
)  # fmt: skip


def before_closing(db: Connection, organisation_id: int, case_ids: Collection[int]) -> Mapping[int, Mapping[str, Any]]:
    """What ``services.undone.as_it_stands`` kept of each of the cases when it was last closed; others are left out."""
    if not case_ids:
        return {}
    rows = db.execute(_CLOSINGS, {"organisation_id": organisation_id, "ids": sorted(case_ids)})
    newest = {row.subject_id: row.detail for row in rows}
    return {number: detail["before"] for number, detail in newest.items() if "before" in detail}


def words_of_carrying(db: Connection, organisation_id: int, case_id: int) -> str:
    """What was said when the case was last handed to the DSL or the police."""
    return db.scalar(_CARRYING, {"organisation_id": organisation_id, "case_id": case_id}) or ""


def when_dsl_was_told(db: Connection, organisation_id: int, case_id: int) -> Any:
    """``at`` and ``by`` of the last time that a case that was handed on was told of."""
    return db.execute(_TOLD, {"organisation_id": organisation_id, "case_id": case_id}).one()


def located_before(
    db: Connection, organisation_id: int, enrolment_id: int, on: date, since: datetime
) -> tuple[int, ...]:
    """The child's cases that ended before ``since`` because somebody found out where they are, and nobody has seen
    the child come or go since they ended."""
    keys = {"organisation_id": organisation_id, "enrolment_id": enrolment_id, "on": on, "since": since}
    return tuple(db.scalars(_LOCATED, keys))
