"""What a file of marks is read against: the school's enrolments by their numbers, its calendar, and today."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import and_, select

from webapp.foundation.db import read_door
from webapp.foundation.sessions import Half
from webapp.people.models import Enrolment, Placement, Pupil
from webapp.people.queries import calendar_of, times_of
from webapp.people.rules.calendar import SchoolCalendar
from webapp.people.services.imports import Scope
from webapp.record.rules.weeks import academic_year

# The clock of the school's own system, and the register that a tutor opens early.
_LEEWAY = timedelta(minutes=30)
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class OnRoll:
    """One enrolment as a mark needs it."""

    id: int
    starts_on: date
    ends_on: date | None
    date_of_birth: date

    def holds(self, on: date) -> bool:
        return self.starts_on <= on and (self.ends_on is None or on <= self.ends_on)


@dataclass(frozen=True)
class Facts:
    """Enrolments by UPN and by admission number, oldest first. An admission number is kept without its zeros too."""

    today: date
    now: datetime
    by_upn: dict[str, tuple[OnRoll, ...]]
    by_number: dict[str, tuple[OnRoll, ...]]
    calendar: SchoolCalendar
    begun: frozenset[Half]
    year_groups: dict[int, tuple[tuple[date, int], ...]]

    def is_open(self, on: date, half: Half) -> bool | None:
        """Whether school was open to everybody then; None where it differs by year group.

        A school year for which the calendar has no term is taken as open on weekdays: nobody entered it.
        """
        if not self.knows_year(on):
            return on.weekday() < _SATURDAY
        if any(
            event.year_groups is not None and event.starts_on <= on <= event.ends_on and half in event.halves
            for event in self.calendar.events
        ):
            return None
        return self.calendar.is_open(on, half)

    def is_open_to(self, enrolment_id: int, on: date, half: Half) -> bool:
        """Whether school was open to this pupil then."""
        known = [group for starts_on, group in self.year_groups.get(enrolment_id, ()) if starts_on <= on]
        return self.calendar.is_open(on, half, known[-1] if known else None)

    def knows_year(self, on: date) -> bool:
        return any(academic_year(term.starts_on) == academic_year(on) for term in self.calendar.terms)

    def has_begun(self, on: date, half: Half) -> bool:
        return on < self.today or (on == self.today and half in self.begun)


def load_facts(scope: Scope) -> Facts:
    """Read what a file needs, in a few queries."""
    keys = (scope.organisation_id, scope.school_id)
    with read_door() as db:
        rows = db.execute(
            select(
                Enrolment.id, Enrolment.starts_on, Enrolment.ends_on, Pupil.date_of_birth, Pupil.upn,
                Enrolment.admission_number,
            )
            .join(Pupil, and_(Pupil.organisation_id == Enrolment.organisation_id, Pupil.id == Enrolment.pupil_id))
            .where(Enrolment.organisation_id == keys[0], Enrolment.school_id == keys[1])
            .order_by(Enrolment.starts_on)
        ).all()  # fmt: skip
        placements = db.execute(
            select(Placement.enrolment_id, Placement.starts_on, Placement.year_group)
            .where(Placement.organisation_id == keys[0], Placement.school_id == keys[1])
            .order_by(Placement.starts_on)
        ).all()
        calendar, times = calendar_of(db, *keys), times_of(db, *keys, scope.today)
    by_upn: dict[str, list[OnRoll]] = defaultdict(list)
    by_number: dict[str, list[OnRoll]] = defaultdict(list)
    for row in rows:
        enrolment = OnRoll(row.id, row.starts_on, row.ends_on, row.date_of_birth)
        if row.upn:
            by_upn[row.upn].append(enrolment)
        if row.admission_number:
            by_number[row.admission_number.upper()].append(enrolment)
    years: dict[int, list[tuple[date, int]]] = defaultdict(list)
    for place in placements:
        years[place.enrolment_id].append((place.starts_on, place.year_group))
    return Facts(
        scope.today, scope.now, _fixed(by_upn), {**_without_zeros(by_number), **_fixed(by_number)}, calendar,
        frozenset(half for half in Half if scope.now >= times.register_opens(scope.today, half) - _LEEWAY),
        {enrolment_id: tuple(found) for enrolment_id, found in years.items()},
    )  # fmt: skip


def _fixed(found: dict[str, list[OnRoll]]) -> dict[str, tuple[OnRoll, ...]]:
    return {number: tuple(enrolments) for number, enrolments in found.items()}


def _without_zeros(found: dict[str, list[OnRoll]]) -> dict[str, tuple[OnRoll, ...]]:
    """A workbook drops the zeros before a number; they are given back where only one number fits."""
    short: dict[str, list[Sequence[OnRoll]]] = defaultdict(list)
    for number, enrolments in found.items():
        short[number.lstrip("0")].append(enrolments)
    return {number: tuple(only[0]) for number, only in short.items() if len(only) == 1 and number}
