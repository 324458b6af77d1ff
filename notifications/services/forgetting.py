"""Messages whose time of keeping is over, called by the deletion that a person confirmed, in its transaction."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, exists, or_, select

from notifications.models import (
    Delivery,
    InboundMessage,
    Message,
    MessagePupil,
    ProviderEvent,
    PushSubscription,
)


def forget_messages_in(tx: Connection, organisation_id: int, message_ids: Collection[int]) -> dict[str, int]:
    """Delete these messages with all that became of them; returns the rows by table. No other row may point at them."""
    of_them = select(Delivery.id).where(
        Delivery.organisation_id == organisation_id, Delivery.message_id.in_(message_ids)
    )
    return {
        "provider_event": _gone(
            tx, ProviderEvent, ProviderEvent.organisation_id == organisation_id, ProviderEvent.delivery_id.in_(of_them)
        ),
        "delivery": _gone(
            tx, Delivery, Delivery.organisation_id == organisation_id, Delivery.message_id.in_(message_ids)
        ),
        "message_pupil": _gone(
            tx, MessagePupil, MessagePupil.organisation_id == organisation_id, MessagePupil.message_id.in_(message_ids)
        ),
        "message": _gone(tx, Message, Message.organisation_id == organisation_id, Message.id.in_(message_ids)),
    }


def forget_texts_in(
    tx: Connection, organisation_id: int, school_id: int, before: datetime, *free: ColumnElement[bool]
) -> int:
    """Delete texts that came in to a school before an instant; ``free`` says whose are not held. Returns how many."""
    return _gone(
        tx, InboundMessage, InboundMessage.organisation_id == organisation_id, InboundMessage.school_id == school_id,
        InboundMessage.received_at < before, *free,
    )  # fmt: skip


def forget_messages_of_pupils_in(
    tx: Connection, organisation_id: int, pupil_ids: Collection[int], enrolment_ids: Collection[int]
) -> tuple[list[int], dict[str, int]]:
    """Unname these pupils: the numbers of messages about nobody else, to be deleted, and the rows that are gone."""
    others = select(MessagePupil.message_id).where(
        MessagePupil.organisation_id == organisation_id, MessagePupil.pupil_id.not_in(pupil_ids)
    )
    theirs = (MessagePupil.organisation_id == organisation_id, MessagePupil.pupil_id.in_(pupil_ids))
    alone = list(tx.scalars(select(MessagePupil.message_id).where(*theirs, MessagePupil.message_id.not_in(others))))
    gone = {
        "message_pupil": _gone(tx, MessagePupil, *theirs),
        "inbound_message": _gone(
            tx, InboundMessage, InboundMessage.organisation_id == organisation_id,
            InboundMessage.enrolment_id.in_(enrolment_ids),
        ),
    }  # fmt: skip
    return sorted(set(alone)), gone


def messages_of_contacts(tx: Connection, organisation_id: int, contact_ids: Collection[int]) -> list[int]:
    """Every message to these contacts."""
    mine = (Message.organisation_id == organisation_id, Message.contact_id.in_(contact_ids))
    return list(tx.scalars(select(Message.id).where(*mine)))


def written_about_others(tx: Connection, organisation_id: int, contact_ids: Collection[int]) -> frozenset[int]:
    """Those of the contacts to whom a message about a pupil is still kept."""
    about = exists().where(MessagePupil.organisation_id == organisation_id, MessagePupil.message_id == Message.id)
    theirs = (Message.organisation_id == organisation_id, Message.contact_id.in_(contact_ids))
    return frozenset(tx.scalars(select(Message.contact_id).where(*theirs, about).distinct()))


def forget_phones_in(tx: Connection, organisation_id: int, contact_ids: Collection[int]) -> dict[str, int]:
    """Delete what these contacts texted and the phones that took their app messages."""
    return {
        "inbound_message": _gone(
            tx, InboundMessage, InboundMessage.organisation_id == organisation_id,
            InboundMessage.contact_id.in_(contact_ids),
        ),
        "push_subscription": drop_subscriptions_in(tx, organisation_id, contact_ids=contact_ids),
    }  # fmt: skip


def drop_subscriptions_in(
    tx: Connection, organisation_id: int, *, contact_ids: Collection[int] = (), staff_ids: Collection[int] = ()
) -> int:
    """Delete the subscriptions of people who have left; returns how many there were."""
    return _gone(
        tx, PushSubscription, PushSubscription.organisation_id == organisation_id,
        or_(PushSubscription.contact_id.in_(contact_ids), PushSubscription.staff_id.in_(staff_ids)),
    )  # fmt: skip


def _gone(tx: Connection, table: type, *where: ColumnElement[bool]) -> int:
    return tx.execute(delete(table).where(*where)).rowcount
