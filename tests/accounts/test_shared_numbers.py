"""One number and several people, one person in several places, and numbers that change hands: nothing is ever shown to
the wrong person. Each story holds a session, a passkey and a link alive while the office changes its record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import insert, select, update

from notifications.events import ContactPointWentBad
from notifications.models import PushSubscription
from tests.accounts.soft_key import SoftKey
from tests.factories import FULL_RIGHTS, TODAY, World, add_contact, link
from webapp.absence.services.telling import ANSWER_QUESTION
from webapp.accounts.models import Session, SingleTaskLink
from webapp.accounts.queries.devices import OpenSession, find_session
from webapp.accounts.queries.parents import ParentViewer, find_parent
from webapp.accounts.queries.passkeys import passkeys
from webapp.accounts.queries.points import candidates
from webapp.accounts.rules.codes import Door
from webapp.accounts.rules.passkeys import PasskeyRefused, Purpose, Site
from webapp.accounts.rules.sessions import idle_since
from webapp.accounts.services.challenges import Asker
from webapp.accounts.services.codes import ask_code, check_code
from webapp.accounts.services.endings import forget, on_point_went_bad, on_rights_changed
from webapp.accounts.services.links import issue_link_in, open_link
from webapp.accounts.services.passkeys import (
    add_passkey,
    options_to_add,
    options_to_prove,
    sign_in_with_passkey,
)
from webapp.accounts.services.sessions import NotAmongThem, choose_contacts
from webapp.accounts.services.tokens import token_hash
from webapp.first_day.rules.answers import WHERE_IS_CHILD
from webapp.first_day.services import rights_lost
from webapp.foundation.clock import machine_now
from webapp.foundation.db import Database, insert_row, read_door, unit_of_work
from webapp.foundation.trail import TrailEntry
from webapp.people.models import ContactPoint, CourtOrder
from webapp.people.rules.contact_points import PointKind, ReadPoint
from webapp.people.services.rights_events import RightsChanged

NUMBER = "+447700900001"
SITE = Site("localhost", "http://localhost:8000")
PHONE = Asker("a" * 43, "192.0.2.1", "Chrome/1 (Android)")

pytestmark = pytest.mark.usefixtures("morning", "db")


def find(token: str) -> ParentViewer | None:
    with read_door() as db:
        return find_parent(db, token_hash(token), machine_now(), TODAY)


def seen(token: str) -> tuple[set[int], set[int]]:
    """As whom a session acts, and whose children it sees, both by id."""
    viewer = find(token)
    if viewer is None:
        return set(), set()
    return {one.id for one in viewer.contacts}, {child.id for child in viewer.children}


def by_code(letters: Any, browser: str = "a", value: str = NUMBER) -> tuple[str, OpenSession]:
    point = ReadPoint(PointKind.MOBILE, value)
    ask_code(Door.PARENT, point, browser * 43, "192.0.2.1", send=letters)
    signed_in = check_code(Door.PARENT, browser * 43, letters.code, "192.0.2.1")
    with read_door() as db:
        session = find_session(db, token_hash(signed_in.token), machine_now(), idle_since(machine_now()))
    assert session is not None
    return signed_in.token, session


def choose(session: OpenSession, name: str) -> None:
    with read_door() as db:
        people = candidates(db, "mobile", NUMBER, TODAY)
    choose_contacts(session, next(one for one in people if one.name == name).contacts)


def keep_key(token: str) -> SoftKey:
    viewer, key = find(token), SoftKey()
    assert viewer is not None
    add_passkey(viewer, PHONE, SITE, key.make(options_to_add(viewer, PHONE, SITE)))
    return key


def use(key: SoftKey) -> str:
    return sign_in_with_passkey(PHONE, SITE, key.use(options_to_prove(Purpose.SIGN_IN, PHONE, SITE))).token


def opens(key: SoftKey) -> bool:
    try:
        use(key)
    except PasskeyRefused:
        return False
    return True


@pytest.fixture
def nani(db: Database, world: World) -> int:
    """Nani holds Alice's number too, and may report Ella only."""
    with unit_of_work() as tx:
        contact = add_contact(tx, world.organisation, "Nani", "Begum", mobile=NUMBER)
        link(tx, world.organisation, world.ella, contact, "grandmother", 5, may_report=True)
    return contact


@pytest.fixture
def wired(world: World) -> Callable[[str], None]:
    """``wired(number)``: what the reactions do when Alice's number is said to be wrong."""

    def went_bad(value: str = NUMBER) -> None:
        with unit_of_work() as tx:
            mine = (ContactPoint.contact_id == world.alice, ContactPoint.value == value)
            tx.execute(update(ContactPoint).where(*mine).values(state="bad"))
            point = tx.execute(select(ContactPoint.id).where(*mine)).scalar_one()
            event = ContactPointWentBad(world.organisation, None, world.alice, point, "not in use")
            on_point_went_bad(tx, event)
            rights_lost.on_point_went_bad(tx, event)

    return went_bad


def test_two_on_one_number_see_each_their_own(
    world: World, nani: int, letters: Any, morning: time_machine.Traveller
) -> None:
    token, session = by_code(letters)
    assert seen(token) == (set(), set())
    choose(session, "Nani Begum")
    assert seen(token) == ({nani}, {world.ella})
    key = keep_key(token)
    morning.shift(timedelta(minutes=2))
    alices, session = by_code(letters, "b")
    choose(session, "Alice Ahmed")
    assert seen(alices) == ({world.alice}, {world.tom, world.ella})
    # Nani's passkey is Nani's, on whatever phone, and not in Alice's list.
    assert seen(use(key)) == ({nani}, {world.ella})
    with read_door() as db:
        assert passkeys(db, session.id) == ()


def test_who_one_is_cannot_be_said_later(
    world: World, nani: int, letters: Any, morning: time_machine.Traveller
) -> None:
    token, session = by_code(letters)
    choose(session, "Nani Begum")
    morning.shift(timedelta(minutes=10))
    with pytest.raises(NotAmongThem):
        choose(session, "Alice Ahmed")
    assert seen(token) == ({nani}, {world.ella})


def test_one_person_in_two_organisations_is_joined_by_name_and_number_alone(
    world: World, letters: Any
) -> None:
    with unit_of_work() as tx:
        there = add_contact(tx, world.other_organisation, "Alice", "Ahmed", mobile=NUMBER)
        link(tx, world.other_organisation, world.other_pupil, there, "mother", 1, **FULL_RIGHTS)
    token, _ = by_code(letters)
    assert seen(token) == ({world.alice, there}, {world.tom, world.ella, world.other_pupil})
    key = keep_key(token)
    assert seen(use(key))[0] == {world.alice, there}
    # The other organisation finds that the number is not this Alice's: there it is over, here nothing changes.
    with unit_of_work() as tx:
        theirs = update(ContactPoint).where(ContactPoint.organisation_id == world.other_organisation)
        tx.execute(theirs.where(ContactPoint.contact_id == there).values(value="+447700900055"))
    assert seen(token) == ({world.alice}, {world.tom, world.ella})
    assert seen(use(key)) == ({world.alice}, {world.tom, world.ella})
    # Each organisation's trail names its own contact, and the other organisation nowhere.
    with read_door() as db:
        rows = db.execute(select(TrailEntry.organisation_id, TrailEntry.actor_id)).all()
    assert {(row.organisation_id, row.actor_id) for row in rows} == {
        (world.organisation, world.alice), (world.other_organisation, there)
    }  # fmt: skip


def test_a_number_that_goes_from_one_contact_to_another_takes_nothing_along(
    world: World, letters: Any, morning: time_machine.Traveller
) -> None:
    token, session = by_code(letters)
    key = keep_key(token)
    with unit_of_work() as tx:
        moved = update(ContactPoint).where(ContactPoint.value == NUMBER)
        tx.execute(moved.values(contact_id=world.charlie))
    # The old holder: nothing, by session or passkey, and no way to say "I am Charlie".
    assert seen(token) == (set(), set())
    assert not opens(key)
    morning.shift(timedelta(minutes=10))
    with read_door() as db:
        (charlies,) = (one.name for one in candidates(db, "mobile", NUMBER, TODAY))
    with pytest.raises(NotAmongThem):
        choose(session, charlies)
    assert seen(token) == (set(), set())
    # The new holder: their own children, no passkey of the old one's, and no phone of theirs in the list.
    new, new_session = by_code(letters, "c")
    assert seen(new)[0] == {world.charlie}
    assert not seen(new)[1] & {world.tom, world.ella}
    with read_door() as db:
        assert passkeys(db, new_session.id) == ()
    # And back: what was Alice's is Alice's.
    with unit_of_work() as tx:
        tx.execute(moved.values(contact_id=world.alice))
    assert seen(new) == (set(), set())
    assert seen(token) == ({world.alice}, {world.tom, world.ella})


def test_a_number_said_to_be_wrong_signs_out_who_came_in_with_it(
    world: World, letters: Any, wired: Callable[..., None], morning: time_machine.Traveller
) -> None:
    token, _ = by_code(letters)
    key = keep_key(token)
    with unit_of_work() as tx:
        given, where = (
            issue_link_in(
                tx, organisation_id=world.organisation, school_id=world.hill, contact_id=world.alice, purpose=purpose,
                subjects=(1,),
            )
            for purpose in (ANSWER_QUESTION, WHERE_IS_CHILD)
        )  # fmt: skip
    morning.shift(timedelta(minutes=2))
    ask_code(Door.PARENT, ReadPoint(PointKind.EMAIL, "alice@family.example"), "m" * 43, "192.0.2.1", send=letters)
    by_mail = check_code(Door.PARENT, "m" * 43, letters.code, "192.0.2.1").token
    wired()
    assert find(token) is None
    assert not opens(key)
    # Her e-mail address still holds, and so does a link that may have gone there.
    assert seen(by_mail)[0] == {world.alice}
    assert open_link(given).state == "live"
    wired("alice@family.example")
    assert find(by_mail) is None
    assert open_link(given).state == "withdrawn"
    # Whoever has the phone may still say that it is the wrong number.
    assert open_link(where).state == "live"


def test_nobody_else_is_signed_out_by_it(
    world: World, nani: int, letters: Any, wired: Callable[..., None]
) -> None:
    token, session = by_code(letters)
    choose(session, "Nani Begum")
    wired()
    assert seen(token) == ({nani}, {world.ella})


def test_an_order_against_one_holder_signs_out_whoever_came_in_with_the_number(
    world: World, nani: int, letters: Any
) -> None:
    """He may have said that he is Alice: the name was chosen, and only the number was proved."""
    token, session = by_code(letters)
    choose(session, "Alice Ahmed")
    key = keep_key(token)
    with unit_of_work() as tx:
        tx.execute(
            insert(CourtOrder).values(
                organisation_id=world.organisation, id=1, pupil_id=world.ella, contact_id=nani, kind="order",
                denies="contact", starts_on=TODAY,
            )
        )  # fmt: skip
        on_rights_changed(tx, RightsChanged(world.organisation, ((world.ella, nani),)))
    assert find(token) is None
    assert not opens(key)


def test_an_order_against_somebody_alone_on_their_number_signs_out_nobody_else(
    world: World, letters: Any
) -> None:
    token, _ = by_code(letters)
    with unit_of_work() as tx:
        tx.execute(
            insert(CourtOrder).values(
                organisation_id=world.organisation, id=1, pupil_id=world.tom, contact_id=world.bob, kind="order",
                denies="contact", starts_on=TODAY,
            )
        )  # fmt: skip
        on_rights_changed(tx, RightsChanged(world.organisation, ((world.tom, world.bob),)))
    assert seen(token)[0] == {world.alice}


def test_a_forgotten_phone_takes_no_more_pushes_for_its_owner_alone(
    world: World, nani: int, letters: Any
) -> None:
    token, session = by_code(letters)
    choose(session, "Alice Ahmed")
    address = "https://fcm.googleapis.com/fcm/send/"
    with unit_of_work() as tx:
        for number, (contact, endpoint) in enumerate(((world.alice, "one"), (world.alice, "two"), (nani, "three"))):
            insert_row(
                tx, PushSubscription, organisation_id=world.organisation, public_id=f"push-{number}",
                endpoint=address + endpoint, p256dh="k", auth="a", created_at=machine_now(),
                checked_at=machine_now(), contact_id=contact,
            )  # fmt: skip
    forget(token, push_endpoint=address + "three")
    assert states() == ["live", "live", "live"]
    assert find(token) is None
    forget(token, push_endpoint=address + "one")
    # The session is over: nobody is left whose pushes they could be.
    assert states() == ["live", "live", "live"]


def test_forgetting_takes_the_pushes_of_this_browser(world: World, letters: Any) -> None:
    token, _ = by_code(letters)
    address = "https://fcm.googleapis.com/fcm/send/"
    with unit_of_work() as tx:
        for number, endpoint in enumerate(("one", "two")):
            insert_row(
                tx, PushSubscription, organisation_id=world.organisation, public_id=f"push-{number}",
                endpoint=address + endpoint, p256dh="k", auth="a", created_at=machine_now(),
                checked_at=machine_now(), contact_id=world.alice,
            )  # fmt: skip
    forget(token, push_endpoint=address + "one")
    assert states() == ["gone", "live"]


def states() -> list[str]:
    with read_door() as db:
        return list(db.scalars(select(PushSubscription.state).order_by(PushSubscription.id)))


def test_a_link_is_for_its_contact_whoever_has_the_number(world: World, letters: Any) -> None:
    with unit_of_work() as tx:
        issue_link_in(
            tx, organisation_id=world.organisation, school_id=world.hill, contact_id=world.alice, purpose="ask",
            subjects=(1,),
        )  # fmt: skip
        moved = update(ContactPoint).where(ContactPoint.value == NUMBER)
        tx.execute(moved.values(contact_id=world.charlie))
    with read_door() as db:
        assert db.execute(select(SingleTaskLink.contact_id)).scalars().all() == [world.alice]
        assert db.execute(select(Session.id)).first() is None
