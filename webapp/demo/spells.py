"""Spells of absence: how long, for what, and where in the year they fall."""

from __future__ import annotations

import random
from bisect import bisect_left

from webapp.demo.shapes import Sheet
from webapp.demo.timetables import Timetable

ABSENCES = frozenset({"I", "M", "O", "G", "U", "N", "R", "C", "C1", "C2", "E", "J1", "S", "T"})
PRESENT = frozenset({"/", "\\"})

_LENGTHS = ((1, 2, 4, 6, 8, 10, 16), (6, 37, 25, 14, 8, 7, 3))
_LONG_LENGTHS = ((10, 16, 24, 34, 50), (30, 28, 20, 14, 8))
_TRUANT_LENGTHS = ((1, 2, 4, 6), (26, 48, 18, 8))
_HOLIDAYS = ((5, 6, 8, 10), (10, 20, 24, 46))
# What an absence is likely to be, for pupils who miss little, much, or half of school and more.
_MIX = {
    "little": (("I", 66), ("M", 10), ("O", 9), ("U", 6), ("G", 9)),
    "much": (("I", 36), ("O", 34), ("U", 13), ("M", 5), ("G", 9), ("E", 3)),
    "most": (("long", 26), ("O", 58), ("I", 6), ("U", 5), ("E", 5)),
}
_NO_SUSPENSIONS_BELOW = 5
_MOST_TRIES = 2500
_TWO_DAYS = 4


def fill(rng: random.Random, sheet: Sheet, timetable: Timetable, first: int, target: int, year_group: int) -> None:
    """Add absences until the pupil has missed exactly ``target`` sessions from place ``first`` on, if they fit."""
    codes = sheet.codes
    missed = sum(code in ABSENCES for code in codes)
    possible = max(1, sum(code != "" for code in codes))
    ratio = target / possible
    mix = _MIX["most" if ratio >= 0.5 else "much" if ratio >= 0.1 else "little"]
    kinds, weights = [kind for kind, _ in mix], [weight for _, weight in mix]
    for _ in range(_MOST_TRIES):
        left = target - missed
        if left <= 0:
            return
        kind = rng.choices(kinds, weights)[0]
        if kind == "G":
            missed += _holiday(rng, sheet, timetable, first, left)
        elif kind == "U":
            missed += _late_after_close(rng, sheet, timetable, first)
        elif kind == "M":
            start = _start(rng, timetable, first, half_days=0.35)
            missed += _place(sheet, start, min(left, rng.choice((1, 1, 1, 2))), "M")
        elif kind == "O":
            start = _start(rng, timetable, first, half_days=0.3, edges=True)
            missed += _place(sheet, start, min(left, rng.choices(*_TRUANT_LENGTHS)[0]), "O")
        elif kind == "E":
            if year_group >= _NO_SUSPENSIONS_BELOW:
                missed += _place(sheet, _start(rng, timetable, first), min(left, rng.choice((2, 4, 6, 10))), "E")
        else:
            lengths = _LONG_LENGTHS if kind == "long" else _LENGTHS
            start = _start(rng, timetable, first, half_days=0.1)
            missed += _place(sheet, start, min(left, rng.choices(*lengths)[0]), "I")
    for place in range(len(codes) - 1, first - 1, -1):
        if missed < target and codes[place] in PRESENT:
            codes[place], missed = "O", missed + 1


def _start(
    rng: random.Random, timetable: Timetable, first: int, *, half_days: float = 0.0, edges: bool = False
) -> int:
    """The place where a spell begins; with ``edges`` Mondays and Fridays are likelier still."""
    for _ in range(3 if edges else 1):
        day = bisect_left(timetable.cumulative, rng.random() * timetable.cumulative[-1])
        if not edges or timetable.days[day].weekday() in (0, 4):
            break
    place = timetable.day_starts[day]
    if half_days and rng.random() < half_days:
        place += 1
    return max(first, place)


def _place(sheet: Sheet, start: int, length: int, code: str) -> int:
    """Write the code on up to ``length`` sessions that were present, stopping at anything else; returns how many."""
    codes = sheet.codes
    written = 0
    for place in range(start, min(start + length, len(codes))):
        if codes[place] not in PRESENT:
            break
        codes[place] = code
        written += 1
    return written


def _holiday(rng: random.Random, sheet: Sheet, timetable: Timetable, first: int, left: int) -> int:
    """Days without leave joined to a school holiday more often than not; none where there is no room for one."""
    length = rng.choices(*_HOLIDAYS)[0]
    if left < _TWO_DAYS:
        return 0
    length = min(length, left)
    if timetable.before_breaks and rng.random() < 0.62:
        last_day = timetable.day_starts[rng.choice(timetable.before_breaks)]
        start = last_day + 2 - length
    else:
        start = _start(rng, timetable, first)
    if start < first or any(code not in PRESENT for code in sheet.codes[start : start + length]):
        return 0
    return _place(sheet, start, length, "G")


def _late_after_close(rng: random.Random, sheet: Sheet, timetable: Timetable, first: int) -> int:
    place = _start(rng, timetable, first)
    if place >= len(sheet.codes) or sheet.codes[place] != "/":
        return 0
    sheet.codes[place] = "U"
    sheet.minutes[place] = 0
    return 1


def add_lates(
    rng: random.Random, sheet: Sheet, timetable: Timetable, first: int, rate: float, open_minutes: int
) -> None:
    """Late before the register closed: no absence. ``rate`` is the share of mornings; minutes go to every L and U."""
    codes = sheet.codes
    for place in range(first, len(codes)):
        if codes[place] == "/" and rng.random() < rate:
            codes[place] = "L"
            sheet.minutes[place] = 1 + min(open_minutes - 2, int(rng.expovariate(1 / (open_minutes / 3))))
    for place in sheet.minutes:
        if codes[place] == "U":
            sheet.minutes[place] = open_minutes + 1 + int(rng.expovariate(1 / 22))
