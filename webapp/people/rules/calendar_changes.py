"""A term or a closed day as somebody types it on the calendar's page, and whether the calendar takes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from webapp.foundation.sessions import BOTH_HALVES
from webapp.people.rules.calendar import SchoolCalendar
from webapp.people.rules.files.cells import read_date
from webapp.people.rules.files.rejections import CellRefused
from webapp.people.rules.names import clean_line
from webapp.people.rules.refusals import Refused
from webapp.people.rules.session_days import (
    CalendarEvent,
    CalendarRefused,
    EventKind,
    Term,
    read_halves,
    read_year_groups,
)

T = TypeVar("T")
TERM = "term"
LABELS: dict[str, str] = {
    TERM: "Term",
    EventKind.HALF_TERM: "Half-term",
    EventKind.INSET: "INSET day",
    EventKind.BANK_HOLIDAY: "Bank holiday",
    EventKind.CLOSURE_PLANNED: "Planned closure",
    EventKind.CLOSURE_UNPLANNED: "Unplanned closure",
}
"""What can be added, as pages call it."""
_LONGEST_TERM, _LONGEST_EVENT = 190, 60
_NAME, _REASON = 60, 200


class EntryRefused(Refused):
    """What was typed cannot stand in the calendar; ``errors`` names every field."""

    def __init__(self, errors: Sequence[Refused]) -> None:
        super().__init__(errors[0].field, errors[0].mend)
        self.errors = tuple(errors)


class CalendarMoved(Refused):
    """Somebody changed the calendar after the page was opened."""

    def __init__(self) -> None:
        super().__init__("calendar", "Somebody has changed the calendar meanwhile. Look at it again.")


class EntryUnknown(Refused):
    """This school's calendar never had it."""

    def __init__(self) -> None:
        super().__init__("calendar", "This is not in the calendar. Look at it again.")


@dataclass(frozen=True, slots=True)
class TypedEntry:
    """The form's texts. ``years`` are year numbers with commas between them, empty for the whole school."""

    kind: str
    name: str
    starts_on: str
    ends_on: str
    half: str = "all"
    years: str = ""


def read_entry(typed: TypedEntry) -> Term | CalendarEvent:
    """The term or event that was typed. Raises ``EntryRefused``."""
    errors: list[Refused] = []

    def read(field: str, reader: Callable[[str], T], raw: str) -> T | None:
        try:
            return reader(raw)
        except (CellRefused, CalendarRefused) as refused:
            errors.append(Refused(field, refused.mend))
            return None

    if typed.kind not in LABELS:
        errors.append(Refused("kind", "Choose what it is."))
    is_term = typed.kind == TERM
    longest = _NAME if is_term else _REASON
    name = clean_line(typed.name, len(typed.name) * 4 + 1)
    if is_term and not name:
        errors.append(Refused("name", "Enter the name of the term, like Autumn."))
    if len(name) > longest:
        errors.append(Refused("name", f"Use {longest} letters at most."))
    starts_on = read("starts_on", read_date, typed.starts_on)
    if is_term and not typed.ends_on.strip():
        errors.append(Refused("ends_on", "Enter the last day of the term."))
    ends_on = read("ends_on", read_date, typed.ends_on) if typed.ends_on.strip() else starts_on
    halves = read("half", read_halves, typed.half or "all")
    years = read("years", read_year_groups, typed.years)
    if is_term and (halves not in (None, BOTH_HALVES) or years):
        errors.append(Refused("half", "A term is for whole days and every year."))
    if starts_on is not None and ends_on is not None:
        errors += _check_length(starts_on, ends_on, is_term=is_term)
    if errors or starts_on is None or ends_on is None or halves is None:
        raise EntryRefused(errors)
    if is_term:
        return Term(name, starts_on, ends_on)
    return CalendarEvent(EventKind(typed.kind), starts_on, ends_on, halves, years, name)


def _check_length(starts_on: date, ends_on: date, *, is_term: bool) -> list[Refused]:
    days = (ends_on - starts_on).days + 1
    if days < 1:
        return [Refused("ends_on", "The last day is before the first day. Check both.")]
    if days > (_LONGEST_TERM if is_term else _LONGEST_EVENT):
        return [Refused("ends_on", f"That is {days:,} days. Check the year of both days.")]
    return []


def check_fits(calendar: SchoolCalendar, value: Term | CalendarEvent) -> None:
    """Raises ``EntryRefused`` for a term that overlaps another, and for a closed day that is there or in no term."""
    if isinstance(value, Term):
        for term in calendar.terms:
            if value.starts_on <= term.ends_on and term.starts_on <= value.ends_on:
                raise EntryRefused([Refused("starts_on", f"{term.name} has some of these days. Check both terms.")])
        return
    if any(key_of(event) == key_of(value) for event in calendar.events):
        raise EntryRefused([Refused("starts_on", "This is in the calendar already. Take it away first to change it.")])
    if not any(value.starts_on <= term.ends_on and term.starts_on <= value.ends_on for term in calendar.terms):
        raise EntryRefused(
            [Refused("starts_on", "This is in no term, so school is closed then anyway. Check the day.")]
        )


def key_of(value: Term | CalendarEvent) -> str:
    """What makes it this one in the school's calendar, for an address: "term.2026-04-13",
    "inset.2026-06-26.all.3-4"."""
    if isinstance(value, Term):
        return f"{TERM}.{value.starts_on.isoformat()}"
    years = "_".join(str(year) for year in sorted(value.year_groups or ()))
    return f"{value.kind.value}.{value.starts_on.isoformat()}.{half_of(value)}.{years}"


def half_of(event: CalendarEvent) -> str:
    """ "am", "pm" or "all"."""
    return "all" if event.halves == BOTH_HALVES else event.halves[0].value


def find_entry(calendar: SchoolCalendar, key: str) -> Term | CalendarEvent | None:
    """The term or event of that key, or None."""
    every: tuple[Term | CalendarEvent, ...] = (*calendar.terms, *calendar.events)
    return next((value for value in every if key_of(value) == key), None)


def holds(value: Term | CalendarEvent, day: date) -> bool:
    """Whether a day lies in it."""
    return value.starts_on <= day <= value.ends_on
