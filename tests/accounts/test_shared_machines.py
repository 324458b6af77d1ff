"""Shared computers on both engines: names, locking, coming back with a PIN, and what is kept of a half-written form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from argon2 import PasswordHasher
from cryptography.fernet import Fernet, MultiFernet
from sqlalchemy import select, update

from notifications import channels
from notifications.channels import channels_from
from tests.accounts.test_staff_sign_in import BOX, HERE, deeds, letters
from tests.factories import World
from webapp.accounts.models import KeptForm, Session, StaffLogin
from webapp.accounts.queries.machines import PersonHere, find_machine, machines_of, people_here
from webapp.accounts.queries.staff import StaffKey, find_staff
from webapp.accounts.queries.staff_logins import find_login
from webapp.accounts.rules.sessions import MOST_AT_A_MACHINE, idle_since
from webapp.accounts.services import tokens
from webapp.accounts.services.endings import sweep_sign_in
from webapp.accounts.services.kept_forms import find_path, give_back, keep_form
from webapp.accounts.services.machines import Namer, name_machine, remove_machine
from webapp.accounts.services.pins import NotHere, come_back, lock, remove_pin, set_pin
from webapp.accounts.services.sessions import SignedIn
from webapp.accounts.services.staff_entries import actor_of, let_in_in
from webapp.accounts.services.tokens import token_hash
from webapp.foundation.clock import machine_now, school_today
from webapp.foundation.config import demo_environment, load
from webapp.foundation.db import Database, read_door, unit_of_work
from webapp.people.models import SchoolSetting, Staff
from webapp.people.rules.refusals import Refused

PIN, OTHER = "739104", "462817"


@pytest.fixture(autouse=True)
def post_room(
    db: Database, morning: time_machine.Traveller, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    channels.use(channels_from(load(demo_environment(tmp_path, "k" * 40, 8000))))
    monkeypatch.setattr(tokens, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    yield
    channels.use(None)


def enter(world: World, staff_id: int, machine: str | None = None, old: str | None = None, **more: Any) -> SignedIn:
    """A whole sign-in, its proofs given."""
    with unit_of_work() as tx:
        login = find_login(tx, StaffKey(world.organisation, staff_id), school_today())
        assert login is not None
        return let_in_in(tx, login, "password", replace(HERE, old_token=old, machine_token=machine), **more)


def desk(world: World, name: str = "Reception desk", held: str | None = None) -> tuple[str, SignedIn]:
    """The head names a computer; its token, and the head's session."""
    signed_in = enter(world, world.head)
    return name_machine(namer(world, signed_in), name, held), signed_in


def namer(world: World, signed_in: SignedIn) -> Namer:
    with read_door() as db:
        login = find_login(db, StaffKey(world.organisation, world.head), school_today())
    assert login is not None
    return Namer(world.organisation, world.hill, signed_in.session_id, actor_of(login))


def has_pin(world: World, *staff: int, pin: str = PIN) -> None:
    for one in staff:
        set_pin(StaffKey(world.organisation, one), pin, pin, BOX)


def here(machine: str) -> list[PersonHere]:
    with read_door() as db:
        found = find_machine(db, token_hash(machine))
        return list(people_here(db, found, machine_now(), school_today())) if found else []


def who(machine: str, staff_id: int) -> str:
    return next(one.public_id for one in here(machine) if one.staff_id == staff_id)


def lets_in(token: str) -> int | None:
    now = machine_now()
    with read_door() as db:
        found = find_staff(db, token_hash(token), now, idle_since(now), school_today())
    return found.staff_id if found else None


def test_two_people_switch_and_neither_is_signed_out(world: World, morning: time_machine.Traveller) -> None:
    machine, head = desk(world)
    has_pin(world, world.officer)
    has_pin(world, world.head, pin=OTHER)
    officer = enter(world, world.officer, machine, head.token)
    # The head's session is locked, not ended.
    assert lets_in(head.token) is None
    assert lets_in(officer.token) == world.officer
    assert {one.staff_id for one in here(machine)} == {world.head, world.officer}
    back = come_back(machine, who(machine, world.head), OTHER, BOX, old_token=officer.token)
    assert (lets_in(back.token), back.same) == (world.head, False)
    assert (lets_in(officer.token), lets_in(head.token)) == (None, None)
    # The same person comes back to their own page.
    assert lock(back.token)
    assert lock(back.token)
    again = come_back(machine, who(machine, world.head), OTHER, BOX, old_token=back.token)
    assert (lets_in(again.token), again.same) == (world.head, True)
    assert deeds()[-2:] == ["came_back", "came_back"]


def test_a_pin_proves_nothing_new(world: World, morning: time_machine.Traveller) -> None:
    machine, _ = desk(world)
    has_pin(world, world.head)
    with read_door() as db:
        before = db.scalar(select(Session.stepped_up_at))
    morning.shift(timedelta(minutes=20))
    come_back(machine, who(machine, world.head), PIN, BOX)
    with read_door() as db:
        assert db.scalar(select(Session.stepped_up_at)) == before


def test_it_locks_itself_when_left_alone(world: World, morning: time_machine.Traveller) -> None:
    machine, head = desk(world)
    has_pin(world, world.head)
    morning.shift(timedelta(minutes=5, seconds=59))
    assert lets_in(head.token) == world.head
    morning.shift(timedelta(seconds=1))
    assert lets_in(head.token) is None
    # Hours later it is opened again: the day's sign-in still counts.
    morning.shift(timedelta(hours=5))
    assert lets_in(come_back(machine, who(machine, world.head), PIN, BOX).token) == world.head


def test_the_school_says_after_how_long(world: World, morning: time_machine.Traveller) -> None:
    with unit_of_work() as tx:
        tx.execute(
            SchoolSetting.__table__.insert().values(
                organisation_id=world.organisation, school_id=world.hill, key="staff.lock_after_minutes", value="2",
                effective_from=school_today(),
            )
        )
    _, head = desk(world)
    morning.shift(timedelta(minutes=2))
    assert lets_in(head.token) == world.head
    morning.shift(timedelta(minutes=1))
    assert lets_in(head.token) is None


def test_a_pin_is_over_with_the_day(world: World, morning: time_machine.Traveller) -> None:
    machine, _ = desk(world)
    has_pin(world, world.head)
    person = who(machine, world.head)
    morning.shift(timedelta(hours=9, minutes=59))
    come_back(machine, person, PIN, BOX)
    morning.shift(timedelta(minutes=1))
    assert here(machine) == []
    with pytest.raises(NotHere):
        come_back(machine, person, PIN, BOX)


def test_a_pin_works_on_that_computer_alone(world: World) -> None:
    reception, _ = desk(world)
    has_pin(world, world.head)
    person = who(reception, world.head)
    hall, _ = desk(world, "Hall")
    for token in (hall, None, "no such token"):
        with pytest.raises(NotHere):
            come_back(token, person, PIN, BOX)


def test_five_wrong_pins_ask_for_the_whole_sign_in_and_are_told(world: World) -> None:
    machine, _ = desk(world)
    has_pin(world, world.head)
    person = who(machine, world.head)
    for left in ("4 tries", "3 tries", "2 tries", "1 try"):
        with pytest.raises(Refused) as wrong:
            come_back(machine, person, OTHER, BOX)
        assert left in wrong.value.mend
    with pytest.raises(Refused) as fifth:
        come_back(machine, person, OTHER, BOX)
    assert "fifth" in fifth.value.mend
    with pytest.raises(NotHere):
        come_back(machine, person, PIN, BOX)
    assert here(machine) == []
    assert "pin_locked" in deeds()
    assert "wrong PINs" in letters()[-1][1]
    # The whole sign-in brings five tries again.
    enter(world, world.head, machine)
    come_back(machine, who(machine, world.head), PIN, BOX)


def test_the_right_one_gives_the_tries_back(world: World) -> None:
    machine, _ = desk(world)
    has_pin(world, world.head)
    for _ in range(3):
        for _ in range(4):
            with pytest.raises(Refused):
                come_back(machine, who(machine, world.head), OTHER, BOX)
        come_back(machine, who(machine, world.head), PIN, BOX)
    assert "pin_locked" not in deeds()


def test_what_is_no_pin_costs_no_try(world: World) -> None:
    machine, _ = desk(world)
    has_pin(world, world.head)
    for typed in ("", "1234", "abcdef") * 3:
        with pytest.raises(Refused):
            come_back(machine, who(machine, world.head), typed, BOX)
    assert [one.pin_tries for one in here(machine)] == [0]


def test_without_a_pin_nobody_comes_back_with_one(world: World) -> None:
    machine, _ = desk(world)
    with pytest.raises(Refused) as refused:
        come_back(machine, who(machine, world.head), PIN, BOX)
    assert "no PIN yet" in refused.value.mend
    has_pin(world, world.head)
    # Sealed with a key that is in use no longer.
    with pytest.raises(Refused) as lost:
        come_back(machine, who(machine, world.head), PIN, MultiFernet([Fernet(Fernet.generate_key())]))
    assert "no PIN yet" in lost.value.mend
    remove_pin(StaffKey(world.organisation, world.head))
    with pytest.raises(Refused):
        come_back(machine, who(machine, world.head), PIN, BOX)


def test_a_pin_is_kept_under_two_locks(world: World) -> None:
    has_pin(world, world.head)
    with read_door() as db:
        kept = db.scalar(select(StaffLogin.pin_hash).where(StaffLogin.staff_id == world.head))
    assert kept is not None
    assert not kept.startswith("$argon2")
    assert BOX.decrypt(kept.encode()).startswith(b"$argon2id$")


def test_whoever_works_here_no_longer_stands_on_no_computer(world: World) -> None:
    machine, _ = desk(world)
    has_pin(world, world.head)
    person = who(machine, world.head)
    with unit_of_work() as tx:
        tx.execute(update(Staff).where(Staff.id == world.head).values(ends_on=school_today() - timedelta(days=1)))
    assert here(machine) == []
    with pytest.raises(NotHere):
        come_back(machine, person, PIN, BOX)
    sweep_sign_in()
    with read_door() as db:
        assert db.scalar(select(StaffLogin.pin_hash).where(StaffLogin.staff_id == world.head)) is None


def test_one_name_a_person_and_so_many_at_most(world: World, morning: time_machine.Traveller) -> None:
    machine, head = desk(world)
    enter(world, world.head, machine, head.token)
    assert [one.staff_id for one in here(machine)] == [world.head]
    with unit_of_work() as tx:
        template = tx.execute(select(Staff).where(Staff.id == world.officer)).one()._asdict()
        for number in range(MOST_AT_A_MACHINE):
            one = {"id": 90_000 + number, "public_id": f"many{number:012}", "email": f"m{number}@school.example"}
            tx.execute(Staff.__table__.insert().values({**template, **one}))
    for number in range(MOST_AT_A_MACHINE):
        morning.shift(timedelta(seconds=1))
        enter(world, 90_000 + number, machine)
    there = {one.staff_id for one in here(machine)}
    assert len(there) == MOST_AT_A_MACHINE
    # Whoever was away longest went.
    assert world.head not in there


def test_a_computer_without_a_name_shows_nobody(world: World, morning: time_machine.Traveller) -> None:
    signed_in = enter(world, world.officer, shared=True)
    assert not lock(signed_in.token)
    assert lets_in(signed_in.token) == world.officer
    morning.shift(timedelta(minutes=6))
    assert lets_in(signed_in.token) is None
    # One that nobody shares keeps its half hour.
    own = enter(world, world.officer)
    morning.shift(timedelta(minutes=29))
    assert lets_in(own.token) == world.officer


def test_another_trusts_staff_stand_on_no_computer_of_ours(world: World) -> None:
    machine, _ = desk(world)
    other_world = replace(world, organisation=world.other_organisation, officer=world.other_officer)
    theirs = enter(other_world, other_world.officer, machine)
    assert [one.staff_id for one in here(machine)] == [world.head]
    assert lets_in(theirs.token) == other_world.officer
    with read_door() as db:
        row = db.execute(select(Session.machine_id, Session.idle_minutes).where(Session.id == theirs.session_id)).one()
    assert (row.machine_id, row.idle_minutes) == (None, 5)


def test_a_computer_that_is_taken_away_signs_everybody_out(world: World) -> None:
    machine, head = desk(world)
    officer = enter(world, world.officer, machine, head.token)
    with read_door() as db:
        (row,) = machines_of(db, world.organisation, world.hill)
        login = find_login(db, StaffKey(world.organisation, world.head), school_today())
    assert login is not None
    by = actor_of(login)
    assert not remove_machine(world.organisation, world.vale, row.public_id, by)
    assert remove_machine(world.organisation, world.hill, row.public_id, by)
    assert not remove_machine(world.organisation, world.hill, row.public_id, by)
    assert lets_in(officer.token) is None
    assert here(machine) == []


def test_another_name_is_the_same_computer(world: World) -> None:
    first, head = desk(world)
    second, again = desk(world, "Front desk", held=first)
    with read_door() as db:
        assert [one.name for one in machines_of(db, world.organisation, world.hill)] == ["Front desk"]
    assert here(first) == []
    assert len(here(second)) == 2
    # A double tap, whose answers come one after the other: the last one holds.
    third = name_machine(namer(world, again), "Front desk", None)
    assert here(second) == []
    assert len(here(third)) == 2
    assert lets_in(head.token) == lets_in(again.token) == world.head


# What stood half written.

FIELDS = [("", "/staff/hill/x"), ("words", "Rang; his grandmother said"), ("kind", "general")]


def test_a_form_comes_back_once_to_its_own_session(world: World) -> None:
    machine, head = desk(world)
    officer = enter(world, world.officer, machine, head.token)
    assert keep_form(officer.token, "/staff/hill/note", FIELDS, BOX)
    with read_door() as db:
        assert "grandmother" not in (db.scalar(select(KeptForm.sealed)) or "")
    assert find_path(head.session_id, BOX) is None
    assert give_back(head.session_id, BOX) is None
    assert find_path(officer.session_id, BOX) == "/staff/hill/note"
    given = give_back(officer.session_id, BOX)
    assert given is not None
    assert (given.path, given.fields) == ("/staff/hill/note", FIELDS)
    assert give_back(officer.session_id, BOX) is None


def test_no_form_is_kept_where_nobody_comes_back(world: World) -> None:
    own = enter(world, world.officer)
    assert not keep_form(own.token, "/staff", FIELDS, BOX)
    _, head = desk(world)
    assert not keep_form(head.token, "/staff", [("words", "x" * 30_000)], BOX)
    assert keep_form(head.token, "/staff", FIELDS, BOX)
    with read_door() as db:
        (row,) = machines_of(db, world.organisation, world.hill)
        login = find_login(db, StaffKey(world.organisation, world.head), school_today())
    assert login is not None
    remove_machine(world.organisation, world.hill, row.public_id, actor_of(login))
    with read_door() as db:
        assert db.execute(select(KeptForm)).all() == []
