"""Whoever leaves loses every key at once, and nobody else loses any."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, insert, select, update

from notifications.models import PushSubscription
from tests.factories import World
from webapp.accounts.models import (
    OnSiteDevice,
    Passkey,
    PasskeyContact,
    RecoveryCode,
    Session,
    SessionContact,
    SingleTaskLink,
    StaffIdentity,
    StaffLogin,
)
from webapp.accounts.services import leavers
from webapp.accounts.services.leavers import take_keys_in
from webapp.foundation import events, ids
from webapp.foundation.db import Database, insert_row, read_door, unit_of_work
from webapp.foundation.trail import TrailEntry
from webapp.people.models import Enrolment, PupilContact, Staff, StaffRole
from webapp.people.services.rights_events import RightsChanged, RollChanged

TODAY = date(2026, 6, 16)
NOW = datetime(2026, 6, 16, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def give_keys(tx: Any, world: World, contact: int, organisation: int | None = None, session: int | None = None) -> int:
    """A session, a passkey, a phone and a link of a contact; returns the session's number."""
    of = organisation or world.organisation
    common = {"created_at": NOW, "door": "parent"}
    number = session or insert_row(
        tx, Session, public_id=ids.public_id(), token_hash=ids.public_id(), seen_at=NOW,
        expires_at=NOW + timedelta(days=60), **common,
    )  # fmt: skip
    tx.execute(insert(SessionContact).values(organisation_id=of, contact_id=contact, session_id=number))
    passkey = insert_row(
        tx, Passkey, public_id=ids.public_id(), credential_id=ids.public_id(), public_key="k", sign_count=0,
        transports=[], device_type="single_device", backed_up=False, name="Phone", **common,
    )  # fmt: skip
    tx.execute(insert(PasskeyContact).values(organisation_id=of, contact_id=contact, passkey_id=passkey))
    insert_row(
        tx, PushSubscription, organisation_id=of, public_id=ids.public_id(), contact_id=contact,
        endpoint=f"https://push.example/{ids.public_id()}", p256dh="p", auth="a", created_at=NOW,
    )  # fmt: skip
    insert_row(
        tx, SingleTaskLink, organisation_id=of, token_hash=ids.public_id(),
        school_id=world.hill if of == world.organisation else world.other_school, contact_id=contact,
        purpose="where_is_child", subjects=[], created_at=NOW, expires_at=NOW + timedelta(hours=48),
    )  # fmt: skip
    return number


def keys_of(contact: int, of: int) -> dict[str, int]:
    """How many keys of each kind still open something."""
    counts = {
        "session": select(func.count())
        .select_from(SessionContact)
        .join(Session, Session.id == SessionContact.session_id)
        .where(SessionContact.organisation_id == of, SessionContact.contact_id == contact, Session.ended_at.is_(None)),
        "passkey": select(func.count())
        .select_from(PasskeyContact)
        .join(Passkey, Passkey.id == PasskeyContact.passkey_id)
        .where(
            PasskeyContact.organisation_id == of, PasskeyContact.contact_id == contact, Passkey.removed_at.is_(None)
        ),
        "push": select(func.count()).where(
            PushSubscription.organisation_id == of, PushSubscription.contact_id == contact
        ),
        "link": select(func.count()).where(
            SingleTaskLink.organisation_id == of, SingleTaskLink.contact_id == contact, SingleTaskLink.expires_at > NOW
        ),
    }
    with read_door() as db:
        return {name: db.execute(count).scalar_one() for name, count in counts.items()}


ALL = {"session": 1, "passkey": 1, "push": 1, "link": 1}
NONE = dict.fromkeys(ALL, 0)


@pytest.fixture
def with_keys(db: Database, world: World) -> World:
    with unit_of_work() as tx:
        for contact in (world.alice, world.bob, world.charlie):
            give_keys(tx, world, contact)
    return world


def leave(tx: Any, pupil: int, on: date) -> None:
    tx.execute(update(Enrolment).where(Enrolment.pupil_id == pupil).values(ends_on=on))


def test_nobody_loses_anything_on_an_ordinary_night(with_keys: World):
    with unit_of_work() as tx:
        assert take_keys_in(tx, with_keys.organisation, TODAY) == 0
    assert keys_of(with_keys.bob, with_keys.organisation) == ALL


def test_when_the_last_child_has_left_every_key_goes(with_keys: World):
    world = with_keys
    with unit_of_work() as tx:
        leave(tx, world.tom, TODAY - timedelta(days=1))
        # Alice has Ella still, Bob has nobody.
        assert take_keys_in(tx, world.organisation, TODAY) == 1
        assert take_keys_in(tx, world.organisation, TODAY) == 0
    assert keys_of(world.bob, world.organisation) == NONE
    assert keys_of(world.alice, world.organisation) == ALL
    assert keys_of(world.charlie, world.organisation) == ALL
    with read_door() as db:
        deed = db.execute(select(TrailEntry).where(TrailEntry.action == "took_keys_of_leaver")).one()
    assert (deed.subject_kind, deed.subject_id) == ("contact", world.bob)


@pytest.mark.parametrize(("last", "taken"), [(TODAY, 0), (TODAY - timedelta(days=1), 1)])
def test_the_last_day_itself_is_still_theirs(with_keys: World, last: date, taken: int):
    with unit_of_work() as tx:
        leave(tx, with_keys.tom, last)
        assert take_keys_in(tx, with_keys.organisation, TODAY) == taken


def test_a_child_who_comes_in_september_keeps_the_keys(with_keys: World):
    world = with_keys
    with unit_of_work() as tx:
        leave(tx, world.tom, TODAY - timedelta(days=1))
        insert_row(tx, Enrolment, organisation_id=world.organisation, pupil_id=world.tom, school_id=world.vale,
                   starts_on=date(2026, 9, 1))  # fmt: skip
        assert take_keys_in(tx, world.organisation, TODAY) == 0


def test_a_phone_that_is_also_another_persons_goes_on_as_theirs(db: Database, world: World):
    with unit_of_work() as tx:
        session = give_keys(tx, world, world.bob)
        give_keys(tx, world, world.other_contact, world.other_organisation, session)
        leave(tx, world.tom, TODAY - timedelta(days=1))
        take_keys_in(tx, world.organisation, TODAY)
    assert keys_of(world.bob, world.organisation) == NONE
    assert keys_of(world.other_contact, world.other_organisation) == ALL


@pytest.fixture
def reactions() -> Iterator[None]:
    events.forget_all()
    events.subscribe(RightsChanged, leavers.on_rights_changed)
    events.subscribe(RollChanged, leavers.on_roll_changed)
    yield
    events.forget_all()


def test_it_happens_with_the_file_that_says_so(with_keys: World, reactions: None):
    world = with_keys
    with unit_of_work() as tx:
        leave(tx, world.tom, TODAY - timedelta(days=1))
        events.emit(tx, RollChanged(world.organisation))
    assert keys_of(world.bob, world.organisation) == NONE


def test_it_happens_when_the_last_tie_ends(with_keys: World, reactions: None):
    world = with_keys
    with unit_of_work() as tx:
        tx.execute(
            update(PupilContact)
            .where(PupilContact.contact_id == world.bob)
            .values(ends_on=TODAY - timedelta(days=1))
        )
        events.emit(tx, RightsChanged(world.organisation, ((world.tom, world.bob),)))
    assert keys_of(world.bob, world.organisation) == NONE
    assert keys_of(world.alice, world.organisation) == ALL


@pytest.mark.parametrize("how", ["last day", "last role"])
def test_staff_who_have_left_keep_nothing(db: Database, world: World, how: str):
    of, staff = world.organisation, world.officer
    yesterday = TODAY - timedelta(days=1)
    with unit_of_work() as tx:
        for person in (staff, world.head):
            insert_row(
                tx, Session, public_id=ids.public_id(), door="staff", token_hash=ids.public_id(),
                staff_organisation_id=of, staff_id=person, created_at=NOW, seen_at=NOW,
                expires_at=NOW + timedelta(days=1),
            )  # fmt: skip
            tx.execute(insert(StaffLogin).values(organisation_id=of, staff_id=person, password_hash="h", totp_step=0))
            tx.execute(
                insert(StaffIdentity).values(
                    organisation_id=of, staff_id=person, issuer="https://login.example", subject=f"s{person}",
                    linked_at=NOW,
                )
            )
            insert_row(tx, RecoveryCode, organisation_id=of, staff_id=person, selector="s", code_hash="h")
            insert_row(tx, OnSiteDevice, organisation_id=of, public_id=ids.public_id(), school_id=world.hill,
                       staff_id=person, name="Hall", enrolled_at=NOW, seen_at=NOW)  # fmt: skip
        if how == "last day":
            tx.execute(update(Staff).where(Staff.id == staff).values(ends_on=yesterday))
        else:
            tx.execute(update(StaffRole).where(StaffRole.staff_id == staff).values(ends_on=yesterday))
        assert take_keys_in(tx, of, TODAY) == 1
        assert take_keys_in(tx, of, TODAY) == 0
    with read_door() as db:
        assert set(db.scalars(select(Session.staff_id).where(Session.ended_at.is_(None)))) == {world.head}
        assert set(db.scalars(select(StaffLogin.staff_id))) == {world.head}
        assert set(db.scalars(select(StaffIdentity.staff_id))) == {world.head}
        assert set(db.scalars(select(RecoveryCode.staff_id))) == {world.head}
        assert set(db.scalars(select(OnSiteDevice.staff_id).where(OnSiteDevice.removed_at.is_(None)))) == {world.head}
