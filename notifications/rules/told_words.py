"""What became of a message, in a parent's words: never more than is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from notifications.rules.delivery_states import DeliveryState

_WAYS = {"sms": "Text", "push": "Notification", "email": "E-mail"}


@dataclass(frozen=True, slots=True)
class Way:
    """One way that a message took. ``address`` is masked already, and empty for a notification."""

    channel: str
    state: str
    address: str
    created_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None


def way_words(way: Way, when: dict[datetime, str]) -> str:
    """"Text to your number •••• 0001: arrived 9:17am." ``when`` has each instant in words."""
    name = _WAYS.get(way.channel, "Message")
    if way.address:
        name = f"{name} to {'your number ' if way.channel == 'sms' else ''}{way.address}"
    match way.state:
        case DeliveryState.DELIVERED if way.delivered_at is not None:
            return f"{name}: arrived {when[way.delivered_at]}"
        case DeliveryState.DELIVERED | DeliveryState.SENT | DeliveryState.UNKNOWN:
            sent = f" {when[way.sent_at]}" if way.sent_at is not None else ""
            return f"{name}: sent{sent}. We do not know if it arrived"
        case DeliveryState.FAILED:
            return f"{name}: it did not arrive"
        case DeliveryState.CANCELLED:
            return f"{name}: not sent, because it was no longer true"
        case DeliveryState.EXPIRED:
            return f"{name}: not sent, because it was too late"
        case _:
            return f"{name}: not sent yet"


def instants_of(ways: Iterable[Way]) -> set[datetime]:
    return {at for way in ways for at in (way.sent_at, way.delivered_at) if at is not None}
