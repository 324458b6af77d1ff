"""The shapes of a year of marks, counted exactly, and the law that every one of them keeps."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date

import pytest

from webapp.demo.history import days_set_apart
from webapp.demo.names import Faith
from webapp.demo.schools import SCHOOLS
from webapp.demo.spells import ABSENCES
from webapp.demo.trust import Trust
from webapp.foundation.sessions import Half
from webapp.people.rules.ages import compulsory_school_age
from webapp.people.rules.school_times import SchoolTimes, register_minutes
from webapp.record.rules.arithmetic import Tally, tally
from webapp.record.rules.codes import Setter, half_from_index
from webapp.record.rules.marking import check_mark

MOMENTS = ("2026-10-14T08:52", "2026-11-20T08:52", "2027-03-02T09:30", "2026-06-16T08:52", "2027-07-21T14:00")


def _tallies(trust: Trust) -> list[Tally]:
    return [tally(sheet.codes) for sheet in trust.sheets]


def _marks(trust: Trust):
    for pupil, sheet in zip(trust.people.pupils, trust.sheets, strict=True):
        sessions = trust.timetables[pupil.school, pupil.year_group].sessions
        for place, (session, code) in enumerate(zip(sessions, sheet.codes, strict=True)):
            if code:
                yield pupil, session, code, place, sheet


@pytest.mark.parametrize("moment", MOMENTS)
def test_how_much_is_missed(trust_at, moment: str):
    tallies = _tallies(trust_at(moment))
    possible = sum(each.possible for each in tallies)
    absence = sum(each.missed for each in tallies) / possible
    persistent = sum(each.is_persistent for each in tallies) / len(tallies)
    severe = sum(each.is_severe for each in tallies) / len(tallies)
    assert 0.06 <= absence <= 0.08
    assert 0.16 <= persistent <= 0.20
    assert 0.013 <= severe <= 0.027
    unauthorised = sum(each.unauthorised for each in tallies) / possible
    assert 0.018 <= unauthorised <= 0.03
    illness = sum(each.illness for each in tallies) / possible
    assert 0.03 <= illness <= 0.05
    assert 0.015 <= sum(each.late for each in tallies) / possible <= 0.04


@pytest.mark.parametrize("moment", MOMENTS)
def test_primary_schools_miss_less(trust_at, moment: str):
    trust = trust_at(moment)
    shares = {}
    for school in SCHOOLS:
        both = zip(trust.people.pupils, _tallies(trust), strict=True)
        mine = [each for pupil, each in both if pupil.school == school]
        shares[school] = sum(each.missed for each in mine) / sum(each.possible for each in mine)
    assert 0.045 < shares["hill"] < 0.068 < shares["vale"] < 0.085


def _rates(trust: Trust, of) -> dict:
    counts: dict = defaultdict(lambda: [0, 0])
    for _, session, code, _, _ in _marks(trust):
        if session.date < trust.day:
            counts[of(session.date)][0] += code in ABSENCES
            counts[of(session.date)][1] += 1
    return {key: missed / all_marks for key, (missed, all_marks) in counts.items()}


def test_mondays_fridays_winter_and_ends_of_term_are_worse(trust_at):
    trust = trust_at("2027-07-21T14:00")
    weekdays = _rates(trust, lambda day: day.weekday())
    assert min(weekdays[0], weekdays[4]) > 1.15 * max(weekdays[1], weekdays[2], weekdays[3])
    months = _rates(trust, lambda day: day.month)
    assert months[12] == max(months.values())
    assert months[9] == min(months.values())
    calendar = trust.calendars["vale"]

    def last_days(day: date) -> bool:
        after = calendar.school_days_after(day, 3)
        return after is None or (after - day).days > 7

    ends = _rates(trust, last_days)
    assert ends[True] > 1.15 * ends[False]


def test_illness_comes_in_spells_of_different_lengths(trust: Trust):
    lengths: Counter[int] = Counter()
    for sheet in trust.sheets:
        length = 0
        for code in [*sheet.codes, ""]:
            if code == "I":
                length += 1
            elif length:
                lengths[length] += 1
                length = 0
    assert sum(lengths.values()) > 1200
    assert {2, 4, 6, 8, 10} <= set(lengths)
    assert lengths[2] > lengths[4] > lengths[8]
    assert max(lengths) >= 16


def test_the_codes_of_a_real_register(trust_at):
    codes = Counter(code for _, _, code, _, _ in _marks(trust_at("2027-07-21T14:00")))
    expected = {"/", "\\", "L", "U", "I", "M", "O", "G", "N", "E", "C", "C2", "B", "D", "K", "V", "W", "P", "X", "R"}
    assert expected | {"Y1", "Y2", "Y7", "J1"} <= set(codes)
    holidays = Counter(code for sheet in trust_at("2027-07-21T14:00").sheets for code in _spells(sheet.codes, "G"))
    assert holidays[10] > 20
    assert max(holidays) <= 20


def _spells(codes: list[str], wanted: str) -> list[int]:
    text = "".join("x" if code == wanted else " " for code in codes)
    return [len(run) for run in text.split()]


def test_eid_is_kept_by_many_on_the_day_itself(trust_at):
    trust = trust_at("2027-07-21T14:00")
    eid = date(2027, 3, 10)
    assert eid in days_set_apart(trust.year)[Faith.MUSLIM]
    kept = [(pupil, session) for pupil, session, code, _, _ in _marks(trust) if code == "R"]
    assert all(pupil.faith for pupil, _ in kept)
    assert sum(session.date == eid for _, session in kept) > 200


@pytest.mark.parametrize("moment", MOMENTS)
def test_every_mark_keeps_the_law(trust_at, moment: str):
    trust = trust_at(moment)
    kinds = set()
    for pupil, session, code, place, sheet in _marks(trust):
        # The age decides for these two only.
        of_age = compulsory_school_age(pupil.born, session.date) if code in {"X", "C2"} else None
        kinds.add((pupil.school, pupil.year_group, session, code, of_age, sheet.notes.get(place, "")))
        assert session.date >= pupil.joined
    for school, year_group, session, code, of_age, note in kinds:
        check_mark(
            code, session.date, half_from_index(session.half.index), today=trust.day,
            session_open=trust.calendars[school].is_open(*session, year_group), setter=Setter.IMPORT,
            compulsory_school_age=of_age, note=note,
            begun=SchoolTimes(SCHOOLS[school].settings).register_opens(*session) <= trust.at,
        )  # fmt: skip


@pytest.mark.parametrize("moment", MOMENTS)
def test_minutes_stand_with_lates_only_and_fit_the_clock(trust_at, moment: str):
    trust = trust_at(moment)
    for pupil, sheet in zip(trust.people.pupils, trust.sheets, strict=True):
        lates = {place for place, code in enumerate(sheet.codes) if code in {"L", "U"}}
        assert set(sheet.minutes) == lates
        open_for = register_minutes(SCHOOLS[pupil.school].settings, Half.AM)
        for place in lates:
            assert sheet.minutes[place] > 0
            assert (sheet.minutes[place] < open_for) is (sheet.codes[place] == "L")


def test_no_reason_stays_open_for_more_than_five_days(trust: Trust):
    marks = [(pupil, session) for pupil, session, code, _, _ in _marks(trust) if code == "N"]
    latest = [session.date for _, session in marks]
    assert min(latest) >= trust.calendars["vale"].school_days(date(2026, 9, 1), trust.day)[-6]
    assert 20 < sum(day < trust.day for day in latest) < 250


def test_every_day_before_today_is_marked(trust: Trust):
    planned = {(each.pupil, each.date) for each in trust.today.planned}
    for pupil, sheet in zip(trust.people.pupils, trust.sheets, strict=True):
        sessions = trust.timetables[pupil.school, pupil.year_group].sessions
        unmarked = [
            session for session, code in zip(sessions, sheet.codes, strict=True)
            if not code and pupil.joined <= session.date < trust.day
        ]  # fmt: skip
        assert unmarked == []
    assert planned


def test_an_amendment_has_its_five_parts_and_explains_the_mark(trust: Trust):
    seen = set()
    for each in trust.amendments:
        pupil, sheet = trust.people.pupils[each.pupil], trust.sheets[each.pupil]
        place = trust.timetables[pupil.school, pupil.year_group].place(each.date, Half.from_index(each.half))
        assert place is not None
        assert sheet.codes[place] == each.amended_code != each.original_code == sheet.first_seen_as[place]
        assert each.reason and each.date <= each.amended_at.date() and each.amended_at < trust.at
        assert trust.people.staff[each.staff].position == "Attendance officer"
        assert (each.pupil, each.date, each.half) not in seen
        seen.add((each.pupil, each.date, each.half))
    tom = next(pupil.number for pupil in trust.people.pupils if pupil.key == "Tom Ahmed")
    mine = {(each.original_code, each.amended_code, each.reason) for each in trust.amendments if each.pupil == tom}
    assert ("O", "I", "Mum rang") in mine


def test_two_earlier_years_as_figures(trust: Trust):
    years = Counter(each.year for each in trust.years_before)
    assert set(years) == {2024, 2025}
    assert years[2025] > 1450 and years[2024] > 1400
    for year in years:
        tallies = [each.tally for each in trust.years_before if each.year == year]
        assert all(360 <= each.possible <= 380 for each in tallies)
        assert 0.055 < sum(each.missed for each in tallies) / sum(each.possible for each in tallies) < 0.08
    assert all(
        trust.people.pupils[each.pupil].year_group >= trust.year - each.year for each in trust.years_before
    )
