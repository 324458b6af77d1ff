"""Here now, and undone: the case stands as before, and the family is told nothing while it can be undone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select, update

from tests.factories import TODAY, World
from tests.first_day.conftest import at
from tests.first_day.mornings import OFFICER, case_of, kinds_of, look, run, take, told
from webapp.first_day.models import FirstDayCase
from webapp.first_day.rules import CallOutcome
from webapp.first_day.services.handling import Caseworker, claim_ringing, close_case, here_now, log_call, tell_dsl
from webapp.foundation import work
from webapp.foundation.db import Database, read_door, unit_of_work
from webapp.foundation.trail import Actor, ActorKind, TrailEntry
from webapp.record.rules import CaseOutcome, Whereabouts
from webapp.record.services import MarkBatch, MarkChange, MarkSource, write_marks
from webapp.record.services.sightings import Desk, strike

pytestmark = pytest.mark.usefixtures("wired")
When = Callable[[str], None]
KEPT = ("state", "outcome", "outcome_words", "alarm", "next_step", "next_due_at", "next_contact_id", "owner_role",
        "owner_id", "ringing_by_id", "ringing_by", "ringing_until", "last_words", "closed_at", "closed_by")  # fmt: skip
CORRECT, STEP = {"first_day_correct"}, {"first_day_step"}


@pytest.fixture
def office(world: World) -> Caseworker:
    return Caseworker(world.organisation, world.hill, Actor(ActorKind.STAFF, world.officer, "Saira Khan", "Officer"))


@pytest.fixture
def case(db: Database, world: World, when: When) -> str:
    """Tom's case, open since 9:15; the text to his family has gone out. It is 9:20."""
    take(world)
    when("09:15")
    run(world)
    work.run_due({"delivery"})
    when("09:20")
    return str(case_of(world.tom_enrolment).public_id)


def kept(world: World) -> list[object]:
    row = case_of(world.tom_enrolment)
    return [getattr(row, name) for name in KEPT]


def see(office: Caseworker, world: World) -> str:
    return here_now(office, world.tom_enrolment).public_id


def undo(office: Caseworker, sighting: str) -> None:
    strike(Desk(office.organisation_id, office.school_id, office.actor), sighting, "Undone on the board")


def waits(_office: Caseworker, _case: str, _world: World) -> None:
    pass


def rung(office: Caseworker, case: str, world: World) -> None:
    log_call(office, case, world.alice, CallOutcome.VOICEMAIL)
    claim_ringing(office, case)


def alarmed(_office: Caseworker, _case: str, _world: World) -> None:
    with unit_of_work() as tx:
        tx.execute(update(FirstDayCase).values(alarm=True))


def carried(office: Caseworker, case: str, _world: World) -> None:
    tell_dsl(office, case, "Nobody answers")


@pytest.mark.parametrize("so_far", [waits, rung, alarmed, carried])
def test_the_case_stands_as_before(
    world: World, case: str, office: Caseworker, when: When, so_far: Callable[[Caseworker, str, World], None]
) -> None:
    so_far(office, case, world)
    before = kept(world)
    when("09:25")
    sighting = see(office, world)
    assert case_of(world.tom_enrolment).state == "closed"
    when("09:26")
    undo(office, sighting)
    assert kept(world) == before
    assert look(world).counts[Whereabouts.UNEXPLAINED] == 1
    assert kinds_of(case_of(world.tom_enrolment).id)[-2:] == ["closed", "reopened"]
    with read_door() as db:
        assert db.scalars(
            select(TrailEntry.action)
            .where(TrailEntry.action.in_(("closed_case", "reopened_case", "struck_sighting")))
            .order_by(TrailEntry.id)
        ).all() == ["closed_case", "struck_sighting", "reopened_case"]


def test_a_step_that_became_late_meanwhile_is_loud(world: World, case: str, office: Caseworker, when: When) -> None:
    assert case_of(world.tom_enrolment).next_due_at == at("09:30")
    when("09:34")
    sighting = see(office, world)
    when("09:35")
    work.run_due(STEP)
    assert told("staff_alarm") == []
    when("09:40")
    undo(office, sighting)
    work.run_due(STEP)
    assert told("staff_alarm")
    assert kinds_of(case_of(world.tom_enrolment).id).count("late") == 1


def mark(world: World, code: str) -> None:
    one = MarkChange(world.tom_enrolment, TODAY, 0, code)
    write_marks(MarkBatch(world.organisation, world.hill, (one,), OFFICER, "Said so", MarkSource.STAFF))


def test_lost_again_is_another_matter(world: World, case: str, office: Caseworker, when: When) -> None:
    sighting = see(office, world)
    when("09:31")
    mark(world, "/")
    undo(office, sighting)
    assert case_of(world.tom_enrolment).state == "closed"
    when("09:50")
    mark(world, "N")
    now = case_of(world.tom_enrolment)
    assert (now.state, now.next_due_at) == ("open", at("09:50"))


def test_undone_within_the_hold_tells_nobody(world: World, case: str, office: Caseworker, when: When) -> None:
    sighting = see(office, world)
    when("09:21")
    work.run_due(CORRECT)
    undo(office, sighting)
    when("09:23")
    work.run_due(CORRECT)
    assert told("correction") == []
    assert len(told("missing_child")) == 1


def test_seen_a_second_time_holds_anew(world: World, case: str, office: Caseworker, when: When) -> None:
    undo(office, see(office, world))
    when("09:21")
    see(office, world)
    when("09:22")
    work.run_due(CORRECT)
    assert told("correction") == []
    when("09:23")
    work.run_due(CORRECT)
    assert [message.words["time"] for message in told("correction")] == ["9:15am"]


def test_after_the_hold_the_family_is_asked_again_and_the_clock_is_the_old_one(
    world: World, case: str, office: Caseworker, when: When
) -> None:
    due = case_of(world.tom_enrolment).next_due_at
    sighting = see(office, world)
    when("09:22")
    work.run_due(CORRECT)
    assert len(told("correction")) == 1
    work.run_due({"delivery"})
    when("09:25")
    undo(office, sighting)
    assert len(told("missing_child")) == 2
    assert case_of(world.tom_enrolment).next_due_at == due


def test_located_by_the_dsl_stays_located(world: World, case: str, when: When) -> None:
    dsl = Caseworker(world.organisation, world.hill, Actor(ActorKind.STAFF, world.dsl, "Dina Bell"), is_dsl=True)
    close_case(dsl, case, CaseOutcome.LOCATED, "At his grandmother's")
    before = kept(world)
    when("09:25")
    sighting = see(dsl, world)
    assert case_of(world.tom_enrolment).outcome == "seen_in_school"
    undo(dsl, sighting)
    assert kept(world) == before


def test_a_mark_corrects_at_once(world: World, case: str) -> None:
    mark(world, "/")
    assert len(told("correction")) == 1
