"""Who may have sent a text, and about whom: by number, over every organisation that holds it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, exists, func, or_, select

from notifications.models import Delivery, InboundMessage, Message, MessagePupil
from webapp.people.models import Contact, ContactPoint, Enrolment, Organisation, Pupil, PupilContact


@dataclass(frozen=True, slots=True)
class Holder:
    """A contact that holds the number."""

    organisation_id: int
    contact_id: int
    name: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A message that went to the number lately, newest first."""

    organisation_id: int
    message_id: int
    school_id: int
    contact_id: int | None
    name: str
    about_kind: str
    about_id: int | None


@dataclass(frozen=True, slots=True)
class Child:
    """A child of a contact, by enrolment on a day."""

    enrolment_id: int
    pupil_id: int
    school_id: int
    first_name: str
    legal_first_name: str
    contact_id: int


_HOLDERS = (
    select(
        ContactPoint.organisation_id, ContactPoint.contact_id,
        (Contact.first_name + " " + Contact.last_name).label("name"),
    )
    .join(
        Contact, and_(Contact.organisation_id == ContactPoint.organisation_id, Contact.id == ContactPoint.contact_id)
    )
    .where(ContactPoint.value == bindparam("value"))
    .order_by(ContactPoint.organisation_id, ContactPoint.contact_id)
)  # fmt: skip
_ASKED = (
    select(
        Message.organisation_id, Message.id, Message.school_id, Message.contact_id, Message.name, Message.about_kind,
        Message.about_id,
    )
    .join(
        Delivery, and_(Delivery.organisation_id == Message.organisation_id, Delivery.message_id == Message.id)
    )
    .where(
        Delivery.address == bindparam("value"),
        Delivery.created_at >= bindparam("since", type_=Delivery.created_at.type),
        Delivery.state.in_(("sent", "delivered", "unknown")),
        Message.contact_id.is_not(None),
        # Neither asks anything.
        Message.name.not_in(("sign_in_code", "text_heard")),
    )
    .order_by(Delivery.created_at.desc(), Delivery.id.desc())
    .limit(20)
)  # fmt: skip
_on: Any = bindparam("on")
_CHILDREN = (
    select(
        Enrolment.id.label("enrolment_id"), Enrolment.pupil_id, Enrolment.school_id, Pupil.first_name,
        Pupil.legal_first_name, PupilContact.contact_id,
    )
    .join(Pupil, and_(Pupil.organisation_id == Enrolment.organisation_id, Pupil.id == Enrolment.pupil_id))
    .join(
        PupilContact,
        and_(PupilContact.organisation_id == Enrolment.organisation_id, PupilContact.pupil_id == Enrolment.pupil_id),
    )
    .where(
        Enrolment.organisation_id == bindparam("organisation_id"),
        PupilContact.contact_id.in_(bindparam("contact_ids", expanding=True)),
        Enrolment.starts_on <= _on,
        or_(Enrolment.ends_on.is_(None), Enrolment.ends_on >= _on),
        or_(PupilContact.starts_on.is_(None), PupilContact.starts_on <= _on),
        or_(PupilContact.ends_on.is_(None), PupilContact.ends_on >= _on),
    )
    .order_by(Enrolment.id)
)  # fmt: skip
_ABOUT = select(MessagePupil.pupil_id).where(
    MessagePupil.organisation_id == bindparam("organisation_id"), MessagePupil.message_id == bindparam("message_id")
)
_WRITTEN = select(
    exists().where(
        Message.organisation_id == bindparam("organisation_id"), Message.contact_id == bindparam("contact_id"),
        Message.name == bindparam("name"), Message.created_at > bindparam("since", type_=Message.created_at.type),
    )
)
_HEARD = select(
    exists().where(
        InboundMessage.organisation_id == bindparam("organisation_id"), InboundMessage.sender == bindparam("value")
    )
)
_ONLY = select(func.min(Organisation.id), func.count())


def holders_of_number(db: Connection, value: str) -> Sequence[Holder]:
    """Every contact, of any organisation, that holds this number."""
    return [Holder(*row) for row in db.execute(_HOLDERS, {"value": value})]


def asked_lately(db: Connection, value: str, since: datetime) -> Sequence[Asked]:
    """What went to this number since then, newest first."""
    return [Asked(*row) for row in db.execute(_ASKED, {"value": value, "since": since})]


def children_of(db: Connection, organisation_id: int, contact_ids: Sequence[int], on: date) -> Sequence[Child]:
    """The children on roll of these contacts on a day, whatever rights the contacts have: staff read the words."""
    keys = {"organisation_id": organisation_id, "contact_ids": list(contact_ids), "on": on}
    return [Child(*row) for row in db.execute(_CHILDREN, keys)]


def pupils_asked_about(db: Connection, organisation_id: int, message_id: int) -> frozenset[int]:
    """The children of a message."""
    keys = {"organisation_id": organisation_id, "message_id": message_id}
    return frozenset(db.scalars(_ABOUT, keys))


def written_since(db: Connection, organisation_id: int, contact_id: int, name: str, since: datetime) -> bool:
    """True if the contact was sent a message of that name after ``since``."""
    keys = {"organisation_id": organisation_id, "contact_id": contact_id, "name": str(name), "since": since}
    return bool(db.scalar(_WRITTEN, keys))


def has_written_before(db: Connection, organisation_id: int, value: str) -> bool:
    """True if a text from this number is kept in the organisation."""
    return bool(db.scalar(_HEARD, {"organisation_id": organisation_id, "value": value}))


def find_only_organisation(db: Connection) -> int | None:
    """The organisation of a service that has only one, else None."""
    number, count = db.execute(_ONLY).one()
    return int(number) if count == 1 else None
