"""The sessions that a year group has had this year, and on which of them pupils are likelier to be away."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import date
from itertools import accumulate

from webapp.foundation.sessions import Half
from webapp.people.rules.calendar import SchoolCalendar, SchoolSession

# Colds and flu peak at Christmas; Mondays, Fridays and the last days before a holiday run high everywhere.
_MONTHS = {9: 0.72, 10: 0.95, 11: 1.15, 12: 1.42, 1: 1.28, 2: 1.12, 3: 1.02, 4: 0.9, 5: 0.86, 6: 0.9, 7: 1.02}
_WEEKDAYS = (1.3, 0.92, 0.86, 0.92, 1.26)
_LAST_DAYS = 1.5
_BREAK_DAYS = 5
_DAYS_BEFORE_A_BREAK = 3


@dataclass(frozen=True, slots=True)
class Timetable:
    """The open sessions of one year group at one school, in order, from the start of the year.

    ``places`` gives the place of a session in ``sessions``; ``day_starts`` the place of each day's first session, with
    ``days`` beside it; ``cumulative`` are the running weights of the days; ``before_breaks`` are places of days that
    are the last before a holiday.
    """

    sessions: tuple[SchoolSession, ...]
    places: dict[SchoolSession, int]
    days: tuple[date, ...]
    day_starts: tuple[int, ...]
    cumulative: tuple[float, ...]
    before_breaks: tuple[int, ...]
    present: tuple[str, ...]

    @property
    def size(self) -> int:
        return len(self.sessions)

    def first_place(self, day: date) -> int:
        """The place of the first session not before ``day``."""
        position = bisect_left(self.days, day)
        return self.day_starts[position] if position < len(self.days) else self.size

    def place(self, day: date, half: Half) -> int | None:
        return self.places.get(SchoolSession(day, half))


def build_timetable(calendar: SchoolCalendar, first: date, last: date, year_group: int) -> Timetable:
    """The sessions from ``first`` to ``last``, both included."""
    sessions = calendar.open_sessions(first, last, year_group)
    places = {session: place for place, session in enumerate(sessions)}
    days = calendar.school_days(first, last, year_group)
    starts = [places.get(SchoolSession(day, Half.AM), places.get(SchoolSession(day, Half.PM), 0)) for day in days]
    breaks = [place for place, day in enumerate(days) if _breaks_up(calendar, day, year_group)]
    near = {place - back for place in breaks for back in range(_DAYS_BEFORE_A_BREAK)}
    weights = [
        _MONTHS.get(day.month, 1.0) * _WEEKDAYS[day.weekday()] * (_LAST_DAYS if place in near else 1.0)
        for place, day in enumerate(days)
    ]
    return Timetable(
        sessions=sessions, places=places, days=days, day_starts=tuple(starts), cumulative=tuple(accumulate(weights)),
        before_breaks=tuple(breaks),
        present=tuple("/" if session.half is Half.AM else "\\" for session in sessions),
    )  # fmt: skip


def _breaks_up(calendar: SchoolCalendar, day: date, year_group: int) -> bool:
    """True for the last school day before more than a long weekend."""
    after = calendar.next_school_day(day, year_group)
    return after is None or (after - day).days > _BREAK_DAYS
