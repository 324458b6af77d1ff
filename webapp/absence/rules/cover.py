"""What a report covers: the sessions that the child misses, and what `day_state` is told of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Protocol

from webapp.absence.rules.kinds import Kind
from webapp.absence.rules.states import State
from webapp.absence.rules.times import local_day
from webapp.foundation.words import time_words
from webapp.people.rules.calendar import SchoolCalendar
from webapp.people.rules.school_times import SchoolTimes, in_london
from webapp.people.rules.session_days import SchoolSession
from webapp.record.rules.facts import Report, ReportState, SessionRegister
from webapp.record.rules.statements import latest_words


@dataclass(frozen=True, slots=True)
class Away:
    """When a child is away. Both days are included; the times are London's, on one day."""

    kind: Kind
    starts_on: date
    ends_on: date
    leaves_at: time | None = None
    arrives_at: time | None = None

    def between(self, day: date) -> tuple[datetime | None, datetime | None]:
        """From when and until when on that day; None is the start or the end of school."""
        leaves = in_london(day, self.leaves_at) if self.kind.leaves and self.leaves_at is not None else None
        arrives = in_london(day, self.arrives_at) if self.kind.arrives and self.arrives_at is not None else None
        return leaves, arrives

    def holds(self, day: date) -> bool:
        return self.starts_on <= day <= self.ends_on


def sessions_covered(
    away: Away, calendar: SchoolCalendar, times: SchoolTimes, year_group: int | None = None
) -> tuple[SchoolSession, ...]:
    """The open sessions that the child misses when the register is taken, in order.

    Leaving after the register's close changes no mark: who was there when it was taken is present (SI 2024/208
    reg. 10).
    """
    found = []
    for session in calendar.open_sessions(away.starts_on, away.ends_on, year_group):
        leaves, arrives = away.between(session.date)
        if leaves is not None and leaves > times.register_closes(*session):
            continue
        if arrives is not None and arrives <= times.register_opens(*session):
            continue
        found.append(session)
    return tuple(found)


def sessions_touched(
    away: Away, calendar: SchoolCalendar, times: SchoolTimes, year_group: int | None = None
) -> tuple[SchoolSession, ...]:
    """The open sessions of which the child misses any part."""
    found = []
    for session in calendar.open_sessions(away.starts_on, away.ends_on, year_group):
        leaves, arrives = away.between(session.date)
        if (leaves is None or leaves < times.session_ends(*session)) and (
            arrives is None or arrives > times.register_opens(*session)
        ):
            found.append(session)
    return tuple(found)


class ReportRow(Protocol):
    """The columns of a report that say where the child is."""

    @property
    def id(self) -> int: ...
    @property
    def contact_id(self) -> int | None: ...
    @property
    def state(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def starts_on(self) -> date: ...
    @property
    def ends_on(self) -> date: ...
    @property
    def leaves_at(self) -> time | None: ...
    @property
    def arrives_at(self) -> time | None: ...
    @property
    def expected_at(self) -> datetime | None: ...
    @property
    def read_first(self) -> bool: ...
    @property
    def not_sure(self) -> bool: ...


def as_fact(report: ReportRow, session_times: SessionRegister) -> Report | None:
    """What the report says of the session of that register; None for a report about other days.

    A late child is expected at the time given. A report taken back speaks only through the time at which the child will
    come; one that was taken back from a phone that is not trusted says nothing.
    """
    day = local_day(session_times.starts_at)
    kind = Kind(report.kind)
    away = Away(kind, report.starts_on, report.ends_on, report.leaves_at, report.arrives_at)
    state = State(report.state)
    expected = report.expected_at
    if state is State.WITHDRAWN:
        if expected is None or local_day(expected) != day:
            return None
        return Report(report.id, ReportState.WITHDRAWN, expected_at=expected, read_first=report.read_first,
                      not_sure=report.not_sure, said_by=report.contact_id)  # fmt: skip
    if not away.holds(day):
        return None
    leaves, arrives = away.between(day)
    if kind is Kind.LATE:
        expected, arrives = expected or arrives, None
    elif expected is not None and local_day(expected) != day:
        expected = None
    return Report(
        report.id, ReportState(state.value), leaves, arrives, expected, report.read_first, report.not_sure,
        report.contact_id,
    )  # fmt: skip


def replaced(reports: Sequence[ReportRow], session_times: SessionRegister) -> frozenset[int]:
    """The numbers of those in whose place the same adult has said something else since, on the day of that register.

    ``reports`` are one child's, in the order in which they were said.
    """
    said = [fact for report in reports if (fact := as_fact(report, session_times)) is not None]
    return frozenset(each.id for each in said) - {each.id for each in latest_words(said)}


def halves_words(away: Away) -> str:
    """How a parent reads the span of one day: "all day", "until 10:30am", "from 2pm", "10am to 11:30am"."""
    leaves = time_words(away.leaves_at) if away.kind.leaves and away.leaves_at else ""
    arrives = time_words(away.arrives_at) if away.kind.arrives and away.arrives_at else ""
    if leaves and arrives:
        return f"{leaves} to {arrives}"
    if arrives:
        return f"until {arrives}"
    return f"from {leaves}" if leaves else "all day"

