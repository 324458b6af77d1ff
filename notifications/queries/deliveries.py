"""What was sent about a case or a child, on which way, and how far it got; for staff."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, select

from notifications.models import IS_OPEN, Delivery, Message, MessagePupil
from notifications.queries.parents import push_text
from notifications.rules.delivery_states import said
from notifications.rules.hiding import hide_codes, hide_links
from notifications.rules.policy import Channel
from webapp.people.rules.contact_points import mask


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One delivery. ``address`` is masked, and ``words`` (as sent) do not open the parent's link; ``says`` is the state
    in words that claim no more than is known. ``at`` is when it reached that state."""

    id: int
    message_id: int
    name: str
    contact_id: int | None
    staff_id: int | None
    about_kind: str
    about_id: int | None
    channel: str
    address: str
    words: str
    state: str
    says: str
    error_code: str
    error_words: str
    segments: int
    created_at: datetime
    at: datetime
    read_at: datetime | None


_DELIVERIES = (
    select(
        Delivery.id, Delivery.message_id, Message.name, Message.contact_id, Message.staff_id, Message.about_kind,
        Message.about_id, Delivery.channel, Delivery.address, Delivery.body, Delivery.state, Delivery.error_code,
        Delivery.error_words, Delivery.segments, Delivery.created_at, Delivery.sent_at, Delivery.delivered_at,
        Delivery.failed_at, Message.read_at,
    )
    .join(Message, and_(Message.organisation_id == Delivery.organisation_id, Message.id == Delivery.message_id))
    .where(Delivery.organisation_id == bindparam("organisation_id"))
    .order_by(Delivery.created_at, Delivery.id)
)  # fmt: skip
# What went to families: that staff were alarmed is for those who were.
_TO_FAMILIES = Message.contact_id.is_not(None)
_ABOUT = _DELIVERIES.where(
    _TO_FAMILIES, Message.about_kind == bindparam("about_kind"), Message.about_id.in_(bindparam("ids", expanding=True))
)
_OF_MESSAGES = _DELIVERIES.where(Delivery.message_id.in_(bindparam("ids", expanding=True)))
_OF_PUPIL = _DELIVERIES.join(
    MessagePupil,
    and_(
        MessagePupil.organisation_id == Message.organisation_id,
        MessagePupil.message_id == Message.id,
        MessagePupil.pupil_id == bindparam("pupil_id"),
    ),
).where(_TO_FAMILIES, Delivery.created_at >= bindparam("since", type_=Delivery.created_at.type))


def deliveries_about(
    db: Connection, organisation_id: int, about_kind: str, about_ids: Collection[int]
) -> Sequence[DeliveryRow]:
    """Everything sent to families about these rows (the cases of a board, a report), oldest first, in one statement."""
    keys = {"organisation_id": organisation_id, "about_kind": about_kind, "ids": list(about_ids)}
    return [_shown(row) for row in db.execute(_ABOUT, keys)]


def deliveries_of_messages(
    db: Connection, organisation_id: int, message_ids: Collection[int]
) -> Sequence[DeliveryRow]:
    """The deliveries of these messages, oldest first; for siblings whose one message is about the first of them."""
    keys = {"organisation_id": organisation_id, "ids": list(message_ids)}
    return [_shown(row) for row in db.execute(_OF_MESSAGES, keys)]


def deliveries_of_pupil(db: Connection, organisation_id: int, pupil_id: int, since: datetime) -> Sequence[DeliveryRow]:
    """Everything sent to families about a child since then, oldest first."""
    keys = {"organisation_id": organisation_id, "pupil_id": pupil_id, "since": since}
    return [_shown(row) for row in db.execute(_OF_PUPIL, keys)]


def _shown(row: Any) -> DeliveryRow:
    is_push = row.channel == Channel.PUSH
    words = push_text(row.body) if is_push else hide_links(row.body)
    return DeliveryRow(
        id=row.id, message_id=row.message_id, name=row.name, contact_id=row.contact_id, staff_id=row.staff_id,
        about_kind=row.about_kind, about_id=row.about_id, channel=row.channel,
        address="" if is_push else mask(row.address),
        words=hide_codes(words) if row.name == "sign_in_code" else words, state=row.state,
        says=said(row.channel, row.state), error_code=row.error_code, error_words=row.error_words,
        segments=row.segments, created_at=row.created_at,
        at=row.delivered_at or row.failed_at or row.sent_at or row.created_at, read_at=row.read_at,
    )  # fmt: skip


def waiting_about(db: Connection, organisation_id: int, contact_id: int, pupil_id: int, names: Collection[str]) -> int:
    """How many messages of these kinds to this contact, naming this child, are still to go out."""
    return db.execute(
        select(func.count(Message.id.distinct()))
        .join(Delivery, and_(Delivery.organisation_id == Message.organisation_id, Delivery.message_id == Message.id))
        .join(
            MessagePupil,
            and_(MessagePupil.organisation_id == Message.organisation_id, MessagePupil.message_id == Message.id),
        )
        .where(
            Message.organisation_id == organisation_id, Message.contact_id == contact_id,
            MessagePupil.pupil_id == pupil_id, Message.name.in_(sorted(names)), IS_OPEN,
        )
    ).scalar_one()  # fmt: skip
