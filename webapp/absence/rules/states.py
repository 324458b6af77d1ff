"""The states of a report: sent, read and recorded are three things."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from webapp.people.rules.refusals import Refused


class State(StrEnum):
    """The value is what is stored. HELD: from a phone that cannot be trusted until a person has looked."""

    SENT = "sent"
    READ = "read"
    RECORDED = "recorded"
    NOT_ACCEPTED = "not_accepted"
    WITHDRAWN = "withdrawn"
    HELD = "held"


class Event(StrEnum):
    """What is done to a report."""

    READ = "read"
    ACCEPT = "accept"
    REFUSE = "refuse"
    UNDO = "undo"
    RELEASE = "release"
    CHANGE = "change"
    WITHDRAW = "withdraw"
    SAY_BACK = "say_back"


class ReportRefused(Refused):
    """An event that does not fit the state of the report, or a report that is not there."""


_S, _E = State, Event

# A pair that is not here is refused.
MOVES: Mapping[tuple[State, Event], State] = MappingProxyType(
    {
        (_S.SENT, _E.READ): _S.READ,
        (_S.SENT, _E.ACCEPT): _S.RECORDED,
        (_S.SENT, _E.REFUSE): _S.NOT_ACCEPTED,
        (_S.SENT, _E.CHANGE): _S.SENT,
        (_S.SENT, _E.WITHDRAW): _S.WITHDRAWN,
        (_S.SENT, _E.SAY_BACK): _S.SENT,
        # A second pair of eyes.
        (_S.READ, _E.READ): _S.READ,
        (_S.READ, _E.ACCEPT): _S.RECORDED,
        (_S.READ, _E.REFUSE): _S.NOT_ACCEPTED,
        # Nobody at school has read what it says now.
        (_S.READ, _E.CHANGE): _S.SENT,
        (_S.READ, _E.WITHDRAW): _S.WITHDRAWN,
        (_S.READ, _E.SAY_BACK): _S.READ,
        (_S.RECORDED, _E.READ): _S.RECORDED,
        # The next session of the same report, or another code for this one.
        (_S.RECORDED, _E.ACCEPT): _S.RECORDED,
        (_S.RECORDED, _E.REFUSE): _S.NOT_ACCEPTED,
        # Undoing one of several decisions leaves the report as the others made it (`after_undo`).
        (_S.RECORDED, _E.UNDO): _S.READ,
        # What was recorded stays; the child is on the way all the same, and must be looked for if not there in time.
        (_S.RECORDED, _E.WITHDRAW): _S.WITHDRAWN,
        (_S.RECORDED, _E.SAY_BACK): _S.RECORDED,
        (_S.NOT_ACCEPTED, _E.READ): _S.NOT_ACCEPTED,
        (_S.NOT_ACCEPTED, _E.ACCEPT): _S.RECORDED,
        (_S.NOT_ACCEPTED, _E.REFUSE): _S.NOT_ACCEPTED,
        (_S.NOT_ACCEPTED, _E.UNDO): _S.READ,
        (_S.NOT_ACCEPTED, _E.WITHDRAW): _S.WITHDRAWN,
        (_S.WITHDRAWN, _E.READ): _S.WITHDRAWN,
        # A decision made before the family took it back.
        (_S.WITHDRAWN, _E.UNDO): _S.WITHDRAWN,
        # The bus is late: another time.
        (_S.WITHDRAWN, _E.WITHDRAW): _S.WITHDRAWN,
        # Looking is not trusting; and one that was refused would still say where the child is.
        (_S.HELD, _E.READ): _S.HELD,
        (_S.HELD, _E.RELEASE): _S.READ,
        (_S.HELD, _E.CHANGE): _S.HELD,
        (_S.HELD, _E.WITHDRAW): _S.WITHDRAWN,
        (_S.HELD, _E.SAY_BACK): _S.HELD,
    }
)

_DEALT_WITH = "School has already dealt with this. Write to school instead."
_WHY_NOT: Mapping[State, str] = MappingProxyType(
    {
        _S.SENT: "Nothing has been decided on this report yet.",
        _S.READ: "Nothing has been decided on this report yet.",
        _S.RECORDED: _DEALT_WITH,
        _S.NOT_ACCEPTED: _DEALT_WITH,
        _S.WITHDRAWN: "The family has taken this report back.",
        _S.HELD: "Check first who sent this report, then release it.",
    }
)

OPEN_STATES = frozenset({State.SENT, State.READ, State.HELD})
"""Nobody at school has dealt with it: the family may still change it."""


def next_state(state: State, event: Event) -> State:
    """The state after the event. Raises ReportRefused on field "report" for a pair that makes no sense."""
    after = MOVES.get((state, event))
    if after is None:
        raise ReportRefused("report", _WHY_NOT[state])
    return after


def allows(state: State, event: Event) -> bool:
    return (state, event) in MOVES


def after_undo(state: State, accepted_left: bool | None) -> State:
    """The state once a decision is undone; ``accepted_left`` is the newest that still stands, None for none."""
    after = next_state(state, Event.UNDO)
    if after is State.WITHDRAWN or accepted_left is None:
        return after
    return State.RECORDED if accepted_left else State.NOT_ACCEPTED


def may_change(state: State) -> bool:
    """True until school has dealt with it."""
    return allows(state, Event.CHANGE)


def may_withdraw(state: State) -> bool:
    return allows(state, Event.WITHDRAW)


def first_state(*, new_phone: bool, order_in_place: bool, last_held: bool = False) -> State:
    """Sent; held where a phone that school has not seen speaks for a child about whom there is an order (domain §5).

    ``last_held``: the adult's last report about this child is still held, so that sending twice helps nobody.
    """
    return State.HELD if order_in_place and (new_phone or last_held) else State.SENT
