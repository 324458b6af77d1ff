"""This year's marks of every pupil, up to and with today, before today's registers say what is known of them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import holidays

from webapp.demo.arrangements import Arrangement
from webapp.demo.names import Faith
from webapp.demo.schools import SCHOOLS
from webapp.demo.shapes import Pupil, Sheet
from webapp.demo.spells import ABSENCES, PRESENT, add_lates, fill
from webapp.demo.timetables import Timetable
from webapp.foundation.sessions import BOTH_HALVES, Half
from webapp.people.rules.school_times import register_minutes

# Which country's calendar knows the day, and the words of its name.
_DAYS_SET_APART = {
    Faith.MUSLIM: ("PK", ("Eid al-Fitr", "Eid al-Adha")),
    Faith.JEWISH: ("IL", ("Yom Kippur", "Rosh Hashanah")),
    Faith.HINDU: ("IN", ("Diwali",)),
}
_KEEPING_THEM = 0.82
_NOT_COUNTED = frozenset({"D", "X", "Y1", "Y2", "Y7", ""})
# Early in the year a tenth is a session or two: nobody is forced over or under a threshold before this many.
_ENOUGH_SESSIONS = 40
_LATE_SHARES = {"hill": 0.017, "vale": 0.034}
_OPEN_REASONS_IN_THE_LAST = 10


@dataclass(frozen=True, slots=True)
class Story:
    """What decides the year of one pupil."""

    pupil: Pupil
    share: float
    arrangements: Sequence[Arrangement]
    days_set_apart: Sequence[date]


def days_set_apart(year: int) -> dict[Faith, tuple[date, ...]]:
    """Days of religious observance in the academic year: the first day of each feast, by faith."""
    found: dict[Faith, tuple[date, ...]] = {}
    for faith, (country, names) in _DAYS_SET_APART.items():
        calendar = holidays.country_holidays(country, years=[year, year + 1], language="en_US")
        first_days: dict[tuple[int, str], date] = {}
        for day, name in sorted(calendar.items()):
            for wanted in names:
                if wanted in name:
                    first_days.setdefault((day.year, wanted), day)
        found[faith] = tuple(sorted(first_days.values()))
    return found


def write_sheet(rng: random.Random, story: Story, timetable: Timetable) -> Sheet:
    """The pupil's year: arrangements first, then religious days, absences up to the share, and lates."""
    pupil = story.pupil
    first = timetable.first_place(pupil.joined)
    sheet = Sheet(list(timetable.present))
    sheet.codes[:first] = [""] * first
    for arrangement in story.arrangements:
        _apply(sheet, timetable, arrangement)
    for day in story.days_set_apart:
        if rng.random() < _KEEPING_THEM:
            for half in BOTH_HALVES:
                place = timetable.place(day, half)
                if place is not None and sheet.codes[place] in PRESENT:
                    sheet.codes[place] = "R"
    possible = sum(code not in _NOT_COUNTED for code in sheet.codes)
    fill(rng, sheet, timetable, first, _target(rng, story.share, possible), pupil.year_group)
    _leave_some_open(rng, sheet)
    settings = SCHOOLS[pupil.school].settings
    tardy = min(0.3, _LATE_SHARES[pupil.school] * (0.4 + rng.expovariate(1.0)) * (1 + 6 * min(story.share, 0.3)))
    add_lates(rng, sheet, timetable, first, tardy, register_minutes(settings, Half.AM))
    return sheet


def _apply(sheet: Sheet, timetable: Timetable, arrangement: Arrangement) -> None:
    begin, end = timetable.first_place(arrangement.starts_on), len(timetable.sessions)
    for place in range(begin, end):
        day, half = timetable.sessions[place]
        if day > arrangement.ends_on:
            return
        if sheet.codes[place] in PRESENT and arrangement.holds(day, half):
            sheet.codes[place] = arrangement.code
            if arrangement.note:
                sheet.notes[place] = arrangement.note


def _target(rng: random.Random, share: float, possible: int) -> int:
    """Whole sessions to miss: the share, kept on its side of a tenth and of a half with a session to spare."""
    wanted = share * possible
    target = int(wanted) + (rng.random() < wanted - int(wanted))
    if possible < _ENOUGH_SESSIONS:
        return min(target, possible)
    if share >= 0.5:
        return max(target, possible // 2 + 2)
    if share >= 0.1:
        return min(max(target, possible // 10 + 2), (possible - 3) // 2)
    return min(target, (possible - 4) // 10)


def _leave_some_open(rng: random.Random, sheet: Sheet) -> None:
    """In the last five days some absences still wait for a reason: a spell that ends open stays N."""
    codes = sheet.codes
    place = max(1, len(codes) - 2 - _OPEN_REASONS_IN_THE_LAST)
    while place < len(codes) - 2:
        spell_begins = codes[place] in {"O", "I"} and codes[place - 1] not in ABSENCES
        if spell_begins and rng.random() < 0.22:
            code = codes[place]
            while place < len(codes) - 2 and codes[place] == code:
                codes[place] = "N"
                place += 1
        place += 1
