"""Who has not been reached: why, what comes next, and that the list costs the same for many as for one."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select, update

from notifications.models import Delivery, Message
from notifications.rules.message_kinds import MessageName
from notifications.services import Outgoing, send_in
from tests.factories import FULL_RIGHTS, TODAY, World, add_contact, add_pupil, link
from tests.pupils import add_sixth
from webapp.accounts.queries.reach import ReachRow, not_reached
from webapp.accounts.rules.persons import ContactKey
from webapp.accounts.rules.reach import (
    BETWEEN_INVITATIONS,
    DONE_HOLDS,
    Gap,
    Next,
    Reached,
    ReachRefused,
    gaps,
    is_done,
    next_step,
    why_not_invited,
)
from webapp.accounts.services.reach import ContactNotThere, Reacher, invite_contact, note_reach
from webapp.accounts.services.sessions import demo_sign_in
from webapp.foundation.clock import school_now
from webapp.foundation.config import demo_environment, load
from webapp.foundation.db import insert_row, read_door, unit_of_work
from webapp.foundation.trail import Actor, ActorKind, TrailEntry
from webapp.people.models import Contact, ContactPoint, CourtOrder, MessageStop
from webapp.people.rules.school_times import in_london

NOW = in_london(TODAY, time(7, 40))
MOBILE, BAD = ("mobile", "usable"), ("mobile", "bad")
STOPPED, LANDLINE = ("mobile", "opted_out"), ("landline", "usable")


@pytest.mark.parametrize(
    ("one", "why", "then"),
    [
        (Reached([MOBILE], opened=True), (), Next.RING),
        (Reached([MOBILE], opened=False), (Gap.NEVER_OPENED,), Next.INVITE),
        (Reached([], opened=True), (Gap.NO_POINT,), Next.LETTER),
        (Reached([LANDLINE], opened=True), (Gap.NO_POINT,), Next.RING),
        (Reached([BAD], opened=True), (Gap.WRONG_NUMBER,), Next.LETTER),
        (Reached([BAD, LANDLINE], opened=False), (Gap.WRONG_NUMBER, Gap.NEVER_OPENED), Next.RING),
        (Reached([BAD, ("email", "usable")], opened=True), (), Next.RING),
        (Reached([STOPPED], opened=True), (Gap.OPTED_OUT,), Next.RING),
        (Reached([MOBILE], opened=True, failed=True), (Gap.FAILED,), Next.RING),
        (Reached([MOBILE], opened=False, failed=True), (Gap.FAILED, Gap.NEVER_OPENED), Next.RING),
        (Reached([MOBILE], opened=False, invited=(NOW,) * 3), (Gap.NEVER_OPENED,), Next.RING),
    ],
)
def test_why_somebody_is_on_the_list_and_what_comes_next(one: Reached, why: tuple[Gap, ...], then: Next) -> None:
    assert gaps(one) == why
    assert next_step(one, NOW) is then


def test_who_may_be_invited_and_how_often() -> None:
    once = Reached([MOBILE], opened=False, invited=(NOW - BETWEEN_INVITATIONS,))
    assert why_not_invited(Reached([MOBILE], opened=False), NOW) == ""
    assert why_not_invited(once, NOW) == ""
    assert "less than 14 days" in why_not_invited(once, NOW - timedelta(seconds=1))
    three = Reached([MOBILE], opened=False, invited=(NOW - timedelta(days=200),) * 3)
    assert "3 times" in why_not_invited(three, NOW)
    for one in (
        Reached([MOBILE], opened=True), Reached([BAD, LANDLINE], opened=False), Reached([STOPPED], opened=False),
        Reached([MOBILE], opened=False, may_report=False),
    ):  # fmt: skip
        assert why_not_invited(one, NOW)


def test_what_is_dealt_with_comes_back_after_its_time_or_with_the_next_failure() -> None:
    done = Reached([BAD], opened=True, done=NOW)
    assert is_done(done, NOW) and is_done(done, NOW + DONE_HOLDS - timedelta(seconds=1))
    assert not is_done(done, NOW + DONE_HOLDS)
    failed = Reached([BAD], opened=True, done=NOW, failed=True, failed_at=NOW + timedelta(hours=1))
    assert not is_done(failed, NOW + timedelta(hours=2))


pytest_db = pytest.mark.usefixtures("morning", "db")


def by(world: World) -> Reacher:
    return Reacher(world.organisation, world.hill, Actor(ActorKind.STAFF, world.officer, "Saira Khan", "Officer"))


def rows(world: World, **more: Any) -> dict[str, ReachRow]:
    with read_door() as db:
        return {
            row.name: row
            for row in not_reached(db, world.organisation, more.pop("school", world.hill), TODAY, school_now(), **more)
        }


def opened(world: World, tmp_path: Any, contact: int) -> None:
    demo_sign_in(load(demo_environment(tmp_path, "k" * 40, 8000)), ContactKey(world.organisation, contact))


@pytest_db
def test_who_never_opened_is_on_the_list_of_their_childs_school_until_they_do(world: World, tmp_path: Any) -> None:
    assert set(rows(world)) == {"Alice Ahmed", "Bob Ahmed", "Charlie Shah"}
    assert rows(world)["Alice Ahmed"].children == (("Tom Ahmed", 3, "3K"),)
    assert set(rows(world, school=world.vale)) == {"Alice Ahmed"}
    opened(world, tmp_path, world.alice)
    assert set(rows(world)) == {"Bob Ahmed", "Charlie Shah"}
    with read_door() as db:
        assert db.scalar(select(Contact.opened_at).where(Contact.id == world.alice)) is not None
        assert db.scalar(select(Contact.opened_at).where(Contact.id == world.bob)) is None


@pytest_db
def test_year_and_form_are_those_of_a_child_here(world: World) -> None:
    assert set(rows(world, year=3)) == set(rows(world, form="3K")) == set(rows(world))
    assert rows(world, year=8) == rows(world, form="8B") == {}


@pytest_db
def test_who_has_no_right_who_is_for_the_dsl_and_a_pupil_are_not_listed(world: World) -> None:
    with unit_of_work() as tx:
        org = world.organisation
        nani = add_contact(tx, org, "Nani", "Begum", mobile="+447700900008")
        link(tx, org, world.tom, nani, "grandmother", 9, may_collect=True)
        insert_row(
            tx, CourtOrder, organisation_id=org, pupil_id=world.tom, contact_id=world.bob, kind="order",
            denies="contact", starts_on=date(2026, 1, 1),
        )  # fmt: skip
        insert_row(
            tx, MessageStop, organisation_id=org, public_id="stop", school_id=world.hill, pupil_id=world.noor,
            stopped_at=NOW, stopped_by="Dina Bell",
        )  # fmt: skip
        add_sixth(tx, world)
    assert set(rows(world)) == {"Alice Ahmed"}
    assert set(rows(world, school=world.vale)) == {"Alice Ahmed", "Priya Patel"}


@pytest_db
def test_a_message_that_did_not_arrive_says_how(world: World, tmp_path: Any) -> None:
    opened(world, tmp_path, world.charlie)
    with unit_of_work() as tx:
        send_in(tx, Outgoing(
            organisation_id=world.organisation, school_id=world.hill, name=MessageName.SOMETHING_TO_READ, key="m-1",
            contact_id=world.charlie, pupil_ids=(world.noor,), words={"link": "https://x/messages"},
        ))  # fmt: skip
    assert "Charlie Shah" not in rows(world)
    with unit_of_work() as tx:
        tx.execute(update(Delivery).values(state="failed", error_words="The number is not in use"))
    found = rows(world)["Charlie Shah"]
    assert (found.gaps, found.how) == ((Gap.FAILED,), "sms: The number is not in use")
    with unit_of_work() as tx:
        tx.execute(update(ContactPoint).where(ContactPoint.contact_id == world.charlie).values(state="bad"))
    assert rows(world)["Charlie Shah"].gaps == (Gap.WRONG_NUMBER, Gap.FAILED)


@pytest_db
def test_an_invitation_goes_once_for_a_key_and_not_again_for_a_fortnight(
    world: World, morning: time_machine.Traveller
) -> None:
    bob = rows(world)["Bob Ahmed"].public_id
    for _ in range(2):
        invite_contact(by(world), bob, "key-of-one")
    assert sent() == [(world.bob, "+447700900002")]
    with pytest.raises(ReachRefused):
        invite_contact(by(world), bob, "key-of-two")
    morning.shift(BETWEEN_INVITATIONS)
    invite_contact(by(world), bob, "key-of-three")
    assert len(sent()) == 2
    with read_door() as db:
        assert list(db.scalars(select(TrailEntry.detail).where(TrailEntry.action == "noted_reach"))) == [
            {"kind": "invited"}, {"kind": "invited"}
        ]  # fmt: skip


def sent() -> list[tuple[int | None, str]]:
    with read_door() as db:
        return [tuple(row) for row in db.execute(
            select(Message.contact_id, Delivery.address).join(Delivery, Delivery.message_id == Message.id)
            .where(Message.name == "invitation").order_by(Message.id)
        )]  # fmt: skip


@pytest_db
def test_a_note_is_kept_and_dealt_with_takes_off_the_list(world: World) -> None:
    bob = rows(world)["Bob Ahmed"].public_id
    note_reach(by(world), bob, "rang", "No answer", "key-of-one")
    note_reach(by(world), bob, "done", "", "key-of-two")
    found = rows(world)["Bob Ahmed"]
    assert found.done and [(note.kind, note.words, note.by) for note in found.notes] == [
        ("done", "", "Saira Khan"), ("rang", "No answer", "Saira Khan")
    ]  # fmt: skip
    for kind in ("invited", "", "burnt"):
        with pytest.raises(ReachRefused):
            note_reach(by(world), bob, kind, "", "key-of-three")
    for nobody in ("", "con-1-Nobody", "con-2-Mo"):
        with pytest.raises(ContactNotThere):
            note_reach(by(world), nobody, "rang", "", "key-of-four")


@pytest_db
def test_the_list_costs_five_statements_for_three_and_for_sixty(world: World, counting: Any) -> None:
    costs = []
    for number in (0, 60):
        with unit_of_work() as tx:
            for each in range(number):
                pupil, _ = add_pupil(tx, world.organisation, world.hill, f"P{each}", f"X{each}", form_id=world.form_3k)
                contact = add_contact(tx, world.organisation, f"C{each}", "X", mobile=f"+4477009005{each:02}")
                link(tx, world.organisation, pupil, contact, "mother", 1, **FULL_RIGHTS)
        with unit_of_work() as tx, counting() as seen:
            found = not_reached(tx, world.organisation, world.hill, TODAY, school_now())
        costs.append((len(found), len(seen)))
    assert costs == [(3, 5), (63, 5)]


@pytest_db
def test_opened_is_the_first_time_and_stays(world: World, tmp_path: Any, morning: time_machine.Traveller) -> None:
    opened(world, tmp_path, world.alice)
    with read_door() as db:
        first = db.scalar(select(Contact.opened_at).where(Contact.id == world.alice))
    morning.shift(timedelta(days=3))
    opened(world, tmp_path, world.alice)
    with read_door() as db:
        assert db.scalar(select(Contact.opened_at).where(Contact.id == world.alice)) == first

