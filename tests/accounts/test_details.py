"""A contact asks for a change of their details; the office answers; the old way and the new hear of it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from notifications.models import Delivery, Message
from tests.factories import TODAY, World, add_contact
from webapp.accounts.queries.details import find_change, open_changes, own_changes
from webapp.accounts.queries.points import candidates
from webapp.accounts.rules.persons import ContactKey
from webapp.accounts.services.details import (
    CHANGED,
    Answerer,
    Asker,
    ChangeNotThere,
    answer_change,
    ask_change,
    take_back_change,
)
from webapp.foundation.db import read_door, unit_of_work
from webapp.foundation.trail import Actor, ActorKind, TrailEntry
from webapp.people.models import Contact, ContactPoint, Task
from webapp.people.rules.details import AskedDetail, Detail, DetailRefused

OLD, NEW = "+447700900001", "+447700900061"
MAIL = "alice@family.example"
pytestmark = pytest.mark.usefixtures("morning", "db")


def alice(world: World) -> Asker:
    who = Actor(ActorKind.CONTACT, world.alice, "Alice Ahmed")
    return Asker(world.organisation, world.alice, world.hill, world.tom, who)


def office(world: World) -> Answerer:
    return Answerer(world.organisation, world.hill, Actor(ActorKind.STAFF, world.officer, "Saira Khan", "Officer"))


def ask(world: World, old: str = OLD, new: str = NEW, detail: Detail = Detail.MOBILE, key: str = "key-1") -> str:
    return ask_change(alice(world), AskedDetail(detail, old, new, ""), key)


def points(world: World) -> dict[str, tuple[str, str, int]]:
    with read_door() as db:
        return {
            row.value: (row.state, row.state_reason, row.priority)
            for row in db.execute(
                select(ContactPoint.value, ContactPoint.state, ContactPoint.state_reason, ContactPoint.priority).where(
                    ContactPoint.contact_id == world.alice
                )
            )
        }  # fmt: skip


def told() -> set[str]:
    with read_door() as db:
        return set(
            db.scalars(
                select(Delivery.address).join(Message, Message.id == Delivery.message_id).where(
                    Message.name == "details_answered"
                )
            )
        )  # fmt: skip


def only(world: World) -> Any:
    with read_door() as db:
        (row,) = open_changes(db, world.organisation, world.hill, TODAY)
    return row


def test_nothing_changes_until_the_office_accepts_and_then_both_ways_hear(world: World) -> None:
    name = ask(world)
    assert ask(world) == name
    row = only(world)
    assert (row.contact_name, row.children, row.old, row.new, row.held_elsewhere) == (
        "Alice Ahmed", "Tom Ahmed", OLD, NEW, False
    )  # fmt: skip
    assert set(points(world)) == {OLD, MAIL}
    with read_door() as db:
        task = db.execute(select(Task.title, Task.owner_role, Task.state, Task.pupil_id)).one()
    assert tuple(task) == ("Alice Ahmed asks for a change: mobile number", "attendance_officer", "open", world.tom)
    answer_change(office(world), name, row.version, accept=True, answer="")
    assert points(world) == {OLD: ("bad", CHANGED, 1), MAIL: ("usable", "", 2), NEW: ("usable", "", 1)}
    assert told() == {OLD, NEW}
    with read_door() as db:
        assert db.scalar(select(Task.state)) == "done"
        assert candidates(db, "mobile", OLD, TODAY) == ()
        assert [person.name for person in candidates(db, "mobile", NEW, TODAY)] == ["Alice Ahmed"]
        deeds = list(
            db.scalars(
                select(TrailEntry.action).where(TrailEntry.subject_kind == "detail_change").order_by(TrailEntry.id)
            )
        )
    assert deeds == ["asked_change_of_details", "answered_change_of_details"]


def test_a_refusal_needs_a_reason_changes_nothing_and_goes_to_the_old_way_alone(world: World) -> None:
    name = ask(world)
    with pytest.raises(DetailRefused) as refused:
        answer_change(office(world), name, 1, accept=False, answer=" ")
    assert refused.value.field == "answer"
    answer_change(office(world), name, 1, accept=False, answer="Please ring us about this")
    assert set(points(world)) == {OLD, MAIL} and points(world)[OLD][0] == "usable"
    assert told() == {OLD}
    with read_door() as db:
        (row,) = own_changes(db, [ContactKey(world.organisation, world.alice)])
    assert (row.state, row.answer) == ("refused", "Please ring us about this")


def test_two_of_the_office_at_once(world: World) -> None:
    name = ask(world)
    answer_change(office(world), name, 1, accept=True, answer="")
    with pytest.raises(DetailRefused):
        answer_change(office(world), name, 1, accept=False, answer="No")
    with pytest.raises(DetailRefused):
        answer_change(office(world), name, 2, accept=False, answer="No")


def test_a_number_of_another_family_is_flagged_to_staff_and_never_to_the_parent(world: World) -> None:
    name = ask(world, new="+447700900003")
    assert only(world).held_elsewhere
    with read_door() as db:
        (mine,) = own_changes(db, [ContactKey(world.organisation, world.alice)])
    assert not mine.held_elsewhere
    take_back_change(world.organisation, world.alice, name, actor=alice(world).actor)
    # Bob is Tom's father: their own family.
    ask(world, new="+447700900002", key="key-2")
    assert not only(world).held_elsewhere


def test_one_more_number_stands_last_and_one_that_did_not_work_works_again(world: World) -> None:
    with unit_of_work() as tx:
        tx.execute(
            ContactPoint.__table__.insert().values(
                organisation_id=world.organisation, id=9001, contact_id=world.alice, kind="mobile", value=NEW,
                priority=3, state="bad", state_reason="Wrong number",
            )
        )  # fmt: skip
    name = ask(world, old="")
    answer_change(office(world), name, 1, accept=True, answer="")
    assert points(world)[NEW] == ("usable", "", 4)
    assert points(world)[OLD][0] == "usable"


def test_language_is_changed_and_an_address_is_the_schools_own_systems(world: World) -> None:
    name = ask(world, "en", "pl", Detail.LANGUAGE)
    answer_change(office(world), name, 1, accept=True, answer="")
    with read_door() as db:
        assert db.scalar(select(Contact.language).where(Contact.id == world.alice)) == "pl"
    before = points(world)
    name = ask(world, "", "1 High Street", Detail.ADDRESS, "key-2")
    answer_change(office(world), name, 1, accept=True, answer="Thank you")
    assert points(world) == before


def test_whose_it_is_not_finds_nothing(world: World) -> None:
    name = ask(world)
    with pytest.raises(ChangeNotThere):
        take_back_change(world.organisation, world.bob, name, actor=alice(world).actor)
    elsewhere = Answerer(world.organisation, world.vale, office(world).actor)
    with pytest.raises(ChangeNotThere):
        answer_change(elsewhere, name, 1, accept=True, answer="")
    with read_door() as db:
        assert find_change(db, world.organisation, world.vale, name, TODAY) is None
        assert own_changes(db, [ContactKey(world.organisation, world.bob)]) == []
    take_back_change(world.organisation, world.alice, name, actor=alice(world).actor)
    with pytest.raises(ChangeNotThere):
        take_back_change(world.organisation, world.alice, name, actor=alice(world).actor)


def test_at_most_five_wait(world: World) -> None:
    for number in range(5):
        ask(world, old="", new=f"+4477009000{70 + number}", key=f"key-{number}")
    with pytest.raises(DetailRefused):
        ask(world, old="", new="+447700900079", key="key-9")


def test_the_offices_list_is_one_statement(world: World, counting: Any) -> None:
    with unit_of_work() as tx:
        add_contact(tx, world.organisation, "Zed", "New", mobile="+447700900090")
    ask(world)
    ask(world, old="", new="+447700900062", key="key-2")
    with unit_of_work() as tx, counting() as seen:
        assert len(open_changes(tx, world.organisation, world.hill, TODAY)) == 2
    assert len(seen) == 1
