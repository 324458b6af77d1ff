"""The phones of one person that take pushes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from notifications.models import PushSubscription


@dataclass(frozen=True, slots=True)
class SubscriptionRow:
    """A phone or browser; ``endpoint`` lets the page find its own."""

    public_id: str
    endpoint: str
    device_words: str
    created_at: datetime
    checked_at: datetime | None


_LIVE = (
    select(
        PushSubscription.public_id, PushSubscription.endpoint, PushSubscription.device_words,
        PushSubscription.created_at, PushSubscription.checked_at,
    )
    .where(PushSubscription.organisation_id == bindparam("organisation_id"), PushSubscription.state == "live")
    .order_by(PushSubscription.id)
)  # fmt: skip
_OF_CONTACT = _LIVE.where(PushSubscription.contact_id == bindparam("person_id"))
_OF_STAFF = _LIVE.where(PushSubscription.staff_id == bindparam("person_id"))


def subscriptions_of(
    db: Connection, organisation_id: int, *, contact_id: int | None = None, staff_id: int | None = None
) -> Sequence[SubscriptionRow]:
    """The living subscriptions of a contact or of a member of staff, oldest first."""
    statement, person_id = (_OF_CONTACT, contact_id) if contact_id is not None else (_OF_STAFF, staff_id)
    keys = {"organisation_id": organisation_id, "person_id": person_id}
    return [SubscriptionRow(*row) for row in db.execute(statement, keys)]
