"""The shapes that pages read: whose they are, what they hide, and how many statements they take."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from notifications import queries
from notifications.rules.message_kinds import MessageName
from notifications.rules.policy import Point
from notifications.services import (
    SubscriptionRefused,
    mark_read_in,
    receive_status,
    receive_text,
    subscribe_in,
    unsubscribe_in,
)
from tests.factories import World
from tests.notifications.conftest import (
    ALICE,
    BOB,
    LINK,
    MORNING,
    Outside,
    counted_statements,
    deliveries,
    missing_child,
    ordinary,
    send,
    work,
)
from tests.notifications.push_standin import Phone
from webapp.foundation.db import Database, read_door, unit_of_work
from webapp.foundation.trail import FIRSTBELL

M = MessageName
pytestmark = pytest.mark.usefixtures("morning")


def code(world: World) -> Any:
    return missing_child(
        world, name=M.SIGN_IN_CODE, key="code", pupil_ids=(), about_kind="sign_in_code", about_id=7,
        words={"code": "428163", "host": "attend.hill.example"}, to=Point("mobile", ALICE),
    )  # fmt: skip


def test_a_parents_messages(
    db: Database, world: World, outside: Outside, morning: time_machine.Traveller, subscribe: Callable[..., Any]
) -> None:
    subscribe(world, world.alice)
    send(missing_child(world), code(world), missing_child(world, key="bob", contact_id=world.bob))
    morning.shift(timedelta(minutes=1))
    (asks,) = send(ordinary(world))
    work()
    mine = [(world.organisation, world.alice)]
    with read_door() as read:
        shown = queries.messages_of(read, mine)
        assert [(row.name, row.channels, row.link) for row in shown] == [
            ("school_asks", ("sms", "push"), LINK), ("missing_child", ("sms", "push"), LINK),
        ]  # fmt: skip
        assert shown[1].words.startswith("Hill Primary: Tom was not marked in.")
        assert queries.unread_count(read, mine) == 2
        assert queries.find_message(read, mine, asks.public_id) == shown[0]
        assert queries.find_message(read, [(world.organisation, world.bob)], asks.public_id) is None
        assert queries.find_message(read, [(world.other_organisation, world.alice)], asks.public_id) is None
        assert queries.messages_of(read, []) == []
        assert queries.unread_count(read, []) == 0
    with unit_of_work() as tx:
        mark_read_in(tx, world.organisation, contact_id=world.alice, public_id=asks.public_id)
    with read_door() as read:
        assert queries.unread_count(read, mine) == 1


def test_what_staff_read_opens_no_door(
    db: Database, world: World, outside: Outside, subscribe: Callable[..., Any]
) -> None:
    subscribe(world, world.alice)
    alarm = missing_child(
        world, name=M.STAFF_ALARM, key="alarm", contact_id=None, staff_id=world.officer, words={"link": LINK}
    )
    queued, _, _ = send(missing_child(world), code(world), alarm)
    work()
    text = deliveries(db)[0]
    receive_status(provider="twilio", token=text.token, provider_id=text.provider_id, status="delivered")
    with read_door() as read:
        sms, push = queries.deliveries_about(read, world.organisation, "first_day_case", [1])
        assert queries.deliveries_of_messages(read, world.organisation, [queued.message_id]) == [sms, push]
        assert queries.deliveries_of_pupil(read, world.organisation, world.tom, MORNING - timedelta(days=1)) == [
            sms, push,
        ]  # fmt: skip
        assert queries.deliveries_of_pupil(read, world.organisation, world.ella, MORNING - timedelta(days=1)) == []
        assert queries.deliveries_of_pupil(read, world.organisation, world.tom, MORNING + timedelta(days=1)) == []
        assert queries.deliveries_about(read, world.other_organisation, "first_day_case", [1]) == []
        (asked,) = queries.deliveries_about(read, world.organisation, "sign_in_code", [7])
    assert (sms.says, sms.address, sms.contact_id) == ("Text delivered", "•••• 0001", world.alice)
    assert "/t/…" in sms.words
    assert "Kd7mRw2QxZ9pTf4N" not in sms.words
    assert (push.says, push.address) == ("App message passed on, not known whether it was seen", "")
    assert push.words == "Please tell us about today."
    assert "428163" not in asked.words


def test_the_demo_phone_shows_what_came_and_what_was_answered(
    db: Database, world: World, outside: Outside, morning: time_machine.Traveller, subscribe: Callable[..., Any]
) -> None:
    subscribe(world, world.alice)
    send(missing_child(world), missing_child(world, key="bob", contact_id=world.bob))
    with read_door() as read:
        assert queries.phone_entries(read, ALICE) == []
    work()
    morning.shift(timedelta(minutes=1))
    receive_text(provider="demo", provider_id="1", sender=ALICE, words="on our way")
    with read_door() as read:
        phones = queries.list_phones(read)
        entries = queries.phone_entries(read, ALICE)
    assert {(row.address, row.name, row.count) for row in phones} == {(ALICE, "Alice Ahmed", 1), (BOB, "Bob Ahmed", 1)}
    assert [entry.channel for entry in entries] == ["answer", "push", "sms"]
    answer, push, text = entries
    assert answer.words == "on our way"
    assert (push.title, push.words, push.link) == ("Hill Primary", "Please tell us about today.", LINK)
    assert LINK in text.words


@pytest.mark.parametrize("count", [1, 12])
def test_pages_take_the_same_statements_for_one_message_and_twelve(
    db: Database, world: World, outside: Outside, count: int
) -> None:
    send(*(missing_child(world, key=str(number), about_id=number) for number in range(count)))
    work()
    receive_text(provider="twilio", provider_id="SM1", sender=ALICE, words="ill")
    mine = [(world.organisation, world.alice)]
    with counted_statements(db) as seen, read_door() as read:
        assert len(queries.messages_of(read, mine)) == count
        queries.unread_count(read, mine)
        assert len(queries.deliveries_about(read, world.organisation, "first_day_case", range(count))) == count
        queries.list_phones(read)
        queries.phone_entries(read, ALICE)
    assert len(seen) == 2 + 1 + 1 + 1 + 2


def subscribed(world: World, phone: Phone, **changes: Any) -> int:
    fields: dict[str, Any] = {
        "actor": FIRSTBELL, "endpoint": phone.endpoint, "p256dh": phone.p256dh, "auth": phone.auth,
        "device_words": "Alice's phone", "contact_id": world.alice,
    }  # fmt: skip
    with unit_of_work() as tx:
        return subscribe_in(tx, world.organisation, **{**fields, **changes})


def test_a_phone_subscribes_once_and_changes_hands(db: Database, world: World, outside: Outside) -> None:
    phone = outside.pushes.phone()
    first = subscribed(world, phone)
    assert subscribed(world, phone) == first
    with read_door() as read:
        (row,) = queries.subscriptions_of(read, world.organisation, contact_id=world.alice)
    assert (row.endpoint, row.device_words, row.checked_at) == (phone.endpoint, "Alice's phone", MORNING)
    # A shared phone on which Bob signed in.
    assert subscribed(world, phone, contact_id=world.bob) == first
    with read_door() as read:
        assert queries.subscriptions_of(read, world.organisation, contact_id=world.alice) == []
        assert len(queries.subscriptions_of(read, world.organisation, contact_id=world.bob)) == 1
    with unit_of_work() as tx:
        assert not unsubscribe_in(tx, world.organisation, phone.endpoint, actor=FIRSTBELL, contact_id=world.alice)
        assert unsubscribe_in(tx, world.organisation, phone.endpoint, actor=FIRSTBELL, contact_id=world.bob)
    assert subscribed(world, phone, contact_id=None, staff_id=world.dsl) == first
    with read_door() as read:
        assert len(queries.subscriptions_of(read, world.organisation, staff_id=world.dsl)) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"endpoint": "http://169.254.169.254/latest"}, "endpoint"),
        ({"endpoint": "http://127.0.0.1:1/" + "x" * 500}, "endpoint"),
        ({"p256dh": "AAAA"}, "keys"),
        ({"auth": "AAAA"}, "keys"),
        ({"auth": "ü"}, "keys"),
    ],
)
def test_what_is_no_subscription(
    db: Database, world: World, outside: Outside, changes: dict[str, str], field: str
) -> None:
    with pytest.raises(SubscriptionRefused) as refused:
        subscribed(world, outside.pushes.phone(), **changes)
    assert refused.value.field == field
