"""A phone begins and ends to take pushes."""

import base64
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from notifications import channels
from notifications.models import Message, PushSubscription
from tests.factories import World
from tests.pages import Enter, page
from webapp.factory import create_app
from webapp.foundation.config import demo_environment, load
from webapp.foundation.db import Database, read_door

ON, OFF = "/push/subscriptions", "/push/subscriptions/remove"
PHONE = "https://fcm.googleapis.com/fcm/send/abc"


def key(length: int) -> str:
    return base64.urlsafe_b64encode(b"\4" * length).rstrip(b"=").decode()


GIVEN = {"endpoint": PHONE, "keys": {"p256dh": key(65), "auth": key(16)}}


@pytest.fixture
def app(db: Database, tmp_path: Path, at: object) -> Iterator[Flask]:
    pem = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    settings = {
        **demo_environment(tmp_path, "k" * 40, 8000), "FIRSTBELL_VAPID_PRIVATE_KEY": pem.decode(),
        "FIRSTBELL_VAPID_CONTACT": "push@school.example",
    }  # fmt: skip
    yield create_app(load(settings), db)
    channels.use(None)


def post(client: FlaskClient, path: str, body: object):
    token = page(client.get("/demo/clock")).fields("/demo/clock")["csrf_token"]
    return client.post(path, json=body, headers={"X-CSRFToken": token})


def held() -> list[tuple[int | None, str, str]]:
    with read_door() as db:
        columns = (PushSubscription.contact_id, PushSubscription.endpoint, PushSubscription.state)
        return [tuple(row) for row in db.execute(select(*columns).order_by(PushSubscription.id))]


def test_a_phone_is_kept_once_for_whoever_is_signed_in(as_parent: Enter, world: World):
    client = as_parent(world.alice)
    assert [post(client, ON, GIVEN).status_code for _ in range(2)] == [204, 204]
    assert held() == [(world.alice, PHONE, "live")]


def test_a_phone_that_changes_hands_is_the_new_owners(as_parent: Enter, world: World):
    post(as_parent(world.alice), ON, GIVEN)
    post(as_parent(world.bob), ON, GIVEN)
    assert held() == [(world.bob, PHONE, "live")]


def test_a_phone_is_turned_off_by_its_owner_only(as_parent: Enter, world: World):
    alice = as_parent(world.alice)
    post(alice, ON, GIVEN)
    assert post(as_parent(world.bob), OFF, {"endpoint": PHONE}).status_code == 204
    assert held() == [(world.alice, PHONE, "live")]
    assert post(alice, OFF, {"endpoint": PHONE}).status_code == 204
    assert held() == [(world.alice, PHONE, "gone")]


@pytest.mark.parametrize(
    "body",
    [
        None, [], "x", {}, {"endpoint": PHONE}, {**GIVEN, "keys": "x"}, {**GIVEN, "keys": {"p256dh": 1, "auth": None}},
        {**GIVEN, "endpoint": "https://169.254.169.254/latest"}, {**GIVEN, "endpoint": "http://fcm.googleapis.com/x"},
        {**GIVEN, "endpoint": PHONE + "/" + "x" * 2000}, {**GIVEN, "endpoint": "\0"},
    ],
)  # fmt: skip
def test_what_is_no_phone_is_refused(as_parent: Enter, world: World, body: object):
    answer = post(as_parent(world.alice), ON, body)
    assert answer.status_code == 400
    assert answer.json["error"]
    assert held() == []


def test_nobody_else_comes_in(anonymous: FlaskClient, as_staff: Enter, as_parent: Enter, world: World):
    assert post(anonymous, ON, GIVEN).status_code == 401
    assert post(as_staff(world.officer), ON, GIVEN).status_code == 401
    assert as_parent(world.alice).post(ON, json=GIVEN).status_code == 400
    assert held() == []


TRIAL = "/push/trial"


def trials() -> list[tuple[int | None, str]]:
    with read_door() as db:
        return [tuple(row) for row in db.execute(select(Message.contact_id, Message.name).order_by(Message.id))]


def test_one_push_to_see_whether_pushes_come(as_parent: Enter, world: World):
    alice = as_parent(world.alice)
    post(alice, ON, GIVEN)
    answers = [post(alice, TRIAL, {"submission_key": "trial-one-of-alice"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    # Accepted is not delivered, and the page says so.
    assert "We have asked for one." in answers[0].json["says"]
    assert trials() == [(world.alice, "push_trial")]


def test_a_phone_is_not_rung_without_end(as_parent: Enter, world: World, at: time_machine.Traveller):
    alice = as_parent(world.alice)
    post(alice, ON, GIVEN)
    found = []
    for number in range(12):
        found += [post(alice, TRIAL, {"submission_key": f"trial-{number}-{again}"}).status_code for again in "ab"]
        at.shift(timedelta(minutes=2))
    assert found == [202, 429] * 10 + [429, 429] * 2
    assert len(trials()) == 10
    told = post(alice, TRIAL, {"submission_key": "trial-too-many"})
    assert told.json["error"] == "You have just asked for one. Try again in an hour."


def test_no_phone_no_trial(as_parent: Enter, world: World):
    post(as_parent(world.alice), ON, GIVEN)
    answer = post(as_parent(world.bob), TRIAL, {"submission_key": "trial-of-bob"})
    assert answer.status_code == 409
    assert "Turn them on first." in answer.json["error"]
    assert trials() == []


@pytest.mark.parametrize("body", [None, {}, {"submission_key": "short"}, {"submission_key": 7}])
def test_a_trial_has_the_key_of_its_form(as_parent: Enter, world: World, body: object):
    alice = as_parent(world.alice)
    post(alice, ON, GIVEN)
    assert post(alice, TRIAL, body).status_code == 400
    assert trials() == []


def test_the_card_offers_it(as_parent: Enter, world: World):
    found = page(as_parent(world.alice).get("/you/notifications"))
    assert len(found.fields(TRIAL)["submission_key"]) >= 8
    assert "Send me one now" in found.text
