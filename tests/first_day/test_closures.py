"""School closes today, or a child leaves the roll, while somebody looks for them: the search goes on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from notifications.services.queueing import WORK
from tests.factories import TODAY, World
from tests.first_day.mornings import case_of, kinds_of, look, run, take, texts, told
from tests.oracles.morning import NOT_DUE, Child, School
from tests.people.imports.filing import bring
from webapp.first_day.models import CaseEvent
from webapp.first_day.queries.morning import load_morning
from webapp.first_day.queries.pupil_now import find_pupil_today
from webapp.first_day.rules import CaseRefused
from webapp.first_day.services import clockwork
from webapp.first_day.services.closures import CALENDAR_WORK, NOT_DUE_LINE
from webapp.first_day.services.handling import Caseworker, close_case, here_now, tell_dsl
from webapp.foundation import work
from webapp.foundation.clock import school_now
from webapp.foundation.db import Database, read_door, unit_of_work
from webapp.foundation.sessions import BOTH_HALVES, Half
from webapp.foundation.trail import Actor, ActorKind
from webapp.foundation.work.table import Work
from webapp.people.models import Enrolment, Placement, Pupil
from webapp.people.rules.calendar import CalendarEvent, EventKind
from webapp.people.rules.calendar_changes import key_of
from webapp.people.rules.files import ImportKind
from webapp.people.services.calendar import add_entry, take_away_entry
from webapp.record.models import Mark
from webapp.record.rules import CaseOutcome, Flag, Whereabouts, Why
from webapp.record.services import MarkBatch, MarkChange, MarkSource, write_marks

pytestmark = pytest.mark.usefixtures("wired")
When = Callable[[str], None]
CLERK = Actor(ActorKind.STAFF, 1, "Saira Khan", "Attendance officer")
SNOW = CalendarEvent(EventKind.CLOSURE_UNPLANNED, TODAY, TODAY, reason="Boiler")
BOILER_MORNING = CalendarEvent(EventKind.CLOSURE_UNPLANNED, TODAY, TODAY, (Half.AM,), reason="Boiler")


@pytest.fixture
def office(world: World) -> Caseworker:
    return Caseworker(world.organisation, world.hill, Actor(ActorKind.STAFF, world.officer, "Saira Khan", "Officer"))


@pytest.fixture
def missing(db: Database, wired: None, world: World, when: When) -> World:
    """Tom is looked for since 9:15, and Noor is in class; the texts have not left yet."""
    take(world)
    when("09:15")
    run(world)
    assert case_of(world.tom_enrolment).state == "open"
    return world


def close_school(world: World, event: CalendarEvent = SNOW) -> None:
    add_entry(world.organisation, world.hill, event, actor=CLERK, submission_key=f"close-{event.halves}")


def answered(when: When, hhmm: str) -> None:
    """What the change of the calendar has queued is done a little later."""
    when(hhmm)
    work.run_due({CALENDAR_WORK})


def state_of(world: World) -> tuple[Any, Any, frozenset[Flag]]:
    (tom,) = (pupil for pupil in look(world).pupils if pupil.row.enrolment_id == world.tom_enrolment)
    return tom.state.state, tom.state.why, tom.state.flags


def test_school_closes_and_the_child_is_still_looked_for(missing: World, when: When, office: Caseworker) -> None:
    close_school(missing)
    answered(when, "09:20")
    morning = look(missing)
    assert (morning.due, dict(morning.counts)) == (1, {Whereabouts.UNEXPLAINED: 1})
    assert state_of(missing) == (Whereabouts.UNEXPLAINED, Why.CASE_OPEN, {Flag.CASE_OPEN, Flag.NOT_DUE})
    # No form is asked for a register of a session that is not held.
    assert morning.forms == ()
    case = case_of(missing.tom_enrolment)
    assert (case.state, NOT_DUE_LINE in words_of(case.id)) == ("open", True)
    # What the family said last is not pushed off the board.
    assert case.last_words != NOT_DUE_LINE
    assert kinds_of(case.id).count("note") == 1
    oracle = School(school_now(), {"Tom": Child(mark="N", looked_for=True), "Noor": Child(mark="/")}, True, True)
    assert oracle.where("Tom", school_now()) == "unexplained"
    assert oracle.where("Noor", school_now()) == NOT_DUE
    # A person ends it.
    close_case(office, case.public_id, CaseOutcome.LOCATED, "At home with a neighbour")
    assert look(missing).due == 0
    assert case_of(missing.tom_enrolment).state == "closed"


def test_each_further_change_of_the_day_says_it_no_second_time(missing: World, when: When) -> None:
    close_school(missing, BOILER_MORNING)
    answered(when, "09:20")
    close_school(missing)
    answered(when, "09:30")
    case = case_of(missing.tom_enrolment)
    assert (kinds_of(case.id).count("note"), words_of(case.id).count(NOT_DUE_LINE)) == (1, 1)


def test_the_text_that_has_not_gone_is_called_off(missing: World, when: When) -> None:
    assert len(told("missing_child")) == 1
    close_school(missing)
    answered(when, "09:16")
    work.run_due({WORK})
    assert {state for _, state, _ in texts()} == {"cancelled"}
    run(missing)
    assert len(told("missing_child")) == 1


def test_held_again_whoever_is_missing_is_looked_for(db: Database, world: World, when: When) -> None:
    take(world)
    close_school(world)
    when("09:15")
    run(world)
    assert case_of(world.tom_enrolment) is None
    take_away_entry(
        world.organisation, world.hill, key_of(SNOW), TODAY, actor=CLERK, submission_key="open-again"
    )
    answered(when, "09:20")
    assert case_of(world.tom_enrolment).state == "open"
    assert state_of(world)[:2] == (Whereabouts.UNEXPLAINED, Why.CASE_OPEN)


def test_the_run_of_a_closed_session_opens_no_case_and_counts_no_heads(db: Database, world: World, when: When) -> None:
    when("09:15")
    assert clockwork.queue_due_runs() > 0
    close_school(world)
    work.run_due({clockwork.RUN_WORK, CALENDAR_WORK})
    when("09:40")
    work.run_due({clockwork.REGISTER_WORK, CALENDAR_WORK})
    assert case_of(world.tom_enrolment) is None
    assert look(world).due == 0


def test_a_child_with_the_dsl_stays_with_the_dsl(missing: World, when: When, office: Caseworker) -> None:
    tell_dsl(office, case_of(missing.tom_enrolment).public_id)
    close_school(missing)
    answered(when, "09:20")
    assert state_of(missing)[:2] == (Whereabouts.UNEXPLAINED, Why.CASE_CARRIED)
    with pytest.raises(CaseRefused):
        close_case(office, case_of(missing.tom_enrolment).public_id, CaseOutcome.LOCATED, "At home")


def test_being_seen_ends_it(missing: World, when: When, office: Caseworker) -> None:
    close_school(missing)
    when("09:30")
    here_now(office, missing.tom_enrolment)
    assert case_of(missing.tom_enrolment).state == "closed"
    assert look(missing).due == 0


def test_a_morning_closed_at_noon_lives_on_in_the_afternoon(missing: World, when: When) -> None:
    """The afternoon is not held either: the child is on its board all the same."""
    close_school(missing)
    when("13:30")
    with read_door() as db:
        afternoon = load_morning(db, missing.organisation, missing.hill, TODAY, Half.PM, school_now())
    assert dict(afternoon.counts) == {Whereabouts.UNEXPLAINED: 1}


@pytest.mark.parametrize("code", ["X", "#"])
def test_a_code_that_says_not_required_ends_no_search(missing: World, when: When, code: str) -> None:
    with unit_of_work() as tx:
        tx.execute(update(Mark).where(Mark.enrolment_id == missing.tom_enrolment).values(code=code))
    change = MarkChange(missing.noor_enrolment, TODAY, 0, "L")
    write_marks(MarkBatch(missing.organisation, missing.hill, (change,), CLERK, "Came late", MarkSource.STAFF))
    when("09:25")
    run(missing)
    assert state_of(missing)[:2] == (Whereabouts.UNEXPLAINED, Why.CASE_OPEN)
    assert dict(look(missing).counts) == {Whereabouts.UNEXPLAINED: 1, Whereabouts.IN_SCHOOL: 1}


@pytest.mark.parametrize("what", ["enrolment", "placement"])
def test_a_child_who_leaves_the_roll_is_looked_for_until_the_case_is_closed(
    missing: World, when: When, office: Caseworker, what: str
) -> None:
    table, column = (Enrolment, Enrolment.id) if what == "enrolment" else (Placement, Placement.enrolment_id)
    with unit_of_work() as tx:
        tx.execute(
            update(table).where(column == missing.tom_enrolment).values(ends_on=TODAY - timedelta(days=1))
        )
    morning = look(missing)
    assert morning.due == sum(morning.counts.values()) == 2
    state, why, flags = state_of(missing)
    assert (state, why, Flag.NOT_DUE in flags) == (Whereabouts.UNEXPLAINED, Why.CASE_OPEN, True)
    (tom,) = (pupil for pupil in morning.pupils if pupil.row.enrolment_id == missing.tom_enrolment)
    assert tom.row.form == "3K"
    with read_door() as db:
        public_id = db.scalar(select(Pupil.public_id).where(Pupil.id == missing.tom))
        found = find_pupil_today(db, missing.organisation, missing.hill, str(public_id), TODAY, 0)
    assert found is not None
    assert found.has_case
    close_case(office, case_of(missing.tom_enrolment).public_id, CaseOutcome.LOCATED, "At the new school")
    assert look(missing).due == 1
    if what == "enrolment":
        with read_door() as db:
            assert find_pupil_today(db, missing.organisation, missing.hill, str(public_id), TODAY, 0) is None


def test_closing_only_the_morning_leaves_the_afternoon_as_it_is(missing: World, when: When) -> None:
    close_school(missing, BOILER_MORNING)
    answered(when, "09:20")
    assert state_of(missing)[0] is Whereabouts.UNEXPLAINED


def test_a_change_of_another_day_queues_nothing(missing: World) -> None:
    later = date(2026, 6, 30)
    add_entry(
        missing.organisation, missing.hill, CalendarEvent(EventKind.INSET, later, later), actor=CLERK,
        submission_key="later",
    )  # fmt: skip
    assert queued() == 0


def words_of(case_id: int) -> list[str]:
    with read_door() as db:
        return list(db.scalars(select(CaseEvent.words).where(CaseEvent.case_id == case_id)))


def queued() -> int:
    with read_door() as db:
        return len(db.scalars(select(Work.id).where(Work.kind == CALENDAR_WORK)).all())


def test_a_calendar_brought_in_by_file_is_answered_too(missing: World, when: When) -> None:
    closed = {"Type": "Unexpected closure", "Description": "Boiler", "Start date": TODAY.isoformat(), "End date": ""}
    bring(missing, ImportKind.CALENDAR, (closed,), on="2026-06-16T08:16:00+00:00")
    assert queued() == len(BOTH_HALVES)
    answered(when, "09:20")
    assert NOT_DUE_LINE in words_of(case_of(missing.tom_enrolment).id)
    bring(missing, ImportKind.CALENDAR, (closed,), on="2026-06-16T08:16:00+00:00")
    assert queued() == len(BOTH_HALVES)
