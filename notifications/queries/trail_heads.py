"""Who outside keeps the heads of the trail, and what became of each day's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, select

from webapp.foundation.trail.outgoing import TrailAddress, TrailHeadOut

_ADDRESS = select(TrailAddress.email, TrailAddress.set_at, TrailAddress.set_by).where(
    TrailAddress.organisation_id == bindparam("organisation_id")
)
_DAYS = (
    select(TrailHeadOut.__table__)
    .where(TrailHeadOut.organisation_id == bindparam("organisation_id"))
    .order_by(TrailHeadOut.day.desc())
    .limit(14)
)


def address_of(db: Connection, organisation_id: int) -> Any | None:
    """email, set_at and set_by of the organisation's address outside, or None."""
    return db.execute(_ADDRESS, {"organisation_id": organisation_id}).one_or_none()


def heads_out(db: Connection, organisation_id: int) -> Sequence[Any]:
    """Columns of ``trail_head_out`` of the last fortnight, newest first."""
    return db.execute(_DAYS, {"organisation_id": organisation_id}).all()
