"""Asked just before each delivery: does the message still hold? Each floor above answers for its own messages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from notifications.queries.dispatching import MessageFacts
from notifications.rules.message_kinds import MessageName

StillTrue = Callable[[Connection, MessageFacts], bool]

_checks: dict[MessageName, StillTrue] = {}


def register_still_true(name: MessageName, check: StillTrue) -> None:
    """Have ``check`` called before each delivery of this message; False cancels it. A second one takes its place.

    It is given the read door. One that raises leaves the delivery waiting for another try.
    """
    _checks[name] = check


def still_true(db: Connection, message: MessageFacts) -> bool:
    """True where nobody says otherwise."""
    check = _checks.get(MessageName(message.name))
    return check is None or check(db, message)


@contextmanager
def no_checks() -> Iterator[None]:
    """No check is known inside the block, and all are again after it; for tests that register their own."""
    kept = dict(_checks)
    _checks.clear()
    try:
        yield
    finally:
        _checks.clear()
        _checks.update(kept)
