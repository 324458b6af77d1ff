"""Changes that the office made in the last weeks: what the register first said, and why it was changed."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta

from webapp.demo.shapes import Amendment, People, Sheet
from webapp.demo.spells import ABSENCES
from webapp.demo.timetables import Timetable
from webapp.foundation.sessions import Half
from webapp.people.rules.roles import Role
from webapp.people.rules.school_times import in_london

_LAST_SESSIONS = 36
_REASONS = {
    "I": ("Mum rang", "Dad rang", "Message from home", "Text from the parent", "Grandmother told the tutor"),
    "M": ("Appointment card seen", "Mum rang: hospital", "Message from home"),
    "O": ("No reason given after five days", "Said to be at home, no reason", "Seen in town by a tutor"),
    "G": ("Family has gone away", "Sibling's school says holiday"),
}
_CHANGED = 0.45
_FIVE_DAYS = 5
# Every illness of this year was O at first: the timeline of the tour shows the five parts of a change.
_TIMELINE_OF = "Tom Ahmed"


def make_amendments(
    rng: random.Random, people: People, sheets: Sequence[Sheet], timetables: Mapping[tuple[str, int], Timetable],
    at: datetime,
) -> list[Amendment]:  # fmt: skip
    """One amendment for each session of some recent spells, all made before ``at``; marks what was first said."""
    officers = {
        school: member.number for member in people.staff for school, role in member.roles
        if role is Role.ATTENDANCE_OFFICER
    }  # fmt: skip
    made: list[Amendment] = []
    for pupil in people.pupils:
        sheet, timetable = sheets[pupil.number], timetables[pupil.school, pupil.year_group]
        known = pupil.key == _TIMELINE_OF
        for start, end in _spells(sheet, len(sheet.codes) if known else _LAST_SESSIONS):
            code = sheet.codes[start]
            told = known and code == "I"
            if not told and rng.random() > _CHANGED:
                continue
            first = "O" if told else "N"
            reason = "Mum rang" if told else rng.choice(_REASONS[code])
            for place in range(start, end):
                session = timetable.sessions[place]
                day = _school_days_later(timetable, session.date, _FIVE_DAYS) if code == "O" else session.date
                when = _office_hour(rng, day, session.half) if day else at
                if when < at:
                    sheet.first_seen_as[place] = first
                    made.append(
                        Amendment(
                            pupil.number, session.date, session.half.index, first, code, reason, when,
                            officers[pupil.school],
                        )
                    )  # fmt: skip
    return made


def _spells(sheet: Sheet, among: int) -> Iterator[tuple[int, int]]:
    """The places (first, past the last) of spells of one code that began and ended in the last ``among`` sessions."""
    codes = sheet.codes
    place = max(1, len(codes) - among)
    while place < len(codes) - 2:
        code = codes[place]
        if code not in _REASONS or codes[place - 1] in ABSENCES:
            place += 1
            continue
        start = place
        while place < len(codes) - 2 and codes[place] == code:
            place += 1
        if place < len(codes) - 2:
            yield start, place


def _school_days_later(timetable: Timetable, day: date, count: int) -> date | None:
    place = bisect_left(timetable.days, day) + count
    return timetable.days[place] if place < len(timetable.days) else None


def _office_hour(rng: random.Random, day: date, half: Half) -> datetime:
    """A time of the day after the session's register has closed."""
    opens = time(9, 20) if half is Half.AM else time(13, 40)
    return in_london(day, opens) + timedelta(minutes=rng.randrange(0, 110), seconds=rng.randrange(60))
