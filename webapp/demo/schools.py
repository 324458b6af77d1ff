"""The two schools of the demo trust: addresses, times of the day and forms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from itertools import count
from typing import Any

from webapp.demo.shapes import Form
from webapp.people.rules.settings import (
    AM_REGISTER_CLOSES,
    AM_REGISTER_OPENS,
    AM_SESSION_ENDS,
    PM_REGISTER_CLOSES,
    PM_REGISTER_OPENS,
    PM_SESSION_ENDS,
    PUPIL_REPORTS_FROM_AGE,
    REGISTER_KEPT_IN,
    SettingKey,
    Settings,
)

TRUST_NAME = "Hill and Vale Learning Trust"
# 999 is no local authority of England.
LOCAL_AUTHORITY = 999


@dataclass(frozen=True, slots=True)
class DemoSchool:
    """One school. ``first_year`` is its year of entry; ``letters`` are its forms, by year group."""

    code: str
    name: str
    phone: str
    urn: str
    establishment: int
    colour: int
    first_year: int
    letters: dict[int, str]
    sizes: dict[int, tuple[int, ...]]
    settings: Settings

    @property
    def dfe_number(self) -> str:
        return f"{LOCAL_AUTHORITY}{self.establishment}"


def _times(opens: str, closes: str, noon: str, again: str, again_closes: str, ends: str, kept_in: str) -> Settings:
    settings = Settings()
    for key, text in (
        (AM_REGISTER_OPENS, opens), (AM_REGISTER_CLOSES, closes), (AM_SESSION_ENDS, noon),
        (PM_REGISTER_OPENS, again), (PM_REGISTER_CLOSES, again_closes), (PM_SESSION_ENDS, ends),
    ):  # fmt: skip
        settings = settings.having(key, time.fromisoformat(text))
    return settings.having(REGISTER_KEPT_IN, kept_in)


HILL = DemoSchool(
    code="hill", name="Hill Primary", phone="01632 960001", urn="999001", establishment=2001, colour=2, first_year=0,
    letters={0: "DP", 1: "BH", 2: "MT", 3: "KD", 4: "BS", 5: "JW", 6: "RC"},
    sizes={0: (30, 29), 1: (30, 30), 2: (31, 30), 3: (30, 29), 4: (30, 31), 5: (30, 30), 6: (29, 31)},
    settings=_times("08:50", "09:15", "12:10", "13:10", "13:35", "15:20", "firstbell"),
)  # fmt: skip
VALE = DemoSchool(
    code="vale", name="Vale Academy", phone="01632 960002", urn="999002", establishment=4001, colour=1, first_year=7,
    letters={**dict.fromkeys(range(7, 12), "ABCDEF"), 12: "ABCD", 13: "ABCD"},
    sizes={**dict.fromkeys(range(7, 12), (32, 32, 31, 31, 32, 31)), 12: (28, 27, 28, 27), 13: (24, 24, 24, 23)},
    settings=_times("08:30", "08:45", "12:40", "13:20", "13:35", "15:10", "school_system").having(
        PUPIL_REPORTS_FROM_AGE, 16
    ),
)  # fmt: skip
SCHOOLS: dict[str, DemoSchool] = {school.code: school for school in (HILL, VALE)}
HELD_KEYS: tuple[SettingKey[Any], ...] = (
    AM_REGISTER_OPENS, AM_REGISTER_CLOSES, AM_SESSION_ENDS, PM_REGISTER_OPENS, PM_REGISTER_CLOSES, PM_SESSION_ENDS,
    REGISTER_KEPT_IN, PUPIL_REPORTS_FROM_AGE,
)  # fmt: skip


def form_name(year_group: int, letter: str) -> str:
    """3K; a reception form is RD."""
    return f"{'R' if year_group == 0 else year_group}{letter}"


def build_forms() -> tuple[Form, ...]:
    """Every form of both schools, in the order of school, year and letter."""
    numbers = count()
    return tuple(
        Form(next(numbers), school.code, form_name(year_group, letter), year_group, size)
        for school in SCHOOLS.values()
        for year_group, letters in school.letters.items()
        for letter, size in zip(letters, school.sizes[year_group], strict=True)
    )


def born_between(year: int, year_group: int) -> tuple[date, date]:
    """The first and last day of birth of a year group in the academic year that begins in ``year``."""
    return date(year - 5 - year_group, 9, 1), date(year - 4 - year_group, 8, 31)
