"""The whole demo trust as one value, made from a moment and a seed; it touches no database and no clock."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time

from webapp.demo.amendments import make_amendments
from webapp.demo.arrangements import by_pupil, make_arrangements
from webapp.demo.cast_people import add_cast
from webapp.demo.earlier import YEARS_BEFORE, YearBefore, earlier_years
from webapp.demo.families import fill_with_families
from webapp.demo.gathering import Gathering
from webapp.demo.history import Story, days_set_apart, write_sheet
from webapp.demo.membership import with_groups
from webapp.demo.rates import missed_shares
from webapp.demo.schools import SCHOOLS
from webapp.demo.shapes import Amendment, People, Sheet
from webapp.demo.staff import build_staff
from webapp.demo.terms import demo_day, school_calendar
from webapp.demo.timetables import Timetable, build_timetable
from webapp.demo.today import Today, live_through_today
from webapp.people.rules.calendar import SchoolCalendar
from webapp.people.rules.school_times import LONDON, in_london
from webapp.record.rules.weeks import academic_year, academic_year_bounds

SEED = 1989
MORNING = time(8, 52)
"""The usual moment: Vale's register has closed, Hill's is open."""


@dataclass(frozen=True, slots=True)
class Trust:
    """Everything that is written. ``sheets`` are in the order of the pupils; ``at`` is the demo's moment, in UTC."""

    at: datetime
    year: int
    people: People
    calendars: dict[str, SchoolCalendar]
    timetables: dict[tuple[str, int], Timetable]
    sheets: tuple[Sheet, ...]
    today: Today
    amendments: tuple[Amendment, ...]
    years_before: tuple[YearBefore, ...]

    @property
    def day(self) -> date:
        return self.at.astimezone(LONDON).date()


def demo_moment(asked: datetime | None, today: date) -> datetime:
    """When the demo starts: 08:52 on the latest school day not after ``today``, in UTC.

    ``asked`` (aware) chooses another day and time; on a day without school the latest school day before it is taken.
    """
    wanted = asked.astimezone(LONDON) if asked else None
    latest = wanted.date() if wanted else today
    year = academic_year(latest)
    calendars = [school_calendar(code, (year - 1, year), latest) for code in SCHOOLS]
    return in_london(demo_day(latest, *calendars), wanted.time() if wanted else MORNING)


def build_trust(at: datetime, seed: int = SEED) -> Trust:
    """The demo trust at a moment given by ``demo_moment``. The same moment and seed give the same trust."""

    def rng(part: str) -> random.Random:
        return random.Random(f"{seed}/{part}")  # noqa: S311 - a demo that is the same every time

    day = at.astimezone(LONDON).date()
    year = academic_year(day)
    years = range(year - YEARS_BEFORE, year + 2)
    calendars = {code: school_calendar(code, years, day) for code in SCHOOLS}
    people = _people(rng, day, year)
    shares = missed_shares(rng("rates"), people.pupils)
    arrangements = by_pupil(
        make_arrangements(rng("arrangements"), people.pupils, shares, people.forms, calendars, year, day)
    )
    timetables = {
        (code, year_group): build_timetable(calendars[code], academic_year_bounds(year)[0], day, year_group)
        for code, school in SCHOOLS.items()
        for year_group in school.letters
    }
    set_apart = days_set_apart(year)
    sheets = tuple(
        write_sheet(
            rng(f"marks/{pupil.number}"),
            Story(pupil, shares[pupil.number], arrangements.get(pupil.number, ()), set_apart.get(pupil.faith, ())),
            timetables[pupil.school, pupil.year_group],
        )
        for pupil in people.pupils
    )
    today = live_through_today(rng("today"), people, sheets, timetables, arrangements, calendars, at)
    return Trust(
        at=at, year=year, people=people, calendars=calendars, timetables=timetables, sheets=sheets, today=today,
        amendments=tuple(make_amendments(rng("amendments"), people, sheets, timetables, at)),
        years_before=tuple(earlier_years(rng("earlier"), people.pupils, shares, calendars, year)),
    )  # fmt: skip


def _people(rng: Callable[[str], random.Random], day: date, year: int) -> People:
    gathering = Gathering(rng("families"), rng("dates"), day, year)
    add_cast(gathering)
    fill_with_families(gathering)
    return People(
        forms=gathering.forms, pupils=with_groups(rng("groups"), gathering.pupils),
        contacts=tuple(gathering.contacts), points=tuple(gathering.points), links=tuple(gathering.links),
        orders=tuple(gathering.orders), staff=build_staff(rng("staff"), gathering.forms),
    )  # fmt: skip


