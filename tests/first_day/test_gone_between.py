"""A child taken by somebody not known, at lunch or outside the sessions.

Who was located in the morning is located for the day.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.factories import TODAY, World
from tests.first_day.mornings import OFFICER, case_of, run, take, told
from webapp.first_day.queries.morning import load_morning
from webapp.first_day.services.handling import Caseworker, close_case
from webapp.first_day.services.run import run_first_day
from webapp.foundation import work
from webapp.foundation.clock import school_now
from webapp.foundation.db import Database, read_door
from webapp.foundation.sessions import Half
from webapp.foundation.trail import Actor, ActorKind
from webapp.record.rules import CaseOutcome, Whereabouts, Why
from webapp.record.services.sightings import Collector, Desk, back, sign_out, strike, walked_out

pytestmark = pytest.mark.usefixtures("wired", "db")
When = Callable[[str], None]
LOOK = {"first_day_look"}


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world.organisation, world.hill, OFFICER)


@pytest.fixture
def dsl(world: World) -> Caseworker:
    actor = Actor(ActorKind.STAFF, world.dsl, "Dina Bell", "DSL")
    return Caseworker(world.organisation, world.hill, actor, is_dsl=True)


@pytest.fixture
def lunch(db: Database, world: World, when: When) -> World:
    """Tom was in school in the morning; it is 12:30."""
    take(world, tom="/")
    when("09:15")
    run(world)
    when("12:30")
    return world


def afternoon(world: World, half: Half = Half.PM) -> Any:
    with read_door() as db:
        morning = load_morning(db, world.organisation, world.hill, TODAY, half, school_now())
    return next((p.state for p in morning.pupils if p.row.enrolment_id == world.tom_enrolment), None)


def run_pm(world: World) -> None:
    run_first_day(world.organisation, world.hill, TODAY, Half.PM)


def test_the_board_says_at_once_that_a_child_was_taken_at_lunch_and_the_search_begins(
    lunch: World, desk: Desk, when: When
) -> None:
    """He was in school all morning: what counts is that he is missing now."""
    walked_out(desk, lunch.tom_enrolment, "A man in a van, 12:28")
    state = afternoon(lunch, Half.AM)
    assert (state.state, state.why) == (Whereabouts.UNEXPLAINED, Why.COLLECTOR_NOT_KNOWN)
    assert [message.staff_id for message in told("danger_to_dsl")] == [lunch.dsl]
    case = case_of(lunch.tom_enrolment)
    assert (case.state, case.next_step) == ("open", "tell_dsl")
    when("13:05")
    work.run_due(LOOK)
    # One child is one search: it goes on, on the afternoon's board and on the morning's.
    assert (case_of(lunch.tom_enrolment).state, case_of(lunch.tom_enrolment, half=1)) == ("open", None)
    assert afternoon(lunch).why is Why.COLLECTOR_NOT_KNOWN
    assert afternoon(lunch, Half.AM).why is Why.COLLECTOR_NOT_KNOWN
    assert (len(told("danger_to_dsl")), told("missing_child")) == (1, [])


def test_before_the_first_day_run_too(db: Database, world: World, desk: Desk, when: When) -> None:
    when("12:10")
    take(world, tom="/")
    walked_out(desk, world.tom_enrolment, "A woman whom nobody knows")
    assert case_of(world.tom_enrolment).state == "open"
    assert len(told("danger_to_dsl")) == 1


def test_back_in_the_afternoon_ends_the_search_and_the_morning_was_in_school(
    lunch: World, desk: Desk, when: When
) -> None:
    walked_out(desk, lunch.tom_enrolment, "A man in a van, 12:28")
    when("13:30")
    back(desk, lunch.tom_enrolment)
    work.run_due(LOOK)
    assert case_of(lunch.tom_enrolment).state == "closed"
    # Plainly in: the board has no row for it.
    assert afternoon(lunch, Half.AM) is None or afternoon(lunch, Half.AM).state is Whereabouts.IN_SCHOOL


def test_who_is_fetched_at_lunch_by_somebody_known_was_here_all_morning(
    lunch: World, desk: Desk, when: When
) -> None:
    sign_out(desk, lunch.tom_enrolment, Collector(lunch.alice), reason="Dentist")
    assert case_of(lunch.tom_enrolment) is None
    assert afternoon(lunch, Half.AM).state is Whereabouts.IN_SCHOOL


def test_back_before_the_afternoon_ends_the_search(lunch: World, desk: Desk, when: When) -> None:
    walked_out(desk, lunch.tom_enrolment, "A man in a van, 12:28")
    when("12:45")
    back(desk, lunch.tom_enrolment)
    assert case_of(lunch.tom_enrolment).state == "closed"
    when("13:10")
    work.run_due(LOOK)
    assert case_of(lunch.tom_enrolment).state == "closed"
    assert case_of(lunch.tom_enrolment, half=1) is None


def test_struck_before_the_afternoon_ends_the_search(lunch: World, desk: Desk, when: When) -> None:
    seen = walked_out(desk, lunch.tom_enrolment, "A man in a van, 12:28")
    strike(desk, seen.public_id, "It was his father")
    assert case_of(lunch.tom_enrolment).state == "closed"
    when("13:10")
    work.run_due(LOOK)
    assert case_of(lunch.tom_enrolment).state == "closed"
    assert case_of(lunch.tom_enrolment, half=1) is None
    assert len(told("danger_to_dsl")) == 1


def test_after_school_the_dsl_hears_too(lunch: World, desk: Desk, when: When) -> None:
    when("15:40")
    walked_out(desk, lunch.tom_enrolment, "With a stranger at the gate")
    assert len(told("danger_to_dsl")) == 1
    work.run_due(LOOK)
    assert case_of(lunch.tom_enrolment, half=1) is None


def taken_and_located(world: World, desk: Desk, dsl: Caseworker, when: When) -> None:
    """Taken by somebody not known at ten, located at twenty to eleven."""
    when("10:00")
    walked_out(desk, world.tom_enrolment, "A woman whom nobody knows")
    assert len(told("danger_to_dsl")) == 1
    when("10:40")
    close_case(dsl, str(case_of(world.tom_enrolment).public_id), CaseOutcome.LOCATED, "At his aunt's, seen by police")


@pytest.fixture
def in_school(db: Database, world: World, when: When) -> World:
    take(world, tom="/")
    when("09:15")
    run(world)
    return world


def test_located_in_the_morning_is_located_for_the_day(
    in_school: World, desk: Desk, dsl: Caseworker, when: When
) -> None:
    taken_and_located(in_school, desk, dsl, when)
    when("13:10")
    take(in_school, half=Half.PM)
    when("13:25")
    run_pm(in_school)
    state = afternoon(in_school)
    assert (state.state, state.why) == (Whereabouts.EXPLAINED, Why.LOCATED)
    assert case_of(in_school.tom_enrolment, half=1) is None
    assert (len(told("danger_to_dsl")), told("missing_child")) == (1, [])


def test_a_new_sighting_says_otherwise(in_school: World, desk: Desk, dsl: Caseworker, when: When) -> None:
    taken_and_located(in_school, desk, dsl, when)
    when("11:30")
    back(desk, in_school.tom_enrolment)
    when("13:10")
    take(in_school, half=Half.PM)
    when("13:25")
    run_pm(in_school)
    assert afternoon(in_school).state is Whereabouts.UNEXPLAINED
    assert case_of(in_school.tom_enrolment, half=1).state == "open"


def test_taken_again_is_another_search(in_school: World, desk: Desk, dsl: Caseworker, when: When) -> None:
    taken_and_located(in_school, desk, dsl, when)
    when("13:20")
    walked_out(desk, in_school.tom_enrolment, "The same woman")
    assert afternoon(in_school).why is Why.COLLECTOR_NOT_KNOWN
    # One child is one search: the morning's is open again.
    assert (case_of(in_school.tom_enrolment).state, case_of(in_school.tom_enrolment, half=1)) == ("open", None)
    assert len(told("danger_to_dsl")) == 2
