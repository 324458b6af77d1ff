"""Today as the demo finds it, the scripted reports, and the sign-in cards."""

from __future__ import annotations

from collections import Counter
from datetime import date, time, timedelta

import pytest

from webapp.demo.cards import Door, find_card, sign_in_cards
from webapp.demo.cast import FAMILIES
from webapp.demo.morning import REGISTERS, REPORTS, Channel, Reason, registers_between, reports_until
from webapp.demo.schools import SCHOOLS
from webapp.demo.today import NOT_TAKEN
from webapp.demo.trust import MORNING, Trust
from webapp.foundation.clock import LONDON
from webapp.foundation.sessions import Half
from webapp.people.rules.contact_points import PointKind, national
from webapp.people.rules.rights import CourtOrder, Right, effective_rights, read_denies
from webapp.people.rules.roles import Role
from webapp.people.rules.school_times import SchoolTimes

CHILDREN = {f"{child.first} {child.last}": child for family in FAMILIES for child in family.children}


def _today(trust: Trust, half: Half = Half.AM) -> dict[str, Counter[str]]:
    codes = {school: Counter() for school in SCHOOLS}
    for pupil, sheet in zip(trust.people.pupils, trust.sheets, strict=True):
        place = trust.timetables[pupil.school, pupil.year_group].place(trust.day, half)
        codes[pupil.school][sheet.codes[place]] += 1
    return codes


def _code(trust: Trust, key: str) -> str:
    pupil = next(each for each in trust.people.pupils if each.key == key)
    place = trust.timetables[pupil.school, pupil.year_group].place(trust.day, Half.AM)
    return trust.sheets[pupil.number].codes[place]


def _taken(trust: Trust, half: int) -> dict[str, set[str]]:
    taken = {school: set() for school in SCHOOLS}
    for register in trust.today.registers:
        form = trust.people.forms[register.form]
        if register.taken_at and register.half == half:
            taken[form.school].add(form.name)
    return taken


def test_the_usual_moment_vale_has_closed_and_hill_is_open(trust: Trust):
    hill, vale = (SchoolTimes(SCHOOLS[code].settings) for code in ("hill", "vale"))
    assert vale.cut_off(trust.day).astimezone(LONDON).time() == time(8, 45)
    assert hill.cut_off(trust.day).astimezone(LONDON).time() == time(9, 15)
    assert vale.cut_off(trust.day) < trust.at < hill.cut_off(trust.day)
    taken = _taken(trust, 0)
    vale_forms = {form.name for form in trust.people.forms if form.school == "vale"}
    assert vale_forms - taken["vale"] == {NOT_TAKEN[1]}
    assert taken["hill"] == {"6C", "4S", "1B", "2M", "5W", "6R", "3D", "5J"}
    assert _taken(trust, 1) == {"hill": set(), "vale": set()}
    codes = _today(trust)
    assert codes["vale"]["/"] + codes["vale"]["L"] > 0.8 * 1150
    assert 20 <= codes["vale"]["N"] <= 35
    assert 5 <= codes["hill"]["N"] <= 12
    assert set(_today(trust, Half.PM)["vale"]) <= {"", "X"}


def test_something_of_everything_is_on_the_board(trust: Trust):
    kinds = Counter((each.kind, each.code) for each in trust.today.planned if each.date == trust.day)
    assert {("elsewhere", code) for code in "BDKV"} <= set(kinds)
    assert {("part_time", "C2"), ("leave", "C"), ("appointment", "M")} <= set(kinds)
    schools = {trust.people.pupils[each.pupil].school for each in trust.today.planned if each.date == trust.day}
    assert schools == {"hill", "vale"}
    assert len(trust.today.arrivals) == 6
    for arrival in trust.today.arrivals:
        pupil = trust.people.pupils[arrival.pupil]
        place = trust.timetables[pupil.school, pupil.year_group].place(trust.day, Half.AM)
        assert trust.sheets[pupil.number].codes[place] == "U"
        assert trust.sheets[pupil.number].minutes[place] == arrival.minutes_late
        assert arrival.at <= trust.at


def test_a_planned_session_is_open_lies_ahead_and_has_no_mark_yet(trust: Trust):
    keys = set()
    for each in trust.today.planned:
        pupil = trust.people.pupils[each.pupil]
        half = Half.from_index(each.half)
        assert trust.calendars[pupil.school].is_open(each.date, half, pupil.year_group)
        assert trust.day <= each.date <= trust.day + timedelta(days=40)
        assert each.starts_at < each.ends_at
        assert each.starts_at.astimezone(LONDON).date() == each.date
        if each.date == trust.day:
            place = trust.timetables[pupil.school, pupil.year_group].place(each.date, half)
            assert trust.sheets[pupil.number].codes[place] == ""
        keys.add((each.pupil, each.date, each.half))
    assert len(keys) == len(trust.today.planned)


@pytest.mark.parametrize(
    ("moment", "hill", "vale", "afternoon"),
    [
        ("2026-11-20T07:40", 0, 0, 0),
        ("2026-11-20T08:45", 0, 37, 0),
        ("2026-11-20T09:15", 12, 37, 0),
        ("2026-11-20T09:30", 14, 37, 0),
        ("2026-11-20T14:00", 14, 37, 52),
    ],
)
def test_another_time_finds_the_registers_of_that_time(trust_at, moment, hill, vale, afternoon):
    trust = trust_at(moment)
    taken = _taken(trust, 0)
    assert (len(taken["hill"]), len(taken["vale"])) == (hill, vale)
    assert sum(map(len, _taken(trust, 1).values())) == afternoon
    assert all(register.taken_at is None or register.taken_at <= trust.at for register in trust.today.registers)
    assert all(arrival.at <= trust.at for arrival in trust.today.arrivals)


def test_the_cast_is_marked_as_the_table_says(trust_at):
    trust = trust_at("2026-11-20T09:30")
    for key, child in CHILDREN.items():
        assert (_code(trust, key) == "N") is child.away_today, key


def test_hills_registers_say_the_same_as_the_cast():
    forms = [register.form for register in REGISTERS]
    assert len(set(forms)) == len(forms) == 14
    assert [register.at for register in REGISTERS] == sorted(register.at for register in REGISTERS)
    away = {name for register in REGISTERS for name in register.away}
    assert away == {key for key, child in CHILDREN.items() if child.school == "hill" and child.away_today}
    for register in REGISTERS:
        assert all(CHILDREN[name].form == register.form for name in register.away)
    assert len(registers_between(time(8, 45), MORNING)) == 8
    assert [each.form for each in registers_between(MORNING, time(9, 15))] == ["1H", "RD", "RP", "2T"]


def test_reports_come_from_people_who_may_report_about_their_own(trust: Trust):
    orders = [
        CourtOrder(each.pupil, each.contact, read_denies(each.denies), each.starts_on, each.ends_on, each.review_on)
        for each in trust.people.orders
    ]
    adults = {each.key: each.number for each in trust.people.contacts if each.key}
    pupils = {each.key: each.number for each in trust.people.pupils if each.key}
    links = {(each.pupil_id, each.contact_id): each for each in trust.people.links}
    for report in REPORTS:
        for child in report.children:
            link = links[pupils[child], adults[report.contact]]
            assert Right.REPORT in effective_rights(link, orders, trust.day).allowed, report


def test_the_script_holds_one_of_each_kind():
    assert [report.at for report in REPORTS] == sorted(report.at for report in REPORTS)
    assert time(7, 10) <= REPORTS[0].at and REPORTS[-1].at <= time(8, 50) < MORNING
    assert reports_until(MORNING) == REPORTS
    assert reports_until(time(7, 41)) == REPORTS[:4]
    assert {report.channel for report in REPORTS} == set(Channel)
    assert {Reason.ILL, Reason.APPOINTMENT, Reason.ANXIOUS, Reason.NOT_KNOWN, Reason.EMERGENCY, Reason.TRANSPORT} <= {
        report.reason for report in REPORTS
    }
    assert any(len(report.children) > 1 for report in REPORTS)
    assert [report.children for report in REPORTS if report.words == "He left at 8"] == [("Callum Reid",)]
    marked_in = [child for report in REPORTS for child in report.children if not CHILDREN[child].away_today]
    assert marked_in == ["Temi Adeyemi", "Oscar Lindqvist"]
    told = {child for report in REPORTS for child in report.children}
    assert {"Tom Ahmed", "Ella Ahmed", "Maya Osei"}.isdisjoint(told)


def test_a_card_is_somebodys_and_every_role_has_one(trust: Trust):
    cards = sign_in_cards()
    assert len({card.key for card in cards}) == len(cards)
    staff = {member.email: member for member in trust.people.staff}
    holders: dict[str, set[int]] = {}
    for point in trust.people.points:
        holders.setdefault(point.value, set()).add(point.contact)
    roles = set()
    for card in cards:
        assert find_card(card.key) == card
        if card.door is Door.STAFF:
            member = staff[card.point]
            assert card.name == f"{member.first_name} {member.last_name}"
            assert {SCHOOLS[code].name for code, _ in member.roles} >= set(card.school.split(" and "))
            roles |= {role for _, role in member.roles}
        else:
            (holder,) = holders[card.point]
            assert card.name == trust.people.contacts[holder].key
            assert national(card.point) in card.how
            assert any(p.value == card.point and p.kind is PointKind.MOBILE for p in trust.people.points)
    assert roles == set(Role)
    assert find_card("nobody") is None


def test_the_demos_own_day_is_a_date(trust: Trust):
    assert trust.day == date(2026, 11, 20)
