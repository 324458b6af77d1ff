"""Calling back what has not gone out yet to a person who may no longer have it."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, select, update

from notifications.events import CallNeeded
from notifications.models import IS_OPEN, Delivery, Message, MessagePupil
from notifications.rules.delivery_states import DeliveryEvent, DeliveryState, next_state
from notifications.rules.policy import CallReason
from webapp.foundation import events


def hold_waiting_in(tx: Connection, organisation_id: int, contact_ids: Collection[int]) -> None:
    """Wait until no worker has what still waits for these contacts in hand, and keep it from them until the commit.

    To be called before any lock of a floor above: a worker that concludes a delivery has that first, and theirs after.
    """
    held = (
        select(Delivery.id)
        .join(Message, (Message.organisation_id == Delivery.organisation_id) & (Message.id == Delivery.message_id))
        .where(Delivery.organisation_id == organisation_id, Message.contact_id.in_(sorted(contact_ids)), IS_OPEN)
        .order_by(Delivery.id)
        .with_for_update(of=Delivery)
    )
    if tx.dialect.name == "postgresql":
        tx.execute(held)


def call_off_messages_in(
    tx: Connection, organisation_id: int, contact_id: int, pupil_id: int, names: Collection[str]
) -> int:
    """Of these kinds, what waits for this contact and names this child is not sent; returns how many messages that is.

    A message that names a sibling too goes with it: the office hears of every child in it (``CallNeeded``).
    """
    waiting = (
        select(Message.id, Message.school_id, Message.name, Message.about_kind, Message.about_id)
        .distinct()
        .join(
            MessagePupil,
            (MessagePupil.organisation_id == Message.organisation_id) & (MessagePupil.message_id == Message.id),
        )
        .join(Delivery, (Delivery.organisation_id == Message.organisation_id) & (Delivery.message_id == Message.id))
        .where(
            Message.organisation_id == organisation_id, Message.contact_id == contact_id,
            MessagePupil.pupil_id == pupil_id, Message.name.in_(sorted(names)), IS_OPEN,
        )
    )  # fmt: skip
    rows = tx.execute(waiting).all()
    if not rows:
        return 0
    # Both open states lead to the same one.
    after = next_state(DeliveryState.WAITING, DeliveryEvent.NOT_TRUE)
    numbers = [row.id for row in rows]
    tx.execute(
        update(Delivery)
        .where(Delivery.organisation_id == organisation_id, Delivery.message_id.in_(numbers), IS_OPEN)
        .values(state=after.value)
    )
    keep_from_reader_in(tx, organisation_id, numbers)
    named: dict[int, list[int]] = {}
    for message_id, named_id in tx.execute(
        select(MessagePupil.message_id, MessagePupil.pupil_id).where(
            MessagePupil.organisation_id == organisation_id, MessagePupil.message_id.in_(numbers)
        )
    ):
        named.setdefault(message_id, []).append(named_id)
    for row in rows:
        events.emit(tx, CallNeeded(
            organisation_id=organisation_id, school_id=row.school_id, message_id=row.id, name=row.name,
            contact_id=contact_id, staff_id=None, about_kind=row.about_kind, about_id=row.about_id,
            pupil_ids=tuple(named[row.id]), why=CallReason.NOT_ALLOWED.value,
        ))  # fmt: skip
    return len(rows)


def keep_from_reader_in(tx: Connection, organisation_id: int, message_ids: Collection[int]) -> None:
    """Of these messages, those of which nothing has gone out stand on no page of the person they were for."""
    gone_out = select(Delivery.message_id).where(
        Delivery.organisation_id == organisation_id, Delivery.message_id.in_(sorted(message_ids)),
        Delivery.sent_at.is_not(None),
    )  # fmt: skip
    tx.execute(
        update(Message)
        .where(
            Message.organisation_id == organisation_id, Message.id.in_(sorted(message_ids)), Message.id.not_in(gone_out)
        )
        .values(kept=True)
    )


def keep_message_in(
    tx: Connection, organisation_id: int, message_id: int, contact_id: int | None, *, kept: bool
) -> None:
    """Keep one message from its reader, or show it again; one for another than ``contact_id`` stays as it is."""
    mine = [Message.organisation_id == organisation_id, Message.id == message_id]
    if contact_id is not None:
        mine.append(Message.contact_id == contact_id)
    changed = tx.execute(update(Message).where(*mine, Message.contact_id.is_not(None)).values(kept=kept))
    if kept and changed.rowcount:
        after = next_state(DeliveryState.WAITING, DeliveryEvent.NOT_TRUE)
        tx.execute(
            update(Delivery)
            .where(Delivery.organisation_id == organisation_id, Delivery.message_id == message_id, IS_OPEN)
            .values(state=after.value)
        )
