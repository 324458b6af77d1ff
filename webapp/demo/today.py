"""What is known of today by the demo's moment: registers, arrivals, and what was planned."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from webapp.demo.arrangements import Arrangement
from webapp.demo.cast import FAMILIES
from webapp.demo.morning import REGISTERS
from webapp.demo.schools import HILL, SCHOOLS, VALE
from webapp.demo.shapes import Arrival, Form, People, Planned, Pupil, Sheet, TakenRegister
from webapp.demo.spells import ABSENCES
from webapp.demo.timetables import Timetable
from webapp.foundation.sessions import BOTH_HALVES, Half
from webapp.people.rules.calendar import SchoolCalendar
from webapp.people.rules.school_times import LONDON, SchoolTimes, in_london

NOT_TAKEN = ("vale", "9C")
_PLANNED_DAYS_AHEAD = 10
# How many children nobody has accounted for, besides those of the cast.
_UNEXPLAINED = {"hill": 3, "vale": 15}
_LATE_AT_VALE = 6
_LATE_BEFORE_CLOSE = {"hill": 0, "vale": 11}
_NEVER_KNOWN_AHEAD = frozenset({"N", "O", "U"})
_ARRIVALS = (
    "Bus was late", "Overslept", "Traffic on the ring road", "Took a brother to nursery", "Missed the bus",
    "Car would not start",
)  # fmt: skip
_AWAY_TODAY = {
    f"{child.first} {child.last}": child.away_today for family in FAMILIES for child in family.children
}


@dataclass(slots=True)
class Today:
    """The day's rows, beside the sheets that it has corrected."""

    registers: list[TakenRegister] = field(default_factory=list)
    arrivals: list[Arrival] = field(default_factory=list)
    planned: list[Planned] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Scene:
    people: People
    sheets: Sequence[Sheet]
    timetables: Mapping[tuple[str, int], Timetable]
    arrangements: Mapping[int, Sequence[Arrangement]]
    calendars: Mapping[str, SchoolCalendar]
    at: datetime
    day: date
    tutors: Mapping[int, str]
    receptionists: Mapping[str, str]

    def place(self, pupil: Pupil, half: Half) -> int | None:
        return self.timetables[pupil.school, pupil.year_group].place(self.day, half)


def live_through_today(
    rng: random.Random, people: People, sheets: Sequence[Sheet], timetables: Mapping[tuple[str, int], Timetable],
    arrangements: Mapping[int, Sequence[Arrangement]], calendars: Mapping[str, SchoolCalendar], at: datetime,
) -> Today:  # fmt: skip
    """Take back from the sheets what nobody can know at ``at`` (aware), and say what is known instead."""
    scene = _Scene(
        people, sheets, timetables, arrangements, calendars, at, at.astimezone(LONDON).date(),
        {form: member.display for member in people.staff if member.form for form in _form_numbers(people, member.form)},
        {school: _receptionist(people, school) for school in SCHOOLS},
    )  # fmt: skip
    today = Today()
    _plan(scene, today)
    members: dict[int, list[Pupil]] = {form.number: [] for form in people.forms}
    for pupil in people.pupils:
        members[pupil.form].append(pupil)
    for half in BOTH_HALVES:
        for school in SCHOOLS:
            forms = [form for form in people.forms if form.school == school]
            taken = {form.number: _taken_at(rng, scene, form, half) for form in forms}
            _unexplained(rng, scene, school, half, [p for f in forms if taken[f.number] for p in members[f.number]])
            for form in forms:
                _take(scene, today, form, half, taken[form.number], members[form.number])
    _late_arrivals(rng, scene, today)
    return today


def _form_numbers(people: People, form: tuple[str, str]) -> list[int]:
    return [each.number for each in people.forms if (each.school, each.name) == form]


def _receptionist(people: People, school: str) -> str:
    return next(
        member.display for member in people.staff if member.position == "Receptionist" and member.roles[0][0] == school
    )


def _taken_at(rng: random.Random, scene: _Scene, form: Form, half: Half) -> datetime | None:
    """When the form's register was sent, None if that has not been yet."""
    times = SchoolTimes(SCHOOLS[form.school].settings)
    opens = times.register_opens(scene.day, half)
    length = (times.register_closes(scene.day, half) - opens) // timedelta(minutes=1)
    sent = opens + timedelta(minutes=rng.randrange(1, length))
    if half is Half.AM and form.school == HILL.code:
        sent = in_london(scene.day, next(each.at for each in REGISTERS if each.form == form.name))
    if (form.school, form.name) == NOT_TAKEN and half is Half.AM:
        return None
    return sent if sent <= scene.at else None


def _plan(scene: _Scene, today: Today) -> None:
    """Planned sessions of today and the next days become expectations; today's have no mark yet."""
    for pupil in scene.people.pupils:
        calendar, times = scene.calendars[pupil.school], SchoolTimes(SCHOOLS[pupil.school].settings)
        for arrangement in scene.arrangements.get(pupil.number, ()):
            if not arrangement.kind or arrangement.ends_on < scene.day:
                continue
            last = min(arrangement.ends_on, calendar.school_days_after(scene.day, _PLANNED_DAYS_AHEAD) or scene.day)
            for session in calendar.open_sessions(scene.day, last, pupil.year_group):
                if not arrangement.holds(*session):
                    continue
                morning = session.half is Half.AM
                starts_at = in_london(session.date, arrangement.at)
                if not morning:
                    starts_at = max(starts_at, times.register_opens(session.date, Half.PM))
                ends_at = times.session_ends(session.date, session.half)
                if arrangement.kind == "appointment" or (morning and len(arrangement.halves) == 1):
                    ends_at = in_london(session.date, arrangement.until)
                today.planned.append(
                    Planned(
                        pupil.number, session.date, session.half.index, arrangement.kind, arrangement.code,
                        arrangement.place, starts_at, ends_at,
                    )
                )  # fmt: skip
                place = scene.place(pupil, session.half) if session.date == scene.day else None
                if place is not None:
                    _unmark(scene.sheets[pupil.number], place)


def _unmark(sheet: Sheet, place: int) -> None:
    sheet.codes[place] = ""
    sheet.minutes.pop(place, None)
    sheet.notes.pop(place, None)


def _unexplained(rng: random.Random, scene: _Scene, school: str, half: Half, pupils: Sequence[Pupil]) -> None:
    """Absences that begin now are N for a few and known by a call for the rest; the cast do as the table says.

    So that the list can be read, some of the late come on time after all.
    """
    begun: list[tuple[Sheet, int]] = []
    late: list[tuple[Sheet, int]] = []
    for pupil in pupils:
        sheet, place = scene.sheets[pupil.number], scene.place(pupil, half)
        if place is None or not sheet.codes[place] or sheet.codes[place] == "X":
            continue
        code = sheet.codes[place]
        if pupil.key:
            _unmark(sheet, place)
            away = _AWAY_TODAY[pupil.key] and half is Half.AM
            sheet.codes[place] = "N" if away else "/" if half is Half.AM else "\\"
        elif code == "L":
            late.append((sheet, place))
        elif code in ABSENCES and (code in _NEVER_KNOWN_AHEAD or place == 0 or sheet.codes[place - 1] != code):
            begun.append((sheet, place))
    rng.shuffle(late)
    for sheet, place in late[_LATE_BEFORE_CLOSE[school] :]:
        _unmark(sheet, place)
        sheet.codes[place] = "/"
    rng.shuffle(begun)
    for number, (sheet, place) in enumerate(begun):
        if number < _UNEXPLAINED[school] and half is Half.AM:
            _unmark(sheet, place)
            sheet.codes[place] = "N"
        elif sheet.codes[place] in _NEVER_KNOWN_AHEAD:
            _unmark(sheet, place)
            sheet.codes[place] = "I"


def _take(
    scene: _Scene, today: Today, form: Form, half: Half, taken_at: datetime | None, pupils: Sequence[Pupil]
) -> None:
    """One register: sent, or its pupils have no mark yet but for X, which is set ahead."""
    if not scene.calendars[form.school].is_open(scene.day, half, form.year_group):
        return
    tutor = scene.tutors[form.number]
    today.registers.append(TakenRegister(form.number, scene.day, half.index, taken_at, tutor if taken_at else ""))
    if taken_at:
        return
    for pupil in pupils:
        place = scene.place(pupil, half)
        if place is not None and scene.sheets[pupil.number].codes[place] != "X":
            _unmark(scene.sheets[pupil.number], place)


def _late_arrivals(rng: random.Random, scene: _Scene, today: Today) -> None:
    """At Vale some sign in after the close (U); at Hill some while the register is still open (L)."""
    for school, count, first, code in (
        (VALE, _LATE_AT_VALE, time(8, 46), "U"), (HILL, 4, time(8, 59), "L"),
    ):  # fmt: skip
        opens = SchoolTimes(school.settings).register_opens(scene.day, Half.AM)
        present = [
            pupil for pupil in scene.people.pupils
            if pupil.school == school.code and not pupil.key
            and (place := scene.place(pupil, Half.AM)) is not None and scene.sheets[pupil.number].codes[place] == "/"
        ]  # fmt: skip
        for number, pupil in enumerate(rng.sample(present, min(count, len(present)))):
            arrived = in_london(scene.day, first) + timedelta(minutes=number)
            place = scene.place(pupil, Half.AM)
            if arrived > scene.at or place is None:
                continue
            minutes = (arrived - opens) // timedelta(minutes=1)
            scene.sheets[pupil.number].codes[place] = code
            scene.sheets[pupil.number].minutes[place] = minutes
            today.arrivals.append(
                Arrival(pupil.number, arrived, minutes, _ARRIVALS[number], scene.receptionists[school.code])
            )


