"""What the dispatcher needs to know of one delivery, in one statement, and of its message's other deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, exists, func, or_, select

from notifications.models import ChannelPause, Delivery, Message, MessagePupil, PushSubscription
from webapp.people.models import ContactPoint, MessageStop


@dataclass(frozen=True, slots=True)
class MessageFacts:
    """A message as its ``still_true`` check and its follow-up see it."""

    organisation_id: int
    message_id: int
    public_id: str
    school_id: int
    contact_id: int | None
    staff_id: int | None
    name: str
    about_kind: str
    about_id: int | None
    words: dict[str, Any]
    created_at: datetime
    deadline: datetime | None
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class DeliveryFacts:
    """A delivery with its message. ``point_state`` is that of the contact's number or address now, None if it is not
    (or no longer) the contact's; ``seen``: there is a sign that the message was opened. ``stopped``: the DSL
    has stopped messages to this contact about a child that it names, or somebody has withheld it."""

    message: MessageFacts
    delivery_id: int
    channel: str
    address: str
    subject: str
    body: str
    html: str | None
    state: str
    token: str
    provider_id: str | None
    unless_seen: bool
    tries: int
    repeats: int
    due_at: datetime
    created_at: datetime
    p256dh: str | None
    auth: str | None
    seen: bool
    point_state: str | None
    paused_until: datetime | None
    paused_words: str
    stopped: bool


_MESSAGE = (
    Message.organisation_id, Message.id.label("message_id"), Message.public_id, Message.school_id, Message.contact_id,
    Message.staff_id, Message.name, Message.about_kind, Message.about_id, Message.words,
    Message.created_at.label("message_created_at"), Message.deadline, Message.read_at,
)  # fmt: skip
_DELIVERY = (
    Delivery.id.label("delivery_id"), Delivery.channel, Delivery.address, Delivery.subject, Delivery.body,
    Delivery.html, Delivery.state, Delivery.token, Delivery.provider_id, Delivery.unless_seen, Delivery.tries,
    Delivery.repeats, Delivery.due_at, Delivery.created_at,
)  # fmt: skip
_sibling = Delivery.__table__.alias("sibling")
_SEEN = exists().where(
    _sibling.c.organisation_id == Delivery.organisation_id,
    _sibling.c.message_id == Delivery.message_id,
    _sibling.c.opened_at.is_not(None),
)
_POINT_STATE = (
    select(func.min(ContactPoint.state))
    .where(
        ContactPoint.organisation_id == Message.organisation_id,
        ContactPoint.contact_id == Message.contact_id,
        ContactPoint.value == Delivery.address,
    )
    .correlate(Message, Delivery)
    .scalar_subquery()
)
_STOPPED = (
    select(MessagePupil.pupil_id)
    .join(
        MessageStop,
        and_(
            MessageStop.organisation_id == MessagePupil.organisation_id,
            MessageStop.pupil_id == MessagePupil.pupil_id, MessageStop.lifted_at.is_(None),
        ),
    )
    .where(
        MessagePupil.organisation_id == Message.organisation_id, MessagePupil.message_id == Message.id,
        Message.contact_id.is_not(None),
        or_(MessageStop.contact_id.is_(None), MessageStop.contact_id == Message.contact_id),
    )
    .correlate(Message)
    .exists()
)  # fmt: skip
_FACTS: Select[Any] = (
    select(
        *_MESSAGE, *_DELIVERY, PushSubscription.p256dh, PushSubscription.auth, _SEEN.label("seen"),
        _POINT_STATE.label("point_state"), ChannelPause.until,
        func.coalesce(ChannelPause.words, "").label("words_of_pause"), or_(Message.kept, _STOPPED).label("stopped"),
    )
    .join(Message, and_(Message.organisation_id == Delivery.organisation_id, Message.id == Delivery.message_id))
    .outerjoin(
        PushSubscription,
        and_(
            Delivery.channel == "push",
            PushSubscription.organisation_id == Delivery.organisation_id,
            PushSubscription.endpoint == Delivery.address,
            PushSubscription.state == "live",
        ),
    )
    .outerjoin(ChannelPause, ChannelPause.channel == Delivery.channel)
)  # fmt: skip
_BY_ID = _FACTS.where(
    Delivery.organisation_id == bindparam("organisation_id"), Delivery.id == bindparam("delivery_id")
)
_BY_TOKEN = _FACTS.where(Delivery.token == bindparam("token"))
_WIDTH = len(_MESSAGE)


def find_delivery(db: Connection, organisation_id: int, delivery_id: int) -> DeliveryFacts | None:
    """One delivery, or None."""
    row = db.execute(_BY_ID, {"organisation_id": organisation_id, "delivery_id": delivery_id}).one_or_none()
    return None if row is None else _facts(tuple(row))


def find_delivery_by_token(db: Connection, token: str) -> DeliveryFacts | None:
    """The delivery of that token, whichever organisation it belongs to, or None."""
    row = db.execute(_BY_TOKEN, {"token": token}).one_or_none()
    return None if row is None else _facts(tuple(row))


def _facts(row: tuple[Any, ...]) -> DeliveryFacts:
    fields: Any = (MessageFacts(*row[:_WIDTH]), *row[_WIDTH:])
    return DeliveryFacts(*fields)


@dataclass(frozen=True, slots=True)
class Sibling:
    """Another delivery of the same message."""

    id: int
    channel: str
    address: str
    state: str
    unless_seen: bool


_SIBLINGS = (
    select(Delivery.id, Delivery.channel, Delivery.address, Delivery.state, Delivery.unless_seen)
    .where(
        Delivery.organisation_id == bindparam("organisation_id"), Delivery.message_id == bindparam("message_id")
    )
    .order_by(Delivery.id)
)
_PUPILS = (
    select(MessagePupil.pupil_id)
    .where(
        MessagePupil.organisation_id == bindparam("organisation_id"), MessagePupil.message_id == bindparam("message_id")
    )
    .order_by(MessagePupil.pupil_id)
)
_KNOWN_IDS = select(Delivery.provider_id).where(
    Delivery.address == bindparam("address"), Delivery.created_at >= bindparam("since", type_=Delivery.created_at.type),
    Delivery.provider_id.is_not(None),
)  # fmt: skip
_EARLIER_FAILURES = select(func.count()).where(
    Delivery.address == bindparam("address"), Delivery.state == "failed", Delivery.error_code == bindparam("code"),
    Delivery.organisation_id == bindparam("organisation_id"), Delivery.id != bindparam("delivery_id"),
)  # fmt: skip


def siblings_of(db: Connection, message: MessageFacts) -> Sequence[Sibling]:
    """Every delivery of a message, in the order in which they were made."""
    keys = {"organisation_id": message.organisation_id, "message_id": message.message_id}
    return [Sibling(*row) for row in db.execute(_SIBLINGS, keys)]


def pupils_of(db: Connection, message: MessageFacts) -> tuple[int, ...]:
    """The children that a message is about."""
    keys = {"organisation_id": message.organisation_id, "message_id": message.message_id}
    return tuple(db.scalars(_PUPILS, keys))


def known_provider_ids(db: Connection, address: str, since: datetime) -> frozenset[str]:
    """The provider's ids of what went to an address, of any organisation: one sender may serve several."""
    return frozenset(db.scalars(_KNOWN_IDS, {"address": address, "since": since}))


def earlier_failures(db: Connection, delivery: DeliveryFacts, code: str) -> int:
    """How many other deliveries of the organisation to this address failed with the same code."""
    keys = {
        "organisation_id": delivery.message.organisation_id, "delivery_id": delivery.delivery_id,
        "address": delivery.address, "code": code,
    }  # fmt: skip
    return db.execute(_EARLIER_FAILURES, keys).scalar_one()
