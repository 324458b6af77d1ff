"""Twilio's callbacks: signed or refused, kept once, answered in its own words. Its own library signs the requests."""

from pathlib import Path
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from twilio.request_validator import RequestValidator

from notifications.models import InboundMessage
from tests.factories import World
from webapp.factory import create_app
from webapp.foundation.config import demo_environment, load
from webapp.foundation.db import Database, read_door

TOKEN = "t" * 32
PUBLIC = "https://attend.hill.example"
STATUS, INBOUND = "/webhooks/twilio/status", "/webhooks/twilio/inbound"
TEXT = {"MessageSid": "SM1", "From": "+447700900001", "To": "+447700900800", "Body": "Tom is ill"}
REPORT = {"MessageSid": "SM9", "MessageStatus": "delivered"}


@pytest.fixture
def app(db: Database, tmp_path: Path, at: object) -> Flask:
    """A service that runs behind a proxy with Twilio set up."""
    settings = {
        **demo_environment(tmp_path, "k" * 40, 8000), "FIRSTBELL_PUBLIC_URL": PUBLIC,
        "FIRSTBELL_TWILIO_ACCOUNT_SID": "AC1", "FIRSTBELL_TWILIO_AUTH_TOKEN": TOKEN,
        "FIRSTBELL_TWILIO_SENDER": "+447700900800",
    }  # fmt: skip
    return create_app(load(settings), db)


def sign(path: str, fields: dict[str, str], token: str = TOKEN, algorithm: str | None = None) -> str:
    return RequestValidator(token).compute_signature(f"{PUBLIC}{path}", fields, algorithm)


def call(client: FlaskClient, path: str, fields: dict[str, str], signature: str | None = None, **headers: str):
    headers["X-Twilio-Signature"] = sign(path, fields) if signature is None else signature
    # The proxy's own view of the address is http and another host: it is not asked.
    return client.post(path, data=fields, headers=headers, base_url="http://10.0.0.7:8000")


def texts() -> list[tuple[str, str, str]]:
    with read_door() as db:
        rows = db.execute(select(InboundMessage.provider_id, InboundMessage.sender, InboundMessage.body))
        return [tuple(row) for row in rows]


def test_a_text_is_kept_and_answered_with_nothing(anonymous: FlaskClient, world: World):
    answer = call(anonymous, INBOUND, TEXT)
    assert (answer.status_code, answer.mimetype) == (200, "text/xml")
    assert [child.tag for child in ElementTree.fromstring(answer.text)] == []
    assert texts() == [("SM1", "+447700900001", "Tom is ill")]


def test_the_same_text_again_is_kept_once(anonymous: FlaskClient, world: World):
    assert [call(anonymous, INBOUND, TEXT).status_code for _ in range(3)] == [200, 200, 200]
    assert len(texts()) == 1


def test_a_number_that_nobody_holds_is_told_to_ring(anonymous: FlaskClient, world: World):
    answer = call(anonymous, INBOUND, {**TEXT, "From": "+447700900777"})
    message = ElementTree.fromstring(answer.text).find("Message")
    assert message is not None
    assert "ring your school" in (message.text or "")
    assert texts() == []


@pytest.mark.parametrize("body", ["Zoë is ill 🤒", "لیلا بیمار ہے", "a\0b", "", "<b>x</b> & y", "x" * 1600])
def test_words_of_every_kind_are_kept(anonymous: FlaskClient, world: World, body: str):
    assert call(anonymous, INBOUND, {**TEXT, "Body": body}).status_code == 200
    assert len(texts()) == 1
    assert "\0" not in texts()[0][2]


@pytest.mark.parametrize("path", [INBOUND, STATUS])
@pytest.mark.parametrize(
    "signature",
    ["", "nonsense", "é", sign(INBOUND, TEXT, "another token"), sign("/webhooks/twilio/other", TEXT),
     sign(INBOUND, {**TEXT, "Body": "Tom is in school"})],
)  # fmt: skip
def test_what_twilio_did_not_sign_is_refused(anonymous: FlaskClient, world: World, path: str, signature: str):
    assert call(anonymous, path, TEXT, signature).status_code == 403
    assert texts() == []


def test_a_signature_for_what_the_proxy_says_is_refused(anonymous: FlaskClient, world: World):
    forged = RequestValidator(TOKEN).compute_signature(f"https://evil.example{INBOUND}", TEXT)
    headers = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    assert call(anonymous, INBOUND, TEXT, forged, **headers).status_code == 403


def test_the_newer_signature_is_read_too_and_a_made_up_one_is_not(anonymous: FlaskClient, world: World):
    header = {"X-Twilio-Webhooks-Signature-Settings": "key=k1,algorithm=HMAC_SHA256"}
    assert call(anonymous, INBOUND, TEXT, sign(INBOUND, TEXT, algorithm="HMAC_SHA256"), **header).status_code == 200
    header = {"X-Twilio-Webhooks-Signature-Settings": "algorithm=none"}
    assert call(anonymous, INBOUND, TEXT, "", **header).status_code == 403


def test_a_report_carries_the_deliverys_token_in_the_signed_address(anonymous: FlaskClient, world: World):
    path = f"{STATUS}?{urlencode({'o': 'nobody-has-this-token'})}"
    assert call(anonymous, path, REPORT).status_code == 204
    assert call(anonymous, f"{STATUS}?o=another", REPORT, sign(path, REPORT)).status_code == 403


@pytest.mark.parametrize("path", [INBOUND, STATUS])
def test_only_a_post_is_heard(anonymous: FlaskClient, world: World, path: str):
    assert anonymous.get(path).status_code == 405


def test_without_twilio_there_is_no_such_door(db: Database, tmp_path: Path, world: World):
    client = create_app(load(demo_environment(tmp_path, "k" * 40, 8000)), db).test_client()
    assert client.post(INBOUND, data=TEXT).status_code == 404
