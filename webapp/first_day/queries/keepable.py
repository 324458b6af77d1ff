"""What of a pupil's record could be kept from a contact: sightings and messages of late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, and_, bindparam, select

from notifications.models import Message, MessagePupil
from webapp.foundation.types import Instant
from webapp.people.models import Contact
from webapp.record.models import Sighting


@dataclass(frozen=True, slots=True)
class Keepable:
    """A sighting or a message. ``words``: its kind; ``whom`` a message went to."""

    kind: str
    id: int
    at: datetime
    words: str
    whom: str = ""


_SIGHTINGS = (
    select(Sighting.id, Sighting.at, Sighting.kind)
    .where(
        Sighting.organisation_id == bindparam("organisation_id"), Sighting.enrolment_id == bindparam("enrolment_id"),
        Sighting.date >= bindparam("since"), Sighting.struck_at.is_(None),
    )
    .order_by(Sighting.at.desc())
    .limit(20)
)  # fmt: skip
_MESSAGES = (
    select(Message.id, Message.created_at, Message.name, (Contact.first_name + " " + Contact.last_name).label("whom"))
    .join(
        MessagePupil,
        and_(MessagePupil.organisation_id == Message.organisation_id, MessagePupil.message_id == Message.id),
    )
    .join(Contact, and_(Contact.organisation_id == Message.organisation_id, Contact.id == Message.contact_id))
    .where(
        Message.organisation_id == bindparam("organisation_id"), MessagePupil.pupil_id == bindparam("pupil_id"),
        Message.created_at >= bindparam("from_then", type_=Instant()),
    )
    .order_by(Message.created_at.desc(), Message.id.desc())
    .limit(20)
)  # fmt: skip


def keepable_of(
    db: Connection, organisation_id: int, enrolment_id: int, pupil_id: int, since: date, from_then: datetime
) -> Sequence[Keepable]:
    """The pupil's newest sightings, then messages, in two statements."""
    keys = {"organisation_id": organisation_id, "enrolment_id": enrolment_id, "since": since}
    seen = [Keepable("sighting", *row) for row in db.execute(_SIGHTINGS, keys)]
    keys = {"organisation_id": organisation_id, "pupil_id": pupil_id, "from_then": from_then}
    return [*seen, *(Keepable("message", *row) for row in db.execute(_MESSAGES, keys))]
