"""Families as a city has them: who lives with whom, who is told, who is rung, in which language."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from webapp.demo.cast import CAST_ADULTS, CAST_SURNAMES
from webapp.demo.gathering import Gathering
from webapp.demo.names import BACKGROUNDS, Background
from webapp.people.rules.contact_points import PointKind
from webapp.people.rules.groups import Group

_CHILDREN = ((1, 2, 3, 4), (64, 27, 7, 2))
_GAPS = ((1, 2, 3, 4, 5, 6), (16, 30, 24, 14, 10, 6))
_EXTRAS = ((0, 1, 2, 3), (54, 36, 9, 1))
_STRUCTURES = (
    ("together", 560), ("separated", 205), ("mother", 115), ("father", 22), ("step", 48), ("grandparents", 18),
    ("two_mothers", 8), ("two_fathers", 5), ("foster", 8),
)  # fmt: skip
_TITLE_WORDS = {"F": ("Mrs", "Ms", "Miss", "Dr", "Mx"), "M": ("Mr", "Dr", "Mr", "Rev", "Mx")}
_TITLES = {"F": (52, 22, 20, 5, 1), "M": (94, 4, 0, 1, 1)}
_TWINS = 0.03
_SHORTEST_GAP_DAYS = 290
_EXTRA_KINDS = {
    "grandmother": "F", "grandfather": "M", "aunt": "F", "uncle": "M", "neighbour": "F", "childminder": "F",
    "family friend": "F", "older sister": "F", "older brother": "M",
}  # fmt: skip
_ORDERS = (
    ("Non-molestation order", "view,report,leave,collect,contact", True),
    ("Prohibited steps order", "collect", False),
    ("Child arrangements order", "leave,collect", False),
)


@dataclass(frozen=True, slots=True)
class _Grown:
    """An adult to be: ``at`` is "home" or "away"; ``rank`` 1 is rung first."""

    relationship: str
    sex: str
    home: bool
    responsible: bool
    extra: bool = False


@dataclass(frozen=True, slots=True)
class _Kin:
    """What a family shares: names to draw from, and whether it speaks its own language at home."""

    background: Background
    fathers: Background
    surname: str
    own_language: bool


def fill_with_families(gathering: Gathering) -> None:
    """Make families until every place in both schools is taken."""
    while free := gathering.free_places():
        years, places = zip(*sorted(free.items()), strict=True)
        gathering.families += 1
        _add_family(gathering, gathering.rng.choices(years, places)[0][1], free)


def _add_family(gathering: Gathering, first_year_group: int, free: dict[tuple[str, int], int]) -> None:
    rng = gathering.rng
    kin = _kin(rng)
    structure = rng.choices([name for name, _ in _STRUCTURES], [share for _, share in _STRUCTURES])[0]
    children = _add_children(gathering, kin, _year_groups(rng, first_year_group, free), foster=structure == "foster")
    adults = _adults(rng, structure)
    for priority, adult in enumerate(adults, start=1):
        contact = _add_adult(gathering, kin, adult, priority)
        barred = structure == "separated" and not adult.home and not adult.extra and rng.random() < 0.06
        kind, denies, silent = rng.choice(_ORDERS)
        review_in = -rng.randrange(3, 30) if rng.random() < 0.15 else rng.randrange(20, 300)
        for pupil in children:
            gathering.link(
                pupil, contact, adult.relationship, priority, home=adult.home, responsible=adult.responsible,
                collects=rng.random() < 0.85 if adult.extra and adult.relationship != "social worker" else None,
                no_contact=barred and silent,
            )  # fmt: skip
            if barred:
                gathering.order(pupil, contact, kind, denies, review_in)


def _kin(rng: random.Random) -> _Kin:
    background, fathers = rng.choices(BACKGROUNDS, [each.share for each in BACKGROUNDS], k=2)
    if rng.random() > 0.06:
        fathers = background
    surname = rng.choice([name for name in fathers.surnames if name.partition("/")[0] not in CAST_SURNAMES])
    return _Kin(background, fathers, surname, rng.random() < background.own_language)


def _year_groups(rng: random.Random, first: int, free: dict[tuple[str, int], int]) -> list[int]:
    """The year groups of brothers and sisters: the first, and others a few years away where there is room."""
    open_years = {year_group: places for (_, year_group), places in free.items()}
    groups = [first]
    for _ in range(rng.choices(*_CHILDREN)[0] - 1):
        twin = rng.random() < _TWINS and open_years.get(first, 0) > groups.count(first)
        gap = 0 if twin else rng.choices(*_GAPS)[0] * rng.choice((-1, 1))
        year_group = (max(groups) if gap > 0 else min(groups)) + gap
        if open_years.get(year_group, 0) > groups.count(year_group):
            groups.append(year_group)
    return groups


def _add_children(gathering: Gathering, kin: _Kin, year_groups: Sequence[int], *, foster: bool) -> list[int]:
    rng = gathering.rng
    born: list[date] = []
    used: set[str] = set()
    children = []
    for place, year_group in enumerate(year_groups):
        twin = year_group in year_groups[:place]
        day = born[year_groups.index(year_group)] if twin else _spaced_birthday(gathering, year_group, born)
        born.append(day)
        sex = rng.choice("FM")
        names = kin.background if rng.random() < 0.5 else kin.fathers
        first = rng.choice([name for name in (names.girls if sex == "F" else names.boys) if name not in used])
        used.add(first)
        school = "hill" if year_group <= 6 else "vale"
        ethnicity = _ethnicity(kin)
        children.append(
            gathering.add_pupil(
                gathering.choose_form(school, year_group), first, _form_of(kin.surname, sex), sex, day,
                ethnicity=ethnicity, language=kin.background.language if kin.own_language else "en",
                faith=kin.background.faith, groups=frozenset({Group.LOOKED_AFTER} if foster else ()),
            )
        )  # fmt: skip
    return children


def _spaced_birthday(gathering: Gathering, year_group: int, born: Sequence[date]) -> date:
    """A birthday in the year, far enough from those of brothers and sisters where a few tries find one."""
    day = gathering.birthday(year_group)
    for _ in range(8):
        if all(abs((day - other).days) >= _SHORTEST_GAP_DAYS for other in born):
            break
        day = gathering.birthday(year_group)
    return day


def _ethnicity(kin: _Kin) -> str:
    mother, father = kin.background.ethnicity, kin.fathers.ethnicity
    if mother == father:
        return mother
    pair = {mother[:1], father[:1]}
    return {frozenset("WB"): "MWBC", frozenset("WA"): "MWAS"}.get(frozenset(pair), "MOTH")


def _form_of(surname: str, sex: str) -> str:
    man, _, woman = surname.partition("/")
    return woman or man if sex == "F" else man


def _adults(rng: random.Random, structure: str) -> list[_Grown]:
    mother, father = _Grown("mother", "F", True, True), _Grown("father", "M", True, True)
    away_father, away_mother = _Grown("father", "M", False, rng.random() < 0.9), _Grown("mother", "F", False, True)
    if structure == "together":
        adults = [mother, father] if rng.random() < 0.86 else [father, mother]
    elif structure == "separated":
        chance = rng.random()
        with_one = [mother, away_father] if chance < 0.65 else [father, away_mother]
        adults = with_one if chance < 0.75 else [mother, father]
    elif structure == "step":
        adults = [mother, _Grown("step-father", "M", True, False)] + ([away_father] if rng.random() < 0.6 else [])
    elif structure == "grandparents":
        adults = [_Grown("grandmother", "F", True, rng.random() < 0.7)]
        adults += [_Grown("grandfather", "M", True, False)] if rng.random() < 0.6 else []
        adults += [away_mother] if rng.random() < 0.5 else []
    elif structure == "foster":
        adults = [_Grown("foster carer", rng.choice("FFM"), True, False)]
        adults.append(_Grown("social worker", "F", False, False, True))
    else:
        adults = {
            "mother": [mother], "father": [father], "two_mothers": [mother, mother], "two_fathers": [father, father],
        }[structure]  # fmt: skip
    if structure != "foster":
        for _ in range(rng.choices(*_EXTRAS)[0]):
            relationship = rng.choices(list(_EXTRA_KINDS), (30, 12, 20, 8, 8, 6, 8, 5, 3))[0]
            adults.append(_Grown(relationship, _EXTRA_KINDS[relationship], False, False, True))
    return adults


def _add_adult(gathering: Gathering, kin: _Kin, adult: _Grown, priority: int) -> int:
    rng = gathering.rng
    outside = adult.relationship in {"foster carer", "social worker", "neighbour", "childminder", "family friend"}
    names = rng.choices(BACKGROUNDS, [each.share for each in BACKGROUNDS])[0] if outside else kin.background
    if adult.relationship in {"father", "grandfather", "uncle", "step-father"} and not outside:
        names = kin.fathers
    last = _surname(rng, kin, names, adult, outside=outside)
    known = names.women if adult.sex == "F" else names.men
    first = rng.choice([name for name in known if f"{name} {last}" not in CAST_ADULTS])
    speaks = not outside and kin.own_language and rng.random() < (0.6 if adult.sex == "F" else 0.45)
    landline_only = priority == 1 and rng.random() < 0.02
    contact = gathering.add_contact(
        rng.choices(_TITLE_WORDS[adult.sex], _TITLES[adult.sex])[0], first, last,
        language=names.language if speaks else "en", needs_interpreter=speaks and rng.random() < 0.4,
        child_words="your_child" if rng.random() < 0.02 else "name", prefers_voice=landline_only,
    )  # fmt: skip
    _add_points(gathering, contact, first, last, adult, priority, landline_only=landline_only)
    return contact


def _surname(rng: random.Random, kin: _Kin, names: Background, adult: _Grown, *, outside: bool) -> str:
    if outside or adult.relationship == "step-father":
        return _form_of(rng.choice(names.surnames), adult.sex)
    keeps_own = adult.sex == "F" and bool(names.mothers_surnames) and rng.random() < (0.35 if adult.home else 0.6)
    if keeps_own:
        return rng.choice(names.mothers_surnames)
    return _form_of(kin.surname, adult.sex)


def _add_points(
    gathering: Gathering, contact: int, first: str, last: str, adult: _Grown, priority: int, *, landline_only: bool
) -> None:
    """Mobiles go to those who are told first; the others have a landline or an address."""
    rng = gathering.rng
    chance = 0.79 if priority == 1 else 0.0 if adult.extra else 0.03
    mobile = gathering.next_mobile() if not landline_only and rng.random() < chance else None
    trouble = rng.random()
    if mobile and trouble < 0.008:
        gathering.add_point(contact, PointKind.MOBILE, mobile, "bad", "Somebody else answers this number")
    elif mobile:
        gathering.add_point(contact, PointKind.MOBILE, mobile, "opted_out" if trouble > 0.994 else "usable")
    if landline_only or rng.random() < (0.2 if mobile else 0.4):
        gathering.add_point(contact, PointKind.LANDLINE, gathering.next_landline())
    elif not mobile or rng.random() < 0.55:
        gathering.add_point(contact, PointKind.EMAIL, gathering.address(first, last))
