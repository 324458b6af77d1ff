"""One school's calendar and times for the rules: Tuesday 16 June 2026, closed on Friday 19, INSET on Friday 26."""

from __future__ import annotations

from datetime import date, datetime, time

from webapp.absence.rules.drafts import ChildDay
from webapp.people.rules.calendar import CalendarEvent, EventKind, SchoolCalendar, Term
from webapp.people.rules.school_times import SchoolTimes, in_london
from webapp.people.rules.settings import AM_REGISTER_OPENS, PM_REGISTER_CLOSES, Settings

TUESDAY = date(2026, 6, 16)
CLOSED = date(2026, 6, 19)
CALENDAR = SchoolCalendar(
    [
        Term("Summer", date(2026, 4, 13), date(2026, 7, 17)),
        Term("Autumn", date(2026, 9, 2), date(2026, 12, 18)),
    ],
    [
        CalendarEvent(EventKind.CLOSURE_UNPLANNED, CLOSED, CLOSED),
        CalendarEvent(EventKind.INSET, date(2026, 6, 26), date(2026, 6, 26)),
    ],
)
TIMES = SchoolTimes(Settings().having(AM_REGISTER_OPENS, time(8, 45)).having(PM_REGISTER_CLOSES, time(13, 20)))
"""Morning 8:45 to 9:15, until 12; afternoon 13:00 to 13:20, until 15:15."""


def at(clock: str, day: date = TUESDAY) -> datetime:
    return in_london(day, time.fromisoformat(clock))


def child(name: str) -> ChildDay:
    return ChildDay(name.lower(), name, CALENDAR, TIMES, 8)
