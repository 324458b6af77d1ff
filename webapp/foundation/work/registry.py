"""Which kinds of work there are, who does them, and how they are to be treated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

DEFAULT_MAX_ATTEMPTS = 8
DEFAULT_LEASE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Job:
    """One claim of one row. ``attempts`` counts this claim; with ``id`` and ``worker`` it is the fence.

    ``lease`` is how long the claim holds, and how much ``extend`` and ``progress`` add again from their moment on.
    """

    id: int
    kind: str
    subject: str
    slot: str
    organisation_id: int | None
    school_id: int | None
    priority: int
    payload: dict[str, Any]
    attempts: int
    max_attempts: int
    worker: str
    lease: timedelta
    due_at: datetime
    school_due_at: datetime | None
    created_at: datetime


Run = Callable[[Job], None]
OnFailed = Callable[[Connection, Job, str], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of work is treated; see ``handler``."""

    name: str
    run: Run
    urgent: bool
    max_attempts: int
    lease: timedelta
    concurrency: int | None
    on_failed: OnFailed | None


@dataclass(slots=True)
class _Registry:
    kinds: dict[str, Kind] = field(default_factory=dict)


_registry = _Registry()


def handler(
    kind: str,
    *,
    urgent: bool = False,
    max_attempts: int = DEFAULT_MAX_ATTEMPTS,
    lease_seconds: float = DEFAULT_LEASE.total_seconds(),
    concurrency: int | None = None,
    on_failed: OnFailed | None = None,
) -> Callable[[Run], Run]:
    """Name the function that does ``kind``. It gets a Job and runs with no transaction open.

    It opens its own unit of work and calls ``finish(job, tx)`` beside its effect; one that returns without having
    settled its job is finished by the worker, one that raises is tried again later (``TryAgain`` says when).
    A row may be done twice when a worker dies between the effect outside and the commit; it is never lost.

    ``urgent`` wakes the worker of this process as soon as a row is committed. ``lease_seconds`` is longer than the
    slowest stretch between two calls of ``progress`` or ``extend``. ``concurrency`` is how many one worker does at
    once, None for as many as it can. ``on_failed(tx, job, error)`` runs with the change to failed, in its transaction.
    Raises ValueError when another function does this kind already.
    """
    if max_attempts < 1 or lease_seconds <= 0 or (concurrency is not None and concurrency < 1):
        raise ValueError(f"{kind}: max_attempts, lease_seconds and concurrency must be more than 0")

    def register(run: Run) -> Run:
        held = _registry.kinds.get(kind)
        if held is not None and _name(held.run) != _name(run):
            raise ValueError(f"{kind}: {_name(held.run)} does this already; give {_name(run)} another kind")
        lease = timedelta(seconds=lease_seconds)
        _registry.kinds[kind] = Kind(kind, run, urgent, max_attempts, lease, concurrency, on_failed)
        return run

    return register


def _name(run: Run) -> str:
    return f"{getattr(run, '__module__', '')}.{getattr(run, '__qualname__', run)}"


def kinds() -> dict[str, Kind]:
    """Every kind that this process can do, by name."""
    return dict(_registry.kinds)


def find_kind(name: str) -> Kind | None:
    return _registry.kinds.get(name)


def is_urgent(name: str) -> bool:
    held = _registry.kinds.get(name)
    return held is not None and held.urgent


def lease_of(name: str) -> timedelta:
    held = _registry.kinds.get(name)
    return held.lease if held else DEFAULT_LEASE


def attempts_allowed(name: str, own: int | None) -> int:
    """How often a row may be tried: its own number, else its kind's."""
    if own is not None:
        return own
    held = _registry.kinds.get(name)
    return held.max_attempts if held else DEFAULT_MAX_ATTEMPTS


@contextmanager
def fresh_kinds() -> Iterator[None]:
    """No kind is known inside the block, and all are again after it; for tests that register their own."""
    kept = _registry.kinds
    _registry.kinds = {}
    try:
        yield
    finally:
        _registry.kinds = kept
