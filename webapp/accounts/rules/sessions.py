"""How long somebody stays signed in.

Parents stay for 60 days from the last visit, so that nobody needs a code at 7:40 in the morning. Staff stay for a
working day, and for half an hour on a machine that nobody touches.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from webapp.accounts.rules.codes import Door

PARENT_LIFETIME = timedelta(days=60)
STAFF_LIFETIME = timedelta(hours=12)
STAFF_IDLE = timedelta(minutes=30)
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
