"""What school sent, as its reader sees it: words and where they lead, and never an address to copy."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from notifications.models import Message
from tests.blueprints.parent.test_report import public_id, reports, send_quick
from tests.factories import TODAY, World
from tests.pages import Enter, Page, counted_statements, page
from webapp.absence.queries.reporting import ContactKey
from webapp.absence.services.change import withdraw_report
from webapp.absence.services.deciders import Decider
from webapp.absence.services.talk import ask
from webapp.first_day.models import FirstDayCase
from webapp.first_day.services.pupil_notes import NoteWriter, PupilNamed, write_to_contact
from webapp.first_day.services.school_session import SchoolSession
from webapp.first_day.services.telling import Missing, ask_families_in
from webapp.foundation.clock import school_now
from webapp.foundation.db import Database, insert_row, read_door, unit_of_work
from webapp.foundation.sessions import Half
from webapp.foundation.trail import Actor, ActorKind


@pytest.fixture
def khan(world: World) -> Actor:
    return Actor(ActorKind.STAFF, world.officer, "Saira Khan", "Attendance officer")


@pytest.fixture
def receipt(as_parent: Enter, world: World) -> str:
    """The address of Alice's report about Tom."""
    return send_quick(as_parent(world.alice), public_id(world.tom), reason="ill").location.split("?")[0]


def open_message(client: FlaskClient, name: str) -> Page:
    with read_door() as db:
        named = db.scalar(select(Message.public_id).where(Message.name == name).order_by(Message.id.desc()))
    return page(client.get(f"/messages/{named}"))


def shows_no_address(client: FlaskClient, found: Page) -> bool:
    return not any("http" in text or "/t/" in text for text in (found.text, page(client.get("/messages")).text))


def test_a_question_leads_to_its_report(as_parent: Enter, world: World, khan: Actor, receipt: str) -> None:
    ask(Decider(world.organisation, world.hill, khan), reports()[0].id, "Has she seen a doctor?", "key-of-ask")
    alice = as_parent(world.alice)
    found = open_message(alice, "school_asks")
    assert "Hill Primary has a question for you." in found.text
    assert found.links()["Answer school"] == f"{receipt}#talk"
    assert shows_no_address(alice, found)


def test_a_first_day_text_leads_to_today(as_parent: Enter, world: World) -> None:
    session = SchoolSession(world.organisation, world.hill, TODAY, Half.AM)
    with unit_of_work() as tx:
        now = school_now()
        case = insert_row(
            tx, FirstDayCase, organisation_id=world.organisation, public_id="case-of-tom-1", school_id=world.hill,
            enrolment_id=world.tom_enrolment, date=TODAY, half=0, state="open", opened_at=now,
            owner_role="attendance_officer", next_step="ring", next_due_at=now,
        )  # fmt: skip
        ask_families_in(tx, session, {world.alice: [Missing(case, world.tom, "Tom")]})
    alice = as_parent(world.alice)
    found = open_message(alice, "missing_child")
    assert "Hill Primary: Tom was not marked in. Please tell us where Tom is" in found.text
    assert found.links()["Tell school in the app"] == "/home"
    assert shows_no_address(alice, found)


def write(world: World, khan: Actor, words: str) -> None:
    by = NoteWriter(world.organisation, world.hill, khan)
    assert write_to_contact(by, PupilNamed(world.tom, public_id(world.tom)), world.alice, words, "key-of-message")


def test_what_school_wrote_names_its_writer_keeps_its_lines_and_says_how_to_answer(
    as_parent: Enter, world: World, khan: Actor
) -> None:
    write(world, khan, "Tom left his inhaler.\nIt is at reception.\n\nPlease fetch <b>it</b>.")
    alice = as_parent(world.alice)
    found = open_message(alice, "something_to_read")
    assert "From Saira Khan, Hill Primary." in found.text
    card = next(part for part in found.all(".//div") if part.get("class") == "card")
    assert len(list(card.iter("p"))) == 2
    assert len(list(card.iter("br"))) == 1
    assert "Please fetch <b>it</b>." in found.text
    assert "To answer, reply to our text, or ring Hill Primary on 01632 960001." in found.text
    assert found.links()["01632 960001"] == "tel:01632960001"
    assert "Hill Primary, Saira Khan" in page(alice.get("/messages")).text


def test_another_adults_message_is_not_found(as_parent: Enter, world: World, khan: Actor) -> None:
    write(world, khan, "Please ring us")
    with read_door() as db:
        named = db.scalar(select(Message.public_id))
    assert as_parent(world.bob).get(f"/messages/{named}").status_code == 404


def test_the_list_asks_the_same_of_three_messages_as_of_one(
    db: Database, as_parent: Enter, world: World, khan: Actor, receipt: str
) -> None:
    decider, alice = Decider(world.organisation, world.hill, khan), as_parent(world.alice)

    def statements() -> list[Any]:
        with counted_statements(db) as seen:
            assert alice.get("/messages").status_code == 200
        return seen

    ask(decider, reports()[0].id, "Has she seen a doctor?", "key-1-of-ask")
    statements()
    first = len(statements())
    for number in (2, 3):
        ask(decider, reports()[0].id, f"Question {number}", f"key-{number}-of-ask")
    assert len(statements()) <= first <= 12


def test_a_report_taken_back_says_when(as_parent: Enter, world: World, receipt: str) -> None:
    alice = as_parent(world.alice)
    report = reports()[0]
    withdraw_report((ContactKey(world.organisation, world.alice),), report.public_id, report.version, "10am")
    assert "You took this back 7:40am." in page(alice.get(receipt)).text
