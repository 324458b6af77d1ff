"""The rows of the record: marks with their caches, registers, amendments, sightings, expectations.

The caches are counted here while the marks are at hand; a test holds them against a recount from the marks.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import repeat
from typing import Any

from webapp.demo.schools import SCHOOLS, VALE
from webapp.demo.shapes import Pupil
from webapp.demo.timetables import Timetable
from webapp.demo.trust import Trust
from webapp.demo.writing import Writer
from webapp.demo.writing_people import Ids
from webapp.people.rules.school_times import SchoolTimes
from webapp.record.rules.arithmetic import Tally, tally
from webapp.record.rules.weeks import NO_MARK, SLOTS, SYMBOL_OF, week_start

_MARK = ("organisation_id", "enrolment_id", "date", "half", "minutes_late", "code", "imported_code")
_COUNTS = ("possible", "present", "authorised", "unauthorised", "late", "unresolved", "illness")
_WEEK = ("organisation_id", "school_id", "enrolment_id", "week", *_COUNTS, "codes")
_YEAR = ("organisation_id", "school_id", "year", "enrolment_id", *_COUNTS, "brought_in")
_REGISTER = (
    "organisation_id", "school_id", "date", "half", "form_id", "state", "taken_at", "taken_by", "source",
)  # fmt: skip

Counts = tuple[int, ...]
# A week of one year group: its Monday, the first place and the one past the last, and each session's slot.
Week = tuple[date, int, int, tuple[int, ...]]


def write_record(writer: Writer, trust: Trust, ids: Ids) -> None:
    """The marks of this year, what is counted from them, and what is known of today."""
    writer.stored("mark", _MARK, _marks(writer, trust, ids))
    _write_caches(writer, trust, ids)
    writer.stored("register", _REGISTER, _registers(writer, trust, ids))
    _write_amendments(writer, trust, ids)
    _write_today(writer, trust, ids)
    _write_notes(writer, trust, ids)


def _marks(writer: Writer, trust: Trust, ids: Ids) -> Iterator[tuple[Any, ...]]:
    days = {key: [writer.day(day) for day, _ in each.sessions] for key, each in trust.timetables.items()}
    halves = {key: [half.index for _, half in each.sessions] for key, each in trust.timetables.items()}
    for pupil in trust.people.pupils:
        sheet = trust.sheets[pupil.number]
        key = pupil.school, pupil.year_group
        minutes: list[int | None] = [None] * len(sheet.codes)
        for place, late in sheet.minutes.items():
            minutes[place] = late
        imported: list[str | None] = [None] * len(sheet.codes)
        if pupil.school == VALE.code:
            imported = [code or None for code in sheet.codes]
            for place, first in sheet.first_seen_as.items():
                imported[place] = first
        for row in zip(
            repeat(ids.organisation), repeat(ids.enrolments[pupil.number]), days[key], halves[key], minutes,
            sheet.codes, imported, strict=False,
        ):  # fmt: skip
            if row[5]:
                yield row


def weeks_of(timetable: Timetable) -> list[Week]:
    """The weeks of a timetable, in order."""
    weeks: list[Week] = []
    start = 0
    for place in range(1, timetable.size + 1):
        monday = week_start(timetable.sessions[start].date)
        if place == timetable.size or week_start(timetable.sessions[place].date) != monday:
            slots = tuple(day.weekday() * 2 + half.index for day, half in timetable.sessions[start:place])
            weeks.append((monday, start, place, slots))
            start = place
    return weeks


def _write_caches(writer: Writer, trust: Trust, ids: Ids) -> None:
    weeks = {key: weeks_of(timetable) for key, timetable in trust.timetables.items() if timetable.size}
    known: dict[tuple[tuple[int, ...], tuple[str, ...]], tuple[Counts, str]] = {}
    week_rows: list[tuple[Any, ...]] = []
    year_rows: list[tuple[Any, ...]] = []
    for pupil in trust.people.pupils:
        codes = trust.sheets[pupil.number].codes
        school, enrolment = ids.schools[pupil.school], ids.enrolments[pupil.number]
        total = [0] * len(_COUNTS)
        for monday, start, end, slots in weeks.get((pupil.school, pupil.year_group), ()):
            marks = tuple(codes[start:end])
            if not any(marks):
                continue
            found = known.get((slots, marks))
            if found is None:
                found = known[slots, marks] = _counted(slots, marks)
            counts, text = found
            total = [have + more for have, more in zip(total, counts, strict=True)]
            week_rows.append((ids.organisation, school, enrolment, writer.day(monday), *counts, text))
        if any(codes):
            year_rows.append((ids.organisation, school, trust.year, enrolment, *total, False))
    for before in trust.years_before:
        pupil = trust.people.pupils[before.pupil]
        year_rows.append(
            (
                ids.organisation, ids.schools[pupil.school], before.year, ids.enrolments[before.pupil],
                *_counts(before.tally), True,
            )
        )  # fmt: skip
    # In the order of the keys, so that the trees are filled from left to right.
    week_rows.sort(key=lambda row: row[:4])
    year_rows.sort(key=lambda row: row[:4])
    writer.stored("pupil_week", _WEEK, week_rows)
    writer.stored("pupil_year", _YEAR, year_rows)


def _counted(slots: tuple[int, ...], marks: tuple[str, ...]) -> tuple[Counts, str]:
    text = [NO_MARK] * SLOTS
    for slot, code in zip(slots, marks, strict=True):
        if code:
            text[slot] = SYMBOL_OF[code]
    return _counts(tally(marks)), "".join(text)


def _counts(counted: Tally) -> Counts:
    return tuple(getattr(counted, name) for name in _COUNTS)


def _registers(writer: Writer, trust: Trust, ids: Ids) -> Iterator[tuple[Any, ...]]:
    """Closed ones of this year, then today's as they stand."""
    tutors = {member.form: member.display for member in trust.people.staff if member.form}
    for form in trust.people.forms:
        school, times = ids.schools[form.school], SchoolTimes(SCHOOLS[form.school].settings)
        source = "import" if form.school == VALE.code else "register"
        for place, (day, half) in enumerate(trust.timetables[form.school, form.year_group].sessions):
            if day < trust.day:
                taken = times.register_opens(day, half) + timedelta(minutes=2 + (place * 7 + form.number) % 11)
                yield (
                    ids.organisation, school, writer.day(day), half.index, ids.forms[form.number], "closed",
                    writer.instant(taken), tutors[form.school, form.name], source,
                )  # fmt: skip
    for register in trust.today.registers:
        form = trust.people.forms[register.form]
        source = "import" if form.school == VALE.code else "register"
        yield (
            ids.organisation, ids.schools[form.school], writer.day(register.date), register.half,
            ids.forms[register.form], "taken" if register.taken_at else "due",
            writer.instant(register.taken_at) if register.taken_at else None, register.taken_by,
            source if register.taken_at else "",
        )  # fmt: skip


def _write_amendments(writer: Writer, trust: Trust, ids: Ids) -> None:
    rows = []
    numbers = writer.ids("mark_amendment", len(trust.amendments))
    in_order = sorted(trust.amendments, key=lambda each: each.amended_at)
    for number, amendment in zip(numbers, in_order, strict=True):
        member = trust.people.staff[amendment.staff]
        rows.append(
            {"organisation_id": ids.organisation, "id": number, "enrolment_id": ids.enrolments[amendment.pupil],
             "date": amendment.date, "half": amendment.half, "original_code": amendment.original_code,
             "amended_code": amendment.amended_code, "reason": amendment.reason, "amended_at": amendment.amended_at,
             "actor_kind": "staff", "actor_id": ids.staff[member.number], "actor_name": member.display,
             "actor_position": member.position, "source": "staff"}
        )  # fmt: skip
    writer.rows("mark_amendment", rows)


def _write_today(writer: Writer, trust: Trust, ids: Ids) -> None:
    names = writer.public_ids("sighting")
    pupils = trust.people.pupils
    arrivals = trust.today.arrivals
    writer.rows(
        "sighting",
        [
            {"organisation_id": ids.organisation, "id": number, "public_id": next(names),
             "school_id": ids.schools[pupils[arrival.pupil].school], "enrolment_id": ids.enrolments[arrival.pupil],
             "date": trust.day, "kind": "arrived", "at": arrival.at, "minutes_late": arrival.minutes_late,
             "reason": arrival.reason, "seen_by": arrival.seen_by}
            for number, arrival in zip(writer.ids("sighting", len(arrivals)), arrivals, strict=True)
        ],
    )  # fmt: skip
    writer.rows(
        "expectation",
        [
            {"organisation_id": ids.organisation, "enrolment_id": ids.enrolments[planned.pupil], "date": planned.date,
             "half": planned.half, "school_id": ids.schools[pupils[planned.pupil].school], "kind": planned.kind,
             "code": planned.code, "place": planned.place, "starts_at": planned.starts_at, "ends_at": planned.ends_at}
            for planned in trust.today.planned
        ],
    )  # fmt: skip


def _write_notes(writer: Writer, trust: Trust, ids: Ids) -> None:
    def notes_of(pupil: Pupil) -> Iterator[dict[str, Any]]:
        sheet = trust.sheets[pupil.number]
        for place, note in sorted(sheet.notes.items()):
            session = trust.timetables[pupil.school, pupil.year_group].sessions[place]
            if sheet.codes[place]:
                yield {
                    "organisation_id": ids.organisation, "enrolment_id": ids.enrolments[pupil.number],
                    "date": session.date, "half": session.half.index, "code": sheet.codes[place], "note": note,
                }  # fmt: skip

    writer.rows("mark_note", [note for pupil in trust.people.pupils for note in notes_of(pupil)])
