"""How long a browser may keep the list of who is on site."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from webapp.people.rules.school_times import LONDON, in_london

LONGEST_DEVICE_NAME = 60
MOST_DEVICES = 10


def kept_for(school_now: datetime) -> timedelta:
    """How long a list of this instant may be kept: until midnight in London, also where the clocks change."""
    today = school_now.astimezone(LONDON).date()
    return in_london(today + timedelta(days=1), time(0)) - school_now
