"""Times and days in words, as pages and messages write them. Instants come in London time already."""

from __future__ import annotations

from datetime import date, datetime, time

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def time_words(at: datetime | time) -> str:
    """7:41am, 12pm, 3:30pm: for families."""
    hour = at.hour % 12 or 12
    minutes = f":{at.minute:02}" if at.minute else ""
    return f"{hour}{minutes}{'am' if at.hour < 12 else 'pm'}"


def staff_time(at: datetime | time) -> str:
    """07:41: for staff, whose times stand in columns."""
    return f"{at.hour:02}:{at.minute:02}"


def day_words(on: date) -> str:
    """Tuesday 16 June."""
    return f"{_DAYS[on.weekday()]} {on.day} {_MONTHS[on.month - 1]}"


def short_day_words(on: date) -> str:
    """Tue 16 June."""
    return f"{_DAYS[on.weekday()][:3]} {on.day} {_MONTHS[on.month - 1]}"
