"""What providers report afterwards: each report is kept once, in whatever order, and moves a delivery at most once."""

from __future__ import annotations

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from notifications.events import DeliveryDelivered
from notifications.models import Delivery, ProviderEvent
from notifications.queries.dispatching import DeliveryFacts, find_delivery_by_token
from notifications.rules.delivery_states import DeliveryEvent, DeliveryState, event_of_status, next_state
from notifications.rules.errors import Effect, of_report
from notifications.services.failing import fail_in
from notifications.services.pauses import pause_channel_in
from webapp.foundation import events
from webapp.foundation.clock import school_now
from webapp.foundation.db import take_ids, unit_of_work

_KEY = ("organisation_id", "provider", "event_key")
_INSERT = {
    "sqlite": sqlite_insert(ProviderEvent).on_conflict_do_nothing(index_elements=_KEY).returning(ProviderEvent.id),
    "postgresql": postgresql_insert(ProviderEvent)
    .on_conflict_do_nothing(index_elements=_KEY)
    .returning(ProviderEvent.id),
}
_LONGEST_STATUS = 24


def receive_status(*, provider: str, token: str, provider_id: str, status: str, code: str = "") -> bool:
    """A provider's report on the delivery of that token; True if it was new and is kept.

    ``status`` and ``code`` are the provider's words. An unknown token, and a report that came before, change nothing.
    """
    with unit_of_work() as tx:
        return report_in(tx, provider, token, provider_id, status, code)


def report_in(tx: Connection, provider: str, token: str, provider_id: str, status: str, code: str = "") -> bool:
    """``receive_status`` in an open transaction."""
    # Locked first: two reports at once then take turns, and each sees what the other made of it.
    if tx.execute(select(Delivery.id).where(Delivery.token == token).with_for_update()).one_or_none() is None:
        return False
    delivery = find_delivery_by_token(tx, token)
    assert delivery is not None
    if not _keep(tx, delivery, provider, provider_id, status, code):
        return False
    event = event_of_status(status)
    # A report on an earlier try says nothing of this one, but that it arrived after all.
    earlier = delivery.provider_id is not None and bool(provider_id) and provider_id != delivery.provider_id
    if event is None or (earlier and event is not DeliveryEvent.ARRIVED):
        return True
    if event is DeliveryEvent.REFUSED:
        _refused(tx, delivery, code)
    else:
        _moved(tx, delivery, event, provider, provider_id)
    return True


def _keep(
    tx: Connection, delivery: DeliveryFacts, provider: str, provider_id: str, status: str, code: str
) -> bool:
    row = {
        "organisation_id": delivery.message.organisation_id, "id": take_ids(tx, ProviderEvent)[0],
        "provider": provider, "event_key": f"{provider_id or delivery.token}:{status}"[:120],
        "delivery_id": delivery.delivery_id, "status": status[:_LONGEST_STATUS], "error_code": code[:16],
        "received_at": school_now(),
    }  # fmt: skip
    return tx.execute(_INSERT[tx.dialect.name], row).scalar_one_or_none() is not None


def _refused(tx: Connection, delivery: DeliveryFacts, code: str) -> None:
    failure = of_report(int(code) if code.isdecimal() else None)
    if failure.effect is Effect.STOP_CHANNEL:
        # The message itself is lost at the provider: it takes the next way, and the others wait.
        pause_channel_in(tx, delivery.channel, code, failure.words)
    fail_in(tx, delivery, failure, code)


def _moved(tx: Connection, delivery: DeliveryFacts, event: DeliveryEvent, provider: str, provider_id: str) -> None:
    before = DeliveryState(delivery.state)
    after = next_state(before, event)
    if after is before:
        return
    now = school_now()
    values = {"state": after.value, "provider": provider, "provider_id": provider_id[:80] or delivery.provider_id}
    when = {"delivered_at": now} if after is DeliveryState.DELIVERED else {"sent_at": now}
    message = delivery.message
    tx.execute(
        update(Delivery)
        .where(Delivery.organisation_id == message.organisation_id, Delivery.id == delivery.delivery_id)
        .values(error_code="", error_words="", **values, **when)
    )
    if after is DeliveryState.DELIVERED:
        events.emit(tx, DeliveryDelivered(
            organisation_id=message.organisation_id, school_id=message.school_id, message_id=message.message_id,
            delivery_id=delivery.delivery_id, name=message.name, channel=delivery.channel,
            contact_id=message.contact_id, staff_id=message.staff_id, about_kind=message.about_kind,
            about_id=message.about_id, at=now,
        ))  # fmt: skip
