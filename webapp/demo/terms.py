"""Term dates as English schools have them, made for any year, and the day on which the demo stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import holidays

from webapp.foundation.sessions import BOTH_HALVES, Half
from webapp.people.rules.calendar import CalendarEvent, EventKind, SchoolCalendar, Term

_DAY = timedelta(days=1)
_WEEK = timedelta(weeks=1)
_MONDAY, _THURSDAY, _FRIDAY = 0, 3, 4
# 190 days on which pupils come and five for training: 380 sessions (Education (School Day and School Year)
# (England) Regulations 1999).
_DAYS_A_YEAR = 195
_LATE_EASTER = (4, 14)
_EARLY_EASTER = (4, 1)


@dataclass(frozen=True, slots=True)
class SchoolYear:
    """The dates that both schools share in one academic year; ``half_terms`` are Monday to Friday."""

    year: int
    terms: tuple[Term, ...]
    half_terms: tuple[tuple[date, date], ...]
    bank_holidays: tuple[tuple[date, str], ...]


@cache
def school_year(year: int) -> SchoolYear:
    """Terms, half-terms and bank holidays of the academic year that begins in September of ``year``."""
    off = {
        day: name
        for day, name in holidays.country_holidays("GB", subdiv="ENG", years=[year, year + 1]).items()
        if day.weekday() <= _FRIDAY
    }
    good_friday = next(day for day, name in off.items() if name == "Good Friday" and day.year == year + 1)
    autumn = date(year, 9, 1)
    if autumn.weekday() >= _THURSDAY:
        autumn = _on_or_after(autumn, _MONDAY)
    spring = _on_or_after(date(year + 1, 1, 2), _MONDAY)
    while spring in off:
        spring += _DAY
    spring_ends, summer = _around_easter(good_friday)
    halves = tuple(
        (monday, monday + 4 * _DAY)
        for monday in (
            _on_or_before(date(year, 10, 28), _MONDAY),
            _on_or_before(date(year + 1, 2, 19), _MONDAY),
            _on_or_before(date(year + 1, 5, 31), _MONDAY),
        )
    )
    first_terms = (
        Term(f"Autumn {year}", autumn, _on_or_before(date(year, 12, 22), _FRIDAY)),
        Term(f"Spring {year + 1}", spring, spring_ends),
    )
    taught = {day for term in first_terms for day in _weekdays(term.starts_on, term.ends_on)}
    closed = {day for start, end in halves for day in _weekdays(start, end)} | set(off)
    left = _DAYS_A_YEAR - len(taught - closed)
    last_days = (day for day in _weekdays(summer, date(year + 1, 7, 31)) if day not in closed)
    summer_ends = [day for _, day in zip(range(left), last_days, strict=False)][-1]
    terms = (*first_terms, Term(f"Summer {year + 1}", summer, summer_ends))
    inside = [
        (day, name) for day, name in sorted(off.items())
        if any(term.starts_on <= day <= term.ends_on for term in terms)
        and not any(start <= day <= end for start, end in halves)
    ]  # fmt: skip
    return SchoolYear(year, terms, halves, tuple(inside))


def _around_easter(good_friday: date) -> tuple[date, date]:
    """The last day of the spring term and the first of the summer term: two weeks off that hold Easter."""
    when = (good_friday.month, good_friday.day)
    if when >= _LATE_EASTER:
        return good_friday - 2 * _WEEK, good_friday + 4 * _DAY
    if when < _EARLY_EASTER:
        return good_friday - _DAY, good_friday + 17 * _DAY
    return good_friday - _WEEK, good_friday + 10 * _DAY


def training_days(code: str, plan: SchoolYear) -> tuple[date, ...]:
    """The five INSET days of a school; the two schools share one of them only."""
    autumn, spring = plan.terms[0], plan.terms[1]
    (october, october_ends), (february, february_ends), (_, may_ends) = plan.half_terms
    if code == "hill":
        return (
            autumn.starts_on, october - 3 * _DAY, spring.starts_on, february_ends + 3 * _DAY, may_ends + 3 * _DAY,
        )  # fmt: skip
    return (
        autumn.starts_on, autumn.starts_on + _DAY, october_ends + 3 * _DAY, february - 3 * _DAY,
        _on_or_before(date(plan.year + 1, 6, 30), _FRIDAY),
    )  # fmt: skip


def school_events(code: str, plan: SchoolYear) -> tuple[CalendarEvent, ...]:
    """What closes one school inside the terms of one year."""
    events = [
        *(CalendarEvent(EventKind.HALF_TERM, start, end, reason="Half-term") for start, end in plan.half_terms),
        *(CalendarEvent(EventKind.BANK_HOLIDAY, day, day, reason=name) for day, name in plan.bank_holidays),
        *(CalendarEvent(EventKind.INSET, day, day, reason="Training day") for day in training_days(code, plan)),
    ]
    if code == "hill":
        polling = _on_or_after(date(plan.year + 1, 5, 1), _THURSDAY)
        if plan.terms[2].starts_on <= polling:
            events.append(CalendarEvent(EventKind.CLOSURE_PLANNED, polling, polling, reason="Polling station"))
    else:
        boiler = _on_or_after(date(plan.year, 10, 8), _THURSDAY)
        events.append(
            CalendarEvent(
                EventKind.CLOSURE_UNPLANNED, boiler, boiler, (Half.PM,), frozenset({9}), "Boiler in the Year 9 block"
            )
        )
    return tuple(events)


def school_calendar(code: str, years: Iterable[int], known_on: date | None = None) -> SchoolCalendar:
    """The calendar of a school over several years; nobody knows of an unplanned closure before ``known_on``."""
    terms: list[Term] = []
    events: list[CalendarEvent] = []
    for plan in map(school_year, years):
        terms += plan.terms
        events += [
            event for event in school_events(code, plan)
            if known_on is None or event.kind is not EventKind.CLOSURE_UNPLANNED or event.starts_on <= known_on
        ]  # fmt: skip
    return SchoolCalendar(terms, events)


def demo_day(today: date, *calendars: SchoolCalendar) -> date:
    """The latest day not after ``today`` on which every one of the schools is open in both halves.

    Raises ``ValueError`` if the calendars hold none.
    """
    day: date | None = today + _DAY
    while day is not None:
        day = calendars[0].previous_school_day(day)
        if day is not None and all(calendar.is_open(day, half) for calendar in calendars for half in BOTH_HALVES):
            return day
    raise ValueError("No school day in these calendars is early enough")


def _weekdays(start: date, end: date) -> Iterator[date]:
    day = start
    while day <= end:
        if day.weekday() <= _FRIDAY:
            yield day
        day += _DAY


def _on_or_after(day: date, weekday: int) -> date:
    return day + timedelta(days=(weekday - day.weekday()) % 7)


def _on_or_before(day: date, weekday: int) -> date:
    return day - timedelta(days=(day.weekday() - weekday) % 7)
