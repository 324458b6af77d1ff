"""Texts that come in: kept once, with the right child, for the right school, and danger told at once."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import Row, select, update

from notifications.events import ContactOptedIn, ContactOptedOut, InboundReceived
from notifications.models import InboundMessage
from notifications.rules.replies import Meaning
from notifications.services import InboundRefused, receive_text, settle_text
from notifications.services.inbound import UNKNOWN_NUMBER, NamedChild, name_child
from tests.factories import World, add_contact, link
from tests.notifications.conftest import (
    ALICE,
    BOB,
    CHARLIE,
    LINK,
    MORNING,
    Outside,
    missing_child,
    point_state,
    send,
    set_point,
    work,
)
from webapp.foundation.db import Database, read_door, unit_of_work
from webapp.foundation.trail import Actor, ActorKind, TrailEntry
from webapp.people.models import Enrolment, Pupil

pytestmark = pytest.mark.usefixtures("morning")


def heard(words: str, sender: str = ALICE, number: str = "SM1", **more: Any) -> Any:
    return receive_text(provider="twilio", provider_id=number, sender=sender, words=words, **more)


def rows() -> list[Row[Any]]:
    with read_door() as db:
        return list(db.execute(select(*InboundMessage.__table__.c).order_by(InboundMessage.id)))


def ask(world: World, **changes: Any) -> None:
    send(missing_child(world, **changes))
    work()


def test_an_answer_is_matched_and_read(db: Database, world: World, outside: Outside) -> None:
    ask(world)
    received = heard("He's poorly, temp of 39")
    (row,) = rows()
    assert received.inbound_ids == ((world.organisation, row.id),)
    assert received.reply == ""
    assert (row.body, row.sender, row.state, row.received_at) == ("He's poorly, temp of 39", ALICE, "new", MORNING)
    assert (row.school_id, row.contact_id, row.enrolment_id) == (world.hill, world.alice, world.tom_enrolment)
    assert (row.candidates, row.reading, row.danger) == ([world.tom_enrolment], "away", False)
    assert row.suggestion == {
        "reason": "ill", "symptoms": ["temperature"], "sure": True, "alarm": False, "wants_call": False,
        "children": [0], "dangers": [],
    }  # fmt: skip
    (event,) = outside.of(InboundReceived)
    assert (event.inbound_id, event.contact_id, event.enrolment_ids) == (row.id, world.alice, (world.tom_enrolment,))
    assert (event.about_kind, event.about_id, event.first_answer) == ("first_day_case", 1, True)
    assert event.reading.meaning is Meaning.AWAY
    with read_door() as read:
        entry = read.execute(select(TrailEntry.actor_name, TrailEntry.action, TrailEntry.pupil_id)).one()
    assert tuple(entry) == ("Alice Ahmed", "sent_text", world.tom)


def test_a_text_is_kept_once(db: Database, world: World, outside: Outside) -> None:
    ask(world)
    assert heard("ill").inbound_ids
    assert heard("ill").inbound_ids == ()
    assert len(rows()) == len(outside.of(InboundReceived)) == 1
    heard("still ill", number="SM2")
    assert [event.first_answer for event in outside.of(InboundReceived)] == [True, False]


def test_an_alarm_and_danger_are_told(db: Database, world: World, outside: Outside) -> None:
    ask(world)
    heard("He left at 8, I dropped him at the bus")
    (event,) = outside.of(InboundReceived)
    assert event.reading.alarm
    assert [found.kind for found in event.reading.dangers] == ["left_home"]
    assert rows()[0].danger


def test_of_two_children_the_one_that_is_named(db: Database, world: World, outside: Outside) -> None:
    ask(world, pupil_ids=(world.tom, world.ella), words={"children": ["Tom", "Ella"], "link": LINK})
    heard("Ella is ill")
    heard("ill today", number="SM2")
    heard("both ill", number="SM3")
    ella, unsaid, *both = rows()
    assert ella.candidates == [world.tom_enrolment, world.ella_enrolment]
    assert (ella.enrolment_id, ella.school_id) == (world.ella_enrolment, world.vale)
    assert (unsaid.enrolment_id, unsaid.school_id, unsaid.suggestion["sure"]) == (None, world.hill, False)
    # A row for each, at each one's school: what is done about one leaves the other waiting.
    assert [(row.enrolment_id, row.school_id, row.suggestion["children"]) for row in both] == [
        (world.tom_enrolment, world.hill, [0]), (world.ella_enrolment, world.vale, [1]),
    ]  # fmt: skip
    assert heard("both ill", number="SM3").inbound_ids == ()
    assert len(rows()) == 4


@pytest.mark.parametrize(
    ("words", "danger"), [("Ella is ill today", False), ("ella has run away from home last night", True)]
)
def test_a_sibling_who_is_named_is_meant_whoever_was_asked_about(
    db: Database, world: World, outside: Outside, words: str, danger: bool
) -> None:
    ask(world)
    heard(words)
    (row,) = rows()
    assert (row.school_id, row.enrolment_id) == (world.vale, world.ella_enrolment)
    assert row.candidates == [world.ella_enrolment]
    assert (row.contact_id, row.answers_message_id, row.danger) == (world.alice, None, danger)
    (event,) = outside.of(InboundReceived)
    assert (event.school_id, event.enrolment_ids) == (world.vale, (world.ella_enrolment,))


@pytest.mark.parametrize(
    "words", ["Noor is ill today", "his sister is poorly", "Tom and Zayn are ill", "Will is off sick"]
)
def test_a_name_of_nobody_is_left_to_a_person(db: Database, world: World, outside: Outside, words: str) -> None:
    ask(world)
    heard(words)
    (row,) = rows()
    assert (row.enrolment_id, row.school_id, row.suggestion["sure"]) == (None, None, False)
    assert row.candidates == [world.tom_enrolment, world.ella_enrolment]


def test_a_child_is_named_by_the_legal_name_too(db: Database, world: World, outside: Outside) -> None:
    with unit_of_work() as tx:
        tx.execute(update(Pupil).where(Pupil.id == world.ella).values(legal_first_name="Gabriella Rose"))
    ask(world)
    heard("Gabriella is ill")
    heard("Gabrielle is ill", number="SM2")
    assert [row.enrolment_id for row in rows()] == [world.ella_enrolment] * 2


def test_another_holders_child_is_named(db: Database, world: World, outside: Outside) -> None:
    with unit_of_work() as tx:
        nan = add_contact(tx, world.organisation, "Nan", "Shah", mobile=ALICE)
        link(tx, world.organisation, world.noor, nan, "grandmother", 4)
    ask(world)
    heard("Noor is ill")
    (row,) = rows()
    assert (row.enrolment_id, row.contact_id, row.school_id) == (world.noor_enrolment, nan, world.hill)


def test_staff_may_say_that_it_is_another_child(db: Database, world: World, outside: Outside) -> None:
    ask(world)
    heard("He is ill")
    (row,) = rows()
    officer = Actor(ActorKind.STAFF, world.officer, "Saira Khan", "Attendance officer")
    name_child(
        world.organisation, row.id, NamedChild(world.vale, world.ella_enrolment, world.ella, "Ella"), actor=officer
    )
    (row,) = rows()
    assert (row.enrolment_id, row.school_id, row.state) == (world.ella_enrolment, world.vale, "new")
    assert outside.of(InboundReceived)[-1].enrolment_ids == (world.ella_enrolment,)
    with read_door() as read:
        entry = read.execute(
            select(TrailEntry.pupil_id, TrailEntry.detail).where(TrailEntry.action == "named_child")
        ).one()
    assert tuple(entry) == (world.ella, {"instead_of": world.tom_enrolment})


def test_a_text_without_an_id_is_never_dropped(db: Database, world: World, outside: Outside) -> None:
    heard("Tom is ill", number="")
    heard("he is in hospital", number="")
    heard("x", number="y" * 100 + "1")
    heard("z", number="y" * 100 + "2")
    assert len(rows()) == 4


def test_a_text_that_answers_nothing(db: Database, world: World, outside: Outside) -> None:
    heard("Ella has a dentist appointment")
    heard("ill today", number="SM2")
    heard("ill today", sender=CHARLIE, number="SM3")
    ella, unsaid, charlie = rows()
    assert (ella.school_id, ella.enrolment_id, ella.answers_message_id) == (world.vale, world.ella_enrolment, None)
    # Two children at two schools: both offices see it.
    assert (unsaid.school_id, unsaid.enrolment_id) == (None, None)
    assert (charlie.contact_id, charlie.enrolment_id) == (world.charlie, world.noor_enrolment)


def test_an_old_question_is_not_what_a_text_answers(
    db: Database, world: World, outside: Outside, morning: time_machine.Traveller
) -> None:
    ask(world)
    morning.shift(timedelta(hours=37))
    heard("ill today")
    assert rows()[0].answers_message_id is None


def test_a_number_that_two_contacts_share(db: Database, world: World, outside: Outside) -> None:
    with unit_of_work() as tx:
        nan = add_contact(tx, world.organisation, "Nan", "Shah", mobile=ALICE)
        link(tx, world.organisation, world.noor, nan, "grandmother", 4)
    heard("ill today")
    row = rows()[0]
    assert row.contact_id is None
    assert set(row.candidates) == {world.tom_enrolment, world.ella_enrolment, world.noor_enrolment}
    ask(world)
    heard("ill today", number="SM2")
    assert (rows()[1].contact_id, rows()[1].candidates) == (world.alice, [world.tom_enrolment])


def test_a_number_of_two_organisations(db: Database, world: World, outside: Outside) -> None:
    with unit_of_work() as tx:
        other = add_contact(tx, world.other_organisation, "Alice", "Elsewhere", mobile=ALICE)
        link(tx, world.other_organisation, world.other_pupil, other, "aunt", 1)
        mallory = tx.scalar(select(Pupil.first_name).where(Pupil.id == world.other_pupil))
    both = sorted([world.organisation, world.other_organisation])

    def organisations_of(words: str) -> list[int]:
        before = len(rows())
        heard(words, number=words)
        return [row.organisation_id for row in rows()[before:]]

    assert organisations_of("ill today") == both
    ask(world)
    # Whoever asked lately is not the only one who may be meant, unless a child's name says so.
    assert organisations_of("ill, not coming in") == both
    assert organisations_of("Tom is ill") == [world.organisation]
    assert organisations_of(f"{mallory} is ill and will not be at school today") == [world.other_organisation]


def test_a_child_who_left_is_no_candidate(db: Database, world: World, outside: Outside) -> None:
    with unit_of_work() as tx:
        tx.execute(update(Enrolment).where(Enrolment.id == world.ella_enrolment).values(ends_on=date(2026, 5, 1)))
    heard("ill today")
    assert rows()[0].candidates == [world.tom_enrolment]


def test_an_unknown_number_is_told_to_ring(db: Database, world: World, outside: Outside) -> None:
    received = heard("He is ill", sender="+447700900555")
    assert (received.inbound_ids, received.reply) == ((), UNKNOWN_NUMBER)
    assert rows() == []


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("  \x00ill\u202e today ", "ill today"),
        ("", "(no words)"),
        ("x" * 5000, "x" * 4000),
        ("🤒 مريض", "🤒 مريض"),
    ],
)
def test_words_are_kept_as_they_came_but_clean(
    db: Database, world: World, outside: Outside, words: str, kept: str
) -> None:
    heard(words)
    assert rows()[0].body == kept


@pytest.mark.parametrize(
    ("words", "kind", "before", "after"),
    [
        ("STOP", "", "usable", "opted_out"),
        ("stop", "", "usable", "opted_out"),
        ("END", "", "usable", "usable"),
        ("Cancel", "", "usable", "usable"),
        ("END", "STOP", "usable", "opted_out"),
        ("please stop texting me", "", "usable", "usable"),
        ("START", "", "opted_out", "usable"),
        ("yes", "", "opted_out", "usable"),
        ("yes", "", "usable", "usable"),
        ("START", "START", "opted_out", "usable"),
        ("START", "", "bad", "bad"),
        ("HELP", "HELP", "usable", "usable"),
    ],
)
def test_stop_and_start(
    db: Database, world: World, outside: Outside, words: str, kind: str, before: str, after: str
) -> None:
    set_point(ALICE, before)
    heard(words, opt_out_type=kind)
    assert point_state(db, ALICE) == after
    changed = before != after
    told = outside.of(ContactOptedOut) if after == "opted_out" else outside.of(ContactOptedIn)
    assert [event.contact_id for event in told] == ([world.alice] if changed else [])
    assert len(rows()) == 1


def test_a_stop_holds_wherever_the_number_is_held(db: Database, world: World, outside: Outside) -> None:
    with unit_of_work() as tx:
        add_contact(tx, world.other_organisation, "Alice", "Elsewhere", mobile=ALICE)
    ask(world)
    heard("STOP")
    assert {event.organisation_id for event in outside.of(ContactOptedOut)} == {
        world.organisation, world.other_organisation,
    }  # fmt: skip
    heard("STOP")
    assert len(outside.of(ContactOptedOut)) == 2


def test_a_text_is_settled_once(db: Database, world: World, outside: Outside) -> None:
    heard("ill today", sender=BOB)
    (row,) = rows()
    officer = Actor(ActorKind.STAFF, world.officer, "Saira Khan", "Attendance officer")
    with pytest.raises(InboundRefused):
        settle_text(world.other_organisation, row.id, actor=officer)
    settle_text(world.organisation, row.id, actor=officer, enrolment_id=world.tom_enrolment)
    (row,) = rows()
    assert (row.state, row.settled_by, row.settled_at, row.enrolment_id) == (
        "settled", "Saira Khan", MORNING, world.tom_enrolment,
    )  # fmt: skip
    with pytest.raises(InboundRefused, match="Somebody has dealt with this text"):
        settle_text(world.organisation, row.id, actor=officer)
