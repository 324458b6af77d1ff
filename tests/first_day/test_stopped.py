"""The DSL's stop: nothing waits, no link opens, the DSL leads; and what was before it does not come back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from notifications.models import Delivery, Message
from notifications.queries.parents import messages_of
from notifications.rules.message_kinds import KINDS, MessageName
from notifications.services import load_handlers
from notifications.services.outgoing import Outgoing
from notifications.services.queueing import WORK
from notifications.services.send import send_in
from tests.factories import World
from tests.first_day.mornings import case_of, run, take, texts, token_of
from webapp.accounts.rules.links import LinkRefused, LinkState
from webapp.first_day.rules.answers import Answer
from webapp.first_day.services.answers import LinkAnswer, answer_by_link, read_link
from webapp.first_day.services.pupil_notes import writable_contacts
from webapp.foundation import work
from webapp.foundation.clock import school_now
from webapp.foundation.db import Database, insert_row, read_door, unit_of_work
from webapp.foundation.trail import Actor, ActorKind, TrailEntry
from webapp.people.models import MessageStop
from webapp.people.queries.stops import is_led_by_dsl, stops_of
from webapp.people.rules.protections import ProtectionRefused
from webapp.people.services.stops import Protector, lift_stop, say_why_stopped, stop_messages

pytestmark = pytest.mark.usefixtures("db", "wired")
When = Callable[[str], None]
ALICE_NUMBER = "+447700900001"


@pytest.fixture
def by(world: World) -> Protector:
    return Protector(world.organisation, world.hill, Actor(ActorKind.STAFF, world.dsl, "Dina Bell", "DSL"))


@pytest.fixture
def asked(world: World, when: When) -> str:
    """Alice was asked about Tom at 9:15, and the text waits; her token."""
    take(world)
    when("09:15")
    run(world)
    when("09:20")
    return token_of(world.alice)


def to_alice() -> list[str]:
    load_handlers()
    work.run_due({WORK})
    return [state for address, state, _ in texts() if address == ALICE_NUMBER]


def shown(world: World, contact_id: int) -> list[str]:
    with read_door() as db:
        return [row.name for row in messages_of(db, [(world.organisation, contact_id)])]


def living(world: World) -> str:
    with read_door() as db:
        return next(row.public_id for row in stops_of(db, world.organisation, world.tom) if row.lifted_at is None)


@pytest.mark.parametrize("to_everybody", [False, True])
def test_what_waits_dies_with_its_link_and_the_dsl_leads(
    world: World, asked: str, by: Protector, to_everybody: bool
) -> None:
    assert stop_messages(by, world.tom, None if to_everybody else world.alice, "A worry at home")
    with pytest.raises(LinkRefused) as refused:
        read_link(asked)
    assert refused.value.state is LinkState.WITHDRAWN
    with pytest.raises(LinkRefused):
        answer_by_link(asked, str(case_of(world.tom_enrolment).public_id), LinkAnswer(Answer.AWAY, "ill"))
    assert to_alice() == ["cancelled"]
    assert shown(world, world.alice) == []
    case = case_of(world.tom_enrolment)
    assert (case.state, case.owner_role, case.next_step, case.owner_id) == ("open", "dsl", "dsl_decides", world.dsl)


def test_a_stop_to_the_other_parent_leaves_this_ones_text(world: World, asked: str, by: Protector) -> None:
    stop_messages(by, world.tom, world.bob)
    assert read_link(asked).children
    assert to_alice() == ["sent"]
    assert case_of(world.tom_enrolment).owner_role == "dsl"


def test_a_search_that_begins_under_a_stop_is_the_dsls_and_asks_nobody_who_is_stopped(
    world: World, when: When, by: Protector
) -> None:
    stop_messages(by, world.tom, None)
    take(world)
    when("09:15")
    run(world)
    assert texts() == []
    case = case_of(world.tom_enrolment)
    assert (case.owner_role, case.next_step, case.next_contact_id) == ("dsl", "dsl_decides", None)


def test_a_sister_is_asked_about_while_her_brother_is_not(world: World, when: When, by: Protector) -> None:
    """Alice has Tom and Ella; a stop about Tom says nothing of Ella."""
    stop_messages(by, world.tom, world.alice)
    with unit_of_work() as tx:
        queued = send_in(tx, note_about(world, world.ella, "one"))
        stopped = send_in(tx, note_about(world, world.tom, "two"))
    assert queued.channels and not stopped.channels


def note_about(world: World, pupil_id: int, key: str, name: MessageName = MessageName.SOMETHING_TO_READ) -> Outgoing:
    return Outgoing(
        organisation_id=world.organisation, school_id=world.hill, name=name, key=key, contact_id=world.alice,
        pupil_ids=(pupil_id,), about_kind="pupil_note",
        words={"link": "https://school.example/messages", "body": "Hello", "by": "Saira Khan", "children": ["Tom"],
               "time": "9:17am", "day": "Tuesday", "what": "ill", "when": "today"},
    )  # fmt: skip


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.right is not None])
def test_no_kind_of_message_about_the_child_is_made_under_a_stop(
    world: World, when: When, by: Protector, name: MessageName
) -> None:
    stop_messages(by, world.tom, world.alice)
    with unit_of_work() as tx:
        queued = send_in(tx, note_about(world, world.tom, "a", name))
    assert queued.channels == () and shown(world, world.alice) == []


def test_a_message_that_slipped_in_beside_the_stop_is_refused_at_the_door(
    world: World, asked: str, by: Protector
) -> None:
    """The stop and the message were written at the same moment, and neither saw the other."""
    with unit_of_work() as tx:
        insert_row(
            tx, MessageStop, organisation_id=world.organisation, public_id="slipped", school_id=world.hill,
            pupil_id=world.tom, contact_id=world.alice, stopped_at=school_now(), stopped_by="Dina Bell",
        )  # fmt: skip
    assert to_alice() == ["cancelled"]


def test_what_was_told_before_stays_and_shows_no_sign(world: World, asked: str, by: Protector) -> None:
    assert to_alice() == ["sent"]
    before = shown(world, world.alice)
    stop_messages(by, world.tom, None)
    assert shown(world, world.alice) == before == ["missing_child"]


def test_two_taps_are_one_stop_and_the_reason_is_not_in_the_trail(world: World, when: When, by: Protector) -> None:
    assert stop_messages(by, world.tom, world.alice, "Secret words")
    assert not stop_messages(by, world.tom, world.alice, "Again")
    say_why_stopped(by, world.tom, living(world), "Other secret words")
    lift_stop(by, world.tom, living(world), "Spoken to, secret words")
    with read_door() as db:
        rows = db.execute(select(TrailEntry.action, TrailEntry.detail).order_by(TrailEntry.id)).all()
        (row,) = stops_of(db, world.organisation, world.tom)
    assert [row.action for row in rows] == ["stopped_messages", "gave_reason_of_stop", "lifted_stop"]
    assert "secret" not in str(rows).lower()
    assert (row.reason, row.lifted_by, row.lifted_why) == (
        "Other secret words", "Dina Bell", "Spoken to, secret words",
    )  # fmt: skip


def test_lifting_gives_the_search_back_and_sends_nothing_that_was_stopped(
    world: World, asked: str, by: Protector
) -> None:
    stop_messages(by, world.tom, world.alice)
    with pytest.raises(ProtectionRefused):
        lift_stop(by, world.tom, living(world), " ")
    lift_stop(by, world.tom, living(world), "Spoken to")
    assert case_of(world.tom_enrolment).owner_role == "attendance_officer"
    assert to_alice() == ["cancelled"]
    with read_door() as db:
        assert not is_led_by_dsl(db, world.organisation, world.tom)
        assert world.alice in writable_contacts(db, world.organisation, world.tom, school_now())


def test_of_two_stops_the_one_that_stands_still_holds(world: World, asked: str, by: Protector) -> None:
    stop_messages(by, world.tom, world.alice)
    first = living(world)
    stop_messages(by, world.tom, None)
    lift_stop(by, world.tom, first, "Spoken to")
    with read_door() as db:
        assert is_led_by_dsl(db, world.organisation, world.tom)
        assert writable_contacts(db, world.organisation, world.tom, school_now()) == {}
    assert case_of(world.tom_enrolment).owner_role == "dsl"
    with pytest.raises(ProtectionRefused):
        lift_stop(by, world.tom, first, "Twice")


@pytest.mark.parametrize("who", ["charlie", "other_contact"])
def test_somebody_elses_contact_is_refused(world: World, when: When, by: Protector, who: str) -> None:
    with pytest.raises(ProtectionRefused):
        stop_messages(by, world.tom, getattr(world, who))
    with read_door() as db:
        assert db.scalars(select(MessageStop.id)).all() == []


def test_nobody_else_loses_a_message(world: World, asked: str, by: Protector, db: Database) -> None:
    """A stop about Noor leaves Tom's text alone."""
    stop_messages(by, world.noor, None)
    assert to_alice() == ["sent"]
    with read_door() as door:
        assert door.scalars(select(Delivery.state)).all() == ["sent"]
        assert door.scalars(select(Message.kept)).all() == [False]
