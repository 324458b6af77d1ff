"""Provider reports: each once, in any order, whatever they overtake."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest
import time_machine
from sqlalchemy import select

from notifications.events import CallNeeded, DeliveryDelivered, DeliveryFailed
from notifications.models import ChannelPause, ProviderEvent
from notifications.rules.message_kinds import MessageName
from notifications.services import receive_status, register_still_true
from tests.factories import World
from tests.notifications.conftest import (
    ALICE,
    MORNING,
    Outside,
    deliveries,
    missing_child,
    ordinary,
    point_state,
    send,
    states,
    work,
)
from webapp.foundation.db import Database, read_door


def sent(database: Database, outside: Outside, *outgoings: object) -> tuple[str, str]:
    """Send, and return (token, provider's id) of the first text."""
    send(*outgoings)  # type: ignore[arg-type]
    work()
    first = deliveries(database)[0]
    return first.token, outside.texts.kept[0]["sid"]


def kept() -> list[tuple[str, str]]:
    with read_door() as db:
        rows = db.execute(select(ProviderEvent.status, ProviderEvent.error_code).order_by(ProviderEvent.id))
        return [(row.status, row.error_code) for row in rows]


@pytest.mark.parametrize("order", list(permutations(["queued", "sending", "sent", "delivered"])))
def test_reports_in_any_order(
    db: Database, world: World, outside: Outside, morning: time_machine.Traveller, order: tuple[str, ...]
) -> None:
    token, sid = sent(db, outside, missing_child(world))
    for status in order:
        assert receive_status(provider="twilio", token=token, provider_id=sid, status=status)
    (text,) = deliveries(db)
    assert (text.state, text.delivered_at) == ("delivered", MORNING)
    assert sorted(kept()) == sorted((status, "") for status in order)
    (event,) = outside.of(DeliveryDelivered)
    assert (event.delivery_id, event.about_kind, event.about_id, event.at) == (text.id, "first_day_case", 1, MORNING)


def test_a_report_that_is_repeated_is_kept_and_told_once(
    db: Database, world: World, outside: Outside, morning: time_machine.Traveller
) -> None:
    token, sid = sent(db, outside, missing_child(world))
    answers = [
        receive_status(provider="twilio", token=token, provider_id=sid, status="undelivered", code="30004")
        for _ in range(3)
    ]
    assert answers == [True, False, False]
    assert kept() == [("undelivered", "30004")]
    assert len(outside.of(DeliveryFailed)) == 1


def test_a_report_of_nobody_changes_nothing(
    db: Database, world: World, outside: Outside, morning: time_machine.Traveller
) -> None:
    sent(db, outside, missing_child(world))
    assert not receive_status(provider="twilio", token="made up", provider_id="SM1", status="delivered")
    assert (states(db), kept()) == ([("sms", "sent")], [])


def test_a_word_that_is_not_known_is_kept_and_changes_nothing(
    db: Database, world: World, outside: Outside, morning: time_machine.Traveller
) -> None:
    token, sid = sent(db, outside, missing_child(world))
    assert receive_status(provider="twilio", token=token, provider_id=sid, status="teleported")
    assert (states(db), kept()) == ([("sms", "sent")], [("teleported", "")])


def test_a_number_that_is_wrong_twice_is_bad(
    db: Database, world: World, outside: Outside, morning: time_machine.Traveller
) -> None:
    token, sid = sent(db, outside, missing_child(world))
    receive_status(provider="twilio", token=token, provider_id=sid, status="undelivered", code="30005")
    assert point_state(db, ALICE) == "usable"
    send(ordinary(world))
    work()
    second = [row for row in deliveries(db) if row.address == ALICE][-1]
    receive_status(
        provider="twilio", token=second.token, provider_id=second.provider_id, status="undelivered", code="30005"
    )
    assert point_state(db, ALICE) == "bad"
    assert [event.code for event in outside.of(DeliveryFailed)] == ["30005", "30005"]


def test_a_phone_that_is_off_gets_one_more_try(
    db: Database, world: World, outside: Outside, morning: time_machine.Traveller
) -> None:
    token, sid = sent(db, outside, ordinary(world))
    receive_status(provider="twilio", token=token, provider_id=sid, status="undelivered", code="30003")
    assert states(db) == [("sms", "waiting")]
    assert outside.of(DeliveryFailed) == []
    morning.shift(timedelta(minutes=16))
    work()
    again = deliveries(db)[0]
    assert (again.state, again.repeats) == ("sent", 1)
    assert len(outside.texted) == 2
    # A late word on the first try says nothing of the second.
    receive_status(provider="twilio", token=token, provider_id=sid, status="failed", code="30003")
    assert states(db) == [("sms", "sent")]
    receive_status(
        provider="twilio", token=token, provider_id=again.provider_id, status="undelivered", code="30003"
    )
    assert states(db)[0] == ("sms", "failed")
    assert states(db)[1][0] == "email"


def test_where_a_child_is_missing_the_next_way_does_not_wait_for_the_second_try(
    db: Database, world: World, outside: Outside, morning: time_machine.Traveller
) -> None:
    token, sid = sent(db, outside, missing_child(world))
    receive_status(provider="twilio", token=token, provider_id=sid, status="undelivered", code="30003")
    assert states(db) == [("sms", "waiting"), ("email", "waiting")]
    morning.shift(timedelta(minutes=3))
    work()
    assert states(db) == [("sms", "sent"), ("email", "sent")]
    assert outside.of(CallNeeded) == []


def test_the_first_try_arrives_while_the_second_waits(
    db: Database, world: World, outside: Outside, morning: time_machine.Traveller
) -> None:
    token, sid = sent(db, outside, ordinary(world))
    receive_status(provider="twilio", token=token, provider_id=sid, status="undelivered", code="30008")
    receive_status(provider="twilio", token=token, provider_id=sid, status="delivered")
    assert states(db) == [("sms", "delivered")]
    morning.shift(timedelta(minutes=16))
    work()
    assert len(outside.texted) == 1


def test_a_suspended_account_is_told_by_a_report(
    db: Database, world: World, outside: Outside, morning: time_machine.Traveller
) -> None:
    token, sid = sent(db, outside, missing_child(world))
    receive_status(provider="twilio", token=token, provider_id=sid, status="failed", code="30002")
    with read_door() as read:
        assert read.scalars(select(ChannelPause.error_code)).all() == ["30002"]
    assert states(db) == [("sms", "failed"), ("email", "waiting")]


def test_what_failed_and_is_no_longer_true_is_left_alone(
    db: Database, world: World, outside: Outside, morning: time_machine.Traveller
) -> None:
    token, sid = sent(db, outside, missing_child(world))
    register_still_true(MessageName.MISSING_CHILD, lambda _db, _message: False)
    receive_status(provider="twilio", token=token, provider_id=sid, status="undelivered", code="30005")
    assert states(db) == [("sms", "failed")]
    assert outside.heard == []
