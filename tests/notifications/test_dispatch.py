"""Sending: what becomes of each answer, of each silence, and of a worker that dies."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select, update

from notifications import channels as ways
from notifications.channels import channels_from
from notifications.events import CallNeeded, ContactOptedOut, ContactPointWentBad, DeliveryDelivered, DeliveryFailed
from notifications.models import ChannelPause, Message, PushSubscription
from notifications.rules.message_kinds import MessageName
from notifications.rules.policy import Point
from notifications.services import dispatch, mark_read_in, receive_status, register_still_true
from tests.factories import World
from tests.notifications.conftest import (
    ALICE,
    LINK,
    MORNING,
    Outside,
    add_point,
    deliveries,
    messages,
    missing_child,
    ordinary,
    point_state,
    send,
    set_point,
    states,
    work,
)
from tests.notifications.twilio_standin import Answer
from webapp.foundation.config import load
from webapp.foundation.db import Database, read_door, unit_of_work
from webapp.foundation.work import LeaseLost, claim, run_job
from webapp.foundation.work.table import Work
from webapp.people.models import Contact, ContactPoint, PupilContact

M = MessageName
MINUTE = timedelta(minutes=1)


def open_work() -> int:
    with read_door() as db:
        return len(db.scalars(select(Work.id).where(Work.state.in_(("waiting", "running")))).all())


def code_for_alice(world: World, **changes: Any) -> Any:
    fields = {
        "name": M.SIGN_IN_CODE, "key": "sign_in_code:7", "pupil_ids": (), "about_kind": "sign_in_code", "about_id": 7,
        "words": {"code": "428163", "host": "attend.hill.example"}, "to": Point("mobile", ALICE),
    }  # fmt: skip
    return missing_child(world, **{**fields, **changes})


def test_a_text_goes_out_once(db: Database, world: World, outside: Outside, morning: time_machine.Traveller) -> None:
    send(missing_child(world))
    assert work() == 1
    (text,) = deliveries(db)
    assert outside.texted == [(ALICE, text.body)]
    assert (text.state, text.provider, text.provider_id) == ("sent", "twilio", outside.texts.kept[0]["sid"])
    assert (text.sent_at, text.error_code, text.tries) == (MORNING, "", 1)
    assert outside.texts.sent[0]["StatusCallback"].endswith(f"?o={text.token}")
    assert outside.texts.sent[0]["ValidityPeriod"] == "3600"
    assert work() == 0
    assert open_work() == 0


def test_what_is_no_longer_true_is_not_sent(
    db: Database, world: World, outside: Outside, morning: time_machine.Traveller
) -> None:
    asked: list[Any] = []

    def marked_in(_db: Any, message: Any) -> bool:
        asked.append((message.name, message.about_kind, message.about_id, message.contact_id))
        return False

    register_still_true(M.MISSING_CHILD, marked_in)
    send(missing_child(world), ordinary(world))
    work()
    assert asked == [("missing_child", "first_day_case", 1, world.alice)]
    assert states(db) == [("sms", "cancelled"), ("sms", "sent")]
    assert len(outside.texted) == 1
    assert outside.of(DeliveryFailed) == []


def test_a_check_that_breaks_is_asked_again_and_is_no_call(
    db: Database, world: World, outside: Outside, morning: time_machine.Traveller
) -> None:
    answers: list[Any] = [RuntimeError("no such table"), True]

    def check(_db: Any, _message: Any) -> bool:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return bool(answer)

    register_still_true(M.MISSING_CHILD, check)
    send(missing_child(world))
    work()
    (text,) = deliveries(db)
    assert (text.state, text.tries, text.error_words) == ("waiting", 1, "RuntimeError: no such table")
    morning.shift(MINUTE)
    work()
    assert states(db) == [("sms", "sent")]
    # Nothing had been sent, so nobody was asked whether it had.
    assert outside.texts.listed == []


def test_a_text_that_comes_too_late_becomes_a_call(
    db: Database, world: World, outside: Outside, morning: time_machine.Traveller
) -> None:
    send(missing_child(world))
    morning.shift(61 * MINUTE)
    work()
    assert states(db) == [("sms", "expired")]
    (failed,) = outside.of(DeliveryFailed)
    assert (failed.words, failed.nothing_left, failed.next_channel) == ("not sent: too late", True, "")
    (call,) = outside.of(CallNeeded)
    assert (call.contact_id, call.pupil_ids, call.why) == (world.alice, (world.tom,), "failed")
    assert outside.texted == []


def test_a_bad_number_gives_way_to_the_next(
    db: Database, world: World, outside: Outside, morning: time_machine.Traveller
) -> None:
    add_point(world, world.alice, "mobile", "+447700900011", 2)
    outside.texts.answers.append(Answer(400, 21211))
    send(missing_child(world))
    work()
    assert [(row.address, row.state) for row in deliveries(db)] == [(ALICE, "failed"), ("+447700900011", "sent")]
    first, second = deliveries(db)
    assert (first.error_code, first.error_words, first.failed_at) == ("21211", "wrong number", MORNING)
    assert second.body == first.body
    assert point_state(db, ALICE) == "bad"
    (bad,) = outside.of(ContactPointWentBad)
    assert (bad.contact_id, bad.words) == (world.alice, "wrong number (21211)")
    (failed,) = outside.of(DeliveryFailed)
    assert (failed.code, failed.next_channel, failed.nothing_left) == ("21211", "sms", False)
    assert outside.of(CallNeeded) == []


def test_when_every_way_is_used_up_somebody_rings(
    db: Database, world: World, outside: Outside, morning: time_machine.Traveller
) -> None:
    outside.texts.answers.append(Answer(400, 21614))
    outside.mail.replies = {"RCPT": "550 5.1.1 no such user"}
    send(missing_child(world))
    work()
    assert states(db) == [("sms", "failed"), ("email", "failed")]
    assert [(event.channel, event.nothing_left) for event in outside.of(DeliveryFailed)] == [
        ("sms", False), ("email", True),
    ]  # fmt: skip
    (call,) = outside.of(CallNeeded)
    assert call.why == "bad_number"
    assert point_state(db, "alice@family.example") == "bad"


def test_a_stop_takes_the_next_way_and_the_office_hears(
    db: Database, world: World, outside: Outside, morning: time_machine.Traveller
) -> None:
    outside.texts.answers.append(Answer(400, 21610))
    send(missing_child(world))
    work()
    assert states(db) == [("sms", "failed"), ("email", "sent")]
    assert point_state(db, ALICE) == "opted_out"
    assert [event.contact_id for event in outside.of(ContactOptedOut)] == [world.alice]
    (mail,) = outside.mail.messages
    assert mail["Subject"] == "Please tell us about today."
    assert "reply" not in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("answer", "wait"),
    [
        (Answer(503), 36),
        (Answer(429, 20429, headers={"Retry-After": "90"}), 90),
        (Answer(400, 30001), None),
    ],
)
def test_a_provider_that_is_busy_is_asked_again(
    db: Database, world: World, outside: Outside, morning: time_machine.Traveller, answer: Answer, wait: int | None
) -> None:
    outside.texts.answers.append(answer)
    send(ordinary(world))
    work()
    if wait is None:
        # A code that means "later" in the table, with an answer that is final: retried all the same.
        assert deliveries(db)[0].state == "waiting"
        return
    assert (deliveries(db)[0].state, deliveries(db)[0].tries) == ("waiting", 1)
    morning.shift(timedelta(seconds=min(wait, 90) - 15 if wait > 60 else 20))
    assert work() == 0
    morning.shift(timedelta(seconds=20))
    work()
    assert states(db) == [("sms", "sent")]
    assert len(outside.texted) == 2
    assert outside.texts.listed == []


def test_a_lost_answer_is_looked_up_and_not_said_twice(
    db: Database, world: World, outside: Outside, morning: time_machine.Traveller
) -> None:
    outside.texts.answers.append(Answer(drop=True, taken=True))
    send(missing_child(world))
    work()
    assert states(db) == [("sms", "unknown")]
    morning.shift(timedelta(seconds=21))
    work()
    (text,) = deliveries(db)
    assert (text.state, text.provider_id) == ("sent", outside.texts.kept[0]["sid"])
    assert len(outside.texted) == 1


def test_a_lost_answer_tells_what_became_of_it_since(
    db: Database, world: World, outside: Outside, morning: time_machine.Traveller
) -> None:
    outside.texts.answers.append(Answer(drop=True, taken=True))
    send(missing_child(world))
    work()
    outside.texts.kept[0] |= {"status": "undelivered", "error_code": 30005}
    morning.shift(timedelta(seconds=21))
    work()
    assert states(db) == [("sms", "failed"), ("email", "sent")]
    assert outside.of(DeliveryFailed)[0].code == "30005"


def test_a_call_that_never_came_through_is_made_again(
    db: Database, world: World, outside: Outside, morning: time_machine.Traveller
) -> None:
    outside.texts.answers += [Answer(drop=True), Answer(drop=True)]
    send(missing_child(world))
    for _ in range(3):
        work()
        morning.shift(timedelta(seconds=21))
    assert states(db) == [("sms", "sent")]
    assert (len(outside.texted), len(outside.texts.kept)) == (3, 1)


def test_where_nobody_can_tell_it_is_repeated_once(
    db: Database, world: World, outside: Outside, morning: time_machine.Traveller
) -> None:
    outside.texts.answers += [Answer(drop=True, taken=True)] * 5
    outside.texts.list_answers += [Answer(403)] * 5
    send(missing_child(world))
    for _ in range(5):
        work()
        morning.shift(timedelta(seconds=21))
    assert len(outside.texted) == 2
    assert [row.state for row in deliveries(db) if row.channel == "sms"] == ["failed"]
    assert deliveries(db)[0].error_words == "not known whether it went"
    assert states(db)[1:] == [("email", "sent")]


def minutes_down(outside: Outside, morning: time_machine.Traveller, answer: Answer, minutes: int) -> None:
    """A worker looks every ten seconds while the provider answers nothing else, to calls and to look-ups."""
    outside.texts.down = answer
    for _ in range(minutes * 6):
        work()
        morning.shift(timedelta(seconds=10))
    outside.texts.down = None


@pytest.mark.parametrize("answer", [Answer(500), Answer(drop=True), Answer(503, 20503), Answer(429, 20429)])
@pytest.mark.parametrize("minutes", [3, 30])
def test_a_provider_that_is_down_loses_no_text(
    db: Database, world: World, outside: Outside, morning: time_machine.Traveller, answer: Answer, minutes: int
) -> None:
    send(missing_child(world))
    minutes_down(outside, morning, answer, minutes)
    assert [state for _, state in states(db)] in (["unknown"], ["waiting"])
    assert outside.of(DeliveryFailed) == []
    # What cannot wait goes within little more than a minute of its being well again.
    for _ in range(8):
        work()
        morning.shift(timedelta(seconds=10))
    assert states(db) == [("sms", "sent")]
    assert len(outside.texts.kept) == 1


def test_a_provider_that_takes_and_does_not_answer_is_asked_before_it_is_told_twice(
    db: Database, world: World, outside: Outside, morning: time_machine.Traveller
) -> None:
    send(missing_child(world))
    minutes_down(outside, morning, Answer(drop=True, taken=True), 10)
    # Once more, because a look-up that is down must not keep a text from going for an hour.
    assert len(outside.texts.kept) == 2
    morning.shift(timedelta(minutes=2))
    work()
    assert states(db) == [("sms", "sent")]
    assert len(outside.texts.kept) == 2


def test_a_provider_that_stays_down_lets_the_office_ring(
    db: Database, world: World, outside: Outside, morning: time_machine.Traveller
) -> None:
    send(missing_child(world))
    minutes_down(outside, morning, Answer(500), 62)
    assert [state for channel, state in states(db) if channel == "sms"] == ["expired"]
    assert outside.of(DeliveryFailed)[0].words == "not sent: too late"


def test_a_code_is_never_repeated(
    db: Database, world: World, outside: Outside, morning: time_machine.Traveller
) -> None:
    outside.texts.answers.append(Answer(drop=True))
    send(code_for_alice(world))
    for _ in range(3):
        work()
        morning.shift(timedelta(seconds=21))
    (text,) = deliveries(db)
    assert (text.state, text.error_words) == ("failed", "not known whether it went")
    assert len(outside.texted) == 1
    assert "428163" not in text.body
    assert outside.of(CallNeeded) == []


def test_a_code_is_forgotten_once_it_has_gone(
    db: Database, world: World, outside: Outside, morning: time_machine.Traveller
) -> None:
    send(code_for_alice(world))
    work()
    assert "428163" in outside.texted[0][1]
    (text,) = deliveries(db)
    assert "428163" not in text.body
    assert text.body.startswith("•••••• is your Firstbell code.")


def die_with_the_job() -> None:
    """A worker that claims, and is killed before it writes anything down."""
    (job,) = claim("the late worker", {"delivery"}, 1)
    assert job.attempts >= 1


@pytest.mark.parametrize("called", [True, False])
def test_a_worker_dies_between_claim_and_commit(
    db: Database, world: World, outside: Outside, morning: time_machine.Traveller, called: bool
) -> None:
    send(missing_child(world))
    die_with_the_job()
    if called:
        outside.texts.take({"To": ALICE, "Body": deliveries(db)[0].body})
    assert work() == 0
    morning.shift(2 * MINUTE)
    work()
    assert states(db) == [("sms", "sent")]
    assert len(outside.texts.kept) == 1
    assert len(outside.texted) == (0 if called else 1)


def test_a_worker_dies_with_a_code(
    db: Database, world: World, outside: Outside, morning: time_machine.Traveller
) -> None:
    send(code_for_alice(world))
    die_with_the_job()
    morning.shift(2 * MINUTE)
    work()
    assert states(db) == [("sms", "failed")]
    assert outside.texted == []


def test_workers_that_die_over_and_over_where_nobody_can_tell(
    db: Database, world: World, outside: Outside, morning: time_machine.Traveller
) -> None:
    outside.texts.list_answers += [Answer(403)] * 5
    send(missing_child(world))
    for _ in range(2):
        die_with_the_job()
        morning.shift(2 * MINUTE)
    work()
    assert states(db) == [("sms", "failed"), ("email", "sent")]
    assert outside.texted == []


def test_a_worker_that_lost_its_lease_writes_nothing(
    db: Database, world: World, outside: Outside, morning: time_machine.Traveller
) -> None:
    send(missing_child(world))
    (slow,) = claim("a slow worker", {"delivery"}, 1)
    morning.shift(2 * MINUTE)
    (quick,) = claim("a quick worker", {"delivery"}, 1)
    with pytest.raises(LeaseLost):
        dispatch(slow)
    assert states(db) == [("sms", "waiting")]
    run_job(quick)
    assert states(db) == [("sms", "sent")]
    # The slow worker's text is found: the number gets one.
    assert len(outside.texts.kept) == 1


def test_our_own_fault_stops_the_channel_until_it_is_mended(
    db: Database, world: World, outside: Outside, morning: time_machine.Traveller
) -> None:
    outside.texts.answers.append(Answer(401, 20003))
    send(missing_child(world), ordinary(world))
    work()
    # One call was enough to know; the other was not made.
    assert len(outside.texted) == 1
    assert states(db) == [("sms", "waiting"), ("sms", "waiting")]
    assert point_state(db, ALICE) == "usable"
    with read_door() as read:
        (stopped,) = read.execute(select(ChannelPause.since, ChannelPause.words)).all()
    assert tuple(stopped) == (MORNING, "our account with the text provider was refused")
    morning.shift(timedelta(minutes=2, seconds=1))
    work()
    assert states(db) == [("sms", "sent"), ("sms", "sent")]
    with read_door() as read:
        assert read.scalars(select(ChannelPause.channel)).all() == []


def test_a_channel_that_stays_down_lets_the_office_ring(
    db: Database, world: World, outside: Outside, morning: time_machine.Traveller
) -> None:
    outside.texts.answers += [Answer(401, 20003)] * 100
    send(missing_child(world))
    for _ in range(35):
        work()
        morning.shift(2 * MINUTE)
    assert states(db) == [("sms", "expired")]
    assert [event.why for event in outside.of(CallNeeded)] == ["failed"]
    assert open_work() == 0


def test_a_push_is_opened_by_the_phone_it_was_meant_for(
    db: Database, world: World, outside: Outside, morning: time_machine.Traveller, subscribe: Callable[..., Any]
) -> None:
    phone = subscribe(world, world.alice)
    send(missing_child(world))
    work()
    assert states(db) == [("sms", "sent"), ("push", "sent")]
    ((_, headers, body),) = outside.pushes.taken
    shown = phone.opened(body)["notification"]
    assert (shown["title"], shown["body"], shown["navigate"]) == ("Hill Primary", "Please tell us about today.", LINK)
    assert (headers["urgency"], headers["ttl"], headers["topic"]) == ("high", "3600", shown["tag"])


def test_a_correction_takes_the_place_of_what_it_corrects(
    db: Database, world: World, outside: Outside, morning: time_machine.Traveller, subscribe: Callable[..., Any]
) -> None:
    subscribe(world, world.alice)
    words = {"children": ["Tom"], "time": "9:17am"}
    send(missing_child(world), missing_child(world, name=M.CORRECTION, key="correction:1", words=words))
    work()
    first, second = (headers["topic"] for _, headers, _ in outside.pushes.taken)
    assert first == second


def test_a_text_follows_a_push_that_gives_no_sign(
    db: Database, world: World, outside: Outside, morning: time_machine.Traveller, subscribe: Callable[..., Any]
) -> None:
    subscribe(world, world.alice)
    send(ordinary(world))
    work()
    assert states(db) == [("push", "sent"), ("sms", "waiting")]
    morning.shift(11 * MINUTE)
    work()
    assert states(db) == [("push", "sent"), ("sms", "sent")]


@pytest.mark.parametrize("by", ["public id", "what it is about"])
def test_a_message_that_was_seen_needs_no_text(
    db: Database, world: World, outside: Outside, morning: time_machine.Traveller, subscribe: Callable[..., Any],
    by: str,
) -> None:  # fmt: skip
    subscribe(world, world.alice)
    (queued,) = send(ordinary(world))
    work()
    which: dict[str, Any] = (
        {"public_id": queued.public_id} if by == "public id" else {"about_kind": "report", "about_id": 1}
    )
    with unit_of_work() as tx:
        assert mark_read_in(tx, world.organisation, contact_id=world.bob, **which) == 0
        assert mark_read_in(tx, world.organisation, contact_id=world.alice, **which) == 1
        assert mark_read_in(tx, world.organisation, contact_id=world.alice, **which) == 0
    assert messages(db)[0].read_at == MORNING
    morning.shift(11 * MINUTE)
    work()
    assert states(db) == [("push", "sent"), ("sms", "cancelled")]
    assert outside.texted == []


@pytest.mark.parametrize("status", [404, 410])
def test_a_phone_that_is_gone_hastens_the_text(
    db: Database, world: World, outside: Outside, morning: time_machine.Traveller, subscribe: Callable[..., Any],
    status: int,
) -> None:  # fmt: skip
    subscribe(world, world.alice)
    outside.pushes.answers.append((status, {}))
    send(ordinary(world))
    work()
    assert states(db) == [("push", "failed"), ("sms", "sent")]
    with read_door() as read:
        assert read.scalars(select(PushSubscription.state)).all() == ["gone"]
    (failed,) = outside.of(DeliveryFailed)
    assert (failed.channel, failed.next_channel, failed.nothing_left) == ("push", "sms", False)
    morning.shift(11 * MINUTE)
    work()
    assert len(outside.texted) == 1
    assert open_work() == 0


def test_one_phone_of_two_that_is_gone_hastens_nothing(
    db: Database, world: World, outside: Outside, morning: time_machine.Traveller, subscribe: Callable[..., Any]
) -> None:
    subscribe(world, world.alice, "one")
    subscribe(world, world.alice, "two")
    outside.pushes.answers.append((410, {}))
    send(ordinary(world))
    work()
    assert states(db) == [("push", "failed"), ("push", "sent"), ("sms", "waiting")]


@pytest.mark.parametrize("change", ["bad", "opted_out", "removed"])
def test_a_number_that_went_meanwhile_is_not_used(
    db: Database, world: World, outside: Outside, morning: time_machine.Traveller, change: str
) -> None:
    send(missing_child(world))
    if change == "removed":
        with unit_of_work() as tx:
            tx.execute(update(ContactPoint).where(ContactPoint.value == ALICE).values(value="+447700900042"))
    else:
        set_point(ALICE, change)
    work()
    texted = [number for number, _ in outside.texted]
    assert texted == (["+447700900042"] if change == "removed" else [])
    assert states(db)[0] == ("sms", "failed")


def test_a_right_that_ended_meanwhile_stops_what_waits(
    db: Database, world: World, outside: Outside, morning: time_machine.Traveller, subscribe: Callable[..., Any]
) -> None:
    subscribe(world, world.alice)
    send(ordinary(world))
    work()
    with unit_of_work() as tx:
        tx.execute(update(PupilContact).where(PupilContact.contact_id == world.alice).values(do_not_contact=True))
    morning.shift(11 * MINUTE)
    work()
    assert outside.texted == []
    assert states(db) == [("push", "sent"), ("sms", "failed")]


def test_the_provider_is_called_with_no_transaction_open(
    cloned_db: Database, world: World, outside: Outside, morning: time_machine.Traveller
) -> None:
    seen: list[str] = []

    def while_calling() -> None:
        # On SQLite this would wait for ever behind an open transaction of the worker.
        with unit_of_work() as tx:
            tx.execute(update(Contact).where(Contact.id == world.alice).values(version=2))
        seen.append(states(cloned_db)[0][1])

    outside.texts.on_call = while_calling
    send(missing_child(world))
    work()
    assert seen == ["waiting"]
    assert states(cloned_db) == [("sms", "sent")]


def test_a_code_is_forgotten_also_when_the_report_comes_first(
    cloned_db: Database, world: World, outside: Outside, morning: time_machine.Traveller
) -> None:
    send(code_for_alice(world))
    token = deliveries(cloned_db)[0].token
    outside.texts.on_call = lambda: receive_status(
        provider="twilio", token=token, provider_id="SM" + "0" * 32, status="delivered"
    )
    work()
    (text,) = deliveries(cloned_db)
    assert text.state == "delivered"
    assert "428163" not in text.body


def test_what_comes_back_before_the_answer_is_not_lost(
    cloned_db: Database, world: World, outside: Outside, morning: time_machine.Traveller
) -> None:
    send(missing_child(world))
    token = deliveries(cloned_db)[0].token

    def early_report() -> None:
        receive_status(provider="twilio", token=token, provider_id="SM" + "0" * 32, status="delivered")

    outside.texts.on_call = early_report
    work()
    assert states(cloned_db) == [("sms", "delivered")]
    assert len(outside.of(DeliveryDelivered)) == 1
    assert open_work() == 0


ENVIRONMENT = {
    "FIRSTBELL_MODE": "demo", "FIRSTBELL_DATABASE_URL": "sqlite:////tmp/none", "FIRSTBELL_SECRET_KEYS": "k" * 32,
    "FIRSTBELL_PUBLIC_URL": "http://localhost:8000",
}  # fmt: skip


def test_the_demo_phone_reports_a_moment_later(
    db: Database, world: World, outside: Outside, morning: time_machine.Traveller
) -> None:
    ways.use(channels_from(load(ENVIRONMENT)))
    with unit_of_work() as tx:
        tx.execute(update(ContactPoint).where(ContactPoint.value == "+447700900002").values(value="+447700900404"))
    send(missing_child(world), missing_child(world, key="bob", contact_id=world.bob), code_for_alice(world))
    work()
    assert states(db) == [("sms", "sent")] * 3
    morning.shift(timedelta(seconds=3))
    work()
    assert [row.state for row in deliveries(db)] == ["delivered", "failed", "delivered"]
    assert (deliveries(db)[1].error_code, deliveries(db)[1].error_words) == ("30005", "wrong number")
    assert "428163" in deliveries(db)[2].body
    assert [event.contact_id for event in outside.of(CallNeeded)] == [world.bob]
    assert open_work() == 0


def test_a_deadline_of_ones_own(
    db: Database, world: World, outside: Outside, morning: time_machine.Traveller
) -> None:
    send(missing_child(world, deadline=MORNING + 5 * MINUTE))
    morning.shift(3 * MINUTE)
    work()
    assert outside.texts.sent[0]["ValidityPeriod"] == "120"
    with read_door() as read:
        assert read.scalar(select(Message.deadline)) == MORNING + 5 * MINUTE
