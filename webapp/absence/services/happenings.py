"""What the floors above are told about reports; all of one school each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from webapp.foundation.events import Event


@dataclass(frozen=True, slots=True)
class ReportEvent(Event):
    """Something about one report. ``state`` is the report's state now (``absence.rules.states.State``)."""

    school_id: int
    enrolment_id: int
    pupil_id: int
    report_id: int
    starts_on: date
    ends_on: date
    state: str


@dataclass(frozen=True, slots=True)
class ReportMade(ReportEvent):
    """A family told school why a child is away. A held one explains nothing yet."""

    danger: bool = False


@dataclass(frozen=True, slots=True)
class ReportChanged(ReportEvent):
    """The family changed the report, or a held one was released; ``before_starts_on`` to ``before_ends_on`` are the
    days that it covered before."""

    before_starts_on: date | None = None
    before_ends_on: date | None = None
    danger: bool = False


@dataclass(frozen=True, slots=True)
class ReportWithdrawn(ReportEvent):
    """The family took the report back; ``expected_at`` is when the child will come, None where that is not trusted."""

    expected_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReportDecided(ReportEvent):
    """School decided on sessions of the report, or undid that; ``sessions`` are (date, half 0 or 1)."""

    sessions: tuple[tuple[date, int], ...] = ()
    accepted: bool | None = None


@dataclass(frozen=True, slots=True)
class ReportDanger(Event):
    """Words of danger were found in a report or in the talk on it; the DSL has been written to."""

    school_id: int
    pupil_id: int
    report_id: int
