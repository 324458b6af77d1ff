"""By when a request must be answered.

A request for access: one calendar month from the day on which it came and who asks was known; days on which school
waits for what was meant do not count; two months more for a reason that is told (UK GDPR art. 12 and 12A). An
educational record of a maintained school: 15 school days (SI 2005/1437 reg. 5), which nothing stops.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from webapp.people.rules.calendar import SchoolCalendar

SCHOOL_DAYS = 15
MONTHS = 1
EXTENSION_MONTHS = 2


class Basis(StrEnum):
    """By which law somebody asks."""

    ACCESS = "access"
    EDUCATIONAL_RECORD = "educational_record"


@dataclass(frozen=True, slots=True)
class RequestClock:
    """The days that decide. ``starts_on`` None: who asks is not known yet. ``paused_days`` are those of pauses that are
    over."""

    basis: Basis
    starts_on: date | None
    paused_on: date | None = None
    paused_days: int = 0
    extended: bool = False

    @property
    def stands_still(self) -> bool:
        return self.starts_on is None or (self.basis is Basis.ACCESS and self.paused_on is not None)


def due_on(clock: RequestClock, school: SchoolCalendar, bank_holidays: frozenset[date]) -> date | None:
    """The last day for the answer; None while the clock stands still.

    A month ends on the same day of the month, or on the month's last where there is none; where that is a Saturday, a
    Sunday or a bank holiday, on the next working day.
    """
    if clock.basis is Basis.EDUCATIONAL_RECORD:
        return clock.starts_on and _school_days_after(clock.starts_on, school)
    if clock.starts_on is None or clock.paused_on is not None:
        return None
    months = MONTHS + (EXTENSION_MONTHS if clock.extended else 0)
    day = months_after(clock.starts_on, months) + timedelta(days=clock.paused_days)
    while day.weekday() > 4 or day in bank_holidays:
        day += timedelta(days=1)
    return day


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _school_days_after(day: date, school: SchoolCalendar) -> date:
    """Where the calendar ends before the fifteenth, each weekday counts: sooner than the law asks, never later."""
    for _ in range(SCHOOL_DAYS):
        after = school.next_school_day(day)
        if after is None:
            after = day + timedelta(days=1)
            while after.weekday() > 4:
                after += timedelta(days=1)
        day = after
    return day
