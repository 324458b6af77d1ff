"""The school calendar: which sessions are held, for whom, and why not.

A school year has at least 380 sessions, two a school day (Education (School Day and School Year) (England)
Regulations 1999). The calendar is a value made from its terms and events; it never reads the clock.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from webapp.foundation.sessions import Half
from webapp.people.rules.session_days import (
    CalendarEvent,
    CalendarRefused,
    EventKind,
    SchoolSession,
    SessionDay,
    Term,
    Why,
)

__all__ = [
    "CalendarEvent", "CalendarRefused", "EventKind", "SchoolCalendar", "SchoolSession", "SessionDay", "Term", "Why",
]  # fmt: skip

_SATURDAY = 5
# Where events meet, the first of these is the reason: a training day stays one when it also snows.
_PRECEDENCE = (
    EventKind.HALF_TERM,
    EventKind.BANK_HOLIDAY,
    EventKind.INSET,
    EventKind.CLOSURE_PLANNED,
    EventKind.CLOSURE_UNPLANNED,
)
_WHY = {
    EventKind.HALF_TERM: Why.HALF_TERM,
    EventKind.BANK_HOLIDAY: Why.BANK_HOLIDAY,
    EventKind.INSET: Why.INSET,
    EventKind.CLOSURE_PLANNED: Why.CLOSURE,
    EventKind.CLOSURE_UNPLANNED: Why.CLOSURE,
}

_WEEKEND = (Why.WEEKEND, None)


@dataclass(frozen=True, slots=True)
class _Plan:
    """The calendar worked out for one year group. ``keys`` are ordinal * 2 + half of the open sessions, in order."""

    closed: dict[int, tuple[Why, CalendarEvent | None]]
    keys: list[int]
    days: list[int]
    open_keys: frozenset[int]


class SchoolCalendar:
    """A school's terms and events. Raises ``CalendarRefused`` for terms that overlap.

    Every question takes a ``year_group``; None asks about the school as a whole, which is closed only by events
    that close it for everybody. Answers cost at most a binary search once a year group has been asked about.
    """

    __slots__ = ("_plans", "_worked_out", "events", "terms")

    def __init__(self, terms: Iterable[Term], events: Iterable[CalendarEvent] = ()) -> None:
        self.terms = tuple(sorted(terms, key=lambda term: term.starts_on))
        self.events = tuple(sorted(events, key=lambda event: (_PRECEDENCE.index(event.kind), event.starts_on)))
        for earlier, later in zip(self.terms, self.terms[1:], strict=False):
            if later.starts_on <= earlier.ends_on:
                raise CalendarRefused("starts_on", f"{later.name} must start after {earlier.name} ends.")
        self._plans: dict[int | None, _Plan] = {}
        # Most year groups share one plan: only what is closed for some tells them apart.
        self._worked_out: dict[tuple[CalendarEvent, ...], _Plan] = {}

    def _plan(self, year_group: int | None) -> _Plan:
        plan = self._plans.get(year_group)
        if plan is None:
            events = tuple(event for event in self.events if event.touches(year_group))
            plan = self._worked_out.get(events) or self._work_out(events)
            self._plans[year_group] = self._worked_out[events] = plan
        return plan

    def _work_out(self, events: tuple[CalendarEvent, ...]) -> _Plan:
        closed: dict[int, tuple[Why, CalendarEvent | None]] = {}
        for event in events:
            why = (_WHY[event.kind], event)
            for day in _ordinals(event.starts_on, event.ends_on):
                for half in event.halves:
                    closed.setdefault(day * 2 + half.index, why)
        keys: list[int] = []
        for term in self.terms:
            for day in _ordinals(term.starts_on, term.ends_on):
                weekend = (day + 6) % 7 >= _SATURDAY
                for key in (day * 2, day * 2 + 1):
                    if weekend:
                        # A Saturday of half-term is half-term; a Saturday otherwise is a Saturday.
                        if closed.get(key, (None,))[0] is not Why.HALF_TERM:
                            closed[key] = _WEEKEND
                    elif key not in closed:
                        keys.append(key)
        return _Plan(closed, keys, sorted({key // 2 for key in keys}), frozenset(keys))

    def _in_term(self, day: date) -> bool:
        position = bisect_right(self.terms, day, key=lambda term: term.starts_on)
        return position > 0 and day <= self.terms[position - 1].ends_on

    def session(self, day: date, half: Half, year_group: int | None = None) -> SessionDay:
        """What the calendar says of one session."""
        plan = self._plan(year_group)
        key = _key(day, half)
        if key in plan.open_keys:
            return SessionDay(day, half, True, Why.OPEN)
        if not self._in_term(day):
            return SessionDay(day, half, False, Why.OUTSIDE_TERM)
        why, event = plan.closed[key]
        return SessionDay(day, half, False, why, event, (key ^ 1) in plan.open_keys)

    def is_open(self, day: date, half: Half, year_group: int | None = None) -> bool:
        return _key(day, half) in self._plan(year_group).open_keys

    def is_school_day(self, day: date, year_group: int | None = None) -> bool:
        """True if at least one session of the day is held."""
        return self.is_open(day, Half.AM, year_group) or self.is_open(day, Half.PM, year_group)

    def open_sessions(self, start: date, end: date, year_group: int | None = None) -> tuple[SchoolSession, ...]:
        """The open sessions from the morning of ``start`` to the afternoon of ``end``, in order."""
        return self.sessions_between(SchoolSession(start, Half.AM), SchoolSession(end, Half.PM), year_group)

    def sessions_between(
        self, first: SchoolSession, last: SchoolSession, year_group: int | None = None
    ) -> tuple[SchoolSession, ...]:
        """The open sessions from ``first`` to ``last``, both included, in order; none if they are back to front."""
        keys = self._plan(year_group).keys
        low, high = bisect_left(keys, _key(*first)), bisect_right(keys, _key(*last))
        return tuple(SchoolSession(date.fromordinal(key // 2), Half.from_index(key % 2)) for key in keys[low:high])

    def count_sessions(self, start: date, end: date, year_group: int | None = None) -> int:
        """How many sessions ``open_sessions`` would give."""
        keys = self._plan(year_group).keys
        return max(0, bisect_right(keys, _key(end, Half.PM)) - bisect_left(keys, _key(start, Half.AM)))

    def school_days(self, start: date, end: date, year_group: int | None = None) -> tuple[date, ...]:
        """The days from ``start`` to ``end``, both included, with at least one open session."""
        days = self._plan(year_group).days
        return tuple(
            date.fromordinal(day)
            for day in days[bisect_left(days, start.toordinal()) : bisect_right(days, end.toordinal())]
        )

    def next_school_day(self, after: date, year_group: int | None = None) -> date | None:
        """The first school day later than ``after``; None past the end of the calendar."""
        return self.school_days_after(after, 1, year_group)

    def previous_school_day(self, before: date, year_group: int | None = None) -> date | None:
        """The last school day earlier than ``before``; None ahead of the calendar's start."""
        days = self._plan(year_group).days
        position = bisect_left(days, before.toordinal())
        return date.fromordinal(days[position - 1]) if position else None

    def school_days_after(self, day: date, n: int, year_group: int | None = None) -> date | None:
        """The ``n``-th school day later than ``day`` (n ≥ 1); None where the calendar does not reach that far.

        A reason for an N is due no later than the fifth (Working together to improve school attendance, 2024).
        """
        if n < 1:
            raise ValueError("n counts school days from 1")
        days = self._plan(year_group).days
        position = bisect_right(days, day.toordinal()) + n - 1
        return date.fromordinal(days[position]) if position < len(days) else None

    def school_weeks(self, start: date, end: date, year_group: int | None = None) -> tuple[date, ...]:
        """The Mondays of the school weeks that touch ``start`` to ``end``, in order.

        A school week is a week, Monday to Sunday, with at least one open session (National Framework for Penalty
        Notices, 2024); the open session counts even if it lies outside the dates asked about.
        """
        days = self._plan(year_group).days
        low = bisect_left(days, _monday(start).toordinal())
        high = bisect_right(days, _monday(end).toordinal() + 6)
        return tuple(dict.fromkeys(_monday(date.fromordinal(day)) for day in days[low:high]))


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _key(day: date, half: Half) -> int:
    return day.toordinal() * 2 + half.index


def _ordinals(start: date, end: date) -> range:
    return range(start.toordinal(), end.toordinal() + 1)
