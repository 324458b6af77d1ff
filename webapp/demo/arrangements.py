"""Sessions that go otherwise by agreement: another school, other provision, part-time timetables, trips, leave."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from webapp.demo.shapes import Form, Pupil
from webapp.foundation.sessions import BOTH_HALVES, Half
from webapp.people.rules.calendar import SchoolCalendar

_DAY = timedelta(days=1)
_EVERY_DAY = frozenset(range(5))
TRIP_FORM, TRIP_SIZE = ("vale", "7C"), 12


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Code ``code`` on these weekdays and halves from ``starts_on`` to ``ends_on``, for one pupil.

    ``kind`` is what an expectation of it is called: elsewhere, part_time, leave, appointment; empty for what is only a
    mark. ``at`` and ``until`` are times of day.
    """

    pupil: int
    code: str
    starts_on: date
    ends_on: date
    kind: str = ""
    place: str = ""
    note: str = ""
    weekdays: frozenset[int] = _EVERY_DAY
    halves: tuple[Half, ...] = BOTH_HALVES
    at: time = time(9, 0)
    until: time = time(15, 0)

    def holds(self, day: date, half: Half) -> bool:
        return self.starts_on <= day <= self.ends_on and day.weekday() in self.weekdays and half in self.halves


def make_arrangements(
    rng: random.Random, pupils: Sequence[Pupil], shares: Sequence[float], forms: Sequence[Form],
    calendars: dict[str, SchoolCalendar], year: int, day: date,
) -> list[Arrangement]:  # fmt: skip
    """This year's arrangements; some of each kind reach today, so that today's board has something planned."""
    planner = _Planner(rng, pupils, shares, forms, calendars, date(year, 9, 1), day)
    planner.other_places()
    planner.part_time()
    planner.sixth_form()
    planner.trips()
    planner.leave()
    planner.mishaps()
    planner.appointments()
    return planner.made


class _Planner:
    def __init__(
        self, rng: random.Random, pupils: Sequence[Pupil], shares: Sequence[float], forms: Sequence[Form],
        calendars: dict[str, SchoolCalendar], first: date, day: date,
    ) -> None:  # fmt: skip
        self.rng, self.shares, self.forms, self.calendars = rng, shares, forms, calendars
        self.first, self.day = first, day
        self.free = [pupil for pupil in pupils if not pupil.key]
        self.everybody = pupils
        self.made: list[Arrangement] = []

    def take(self, count: int, fits: Callable[[Pupil], bool]) -> list[Pupil]:
        """Pupils that fit, each for one arrangement of the long kinds only."""
        able = [pupil for pupil in self.free if fits(pupil)]
        chosen = self.rng.sample(able, min(count, len(able)))
        taken = {pupil.number for pupil in chosen}
        self.free = [pupil for pupil in self.free if pupil.number not in taken]
        return chosen

    def ago(self, school: str, days: int) -> date:
        """The school day so many before today, not before the year began."""
        found = self.calendars[school].school_days(self.first, self.day)
        return found[max(0, len(found) - 1 - days)]

    def ahead(self, school: str, days: int) -> date:
        return self.calendars[school].school_days_after(self.day, days) or self.day

    def other_places(self) -> None:
        today = self.day.weekday()

        def older(pupil: Pupil, from_year: int) -> bool:
            return from_year <= pupil.year_group <= 11 and self.shares[pupil.number] < 0.3

        for pupil in self.take(2, lambda p: older(p, 7)):
            self.made.append(
                Arrangement(
                    pupil.number, "D", self.first, self.ahead("vale", 15), "elsewhere", "Fairfield School",
                    weekdays=frozenset({today, (today + 1) % 5}), at=time(8, 50),
                )
            )  # fmt: skip
        for pupil in self.take(4, lambda p: older(p, 9)):
            self.made.append(
                Arrangement(
                    pupil.number, "B", self.ago("vale", 30), self.ahead("vale", 15), "elsewhere", "Riverside Centre",
                    "Construction course, Riverside Centre", frozenset({today, (today + 2) % 5}), at=time(9, 15),
                )
            )  # fmt: skip
        for pupil in self.take(2, lambda p: older(p, 8)):
            self.made.append(
                Arrangement(
                    pupil.number, "K", self.ago("vale", 18), self.ahead("vale", 15), "elsewhere",
                    "Hospital and Home Tuition", "Tuition arranged by the council, in the mornings",
                    halves=(Half.AM,), at=time(9, 30), until=time(11, 30),
                )
            )  # fmt: skip

    def part_time(self) -> None:
        for pupil in self.take(7, lambda p: 1 <= p.year_group <= 10 and 0.24 <= self.shares[p.number] < 0.5):
            days = self.calendars[pupil.school].school_days(self.first, self.day)
            length = min(26, int(0.9 * self.shares[pupil.number] * len(days)))
            if length:
                self.made.append(
                    Arrangement(
                        pupil.number, "C2", self.ago(pupil.school, length), self.ahead(pupil.school, 10), "part_time",
                        "At home", halves=(Half.PM,), at=time(13, 10),
                    )
                )  # fmt: skip

    def sixth_form(self) -> None:
        for pupil in self.everybody:
            if pupil.year_group >= 12 and self.rng.random() < 0.42:
                for weekday in self.rng.sample(range(5), self.rng.choice((1, 1, 2))):
                    self.made.append(
                        Arrangement(
                            pupil.number, "X", self.first, self.ahead("vale", 30), weekdays=frozenset({weekday}),
                            halves=(Half.PM,) if self.rng.random() < 0.8 else (Half.AM,),
                        )
                    )  # fmt: skip

    def trips(self) -> None:
        places = (
            ("Bolton Abbey", "5W"), ("Eureka! museum", "2M"), ("City farm", "RD"), ("Royal Armouries", "6C"),
            ("Theatre Royal", "10A"), ("Malham Cove", "9C"), ("Science museum", "8E"), ("Crown Court", "12B"),
            ("University open day", "13C"), ("Battlefields exhibition", "9F"),
        )  # fmt: skip
        for place, name in places:
            form = next(form for form in self.forms if form.name == name)
            days = self.calendars[form.school].school_days(self.first, self.day - _DAY, form.year_group)
            if len(days) > 3:
                when = days[self.rng.randrange(3, len(days))]
                self.made += [
                    Arrangement(pupil.number, "V", when, when, place=place)
                    for pupil in self.everybody if pupil.form == form.number
                ]  # fmt: skip
        group = [pupil for pupil in self.free if (pupil.school, self.forms[pupil.form].name) == TRIP_FORM][:TRIP_SIZE]
        self.made += [
            Arrangement(pupil.number, "V", self.day, self.day, "elsewhere", "Malham Field Centre", at=time(10, 0))
            for pupil in group
        ]
        placed = self.calendars["vale"].school_days(self.first + timedelta(weeks=5), self.day - _DAY)[:5]
        self.made += [
            Arrangement(pupil.number, "W", placed[0], placed[-1], place="Work placement", note="Work experience")
            for pupil in self.everybody if pupil.year_group == 12 and placed
        ]  # fmt: skip

    def leave(self) -> None:
        for place, pupil in enumerate(self.take(14, lambda p: 0.02 < self.shares[p.number] < 0.4)):
            if place < 3:
                starts_on, kind = self.ago(pupil.school, 1), "leave"
                ends_on = self.ahead(pupil.school, 1)
            else:
                starts_on, kind = self.ago(pupil.school, self.rng.randrange(4, 60)), ""
                ends_on = starts_on + self.rng.randrange(3) * _DAY
                if ends_on >= self.ago(pupil.school, 1):
                    continue
            self.made.append(Arrangement(pupil.number, "C", starts_on, ends_on, kind, at=time(8, 30)))
        for pupil in self.take(6, lambda p: p.year_group == 13):
            when = self.ago("vale", self.rng.randrange(2, 40))
            if when >= self.ago("vale", 1):
                continue
            self.made.append(Arrangement(pupil.number, "J1", when, when, halves=(Half.AM,)))

    def mishaps(self) -> None:
        """A storm that stopped the roads (Y2), a school bus that did not come (Y1), a match (P), other causes (Y7)."""
        riders = [pupil for pupil in self.everybody if pupil.school == "vale" and self.rng.random() < 0.12]
        days = self.calendars["vale"].school_days(self.first + timedelta(weeks=4), self.day - 3 * _DAY)
        if days:
            storm, breakdown, match = (days[int(len(days) * part)] for part in (0.8, 0.45, 0.6))
            self.made += [Arrangement(pupil.number, "Y2", storm, storm) for pupil in riders]
            self.made += [
                Arrangement(pupil.number, "Y1", breakdown, breakdown, halves=(Half.AM,)) for pupil in riders[::4]
            ]
            for pupil in self.take(22, lambda p: 7 <= p.year_group <= 11 and self.shares[p.number] < 0.2):
                self.made.append(Arrangement(pupil.number, "P", match, match, place="Cross-country", halves=(Half.PM,)))
            for pupil in self.take(2, lambda p: p.school == "vale"):
                self.made.append(
                    Arrangement(pupil.number, "Y7", match, match, note="Flooded out of the house in the night")
                )

    def appointments(self) -> None:
        """Today's, two at each school: they come in afterwards."""
        for school, (at, until) in (("hill", (time(8, 45), time(10, 0))), ("vale", (time(8, 20), time(9, 45)))):
            for pupil in self.take(2, lambda p, school=school: p.school == school and self.shares[p.number] < 0.2):  # type: ignore[misc]
                self.made.append(
                    Arrangement(
                        pupil.number, "M", self.day, self.day, "appointment", "Dentist", halves=(Half.AM,), at=at,
                        until=until,
                    )
                )  # fmt: skip


def by_pupil(arrangements: Iterable[Arrangement]) -> dict[int, list[Arrangement]]:
    """The arrangements of each pupil, in the order in which they were made."""
    found: dict[int, list[Arrangement]] = {}
    for each in arrangements:
        found.setdefault(each.pupil, []).append(each)
    return found
