"""Staff's proofs as services: links, passwords, second factors, recovery codes, limits, and what the trail keeps."""

from __future__ import annotations

import re
from datetime import timedelta

import pyotp
import pytest
import time_machine
from argon2 import PasswordHasher
from cryptography.fernet import Fernet, MultiFernet
from sqlalchemy import func, select, update

from notifications import channels
from notifications.channels import channels_from
from notifications.models import Delivery, Message
from tests.factories import World
from webapp.accounts.models import RecoveryCode, Session, StaffEntry, StaffLogin
from webapp.accounts.queries.points import find_addressee
from webapp.accounts.queries.staff import StaffKey, find_staff
from webapp.accounts.queries.staff_entries import recovery_left
from webapp.accounts.rules.codes import Door
from webapp.accounts.rules.limits import TooMany
from webapp.accounts.rules.second_factors import Step
from webapp.accounts.services import staff_factors, tokens
from webapp.accounts.services.sessions import demo_sign_in
from webapp.accounts.services.staff_entries import Browser, EntryOver, choose_post, find_step, finish, posts_of
from webapp.accounts.services.staff_factors import (
    WrongFactor,
    new_secret_of,
    prove,
    renew_recovery,
    reset_factor,
    set_up,
)
from webapp.accounts.services.staff_invitations import invite
from webapp.accounts.services.staff_passwords import (
    LinkOver,
    WrongPassword,
    after_code_in,
    ask_new_password,
    enter_with_password,
    open_password_link,
    set_password,
)
from webapp.accounts.services.tokens import token_hash
from webapp.foundation.clock import machine_now, school_today
from webapp.foundation.config import demo_environment, load
from webapp.foundation.db import Database, current, read_door, unit_of_work
from webapp.foundation.trail import Actor, ActorKind, TrailEntry
from webapp.people.models import SchoolSetting, Staff, StaffRole
from webapp.people.rules.contact_points import PointKind
from webapp.people.rules.refusals import Refused

BOX = MultiFernet([Fernet(Fernet.generate_key())])
WORDS, OTHER = "copper lantern gravy", "seven quiet owls"
HERE = Browser("192.0.2.7")
REAL = tokens._HASHER


@pytest.fixture(autouse=True)
def post_room(db: Database, morning: time_machine.Traveller, tmp_path, monkeypatch):
    """The post room stands ready, and a hash costs little here; its real cost has a test of its own."""
    channels.use(channels_from(load(demo_environment(tmp_path, "k" * 40, 8000))))
    monkeypatch.setattr(tokens, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    yield
    channels.use(None)


def admin(world: World) -> Actor:
    return Actor(ActorKind.STAFF, world.head, "Grace Osei", "Headteacher")


def officer(world: World) -> StaffKey:
    return StaffKey(world.organisation, world.officer)


def address(world: World, name: str = "saira.khan") -> str:
    return f"{name}.{world.organisation}@school.example"


def letters() -> list[tuple[str, str]]:
    with read_door() as db:
        rows = db.execute(
            select(Message.name, Delivery.body, Delivery.address)
            .join(Delivery, Delivery.message_id == Message.id)
            .order_by(Message.id)
        ).all()
    return [(row.name, row.body) for row in rows]


def last_link() -> str:
    found = [re.search(r"/staff/sign-in/t/(\w+)", body) for _, body in letters()]
    return [match for match in found if match][-1][1]


def deeds() -> list[str]:
    with read_door() as db:
        return list(db.scalars(select(TrailEntry.action).order_by(TrailEntry.id)))


def has_password(world: World, words: str = WORDS) -> str:
    """The officer is invited and sets a password; the token of the sign-in under way."""
    invite(officer(world), admin(world))
    return set_password(last_link(), words, words, BOX)


def app_of(token: str) -> pyotp.TOTP:
    return pyotp.TOTP(new_secret_of(token, BOX)[0])


def complete(world: World) -> tuple[pyotp.TOTP, tuple[str, ...]]:
    """The officer has a password and an authenticator, which has shown one code."""
    token = has_password(world)
    totp = app_of(token)
    return totp, set_up(token, totp.at(machine_now()), HERE, BOX).recovery


def enter(world: World, words: str = WORDS) -> str:
    return enter_with_password(address(world), words, HERE.address, BOX)


# Invitation and password.


def test_an_invitation_sets_a_password_once(world: World):
    token = has_password(world)
    assert find_step(token) is Step.SET_UP
    with pytest.raises(LinkOver):
        open_password_link(last_link())
    with pytest.raises(LinkOver):
        set_password(last_link(), OTHER, OTHER, BOX)
    assert [name for name, _ in letters()] == ["staff_invitation", "sign_in_news"]
    assert deeds() == ["invited", "set_password"]
    assert find_step(enter(world)) is Step.SET_UP


def test_an_invitation_lasts_seven_days(world: World, morning: time_machine.Traveller):
    invite(officer(world), admin(world))
    morning.shift(timedelta(days=7) - timedelta(seconds=1))
    assert open_password_link(last_link()).login.name == "Saira Khan"
    morning.shift(timedelta(seconds=1))
    with pytest.raises(LinkOver):
        open_password_link(last_link())


def test_a_new_invitation_ends_the_one_before(world: World, morning: time_machine.Traveller):
    invite(officer(world), admin(world))
    first = last_link()
    invite(officer(world), admin(world))
    assert [first] == [last_link()] and len(letters()) == 1
    morning.shift(timedelta(minutes=2))
    invite(officer(world), admin(world))
    assert last_link() != first
    with pytest.raises(LinkOver):
        open_password_link(first)


def test_whoever_has_gone_can_be_invited_no_more_and_their_link_is_dead(world: World):
    invite(officer(world), admin(world))
    with unit_of_work() as tx:
        tx.execute(update(Staff).where(Staff.id == world.officer).values(ends_on=school_today() - timedelta(days=1)))
    with pytest.raises(LinkOver):
        set_password(last_link(), WORDS, WORDS, BOX)
    with pytest.raises(Refused):
        invite(officer(world), admin(world))


def test_somebody_with_a_password_is_not_invited(world: World):
    has_password(world)
    with pytest.raises(Refused, match="has a password already"):
        invite(officer(world), admin(world))


def test_a_poor_password_costs_no_link(world: World):
    invite(officer(world), admin(world))
    for poor in ("short", "Hill Primary 2026", "saira khan saira"):
        with pytest.raises(Refused):
            set_password(last_link(), poor, poor, BOX)
    assert set_password(last_link(), WORDS, WORDS, BOX)


def test_nothing_is_kept_as_it_is(world: World):
    token = has_password(world)
    link = last_link()
    with read_door() as db:
        login = db.execute(select(StaffLogin)).one()
        entry = db.execute(select(StaffEntry)).one()
        assert link not in str(db.execute(select(StaffLogin)).all())
    assert login.password_hash.startswith("$argon2id$") and WORDS not in str(login)
    secret = new_secret_of(token, BOX)[0]
    assert secret not in str(entry) and entry.token_hash == token_hash(token)


def test_a_hash_costs_what_owasp_asks_and_is_made_anew_when_that_changes(world: World, monkeypatch):
    has_password(world)
    strong = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
    monkeypatch.setattr(tokens, "_HASHER", strong)
    assert find_step(enter(world)) is Step.SET_UP
    with read_door() as db:
        assert "m=19456,t=2,p=1" in db.scalar(select(StaffLogin.password_hash))
    assert find_step(enter(world)) is Step.SET_UP


def test_the_service_itself_hashes_so():
    assert (REAL.time_cost, REAL.memory_cost, REAL.parallelism, REAL.type.name) == (2, 19456, 1, "ID")


@pytest.mark.parametrize("who", ["saira.khan", "grace.osei", "nobody.here"])
def test_a_wrong_address_and_a_wrong_password_are_told_alike(world: World, who: str, monkeypatch):
    has_password(world)
    looked: list[str] = []
    real = tokens.code_matches
    monkeypatch.setattr(
        "webapp.accounts.services.staff_passwords.code_matches", lambda *pair: looked.append("") or real(*pair)
    )
    with pytest.raises(WrongPassword) as refused:
        enter_with_password(address(world, who), OTHER, HERE.address, BOX)
    assert "The address or the password is not right" in refused.value.mend
    # As many hashes for an address without a post, without a password, and with both.
    assert len(looked) == 2


def test_too_many_wrong_passwords_lock_and_the_owner_is_told(world: World, morning: time_machine.Traveller):
    has_password(world)
    for _ in range(10):
        with pytest.raises(WrongPassword):
            enter(world, OTHER)
    for words in (OTHER, WORDS):
        with pytest.raises(TooMany, match="Too many wrong passwords"):
            enter(world, words)
    locked = [body for name, body in letters() if "locked" in body]
    assert len(locked) == 1 and "ring 01632 960001" in locked[0]
    assert "sign_in_locked" in deeds()
    # From elsewhere too: it is the address that is locked, and nobody else's.
    with pytest.raises(TooMany):
        enter_with_password(address(world), WORDS, "198.51.100.9", BOX)
    with pytest.raises(WrongPassword):
        enter_with_password(address(world, "grace.osei"), WORDS, HERE.address, BOX)
    morning.shift(timedelta(minutes=62))
    assert enter(world)


def test_an_address_that_nobody_has_locks_alike(world: World):
    for _ in range(10):
        with pytest.raises(WrongPassword):
            enter_with_password("nobody@school.example", OTHER, HERE.address, BOX)
    with pytest.raises(TooMany):
        enter_with_password("nobody@school.example", OTHER, HERE.address, BOX)
    assert letters() == []


def test_right_passwords_are_not_counted(world: World):
    has_password(world)
    for _ in range(12):
        assert enter(world)


# Forgotten.


def test_a_forgotten_password_is_set_by_a_link_and_ends_every_session(world: World, morning: time_machine.Traveller):
    totp, _ = complete(world)
    with read_door() as db:
        assert db.scalar(select(func.count()).select_from(Session).where(Session.ended_at.is_(None))) == 1
    under_way = enter(world)
    ask_new_password(address(world), HERE.address)
    token = set_password(last_link(), OTHER, OTHER, BOX)
    with read_door() as db:
        assert db.scalar(select(func.count()).select_from(Session).where(Session.ended_at.is_(None))) == 0
    # A sign-in begun with the old password is over too; and the link alone is not enough.
    assert find_step(under_way) is Step.OVER
    assert find_step(token) is Step.PROVE
    with pytest.raises(WrongPassword):
        enter(world, WORDS)
    morning.shift(30)
    assert prove(enter(world, OTHER), totp.at(machine_now()), HERE, BOX).chosen


def test_a_password_link_lasts_thirty_minutes(world: World, morning: time_machine.Traveller):
    has_password(world)
    ask_new_password(address(world), HERE.address)
    morning.shift(timedelta(minutes=30))
    with pytest.raises(LinkOver):
        set_password(last_link(), OTHER, OTHER, BOX)


@pytest.mark.parametrize("who", ["nobody.here", "grace.osei"])
def test_asking_for_nobody_sends_nothing_and_says_nothing(world: World, who: str):
    ask_new_password(address(world, who), HERE.address)
    assert letters() == []
    with pytest.raises(TooMany):
        ask_new_password(address(world, who), HERE.address)


# Codes by e-mail.


def test_a_code_sets_the_first_password_and_opens_nothing(world: World):
    with unit_of_work() as tx:
        link, token = after_code_in(tx, address(world), BOX)
    assert token == "" and open_password_link(link).login.name == "Saira Khan"
    with read_door() as db:
        assert db.scalar(select(func.count()).select_from(Session)) == 0


def test_once_there_is_a_password_a_code_is_none(world: World):
    has_password(world)
    with unit_of_work() as tx, pytest.raises(WrongPassword):
        after_code_in(tx, address(world), BOX)


def say(world: World, key: str, value: str, on_from: timedelta = timedelta(0)) -> None:
    """The school sets something, from today or later."""
    with unit_of_work() as tx:
        tx.execute(
            SchoolSetting.__table__.insert().values(
                organisation_id=world.organisation, school_id=world.hill, key=key, value=value,
                effective_from=school_today() + on_from,
            )
        )  # fmt: skip
    current().memo.forget()


def addressee(world: World) -> object:
    with read_door() as db:
        return find_addressee(db, Door.STAFF, PointKind.EMAIL, address(world), school_today())


def test_where_school_says_so_a_code_is_a_first_proof_and_no_more(world: World):
    has_password(world)
    assert addressee(world) is None
    say(world, "staff.codes_alone", "yes")
    assert addressee(world) is not None
    with unit_of_work() as tx:
        link, token = after_code_in(tx, address(world), BOX)
    assert link == "" and find_step(token) is Step.SET_UP


def test_what_school_says_holds_from_its_day_and_no_longer_than_said(world: World):
    has_password(world)
    say(world, "staff.codes_alone", "yes", timedelta(days=1))
    assert addressee(world) is None
    say(world, "staff.codes_alone", "yes", timedelta(days=-2))
    say(world, "staff.codes_alone", "no")
    with unit_of_work() as tx, pytest.raises(WrongPassword):
        after_code_in(tx, address(world), BOX)


def test_school_may_ask_a_second_proof_of_everybody(world: World):
    with unit_of_work() as tx:
        tx.execute(StaffRole.__table__.delete().where(StaffRole.role == "tutor"))
    invite(StaffKey(world.organisation, world.teacher), admin(world))
    assert find_step(set_password(last_link(), WORDS, WORDS, BOX)) is Step.DONE
    say(world, "staff.second_factor", "everybody")
    token = enter_with_password(address(world, "jo.reed"), WORDS, HERE.address, BOX)
    assert find_step(token) is Step.SET_UP
    with pytest.raises(EntryOver):
        finish(token, HERE)


# The second proof.


def test_no_session_before_the_second_proof(world: World):
    token = has_password(world)
    with pytest.raises(EntryOver):
        finish(token, HERE)
    with read_door() as db:
        assert db.scalar(select(func.count()).select_from(Session)) == 0
        assert find_staff(db, token_hash(token), machine_now(), machine_now(), school_today()) is None


def test_an_authenticator_signs_in_and_no_code_twice(world: World, morning: time_machine.Traveller):
    totp, recovery = complete(world)
    assert len(set(recovery)) == 10
    with pytest.raises(WrongFactor):
        prove(enter(world), totp.at(machine_now()), HERE, BOX)
    morning.shift(30)
    code = totp.at(machine_now())
    assert prove(enter(world), f" {code[:3]} {code[3:]}", HERE, BOX).chosen
    with pytest.raises(WrongFactor):
        prove(enter(world), code, HERE, BOX)
    assert deeds().count("signed_in") == 2


@pytest.mark.parametrize("kind", ["authenticator", "recovery"])
def test_of_two_who_give_one_code_at_once_one_comes_in(
    world: World, morning: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch, kind: str
):
    totp, recovery = complete(world)
    morning.shift(30)
    code = totp.at(machine_now()) if kind == "authenticator" else recovery[0]
    first, second, real, between = enter(world), enter(world), staff_factors._look, []

    def look(*given):
        found = real(*given)
        if not between:
            between.append(True)
            prove(second, code, HERE, BOX)
        return found

    monkeypatch.setattr(staff_factors, "_look", look)
    with pytest.raises(WrongFactor):
        prove(first, code, HERE, BOX)
    assert deeds().count("signed_in") == 2


def test_a_sign_in_ends_with_its_session(world: World, morning: time_machine.Traveller):
    totp, _ = complete(world)
    morning.shift(30)
    token = enter(world)
    prove(token, totp.at(machine_now()), HERE, BOX)
    morning.shift(30)
    with pytest.raises(EntryOver):
        prove(token, totp.at(machine_now()), HERE, BOX)


def test_a_sign_in_under_way_lasts_fifteen_minutes(world: World, morning: time_machine.Traveller):
    totp, _ = complete(world)
    token = enter(world)
    morning.shift(timedelta(minutes=15))
    with pytest.raises(EntryOver):
        prove(token, totp.at(machine_now()), HERE, BOX)


def test_nobody_sets_up_a_second_authenticator_over_the_first(world: World):
    token, other = has_password(world), enter(world)
    totp, rival = app_of(token), app_of(other)
    set_up(token, totp.at(machine_now()), HERE, BOX)
    with pytest.raises(EntryOver):
        set_up(other, rival.at(machine_now()), HERE, BOX)


def test_a_recovery_code_works_once_and_the_owner_hears_of_it(world: World):
    _, recovery = complete(world)
    assert prove(enter(world), recovery[3].replace("-", " "), HERE, BOX).chosen
    with pytest.raises(WrongFactor):
        prove(enter(world), recovery[3], HERE, BOX)
    with read_door() as db:
        assert recovery_left(db, officer(world)) == 9
        kept = str(db.execute(select(RecoveryCode)).all())
    assert not any(code[5:].replace("-", "") in kept for code in recovery)
    assert any("recovery code of yours was used" in body for _, body in letters())


def test_new_recovery_codes_end_the_old_ones(world: World, morning: time_machine.Traveller):
    totp, old = complete(world)
    with pytest.raises(WrongFactor):
        renew_recovery(officer(world), totp.at(machine_now()), HERE.address, BOX)
    morning.shift(30)
    new = renew_recovery(officer(world), totp.at(machine_now()), HERE.address, BOX)
    with pytest.raises(WrongFactor):
        prove(enter(world), old[0], HERE, BOX)
    assert prove(enter(world), new[0], HERE, BOX).chosen


def test_guessing_the_second_proof_locks_and_the_owner_is_told(world: World):
    complete(world)
    for _ in range(10):
        with pytest.raises(WrongFactor):
            prove(enter(world), "Kd7m-Rw2Q-xZ9p", HERE, BOX)
    with pytest.raises(TooMany, match="Too many wrong codes"):
        prove(enter(world), "000000", Browser("198.51.100.9"), BOX)
    assert sum("locked" in body for _, body in letters()) == 1


def test_what_is_no_code_costs_no_try(world: World):
    _, recovery = complete(world)
    for typed in ("", "12345", "hello", "\x00", "x" * 10_000):
        for _ in range(3):
            with pytest.raises(Refused):
                prove(enter(world), typed, HERE, BOX)
    assert prove(enter(world), recovery[0], HERE, BOX)


def test_a_lost_factor_is_taken_away_with_a_reason_and_its_owner_is_told(world: World):
    complete(world)
    with pytest.raises(Refused, match="Say why"):
        reset_factor(officer(world), " ", admin(world), world.hill)
    reset_factor(officer(world), "New phone, asked in person", admin(world), world.hill)
    assert find_step(enter(world)) is Step.SET_UP
    with read_door() as db:
        assert db.scalar(select(func.count()).select_from(Session).where(Session.ended_at.is_(None))) == 0
        assert recovery_left(db, officer(world)) == 0
    assert "reset_second_factor" in deeds()
    assert any("was taken away" in body for _, body in letters())
    with pytest.raises(Refused, match="nothing to take away"):
        reset_factor(officer(world), "Again", admin(world), world.hill)


def test_nobody_takes_away_their_own(world: World):
    complete(world)
    with pytest.raises(Refused, match="another administrator"):
        reset_factor(
            officer(world), "Mine", Actor(ActorKind.STAFF, world.officer, "Saira Khan", "Officer"), world.hill
        )


# Two trusts.


def test_one_address_at_two_trusts_chooses_and_enters_as_one(world: World, morning: time_machine.Traveller):
    with unit_of_work() as tx:
        tx.execute(update(Staff).where(Staff.id == world.other_officer).values(email=address(world)))
    has_password(world)
    invite(StaffKey(world.other_organisation, world.other_officer), admin(world))
    set_password(last_link(), WORDS, WORDS, BOX)
    token = enter(world)
    assert find_step(token) is Step.CHOOSE
    posts = {post.key.organisation_id: post.public_id for post in posts_of(token)}
    with pytest.raises(EntryOver):
        choose_post(token, "stf-1-Osei")
    choose_post(token, posts[world.other_organisation])
    assert find_step(token) is Step.SET_UP
    made = set_up(token, app_of(token).at(machine_now()), HERE, BOX)
    with read_door() as db:
        staff = db.execute(
            select(Session.staff_organisation_id, Session.staff_id).where(Session.id == made.signed_in.session_id)
        ).one()
    assert tuple(staff) == (world.other_organisation, world.other_officer)


def test_another_trusts_password_opens_its_own_post_only(world: World):
    with unit_of_work() as tx:
        tx.execute(update(Staff).where(Staff.id == world.other_officer).values(email=address(world)))
    has_password(world)
    invite(StaffKey(world.other_organisation, world.other_officer), admin(world))
    set_password(last_link(), OTHER, OTHER, BOX)
    for words, organisation in ((WORDS, world.organisation), (OTHER, world.other_organisation)):
        assert [post.key.organisation_id for post in posts_of(enter(world, words))] == [organisation]


def test_the_demo_needs_no_proof(world: World, tmp_path):
    has_password(world)
    assert demo_sign_in(load(demo_environment(tmp_path, "k" * 40, 8000)), officer(world)).chosen
