"""Choosing who one is, devices, signing out and being seen, on both engines."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import insert, select, update

from tests.accounts.conftest import MORNING
from tests.factories import TODAY, World, add_contact, add_staff
from webapp.accounts.models import Session, SessionContact, SignInCode
from webapp.accounts.queries.devices import OpenSession, contacts_of, devices, find_session
from webapp.accounts.queries.points import candidates
from webapp.accounts.queries.staff import StaffKey, staff_choices
from webapp.accounts.rules.codes import Door
from webapp.accounts.rules.persons import ContactKey
from webapp.accounts.rules.sessions import idle_since
from webapp.accounts.services import sightings
from webapp.accounts.services.codes import ask_code
from webapp.accounts.services.endings import (
    end_device,
    end_other_sessions,
    end_session,
    end_staff_sessions_in,
    forget,
    part_contact_in,
)
from webapp.accounts.services.sessions import (
    DemoOnly,
    NotAmongThem,
    choose_contacts,
    choose_staff,
    demo_sign_in,
    start_session_in,
)
from webapp.accounts.services.sightings import touch_session, write_sightings
from webapp.accounts.services.tokens import token_hash
from webapp.foundation.clock import machine_now
from webapp.foundation.config import demo_environment, load
from webapp.foundation.db import Database, read_door, unit_of_work
from webapp.foundation.trail import TrailEntry
from webapp.people.models import ContactPoint, CourtOrder, Staff
from webapp.people.rules.contact_points import PointKind, ReadPoint
from webapp.people.rules.refusals import Refused

MOBILE = "+447700900001"
ALICE = ReadPoint(PointKind.MOBILE, MOBILE)

pytestmark = pytest.mark.usefixtures("morning")


@pytest.fixture
def config(tmp_path: Any) -> Any:
    return load(demo_environment(tmp_path, "k" * 40, 8000))


def begin(point: ReadPoint = ALICE, door: Door = Door.PARENT, **more: Any) -> tuple[int, str]:
    with unit_of_work() as tx:
        return start_session_in(tx, door, now=machine_now(), point=point, **more)


def proved(token: str) -> OpenSession:
    with read_door() as db:
        found = find_session(db, token_hash(token), machine_now(), idle_since(machine_now()))
    assert found is not None
    return found


def acting(session_id: int) -> tuple[ContactKey, ...]:
    with read_door() as db:
        return contacts_of(db, session_id)


def is_open(session_id: int) -> bool:
    with read_door() as db:
        return db.execute(select(Session.ended_at).where(Session.id == session_id)).scalar_one() is None


def people(value: str = MOBILE) -> Any:
    with read_door() as db:
        return candidates(db, "mobile", value, TODAY)


def trail() -> list[tuple[Any, ...]]:
    with read_door() as db:
        entries = db.execute(select(TrailEntry.action, TrailEntry.actor_name).order_by(TrailEntry.id))
        return [tuple(entry) for entry in entries]


@pytest.fixture
def shared(db: Database, world: World) -> int:
    """Nani holds Alice's number too."""
    with unit_of_work() as tx:
        return add_contact(tx, world.organisation, "Nani", "Begum", mobile=MOBILE)


def test_one_of_two_holders_is_chosen_and_may_be_changed(world: World, shared: int) -> None:
    session_id, token = begin()
    session = proved(token)
    alice, nani = people()
    assert (alice.name, nani.name) == ("Alice Ahmed", "Nani Begum")
    choose_contacts(session, alice.contacts)
    assert acting(session_id) == (ContactKey(world.organisation, world.alice),)
    choose_contacts(session, alice.contacts)
    choose_contacts(session, nani.contacts)
    assert acting(session_id) == (ContactKey(world.organisation, shared),)
    assert trail() == [("signed_in", "Alice Ahmed"), ("signed_in", "Nani Begum")]


def test_nobody_is_chosen_who_does_not_hold_the_number(world: World, shared: int) -> None:
    session_id, token = begin()
    session = proved(token)
    ours = world.organisation
    for wanted in (
        [ContactKey(ours, world.charlie)],
        [ContactKey(ours, world.alice), ContactKey(ours, shared)],
        [ContactKey(ours, world.alice), ContactKey(ours, world.charlie)],
        [ContactKey(world.other_organisation, world.alice)],
        [],
    ):
        with pytest.raises(NotAmongThem):
            choose_contacts(session, wanted)
    # Charlie's number is held by Charlie, but this session proved another, whatever is said of it.
    with pytest.raises(NotAmongThem):
        choose_contacts(replace(session, point_value="+447700900003"), [ContactKey(ours, world.charlie)])
    with pytest.raises(NotAmongThem):
        choose_staff(session, StaffKey(ours, world.officer))
    end_session(token)
    with pytest.raises(NotAmongThem):
        choose_contacts(session, [ContactKey(ours, world.alice)])
    assert acting(session_id) == ()
    assert trail() == []


def test_a_number_with_somebody_kept_away_offers_nobody(world: World, shared: int) -> None:
    assert len(people()) == 2
    with unit_of_work() as tx:
        tx.execute(
            insert(CourtOrder).values(
                organisation_id=world.organisation, id=1, pupil_id=world.tom, contact_id=world.alice, kind="order",
                denies="collect", starts_on=date(2026, 1, 1), ends_on=TODAY,
            )
        )  # fmt: skip
    assert people() == ()
    with unit_of_work() as tx:
        tx.execute(update(CourtOrder).values(ends_on=date(2026, 6, 15)))
    assert len(people()) == 2


def test_a_number_said_to_be_wrong_offers_nobody(db: Database, world: World) -> None:
    with unit_of_work() as tx:
        tx.execute(update(ContactPoint).where(ContactPoint.value == MOBILE).values(state="bad"))
    assert people() == ()


def test_one_of_two_posts_is_chosen(db: Database, world: World) -> None:
    email = f"saira.khan.{world.organisation}@school.example"
    with unit_of_work() as tx:
        there = add_staff(tx, world.other_organisation, world.other_school, "Saira", "Khan", "Head", "head")
        tx.execute(update(Staff).where(Staff.id == there).values(email=email))
    _, token = begin(ReadPoint(PointKind.EMAIL, email), Door.STAFF)
    session = proved(token)
    with read_door() as read:
        choices = staff_choices(read, email, TODAY)
    assert [choice.key.staff_id for choice in choices] == [world.officer, there]
    with pytest.raises(NotAmongThem):
        choose_staff(session, StaffKey(world.organisation, world.head))
    choose_staff(session, StaffKey(world.other_organisation, there))
    assert proved(token).staff == StaffKey(world.other_organisation, there)
    assert trail() == [("signed_in", "Saira Khan")]


def test_the_list_of_devices_is_the_persons_own(world: World, shared: int, config: Any) -> None:
    """By mobile and by mail Alice is one person; Nani, who shares her number, is another."""
    mine = demo_sign_in(config, ContactKey(world.organisation, world.alice), user_agent="Chrome/1 (Android)")
    by_mail, mail_token = begin(ReadPoint(PointKind.EMAIL, "alice@family.example"), user_agent="Firefox/1 Windows")
    nanis, nanis_token = begin()
    gone, gone_token = begin()
    alice, nani = people()
    for token, person in ((mail_token, alice), (gone_token, alice), (nanis_token, nani)):
        choose_contacts(proved(token), person.contacts)
    with unit_of_work() as tx:
        tx.execute(update(Session).where(Session.id == gone).values(ended_at=MORNING))
    with read_door() as read:
        found = devices(read, mine.session_id, MORNING)
    assert [(device.words, device.here) for device in found] == [
        ("Chrome on Android", True), ("Firefox on Windows", False)
    ]  # fmt: skip
    with read_door() as read:
        theirs = read.execute(select(Session.public_id).where(Session.id == nanis)).scalar_one()
    assert not end_device(mine.session_id, theirs)
    assert not end_device(mine.session_id, "no such one")
    assert end_device(mine.session_id, found[1].public_id)
    assert not end_device(mine.session_id, found[1].public_id)
    assert (is_open(mine.session_id), is_open(by_mail), is_open(nanis)) == (True, False, True)


def test_all_other_phones_are_signed_out_and_nobody_elses(world: World, shared: int) -> None:
    alice, nani = people()
    begun = [begin() for _ in range(4)]
    opened = [session_id for session_id, _ in begun]
    for (_, token), person in zip(begun, (alice, alice, alice, nani), strict=True):
        choose_contacts(proved(token), person.contacts)
    assert end_other_sessions(opened[0]) == 2
    assert [is_open(session_id) for session_id in opened] == [True, False, False, True]
    assert trail()[4:] == [("signed_out", "Alice Ahmed")] * 2
    assert end_other_sessions(opened[0]) == 0


def test_staff_sign_their_other_machines_out(world: World, config: Any, db: Database) -> None:
    mine, other = (demo_sign_in(config, StaffKey(world.organisation, world.officer)) for _ in range(2))
    heads = demo_sign_in(config, StaffKey(world.organisation, world.head))
    assert end_other_sessions(mine.session_id) == 1
    assert (is_open(mine.session_id), is_open(other.session_id), is_open(heads.session_id)) == (True, False, True)
    with unit_of_work() as tx:
        assert end_staff_sessions_in(tx, world.organisation, world.officer) == 1
    assert (is_open(mine.session_id), is_open(heads.session_id)) == (False, True)


def test_signing_out_twice_is_signing_out(world: World, db: Database, config: Any) -> None:
    signed_in = demo_sign_in(config, ContactKey(world.organisation, world.alice))
    end_session(signed_in.token)
    end_session(signed_in.token)
    end_session("not a token")
    assert not is_open(signed_in.session_id)
    assert trail() == [("signed_in", "Alice Ahmed"), ("signed_out", "Alice Ahmed")]


def test_forgetting_a_phone_leaves_no_code_behind(world: World, db: Database, config: Any, letters: Any) -> None:
    ask_code(Door.PARENT, ALICE, "b" * 43, "192.0.2.1", send=letters)
    ask_code(Door.PARENT, ReadPoint(PointKind.MOBILE, "+447700900002"), "c" * 43, "192.0.2.1", send=letters)
    signed_in = demo_sign_in(config, ContactKey(world.organisation, world.alice))
    forget(signed_in.token, "b" * 43)
    assert not is_open(signed_in.session_id)
    with read_door() as read:
        assert read.scalars(select(SignInCode.browser_hash)).all() == [token_hash("c" * 43)]


def test_a_contact_who_may_not_come_in_again_is_parted_from_every_phone(
    world: World, db: Database, config: Any
) -> None:
    alice, bob = (
        demo_sign_in(config, ContactKey(world.organisation, contact)) for contact in (world.alice, world.bob)
    )
    with unit_of_work() as tx:
        assert part_contact_in(tx, world.organisation, world.bob) == 1
    assert acting(bob.session_id) == ()
    assert len(acting(alice.session_id)) == 1


def test_the_demo_alone_signs_in_without_a_code(world: World, db: Database, config: Any, tmp_path: Any) -> None:
    in_earnest = load(
        {**demo_environment(tmp_path, "k" * 40, 8000), "FIRSTBELL_MODE": "production",
         "FIRSTBELL_PUBLIC_URL": "https://attend.hill.example"}
    )  # fmt: skip
    for who in (ContactKey(world.organisation, world.alice), StaffKey(world.organisation, world.officer)):
        with pytest.raises(DemoOnly):
            demo_sign_in(in_earnest, who)
    with unit_of_work() as tx:
        phoneless = add_contact(tx, world.organisation, "Grandad", "Ahmed")
    with pytest.raises(Refused):
        demo_sign_in(config, ContactKey(world.organisation, phoneless))
    with pytest.raises(Refused):
        demo_sign_in(config, StaffKey(world.other_organisation, world.officer))
    with read_door() as read:
        assert read.execute(select(Session.id)).all() == []


def seen(session_id: int) -> tuple[Any, Any]:
    with read_door() as read:
        row = read.execute(select(Session.seen_at, Session.expires_at).where(Session.id == session_id)).one()
    return row.seen_at - MORNING, row.expires_at - MORNING


def test_being_seen_is_kept_once_a_minute_and_lengthens_a_parents_session(
    world: World, db: Database, config: Any, morning: time_machine.Traveller, counting: Any
) -> None:
    parent = demo_sign_in(config, ContactKey(world.organisation, world.alice))
    staff = demo_sign_in(config, StaffKey(world.organisation, world.officer))
    write_sightings(at_once=True)
    morning.shift(timedelta(seconds=59))
    for signed_in in (parent, staff):
        touch_session(signed_in.session_id, signed_in.door, MORNING, machine_now())
    with counting() as statements:
        write_sightings(at_once=True)
    assert statements == []
    morning.shift(timedelta(seconds=1))
    for signed_in in (parent, staff, parent, staff):
        touch_session(signed_in.session_id, signed_in.door, MORNING, machine_now())
    with counting() as statements:
        write_sightings(at_once=True)
    assert len(statements) == 2
    minute = timedelta(minutes=1)
    assert seen(parent.session_id) == (minute, timedelta(days=60) + minute)
    assert seen(staff.session_id) == (minute, timedelta(hours=12))


def test_what_is_noted_within_a_second_waits_and_is_not_lost(
    world: World, db: Database, config: Any, morning: time_machine.Traveller, counting: Any
) -> None:
    first, second = (
        demo_sign_in(config, ContactKey(world.organisation, contact)) for contact in (world.alice, world.bob)
    )
    write_sightings(at_once=True)
    morning.shift(timedelta(minutes=2))
    touch_session(first.session_id, first.door, MORNING, machine_now())
    write_sightings(at_once=True)
    touch_session(second.session_id, second.door, MORNING, machine_now())
    with counting() as statements:
        write_sightings()
    assert statements == []
    write_sightings(at_once=True)
    assert seen(second.session_id)[0] == timedelta(minutes=2)


def test_a_session_that_ended_meanwhile_stays_ended(
    world: World, db: Database, config: Any, morning: time_machine.Traveller
) -> None:
    signed_in = demo_sign_in(config, ContactKey(world.organisation, world.alice))
    morning.shift(timedelta(minutes=2))
    touch_session(signed_in.session_id, signed_in.door, MORNING, machine_now())
    end_session(signed_in.token)
    write_sightings(at_once=True)
    assert not is_open(signed_in.session_id)
    assert seen(signed_in.session_id)[0] == timedelta(0)


def test_sightings_of_many_threads_are_all_kept(
    cloned_db: Database, world: World, config: Any, morning: time_machine.Traveller
) -> None:
    signed_in = [demo_sign_in(config, ContactKey(world.organisation, world.alice)) for _ in range(12)]
    write_sightings(at_once=True)
    morning.shift(timedelta(minutes=5))

    def use(own: int) -> None:
        for one in signed_in[own::3] + signed_in:
            touch_session(one.session_id, one.door, MORNING, machine_now())
            write_sightings(at_once=True)

    threads = [threading.Thread(target=use, args=(own,)) for own in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {seen(one.session_id)[0] for one in signed_in} == {timedelta(minutes=5)}
    assert sightings._noted.take(at_once=True) == ({}, {})
    assert len(acting(signed_in[0].session_id)) == 1
    with read_door() as read:
        assert len(read.execute(select(SessionContact.session_id)).all()) == 12
