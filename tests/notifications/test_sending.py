"""Queueing messages: one commit, one key, the right ways, and nobody who may not be told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, insert, select, update

from notifications.events import CallNeeded
from notifications.models import MessagePupil
from notifications.rules.message_kinds import MessageName
from notifications.rules.policy import CallReason, Point
from notifications.services import send_in, send_many_in
from notifications.services.trial import send_push_trial
from tests.factories import World, add_contact, add_pupil, link
from tests.notifications.conftest import (
    ALICE,
    BOB,
    LINK,
    MORNING,
    Outside,
    add_point,
    counted_statements,
    deliveries,
    messages,
    missing_child,
    ordinary,
    send,
    set_point,
    states,
)
from webapp.foundation.db import Database, insert_row, read_door, unit_of_work
from webapp.foundation.work.table import Work
from webapp.people.models import Contact, CourtOrder, PupilContact, Staff

M = MessageName
pytestmark = pytest.mark.usefixtures("morning")


def works() -> list[Any]:
    with read_door() as db:
        return list(db.execute(select(*Work.__table__.c).where(Work.kind == "delivery").order_by(Work.id)))


def test_a_message_its_deliveries_and_their_work_stand_together(
    db: Database, world: World, outside: Outside, subscribe: Callable[..., Any]
) -> None:
    phone = subscribe(world, world.alice)
    (queued,) = send(missing_child(world))
    assert (queued.new, queued.channels, queued.call) == (True, ("sms", "push"), None)
    (message,) = messages(db)
    assert (message.id, message.public_id, message.key) == (queued.message_id, queued.public_id, "first-day:1:alice")
    assert (message.name, message.urgency, message.language) == ("missing_child", "missing", "en")
    assert (message.created_at, message.deadline) == (MORNING, MORNING + timedelta(hours=1))
    text, push = deliveries(db)
    assert (text.channel, text.address, text.state, text.segments) == ("sms", ALICE, "waiting", 1)
    assert text.body == f"Hill Primary: Tom was not marked in. Please tell us where Tom is: {LINK} or reply here."
    assert (push.channel, push.address, push.subject) == ("push", phone.endpoint, "Hill Primary")
    assert text.token != push.token
    assert [(row.subject, row.priority, row.due_at) for row in works()] == [
        (f"{world.organisation}-{row.id}", 1, MORNING) for row in (text, push)
    ]
    with read_door() as db_:
        assert db_.scalars(select(MessagePupil.pupil_id)).all() == [world.tom]
    assert outside.texts.sent == []


def test_what_is_rolled_back_was_never_said(db: Database, world: World, outside: Outside) -> None:
    with pytest.raises(RuntimeError), unit_of_work() as tx:
        send_in(tx, missing_child(world))
        raise RuntimeError
    assert (messages(db), deliveries(db), works()) == ([], [], [])


def test_a_message_is_said_once(db: Database, world: World, outside: Outside) -> None:
    first, second = send(missing_child(world), missing_child(world))
    assert first == second
    (again,) = send(missing_child(world, words={"children": ["Tom"], "link": "https://other.example"}))
    assert (again.message_id, again.public_id, again.new) == (first.message_id, first.public_id, False)
    assert len(deliveries(db)) == len(works()) == 1


def test_the_same_key_elsewhere_is_another_message(db: Database, world: World, outside: Outside) -> None:
    other = missing_child(
        world, organisation_id=world.other_organisation, school_id=world.other_school,
        contact_id=world.other_contact, pupil_ids=(world.other_pupil,),
    )  # fmt: skip
    answers = send(other, missing_child(world))
    assert [answer.new for answer in answers] == [True, True]
    assert [row.organisation_id for row in messages(db)] == sorted([world.organisation, world.other_organisation])
    assert {row.address for row in deliveries(db)} == {ALICE, "+447700900004"}


def test_one_message_for_siblings(db: Database, world: World, outside: Outside) -> None:
    send(missing_child(world, pupil_ids=(world.tom, world.ella), words={"children": ["Tom", "Ella"], "link": LINK}))
    (text,) = deliveries(db)
    assert "Tom and Ella were not marked in" in text.body
    with read_door() as db_:
        assert set(db_.scalars(select(MessagePupil.pupil_id))) == {world.tom, world.ella}


def test_separated_parents_are_written_to_separately(db: Database, world: World, outside: Outside) -> None:
    send(missing_child(world), missing_child(world, key="first-day:1:bob", contact_id=world.bob))
    assert [row.address for row in deliveries(db)] == [ALICE, BOB]
    assert [row.contact_id for row in messages(db)] == [world.alice, world.bob]


def test_a_contact_may_be_told_of_your_child_only(db: Database, world: World, outside: Outside) -> None:
    with unit_of_work() as tx:
        tx.execute(update(Contact).where(Contact.id == world.alice).values(child_words="your_child"))
    send(missing_child(world))
    assert "your child" in deliveries(db)[0].body
    assert "Tom" not in deliveries(db)[0].body


def forbid(world: World, how: str) -> None:
    mine = (PupilContact.pupil_id == world.tom, PupilContact.contact_id == world.alice)
    with unit_of_work() as tx:
        if how == "do not contact":
            tx.execute(update(PupilContact).where(*mine).values(do_not_contact=True))
        elif how == "no right":
            tx.execute(update(PupilContact).where(*mine).values(may_report=False))
        elif how == "ended":
            tx.execute(update(PupilContact).where(*mine).values(ends_on=date(2026, 6, 15)))
        else:
            insert_row(
                tx, CourtOrder, organisation_id=world.organisation, pupil_id=world.tom, contact_id=world.alice,
                kind="order", denies="contact", starts_on=date(2026, 1, 1),
                review_on=date(2026, 6, 1) if how == "unreviewed order" else None,
            )  # fmt: skip


@pytest.mark.parametrize("how", ["do not contact", "no right", "ended", "order", "unreviewed order"])
def test_nobody_is_told_who_may_not_be(db: Database, world: World, outside: Outside, how: str) -> None:
    forbid(world, how)
    queued = send(missing_child(world), missing_child(world, key="bob", contact_id=world.bob))
    assert [(answer.channels, answer.call) for answer in queued] == [((), CallReason.NOT_ALLOWED), (("sms",), None)]
    assert [row.address for row in deliveries(db)] == [BOB]
    (call,) = outside.of(CallNeeded)
    assert (call.contact_id, call.pupil_ids, call.why) == (world.alice, (world.tom,), "not_allowed")


def test_a_right_must_hold_for_every_child_that_is_named(db: Database, world: World, outside: Outside) -> None:
    (queued,) = send(missing_child(world, contact_id=world.bob, pupil_ids=(world.tom, world.ella)))
    assert (queued.channels, queued.call) == ((), CallReason.NOT_ALLOWED)


@pytest.mark.parametrize(("state", "why"), [("opted_out", "opted_out"), ("bad", "bad_number")])
def test_a_missing_child_is_never_hidden_by_a_number(
    db: Database, world: World, outside: Outside, state: str, why: str
) -> None:
    set_point(ALICE, state)
    send(missing_child(world))
    assert states(db) == [("email", "waiting")]
    (call,) = outside.of(CallNeeded)
    assert (call.contact_id, call.why, call.about_kind, call.about_id) == (world.alice, why, "first_day_case", 1)


def test_a_landline_is_rung(db: Database, world: World, outside: Outside) -> None:
    with unit_of_work() as tx:
        nan = add_contact(tx, world.organisation, "Nan", "Ahmed")
        link(tx, world.organisation, world.tom, nan, "grandmother", 3, may_report=True)
    add_point(world, nan, "landline", "+441632960123")
    (queued,) = send(missing_child(world, contact_id=nan))
    assert (queued.channels, queued.call) == ((), CallReason.LANDLINE_ONLY)


def test_a_push_goes_first_and_its_text_waits(
    db: Database, world: World, outside: Outside, subscribe: Callable[..., Any]
) -> None:
    subscribe(world, world.alice)
    send(ordinary(world))
    push, text = deliveries(db)
    assert (push.channel, push.due_at, push.unless_seen) == ("push", MORNING, False)
    assert (text.channel, text.due_at, text.unless_seen) == ("sms", MORNING + timedelta(minutes=10), True)
    assert works()[1].school_due_at == MORNING + timedelta(minutes=10)


def test_at_night_ordinary_messages_wait(
    db: Database, world: World, outside: Outside, morning: time_machine.Traveller
) -> None:
    morning.move_to(MORNING.replace(hour=21, minute=0))
    send(ordinary(world), missing_child(world))
    asks, missing = deliveries(db)
    seven = MORNING.replace(day=17, hour=7, minute=0)
    assert (asks.due_at, missing.due_at) == (seven, MORNING.replace(hour=21, minute=0))
    assert messages(db)[0].deadline == seven + timedelta(days=2)


def test_a_code_goes_to_the_number_that_was_typed_and_is_not_kept(
    db: Database, world: World, outside: Outside
) -> None:
    code = missing_child(
        world, name=M.SIGN_IN_CODE, key="sign_in_code:7", pupil_ids=(), about_kind="sign_in_code", about_id=7,
        words={"code": "428163", "host": "attend.hill.example"}, to=Point("mobile", ALICE),
    )  # fmt: skip
    (queued,) = send(code)
    assert queued.channels == ("sms",)
    assert messages(db)[0].words == {}
    assert "428163" in deliveries(db)[0].body
    assert works()[0].priority == 0


def test_staff_are_told_every_way(db: Database, world: World, outside: Outside) -> None:
    with unit_of_work() as tx:
        tx.execute(update(Staff).where(Staff.id == world.dsl).values(mobile="+447700900777"))
    alarm = missing_child(
        world, name=M.DANGER_TO_DSL, key="danger:1", contact_id=None, staff_id=world.dsl, pupil_ids=(),
        words={"link": "https://attend.hill.example/staff/hill"},
    )  # fmt: skip
    send(alarm)
    assert [(row.channel, row.address) for row in deliveries(db)] == [
        ("sms", "+447700900777"), ("email", f"dina.bell.{world.organisation}@school.example"),
    ]  # fmt: skip
    assert "Tom" not in deliveries(db)[0].body


@pytest.mark.parametrize(
    "changes",
    [
        {"contact_id": None},
        {"staff_id": 1},
        {"pupil_ids": ()},
        {"name": M.DANGER_TO_DSL},
        {"name": M.STAFF_ALARM},
        {"contact_id": None, "staff_id": 1},
        {"key": ""},
        {"key": "x" * 121},
    ],
)
def test_what_cannot_be_a_message(world: World, changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"contact_id|staff_id|key"):
        missing_child(world, **changes)


def family(world: World, count: int) -> list[Any]:
    with unit_of_work() as tx:
        made = []
        for number in range(count):
            pupil, _ = add_pupil(tx, world.organisation, world.hill, f"P{number}", f"F{count}")
            parent = add_contact(
                tx, world.organisation, f"C{count}-{number}", "F", mobile=f"+4477009{number + 100 * count:05d}"[:13]
            )
            link(tx, world.organisation, pupil, parent, "mother", 1, lives_with=True, is_parent=True, may_report=True)
            made.append(missing_child(
                world, key=f"{count}:{number}", contact_id=parent, pupil_ids=(pupil,), about_id=number,
                words={"children": [f"P{number}"], "link": LINK},
            ))  # fmt: skip
        return made


def test_sixty_messages_take_the_statements_of_three(db: Database, world: World, outside: Outside) -> None:
    taken = []
    for count in (3, 60):
        outgoings = family(world, count)
        # Settings and schools are kept a while: a first look is not counted.
        send(missing_child(world, key=f"warm {count}"))
        with counted_statements(db) as seen, unit_of_work() as tx:
            assert all(answer.new for answer in send_many_in(tx, outgoings))
        taken.append(len(seen))
    assert taken[0] == taken[1] <= 20
    with read_door() as db_:
        assert db_.execute(select(func.count()).where(Work.kind == "delivery")).scalar_one() == 65


def test_one_person_with_two_contacts_rows_gets_each_once(db: Database, world: World, outside: Outside) -> None:
    with unit_of_work() as tx:
        tx.execute(
            insert(PupilContact).values(
                organisation_id=world.organisation, pupil_id=world.noor, contact_id=world.alice,
                relationship="carer", priority=4, may_report=True,
            )
        )  # fmt: skip
    send(missing_child(world, pupil_ids=(world.tom, world.noor, world.tom)))
    with read_door() as db_:
        assert sorted(db_.scalars(select(MessagePupil.pupil_id))) == sorted([world.tom, world.noor])


def test_a_trial_goes_as_a_push_alone_and_once(
    db: Database, world: World, outside: Outside, subscribe: Callable[..., Any]
) -> None:
    assert send_push_trial(world.organisation, world.hill, world.alice, "key-00001") is False
    subscribe(world, world.alice)
    assert send_push_trial(world.organisation, world.hill, world.alice, "key-00002") is True
    assert send_push_trial(world.organisation, world.hill, world.alice, "key-00002") is True
    assert [delivery.channel for delivery in deliveries(db)] == ["push"]
