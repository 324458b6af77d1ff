"""The demo phone: what arrived, and an answer that goes the way of a real text."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from notifications.models import Delivery, InboundMessage
from notifications.rules.message_kinds import MessageName
from notifications.services import Outgoing, send_in
from tests.factories import World
from tests.pages import counted_statements, page
from webapp.foundation.clock import school_now
from webapp.foundation.db import Database, read_door, unit_of_work

PHONES = "/demo/phone"


LINK = "http://localhost:8000/t/Kd7mRw2QxZ9pTf4N"


def text_alice(world: World, key: str = "m1") -> None:
    """A first-day text that has come to the demo phone."""
    with unit_of_work() as tx:
        send_in(
            tx,
            Outgoing(
                organisation_id=world.organisation, school_id=world.hill, name=MessageName.MISSING_CHILD, key=key,
                contact_id=world.alice, pupil_ids=(world.tom,), about_kind="first_day_case", about_id=1,
                words={"children": ["Tom"], "link": LINK},
            ),
        )  # fmt: skip
        # What the worker does with the demo's channel.
        tx.execute(update(Delivery).values(state="sent", sent_at=school_now(), provider="demo"))


def inbound() -> list[tuple[str, str, str]]:
    with read_door() as db:
        rows = db.execute(select(InboundMessage.provider, InboundMessage.sender, InboundMessage.body))
        return [tuple(row) for row in rows]


def answer(client: FlaskClient, path: str, words: str, **more: str):
    fields = page(client.get(path)).fields(path)
    return client.post(path, data={**fields, "words": words, **more})


def test_an_empty_phone_says_so_and_what_to_do(anonymous: FlaskClient, world: World):
    shown = page(anonymous.get(PHONES))
    assert "Nothing has arrived yet" in shown.text
    assert shown.links()["school clock"] == "/demo/clock"


def test_a_number_leads_to_its_phone(anonymous: FlaskClient, world: World):
    found = anonymous.get(PHONES, query_string={"number": "07700 900001"})
    assert (found.status_code, found.location) == (303, "/demo/phone/+447700900001")
    assert "Nothing has arrived here yet" in page(anonymous.get(found.location)).text


@pytest.mark.parametrize("typed", ["12", "tom@", "seven"])
def test_what_is_no_number_is_said_to_be_so(anonymous: FlaskClient, world: World, typed: str):
    shown = page(anonymous.get(PHONES, query_string={"number": typed}))
    assert shown.title == "Error: The demo phone"
    assert shown.fields(PHONES)["number"] == typed


def test_a_text_arrives_with_its_link_on_this_machine(anonymous: FlaskClient, world: World):
    text_alice(world)
    listed = page(anonymous.get(PHONES))
    assert "Alice Ahmed" in listed.text
    shown = page(anonymous.get("/demo/phone/+447700900001"))
    assert shown.h1 == "Alice Ahmed’s phone"
    assert "Hill Primary: Tom was not marked in." in shown.text
    assert shown.links()[LINK] == "/t/Kd7mRw2QxZ9pTf4N"


def test_words_go_the_way_of_a_text(anonymous: FlaskClient, world: World):
    path = "/demo/phone/+447700900001"
    sent = answer(anonymous, path, "Tom is poorly, been sick all night 🤒")
    assert (sent.status_code, sent.location) == (303, path)
    assert inbound() == [("demo", "+447700900001", "Tom is poorly, been sick all night 🤒")]
    assert "Tom is poorly" in page(anonymous.get(path)).text


def test_the_same_form_twice_is_one_text(anonymous: FlaskClient, world: World):
    path = "/demo/phone/+447700900001"
    fields = {**page(anonymous.get(path)).fields(path), "words": "on our way"}
    for _ in range(2):
        assert anonymous.post(path, data=fields).status_code == 303
    assert len(inbound()) == 1


@pytest.mark.parametrize(("words", "sentence"), [("  ", "Write what you would text"), ("x" * 1601, "1600 characters")])
def test_what_is_no_text_is_refused_and_kept(anonymous: FlaskClient, world: World, words: str, sentence: str):
    path = "/demo/phone/+447700900001"
    refused = answer(anonymous, path, words)
    shown = page(refused)
    assert refused.status_code == 400
    assert sentence in shown.text
    assert shown.fields(path)["words"].strip() == words.strip()
    assert inbound() == []


def test_nobodys_phone_and_one_that_cannot_text(anonymous: FlaskClient, world: World):
    assert anonymous.get("/demo/phone/nobody").status_code == 404
    mail = "/demo/phone/alice@family.example"
    assert page(anonymous.get(mail)).all(".//textarea") == []
    key = page(anonymous.get("/demo/clock")).fields("/demo/clock")["csrf_token"]
    assert anonymous.post(mail, data={"csrf_token": key, "words": "x"}).status_code == 404
    assert anonymous.post("/demo/phone/01632960001", data={"csrf_token": key, "words": "x"}).status_code == 404


def test_a_number_that_no_school_holds_is_told_to_ring(anonymous: FlaskClient, world: World):
    answered = answer(anonymous, "/demo/phone/+447700900777", "hello")
    assert answered.status_code == 400
    assert "Please ring your school" in page(answered).text


def test_statements_do_not_grow_with_what_arrived(db: Database, anonymous: FlaskClient, world: World):
    counts = []
    answer(anonymous, "/demo/phone/+447700900001", "what is kept for a while is kept")
    for round_of in range(3):
        for number in range(round_of * 4):
            answer(anonymous, "/demo/phone/+447700900001", f"text {round_of} {number}")
        with counted_statements(db) as seen:
            anonymous.get("/demo/phone/+447700900001")
            anonymous.get(PHONES)
        # The clock's own row is read by the wall clock, four times a second at most.
        counts.append(sum(" delivery" in statement or " inbound_message" in statement for statement in seen))
        assert len(seen) <= 12
    assert len(set(counts)) == 1
    with read_door() as reading:
        assert reading.scalar(select(func.count()).select_from(InboundMessage)) == 13
