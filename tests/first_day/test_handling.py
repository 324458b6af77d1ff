"""What staff do in a case, what reception sees, registers, and what the clock does when nobody does anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from notifications.services import receive_text
from tests.factories import TODAY, World
from tests.first_day.conftest import at
from tests.first_day.mornings import OFFICER, TEACHER, case_of, kinds_of, look, run, take, told
from webapp.absence.queries.reporting import ContactKey
from webapp.absence.rules.drafts import TypedReport
from webapp.absence.services.report import Reporter, report_absence
from webapp.first_day.rules import CallOutcome, CaseRefused
from webapp.first_day.services.handling import (
    Caseworker,
    claim_ringing,
    close_case,
    here_now,
    log_call,
    skip_step,
    tell_dsl,
    tell_police,
)
from webapp.first_day.services.registers import chase_register, start_head_count
from webapp.foundation import work
from webapp.foundation.db import Database, read_door, unit_of_work
from webapp.foundation.sessions import Half
from webapp.foundation.trail import Actor, ActorKind, TrailEntry
from webapp.foundation.work.schedules import Timetable
from webapp.people.models import CourtOrder, Pupil, PupilContact, Task
from webapp.record.models import Mark, MarkAmendment, Register, Sighting
from webapp.record.rules import (
    CaseOutcome,
    LateSuggestion,
    RegisterEventRefused,
    RegisterRefused,
    Whereabouts,
    WorkList,
)
from webapp.record.services import MarkBatch, MarkChange, MarkSource, write_marks
from webapp.record.services.registers import RegisterMark, StaleRegister, take_register
from webapp.record.services.sightings import (
    Collector,
    Desk,
    Kept,
    SightingRefused,
    Stopped,
    back,
    sign_in,
    sign_out,
    strike,
    suggest_arrival,
    walked_out,
)

pytestmark = pytest.mark.usefixtures("wired")
When = Callable[[str], None]
EVERYTHING = {"first_day_tick", "first_day_run", "first_day_look", "first_day_step", "first_day_register",
              "first_day_day_end"}  # fmt: skip
OTHER = Actor(ActorKind.STAFF, 3, "Grace Osei", "Headteacher")


@pytest.fixture
def office(world: World) -> Caseworker:
    return Caseworker(world.organisation, world.hill, Actor(ActorKind.STAFF, world.officer, "Saira Khan", "Officer"))


@pytest.fixture
def dsl(world: World) -> Caseworker:
    actor = Actor(ActorKind.STAFF, world.dsl, "Dina Bell", "DSL")
    return Caseworker(world.organisation, world.hill, actor, is_dsl=True)


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world.organisation, world.hill, OFFICER)


@pytest.fixture
def case(db: Database, world: World, when: When) -> str:
    """Tom's case, open since 9:15; it is 9:20."""
    take(world)
    when("09:15")
    run(world)
    when("09:20")
    return str(case_of(world.tom_enrolment).public_id)


def clock(when: When, hhmm: str) -> None:
    """The worker at that time."""
    when(hhmm)
    Timetable().fire()
    work.run_due(EVERYTHING)


class TestCases:
    def test_a_call_sets_the_next_step(self, world: World, case: str, office: Caseworker) -> None:
        log_call(office, case, world.alice, CallOutcome.NO_ANSWER)
        now = case_of(world.tom_enrolment)
        assert (now.next_step, now.next_contact_id, now.next_due_at) == ("ring", world.bob, at("09:30"))
        assert now.last_words == "Rang: no answer from Alice"
        log_call(office, case, world.bob, CallOutcome.VOICEMAIL, words="Left a message")
        assert case_of(world.tom_enrolment).next_contact_id == world.alice
        log_call(office, case, world.alice, CallOutcome.NO_ANSWER)
        log_call(office, case, world.bob, CallOutcome.WRONG_NUMBER, number="+447700900002")
        now = case_of(world.tom_enrolment)
        assert (now.next_step, now.next_due_at) == ("tell_dsl", at("09:20"))
        with read_door() as db:
            assert db.scalars(select(Task.kind)).all() == ["check_number"]

    def test_a_stranger_is_not_rung(self, world: World, case: str, office: Caseworker) -> None:
        with pytest.raises(CaseRefused) as refused:
            log_call(office, case, world.charlie, CallOutcome.SPOKE)
        assert refused.value.field == "contact"

    def test_ringing_holds_the_case_for_five_minutes(
        self, world: World, case: str, office: Caseworker, dsl: Caseworker, when: When
    ) -> None:
        claim_ringing(office, case)
        claim_ringing(office, case)
        with pytest.raises(CaseRefused, match=r"Saira Khan is ringing\."):
            claim_ringing(dsl, case)
        when("09:25")
        claim_ringing(dsl, case)
        assert case_of(world.tom_enrolment).ringing_by == "Dina Bell"

    def test_a_step_is_passed_over_with_a_reason_only(self, world: World, case: str, office: Caseworker) -> None:
        with pytest.raises(ValueError):
            skip_step(office, case, " ")
        skip_step(office, case, "Works nights, asleep now")
        assert case_of(world.tom_enrolment).next_contact_id == world.bob

    def test_the_office_hands_to_the_dsl_and_cannot_close_it_then(
        self, world: World, case: str, office: Caseworker, dsl: Caseworker
    ) -> None:
        tell_dsl(office, case, "Nobody answers")
        now = case_of(world.tom_enrolment)
        assert (now.state, now.outcome, now.next_step, now.owner_role, now.owner_id) == (
            "carried", "carried_to_dsl", "dsl_decides", "dsl", world.dsl,
        )  # fmt: skip
        assert {m.staff_id for m in told("danger_to_dsl")} == {world.dsl}
        assert look(world).counts[Whereabouts.UNEXPLAINED] == 1
        with pytest.raises(CaseRefused):
            close_case(office, case, CaseOutcome.LOCATED, "At home")
        with pytest.raises(CaseRefused):
            tell_police(office, case, "999, CAD 123")
        tell_police(dsl, case, "999, CAD 123")
        assert case_of(world.tom_enrolment).outcome == "carried_to_police"
        close_case(dsl, case, CaseOutcome.LOCATED, "At his aunt's, seen by police")
        assert look(world).counts[Whereabouts.EXPLAINED] == 1

    def test_a_second_tap_says_that_the_dsl_has_been_told(
        self, world: World, case: str, office: Caseworker, dsl: Caseworker, when: When
    ) -> None:
        when("09:21")
        with_key = replace(office, key="key-of-the-form")
        tell_dsl(with_key, case)
        tell_dsl(with_key, case)
        when("09:30")
        for _ in range(5):
            with pytest.raises(CaseRefused) as refused:
                tell_dsl(office, case)
            assert refused.value.mend == "Already told at 09:21, by Saira Khan."
        assert kinds_of(case_of(world.tom_enrolment).id).count("told_dsl") == 1
        tell_dsl(office, case, "His bag was found in the park")
        assert kinds_of(case_of(world.tom_enrolment).id).count("told_dsl") == 2
        assert len(told("danger_to_dsl")) == 2

    def test_a_report_does_not_end_the_search_of_the_dsl(self, world: World, case: str, office: Caseworker) -> None:
        tell_dsl(office, case)
        change(world, world.tom_enrolment, "I")
        assert case_of(world.tom_enrolment).state == "carried"
        here_now(office, world.tom_enrolment)
        assert case_of(world.tom_enrolment).state == "closed"

    @pytest.mark.parametrize("outcome", [CaseOutcome.EXPLAINED, CaseOutcome.OPENED_IN_ERROR])
    def test_an_outcome_that_leaves_the_child_unexplained_is_refused(
        self, world: World, case: str, office: Caseworker, outcome: CaseOutcome
    ) -> None:
        with pytest.raises(CaseRefused) as refused:
            close_case(office, case, outcome, "Mum said so")
        assert refused.value.field == "outcome"
        assert case_of(world.tom_enrolment).state == "open"

    def test_located_closes_with_a_name(self, world: World, case: str, office: Caseworker) -> None:
        close_case(office, case, CaseOutcome.LOCATED, "At his grandmother's")
        now = case_of(world.tom_enrolment)
        assert (now.state, now.outcome, now.closed_by) == ("closed", "located", "Saira Khan")
        assert look(world).counts[Whereabouts.EXPLAINED] == 1
        with pytest.raises(CaseRefused):
            log_call(office, case, world.alice, CallOutcome.SPOKE)

    def test_another_school_does_not_reach_it(self, world: World, case: str) -> None:
        with pytest.raises(CaseRefused):
            tell_dsl(Caseworker(world.organisation, world.vale, OFFICER), case)
        with pytest.raises(CaseRefused):
            tell_dsl(Caseworker(world.other_organisation, world.other_school, OFFICER), case)

    def test_a_mark_closes_and_opens_again(self, world: World, case: str) -> None:
        change(world, world.tom_enrolment, "I")
        now = case_of(world.tom_enrolment)
        assert (now.state, now.outcome, now.closed_by) == ("closed", "explained", "Saira Khan")
        change(world, world.tom_enrolment, "N")
        now = case_of(world.tom_enrolment)
        assert (now.state, now.outcome, now.next_due_at) == ("open", "", at("09:20"))
        change(world, world.tom_enrolment, "/")
        assert case_of(world.tom_enrolment).outcome == "seen_in_school"
        assert len(told("missing_child")) == 1


def change(world: World, enrolment_id: int, code: str) -> None:
    one = MarkChange(enrolment_id, TODAY, 0, code)
    write_marks(MarkBatch(world.organisation, world.hill, (one,), OFFICER, "Said so", MarkSource.STAFF))


class TestClock:
    def test_words_that_came_before_the_case_stand_in_it(self, world: World, db: Database, when: When) -> None:
        receive_text(provider="demo", provider_id="early", sender="+447700900003", words="Noor has a cold")
        take(world, tom="/", noor="N")
        clock(when, "09:15")
        now = case_of(world.noor_enrolment)
        assert (now.state, now.last_words) == ("open", "Charlie Shah has sent a text, not read yet")

    def test_a_late_step_is_loud_once(self, world: World, case: str, when: When) -> None:
        clock(when, "09:34")
        assert told("staff_alarm") == []
        clock(when, "09:35")
        assert {m.staff_id for m in told("staff_alarm")} == {world.officer, world.head, world.dsl}
        clock(when, "09:40")
        assert len(told("staff_alarm")) == 3
        assert kinds_of(case_of(world.tom_enrolment).id)[-1] == "late"

    def test_the_dsl_is_told_when_the_office_does_not(
        self, world: World, case: str, office: Caseworker, when: When
    ) -> None:
        for contact in (world.alice, world.bob, world.alice, world.bob):
            log_call(office, case, contact, CallOutcome.NO_ANSWER)
        assert case_of(world.tom_enrolment).next_step == "tell_dsl"
        clock(when, "09:25")
        assert told("staff_alarm")
        assert case_of(world.tom_enrolment).state == "open"
        clock(when, "09:30")
        now = case_of(world.tom_enrolment)
        assert (now.state, now.outcome) == ("carried", "carried_to_dsl")
        assert told("danger_to_dsl")

    def test_nobody_is_carried_over_the_end_of_the_day(self, world: World, db: Database, when: When) -> None:
        take(world)
        clock(when, "09:15")
        clock(when, "15:14")
        assert case_of(world.tom_enrolment).state == "open"
        clock(when, "15:15")
        assert case_of(world.tom_enrolment).state == "carried"

    def test_a_missing_register_is_chased_then_counted(self, world: World, db: Database, when: When) -> None:
        clock(when, "09:15")
        assert tasks(world) == [("take_register:20260616:0", world.teacher, None)]
        clock(when, "09:24")
        assert register_state() == "missing"
        clock(when, "09:25")
        assert register_state() == "head_count"
        assert tasks(world)[-1] == ("head_count:20260616:0", None, "reception")
        # The count comes in: the child who was not there gets a case and a text.
        take(world)
        assert register_state() == "closed"
        assert case_of(world.tom_enrolment).state == "open"
        assert [m.contact_id for m in told("missing_child")] == [world.alice]


def tasks(world: World) -> list[tuple[object, ...]]:
    """Those of Hill Primary."""
    statement = select(Task.kind, Task.owner_id, Task.owner_role).where(Task.school_id == world.hill).order_by(Task.id)
    with read_door() as db:
        return [tuple(row) for row in db.execute(statement)]


def register_state() -> str:
    with read_door() as db:
        return str(db.scalar(select(Register.state).where(Register.date == TODAY, Register.half == 0)))


class TestRegisters:
    def test_marks_in_late_and_away(self, world: World, db: Database, when: When) -> None:
        when("08:55")
        marks = [RegisterMark(world.tom_enrolment, "L"), RegisterMark(world.noor_enrolment, "N")]
        taken = take_register(world.organisation, world.hill, world.form_3k, TODAY, Half.AM, marks, actor=TEACHER)
        assert (taken.state, taken.version, taken.written.changed) == ("taken", 1, 2)
        with read_door() as door:
            rows = door.execute(select(Mark.code, Mark.minutes_late).order_by(Mark.enrolment_id)).all()
        assert [tuple(row) for row in rows] == [("L", 10), ("N", None)]

    def test_before_the_close_it_is_taken_again_with_an_amendment(self, world: World, db: Database, when: When) -> None:
        take(world)
        when("09:05")
        take(world, tom="L")
        with read_door() as door:
            assert door.execute(select(MarkAmendment.original_code, MarkAmendment.amended_code)).one() == ("N", "L")

    def test_two_phones(self, world: World, db: Database, when: When) -> None:
        take(world)
        marks = [RegisterMark(world.tom_enrolment, "/"), RegisterMark(world.noor_enrolment, "/")]
        with pytest.raises(StaleRegister):
            take_register(
                world.organisation, world.hill, world.form_3k, TODAY, Half.AM, marks, actor=TEACHER, version=0
            )

    @pytest.mark.parametrize("who", ["gap", "stranger", "twice"])
    def test_what_is_no_register(self, world: World, db: Database, when: When, who: str) -> None:
        marks = [RegisterMark(world.tom_enrolment, "/")]
        if who == "stranger":
            marks += [RegisterMark(world.noor_enrolment, "/"), RegisterMark(world.ella_enrolment, "/")]
        if who == "twice":
            marks += [RegisterMark(world.noor_enrolment, "/")] * 2
        with pytest.raises(RegisterRefused) as refused:
            take_register(world.organisation, world.hill, world.form_3k, TODAY, Half.AM, marks, actor=TEACHER)
        assert refused.value.field == "marks"

    def test_a_code_that_says_more_is_kept_and_present_wins(self, world: World, db: Database, when: When) -> None:
        change(world, world.tom_enrolment, "I")
        change(world, world.noor_enrolment, "M")
        take(world, tom="N", noor="/")
        with read_door() as door:
            assert door.scalars(select(Mark.code).order_by(Mark.enrolment_id)).all() == ["I", "/"]

    def test_closed_is_closed(self, world: World, db: Database, when: When) -> None:
        take(world)
        when("09:16")
        with pytest.raises(RegisterEventRefused):
            take(world)

    def test_the_office_chases_and_counts(
        self, world: World, db: Database, when: When, office: Caseworker
    ) -> None:
        with pytest.raises(RegisterEventRefused):
            start_head_count(office, TODAY, Half.AM, world.form_3k)
        chase_register(office, TODAY, Half.AM, world.form_3k)
        assert tasks(world) == [("take_register:20260616:0", world.teacher, None)]
        when("09:16")
        start_head_count(office, TODAY, Half.AM, world.form_3k)
        assert register_state() == "head_count"
        take(world)
        with pytest.raises(CaseRefused):
            chase_register(office, TODAY, Half.AM, world.form_3k)


class TestReception:
    @pytest.mark.parametrize(
        ("hhmm", "suggestion", "minutes"),
        [("08:40", LateSuggestion.ON_TIME, 0), ("09:01", LateSuggestion.L, 16), ("09:15", LateSuggestion.U, 30)],
    )
    def test_the_clock_suggests(
        self, db: Database, when: When, desk: Desk, hhmm: str, suggestion: LateSuggestion, minutes: int
    ) -> None:
        when(hhmm)
        with read_door() as door:
            arrival = suggest_arrival(door, desk, at(hhmm))
        assert (arrival.half, arrival.suggestion, arrival.minutes) == (Half.AM, suggestion, minutes)

    def test_signing_in_marks_closes_and_keeps_the_reason(
        self, world: World, case: str, desk: Desk, when: When
    ) -> None:
        when("09:40")
        sign_in(desk, world.tom_enrolment, code="U", reason="Bus was late")
        with read_door() as db:
            columns = select(Mark.code, Mark.minutes_late)
            mark = db.execute(columns.where(Mark.enrolment_id == world.tom_enrolment)).one()
            seen = db.execute(select(Sighting.kind, Sighting.minutes_late, Sighting.reason)).one()
        assert tuple(mark) == ("U", 55)
        assert tuple(seen) == ("arrived", 55, "Bus was late")
        assert case_of(world.tom_enrolment).outcome == "seen_in_school"
        assert [pupil.name for pupil in look(world).pupils_in(WorkList.LATE)] == ["Tom Ahmed"]

    def test_who_may_collect_takes_the_child(self, world: World, db: Database, desk: Desk, when: When) -> None:
        take(world, tom="/")
        when("10:30")
        kept = sign_out(desk, world.tom_enrolment, Collector(world.bob), reason="Dentist", back_by=at("11:30"))
        assert isinstance(kept, Kept)
        assert look(world).counts == {Whereabouts.IN_SCHOOL: 1, Whereabouts.EXPLAINED: 1}
        when("11:00")
        back(desk, world.tom_enrolment)
        assert look(world).counts == {Whereabouts.IN_SCHOOL: 2}

    @pytest.mark.parametrize("why", ["stranger", "no right", "order", "named only"])
    def test_who_may_not_is_stopped_and_the_dsl_hears(
        self, world: World, db: Database, desk: Desk, when: When, why: str
    ) -> None:
        take(world, tom="/")
        who = Collector(world.bob)
        with unit_of_work() as tx:
            if why == "no right":
                tx.execute(update(PupilContact).values(may_collect=False).where(PupilContact.contact_id == world.bob))
            if why == "order":
                tx.execute(
                    insert(CourtOrder).values(
                        organisation_id=world.organisation, id=9, pupil_id=world.tom, contact_id=world.bob,
                        kind="Order", denies="collect", starts_on=TODAY - timedelta(days=9),
                    )
                )  # fmt: skip
        if why == "stranger":
            who = Collector(world.charlie)
        if why == "named only":
            who = Collector(name="Uncle Jim")
        stopped = sign_out(desk, world.tom_enrolment, who, reason="Dentist")
        assert isinstance(stopped, Stopped)
        assert "Do not let Tom go" in stopped.sentence
        assert {m.staff_id for m in told("danger_to_dsl")} == {world.dsl}
        assert look(world).counts == {Whereabouts.IN_SCHOOL: 2}
        with read_door() as door:
            assert door.scalars(select(Sighting.id)).all() == []
            assert "stopped_collection" in door.scalars(select(TrailEntry.action)).all()

    @pytest.mark.parametrize("who", [Collector(), Collector(name=" \u200b ")])
    def test_nobody_named_is_no_stranger(self, world: World, db: Database, desk: Desk, who: Collector) -> None:
        with pytest.raises(SightingRefused) as refused:
            sign_out(desk, world.tom_enrolment, who, reason="Dentist")
        assert refused.value.field == "name"
        assert told("danger_to_dsl") == []
        with read_door() as door:
            assert door.scalars(select(Sighting.id)).all() == []

    def test_a_child_who_walks_out_has_a_case_at_once(
        self, world: World, db: Database, desk: Desk, when: When
    ) -> None:
        take(world, tom="/")
        when("09:05")
        walked_out(desk, world.tom_enrolment, "Went through the gate with a man in a red car")
        case = case_of(world.tom_enrolment)
        assert (case.state, case.next_step) == ("open", "tell_dsl")
        assert {m.staff_id for m in told("danger_to_dsl")} == {world.dsl}
        assert told("missing_child") == []
        when("09:06")
        back(desk, world.tom_enrolment)
        assert look(world).counts == {Whereabouts.IN_SCHOOL: 2}

    def test_a_slip_is_struck_and_the_search_goes_on(
        self, world: World, case: str, office: Caseworker, desk: Desk
    ) -> None:
        kept = here_now(office, world.tom_enrolment)
        assert case_of(world.tom_enrolment).state == "closed"
        strike(desk, kept.public_id, "It was another Tom")
        assert case_of(world.tom_enrolment).state == "open"
        with pytest.raises(SightingRefused):
            strike(desk, kept.public_id, "Again")

    def test_a_double_tap_is_one_sighting_and_one_undo_takes_it_back(
        self, world: World, case: str, office: Caseworker, desk: Desk
    ) -> None:
        kept = here_now(office, world.tom_enrolment)
        assert here_now(office, world.tom_enrolment) == kept
        strike(desk, kept.public_id, "It was another Tom")
        assert case_of(world.tom_enrolment).state == "open"
        assert look(world).counts[Whereabouts.UNEXPLAINED] == 1

    def test_who_looks_after_the_familys_word_has_looked_again(
        self, world: World, case: str, office: Caseworker, when: When
    ) -> None:
        first = here_now(office, world.tom_enrolment)
        when("09:23")
        with read_door() as door:
            tom = door.scalar(select(Pupil.public_id).where(Pupil.id == world.tom))
        adult = Reporter((ContactKey(world.organisation, world.alice),))
        report_absence(TypedReport((str(tom),), "all_day", TODAY.isoformat(), reason="ill"), adult, "k")
        when("09:25")
        again = here_now(office, world.tom_enrolment)
        assert again.at > first.at
        assert here_now(office, world.tom_enrolment) == again
        assert [pupil.row.first_name for pupil in look(world).pupils_in(WorkList.REPORTED_MARKED_IN)] == []

    def test_a_pupil_of_another_school_is_not_there(self, world: World, db: Database, desk: Desk, when: When) -> None:
        for enrolment_id in (world.ella_enrolment, world.other_enrolment, 999):
            with pytest.raises(SightingRefused):
                sign_in(desk, enrolment_id)
