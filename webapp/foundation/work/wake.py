"""Waking the workers of this process when urgent work has been committed; everybody else polls."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from webapp.foundation.db import after_commit

_lock = threading.Lock()
_listeners: set[threading.Event] = set()


@contextmanager
def listening() -> Iterator[threading.Event]:
    """An event that is set whenever urgent work is committed, for as long as the block runs."""
    heard = threading.Event()
    with _lock:
        _listeners.add(heard)
    try:
        yield heard
    finally:
        with _lock:
            _listeners.discard(heard)


def wake() -> None:
    """Set every listener's event."""
    with _lock:
        for heard in _listeners:
            heard.set()


def wake_after_commit() -> None:
    """Wake the workers when the open unit of work has committed."""
    after_commit(wake)
