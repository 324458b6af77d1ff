"""The court orders of a pupil, for those who may see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, bindparam, select

from webapp.people.models import CourtOrder


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order as it is kept."""

    id: int
    contact_id: int
    kind: str
    denies: str
    starts_on: date
    ends_on: date | None
    review_on: date | None
    reference: str
    verified_by: str
    reviewer_id: int | None
    version: int


_ORDERS = (
    select(
        CourtOrder.id, CourtOrder.contact_id, CourtOrder.kind, CourtOrder.denies, CourtOrder.starts_on,
        CourtOrder.ends_on, CourtOrder.review_on, CourtOrder.document_reference, CourtOrder.verified_by,
        CourtOrder.reviewer_id, CourtOrder.version,
    )
    .where(CourtOrder.organisation_id == bindparam("organisation_id"), CourtOrder.pupil_id == bindparam("pupil_id"))
    .order_by(CourtOrder.starts_on.desc(), CourtOrder.id.desc())
)  # fmt: skip


def orders_of(db: Connection, organisation_id: int, pupil_id: int) -> Sequence[OrderRow]:
    """Every order of the pupil, the newest first."""
    rows = db.execute(_ORDERS, {"organisation_id": organisation_id, "pupil_id": pupil_id})
    return [OrderRow(*row) for row in rows]
