"""Collects pupils, adults and what ties them, while families are made; hands out the numbers kept for drama."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from webapp.demo.letters import plain_letters
from webapp.demo.names import Faith
from webapp.demo.schools import LOCAL_AUTHORITY, SCHOOLS, born_between, build_forms
from webapp.demo.shapes import Contact, Form, Order, Point, Pupil
from webapp.people.rules.contact_points import PointKind
from webapp.people.rules.fictional_numbers import FICTIONAL_LANDLINES, fictional_landline, fictional_mobile
from webapp.people.rules.groups import Group
from webapp.people.rules.identifiers import make_upn
from webapp.people.rules.rights import Link, is_parent, with_usual_rights

# The lower numbers are the cast's, and the two schools' own.
_FIRST_FREE_MOBILE = 60
_FIRST_FREE_LANDLINE = 60
_WRONG_MOBILE = 404
_DSL = {"hill": "D Bell", "vale": "S Desai"}


@dataclass(slots=True)
class Gathering:
    """Everybody so far. ``places`` counts the free places of each form; ``year`` is the academic year of ``day``.

    Dates are drawn from ``dates`` and all else from ``rng``, so that the people are the same whatever the day.
    """

    rng: random.Random
    dates: random.Random
    day: date
    year: int
    forms: tuple[Form, ...] = field(default_factory=build_forms)
    pupils: list[Pupil] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    places: list[int] = field(init=False)
    families: int = 0
    _mobiles: Iterator[int] = field(init=False)
    _landlines: Iterator[int] = field(init=False)
    _addresses: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.places = [form.size for form in self.forms]
        self._mobiles = (n for n in range(_FIRST_FREE_MOBILE, 1000) if n != _WRONG_MOBILE)
        self._landlines = iter(range(_FIRST_FREE_LANDLINE, FICTIONAL_LANDLINES))

    def free_places(self) -> dict[tuple[str, int], int]:
        """Free places by school and year group, where there are any."""
        free: dict[tuple[str, int], int] = {}
        for form, places in zip(self.forms, self.places, strict=True):
            if places:
                free[form.school, form.year_group] = free.get((form.school, form.year_group), 0) + places
        return free

    def find_form(self, school: str, name: str) -> Form:
        return next(form for form in self.forms if (form.school, form.name) == (school, name))

    def choose_form(self, school: str, year_group: int) -> Form:
        """A form of the year with a free place, the emptier the likelier."""
        forms = [form for form in self.forms if (form.school, form.year_group) == (school, year_group)]
        return self.rng.choices(forms, [self.places[form.number] for form in forms])[0]

    def birthday(self, year_group: int) -> date:
        first, last = born_between(self.year, year_group)
        return first + timedelta(days=self.dates.randrange((last - first).days + 1))

    def joined(self, school: str, year_group: int) -> date:
        """When a pupil came on roll: mostly at the school's entry, some later, a few this term."""
        first_year = SCHOOLS[school].first_year
        entered = date(self.year - (year_group - first_year), 9, 1)
        chance = self.dates.random()
        if chance < 0.01 and (self.day - date(self.year, 9, 1)).days > 45:
            return self.day - timedelta(days=self.dates.randrange(15, 40))
        if year_group == 12 and chance < 0.2:
            return date(self.year, 9, 1)
        if chance < 0.1 and entered.year < self.year:
            return date(self.dates.randrange(entered.year + 1, self.year + 1), 9, 1)
        return entered

    def add_pupil(
        self, form: Form, first: str, last: str, sex: str, born: date, *, ethnicity: str, language: str, faith: Faith,
        legal: str = "", key: str = "", groups: frozenset[Group] = frozenset(), rate: float | None = None,
        joined: date | None = None,
    ) -> int:  # fmt: skip
        """Give the pupil a place in the form; returns their number."""
        self.places[form.number] -= 1
        number = len(self.pupils)
        self.pupils.append(
            Pupil(
                number=number, family=self.families, school=form.school, form=form.number, year_group=form.year_group,
                first_name=first, legal_first_name=legal or first, last_name=last, sex=sex, born=born,
                ethnicity=ethnicity, language=language, faith=faith,
                joined=joined or self.joined(form.school, form.year_group), key=key, groups=groups, rate=rate,
            )
        )  # fmt: skip
        return number

    def add_contact(self, title: str, first: str, last: str, **more: str | bool) -> int:
        number = len(self.contacts)
        self.contacts.append(Contact(number, title, first, last, **more))  # type: ignore[arg-type]
        return number

    def add_point(self, contact: int, kind: PointKind, value: str, state: str = "usable", reason: str = "") -> None:
        priority = 1 + sum(1 for point in reversed(self.points[-4:]) if point.contact == contact)
        self.points.append(Point(contact, kind, value, priority, state, reason))

    def next_mobile(self) -> str | None:
        """A mobile that nobody has, None when the thousand are spent."""
        n = next(self._mobiles, None)
        return None if n is None else fictional_mobile(n)

    def next_landline(self) -> str:
        return fictional_landline(next(self._landlines))

    def address(self, first: str, last: str) -> str:
        """An e-mail address at .example that nobody has, in plain letters."""
        stem = f"{plain_letters(first)}.{plain_letters(last)}"
        for ending in ("", *map(str, range(2, 1000))):
            address = f"{stem}{ending}@family.example"
            if address not in self._addresses:
                self._addresses.add(address)
                return address
        raise ValueError("too many people of one name")

    def link(
        self, pupil: int, contact: int, relationship: str, priority: int, *, home: bool, responsible: bool,
        collects: bool | None = None, no_contact: bool = False,
    ) -> None:  # fmt: skip
        """Tie an adult to a child with the rights that a school starts from."""
        parent = is_parent(relationship, parental_responsibility=responsible, lives_with=home)
        usual = with_usual_rights(
            Link(pupil, contact, relationship, priority, parent, responsible, home, do_not_contact=no_contact)
        )
        if collects is not None:
            usual = with_collecting(usual, collects)
        self.links.append(usual)

    def order(self, pupil: int, contact: int, kind: str, denies: str, review_in: int) -> None:
        """A court order; ``review_in`` is days from the demo's day."""
        begins = self.day - timedelta(days=self.dates.randrange(120, 600))
        number = len(self.orders) + 1
        self.orders.append(
            Order(
                pupil, contact, kind, denies, begins, None, self.day + timedelta(days=review_in),
                f"Order {begins.year}/{number:03}", _DSL[self.pupils[pupil].school],
            )
        )  # fmt: skip


def with_collecting(link: Link, collects: bool) -> Link:
    """The link with the right to collect set by hand."""
    return replace(link, may_collect=collects)


def upn_of(pupil: Pupil, year: int) -> str:
    """A UPN by the school that the pupil first went to, in the year of their reception class."""
    entered = year - pupil.year_group
    return make_upn(LOCAL_AUTHORITY, 2001 + pupil.number // 1000, entered, pupil.number % 1000)

