"""What a family answers, by link and in words, and what becomes of the case."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from notifications.models import Message
from notifications.services import receive_text
from tests.factories import TODAY, World
from tests.first_day.conftest import at
from tests.first_day.mornings import OFFICER, case_of, kinds_of, look, run, take, texts, token_of, told
from webapp.absence.models import AbsenceReport, ReportMessage
from webapp.absence.queries.reporting import ContactKey
from webapp.absence.rules.drafts import Refusals, TypedReport
from webapp.absence.services.report import Reporter, report_absence
from webapp.accounts.rules.links import LinkRefused, LinkState
from webapp.first_day.rules.answers import Answer
from webapp.first_day.services.answers import Answered, AnswerLost, LinkAnswer, answer_by_link, read_link
from webapp.first_day.services.handling import Caseworker, close_case, end_alarm, here_now
from webapp.foundation import work
from webapp.foundation.db import Database, insert_row, read_door, unit_of_work
from webapp.people.models import ContactPoint, CourtOrder, Pupil, PupilContact, Task
from webapp.record.rules import CaseOutcome, Flag, Whereabouts, WorkList

pytestmark = pytest.mark.usefixtures("wired")
When = Callable[[str], None]


@pytest.fixture
def token(db: Database, world: World, when: When) -> str:
    """Tom is missing at 9:15 and Alice has the text; it is 9:20."""
    take(world)
    when("09:15")
    run(world)
    when("09:20")
    return token_of(world.alice)


def answer(world: World, token: str, what: Answer, **more: object) -> Answered | Refusals:
    case = case_of(world.tom_enrolment).public_id
    return answer_by_link(token, case, LinkAnswer(what, **more))  # type: ignore[arg-type]


def test_the_page_shows_the_child_and_changes_nothing(world: World, token: str) -> None:
    page = read_link(token)
    assert [(child.first_name, child.answered) for child in page.children] == [("Tom", False)]
    assert case_of(world.tom_enrolment).state == "open"


def test_away_makes_a_report_and_ends_the_search(world: World, token: str) -> None:
    result = answer(world, token, Answer.AWAY, reason="ill", symptoms=("sick",))
    assert isinstance(result, Answered)
    assert result.report
    case = case_of(world.tom_enrolment)
    assert (case.state, case.outcome, case.closed_by) == ("closed", "explained", "Alice Ahmed")
    (tom,) = look(world).pupils_in(WorkList.TO_CONFIRM)
    assert tom.report.channel == "link"
    with pytest.raises(LinkRefused) as refused:
        answer(world, token, Answer.AWAY, reason="ill", symptoms=("sick",))
    assert refused.value.state is LinkState.USED
    assert kinds_of(case.id).count("answer") == 1


@pytest.mark.parametrize("first", [Answer.AWAY, Answer.ON_THE_WAY])
def test_thought_in_is_an_alarm_whatever_was_answered_before(
    world: World, token: str, when: When, first: Answer
) -> None:
    answer(world, token, first, reason="ill", arrives_at="10am")
    assert case_of(world.tom_enrolment).state == "closed"
    when("09:24")
    assert isinstance(answer(world, token, Answer.THOUGHT_IN), Answered)
    case = case_of(world.tom_enrolment)
    assert (case.state, case.alarm, case.next_due_at) == ("open", True, at("09:24"))
    assert look(world).counts[Whereabouts.UNEXPLAINED] == 1
    assert told("staff_alarm")
    with pytest.raises(LinkRefused) as refused:
        answer(world, token, Answer.THOUGHT_IN)
    assert (refused.value.state, isinstance(refused.value, AnswerLost)) == (LinkState.USED, False)
    assert kinds_of(case.id).count("alarm") == 1


def test_thought_in_again_after_the_alarm_was_ended_is_a_new_alarm(world: World, token: str) -> None:
    answer(world, token, Answer.THOUGHT_IN)
    end_alarm(Caseworker(world.organisation, world.hill, OFFICER), case_of(world.tom_enrolment).public_id, "Bob knows")
    answer(world, token, Answer.THOUGHT_IN)
    assert case_of(world.tom_enrolment).alarm


def test_of_two_answers_the_later_holds(world: World, token: str, when: When) -> None:
    answer(world, token, Answer.AWAY, reason="ill")
    assert isinstance(answer(world, token, Answer.AWAY, reason="appointment", words="Dentist at ten"), Answered)
    with read_door() as db:
        assert db.execute(select(AbsenceReport.reason, AbsenceReport.read_first)).all() == [("ill", True)]
        assert any("Dentist at ten" in words for words in db.scalars(select(ReportMessage.words)))
    # Back to the first is another answer again.
    assert isinstance(answer(world, token, Answer.AWAY, reason="ill"), Answered)
    assert isinstance(answer(world, token, Answer.ON_THE_WAY, arrives_at="10am"), Answered)
    assert look(world).counts[Whereabouts.EXPLAINED] == 1
    with pytest.raises(AnswerLost):
        answer(world, token, Answer.ON_THE_WAY, arrives_at="soon")
    when("10:01")
    work.run_due({"first_day_look"})
    assert look(world).counts[Whereabouts.UNEXPLAINED] == 1


def test_a_used_link_takes_no_answer_after_its_time(world: World, token: str) -> None:
    answer(world, token, Answer.AWAY, reason="ill")
    with time_machine.travel(at("09:20") + timedelta(hours=48), tick=False), pytest.raises(AnswerLost):
        answer(world, token, Answer.THOUGHT_IN)


@pytest.mark.parametrize("lost", ["order", "tie"])
def test_a_right_that_ended_by_its_date_ends_the_link(world: World, token: str, lost: str) -> None:
    with unit_of_work() as tx:
        if lost == "order":
            insert_row(
                tx, CourtOrder, organisation_id=world.organisation, pupil_id=world.tom, contact_id=world.alice,
                kind="no_contact", denies="leave", starts_on=date(2026, 1, 1), review_on=TODAY,
                document_reference="F1", verified_by="Dina Bell",
            )  # fmt: skip
        else:
            tie = (PupilContact.contact_id == world.alice) & (PupilContact.pupil_id == world.tom)
            tx.execute(update(PupilContact).where(tie).values(ends_on=TODAY))
    assert read_link(token).children
    with time_machine.travel(at("09:20") + timedelta(hours=23), tick=False):
        with pytest.raises(LinkRefused) as refused:
            read_link(token)
        assert refused.value.state is LinkState.WITHDRAWN
        for what in Answer:
            with pytest.raises(LinkRefused) as refused:
                answer(world, token, what, reason="ill", arrives_at="11am")
            assert refused.value.state is LinkState.WITHDRAWN
    assert not case_of(world.tom_enrolment).alarm


def test_an_answer_with_an_error_changes_nothing_and_keeps_the_link(world: World, token: str) -> None:
    result = answer(world, token, Answer.AWAY)
    assert isinstance(result, Refusals)
    assert result.errors[0].field == "reason"
    assert case_of(world.tom_enrolment).state == "open"
    assert isinstance(answer(world, token, Answer.AWAY, reason="ill"), Answered)


def test_on_the_way_explains_until_the_time_given_and_no_longer(world: World, token: str, when: When) -> None:
    assert isinstance(answer(world, token, Answer.ON_THE_WAY, arrives_at="9:40am"), Answered)
    with read_door() as db:
        assert db.execute(select(AbsenceReport.kind, AbsenceReport.channel)).one() == ("late", "link")
    assert case_of(world.tom_enrolment).state == "closed"
    assert look(world).counts[Whereabouts.EXPLAINED] == 1
    when("09:41")
    work.run_due({"first_day_look"})
    case = case_of(world.tom_enrolment)
    assert (case.state, case.outcome, case.next_due_at) == ("open", "", at("09:41"))
    assert case.last_words == "Did not come at the time given"
    assert look(world).counts[Whereabouts.UNEXPLAINED] == 1


@pytest.mark.parametrize("typed", ["", "soon", "9:10am"])
def test_on_the_way_needs_a_time_to_come(world: World, token: str, typed: str) -> None:
    result = answer(world, token, Answer.ON_THE_WAY, arrives_at=typed)
    assert isinstance(result, Refusals)
    assert result.errors[0].field == "arrives_at"


def test_thought_in_school_is_an_alarm_at_once(world: World, token: str) -> None:
    answer(world, token, Answer.THOUGHT_IN)
    case = case_of(world.tom_enrolment)
    assert (case.state, case.alarm, case.next_step, case.next_due_at) == ("open", True, "ring", at("09:20"))
    (tom,) = look(world).pupils_in(WorkList.UNEXPLAINED)
    assert Flag.ALARM in tom.state.flags
    assert {m.staff_id for m in told("staff_alarm")} == {world.officer, world.head, world.dsl}
    assert [m.contact_id for m in told("thought_in_thanks")] == [world.alice]


def test_an_alarm_stands_above_a_report_until_a_person_ends_it(world: World, token: str) -> None:
    answer(world, token, Answer.THOUGHT_IN)
    with read_door() as db:
        key = db.scalar(select(Pupil.public_id).where(Pupil.id == world.tom))
    bob = Reporter((ContactKey(world.organisation, world.bob),), 7)
    report_absence(TypedReport((str(key),), "all_day", TODAY.isoformat(), reason="ill"), bob, "k")
    assert look(world).counts[Whereabouts.UNEXPLAINED] == 1
    by = Caseworker(world.organisation, world.hill, OFFICER)
    end_alarm(by, case_of(world.tom_enrolment).public_id, "Alice did not know that he is with Bob")
    assert case_of(world.tom_enrolment).state == "closed"
    assert look(world).counts[Whereabouts.EXPLAINED] == 1


def test_thought_in_school_of_a_child_who_is_there_raises_nothing(world: World, token: str) -> None:
    here_now(Caseworker(world.organisation, world.hill, OFFICER), world.tom_enrolment)
    result = answer(world, token, Answer.THOUGHT_IN)
    assert isinstance(result, Answered)
    assert result.in_school
    assert not case_of(world.tom_enrolment).alarm
    assert told("staff_alarm") == []


def test_a_closed_case_is_opened_again_by_an_alarm(world: World, token: str) -> None:
    by = Caseworker(world.organisation, world.hill, OFFICER)
    close_case(by, case_of(world.tom_enrolment).public_id, CaseOutcome.LOCATED, "At home, says a neighbour")
    answer(world, token, Answer.THOUGHT_IN)
    case = case_of(world.tom_enrolment)
    assert (case.state, case.alarm, case.outcome) == ("open", True, "")


def test_wrong_number_marks_it_bad_and_tells_the_office(world: World, token: str) -> None:
    answer(world, token, Answer.WRONG_NUMBER)
    with read_door() as db:
        point = db.execute(select(ContactPoint.state).where(ContactPoint.value == "+447700900001")).scalar_one()
        task = db.execute(select(Task.kind, Task.school_id, Task.owner_role)).one()
    assert point == "bad"
    assert task == ("check_number", world.hill, "attendance_officer")
    case = case_of(world.tom_enrolment)
    assert (case.state, case.next_contact_id, case.next_due_at) == ("open", world.bob, at("09:20"))
    with pytest.raises(LinkRefused):
        read_link(token)


@pytest.mark.parametrize("raw", ["", "x" * 16, "../../etc", "\x00" * 16, "é" * 16])
def test_an_altered_link_is_refused(db: Database, world: World, raw: str) -> None:
    for call in (lambda: read_link(raw), lambda: answer_by_link(raw, "x", LinkAnswer(Answer.AWAY))):
        with pytest.raises(LinkRefused) as refused:
            call()
        assert refused.value.state is LinkState.ALTERED


def test_a_link_answers_about_its_own_children_only(world: World, token: str) -> None:
    with pytest.raises(LinkRefused):
        answer_by_link(token, "anothercase1", LinkAnswer(Answer.THOUGHT_IN))


def text_in(world: World, words: str) -> None:
    receive_text(provider="demo", provider_id=f"in-{words}", sender="+447700900001", words=words)


def test_words_are_shown_and_set_nothing(world: World, token: str) -> None:
    text_in(world, "He has a fever")
    case = case_of(world.tom_enrolment)
    assert (case.state, case.next_due_at) == ("open", at("09:20"))
    assert "reply" in kinds_of(case.id)
    assert look(world).counts[Whereabouts.UNEXPLAINED] == 1


def test_he_is_in_school_by_text_is_an_alarm(world: World, token: str) -> None:
    text_in(world, "He is in school")
    assert case_of(world.tom_enrolment).alarm
    assert told("staff_alarm")


def test_words_of_danger_reach_the_dsl_and_are_not_on_the_board(world: World, token: str) -> None:
    text_in(world, "He left at 8 and I am scared")
    assert {m.staff_id for m in told("danger_to_dsl")} == {world.dsl}
    case = case_of(world.tom_enrolment)
    assert case.alarm
    assert "scared" not in case.last_words


def test_here_now_after_the_text_brings_a_correction(world: World, token: str, when: When) -> None:
    work.run_due({"delivery"})
    assert texts()[0][1] == "sent"
    when("09:31")
    here_now(Caseworker(world.organisation, world.hill, OFFICER), world.tom_enrolment)
    case = case_of(world.tom_enrolment)
    assert (case.state, case.outcome, case.closed_by) == ("closed", "seen_in_school", "Saira Khan")
    here_now(Caseworker(world.organisation, world.hill, OFFICER), world.tom_enrolment)
    when("09:33")
    work.run_due({"first_day_correct"})
    assert [m.contact_id for m in told("correction")] == [world.alice]
    assert "our text at 9:20am was wrong. Tom is in school" in texts()[-1][2]
    here_now(Caseworker(world.organisation, world.hill, OFFICER), world.tom_enrolment)
    when("09:36")
    work.run_due({"first_day_correct"})
    assert len(told("correction")) == 1


def test_a_text_that_has_not_gone_is_not_sent_and_needs_no_correction(world: World, token: str) -> None:
    here_now(Caseworker(world.organisation, world.hill, OFFICER), world.tom_enrolment)
    work.run_due({"delivery"})
    assert [state for _, state, _ in texts()] == ["cancelled"]
    assert told("correction") == []


@pytest.mark.parametrize("words", ["hmm what", "He has a fever"])
def test_after_words_that_only_wait_the_link_still_takes_the_answer(world: World, token: str, words: str) -> None:
    text_in(world, words)
    (child,) = read_link(token).children
    assert not child.answered
    answer_by_link(token, child.case, LinkAnswer(Answer.AWAY, "ill"))
    assert case_of(world.tom_enrolment).state == "closed"
    with pytest.raises(LinkRefused):
        answer_by_link(token, child.case, LinkAnswer(Answer.AWAY, "ill"))


def test_looking_reads_nothing_and_answering_does(world: World, token: str) -> None:
    def read() -> set[bool]:
        with read_door() as db:
            asked = Message.contact_id == world.alice
            return {at is not None for at in db.scalars(select(Message.read_at).where(asked))}

    read_link(token)
    assert read() == {False}
    (child,) = read_link(token).children
    answer_by_link(token, child.case, LinkAnswer(Answer.AWAY, "ill"))
    assert read() == {True}
