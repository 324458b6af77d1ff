"""Each channel against a stand-in that speaks its protocol on this machine."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import jwt
import pytest

from notifications.channels import Channels, Looked, NoChannels, Outcome, Parcel, PushKeys, Verdict, channels_from
from notifications.channels import current as current_channels
from notifications.channels import use as use_channels
from notifications.channels.demo import WRONG_NUMBER, DemoPhone
from notifications.channels.smtp import SmtpMail
from notifications.channels.twilio import TwilioSms
from notifications.channels.web import retry_after
from notifications.channels.web_push import WebPushes, is_push_service, public_key
from notifications.rules.errors import Effect
from tests.notifications.mail_standin import MailStandIn, mail_server
from tests.notifications.push_standin import PushStandIn, push_service, vapid_key
from tests.notifications.twilio_standin import ACCOUNT, SERVICE, TOKEN, Answer, TwilioStandIn, twilio
from webapp.foundation.config import Mail, Push, Twilio, load

HOUR = timedelta(hours=1)
TEXT = Parcel(
    token="tok-1", address="+447700900001", body="Hill Primary: hello", worth=HOUR,
    first_called_at=datetime.now(UTC) - timedelta(seconds=5),
)  # fmt: skip


@pytest.fixture
def texts() -> Iterator[TwilioStandIn]:
    with twilio() as stand_in:
        yield stand_in


@pytest.fixture
def pushes() -> Iterator[PushStandIn]:
    with push_service() as stand_in:
        yield stand_in


@pytest.fixture
def mail() -> Iterator[MailStandIn]:
    with mail_server() as stand_in:
        yield stand_in


def sms(stand_in: TwilioStandIn, *, sender: str = SERVICE, token: str = TOKEN) -> TwilioSms:
    return TwilioSms(Twilio(ACCOUNT, token, sender, stand_in.url), "https://attend.hill.example")


# Twilio.


def test_a_text_is_created_as_twilio_wants_it(texts: TwilioStandIn) -> None:
    outcome = sms(texts).send(TEXT)
    assert outcome == Outcome.accepted(texts.kept[0]["sid"])
    assert texts.sent == [{
        "To": "+447700900001", "Body": "Hill Primary: hello", "MessagingServiceSid": SERVICE, "SmartEncoded": "true",
        "StatusCallback": "https://attend.hill.example/webhooks/twilio/status?o=tok-1", "ValidityPeriod": "3600",
    }]  # fmt: skip


@pytest.mark.parametrize(
    ("worth", "validity"), [(timedelta(days=3), "36000"), (timedelta(seconds=90), "90"), (timedelta(0), "1")]
)
def test_how_long_it_is_worth_sending(texts: TwilioStandIn, worth: timedelta, validity: str) -> None:
    sms(texts, sender="+447700900500").send(replace(TEXT, worth=worth))
    assert texts.sent[0]["ValidityPeriod"] == validity
    assert texts.sent[0]["From"] == "+447700900500"


@pytest.mark.parametrize(
    ("answer", "verdict", "effect", "code"),
    [
        (Answer(400, 21211), Verdict.PERMANENT, Effect.BAD_NUMBER, "21211"),
        (Answer(400, 21610), Verdict.PERMANENT, Effect.OPTED_OUT, "21610"),
        (Answer(400, 21999), Verdict.PERMANENT, Effect.NEXT_WAY, "21999"),
        (Answer(401, 20003), Verdict.PERMANENT, Effect.STOP_CHANNEL, "20003"),
        (Answer(429, 20429), Verdict.RETRY, None, "20429"),
        (Answer(503, None), Verdict.RETRY, None, "503"),
        (Answer(503, None, body="<html>down</html>"), Verdict.RETRY, None, "503"),
        # Twilio may have taken it: the provider is asked before it is said again.
        (Answer(500, 20500), Verdict.UNKNOWN, None, "20500"),
        (Answer(502, body="bad gateway"), Verdict.UNKNOWN, None, "502"),
        (Answer(drop=True), Verdict.UNKNOWN, None, ""),
        (Answer(drop=True, taken=True), Verdict.UNKNOWN, None, ""),
    ],
)
def test_what_twilio_answers(
    texts: TwilioStandIn, answer: Answer, verdict: Verdict, effect: Effect | None, code: str
) -> None:
    texts.answers.append(answer)
    outcome = sms(texts).send(TEXT)
    assert (outcome.verdict, outcome.code) == (verdict, code)
    assert (outcome.failure.effect if outcome.failure else None) is effect


def test_the_wish_to_wait_is_kept(texts: TwilioStandIn) -> None:
    texts.answers.append(Answer(429, 20429, headers={"Retry-After": "7"}))
    channel = sms(texts)
    assert channel.send(TEXT).retry_after == timedelta(seconds=7)
    texts.answers.append(Answer(429, 20429))
    assert channel.send(TEXT).retry_after is None


def test_a_wrong_token_stops_the_channel(texts: TwilioStandIn) -> None:
    outcome = sms(texts, token="x" * 32).send(TEXT)
    assert outcome.failure is not None
    assert outcome.failure.effect is Effect.STOP_CHANNEL


def test_nobody_listens_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    channel = TwilioSms(Twilio(ACCOUNT, TOKEN, SERVICE, f"http://127.0.0.1:{port}"), "https://attend.hill.example")
    assert channel.send(TEXT).verdict is Verdict.RETRY
    assert channel.find(TEXT).looked is Looked.NOT_NOW


def test_an_edge_in_the_environment_is_passed_over(texts: TwilioStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_EDGE", "sydney")
    monkeypatch.setenv("TWILIO_REGION", "au1")
    assert sms(texts).send(TEXT).verdict is Verdict.ACCEPTED


def test_a_lost_answer_is_looked_up(texts: TwilioStandIn) -> None:
    channel = sms(texts)
    assert channel.find(TEXT).looked is Looked.NOT_THERE
    texts.answers.append(Answer(drop=True, taken=True))
    channel.send(TEXT)
    found = channel.find(TEXT)
    assert (found.looked, found.provider_id, found.status) == (Looked.FOUND, texts.kept[0]["sid"], "accepted")


def test_a_look_up_takes_no_other_text_for_this_one(texts: TwilioStandIn) -> None:
    channel = sms(texts)
    channel.send(replace(TEXT, body="Hill Primary: another"))
    channel.send(replace(TEXT, address="+447700900002"))
    assert channel.find(TEXT).looked is Looked.NOT_THERE
    channel.send(TEXT)
    mine = texts.kept[-1]
    assert channel.find(replace(TEXT, known_ids=frozenset({mine["sid"]}))).looked is Looked.NOT_THERE
    mine["date_created"] = "Mon, 15 Jun 2020 08:00:00 +0000"
    assert channel.find(TEXT).looked is Looked.NOT_THERE


def test_a_look_up_knows_what_smart_encoding_changed(texts: TwilioStandIn) -> None:
    channel = sms(texts)
    channel.send(replace(TEXT, body="Hill Primary: D'Arcy - hello"))
    assert channel.find(replace(TEXT, body="Hill Primary: D’Arcy – hello")).looked is Looked.FOUND


@pytest.mark.parametrize(
    ("answer", "looked"),
    [
        (Answer(401, 20003), Looked.NO_TELLING),
        (Answer(403), Looked.NO_TELLING),
        (Answer(429, 20429), Looked.NOT_NOW),
        (Answer(500), Looked.NOT_NOW),
        (Answer(503, body="down"), Looked.NOT_NOW),
        (Answer(drop=True), Looked.NOT_NOW),
    ],
)
def test_a_look_up_that_fails_says_so(texts: TwilioStandIn, answer: Answer, looked: Looked) -> None:
    texts.list_answers.append(answer)
    assert sms(texts).find(TEXT).looked is looked


# Web Push.


def web_push(key: str = "") -> WebPushes:
    settings = Push(key or vapid_key(), "office@hill.example")
    return WebPushes(settings, allowed=lambda endpoint: endpoint.startswith("http://127.0.0.1:"))


def push_parcel(stand_in: PushStandIn, **changes: object) -> tuple[Parcel, object]:
    phone = stand_in.phone()
    parcel = Parcel(
        token="tok-2", address=phone.endpoint, body='{"web_push":8030,"notification":{"title":"Zoë ✓"}}', worth=HOUR,
        first_called_at=datetime.now(UTC), topic="abc-123", keys=PushKeys(phone.p256dh, phone.auth),
    )  # fmt: skip
    return replace(parcel, **changes), phone  # type: ignore[arg-type]


def test_a_push_is_sealed_for_the_phone_alone(pushes: PushStandIn) -> None:
    key = vapid_key()
    parcel, phone = push_parcel(pushes, urgent=True)
    assert web_push(key).send(parcel).verdict is Verdict.ACCEPTED
    path, headers, body = pushes.taken[0]
    assert path == "/push/one"
    assert phone.opened(body) == {"web_push": 8030, "notification": {"title": "Zoë ✓"}}  # type: ignore[attr-defined]
    assert b"Zo" not in body
    assert (headers["ttl"], headers["urgency"], headers["topic"]) == ("3600", "high", "abc-123")
    assert headers["content-encoding"] == "aes128gcm"
    signed = dict(part.split("=", 1) for part in headers["authorization"].removeprefix("vapid ").split(","))
    claims = jwt.decode(signed["t"], options={"verify_signature": False})
    assert claims["sub"] == "mailto:office@hill.example"
    assert len(public_key(key)) == 65


def test_one_push_does_not_change_the_next(pushes: PushStandIn) -> None:
    channel = web_push()
    for worth, urgent in ((timedelta(0), True), (HOUR, False), (timedelta(minutes=1), True)):
        parcel, _ = push_parcel(pushes, worth=worth, urgent=urgent)
        channel.send(parcel)
    assert [(taken[1]["ttl"], taken[1]["urgency"]) for taken in pushes.taken] == [
        ("0", "high"), ("3600", "normal"), ("60", "high"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("status", "headers", "verdict", "effect"),
    [
        (200, {}, Verdict.ACCEPTED, None),
        (202, {}, Verdict.ACCEPTED, None),
        (404, {}, Verdict.PERMANENT, Effect.GONE),
        (410, {}, Verdict.PERMANENT, Effect.GONE),
        (403, {}, Verdict.PERMANENT, Effect.NEXT_WAY),
        (413, {}, Verdict.PERMANENT, Effect.NEXT_WAY),
        (429, {"Retry-After": "60"}, Verdict.RETRY, None),
        (503, {}, Verdict.RETRY, None),
        (307, {"Location": "http://169.254.169.254/"}, Verdict.PERMANENT, Effect.NEXT_WAY),
    ],
)
def test_what_push_services_answer(
    pushes: PushStandIn, status: int, headers: dict[str, str], verdict: Verdict, effect: Effect | None
) -> None:
    pushes.answers.append((status, headers))
    parcel, _ = push_parcel(pushes)
    outcome = web_push().send(parcel)
    assert outcome.verdict is verdict
    assert (outcome.failure.effect if outcome.failure else None) is effect
    assert outcome.retry_after == (timedelta(seconds=60) if status == 429 else None)
    assert len(pushes.taken) == 1


@pytest.mark.parametrize(
    ("changes", "effect"),
    [
        ({"keys": None}, Effect.GONE),
        ({"keys": PushKeys("AAAA", "BBBB")}, Effect.GONE),
        ({"keys": PushKeys("not base64 !", "x")}, Effect.GONE),
        ({"address": "http://169.254.169.254/latest"}, Effect.GONE),
        ({"body": "x" * 3994}, Effect.NEXT_WAY),
    ],
)
def test_a_push_that_cannot_go_is_not_posted(
    pushes: PushStandIn, changes: dict[str, object], effect: Effect
) -> None:
    parcel, _ = push_parcel(pushes, **changes)
    outcome = web_push().send(parcel)
    assert outcome.failure is not None
    assert outcome.failure.effect is effect
    assert pushes.taken == []


def test_the_longest_push_is_opened(pushes: PushStandIn) -> None:
    parcel, phone = push_parcel(pushes, body='"' + "x" * 3991 + '"')
    assert web_push().send(parcel).verdict is Verdict.ACCEPTED
    assert len(phone.opened(pushes.taken[0][2])) == 3991  # type: ignore[attr-defined]
    assert len(pushes.taken[0][2]) == 4096


@pytest.mark.parametrize(
    ("endpoint", "known"),
    [
        ("https://fcm.googleapis.com/fcm/send/abc", True),
        ("https://updates.push.services.mozilla.com/wpush/v2/abc", True),
        ("https://web.push.apple.com/QAbc", True),
        ("https://db5p.notify.windows.com/w/?token=abc", True),
        ("https://fcm.googleapis.com:443/x", True),
        ("https://fcm.googleapis.com:8443/x", False),
        ("http://fcm.googleapis.com/x", False),
        ("https://fcm.googleapis.com.evil.example/x", False),
        ("https://evilpush.apple.com/x", False),
        ("https://user@fcm.googleapis.com/x", False),
        ("https://fcm.googleapis.com@169.254.169.254/x", False),
        ("https://127.0.0.1/x", False),
        ("https://fcm.googleapis.com:x/", False),
        ("", False),
    ],
)
def test_only_the_push_services_that_are_known(endpoint: str, known: bool) -> None:
    assert is_push_service(endpoint) is known


def test_a_key_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError):
        public_key("not a key")


def test_a_key_with_written_line_ends_is_read() -> None:
    key = vapid_key()
    assert public_key(key.replace("\n", "\\n")) == public_key(key)


# Mail.

MAIL = Parcel(
    token="tok-3", address="alice@family.example", subject="Please tell us about today.",
    body="Hill Primary: Zoë was not marked in.", html="<p>Hill Primary: Zoë</p>", sender_name="Hill Primary",
    worth=HOUR, first_called_at=datetime.now(UTC),
)  # fmt: skip


def smtp(stand_in: MailStandIn, login: str = "") -> SmtpMail:
    url = stand_in.url.replace("smtp://", f"smtp://{login}@" if login else "smtp://")
    return SmtpMail(Mail(url, "messages@attend.hill.example"))


def test_an_email_is_plain_and_html(mail: MailStandIn) -> None:
    outcome = smtp(mail).send(MAIL)
    assert outcome == Outcome.accepted("<tok-3@attend.hill.example>")
    (sent,) = mail.messages
    assert (sent["To"], sent["Subject"]) == ("alice@family.example", "Please tell us about today.")
    assert str(sent["From"]) == "Hill Primary <messages@attend.hill.example>"
    assert sent["Message-ID"] == "<tok-3@attend.hill.example>"
    assert sent["Auto-Submitted"] == "auto-generated"
    assert sent["Date"].datetime.tzinfo is not None
    assert sent.get_body(("plain",)).get_content().strip() == MAIL.body  # type: ignore[union-attr]
    assert "Zoë" in sent.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert mail.taken[0][:2] == ("FROM:<messages@attend.hill.example>", "TO:<alice@family.example>")


@pytest.mark.parametrize(
    ("replies", "verdict", "effect"),
    [
        ({"RCPT": "550 5.1.1 no such user"}, Verdict.PERMANENT, Effect.BAD_NUMBER),
        ({"RCPT": "550 5.7.1 blocked"}, Verdict.PERMANENT, Effect.NEXT_WAY),
        ({"RCPT": "450 4.2.1 later"}, Verdict.RETRY, None),
        ({"MAIL": "421 4.3.2 closing"}, Verdict.RETRY, None),
        ({"END": "552 5.2.2 full"}, Verdict.PERMANENT, Effect.NEXT_WAY),
        ({"END": "451 4.3.0 later"}, Verdict.RETRY, None),
        ({"DATA": "451 4.3.0 later"}, Verdict.RETRY, None),
        ({"HELLO": "554 no"}, Verdict.PERMANENT, Effect.NEXT_WAY),
        ({"MAIL": ""}, Verdict.RETRY, None),
        ({"END": ""}, Verdict.UNKNOWN, None),
        # Taken is taken, however the talk ends.
        ({"QUIT": ""}, Verdict.ACCEPTED, None),
        ({"QUIT": "500 what"}, Verdict.ACCEPTED, None),
    ],
)
def test_what_mail_servers_answer(
    mail: MailStandIn, replies: dict[str, str], verdict: Verdict, effect: Effect | None
) -> None:
    mail.replies = replies
    outcome = smtp(mail).send(MAIL)
    assert outcome.verdict is verdict
    assert (outcome.failure.effect if outcome.failure else None) is effect
    assert smtp(mail).find(MAIL).looked is Looked.NO_TELLING


@pytest.mark.parametrize(
    ("login", "verdict"), [("hill:p%20w", Verdict.ACCEPTED), ("hill:wrong", Verdict.PERMANENT), ("", Verdict.PERMANENT)]
)
def test_a_name_and_password(mail: MailStandIn, login: str, verdict: Verdict) -> None:
    mail.asks_login = True
    outcome = smtp(mail, login).send(MAIL)
    assert outcome.verdict is verdict
    if outcome.failure:
        assert outcome.failure.effect is Effect.STOP_CHANNEL


def test_a_server_elsewhere_must_turn_to_tls(mail: MailStandIn) -> None:
    # Another spelling of this machine, which is not known as such.
    channel = SmtpMail(Mail(mail.url.replace("127.0.0.1", "127.1"), "messages@attend.hill.example"))
    assert channel.send(MAIL).verdict is Verdict.RETRY
    assert mail.taken == []


def test_nobody_can_write_a_header_of_their_own(mail: MailStandIn) -> None:
    with pytest.raises(ValueError, match="line"):
        smtp(mail).send(replace(MAIL, subject="hello\r\nBcc: mallory@evil.example"))
    assert mail.taken == []


# The demo phone, and which channels there are.


def test_the_demo_phone_takes_everything_and_reports_on_texts() -> None:
    outcome = DemoPhone(reports=True).send(TEXT)
    assert outcome.receipt is not None
    assert (outcome.verdict, outcome.receipt.status) == (Verdict.ACCEPTED, "delivered")
    wrong = DemoPhone(reports=True).send(replace(TEXT, address=WRONG_NUMBER)).receipt
    assert wrong is not None
    assert (wrong.status, wrong.code) == ("undelivered", "30005")
    assert DemoPhone(reports=False).send(MAIL).receipt is None
    assert DemoPhone(reports=True).find(TEXT).looked is Looked.NOT_THERE


ENVIRONMENT = {
    "FIRSTBELL_MODE": "demo", "FIRSTBELL_DATABASE_URL": "sqlite:////tmp/none", "FIRSTBELL_SECRET_KEYS": "k" * 32,
    "FIRSTBELL_PUBLIC_URL": "http://localhost:8000",
}  # fmt: skip
TWILIO = {
    "FIRSTBELL_TWILIO_ACCOUNT_SID": ACCOUNT, "FIRSTBELL_TWILIO_AUTH_TOKEN": TOKEN, "FIRSTBELL_TWILIO_SENDER": SERVICE,
}  # fmt: skip


def made(**more: str) -> Channels:
    return channels_from(load({**ENVIRONMENT, **more}))


def test_the_demo_phone_stands_in_for_each_channel_that_is_not_set() -> None:
    channels = made()
    assert {channels.of(way).provider for way in ("sms", "push", "email")} == {"demo"}
    assert channels.can_reply
    assert not channels.push_allowed("https://evil.example/x")
    mixed = made(**TWILIO, FIRSTBELL_SMTP_URL="smtp://127.0.0.1:1", FIRSTBELL_MAIL_FROM="m@hill.example")
    assert [mixed.of(way).provider for way in ("sms", "push", "email")] == ["twilio", "demo", "smtp"]
    pushing = made(FIRSTBELL_VAPID_PRIVATE_KEY=vapid_key(), FIRSTBELL_VAPID_CONTACT="m@hill.example")
    assert pushing.push.provider == "web_push"


@pytest.mark.parametrize(("sender", "can_reply"), [(SERVICE, True), ("+447700900500", True), ("HillPrimary", False)])
def test_a_sender_of_letters_cannot_be_answered(sender: str, can_reply: bool) -> None:
    assert made(**{**TWILIO, "FIRSTBELL_TWILIO_SENDER": sender}).can_reply is can_reply


def test_a_process_without_channels_says_so() -> None:
    use_channels(None)
    with pytest.raises(NoChannels):
        current_channels()


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("30", timedelta(seconds=30)),
        ("999999", timedelta(days=1)),
        ("Tue, 16 Jun 2026 08:01:00 GMT", timedelta(minutes=1)),
        ("Tue, 16 Jun 2026 07:00:00 GMT", timedelta(0)),
        ("soon", None),
        ("-5", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after(header: str | None, wait: timedelta | None) -> None:
    assert retry_after(header, lambda: datetime(2026, 6, 16, 8, 0, tzinfo=UTC)) == wait
