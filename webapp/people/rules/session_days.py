"""The parts of a school calendar: terms, events, and what it says of one session.

Year groups are year numbers: nursery is -1, reception 0, then 1 to 14.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from webapp.foundation.sessions import BOTH_HALVES, Half
from webapp.people.rules.refusals import Refused

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_EARLY_YEARS = {"N": -1, "R": 0}
_HALVES = {"am": (Half.AM,), "pm": (Half.PM,), "all": BOTH_HALVES}


class CalendarRefused(Refused):
    """Terms or events that cannot stand together."""


class EventKind(StrEnum):
    """Why some sessions inside a term are not held."""

    HALF_TERM = "half_term"
    BANK_HOLIDAY = "bank_holiday"
    INSET = "inset"
    CLOSURE_PLANNED = "closure_planned"
    CLOSURE_UNPLANNED = "closure_unplanned"


class Why(StrEnum):
    """The one reason shown for a session, open or not."""

    OPEN = "open"
    OUTSIDE_TERM = "outside_term"
    HALF_TERM = "half_term"
    WEEKEND = "weekend"
    BANK_HOLIDAY = "bank_holiday"
    INSET = "inset"
    CLOSURE = "closure"


class SchoolSession(NamedTuple):
    """One session: a date and a half. Sorts in the order in which sessions happen."""

    date: date
    half: Half


@dataclass(frozen=True, slots=True)
class Term:
    """A stretch of weeks in which school is open, both days included."""

    name: str
    starts_on: date
    ends_on: date

    def __post_init__(self) -> None:
        if self.ends_on < self.starts_on:
            raise CalendarRefused("ends_on", f"{self.name}: the last day must be the same as or after the first day.")


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """Sessions not held from ``starts_on`` to ``ends_on``; ``year_groups`` are year numbers, None for everybody."""

    kind: EventKind
    starts_on: date
    ends_on: date
    halves: tuple[Half, ...] = BOTH_HALVES
    year_groups: frozenset[int] | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        if self.ends_on < self.starts_on:
            raise CalendarRefused("ends_on", "The last day must be the same as or after the first day.")
        if not self.halves:
            raise CalendarRefused("half", "Choose the morning, the afternoon or all day.")
        if self.year_groups is not None and not self.year_groups:
            raise CalendarRefused("year_groups", "Choose year groups, or leave it empty for the whole school.")

    def touches(self, year_group: int | None) -> bool:
        """True if it closes the session for that year; asked for the whole school (None), only if it closes for all."""
        return self.year_groups is None or (year_group is not None and year_group in self.year_groups)


@dataclass(frozen=True, slots=True)
class SessionDay:
    """What the calendar says of one session. ``event`` is the cause, where an event is; ``half_only``: the other
    half of the same day is held."""

    date: date
    half: Half
    open: bool
    why: Why
    event: CalendarEvent | None = None
    half_only: bool = False

    @property
    def unplanned(self) -> bool:
        """True for a session that was due and was cancelled (codes Y3 and Y4 rather than #)."""
        return self.event is not None and self.event.kind is EventKind.CLOSURE_UNPLANNED

    @property
    def sentence(self) -> str:
        """One sentence for a parent; it never gives the closure's own reason, which is the school's note."""
        day = day_and_month(self.date)
        if self.open:
            return f"{day} is a school day"
        if self.half_only:
            part = "morning" if self.half is Half.AM else "afternoon"
            return f"School is closed on the {part} of {day}. Choose another time"
        return f"{_CLOSED[self.why].format(day=day, weekday=_WEEKDAYS[self.date.weekday()])}. Choose a school day"


_CLOSED = {
    Why.OUTSIDE_TERM: "{day} is in the school holidays",
    Why.HALF_TERM: "{day} is in half-term",
    Why.WEEKEND: "{day} is a {weekday}",
    Why.BANK_HOLIDAY: "{day} is a bank holiday",
    Why.INSET: "{day} is a training day",
    Why.CLOSURE: "School is closed on {day}",
}


def day_and_month(day: date) -> str:
    """18 July."""
    return f"{day.day} {_MONTHS[day.month - 1]}"


def year_words(year_group: int) -> str:
    """Nursery, Reception, Year 3."""
    return {-1: "Nursery", 0: "Reception"}.get(year_group, f"Year {year_group}")


def read_halves(raw: str) -> tuple[Half, ...]:
    """The halves of "am", "pm" or "all". Raises ``CalendarRefused`` for anything else."""
    halves = _HALVES.get(raw.strip().lower())
    if halves is None:
        raise CalendarRefused("half", "Use am, pm or all.")
    return halves


def read_year_groups(raw: str) -> frozenset[int] | None:
    """Year numbers from "3,4" (N is -1, R is 0); None, the whole school, from an empty text.

    Raises ``CalendarRefused`` for anything that is not a year of school.
    """
    if not raw.strip():
        return None
    return frozenset(_read_year_group(part) for part in raw.split(","))


def _read_year_group(raw: str) -> int:
    word = raw.strip().upper()
    if word in _EARLY_YEARS:
        return _EARLY_YEARS[word]
    if re.fullmatch(r"-1|0|[1-9]|1[0-4]", word):
        return int(word)
    raise CalendarRefused("year_groups", "Use N, R and year numbers from 1 to 14 with commas between them: R,1,2.")
