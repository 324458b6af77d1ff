"""The states of a delivery: a table (state, event) → state, with the reason for each odd row.

Providers repeat themselves and their reports overtake each other, so the state that many reports lead to is the same in
whatever order and however often they come: the greatest rank wins and nothing goes back. Only our own decision to try
once more (``AGAIN``) does.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType


class DeliveryState(StrEnum):
    """Where one delivery stands. A delivery that a worker is busy with is still waiting: its row of work says so.

    ``SENT``: the provider took it. ``UNKNOWN``: we called and got no answer. ``EXPIRED``: its time passed before it
    went. A push never gets past ``SENT``, and that is no sign that anybody saw it.
    """

    WAITING = "waiting"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    SENT = "sent"
    FAILED = "failed"
    DELIVERED = "delivered"


class DeliveryEvent(StrEnum):
    """What was heard or decided: from our own call, from the provider afterwards, or by the policy."""

    TAKEN = "taken"
    NO_ANSWER = "no_answer"
    ARRIVED = "arrived"
    REFUSED = "refused"
    NOT_TRUE = "not_true"
    TOO_LATE = "too_late"
    AGAIN = "again"


S, E = DeliveryState, DeliveryEvent

_ORDINARY: dict[DeliveryEvent, tuple[DeliveryState, frozenset[DeliveryState]]] = {
    # event: where it leads, and from which states
    E.TAKEN: (S.SENT, frozenset({S.WAITING, S.UNKNOWN, S.SENT})),
    E.NO_ANSWER: (S.UNKNOWN, frozenset({S.WAITING, S.UNKNOWN})),
    E.ARRIVED: (S.DELIVERED, frozenset({S.WAITING, S.UNKNOWN, S.SENT, S.DELIVERED})),
    E.REFUSED: (S.FAILED, frozenset({S.WAITING, S.UNKNOWN, S.SENT, S.FAILED})),
    E.NOT_TRUE: (S.CANCELLED, frozenset({S.WAITING, S.CANCELLED})),
    E.TOO_LATE: (S.EXPIRED, frozenset({S.WAITING, S.UNKNOWN, S.EXPIRED})),
    E.AGAIN: (S.WAITING, frozenset({S.WAITING})),
}

ODD: MappingProxyType[tuple[DeliveryState, DeliveryEvent], tuple[DeliveryState, str]] = MappingProxyType(
    {
        (S.FAILED, E.ARRIVED): (S.DELIVERED, "a receipt from the phone outweighs a report that none came"),
        (S.EXPIRED, E.TAKEN): (S.SENT, "a call that got no answer had gone through; say what is true"),
        (S.EXPIRED, E.ARRIVED): (S.DELIVERED, "it came late, but it came"),
        (S.EXPIRED, E.REFUSED): (S.FAILED, "a call that got no answer had gone through, and failed"),
        (S.CANCELLED, E.TAKEN): (S.SENT, "it was called back while a worker was sending it"),
        (S.CANCELLED, E.ARRIVED): (S.DELIVERED, "it was called back while a worker was sending it"),
        (S.CANCELLED, E.REFUSED): (S.FAILED, "it was called back while a worker was sending it, and failed"),
        (S.UNKNOWN, E.AGAIN): (S.WAITING, "the provider was asked and does not know it, or one repeat is allowed"),
        (S.FAILED, E.AGAIN): (S.WAITING, "a phone that was off or out of reach gets one more try"),
        (S.UNKNOWN, E.NOT_TRUE): (S.CANCELLED, "it may have gone, but it is not sent again"),
    }
)

_STAYS = "a state of higher rank does not go back"

TABLE: MappingProxyType[tuple[DeliveryState, DeliveryEvent], DeliveryState] = MappingProxyType(
    {
        (state, event): ODD[state, event][0]
        if (state, event) in ODD
        else (leads_to if state in from_states else state)
        for state in DeliveryState
        for event, (leads_to, from_states) in _ORDINARY.items()
    }
)

OPEN = frozenset({S.WAITING, S.UNKNOWN})
"""States in which the person has not been told and something is still to happen."""
TOLD = frozenset({S.SENT, S.DELIVERED})
"""States in which the provider has it. For a push that is no proof that anybody saw it."""

_FROM_TWILIO: dict[str, DeliveryEvent] = {
    "accepted": E.TAKEN,
    "scheduled": E.TAKEN,
    "queued": E.TAKEN,
    "sending": E.TAKEN,
    "sent": E.TAKEN,
    "partially_delivered": E.TAKEN,
    "delivered": E.ARRIVED,
    "read": E.ARRIVED,
    "undelivered": E.REFUSED,
    "failed": E.REFUSED,
    "canceled": E.REFUSED,
}


def next_state(state: DeliveryState, event: DeliveryEvent) -> DeliveryState:
    """Where ``event`` leads from ``state``; the same state where it changes nothing."""
    return TABLE[state, event]


def why(state: DeliveryState, event: DeliveryEvent) -> str:
    """The reason of a row that is not plain; empty for one that is."""
    if (state, event) in ODD:
        return ODD[state, event][1]
    return _STAYS if TABLE[state, event] is state and state not in _ORDINARY[event][1] else ""


def event_of_status(status: str) -> DeliveryEvent | None:
    """What a provider's word for a message means (Twilio's Message status); None for a word that says nothing."""
    return _FROM_TWILIO.get(status.strip().lower())


_SAID: dict[tuple[str, DeliveryState], str] = {
    ("sms", S.WAITING): "Text waiting",
    ("sms", S.UNKNOWN): "Text: not known whether it went",
    ("sms", S.SENT): "Text sent",
    ("sms", S.DELIVERED): "Text delivered",
    ("sms", S.FAILED): "Text failed",
    ("sms", S.CANCELLED): "Text not needed any more",
    ("sms", S.EXPIRED): "Text not sent: too late",
    ("push", S.WAITING): "App message waiting",
    ("push", S.UNKNOWN): "App message: not known whether it went",
    ("push", S.SENT): "App message passed on, not known whether it was seen",
    ("push", S.DELIVERED): "App message on the phone",
    ("push", S.FAILED): "App message failed",
    ("push", S.CANCELLED): "App message not needed any more",
    ("push", S.EXPIRED): "App message not sent: too late",
    ("email", S.WAITING): "E-mail waiting",
    ("email", S.UNKNOWN): "E-mail: not known whether it went",
    ("email", S.SENT): "E-mail sent",
    ("email", S.DELIVERED): "E-mail delivered",
    ("email", S.FAILED): "E-mail failed",
    ("email", S.CANCELLED): "E-mail not needed any more",
    ("email", S.EXPIRED): "E-mail not sent: too late",
}


def said(channel: str, state: str) -> str:
    """The words in which staff read a state; no more is claimed than is known."""
    return _SAID[channel, DeliveryState(state)]
