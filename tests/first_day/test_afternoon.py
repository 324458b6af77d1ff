"""Morning and afternoon: one search for one child, and a child who was here and is gone is news."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from notifications.services import load_handlers
from notifications.services.queueing import WORK
from tests.factories import TODAY, World
from tests.first_day.conftest import at
from tests.first_day.mornings import OFFICER, case_of, kinds_of, run, take, token_of, told
from webapp.first_day.models import FirstDayCase
from webapp.first_day.queries.morning import Morning, load_morning
from webapp.first_day.queries.pupil_now import find_pupil_of
from webapp.first_day.rules.afternoon import answers_the_morning, since_the_search_began
from webapp.first_day.rules.answers import Answer
from webapp.first_day.services.answers import LinkAnswer, answer_by_link
from webapp.first_day.services.handling import Caseworker, close_case
from webapp.first_day.services.run import RunResult, run_first_day
from webapp.foundation import work
from webapp.foundation.clock import school_now
from webapp.foundation.db import read_door, unit_of_work
from webapp.foundation.sessions import Half
from webapp.foundation.trail import Actor, ActorKind
from webapp.record.models import Expectation
from webapp.record.rules import (
    Case,
    CaseOutcome,
    RegisterState,
    Report,
    ReportState,
    SessionFacts,
    SessionRegister,
    Why,
)
from webapp.record.rules import Expectation as Plan
from webapp.record.rules import Whereabouts as Where
from webapp.record.services import MarkBatch, MarkChange, MarkSource, write_marks

When = Callable[[str], None]
OPENED = at("09:15")
FACTS = SessionFacts(
    SessionRegister(RegisterState.TAKEN, at("13:00"), at("13:25"), at("15:15")), "N", leave_granted=True,
    expectation=Plan("V", at("13:00")), case=Case(),
    reports=(Report(1, ReportState.SENT), Report(2, ReportState.SENT)),
)  # fmt: skip
SENT = {1: at("07:40"), 2: at("12:30")}


@pytest.mark.parametrize("case", [None, Case(CaseOutcome.EXPLAINED), Case(CaseOutcome.LOCATED)])
def test_a_search_that_is_over_leaves_the_facts(case: Case | None) -> None:
    facts = replace(FACTS, case=case)
    assert since_the_search_began(facts, OPENED, SENT) == facts


@pytest.mark.parametrize("case", [Case(), Case(alarm=True), Case(CaseOutcome.CARRIED_TO_DSL)])
def test_only_what_came_since_ends_a_search(case: Case) -> None:
    left = since_the_search_began(replace(FACTS, case=case), OPENED, SENT)
    assert (left.leave_granted, left.expectation, [report.id for report in left.reports]) == (False, None, [2])
    assert left.code == "N"
    there = Plan("V", at("13:00"), confirmed=True)
    assert since_the_search_began(replace(FACTS, case=case, expectation=there), OPENED, SENT).expectation == there
    assert since_the_search_began(replace(FACTS, case=case, code="V"), OPENED, SENT).code is None
    assert since_the_search_began(replace(FACTS, case=case, code="I"), OPENED, SENT).code == "I"


def test_a_mark_whose_reason_was_taken_back_before_the_search_does_not_end_it() -> None:
    back = Report(1, ReportState.WITHDRAWN, said_at=at("09:02"), decided_as="I", decided_at=at("09:01"))
    facts = replace(FACTS, case=Case(), code="I", reports=(back,))
    assert since_the_search_began(facts, OPENED, SENT).code is None


@pytest.mark.parametrize(
    ("state", "why", "told", "answers"),
    [
        (Where.IN_SCHOOL, Why.MARKED_IN, None, True),
        (Where.EXPLAINED, Why.SENT_HOME, None, True),
        (Where.EXPLAINED, Why.CODE, None, True),
        (Where.EXPLAINED, Why.LOCATED, None, True),
        (Where.EXPLAINED, Why.REPORT, "12:30", True),
        (Where.EXPLAINED, Why.REPORT, "07:40", False),
        (Where.EXPLAINED, Why.EXPECTED, None, False),
        (Where.EXPLAINED, Why.LEAVE, None, False),
        (Where.EXPLAINED, Why.PLANNED_ELSEWHERE, None, False),
        (Where.UNEXPLAINED, Why.NO_REASON, None, False),
        (Where.NOT_KNOWN, Why.REGISTER_NOT_CLOSED, None, False),
    ],
)
def test_what_of_the_afternoon_answers_the_morning(state: Where, why: Why, told: str | None, answers: bool) -> None:
    told_at: datetime | None = at(told) if told else None
    assert answers_the_morning(state, why, told_at, OPENED) is answers


def missing_since_the_morning(world: World, when: When) -> Any:
    take(world)
    when("09:15")
    run(world)
    when("13:10")
    return case_of(world.tom_enrolment)


def run_pm(world: World) -> RunResult:
    return run_first_day(world.organisation, world.hill, TODAY, Half.PM)


def afternoon(world: World) -> Morning:
    with read_door() as db:
        return load_morning(db, world.organisation, world.hill, TODAY, Half.PM, school_now())


def cases() -> int:
    with read_door() as db:
        return int(db.scalar(select(func.count()).select_from(FirstDayCase)) or 0)


@pytest.mark.usefixtures("wired", "db")
class TestMissingAllDay:
    def test_it_is_one_case_and_the_family_is_asked_once(self, world: World, when: When) -> None:
        case = missing_since_the_morning(world, when)
        take(world, half=Half.PM)
        when("13:25")
        assert run_pm(world).settled.opened == ()
        assert (cases(), len(told("missing_child"))) == (1, 1)
        assert afternoon(world).counts[Where.UNEXPLAINED] == 1
        assert [p.row.case_id for p in afternoon(world).pupils] == [case.id]
        with read_door() as db:
            found = find_pupil_of(db, world.organisation, world.hill, world.tom_enrolment, TODAY, 1)
        assert found is not None
        assert (found.case_id, found.has_case) == (case.id, True)

    def test_the_afternoons_register_finds_the_child(self, world: World, when: When) -> None:
        missing_since_the_morning(world, when)
        take(world, tom="/", half=Half.PM)
        case = case_of(world.tom_enrolment)
        assert (case.state, case.outcome) == ("closed", "seen_in_school")
        # The morning's mark wants a reason, and that is no search.
        change = MarkChange(world.tom_enrolment, TODAY, 0, "O")
        write_marks(MarkBatch(world.organisation, world.hill, (change,), OFFICER, "Not yet", MarkSource.STAFF))
        when("13:25")
        run_pm(world)
        run(world)
        assert case_of(world.tom_enrolment).state == "closed"
        assert (cases(), len(told("missing_child"))) == (1, 1)

    def test_gone_again_after_that_the_family_is_asked_anew(self, world: World, when: When) -> None:
        load_handlers()
        take(world)
        when("09:15")
        run(world)
        work.run_due({WORK})
        when("13:10")
        take(world, tom="/", half=Half.PM)
        assert len(told("correction")) == 1
        work.run_due({WORK})
        when("13:25")
        run_pm(world)
        change = MarkChange(world.tom_enrolment, TODAY, 1, "N")
        write_marks(MarkBatch(world.organisation, world.hill, (change,), OFFICER, "Wrong child", MarkSource.STAFF))
        assert case_of(world.tom_enrolment).state == "open"
        assert (cases(), len(told("missing_child"))) == (1, 2)

    def test_an_answer_in_the_afternoon_ends_it(self, world: World, when: When) -> None:
        case = missing_since_the_morning(world, when)
        answer_by_link(token_of(world.alice), str(case.public_id), LinkAnswer(Answer.AWAY, "ill"))
        take(world, half=Half.PM)
        when("13:25")
        run_pm(world)
        assert (case_of(world.tom_enrolment).state, cases()) == ("closed", 1)

    def test_located_in_the_afternoon_is_located_for_it(self, world: World, when: When) -> None:
        case = missing_since_the_morning(world, when)
        take(world, half=Half.PM)
        when("13:30")
        run_pm(world)
        dsl = Caseworker(world.organisation, world.hill, Actor(ActorKind.STAFF, world.dsl, "Dina Bell"), is_dsl=True)
        close_case(dsl, str(case.public_id), CaseOutcome.LOCATED, "With his grandmother")
        run_pm(world)
        assert (case_of(world.tom_enrolment).outcome, cases()) == ("located", 1)
        assert len(told("missing_child")) == 1

    def test_a_plan_for_the_afternoon_does_not_find_a_child(self, world: World, when: When) -> None:
        missing_since_the_morning(world, when)
        with unit_of_work() as tx:
            tx.execute(
                insert(Expectation).values(
                    organisation_id=world.organisation, school_id=world.hill, enrolment_id=world.tom_enrolment,
                    date=TODAY, half=1, kind="elsewhere", code="V",
                )
            )  # fmt: skip
        take(world, half=Half.PM)
        when("13:25")
        run_pm(world)
        assert case_of(world.tom_enrolment).state == "open"

    def test_explained_in_the_morning_is_another_matter(self, world: World, when: When) -> None:
        case = missing_since_the_morning(world, when)
        when("09:40")
        answer_by_link(token_of(world.alice), str(case.public_id), LinkAnswer(Answer.ON_THE_WAY, arrives_at="11:30"))
        assert case_of(world.tom_enrolment).state == "closed"
        when("13:10")
        take(world, half=Half.PM)
        when("13:25")
        run_pm(world)
        # The time given has passed: the morning's case was open again when the morning ended, or the afternoon has one.
        assert afternoon(world).counts[Where.UNEXPLAINED] == 1


@pytest.mark.usefixtures("wired", "db")
class TestPresentEarlier:
    def test_it_is_a_new_case_rung_at_once_and_loud(self, world: World, when: When) -> None:
        take(world, tom="/")
        when("09:15")
        run(world)
        when("13:10")
        take(world, half=Half.PM)
        when("13:25")
        run_pm(world)
        case = case_of(world.tom_enrolment, half=1)
        assert (case.state, case.next_step, case.next_due_at) == ("open", "ring", at("13:25"))
        assert case.last_words == "In school earlier today, missing now"
        assert "vanished" in kinds_of(case.id)
        assert len(told("missing_child")) == 1
        alarms = told("staff_alarm")
        assert alarms
        assert len({message.staff_id for message in alarms}) == len(alarms)

    def test_who_was_away_in_the_morning_too_is_no_alarm(self, world: World, when: When) -> None:
        take(world)
        change = MarkChange(world.tom_enrolment, TODAY, 0, "I")
        write_marks(MarkBatch(world.organisation, world.hill, (change,), OFFICER, "Ill", MarkSource.STAFF))
        when("09:15")
        run(world)
        when("13:10")
        take(world, half=Half.PM)
        when("13:25")
        run_pm(world)
        case = case_of(world.tom_enrolment, half=1)
        assert case.next_due_at == at("13:40")
        assert told("staff_alarm") == []
