"""Here now, and undone: the case stands as before, and the family is told nothing while it can be undone."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from sqlalchemy import select, update

from tests.factories import TODAY, World
from tests.first_day.conftest import at
from tests.first_day.mornings import OFFICER, case_of, kinds_of, look, run, take, texts, told
from webapp.first_day.models import FirstDayCase
from webapp.first_day.rules import CallOutcome
from webapp.first_day.services.handling import Caseworker, claim_ringing, close_case, here_now, log_call, tell_dsl
from webapp.foundation import work
from webapp.foundation.db import Database, read_door, unit_of_work
from webapp.foundation.trail import Actor, ActorKind, TrailEntry
from webapp.foundation.work import Job
from webapp.record.rules import CaseOutcome, Whereabouts
from webapp.record.services import MarkBatch, MarkChange, MarkSource, write_marks
from webapp.record.services.sightings import Desk, strike

pytestmark = pytest.mark.usefixtures("wired")
When = Callable[[str], None]
KEPT = ("state", "outcome", "outcome_words", "alarm", "next_step", "next_due_at", "next_contact_id", "owner_role",
        "owner_id", "ringing_by_id", "ringing_by", "ringing_until", "last_words", "closed_at", "closed_by")  # fmt: skip
CORRECT, STEP, AGAIN = {"first_day_correct"}, {"first_day_step"}, {"first_day_again"}


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


@pytest.fixture
def untold(db: Database, world: World, when: When) -> str:
    """Tom's case, open since 9:15; the text to his family waits still. It is 9:16."""
    take(world)
    when("09:15")
    run(world)
    when("09:16")
    return str(case_of(world.tom_enrolment).public_id)


def went() -> list[str]:
    return [state for _, state, body in texts() if "was not marked in" in body or "we still need to know" in body]


def test_a_text_called_off_is_sent_where_the_search_goes_on(
    world: World, untold: str, office: Caseworker, when: When
) -> None:
    sighting = see(office, world)
    work.run_due({"delivery"})
    assert went() == ["cancelled"]
    when("09:17")
    undo(office, sighting)
    work.run_due({"delivery"})
    assert went() == ["cancelled", "sent"]
    # Half an hour from the text that went, not from the one that did not.
    when("09:46")
    work.run_due(AGAIN)
    assert len(told("missing_child_again")) == 0
    when("09:47")
    work.run_due(AGAIN)
    assert len(told("missing_child_again")) == 1


def test_undone_before_it_was_called_off_it_goes_once(
    world: World, untold: str, office: Caseworker, when: When
) -> None:
    undo(office, see(office, world))
    work.run_due({"delivery"})
    assert went() == ["sent"]


def test_undone_while_it_is_called_off_it_goes_after_all(
    world: World, untold: str, office: Caseworker, when: When, monkeypatch: pytest.MonkeyPatch
) -> None:
    sighting = see(office, world)

    dispatch = import_module("notifications.services.dispatch")
    call_off = dispatch.call_off

    def slow(job: Job, delivery: Any) -> None:
        undo(office, sighting)
        call_off(job, delivery)

    monkeypatch.setattr(dispatch, "call_off", slow)
    work.run_due({"delivery"})
    monkeypatch.undo()
    work.run_due({"delivery"})
    assert went() == ["cancelled", "sent"]


def test_the_second_text_whose_time_passed_meanwhile_goes_now(
    world: World, case: str, office: Caseworker, when: When
) -> None:
    when("09:44")
    sighting = see(office, world)
    when("09:45")
    work.run_due(AGAIN)
    assert told("missing_child_again") == []
    undo(office, sighting)
    assert [message.contact_id for message in told("missing_child_again")] == [world.alice]
    when("09:46")
    undo(office, see(office, world))
    work.run_due(AGAIN)
    assert len(told("missing_child_again")) == 1


def test_a_second_text_called_off_goes_too(world: World, case: str, office: Caseworker, when: When) -> None:
    when("09:45")
    work.run_due(AGAIN)
    sighting = see(office, world)
    work.run_due({"delivery"})
    assert went() == ["sent", "cancelled"]
    when("09:46")
    undo(office, sighting)
    work.run_due({"delivery"})
    assert went() == ["sent", "cancelled", "sent"]


def test_lost_again_for_another_reason_has_its_second_text_too(world: World, case: str, when: When) -> None:
    when("09:30")
    mark(world, "I")
    when("09:45")
    work.run_due(AGAIN)
    when("10:00")
    mark(world, "N")
    assert (case_of(world.tom_enrolment).state, len(told("missing_child"))) == ("open", 1)
    assert len(told("missing_child_again")) == 1


def test_workers_that_die_lose_no_correction_and_say_it_once(
    world: World, case: str, office: Caseworker, when: When
) -> None:
    see(office, world)
    when("09:22")
    for _ in range(2):
        assert len(work.claim("the late worker", CORRECT, 9)) == 1
        when("09:32")
    work.run_due(CORRECT)
    work.run_due({"delivery"})
    when("09:50")
    work.run_due({*CORRECT, "delivery"})
    assert [state for _, state, body in texts() if "was wrong" in body] == ["sent"]


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
