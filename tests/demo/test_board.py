"""What the board of the demo's morning shows, by the one rule that says where a child is."""

from __future__ import annotations

from collections import Counter
from datetime import time

import pytest

from webapp.demo.morning import reports_until
from webapp.demo.schools import SCHOOLS
from webapp.demo.trust import Trust
from webapp.foundation.clock import LONDON
from webapp.foundation.sessions import Half
from webapp.people.rules.groups import look_first
from webapp.people.rules.school_times import SchoolTimes
from webapp.record.rules import day_state
from webapp.record.rules.facts import (
    Expectation,
    Report,
    ReportState,
    SessionFacts,
    SessionRegister,
    Sighting,
    SightingKind,
    Whereabouts,
    WorkList,
)
from webapp.record.rules.registers import RegisterState


def _board(trust: Trust, school: str) -> list:
    """The state of everybody at one school this morning, with the scripted reports that have come."""
    times = SchoolTimes(SCHOOLS[school].settings)
    told = {child for report in reports_until(trust.at.astimezone(LONDON).time()) for child in report.children}
    taken = {each.form: each.taken_at is not None for each in trust.today.registers if each.half == 0}
    planned = {each.pupil: each for each in trust.today.planned if (each.date, each.half) == (trust.day, 0)}
    seen = {each.pupil: each.at for each in trust.today.arrivals}
    states = []
    for pupil in trust.people.pupils:
        if pupil.school == school:
            place = trust.timetables[school, pupil.year_group].place(trust.day, Half.AM)
            plan = planned.get(pupil.number)
            facts = SessionFacts(
                register=SessionRegister(
                    RegisterState.TAKEN if taken[pupil.form] else RegisterState.DUE,
                    times.register_opens(trust.day, Half.AM), times.register_closes(trust.day, Half.AM),
                    times.session_ends(trust.day, Half.AM),
                ),
                code=trust.sheets[pupil.number].codes[place] or None,
                sightings=(Sighting(SightingKind.ARRIVED, seen[pupil.number]),) if pupil.number in seen else (),
                reports=(Report(1, ReportState.SENT),) if pupil.key in told else (),
                expectation=Expectation(plan.code, plan.starts_at) if plan else None,
                look_first=look_first(pupil.groups),
            )  # fmt: skip
            states.append(day_state(facts, trust.at))
    return states


def _sum(states: list) -> Counter:
    return Counter(state.state for state in states)


def test_vale_has_something_in_every_list_when_the_demo_starts(trust: Trust):
    states = _board(trust, "vale")
    lists = Counter(state.work_list for state in states)
    assert set(WorkList) <= set(lists)
    assert 12 <= lists[WorkList.UNEXPLAINED] <= 25
    assert 8 <= lists[WorkList.TO_CONFIRM] <= 16
    assert lists[WorkList.REPORTED_MARKED_IN] == 1
    total = _sum(states)
    assert sum(total[state] for state in Whereabouts) == 1150 - total[None]
    assert 25 <= total[Whereabouts.NOT_KNOWN] <= 35  # the one register that was not taken


def test_hill_is_not_closed_and_nobody_is_late_yet(trust: Trust):
    total = _sum(_board(trust, "hill"))
    assert total[Whereabouts.UNEXPLAINED] == 0
    assert total[Whereabouts.NOT_KNOWN] > 150
    assert total[Whereabouts.IN_SCHOOL] > 180


@pytest.mark.parametrize("moment", ["2026-11-20T09:16", "2026-06-16T09:16"])
def test_hill_looks_for_a_few_after_its_close(trust_at, moment: str):
    states = _board(trust_at(moment), "hill")
    total = _sum(states)
    assert 2 <= total[Whereabouts.UNEXPLAINED] <= 12
    assert total[Whereabouts.NOT_KNOWN] in range(56, 64)  # 4B, and 3K, which waits for a visitor
    assert sum(state.work_list is WorkList.LATE for state in states) == 4
    assert sum(state.work_list is WorkList.REPORTED_MARKED_IN for state in states) == 1


def test_before_school_nobody_is_anywhere(trust_at):
    trust = trust_at("2026-11-20T07:40")
    assert trust.at.astimezone(LONDON).time() == time(7, 40)
    for school in SCHOOLS:
        total = _sum(_board(trust, school))
        assert total[Whereabouts.IN_SCHOOL] == total[Whereabouts.UNEXPLAINED] == 0
