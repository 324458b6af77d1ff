"""What is held from deletion at a school, for those who may hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, and_, func, select

from webapp.insight.models import RecordHold
from webapp.people.models import Contact, Pupil


@dataclass(frozen=True, slots=True)
class HoldRow:
    """One hold that stands."""

    public_id: str
    kind: str
    name: str
    why: str
    review_on: date
    held_at: datetime
    held_by: str


def holds_of(db: Connection, organisation_id: int, school_id: int) -> Sequence[HoldRow]:
    """Those that stand, by the day on which somebody looks again."""
    rows = db.execute(
        select(
            RecordHold.public_id, RecordHold.pupil_id, RecordHold.why, RecordHold.review_on, RecordHold.held_at,
            RecordHold.held_by,
            func.coalesce(
                Pupil.first_name + " " + Pupil.last_name, Contact.first_name + " " + Contact.last_name
            ).label("name"),
        )
        .outerjoin(Pupil, and_(Pupil.organisation_id == RecordHold.organisation_id, Pupil.id == RecordHold.pupil_id))
        .outerjoin(
            Contact, and_(Contact.organisation_id == RecordHold.organisation_id, Contact.id == RecordHold.contact_id)
        )
        .where(
            RecordHold.organisation_id == organisation_id, RecordHold.school_id == school_id,
            RecordHold.released_at.is_(None),
        )
        .order_by(RecordHold.review_on, RecordHold.id)
    )  # fmt: skip
    return [
        HoldRow(
            row.public_id, "pupil" if row.pupil_id is not None else "contact", row.name, row.why, row.review_on,
            row.held_at, row.held_by,
        )
        for row in rows
    ]  # fmt: skip
