"""The pages of passkeys: the offer, the list, showing again that it is you."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select, update

from notifications.models import Delivery
from tests.accounts.soft_key import SoftKey
from tests.factories import World
from tests.pages import Enter, page
from webapp.accounts.models import Passkey, Session
from webapp.foundation.db import read_door, unit_of_work
from webapp.people.models import Contact, ContactPoint

CHROME = {"User-Agent": "Mozilla/5.0 (Linux; Android 15) Chrome/130"}


def latest_code() -> str:
    with read_door() as db:
        bodies = db.scalars(select(Delivery.body).order_by(Delivery.id.desc())).all()
    return next(found[0] for body in bodies if (found := re.search(r"\d{6}", body)))


def key_of(client: FlaskClient, at: str = "/you/passkeys") -> dict[str, str]:
    return {"csrf_token": page(client.get(at)).fields()["csrf_token"]}


def by_code(client: FlaskClient, passkeys: str) -> str:
    form = page(client.get("/sign-in")).fields("/sign-in")
    asked = client.post("/sign-in", data={**form, "contact_point": "07700 900001"})
    typed = {**page(client.get(asked.location)).fields(), "code": latest_code(), "passkeys": passkeys}
    return client.post("/sign-in/code", data=typed).location


def test_a_browser_that_can_is_offered_one_once_a_month(
    anonymous: FlaskClient, world: World, at: time_machine.Traveller
):
    assert by_code(anonymous, "1") == "/sign-in/passkey"
    offer = anonymous.get("/sign-in/passkey?next=/children")
    assert page(offer).h1 == "Next time, use your fingerprint or face"
    assert page(offer).links()["Not now"] == "/children"
    cookie = next(one for one in offer.headers.getlist("Set-Cookie") if "passkey-asked" in one)
    assert f"Max-Age={30 * 86400}" in cookie and "HttpOnly" in cookie
    at.shift(timedelta(minutes=2))
    assert by_code(anonymous, "1") == "/home"
    other = anonymous.application.test_client()
    at.shift(timedelta(minutes=2))
    assert by_code(other, "") == "/home"


def test_one_is_made_used_named_and_removed(as_parent: Enter, world: World):
    alice, key = as_parent(world.alice), SoftKey()
    assert "You have none yet." in page(alice.get("/you/passkeys")).text
    csrf = key_of(alice)
    options = alice.post("/you/passkeys/options", data=csrf)
    assert "no-store" in options.headers["Cache-Control"]
    made = alice.post("/you/passkeys", data={**csrf, "credential": key.make(options.text)}, headers=CHROME)
    assert made.location == "/you/passkeys"
    # Out, and in again by the passkey alone.
    alice.post("/sign-out", data=csrf)
    csrf = {"csrf_token": page(alice.get("/sign-in")).fields("/sign-in")["csrf_token"]}
    answer = key.use(alice.post("/sign-in/passkey/options", data=csrf).text)
    came = alice.post("/sign-in/passkey", data={**csrf, "credential": answer, "next": "/you/passkeys"})
    assert came.location == "/you/passkeys"
    listed = page(alice.get("/you/passkeys"))
    assert "Chrome on Android" in listed.text and "last used" in listed.text
    with read_door() as db:
        passkey = db.scalar(select(Passkey.public_id))
    csrf = key_of(alice)
    alice.post(f"/you/passkeys/{passkey}/rename", data={**csrf, "name": "<b>Kitchen</b>"})
    assert "<b>Kitchen</b>" in page(alice.get("/you/passkeys")).text
    empty = alice.post(f"/you/passkeys/{passkey}/rename", data={**csrf, "name": ""})
    assert empty.status_code == 422 and page(empty).title.startswith("Error: ")
    assert "Kitchen" in page(alice.get(f"/you/passkeys/{passkey}/remove")).text
    assert alice.post(f"/you/passkeys/{passkey}/remove", data=csrf).location == "/you/passkeys"
    assert "You have none yet." in page(alice.get("/you/passkeys")).text
    with read_door() as db:
        assert db.scalar(select(Session.passkey_id).where(Session.ended_at.is_(None))) is not None


@pytest.mark.parametrize("answer", ["", "{}", "nonsense"])
def test_a_passkey_that_opens_nothing_leaves_the_code(anonymous: FlaskClient, world: World, answer: str):
    csrf = {"csrf_token": page(anonymous.get("/sign-in")).fields("/sign-in")["csrf_token"]}
    refused = anonymous.post("/sign-in/passkey", data={**csrf, "credential": answer})
    assert refused.status_code == 422
    assert "The passkey did not work." in page(refused).text
    assert anonymous.get("/home").status_code == 302


def test_another_familys_passkey_is_not_there(as_parent: Enter, world: World):
    alice, charlie, key = as_parent(world.alice), as_parent(world.charlie), SoftKey()
    csrf = key_of(alice)
    options = alice.post("/you/passkeys/options", data=csrf).text
    alice.post("/you/passkeys", data={**csrf, "credential": key.make(options)})
    with read_door() as db:
        passkey = db.scalar(select(Passkey.public_id))
    csrf = key_of(charlie)
    assert charlie.get(f"/you/passkeys/{passkey}/remove").status_code == 404
    for deed in ("remove", "rename"):
        assert charlie.post(f"/you/passkeys/{passkey}/{deed}", data={**csrf, "name": "x"}).status_code == 404


def test_after_ten_minutes_a_code_is_asked_for_first(
    as_parent: Enter, world: World, at: time_machine.Traveller
):
    alice, key = as_parent(world.alice), SoftKey()
    csrf = key_of(alice)
    made_before = key.make(alice.post("/you/passkeys/options", data=csrf).text)
    at.shift(timedelta(minutes=10))
    told = alice.post("/you/passkeys/options", data=csrf)
    assert (told.status_code, told.json["go"]) == (403, "/you/prove?next=/you/passkeys")
    assert alice.post("/you/passkeys", data={**csrf, "credential": made_before}).location == told.json["go"]
    asked = page(alice.get(told.json["go"]))
    assert asked.h1 == "Show that it is you" and "07700 900001" in asked.text
    sent = alice.post("/you/prove/send", data=asked.fields("/you/prove/send"))
    assert sent.location == "/you/prove/code?next=/you/passkeys"
    form = page(alice.get(sent.location)).fields()
    wrong = alice.post("/you/prove/code", data={**form, "code": f"{(int(latest_code()) + 1) % 1_000_000:06}"})
    assert wrong.status_code == 422
    assert "You have 4 tries left." in page(wrong).text
    assert alice.post("/you/passkeys/options", data=csrf).status_code == 403
    done = alice.post("/you/prove/code", data={**form, "code": latest_code()})
    assert done.location == "/you/passkeys"
    assert alice.post("/you/passkeys/options", data=csrf).status_code == 200
    with read_door() as db:
        assert len(db.execute(select(Session.id)).all()) == 1


def test_a_code_for_another_number_proves_nothing_here(
    as_parent: Enter, world: World, at: time_machine.Traveller
):
    """Who holds a borrowed phone asks for a code to their own number, and types that."""
    alice = as_parent(world.alice)
    csrf = key_of(alice)
    at.shift(timedelta(minutes=10))
    form = page(alice.get("/sign-in")).fields("/sign-in")
    alice.post("/sign-in", data={**form, "contact_point": "07700 900003"})
    answer = alice.post("/you/prove/code", data={**csrf, "code": latest_code()})
    assert answer.status_code == 422
    assert alice.post("/you/passkeys/options", data=csrf).status_code == 403


def test_a_number_that_changed_hands_names_nobody_to_its_old_holder(
    as_parent: Enter, world: World, at: time_machine.Traveller
):
    """Alice's phone stays signed in with a number that is Charlie's now: it must not be offered Charlie."""
    alice = as_parent(world.alice)
    csrf = key_of(alice)
    at.shift(timedelta(days=2))
    with unit_of_work() as tx:
        moved = update(ContactPoint).where(ContactPoint.value == "+447700900001")
        tx.execute(moved.values(contact_id=world.charlie))
    assert alice.get("/home").location == "/sign-in/who"
    who = page(alice.get("/sign-in/who"))
    assert who.h1 == "Sign in again"
    assert "Charlie" not in who.text
    with read_door() as db:
        key = db.scalar(select(Contact.public_id).where(Contact.id == world.charlie))
    assert alice.post("/sign-in/who", data={**csrf, "person": key}).status_code == 422
    assert alice.get("/home").location == "/sign-in/who"
