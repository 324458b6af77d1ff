"""Phones and browsers that take pushes, of contacts and of staff; and the one sign that a message was seen."""

from __future__ import annotations

import base64
import binascii

from sqlalchemy import Connection, select, update

from notifications import channels as ways
from notifications.models import Delivery, Message, PushSubscription
from webapp.foundation import ids, trail
from webapp.foundation.clock import school_now
from webapp.foundation.db import insert_row
from webapp.foundation.trail import Actor, Deed
from webapp.people.rules.names import clean_line
from webapp.people.rules.refusals import Refused

_LONGEST_ENDPOINT = 500


class SubscriptionRefused(Refused):
    """A phone that cannot be written to."""


def subscribe_in(
    tx: Connection, organisation_id: int, *, actor: Actor, endpoint: str, p256dh: str, auth: str,
    device_words: str = "", contact_id: int | None = None, staff_id: int | None = None,
) -> int:  # fmt: skip
    """Have this browser take pushes for one person; returns the subscription's id. Said again on each open of the app.

    A browser that takes them for somebody else changes hands. Raises SubscriptionRefused for an address that is no push
    service's, and for keys that cannot be used.
    """
    if (contact_id is None) == (staff_id is None):
        raise ValueError("contact_id, staff_id: a subscription is for one of them, and for one only")
    if len(endpoint) > _LONGEST_ENDPOINT or not ways.current().push_allowed(endpoint):
        raise SubscriptionRefused("endpoint", "This browser's message service is not known here. Texts still come.")
    if not _is_key(p256dh, 65) or not _is_key(auth, 16):
        raise SubscriptionRefused("keys", "This browser's keys cannot be used. Turn messages off and on again.")
    now = school_now()
    person = {"contact_id": contact_id, "staff_id": staff_id}
    fields = {"p256dh": p256dh, "auth": auth, "device_words": clean_line(device_words[:120], 120), **person}
    held = tx.execute(
        select(PushSubscription.id, PushSubscription.contact_id, PushSubscription.staff_id).where(
            PushSubscription.organisation_id == organisation_id, PushSubscription.endpoint == endpoint
        )
    ).one_or_none()
    if held is not None:
        tx.execute(
            update(PushSubscription)
            .where(PushSubscription.organisation_id == organisation_id, PushSubscription.id == held.id)
            .values(state="live", checked_at=now, gone_at=None, **fields)
        )
        if (held.contact_id, held.staff_id) != (contact_id, staff_id):
            trail.write(tx, organisation_id, actor, Deed("subscribed", "push_subscription", held.id, detail=person))
        return int(held.id)
    number = insert_row(
        tx, PushSubscription, organisation_id=organisation_id, public_id=ids.public_id(), endpoint=endpoint,
        created_at=now, checked_at=now, **fields,
    )  # fmt: skip
    trail.write(tx, organisation_id, actor, Deed("subscribed", "push_subscription", number, detail=person))
    return number


def unsubscribe_in(
    tx: Connection, organisation_id: int, endpoint_or_public_id: str, *, actor: Actor, contact_id: int | None = None,
    staff_id: int | None = None,
) -> bool:  # fmt: skip
    """This browser of this person takes no more pushes; True if it did until now."""
    name = endpoint_or_public_id
    column = PushSubscription.endpoint if "/" in name else PushSubscription.public_id
    gone = tx.execute(
        update(PushSubscription)
        .where(
            PushSubscription.organisation_id == organisation_id, column == name, PushSubscription.state == "live",
            PushSubscription.contact_id == contact_id if contact_id else PushSubscription.staff_id == staff_id,
        )
        .values(state="gone", gone_at=school_now())
    ).rowcount  # fmt: skip
    if gone:
        trail.write(tx, organisation_id, actor, Deed("unsubscribed", "push_subscription", None))
    return bool(gone)


def _is_key(text: str, length: int) -> bool:
    try:
        return len(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))) == length
    except (binascii.Error, ValueError):
        return False


def mark_read_in(
    tx: Connection, organisation_id: int, *, contact_id: int | None = None, staff_id: int | None = None,
    public_id: str = "", about_kind: str = "", about_id: int | None = None, name: str = "",
) -> int:  # fmt: skip
    """A person has opened their message: one by its public id, or all about one thing (its single-task link was
    opened), of that ``name`` only where one is given. The text that waits for a sign of the push is then not sent.
    Returns how many were unread."""
    if (contact_id is None) == (staff_id is None) or not (public_id or about_kind):
        raise ValueError("say whose message was read, and which")
    mine = Message.contact_id == contact_id if contact_id is not None else Message.staff_id == staff_id
    which = (
        [Message.public_id == public_id]
        if public_id
        else [Message.about_kind == about_kind, Message.about_id == about_id]
    )
    if name:
        which.append(Message.name == name)
    now = school_now()
    unread = tx.scalars(
        select(Message.id).where(
            Message.organisation_id == organisation_id, mine, *which, Message.read_at.is_(None)
        )
    ).all()
    if unread:
        whose = (Message.organisation_id == organisation_id, Message.id.in_(unread))
        tx.execute(update(Message).where(*whose, Message.read_at.is_(None)).values(read_at=now))
        tx.execute(
            update(Delivery)
            .where(
                Delivery.organisation_id == organisation_id, Delivery.message_id.in_(unread),
                Delivery.channel == "push", Delivery.opened_at.is_(None),
            )
            .values(opened_at=now)
        )  # fmt: skip
    return len(unread)
