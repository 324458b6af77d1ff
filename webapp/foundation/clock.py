"""The two clocks, and the only place that reads the time.

``machine_now`` decides leases, tokens, sessions and the trail. ``school_now`` decides registers, cut-offs and ladders;
it is machine time plus an offset that only the demo moves, and only forwards. Both return aware UTC instants.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")

_NO_OFFSET = timedelta(0)
_offset_source: Callable[[], timedelta] | None = None
_cached: tuple[float, timedelta] = (float("-inf"), _NO_OFFSET)
_CACHE_SECONDS = 0.25


def machine_now() -> datetime:
    """The instant now, UTC and aware."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds on a clock that never goes back; for measuring spans inside one process."""
    return time.monotonic()


def use_school_offset(source: Callable[[], timedelta] | None) -> None:
    """Install where the school clock's offset is read from (the demo's row), or None for no offset."""
    global _offset_source, _cached
    _offset_source = source
    _cached = (float("-inf"), _NO_OFFSET)


def school_offset() -> timedelta:
    """How far school time stands from machine time; read at most four times a second."""
    global _cached
    if _offset_source is None:
        return _NO_OFFSET
    read_at, offset = _cached
    if monotonic() - read_at > _CACHE_SECONDS:
        offset = _offset_source()
        _cached = (monotonic(), offset)
    return offset


def school_now() -> datetime:
    """School time as an aware UTC instant."""
    return machine_now() + school_offset()


def school_today() -> date:
    """The date at school now, Europe/London."""
    return school_now().astimezone(LONDON).date()


def london(instant: datetime) -> datetime:
    """The same instant on London's wall clock, for a page or a text."""
    return instant.astimezone(LONDON)
