"""Morning, lunch and afternoon over the clock: which half is now, and where a child is who left at lunch or is seen in
it."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from blueprints.staff.frame import half_now
from tests.factories import TODAY, World
from tests.first_day.conftest import at
from tests.first_day.mornings import OFFICER, case_of, run, take, told
from webapp.first_day.queries.morning import load_morning
from webapp.first_day.services.clockwork import queue_due_runs
from webapp.first_day.services.handling import Caseworker, here_now
from webapp.first_day.services.opened import session_at
from webapp.first_day.services.run import run_first_day
from webapp.foundation import work
from webapp.foundation.clock import school_now
from webapp.foundation.db import Database, read_door
from webapp.foundation.sessions import Half
from webapp.foundation.trail import Actor, ActorKind
from webapp.record.services.sightings import Collector, Desk, sign_out, strike

pytestmark = pytest.mark.usefixtures("wired", "db")
When = Callable[[str], None]
CLOCK = {"first_day_tick", "first_day_run", "first_day_look"}


@pytest.mark.parametrize(
    ("now", "half"),
    [
        ("08:00", Half.AM), ("08:50", Half.AM), ("09:15", Half.AM), ("11:59", Half.AM),
        # Nobody is due at lunch: the morning is the last that is known, and a sighting at lunch belongs to it.
        ("12:00", Half.AM), ("12:59", Half.AM),
        ("13:00", Half.PM), ("13:25", Half.PM), ("15:15", Half.PM), ("17:00", Half.PM),
    ],
)  # fmt: skip
def test_every_caller_turns_with_the_afternoons_register(world: World, when: When, now: str, half: Half) -> None:
    when(now)
    school: Any = SimpleNamespace(organisation_id=world.organisation, id=world.hill)
    case = SimpleNamespace(school_id=world.hill, date=TODAY, half=Half.AM.index)
    with read_door() as db:
        assert session_at(db, world.organisation, case, school_now()).half is half
    assert half_now(school, TODAY) is half


def stands(world: World, half: Half) -> str:
    with read_door() as db:
        morning = load_morning(db, world.organisation, world.hill, TODAY, half, school_now())
    return next((p.state.why.value for p in morning.pupils if p.row.enrolment_id == world.tom_enrolment), "in school")


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world.organisation, world.hill, OFFICER)


@pytest.mark.parametrize("taken", [True, False])
def test_gone_at_lunch_and_not_back(db: Database, world: World, desk: Desk, when: When, taken: bool) -> None:
    take(world, tom="/")
    when("09:15")
    work.run_due(CLOCK)
    run(world)
    when("12:05")
    sign_out(desk, world.tom_enrolment, Collector(world.bob), reason="Lunch at home", back_by=at("13:00"))
    over_the_clock = [
        ("12:30", Half.PM, "left", False), ("12:59", Half.PM, "left", False),
        ("13:00", Half.PM, "register_not_closed", False), ("13:19", Half.PM, "register_not_closed", False),
        ("13:20", Half.PM, "case_open", True), ("14:30", Half.PM, "case_open", True),
    ]  # fmt: skip
    for now, half, why, searched in over_the_clock:
        when(now)
        if taken and now == "13:19":
            take(world, half=Half.PM)
        # The clock of the service, as it ticks each minute.
        queue_due_runs()
        work.run_due(CLOCK)
        case = case_of(world.tom_enrolment, half=1)
        assert (now, stands(world, half), case is not None) == (now, why, searched)
    # With no marks of the afternoon no text goes out: whoever works the call list rings.
    assert len(told("missing_child")) == int(taken)


def test_gone_for_the_day_is_explained(db: Database, world: World, desk: Desk, when: When) -> None:
    take(world, tom="/")
    when("12:05")
    sign_out(desk, world.tom_enrolment, Collector(world.bob), reason="Funeral")
    when("13:10")
    take(world, half=Half.PM)
    when("13:30")
    assert stands(world, Half.PM) == "left"


def test_seen_at_lunch_ends_the_search(db: Database, world: World, desk: Desk, when: When) -> None:
    take(world)
    when("09:15")
    run(world)
    work.run_due({"delivery"})
    when("12:30")
    office = Caseworker(world.organisation, world.hill, Actor(ActorKind.STAFF, world.officer, "Saira Khan"))
    seen = here_now(office, world.tom_enrolment)
    assert case_of(world.tom_enrolment).state == "closed"
    when("12:31")
    strike(desk, seen.public_id, "Another child")
    assert case_of(world.tom_enrolment).state == "open"
    here_now(office, world.tom_enrolment)
    when("12:40")
    work.run_due({"first_day_correct"})
    assert len(told("correction")) == 1
    when("13:10")
    assert stands(world, Half.PM) == "register_not_closed"
    take(world, half=Half.PM)
    when("13:20")
    run_first_day(world.organisation, world.hill, TODAY, Half.PM)
    assert "open" in [case.state for half in (0, 1) if (case := case_of(world.tom_enrolment, half)) is not None]
