"""Stops on messages about a child, for those who may stop them; others learn only that the DSL leads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, func, select

from webapp.people.models import Contact, MessageStop


@dataclass(frozen=True, slots=True)
class StopRow:
    """One stop. ``contact_name`` is empty where nobody is written to."""

    public_id: str
    contact_id: int | None
    contact_name: str
    reason: str
    stopped_at: datetime
    stopped_by: str
    lifted_at: datetime | None
    lifted_by: str
    lifted_why: str


_OF_PUPIL = and_(
    MessageStop.organisation_id == bindparam("organisation_id"), MessageStop.pupil_id == bindparam("pupil_id")
)
_STOPS = (
    select(
        MessageStop.public_id, MessageStop.contact_id,
        func.coalesce(Contact.first_name + " " + Contact.last_name, "").label("contact_name"), MessageStop.reason,
        MessageStop.stopped_at, MessageStop.stopped_by, MessageStop.lifted_at, MessageStop.lifted_by,
        MessageStop.lifted_why,
    )
    .outerjoin(
        Contact, and_(Contact.organisation_id == MessageStop.organisation_id, Contact.id == MessageStop.contact_id)
    )
    .where(_OF_PUPIL)
    .order_by(MessageStop.id.desc())
)  # fmt: skip
_LIVING = select(func.count()).where(_OF_PUPIL, MessageStop.lifted_at.is_(None))


def stops_of(db: Connection, organisation_id: int, pupil_id: int) -> Sequence[StopRow]:
    """Every stop of the pupil, lifted ones too, newest first."""
    keys = {"organisation_id": organisation_id, "pupil_id": pupil_id}
    return [StopRow(*row) for row in db.execute(_STOPS, keys)]


def is_led_by_dsl(db: Connection, organisation_id: int, pupil_id: int) -> bool:
    """True while any stop of the pupil stands."""
    return db.execute(_LIVING, {"organisation_id": organisation_id, "pupil_id": pupil_id}).scalar_one() > 0
