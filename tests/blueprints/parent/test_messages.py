"""What school sent, as its reader sees it: words and where they lead, and never an address to copy."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from notifications.models import InboundMessage, Message
from notifications.services import settle_text
from tests.blueprints.parent.test_report import public_id, reports, send_quick
from tests.factories import TODAY, World
from tests.pages import Enter, Page, counted_statements, page, text_of
from webapp.absence.queries.reporting import ContactKey
from webapp.absence.services.change import withdraw_report
from webapp.absence.services.deciders import Decider
from webapp.absence.services.talk import ask
from webapp.first_day.models import FirstDayCase
from webapp.first_day.services.pupil_notes import NoteWriter, PupilNamed, write_to_contact
from webapp.first_day.services.school_session import SchoolSession
from webapp.first_day.services.telling import Missing, Wrong, ask_families_in, correct_in
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
    assert "You can also reply to our text, or ring Hill Primary on 01632 960001." in found.text
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
        # What is kept for seconds would be asked for again in a slow run only.
        db.memo.forget()
        with counted_statements(db) as seen:
            assert alice.get("/messages").status_code == 200
        return seen

    ask(decider, reports()[0].id, "Has she seen a doctor?", "key-1-of-ask")
    first = len(statements())
    for number in (2, 3):
        ask(decider, reports()[0].id, f"Question {number}", f"key-{number}-of-ask")
    assert len(statements()) <= first <= 12


def test_a_report_taken_back_says_when(as_parent: Enter, world: World, receipt: str) -> None:
    alice = as_parent(world.alice)
    report = reports()[0]
    withdraw_report((ContactKey(world.organisation, world.alice),), report.public_id, report.version, "10am")
    assert "You took this back 7:40am." in page(alice.get(receipt)).text


def answered(client: FlaskClient, **fields: str) -> tuple[str, Any]:
    """The address of the newest message that school wrote, and what came of an answer to it."""
    with read_door() as db:
        named = db.scalar(
            select(Message.public_id).where(Message.name == "something_to_read").order_by(Message.id.desc())
        )
    address = f"/messages/{named}"
    form = page(client.get(address)).fields(f"{address}/answers")
    return address, client.post(f"{address}/answers", data={**form, **fields})


def inbound() -> list[Any]:
    with read_door() as db:
        return list(db.execute(select(*InboundMessage.__table__.c).order_by(InboundMessage.id)))


def test_an_answer_reaches_the_inbox_once_and_is_shown(
    as_parent: Enter, as_staff: Enter, world: World, khan: Actor
) -> None:
    write(world, khan, "Tom left his inhaler.")
    alice = as_parent(world.alice)
    form = {"words": "I am on my way 🙂", "submission_key": "key-of-the-answer"}
    address, first = answered(alice, **form)
    _, second = answered(alice, **form)
    assert first.location == second.location == f"{address}?sent=yes#answers"
    (row,) = inbound()
    assert (row.body, row.provider, row.sender) == ("I am on my way 🙂", "app", "app")
    assert (row.school_id, row.contact_id, row.enrolment_id) == (world.hill, world.alice, world.tom_enrolment)
    shown = page(alice.get(f"{address}?sent=yes"))
    assert "Sent. The office at Hill Primary has your answer." in shown.text
    assert "You Sent 7:40amI am on my way 🙂" in shown.text
    inbox = page(as_staff(world.officer).get("/staff/hill/inbox"))
    assert "I am on my way 🙂" in inbox.text
    assert "in the app" in inbox.text
    timeline = page(as_staff(world.officer).get(f"/staff/hill/pupils/{public_id(world.tom)}")).text
    assert "Answer in the app: “I am on my way 🙂”" in timeline
    settle_text(world.organisation, row.id, actor=khan)
    assert "The office dealt with it 7:40am" in page(alice.get(address)).text


def test_other_words_from_the_same_form_are_an_answer_too(as_parent: Enter, world: World, khan: Actor) -> None:
    write(world, khan, "Please ring us")
    alice = as_parent(world.alice)
    answered(alice, words="Yes", submission_key="key-of-the-answer")
    answered(alice, words="He is being hit at home", submission_key="key-of-the-answer")
    answered(alice, words="Yes", submission_key="key-of-the-answer")
    assert [row.body for row in inbound()] == ["Yes", "He is being hit at home"]
    _, without = answered(alice, words="Without a key", submission_key="")
    assert (without.status_code, page(without).fields()["words"].strip()) == (422, "Without a key")


@pytest.mark.parametrize(("words", "mend"), [(" \x00 ", "Write what you would like"), ("é" * 2001, "2,000 characters")])
def test_an_answer_that_cannot_be_sent_is_kept_in_the_form(
    as_parent: Enter, world: World, khan: Actor, words: str, mend: str
) -> None:
    write(world, khan, "Please ring us")
    _, answer = answered(as_parent(world.alice), words=words)
    assert answer.status_code == 422
    form = page(answer)
    assert form.title.startswith("Error: ")
    assert any(mend in text for text, href in form.links().items() if href == "#words")
    assert form.fields()["words"].strip() == words.strip(" \x00")
    assert inbound() == []


def test_danger_in_an_answer_reaches_the_safeguarding_lead(as_parent: Enter, world: World, khan: Actor) -> None:
    write(world, khan, "Please ring us")
    answered(as_parent(world.alice), words="Tom says he wants to kill himself")
    assert inbound()[0].danger
    with read_door() as db:
        assert db.scalars(select(Message.staff_id).where(Message.name == "danger_to_dsl")).all()


def test_nobody_answers_another_adults_message(as_parent: Enter, world: World, khan: Actor) -> None:
    write(world, khan, "Please ring us")
    with read_door() as db:
        named = db.scalar(select(Message.public_id))
    bob = as_parent(world.bob)
    token = page(bob.get("/you/notifications")).fields()["csrf_token"]
    assert bob.post(f"/messages/{named}/answers", data={"words": "Yes", "csrf_token": token}).status_code == 404
    assert inbound() == []


@pytest.fixture
def asks_nothing(world: World) -> str:
    """The address of a text to Alice under which no page shows a field."""
    session = SchoolSession(world.organisation, world.hill, TODAY, Half.AM)
    wrong = Wrong(world.alice, 1, None, school_now(), 1, world.tom, "Tom")
    with unit_of_work() as tx:
        (sent,) = correct_in(tx, session, [wrong]).values()
    return f"/messages/{sent.public_id}"


def test_words_under_a_message_that_asks_nothing_are_not_lost(
    as_parent: Enter, as_staff: Enter, world: World, asks_nothing: str
) -> None:
    alice = as_parent(world.alice)
    shown = page(alice.get(asks_nothing))
    assert not [form for form in shown.all(".//form") if "answers" in form.get("action", "")]
    token = page(alice.get("/you/notifications")).fields()["csrf_token"]
    form = {"csrf_token": token, "submission_key": "key-of-the-answer"}
    for _ in range(2):
        answer = alice.post(f"{asks_nothing}/answers", data={**form, "words": "He is not in school, I have him here"})
        assert answer.status_code == 303
    (row,) = inbound()
    assert (row.body, row.school_id, row.state) == ("He is not in school, I have him here", world.hill, "new")
    assert "He is not in school" in page(as_staff(world.officer).get("/staff/hill/inbox")).text
    assert "Sent. The office at Hill Primary has your answer." in page(alice.get(answer.location)).text


@pytest.mark.parametrize(("words", "mend"), [(" ", "Write what you would like"), ("é" * 2001, "2,000 characters")])
def test_nothing_under_a_message_that_asks_nothing_is_refused_with_the_words(
    as_parent: Enter, world: World, asks_nothing: str, words: str, mend: str
) -> None:
    alice = as_parent(world.alice)
    token = page(alice.get("/you/notifications")).fields()["csrf_token"]
    form = {"csrf_token": token, "submission_key": "key-of-the-answer"}
    answer = alice.post(f"{asks_nothing}/answers", data={**form, "words": words})
    assert answer.status_code == 422
    found = page(answer)
    assert "Your answer to this message from Hill Primary was not sent." in found.text
    assert any(mend in text for text, href in found.links().items() if href == "#words")
    assert found.fields(f"{asks_nothing}/answers")["words"].strip() == words.strip()
    assert inbound() == []


def new_ones(client: FlaskClient) -> int:
    return sum(part.text == "New" for part in page(client.get("/messages")).all(".//b"))


def test_a_message_whose_matter_is_over_is_not_new(
    as_parent: Enter, world: World, khan: Actor, receipt: str
) -> None:
    alice = as_parent(world.alice)
    before = new_ones(alice)
    ask(Decider(world.organisation, world.hill, khan), reports()[0].id, "Has she seen a doctor?", "key-of-ask")
    write(world, khan, "Please ring us")
    assert new_ones(alice) == before + 2
    alice.get(receipt)
    assert new_ones(alice) == before + 1
    with unit_of_work() as tx:
        (named,) = tx.execute(select(Message.id).where(Message.name == "something_to_read")).scalars()
        insert_row(
            tx, InboundMessage, organisation_id=world.organisation, public_id="in-1", provider="demo",
            provider_id="in-1", sender="07700900001", body="I will", received_at=school_now(), contact_id=world.alice,
            answers_message_id=named, candidates=[], suggestion={},
        )  # fmt: skip
    assert new_ones(alice) == before


def test_a_text_that_asked_where_a_child_is_is_not_new_once_that_was_said(as_parent: Enter, world: World, at) -> None:
    session = SchoolSession(world.organisation, world.hill, TODAY, Half.AM)
    with unit_of_work() as tx:
        now = school_now()
        case = insert_row(
            tx, FirstDayCase, organisation_id=world.organisation, public_id="case-of-tom-1", school_id=world.hill,
            enrolment_id=world.tom_enrolment, date=TODAY, half=0, state="open", opened_at=now,
            owner_role="attendance_officer", next_step="ring", next_due_at=now,
        )  # fmt: skip
        ask_families_in(tx, session, {world.alice: [Missing(case, world.tom, "Tom")]})
    alice, asked = as_parent(world.alice), "Tom was not marked in."

    def row() -> str:
        return next(text for each in page(alice.get("/messages")).all(".//li") if asked in (text := text_of(each)))

    assert "New" in row()
    send_quick(alice, public_id(world.ella), reason="ill")
    assert "New" in row()
    send_quick(alice, public_id(world.tom), reason="ill")
    assert "New" not in row()
