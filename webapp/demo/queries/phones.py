"""The demo phones: what each person was sent on every channel, and what they sent back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, or_, select

from notifications.models import Delivery, InboundMessage, Message
from webapp.people.models import Contact, ContactPoint, Staff

_ARRIVED = ("sent", "delivered")
_PHONES = 40
_LATEST = 60


@dataclass(frozen=True, slots=True)
class Phone:
    """One person's phone. ``mobiles`` are E.164, that from which an answer goes first; staff may have none."""

    organisation_id: int
    public_id: str
    name: str
    role: str
    contact_id: int | None
    staff_id: int | None
    mobiles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Held:
    """One thing on a phone, ``mine`` if its owner sent it. ``body`` of a push is the JSON that went out."""

    channel: str
    address: str
    subject: str
    body: str
    at: datetime
    mine: bool = False


@dataclass(frozen=True, slots=True)
class Ringing:
    """A phone in the list: its newest message and how many there are."""

    phone: Phone
    newest: Held
    count: int


_same_contact = (Contact.organisation_id == Message.organisation_id) & (Contact.id == Message.contact_id)
_same_staff = (Staff.organisation_id == Message.organisation_id) & (Staff.id == Message.staff_id)
_of_message = (Message.organisation_id == Delivery.organisation_id) & (Message.id == Delivery.message_id)
_COLUMNS = (Delivery.channel, Delivery.address, Delivery.subject, Delivery.body, Delivery.sent_at, Delivery.created_at)

_NEWEST = (
    select(
        Message.organisation_id, Message.contact_id, Message.staff_id, func.max(Delivery.id).label("newest"),
        func.count().label("held"),
    )
    .join(Delivery, _of_message)
    .where(Delivery.state.in_(_ARRIVED))
    .group_by(Message.organisation_id, Message.contact_id, Message.staff_id)
    .order_by(func.max(Delivery.id).desc())
    .limit(_PHONES)
).subquery()
_LIST = (
    select(
        _NEWEST.c.organisation_id, _NEWEST.c.contact_id, _NEWEST.c.staff_id, _NEWEST.c.held, *_COLUMNS,
        func.coalesce(Contact.public_id, Staff.public_id).label("public_id"),
        func.coalesce(Contact.first_name, Staff.first_name).label("first_name"),
        func.coalesce(Contact.last_name, Staff.last_name).label("last_name"), Staff.position,
    )
    .join(Delivery, (Delivery.organisation_id == _NEWEST.c.organisation_id) & (Delivery.id == _NEWEST.c.newest))
    .join(Message, _of_message)
    .outerjoin(Contact, _same_contact)
    .outerjoin(Staff, _same_staff)
    .order_by(_NEWEST.c.newest.desc())
)  # fmt: skip
_CONTACT = (
    select(
        Contact.organisation_id, Contact.id, Contact.public_id, Contact.first_name, Contact.last_name,
        ContactPoint.value,
    )
    .outerjoin(
        ContactPoint,
        (ContactPoint.organisation_id == Contact.organisation_id)
        & (ContactPoint.contact_id == Contact.id)
        & (ContactPoint.kind == "mobile"),
    )
    .order_by(ContactPoint.priority, ContactPoint.id)
)  # fmt: skip
_STAFF = select(
    Staff.organisation_id, Staff.id, Staff.public_id, Staff.first_name, Staff.last_name, Staff.position, Staff.mobile
)


def list_phones(db: Connection) -> tuple[Ringing, ...]:
    """The phones on which something arrived, newest first, in one statement."""
    return tuple(
        Ringing(
            Phone(
                row.organisation_id, row.public_id, f"{row.first_name} {row.last_name}".strip(), row.position or "",
                row.contact_id, row.staff_id,
            ),
            _held(row),
            row.held,
        )
        for row in db.execute(_LIST)
    )  # fmt: skip


def find_phone(db: Connection, public_id: str) -> Phone | None:
    """The phone of a contact or a member of staff, by the name in its address."""
    rows = db.execute(_CONTACT.where(Contact.public_id == public_id)).all()
    if rows:
        return _of_contact(rows)
    row = db.execute(_STAFF.where(Staff.public_id == public_id)).first()
    if row is None:
        return None
    return Phone(
        row.organisation_id, row.public_id, f"{row.first_name} {row.last_name}".strip(), row.position, None, row.id,
        (row.mobile,) if row.mobile else (),
    )  # fmt: skip


def find_phone_of_number(db: Connection, number: str) -> Phone | None:
    """The phone of whoever holds the mobile, E.164."""
    held_by = select(ContactPoint.contact_id).where(ContactPoint.value == number)
    rows = db.execute(_CONTACT.where(Contact.id.in_(held_by), ContactPoint.value == number)).all()
    return _of_contact(rows) if rows else None


def _of_contact(rows: Collection[Any]) -> Phone:
    first = next(iter(rows))
    mobiles = tuple(row.value for row in rows if row.public_id == first.public_id and row.value)
    return Phone(
        first.organisation_id, first.public_id, f"{first.first_name} {first.last_name}".strip(), "", first.id, None,
        mobiles,
    )  # fmt: skip


def read_phone(db: Connection, phone: Phone) -> tuple[Held, ...]:
    """What is on a phone, newest first: what came on every channel and what its owner texted."""
    person = Message.contact_id == phone.contact_id if phone.contact_id else Message.staff_id == phone.staff_id
    came: Select[Any] = (
        select(*_COLUMNS)
        .join(Message, _of_message)
        .where(Message.organisation_id == phone.organisation_id, person, Delivery.state.in_(_ARRIVED))
        .order_by(Delivery.id.desc())
        .limit(_LATEST)
    )
    held = [_held(row) for row in db.execute(came)]
    if phone.mobiles:
        went = (
            select(InboundMessage.sender, InboundMessage.body, InboundMessage.received_at)
            .where(
                InboundMessage.organisation_id == phone.organisation_id,
                or_(
                    InboundMessage.sender.in_(bindparam("mobiles", expanding=True)),
                    InboundMessage.contact_id == phone.contact_id,
                ),
            )
            .order_by(InboundMessage.id.desc())
            .limit(_LATEST)
        )
        held += [
            Held("sms", row.sender, "", row.body, row.received_at, mine=True)
            for row in db.execute(went, {"mobiles": list(phone.mobiles)})
        ]
    return tuple(sorted(held, key=lambda one: one.at, reverse=True))


def _held(row: Any) -> Held:
    return Held(row.channel, row.address, row.subject, row.body, row.sent_at or row.created_at)
