"""How long somebody stays signed in.

Parents stay for 60 days from the last visit, so that nobody needs a code at 7:40 in the morning. Staff stay for a
working day, and for half an hour on a machine that nobody touches. On a shared computer a session locks itself sooner,
is opened again by its owner alone, and is over at the end of the day.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta, tzinfo

from webapp.accounts.rules.codes import Door

PARENT_LIFETIME = timedelta(days=60)
STAFF_LIFETIME = timedelta(hours=12)
STAFF_IDLE = timedelta(minutes=30)
SHARED_LIFETIME = timedelta(hours=10)
"""From the first sign-in of the day on a shared computer: a school day, with what comes before and after."""
MOST_AT_A_MACHINE = 12
"""So many names stand on a shared computer at once; then whoever has been away longest signs in anew."""
MOST_MACHINES = 50
LONGEST_MACHINE_NAME = 60
LONGEST_KEPT_FORM = 20_000
SEEN_EVERY = timedelta(minutes=1)
"""How fine ``seen_at`` is kept: no page writes more than once a minute."""

_LIFETIMES = {Door.PARENT: PARENT_LIFETIME, Door.STAFF: STAFF_LIFETIME}


def expires_at(door: Door, now: datetime) -> datetime:
    """When a session that begins now ends if nobody comes back."""
    return now + _LIFETIMES[door]


def renewed(door: Door, now: datetime) -> datetime | None:
    """When a session seen now ends, or None where being seen does not lengthen it."""
    return now + PARENT_LIFETIME if door is Door.PARENT else None


def idle_since(now: datetime) -> datetime:
    """A staff session not seen after this has been left alone too long."""
    return now - STAFF_IDLE


def worth_noting(seen_at: datetime, now: datetime) -> bool:
    """True once the last sighting that was kept is a minute old."""
    return now - seen_at >= SEEN_EVERY


def shared_until(now: datetime, zone: tzinfo) -> datetime:
    """When a session on a shared computer is over: ten hours on, and never past midnight where the school is."""
    midnight = datetime.combine(now.astimezone(zone).date() + timedelta(days=1), time(), zone)
    return min(now + SHARED_LIFETIME, midnight.astimezone(now.tzinfo))


def is_locked(locked_at: datetime | None, idle_minutes: int | None, seen_at: datetime, now: datetime) -> bool:
    """Whether a session must be opened again by its owner: locked by hand, or left alone on a shared computer.

    What is kept of a sighting may be a minute old: that minute is given, so that nobody is shut out while they work.
    The page's own clock is exact.
    """
    if locked_at is not None:
        return True
    return idle_minutes is not None and now - seen_at >= timedelta(minutes=idle_minutes) + SEEN_EVERY
