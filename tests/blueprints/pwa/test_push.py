"""A phone begins and ends to take pushes."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from notifications import channels
from notifications.models import PushSubscription
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
