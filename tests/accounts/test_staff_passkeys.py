"""Staff's passkeys on both engines, with an authenticator of our own that can also lie."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pyotp
import pytest
import time_machine
from argon2 import PasswordHasher
from sqlalchemy import delete, select, update

from notifications import channels
from notifications.channels import channels_from
from tests.accounts.soft_key import PRESENT, SoftKey
from tests.accounts.test_staff_sign_in import BOX, HERE, admin, complete, deeds, enter, has_password, letters, officer
from tests.factories import World
from webapp.accounts.models import Passkey, Session, StaffLogin
from webapp.accounts.queries.passkeys import staff_passkeys
from webapp.accounts.queries.staff import StaffKey, find_staff
from webapp.accounts.queries.staff_entries import recovery_left
from webapp.accounts.rules.passkeys import PasskeyRefusal, PasskeyRefused, Purpose, Site
from webapp.accounts.rules.second_factors import Step
from webapp.accounts.services import tokens
from webapp.accounts.services.challenges import Asker
from webapp.accounts.services.endings import sweep_sign_in
from webapp.accounts.services.sessions import SignedIn, demo_sign_in
from webapp.accounts.services.staff_entries import EntryOver, find_step
from webapp.accounts.services.staff_factors import WrongFactor, prove, reset_factor
from webapp.accounts.services.staff_passkeys import (
    add_passkey,
    options_for_set_up,
    options_to_add,
    options_to_prove,
    prove_again_with_passkey,
    prove_with_passkey,
    remove_passkey,
    rename_passkey,
    set_up_with_passkey,
    sign_in_with_passkey,
)
from webapp.accounts.services.staff_proofs import prove_again
from webapp.accounts.services.tokens import token_hash
from webapp.foundation.clock import machine_now, school_today
from webapp.foundation.config import demo_environment, load
from webapp.foundation.db import Database, read_door, unit_of_work
from webapp.people.models import Staff, StaffRole
from webapp.people.rules.refusals import Refused

SITE = Site("localhost", "http://localhost:8000")
DESK = Asker("d" * 43, "192.0.2.7", "Chrome/1 (Windows)")


@pytest.fixture(autouse=True)
def post_room(db: Database, morning: time_machine.Traveller, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    channels.use(channels_from(load(demo_environment(tmp_path, "k" * 40, 8000))))
    monkeypatch.setattr(tokens, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    yield
    channels.use(None)


def set_up(world: World, **key: Any) -> tuple[SoftKey, SignedIn, tuple[str, ...]]:
    """The officer has a password and a passkey, made at their first sign-in."""
    token, made = has_password(world), SoftKey(**key)
    done = set_up_with_passkey(token, DESK, SITE, made.make(options_for_set_up(token, DESK, SITE)), HERE)
    return made, done.signed_in, done.recovery


def come_in(key: SoftKey, **more: Any) -> SignedIn:
    return sign_in_with_passkey(DESK, SITE, key.use(options_to_prove(Purpose.SIGN_IN, DESK, SITE)), HERE, **more)


def refused(deed: Callable[[], Any]) -> PasskeyRefusal:
    with pytest.raises(PasskeyRefused) as caught:
        deed()
    return caught.value.reason


def lets_in(signed_in: SignedIn) -> bool:
    now = machine_now()
    with read_door() as db:
        found = find_staff(db, token_hash(signed_in.token), now, now - timedelta(minutes=30), school_today())
    return found is not None


def test_a_passkey_is_the_second_check_and_the_whole_sign_in(world: World) -> None:
    key, first, recovery = set_up(world)
    assert lets_in(first)
    assert len(recovery) == 10
    token = enter(world)
    assert find_step(token) is Step.PROVE
    answer = key.use(options_to_prove(Purpose.SIGN_IN, DESK, SITE))
    assert lets_in(prove_with_passkey(token, DESK, SITE, answer, HERE))
    assert lets_in(come_in(key))
    with read_door() as db:
        (row,) = staff_passkeys(db, officer(world))
        kept = db.execute(select(Session.passkey_id).order_by(Session.id.desc())).scalars().first()
        held = db.execute(select(Passkey)).one()
    assert (row.used_at, kept) == (machine_now(), held.id)
    assert (held.door, held.staff_id, held.point_value) == ("staff", world.officer, None)
    assert deeds()[-4:] == ["added_passkey", "signed_in", "signed_in", "signed_in"]
    assert "A passkey was added" in letters()[-1][1]


def test_a_code_from_an_app_that_one_has_not_is_wrong_and_a_recovery_code_serves(world: World) -> None:
    _, _, recovery = set_up(world)
    token = enter(world)
    with pytest.raises(WrongFactor):
        prove(token, "123456", HERE, BOX)
    assert lets_in(prove(token, recovery[0], HERE, BOX))


def test_a_user_who_was_not_verified_opens_nothing(world: World) -> None:
    key, _, _ = set_up(world)
    options = options_to_prove(Purpose.SIGN_IN, DESK, SITE)
    unverified = key.use(options, flags=PRESENT)
    assert refused(lambda: sign_in_with_passkey(DESK, SITE, unverified, HERE)) is PasskeyRefusal.BROKEN


def test_a_passkey_of_a_colleague_is_no_second_check_of_mine(world: World) -> None:
    key, _, _ = set_up(world)
    with unit_of_work() as tx:
        tx.execute(update(Passkey).values(staff_id=world.head))
        tx.execute(update(StaffLogin).where(StaffLogin.staff_id == world.officer).values(totp_secret="x"))
    token = enter(world)
    answer = key.use(options_to_prove(Purpose.SIGN_IN, DESK, SITE))
    assert refused(lambda: prove_with_passkey(token, DESK, SITE, answer, HERE)) is PasskeyRefusal.NOT_YOURS
    assert find_step(token) is Step.PROVE


def test_what_was_signed_for_one_thing_opens_no_other(world: World) -> None:
    key, signed_in, _ = set_up(world)
    step_up = key.use(options_to_prove(Purpose.STEP_UP, DESK, SITE, signed_in.session_id))
    assert refused(lambda: sign_in_with_passkey(DESK, SITE, step_up, HERE)) is PasskeyRefusal.LATE
    whole = key.use(options_to_prove(Purpose.SIGN_IN, DESK, SITE))
    with pytest.raises(PasskeyRefused):
        prove_again_with_passkey(officer(world), signed_in.session_id, DESK, SITE, whole)
    with pytest.raises(EntryOver):
        prove_with_passkey("no such sign-in", DESK, SITE, whole, HERE)


def test_whoever_works_here_no_longer_comes_in_no_more(world: World) -> None:
    key, _, _ = set_up(world)
    with unit_of_work() as tx:
        tx.execute(update(Staff).where(Staff.id == world.officer).values(ends_on=school_today() - timedelta(days=1)))
    assert refused(lambda: come_in(key)) is PasskeyRefusal.UNKNOWN
    sweep_sign_in()
    with read_door() as db:
        assert db.scalars(select(Passkey.removed_at)).all() == [machine_now()]


def test_a_role_that_goes_takes_its_pages_and_leaves_the_passkey(world: World) -> None:
    key, _, _ = set_up(world)
    with unit_of_work() as tx:
        tx.execute(delete(StaffRole).where(StaffRole.staff_id == world.officer))
    signed_in = come_in(key)
    now = machine_now()
    with read_door() as db:
        found = find_staff(db, token_hash(signed_in.token), now, now - timedelta(minutes=30), school_today())
    assert found is not None
    assert found.schools == ()


def test_an_administrator_takes_passkeys_away_with_the_rest(world: World) -> None:
    key, signed_in, _ = set_up(world)
    reset_factor(officer(world), "lost phone, in person", admin(world), world.hill)
    assert refused(lambda: come_in(key)) is PasskeyRefusal.UNKNOWN
    assert not lets_in(signed_in)
    assert find_step(enter(world)) is Step.SET_UP
    with read_door() as db:
        assert recovery_left(db, officer(world)) == 0
    assert "taken away" in letters()[-1][1]
    with pytest.raises(Refused):
        reset_factor(officer(world), "once more", admin(world), world.hill)


def test_a_copy_is_doubted_and_its_owner_is_told_by_message_once(world: World) -> None:
    key, _, recovery = set_up(world)
    come_in(key)
    key.counter = 0
    assert refused(lambda: come_in(key)) is PasskeyRefusal.COPIED
    assert refused(lambda: come_in(key)) is PasskeyRefusal.COPIED
    told = [body for _, body in letters() if "copied" in body]
    assert len(told) == 1
    assert deeds().count("passkey_doubted") == 2
    # It still counts as set up: a password alone must not put another in its place.
    token = enter(world)
    assert find_step(token) is Step.PROVE
    assert lets_in(prove(token, recovery[0], HERE, BOX))


def test_one_is_added_renamed_and_removed(world: World) -> None:
    complete(world)
    signed_in = prove_by_app(world)
    me, key = officer(world), SoftKey()
    answer = key.make(options_to_add(me, signed_in.session_id, DESK, SITE))
    # Whoever has an app has recovery codes already.
    assert add_passkey(me, signed_in.session_id, DESK, SITE, answer) == ()
    with read_door() as db:
        (row,) = staff_passkeys(db, me)
    assert rename_passkey(me, row.public_id, "Key on my ring")
    assert not rename_passkey(StaffKey(world.organisation, world.head), row.public_id, "Mine now")
    assert not remove_passkey(StaffKey(world.organisation, world.head), signed_in.session_id, row.public_id)
    there = come_in(key)
    assert remove_passkey(me, signed_in.session_id, row.public_id)
    assert not lets_in(there)
    assert lets_in(signed_in)
    assert refused(lambda: come_in(key)) is PasskeyRefusal.UNKNOWN
    assert "removed" in letters()[-1][1]


def prove_by_app(world: World) -> SignedIn:
    """Signed in with the app, whose code of this half-minute has set it up already."""
    with unit_of_work() as tx:
        tx.execute(update(StaffLogin).where(StaffLogin.staff_id == world.officer).values(totp_step=0))
        secret = tx.scalar(select(StaffLogin.totp_secret).where(StaffLogin.staff_id == world.officer))
    code = pyotp.TOTP(BOX.decrypt(secret.encode()).decode()).at(machine_now())
    return prove(enter(world), code, HERE, BOX)


def test_a_locked_or_ended_session_adds_none(world: World) -> None:
    _, signed_in, _ = set_up(world)
    me, other = officer(world), SoftKey()
    answer = other.make(options_to_add(me, signed_in.session_id, DESK, SITE))
    with unit_of_work() as tx:
        tx.execute(update(Session).values(locked_at=machine_now()))
    assert refused(lambda: add_passkey(me, signed_in.session_id, DESK, SITE, answer)) is PasskeyRefusal.LATE


# Proving again.


def proved_at(signed_in: SignedIn) -> Any:
    with read_door() as db:
        return db.scalar(select(Session.stepped_up_at).where(Session.id == signed_in.session_id))


@pytest.mark.parametrize("way", ["passkey", "password", "code", "recovery"])
def test_a_proof_is_fresh_again(world: World, morning: time_machine.Traveller, way: str) -> None:
    key, signed_in, recovery = set_up(world)
    me, session = officer(world), signed_in.session_id
    before = proved_at(signed_in)
    morning.shift(timedelta(minutes=31))
    if way == "passkey":
        answer = key.use(options_to_prove(Purpose.STEP_UP, DESK, SITE, session))
        prove_again_with_passkey(me, session, DESK, SITE, answer)
    elif way == "password":
        prove_again(me, session, "copper lantern gravy", "", HERE.address, BOX)
    elif way == "recovery":
        prove_again(me, session, "", recovery[3], HERE.address, BOX)
    else:
        with pytest.raises(WrongFactor):
            prove_again(me, session, "copper lantern gravy", "123456", HERE.address, BOX)
        assert proved_at(signed_in) == before
        return
    assert proved_at(signed_in) == machine_now()
    assert deeds()[-1] == "proved_again"


def test_a_card_of_the_demo_is_a_proof_as_long_as_its_session_lasts(world: World, tmp_path: Any) -> None:
    config = load(demo_environment(tmp_path, "k" * 40, 8000))
    signed_in = demo_sign_in(config, officer(world))
    with read_door() as db:
        row = db.execute(
            select(Session.stepped_up_at, Session.expires_at).where(Session.id == signed_in.session_id)
        ).one()
    assert row.stepped_up_at == row.expires_at


def test_wrong_passwords_lock_the_proof_too(world: World) -> None:
    _, signed_in, _ = set_up(world)
    for _ in range(10):
        with pytest.raises(Refused):
            prove_again(officer(world), signed_in.session_id, "not the one at all", "", HERE.address, BOX)
    with pytest.raises(Refused) as locked:
        prove_again(officer(world), signed_in.session_id, "copper lantern gravy", "", HERE.address, BOX)
    assert "Too many wrong passwords" in locked.value.mend
    assert "locked" in letters()[-1][1]
