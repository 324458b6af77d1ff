"""Signing in with a code, choosing who one is, and leaving."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from notifications.models import Delivery
from tests.factories import World, add_contact
from tests.pages import Enter, page
from webapp.accounts.models import Session
from webapp.foundation.db import read_door, unit_of_work
from webapp.people.models import ContactPoint, PupilContact


def sent_codes() -> list[tuple[str, str]]:
    with read_door() as db:
        rows = db.execute(select(Delivery.address, Delivery.body).order_by(Delivery.id)).all()
    return [(row.address, re.search(r"\d{6}", row.body)[0]) for row in rows]


def ask(client: FlaskClient, point: str, door: str = "", then: str = ""):
    form = page(client.get(f"{door}/sign-in", query_string={"next": then} if then else None)).fields(f"{door}/sign-in")
    return client.post(f"{door}/sign-in", data={**form, "contact_point": point})


def enter(client: FlaskClient, address: str, code: str):
    form = page(client.get(address)).fields()
    return client.post(address, data={**form, "code": code})


def test_a_parent_signs_in_with_a_code(anonymous: FlaskClient, world: World):
    asked = ask(anonymous, "07700 900001", then="/children")
    assert asked.location == "/sign-in/code?next=/children"
    told = page(anonymous.get(asked.location))
    assert "07700 900001" in told.text
    ((address, code),) = sent_codes()
    assert address == "+447700900001"
    answer = enter(anonymous, asked.location, f" {code[:3]} {code[3:]} ")
    assert answer.location == "/children"
    assert "Tom" in page(anonymous.get("/children")).text


def test_staff_sign_in_at_their_own_door(anonymous: FlaskClient, world: World):
    asked = ask(anonymous, f"saira.khan.{world.organisation}@school.example", door="/staff")
    ((_, code),) = sent_codes()
    assert enter(anonymous, asked.location, code).location == "/staff"
    assert anonymous.get("/home").status_code == 302


def test_a_number_that_nobody_holds_sees_the_same_page(anonymous: FlaskClient, world: World):
    known, unknown = ask(anonymous, "07700 900001"), None
    stranger = anonymous.application.test_client()
    unknown = ask(stranger, "07700 900999")
    assert (known.status_code, known.location) == (unknown.status_code, unknown.location)
    assert len(sent_codes()) == 1
    same = [page(client.get("/sign-in/code")).text for client in (anonymous, stranger)]
    assert same[0].replace("900001", "900999") == same[1]


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "Enter a phone number, like 07 and nine more digits."),
        ("01632 960001", "This is a landline. Enter a mobile number or an e-mail address."),
        ("not\x00 a number", "Use digits only, with + first if the number is from abroad."),
    ],
)
def test_what_no_code_can_reach_is_an_error(anonymous: FlaskClient, world: World, typed: str, says: str):
    answer = ask(anonymous, typed)
    form = page(answer)
    assert answer.status_code == 422
    assert form.title == "Error: Sign in"
    assert form.links()[says] == "#contact_point"
    assert sent_codes() == []


def test_a_wrong_code_says_how_many_tries_are_left(anonymous: FlaskClient, world: World):
    asked = ask(anonymous, "07700 900001")
    ((_, code),) = sent_codes()
    wrong = enter(anonymous, asked.location, f"{(int(code) + 1) % 1_000_000:06}")
    assert wrong.status_code == 422
    assert "You have 4 tries left." in page(wrong).text


def test_two_who_share_a_number_say_who_they_are(anonymous: FlaskClient, world: World):
    with unit_of_work() as tx:
        grandma = add_contact(tx, world.organisation, "Amina", "Ahmed", mobile="+447700900001")
        tx.execute(
            PupilContact.__table__.insert().values(
                organisation_id=world.organisation, pupil_id=world.tom, contact_id=grandma, relationship="grandmother",
                priority=3, may_report=True,
            )
        )  # fmt: skip
    asked = ask(anonymous, "07700 900001", then="/home")
    code = sent_codes()[0][1]
    answer = enter(anonymous, asked.location, code)
    assert answer.location == "/sign-in/who?next=/home"
    who = page(anonymous.get(answer.location))
    assert "Amina Ahmed" in who.text and "Alice Ahmed" in who.text
    form = who.fields()
    assert anonymous.post("/sign-in/who", data=form).status_code == 422
    keys = [field.get("value") for field in who.all(".//input") if field.get("type") == "radio"]
    assert anonymous.post("/sign-in/who", data={**form, "person": "con-1-Charlie"}).status_code == 422
    assert anonymous.post("/sign-in/who", data={**form, "person": keys[0]}).location == "/home"
    assert page(anonymous.get("/home")).h1 == "Today"


def test_a_number_taken_away_leaves_nobody_to_be(as_parent: Enter, world: World):
    alice = as_parent(world.alice)
    with unit_of_work() as tx:
        tx.execute(ContactPoint.__table__.update().values(state="bad"))
    sent_on = alice.get("/home")
    assert sent_on.location == "/sign-in/who"
    assert "Ring the school office and ask them to check your number." in page(alice.get(sent_on.location)).text


@pytest.mark.parametrize("address", ["/sign-out", "/forget-this-phone"])
def test_leaving_ends_the_session(as_parent: Enter, world: World, address: str):
    alice = as_parent(world.alice)
    token = page(alice.get("/you/forget")).fields()["csrf_token"]
    answer = alice.post(address, data={"csrf_token": token})
    assert answer.location == "/signed-out"
    assert page(alice.get(answer.location)).h1 == "You have signed out"
    assert alice.get("/home").location.startswith("/sign-in")
    with read_door() as db:
        assert db.scalar(select(Session.ended_at)) is not None
    if address == "/forget-this-phone":
        assert "storage" in answer.headers["Clear-Site-Data"]


def test_sign_in_never_leads_to_another_site(anonymous: FlaskClient, world: World):
    asked = ask(anonymous, "07700 900001", then="//evil.example/x")
    ((_, code),) = sent_codes()
    assert enter(anonymous, asked.location, code).location == "/home"
