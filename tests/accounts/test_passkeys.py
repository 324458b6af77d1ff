"""Parents' passkeys on both engines, with an authenticator of our own that can also lie."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import delete, insert, select, update

from notifications.models import Delivery, Message
from tests.accounts.conftest import MORNING
from tests.accounts.soft_key import PRESENT, SoftKey
from tests.factories import TODAY, World, add_contact
from webapp.accounts.models import Passkey, PasskeyChallenge, Session
from webapp.accounts.queries.parents import ParentViewer, find_parent
from webapp.accounts.queries.passkeys import passkeys
from webapp.accounts.rules.limits import TooMany
from webapp.accounts.rules.passkeys import MOST_PASSKEYS, PasskeyRefusal, PasskeyRefused, Purpose, Site
from webapp.accounts.rules.persons import ContactKey
from webapp.accounts.services.challenges import Asker
from webapp.accounts.services.endings import sweep_sign_in
from webapp.accounts.services.passkeys import (
    add_passkey,
    options_to_add,
    options_to_prove,
    remove_passkey,
    rename_passkey,
    sign_in_with_passkey,
    step_up_with_passkey,
)
from webapp.accounts.services.sessions import SignedIn, demo_sign_in
from webapp.accounts.services.tokens import token_hash
from webapp.foundation.clock import machine_now
from webapp.foundation.config import demo_environment, load
from webapp.foundation.db import Database, read_door, unit_of_work
from webapp.foundation.trail import TrailEntry
from webapp.people.models import ContactPoint, CourtOrder, PupilContact
from webapp.people.rules.names import TextRefused

SITE = Site("localhost", "http://localhost:8000")
PHONE = Asker("a" * 43, "192.0.2.1", "Chrome/1 (Android)")
TABLET = Asker("b" * 43, "192.0.2.1", "Safari/1 (iPad)")
MOBILE = "+447700900001"

pytestmark = pytest.mark.usefixtures("morning")
Enter = Callable[[int], tuple[SignedIn, ParentViewer]]


@pytest.fixture
def enter(db: Database, world: World, tmp_path: Any) -> Enter:
    """``enter(world.alice)``: signed in as with a code."""
    config = load(demo_environment(tmp_path, "k" * 40, 8000))

    def sign_in(contact: int) -> tuple[SignedIn, ParentViewer]:
        signed_in = demo_sign_in(config, ContactKey(world.organisation, contact))
        return signed_in, viewer_of(signed_in.token)

    return sign_in


def viewer_of(token: str) -> ParentViewer:
    with read_door() as db:
        found = find_parent(db, token_hash(token), machine_now(), TODAY)
    assert found is not None
    return found


def made(viewer: ParentViewer, key: SoftKey, by: Asker = PHONE) -> SoftKey:
    add_passkey(viewer, by, SITE, key.make(options_to_add(viewer, by, SITE)))
    return key


def come_in(key: SoftKey, by: Asker = PHONE, **more: Any) -> SignedIn:
    return sign_in_with_passkey(by, SITE, key.use(options_to_prove(Purpose.SIGN_IN, by, SITE)), **more)


def refused(deed: Callable[[], Any]) -> PasskeyRefusal:
    with pytest.raises(PasskeyRefused) as caught:
        deed()
    return caught.value.reason


def trail() -> list[tuple[str, str]]:
    with read_door() as db:
        rows = db.execute(select(TrailEntry.action, TrailEntry.actor_name).order_by(TrailEntry.id))
        return [(row.action, row.actor_name) for row in rows]


def sessions() -> int:
    with read_door() as db:
        return len(db.execute(select(Session.id).where(Session.ended_at.is_(None))).all())


def test_a_passkey_is_made_and_opens_as_the_same_person(world: World, enter: Enter) -> None:
    _, alice = enter(world.alice)
    key = made(alice, SoftKey())
    signed_in = come_in(key, TABLET)
    there = viewer_of(signed_in.token)
    assert signed_in.chosen
    assert [contact.id for contact in there.contacts] == [world.alice]
    assert {child.id for child in there.children} == {child.id for child in alice.children}
    assert there.stepped_up_at == machine_now()
    with read_door() as db:
        (row,) = passkeys(db, alice.session_id)
        kept = db.execute(select(Passkey)).one()
    assert (row.name, row.used_at) == ("Chrome on Android", machine_now())
    assert (kept.sign_count, kept.transports, kept.backed_up) == (2, ["hybrid", "internal"], True)
    assert trail() == [("signed_in", "Alice Ahmed"), ("added_passkey", "Alice Ahmed"), ("signed_in", "Alice Ahmed")]


def test_a_key_that_counts_nothing_works_again_and_again(world: World, enter: Enter) -> None:
    key = made(enter(world.alice)[1], SoftKey(counts=False))
    assert come_in(key).chosen
    assert come_in(key).chosen


def test_a_session_of_the_same_browser_ends(world: World, enter: Enter) -> None:
    first, alice = enter(world.alice)
    key = made(alice, SoftKey())
    come_in(key, old_token=first.token)
    assert sessions() == 1


def test_an_answer_is_used_once_in_its_browser_for_its_purpose_in_time(
    world: World, enter: Enter, morning: time_machine.Traveller
) -> None:
    signed_in, alice = enter(world.alice)
    key = made(alice, SoftKey())
    before = sessions()
    answer = key.use(options_to_prove(Purpose.SIGN_IN, PHONE, SITE))
    assert refused(lambda: sign_in_with_passkey(TABLET, SITE, answer)) is PasskeyRefusal.LATE
    sign_in_with_passkey(PHONE, SITE, answer)
    assert refused(lambda: sign_in_with_passkey(PHONE, SITE, answer)) is PasskeyRefusal.LATE
    step = key.use(options_to_prove(Purpose.STEP_UP, PHONE, SITE, signed_in.session_id))
    assert refused(lambda: sign_in_with_passkey(PHONE, SITE, step)) is PasskeyRefusal.LATE
    assert refused(lambda: step_up_with_passkey(999, PHONE, SITE, step)) is PasskeyRefusal.LATE
    step_up_with_passkey(signed_in.session_id, PHONE, SITE, step)
    late = key.use(options_to_prove(Purpose.SIGN_IN, PHONE, SITE))
    morning.shift(timedelta(minutes=5))
    assert refused(lambda: sign_in_with_passkey(PHONE, SITE, late)) is PasskeyRefusal.LATE
    assert sessions() == before + 1


@pytest.mark.parametrize(
    "answer",
    ["", "nonsense", "[]", "{}", '{"response": {"clientDataJSON": 5}}', '{"response": {"clientDataJSON": "e30"}}',
     "[" * 5000, "x" * 20_000, '{"response": {"clientDataJSON": "\\u0000"}}'],
)  # fmt: skip
def test_what_no_browser_sends_is_refused(world: World, enter: Enter, answer: str) -> None:
    assert refused(lambda: sign_in_with_passkey(PHONE, SITE, answer)) is PasskeyRefusal.BROKEN
    assert refused(lambda: add_passkey(enter(world.alice)[1], PHONE, SITE, answer)) is PasskeyRefusal.BROKEN


@dataclass
class Lie:
    """One thing that is wrong with an answer."""

    key: dict[str, Any] = field(default_factory=dict)
    flags: int | None = None
    edit: Callable[[dict[str, Any]], None] | None = None


LIES = {
    "another site": Lie({"origin": "https://firstbell.evil.example"}),
    "another host": Lie({"host": "evil.example"}),
    "nobody's finger": Lie(flags=PRESENT),
    "a signature of nothing": Lie(edit=lambda told: told["response"].update(signature="AAAA")),
    "no signature": Lie(edit=lambda told: told["response"].pop("signature")),
    "another kind": Lie(edit=lambda told: told.update(type="password")),
    "an id that is no text": Lie(edit=lambda told: told.update(id=["a"])),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_a_lie_opens_nothing(world: World, enter: Enter, lie: Lie) -> None:
    honest = made(enter(world.alice)[1], SoftKey())
    liar = replace(honest, **lie.key)
    options = options_to_prove(Purpose.SIGN_IN, PHONE, SITE)
    told = json.loads(liar.use(options) if lie.flags is None else liar.use(options, lie.flags))
    if lie.edit:
        lie.edit(told)
    before = sessions()
    reason = refused(lambda: sign_in_with_passkey(PHONE, SITE, json.dumps(told)))
    assert reason in {PasskeyRefusal.BROKEN, PasskeyRefusal.UNKNOWN}
    assert sessions() == before


def test_another_key_under_a_known_name_opens_nothing(world: World, enter: Enter) -> None:
    honest = made(enter(world.alice)[1], SoftKey())
    assert refused(lambda: come_in(SoftKey(id=honest.id, counter=9))) is PasskeyRefusal.BROKEN
    assert refused(lambda: come_in(SoftKey())) is PasskeyRefusal.UNKNOWN


def test_a_counter_that_goes_back_is_refused_and_said(world: World, enter: Enter) -> None:
    _, alice = enter(world.alice)
    key = made(alice, SoftKey())
    copy = replace(key)
    come_in(key)
    come_in(key)
    assert refused(lambda: come_in(copy)) is PasskeyRefusal.COPIED
    assert trail()[-1] == ("passkey_doubted", "Alice Ahmed")
    with read_door() as db:
        assert passkeys(db, alice.session_id)[0].doubted_at == machine_now()
    # Nobody can tell which of the two is hers.
    assert refused(lambda: come_in(key)) is PasskeyRefusal.COPIED
    # She hears of it by each of her numbers and addresses, once.
    with read_door() as db:
        told = db.execute(
            select(Delivery.address, Delivery.body)
            .join(Message, Message.id == Delivery.message_id)
            .where(Message.name == "passkey_doubted")
        ).all()
    assert sorted(row.address for row in told) == [MOBILE, "alice@family.example"]
    assert all("copy of a passkey" in row.body for row in told)


def test_the_same_key_is_kept_once_and_ten_are_enough(world: World, enter: Enter) -> None:
    _, alice = enter(world.alice)
    _, bob = enter(world.bob)
    key = made(alice, SoftKey())
    named = json.loads(options_to_add(alice, PHONE, SITE))["excludeCredentials"]
    assert len(named) == 1
    assert json.loads(options_to_add(bob, PHONE, SITE))["excludeCredentials"] == []
    assert refused(lambda: made(bob, key)) is PasskeyRefusal.THERE_ALREADY
    for _ in range(MOST_PASSKEYS - 1):
        made(alice, SoftKey())
    assert refused(lambda: options_to_add(alice, PHONE, SITE)) is PasskeyRefusal.TOO_MANY


def test_a_challenge_for_one_session_makes_no_passkey_in_another(world: World, enter: Enter) -> None:
    _, alice = enter(world.alice)
    _, bob = enter(world.bob)
    answer = SoftKey().make(options_to_add(alice, PHONE, SITE))
    assert refused(lambda: add_passkey(bob, PHONE, SITE, answer)) is PasskeyRefusal.LATE


def test_only_ones_own_passkey_is_renamed_and_removed(world: World, enter: Enter) -> None:
    _, alice = enter(world.alice)
    _, bob = enter(world.bob)
    key = made(alice, SoftKey())
    with read_door() as db:
        hers = passkeys(db, alice.session_id)[0].public_id
        assert passkeys(db, bob.session_id) == ()
    assert not rename_passkey(bob.session_id, hers, "Mine")
    assert not remove_passkey(bob.session_id, hers)
    assert rename_passkey(alice.session_id, hers, " My\nphone ")
    with pytest.raises(TextRefused):
        rename_passkey(alice.session_id, hers, " ")
    with read_door() as db:
        assert passkeys(db, alice.session_id)[0].name == "My phone"
    elsewhere = come_in(key, TABLET)
    assert remove_passkey(alice.session_id, hers)
    assert not remove_passkey(alice.session_id, hers)
    assert refused(lambda: come_in(key)) is PasskeyRefusal.UNKNOWN
    with read_door() as db:
        assert find_parent(db, token_hash(elsewhere.token), machine_now(), TODAY) is None
    assert [deed for deed, _ in trail()][-3:] == ["signed_in", "signed_out", "removed_passkey"]
    assert viewer_of_is_open(alice)


def viewer_of_is_open(viewer: ParentViewer) -> bool:
    with read_door() as db:
        return db.execute(select(Session.ended_at).where(Session.id == viewer.session_id)).scalar_one() is None


def move_number(world: World, to: int) -> None:
    """The office finds that Alice's number is somebody else's now."""
    with unit_of_work() as tx:
        tx.execute(update(ContactPoint).where(ContactPoint.value == MOBILE).values(contact_id=to))


def test_a_number_that_changed_hands_carries_no_passkey_with_it(world: World, enter: Enter) -> None:
    _, alice = enter(world.alice)
    key = made(alice, SoftKey())
    move_number(world, world.charlie)
    # Neither as Alice, who made it with a number that is hers no more, nor as Charlie, who holds the number now.
    assert refused(lambda: come_in(key)) is PasskeyRefusal.UNKNOWN
    _, charlie = enter(world.charlie)
    with read_door() as db:
        assert passkeys(db, charlie.session_id) == ()
    move_number(world, world.alice)
    assert come_in(key).chosen


def test_a_number_said_to_be_bad_opens_nothing_by_passkey(world: World, enter: Enter) -> None:
    key = made(enter(world.alice)[1], SoftKey())
    with unit_of_work() as tx:
        tx.execute(update(ContactPoint).where(ContactPoint.value == MOBILE).values(state="bad"))
    assert refused(lambda: come_in(key)) is PasskeyRefusal.UNKNOWN


def test_who_lost_every_right_opens_nothing(world: World, enter: Enter) -> None:
    key = made(enter(world.alice)[1], SoftKey())
    before = sessions()
    with unit_of_work() as tx:
        tx.execute(delete(PupilContact).where(PupilContact.contact_id == world.alice))
    assert refused(lambda: come_in(key)) is PasskeyRefusal.UNKNOWN
    assert sessions() == before


def test_somebody_kept_away_who_shares_the_number_shuts_the_passkey_too(world: World, enter: Enter) -> None:
    key = made(enter(world.alice)[1], SoftKey())
    with unit_of_work() as tx:
        shared = add_contact(tx, world.organisation, "Dan", "Ahmed", mobile=MOBILE)
        tx.execute(
            insert(PupilContact).values(
                organisation_id=world.organisation, pupil_id=world.tom, contact_id=shared, relationship="father",
                priority=4,
            )
        )  # fmt: skip
    assert come_in(key).chosen
    with unit_of_work() as tx:
        tx.execute(
            insert(CourtOrder).values(
                organisation_id=world.organisation, id=1, pupil_id=world.tom, contact_id=shared, kind="order",
                denies="contact", starts_on=TODAY - timedelta(days=9), ends_on=TODAY,
            )
        )  # fmt: skip
    assert refused(lambda: come_in(key)) is PasskeyRefusal.UNKNOWN


def test_another_persons_passkey_is_no_proof(
    world: World, enter: Enter, morning: time_machine.Traveller
) -> None:
    bobs_session, bob = enter(world.bob)
    alices = made(enter(world.alice)[1], SoftKey())
    bobs = made(bob, SoftKey())
    morning.shift(timedelta(minutes=11))

    def prove(key: SoftKey) -> None:
        answer = key.use(options_to_prove(Purpose.STEP_UP, PHONE, SITE, bob.session_id))
        step_up_with_passkey(bob.session_id, PHONE, SITE, answer)

    assert refused(lambda: prove(alices)) is PasskeyRefusal.NOT_YOURS
    assert viewer_of(bobs_session.token).stepped_up_at == MORNING
    prove(bobs)
    assert viewer_of(bobs_session.token).stepped_up_at == machine_now()


def test_challenges_are_counted_and_swept(world: World, db: Database, morning: time_machine.Traveller) -> None:
    for _ in range(60):
        options_to_prove(Purpose.SIGN_IN, PHONE, SITE)
    with pytest.raises(TooMany):
        options_to_prove(Purpose.SIGN_IN, PHONE, SITE)
    morning.shift(timedelta(days=2))
    sweep_sign_in()
    with read_door() as read:
        assert read.execute(select(PasskeyChallenge.id)).first() is None
