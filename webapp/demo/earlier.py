"""The two years before this one, as yearly figures: the marks stayed in the system that the school had then."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from webapp.demo.schools import SCHOOLS
from webapp.demo.shapes import Pupil
from webapp.people.rules.calendar import SchoolCalendar
from webapp.record.rules.arithmetic import Tally
from webapp.record.rules.weeks import academic_year_bounds

YEARS_BEFORE = 2
_CAME_WITHOUT_FIGURES = 0.3


@dataclass(frozen=True, slots=True)
class YearBefore:
    """The figures of one pupil in one earlier year."""

    pupil: int
    year: int
    tally: Tally


def earlier_years(
    rng: random.Random, pupils: Sequence[Pupil], shares: Sequence[float], calendars: Mapping[str, SchoolCalendar],
    year: int,
) -> list[YearBefore]:  # fmt: skip
    """Figures of every year in which the pupil was at school; those who came from elsewhere may have none."""
    sessions = {
        (school, before): calendar.count_sessions(*academic_year_bounds(year - before))
        for school, calendar in calendars.items()
        for before in range(1, YEARS_BEFORE + 1)
    }
    made = []
    for pupil in pupils:
        entry = year - (pupil.year_group - SCHOOLS[pupil.school].first_year)
        if pupil.joined.year > entry and pupil.joined.year >= year and rng.random() < _CAME_WITHOUT_FIGURES:
            continue
        for before in range(1, min(YEARS_BEFORE, pupil.year_group) + 1):
            school = pupil.school if pupil.year_group - before >= SCHOOLS[pupil.school].first_year else "hill"
            made.append(
                YearBefore(pupil.number, year - before, _figures(rng, shares[pupil.number], sessions[school, before]))
            )
    return made


def _figures(rng: random.Random, share: float, sessions: int) -> Tally:
    """A year near this one's share: a little better as a rule, a little worse for some."""
    possible = sessions - rng.choice((0, 0, 0, 0, 2, 4))
    missed = min(possible, round(possible * min(0.95, share * rng.uniform(0.6, 1.15) + rng.uniform(0, 0.012))))
    unauthorised = round(missed * min(0.8, rng.betavariate(1.2, 3.6)))
    authorised = missed - unauthorised
    present = possible - missed
    late = min(present, int(rng.expovariate(1 / 7)))
    return Tally(
        possible=possible, present=present, authorised=authorised, unauthorised=unauthorised, late=late,
        illness=round(authorised * rng.uniform(0.6, 0.95)),
    )  # fmt: skip
