"""The only way up: lower floors say what happened, ``webapp.reactions`` alone says who answers.

Handlers run at once, in the same transaction; one that raises undoes the whole unit of work.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in one organisation. Subclasses carry ids and plain values."""

    organisation_id: int


E = TypeVar("E", bound=Event)
Handler = Callable[[Connection, Any], None]
_handlers: dict[type[Event], list[Handler]] = {}


def subscribe(kind: type[E], handler: Callable[[Connection, E], None]) -> None:
    """Call ``handler`` on each event of exactly this kind; subscribing the same handler again changes nothing."""
    handlers = _handlers.setdefault(kind, [])
    if handler not in handlers:
        handlers.append(handler)


def emit(tx: Connection, event: Event) -> None:
    """Tell every subscriber, in the order in which they subscribed."""
    for handler in _handlers.get(type(event), ()):
        handler(tx, event)


def forget_all() -> None:
    """Drop every subscription; for tests that wire their own."""
    _handlers.clear()
