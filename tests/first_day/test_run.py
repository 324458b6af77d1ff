"""The first-day run: cases and texts at register close, once, and only for children not accounted for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from tests.factories import FULL_RIGHTS, TODAY, World, add_contact, add_pupil, link
from tests.first_day.conftest import at
from tests.first_day.mornings import OFFICER, case_of, kinds_of, look, messages, run, take, texts, told
from webapp.first_day.services.run import RunRefused, run_first_day
from webapp.foundation import work
from webapp.foundation.db import Database, unit_of_work
from webapp.foundation.sessions import Half
from webapp.foundation.work.schedules import Timetable
from webapp.people.models import ContactPoint, PupilContact
from webapp.record.models import Expectation, Mark
from webapp.record.rules import Whereabouts
from webapp.record.services import MarkBatch, MarkChange, MarkSource, write_marks
from webapp.record.services.registers import note_import_in

pytestmark = pytest.mark.usefixtures("wired")
When = Callable[[str], None]


def test_each_unexplained_child_gets_a_case_and_the_family_a_text(db: Database, world: World, when: When) -> None:
    take(world)
    when("09:15")
    result = run(world)
    assert result.sentence == "1 child is not accounted for. 1 family has been asked."
    case = case_of(world.tom_enrolment)
    assert (case.state, case.next_step, case.next_contact_id) == ("open", "ring", world.alice)
    assert case.next_due_at == at("09:30")
    assert case.owner_id == world.officer
    assert kinds_of(case.id) == ["opened", "text"]
    # Bob lives elsewhere: rung, not texted.
    assert [(m.name, m.contact_id) for m in messages()] == [("missing_child", world.alice)]
    assert messages()[0].words["children"] == ["Tom"]
    assert messages()[0].words["link"].startswith("https://school.example/t/")
    assert texts()[0][0] == "+447700900001"


def test_again_it_adds_only_what_is_new(db: Database, world: World, when: When) -> None:
    take(world)
    when("09:15")
    run(world)
    before = (case_of(world.tom_enrolment), messages())
    assert run(world).sentence == "Nobody new is missing."
    assert (case_of(world.tom_enrolment), messages()) == before
    change = MarkChange(world.noor_enrolment, TODAY, 0, "N")
    write_marks(MarkBatch(world.organisation, world.hill, (change,), OFFICER, "Was not in class", MarkSource.STAFF))
    assert case_of(world.noor_enrolment).state == "open"
    assert [m.contact_id for m in messages()] == [world.alice, world.charlie]


def test_before_the_close_nobody_is_missing(db: Database, world: World, when: When) -> None:
    take(world)
    when("09:14")
    with pytest.raises(RunRefused):
        run(world)
    assert case_of(world.tom_enrolment) is None


def test_a_day_that_is_over_is_not_run_again(db: Database, world: World, when: When) -> None:
    take(world)
    when("09:15")
    with pytest.raises(RunRefused, match="over"):
        run_first_day(world.organisation, world.hill, TODAY - timedelta(days=1), Half.AM, by=OFFICER)


def test_a_register_not_taken_makes_no_cases(db: Database, world: World, when: When) -> None:
    when("09:15")
    assert run(world).settled.opened == ()
    assert look(world).counts == {Whereabouts.NOT_KNOWN: 2}
    assert messages() == []


@pytest.mark.parametrize("cover", ["planned", "leave", "code"])
def test_no_case_where_something_covers_the_session(db: Database, world: World, when: When, cover: str) -> None:
    take(world, tom="N")
    with unit_of_work() as tx:
        if cover == "code":
            tx.execute(update(Mark).where(Mark.enrolment_id == world.tom_enrolment).values(code="I"))
        else:
            tx.execute(
                insert(Expectation).values(
                    organisation_id=world.organisation, school_id=world.hill, enrolment_id=world.tom_enrolment,
                    date=TODAY, half=0, kind="leave" if cover == "leave" else "elsewhere",
                    code="C" if cover == "leave" else "B", confirmed_at=at("08:55"),
                )
            )  # fmt: skip
    when("09:15")
    assert run(world).settled.opened == ()


def test_siblings_share_one_text_and_each_has_a_case(db: Database, world: World, when: When) -> None:
    with unit_of_work() as tx:
        sam, sam_enrolment = add_pupil(tx, world.organisation, world.hill, "Sam", "Ahmed", form_id=world.form_3k)
        link(tx, world.organisation, sam, world.alice, "mother", 1, lives_with=True, **FULL_RIGHTS)
        tx.execute(
            insert(Mark).values(
                organisation_id=world.organisation, enrolment_id=sam_enrolment, date=TODAY, half=0, code="N"
            )
        )
    take(world)
    when("09:15")
    run(world)
    assert case_of(sam_enrolment).state == case_of(world.tom_enrolment).state == "open"
    (message,) = messages()
    assert message.words["children"] == ["Tom", "Sam"]
    assert len(texts()) == 1


def test_nobody_to_text_goes_straight_to_the_call_list(db: Database, world: World, when: When) -> None:
    with unit_of_work() as tx:
        tx.execute(update(PupilContact).values(do_not_contact=True).where(PupilContact.contact_id == world.alice))
        tx.execute(update(ContactPoint).values(kind="landline").where(ContactPoint.contact_id == world.bob))
    take(world)
    when("09:15")
    result = run(world)
    case = case_of(world.tom_enrolment)
    assert result.settled.nobody_to_text == (case.id,)
    assert (case.next_step, case.next_contact_id, case.next_due_at) == ("ring", world.bob, at("09:15"))
    assert case.last_words == "Bob: landline only"


def test_old_imported_marks_hold_the_texts_until_they_are_fresh(db: Database, world: World, when: When) -> None:
    with unit_of_work() as tx:
        for enrolment_id, code in ((world.tom_enrolment, "N"), (world.noor_enrolment, "/")):
            tx.execute(
                insert(Mark).values(
                    organisation_id=world.organisation, enrolment_id=enrolment_id, date=TODAY, half=0, code=code
                )
            )
        note_import_in(tx, world.organisation, world.hill, TODAY, Half.AM, at("08:54"))
    when("09:15")
    result = run(world)
    assert result.settled.stale_marks
    assert "marks are old" in result.sentence
    assert messages() == []
    case = case_of(world.tom_enrolment)
    assert (case.state, case.next_due_at) == ("open", at("09:15"))
    with unit_of_work() as tx:
        assert note_import_in(tx, world.organisation, world.hill, TODAY, Half.AM, at("09:16")) == 1
    when("09:17")
    assert run(world).settled.messages == 1
    assert case_of(world.tom_enrolment).next_due_at == at("09:32")


def test_the_clock_runs_it_once_at_the_close(db: Database, world: World, when: When) -> None:
    take(world)
    clockwork_kinds = {"first_day_tick", "first_day_run"}
    when("09:14")
    timetable = Timetable()
    timetable.fire()
    work.run_due(clockwork_kinds)
    assert case_of(world.tom_enrolment) is None
    when("09:15")
    timetable.fire()
    work.run_due(clockwork_kinds)
    assert case_of(world.tom_enrolment).state == "open"
    when("09:16")
    timetable.fire()
    work.run_due(clockwork_kinds)
    assert len(messages()) == 1


def test_another_family_is_never_written_to(db: Database, world: World, when: When) -> None:
    with unit_of_work() as tx:
        dan = add_contact(tx, world.organisation, "Dan", "Marsh", mobile="+447700900009")
        assert dan
    take(world)
    when("09:15")
    run(world)
    assert {m.contact_id for m in told("missing_child")} == {world.alice}
