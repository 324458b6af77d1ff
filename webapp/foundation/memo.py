"""Small things read on every page and changed a few times a year (calendars, settings), kept for a few seconds.

Each database has its own memo. A process forgets at once what it changes itself; other processes within ``seconds``.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

from webapp.foundation.clock import monotonic

T = TypeVar("T")


class Memo:
    """Values by key, each good for ``seconds`` after it was made."""

    def __init__(self, seconds: float = 5.0, now: Callable[[], float] = monotonic) -> None:
        self._seconds = seconds
        self._now = now
        self._values: dict[Hashable, tuple[float, Any]] = {}

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value kept under ``key``, or what ``make`` returns, kept from now on."""
        made_at, value = self._values.get(key, (float("-inf"), None))
        if self._now() - made_at > self._seconds:
            value = make()
            self._drop_stale()
            self._values[key] = (self._now(), value)
        return cast(T, value)

    def _drop_stale(self) -> None:
        """Schools of whom nobody asks any more take no room."""
        oldest = self._now() - self._seconds
        for key in [key for key, (made_at, _) in list(self._values.items()) if made_at < oldest]:
            self._values.pop(key, None)

    def forget(self) -> None:
        """Drop everything; called by whoever changes what is kept here."""
        self._values.clear()
