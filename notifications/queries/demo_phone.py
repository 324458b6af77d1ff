"""The demo phone: each number's texts, pushes and e-mails, and what was answered. Read by the demo alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, or_, select

from notifications.models import Delivery, InboundMessage, Message
from webapp.people.models import Contact, ContactPoint


@dataclass(frozen=True, slots=True)
class PhoneRow:
    """A number or address to which something went; ``name`` is that of a contact who holds it, empty for none."""

    address: str
    name: str
    count: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class PhoneEntry:
    """One thing on the phone. ``channel`` is sms, push, email, or answer for what was sent from it; ``link`` is where a
    push leads."""

    channel: str
    title: str
    words: str
    link: str
    state: str
    error_words: str
    at: datetime


_NAME = (
    select(func.min(Contact.first_name + " " + Contact.last_name))
    .join(
        ContactPoint,
        and_(ContactPoint.organisation_id == Contact.organisation_id, ContactPoint.contact_id == Contact.id),
    )
    .where(ContactPoint.value == Delivery.address)
    .correlate(Delivery)
    .scalar_subquery()
)
_PHONES = (
    select(
        Delivery.address, func.coalesce(_NAME, "").label("name"), func.count().label("number"),
        func.max(Delivery.created_at).label("last_at"),
    )
    .where(Delivery.channel != "push")
    .group_by(Delivery.address)
    .order_by(func.max(Delivery.created_at).desc(), Delivery.address)
    .limit(bindparam("limit"))
)  # fmt: skip
_holders = (
    select(ContactPoint.contact_id)
    .where(
        ContactPoint.organisation_id == Message.organisation_id,
        ContactPoint.contact_id == Message.contact_id,
        ContactPoint.value == bindparam("address"),
    )
    .correlate(Message)
    .exists()
)
# A phone shows when a text came, which is later than when school wrote it.
_CAME_AT = func.coalesce(Delivery.sent_at, Delivery.created_at).label("came_at")
_IN = (
    select(Delivery.channel, Delivery.subject, Delivery.body, Delivery.state, Delivery.error_words, _CAME_AT)
    .join(Message, and_(Message.organisation_id == Delivery.organisation_id, Message.id == Delivery.message_id))
    .where(or_(Delivery.address == bindparam("address"), and_(Delivery.channel == "push", _holders)))
    # What a provider has not got yet has not come to the phone.
    .where(Delivery.state.in_(("sent", "delivered", "failed")))
    .order_by(_CAME_AT.desc(), Delivery.id.desc())
    .limit(bindparam("limit"))
)
_OUT = (
    select(InboundMessage.body, InboundMessage.received_at)
    .where(InboundMessage.sender == bindparam("address"))
    .order_by(InboundMessage.received_at.desc())
    .limit(bindparam("limit"))
)


def list_phones(db: Connection, limit: int = 200) -> Sequence[PhoneRow]:
    """The numbers and addresses to which something went, newest first."""
    return [PhoneRow(*row) for row in db.execute(_PHONES, {"limit": limit})]


def phone_entries(db: Connection, address: str, limit: int = 100) -> Sequence[PhoneEntry]:
    """What one number shows, newest first: its texts, the pushes of the contacts that hold it, and its answers."""
    keys = {"address": address, "limit": limit}
    entries = [_entry(row) for row in db.execute(_IN, keys)]
    seen: set[tuple[str, datetime]] = set()
    for words, at in db.execute(_OUT, keys):
        if (words, at) not in seen:
            seen.add((words, at))
            entries.append(PhoneEntry("answer", "", words, "", "sent", "", at))
    return sorted(entries, key=lambda entry: entry.at, reverse=True)[:limit]


def _entry(row: Any) -> PhoneEntry:
    if row.channel != "push":
        return PhoneEntry(row.channel, row.subject, row.body, "", row.state, row.error_words, row.came_at)
    shown = json.loads(row.body)["notification"]
    return PhoneEntry(
        "push", shown["title"], shown["body"], shown["navigate"], row.state, row.error_words, row.came_at
    )
