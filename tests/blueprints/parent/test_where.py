"""Nobody knows where the child is: the card, its three answers, and what each does."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from notifications.models import Message
from notifications.services import receive_text
from tests.blueprints.parent.test_report import public_id, reports
from tests.factories import World
from tests.pages import Enter, page
from webapp.first_day.models import FirstDayCase
from webapp.foundation.clock import school_now
from webapp.foundation.db import insert_row, read_door, unit_of_work


@pytest.fixture
def case(world: World, at) -> int:
    """Tom is looked for since the register closed at 9:15am; it is 9:20am."""
    at.move_to("2026-06-16T08:20:00+00:00")
    with unit_of_work() as tx:
        return insert_row(
            tx, FirstDayCase, organisation_id=world.organisation, public_id="case-1", school_id=world.hill,
            enrolment_id=world.tom_enrolment, date=date(2026, 6, 16), half=0, state="open", opened_at=school_now(),
            owner_role="attendance_officer", next_step="ring", next_due_at=school_now(),
        )  # fmt: skip


def is_alarmed(case: int) -> bool:
    with read_door() as db:
        return bool(db.scalar(select(FirstDayCase.alarm).where(FirstDayCase.id == case)))


def test_the_card_stands_first_and_says_what_is_known(as_parent: Enter, world: World, case: int):
    home = page(as_parent(world.alice).get("/home"))
    headings = ["".join(h2.itertext()) for h2 in home.all(".//h2")]
    assert headings[0] == "Please tell school where Tom is"
    assert "Tom was not in class when the register closed at 9:15am." in home.text
    assert "Nothing is waiting for you" not in home.text
    assert "I thought Tom was in school" in home.text


def test_on_the_way_asks_when(as_parent: Enter, world: World, case: int):
    alice, address = as_parent(world.alice), f"/children/{public_id(world.tom)}/on-the-way"
    shown = page(alice.get(address))
    assert shown.h1 == "When will Tom be at school?"
    assert "9:30am" in shown.text and "10am" in shown.text
    refused = alice.post(address, data=shown.fields(address))
    assert refused.status_code == 422
    assert page(refused).links()["Enter the time Tom will be in school"] == "#arrives_at_other"
    answer = alice.post(address, data={**shown.fields(address), "arrives_at": "9:30am"})
    assert page(alice.get(answer.location)).h1 == "Sent to school at 9:20am"
    assert [(one.kind, one.arrives_at.isoformat()) for one in reports()] == [("late", "09:30:00")]


def test_i_thought_tom_was_in_school_raises_the_alarm_once(as_parent: Enter, world: World, case: int):
    alice = as_parent(world.alice)
    address = f"/children/{public_id(world.tom)}/thought-in"
    form = page(alice.get("/home")).fields(address)
    for _ in range(2):
        answer = alice.post(address, data=form)
    told = page(alice.get(answer.location))
    assert told.h1 == "The school office has been told, 9:20am"
    assert "tel:01632960001" in told.links().values()
    assert is_alarmed(case)
    with read_door() as db:
        names = list(db.scalars(select(Message.name).where(Message.name == "thought_in_thanks")))
    assert names == ["thought_in_thanks"]


def test_nobody_else_can_raise_it(as_parent: Enter, world: World, case: int):
    charlie = as_parent(world.charlie)
    token = page(charlie.get("/you")).fields()["csrf_token"]
    assert charlie.post(f"/children/{public_id(world.tom)}/thought-in", data={"csrf_token": token}).status_code == 404
    assert not is_alarmed(case)


def test_a_case_that_is_closed_raises_no_alarm(as_parent: Enter, world: World, case: int):
    alice = as_parent(world.alice)
    form = page(alice.get("/home")).fields(f"/children/{public_id(world.tom)}/thought-in")
    with unit_of_work() as tx:
        tx.execute(FirstDayCase.__table__.update().values(state="closed", next_due_at=None))
    assert alice.post(f"/children/{public_id(world.tom)}/thought-in", data=form).location == "/home"
    assert not is_alarmed(case)


def test_who_has_texted_reads_that_school_has_it(as_parent: Enter, world: World, case: int):
    receive_text(provider="demo", provider_id="a", sender="+447700900001", words="Tom has a fever")
    home = page(as_parent(world.alice).get("/home"))
    headings = ["".join(h2.itertext()) for h2 in home.all(".//h2")]
    assert headings[0] == "School has your message, 9:20am"
    assert "Please tell school where Tom is" not in home.text
    assert "A person will read it." in home.text
    assert f"/children/{public_id(world.tom)}/on-the-way" in home.links().values()
    child = page(as_parent(world.alice).get(f"/children/{public_id(world.tom)}"))
    assert "School has your message, 9:20am" in child.text


def test_what_another_adult_texted_is_not_told(as_parent: Enter, world: World, case: int):
    receive_text(provider="demo", provider_id="a", sender="+447700900001", words="Tom has a fever")
    assert "School has your message" not in page(as_parent(world.bob).get("/home")).text
