"""PINs of staff, and coming back with one to a shared computer.

A PIN opens a session that a whole sign-in began on the same computer today, and nothing else. It is hashed slowly and
then encrypted: six digits alone could be tried out by whoever had a copy of the database.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cryptography.fernet import InvalidToken, MultiFernet
from sqlalchemy import ColumnElement, Connection, func, select, update

from webapp.accounts.models import Session, StaffLogin
from webapp.accounts.queries.machines import Machine, PersonHere, find_machine, people_here
from webapp.accounts.queries.staff import StaffKey
from webapp.accounts.queries.staff_logins import find_login
from webapp.accounts.rules.pins import PIN_TRIES, read_new_pin, read_pin
from webapp.accounts.services.endings import end_session_in
from webapp.accounts.services.staff_entries import actor_of
from webapp.accounts.services.staff_messages import PIN_LOCKED, PIN_SET, send_news_in
from webapp.accounts.services.staff_passwords import login_row_in
from webapp.accounts.services.tokens import code_matches, hash_code, new_session_token, token_hash
from webapp.foundation.clock import machine_now, school_today
from webapp.foundation.db import unit_of_work
from webapp.foundation.trail import FIRSTBELL, Actor, ActorKind, Deed, write
from webapp.people.rules.refusals import Refused

_NO_PIN = "You have no PIN yet. Use a passkey, or sign in with your password."


class NotHere(Refused):
    """The computer is no shared one, or the person has yet to sign in whole on it today."""

    def __init__(self) -> None:
        super().__init__("who", "Sign in with your password or a passkey first: once a day on each computer.")


def set_pin(key: StaffKey, typed: str, again: str, box: MultiFernet) -> None:
    """Choose a PIN, or another. Raises ``Refused`` for one that will not do."""
    sealed = box.encrypt(hash_code(read_new_pin(typed, again)).encode()).decode()
    now = machine_now()
    with unit_of_work() as tx:
        login = find_login(tx, key, school_today())
        if login is None:
            raise NotHere()
        login_row_in(tx, key)
        _keep_in(tx, key, sealed)
        write(tx, key.organisation_id, actor_of(login), Deed("set_pin", "staff", key.staff_id))
        send_news_in(tx, login, PIN_SET, f"pin:{now:%Y%m%d%H%M}", school_today())


def remove_pin(key: StaffKey) -> None:
    """Have no PIN any more; taking away none changes nothing."""
    with unit_of_work() as tx:
        login = find_login(tx, key, school_today())
        if login is None or login.pin_hash is None:
            return
        _keep_in(tx, key, None)
        write(tx, key.organisation_id, actor_of(login), Deed("removed_pin", "staff", key.staff_id))


def _keep_in(tx: Connection, key: StaffKey, sealed: str | None) -> None:
    tx.execute(
        update(StaffLogin)
        .where(StaffLogin.organisation_id == key.organisation_id, StaffLogin.staff_id == key.staff_id)
        .values(pin_hash=sealed)
    )


@dataclass(frozen=True, slots=True)
class CameBack:
    """A session that is open again. ``same``: this browser had it last, so that its page may be shown."""

    token: str
    session_id: int
    same: bool


def come_back(
    machine_token: str | None, person: str, typed: str, box: MultiFernet, *, old_token: str | None = None
) -> CameBack:
    """Open one's session on a shared computer again; that of whoever was there before is locked.

    ``person`` is the public id of the session. Raises ``NotHere``, and ``Refused`` for a wrong PIN: at the fifth the
    session ends, so that the computer asks for the whole sign-in, and its owner is told.
    """
    pin, now = read_pin(typed), machine_now()
    with unit_of_work() as tx:
        machine, found = _find(tx, machine_token, person, now)
        if found.pin_hash is None:
            raise Refused("pin", _NO_PIN)
        # A try is taken before it is looked at, so that guesses at once are still five.
        tries = tx.scalar(
            update(Session)
            .where(*_open(found.session_id), Session.pin_tries < PIN_TRIES)
            .values(pin_tries=Session.pin_tries + 1)
            .returning(Session.pin_tries)
        )
        if tries is None:
            raise NotHere()
    try:
        hashed = box.decrypt(found.pin_hash.encode()).decode()
    except InvalidToken:
        # Its key was taken out of use: the person chooses a PIN again.
        raise Refused("pin", _NO_PIN) from None
    if not code_matches(hashed, pin):
        _wrong(machine, found, tries, now)
    return _open_again(machine, found, old_token, now)


def _find(tx: Connection, machine_token: str | None, person: str, now: datetime) -> tuple[Machine, PersonHere]:
    machine = find_machine(tx, token_hash(machine_token)) if machine_token else None
    people = people_here(tx, machine, now, school_today()) if machine is not None else ()
    found = next((one for one in people if one.public_id == person), None)
    if machine is None or found is None:
        raise NotHere()
    return machine, found


def _open(session_id: int) -> tuple[ColumnElement[bool], ...]:
    return Session.id == session_id, Session.ended_at.is_(None)


def _wrong(machine: Machine, found: PersonHere, tries: int, now: datetime) -> None:
    left = PIN_TRIES - tries
    if left > 0:
        raise Refused("pin", f"That is not your PIN. You have {left} {'try' if left == 1 else 'tries'} left.")
    key = StaffKey(machine.organisation_id, found.staff_id)
    with unit_of_work() as tx:
        end_session_in(tx, found.session_id, now)
        deed = Deed("pin_locked", "session", found.session_id, school_id=machine.school_id)
        write(tx, machine.organisation_id, FIRSTBELL, deed)
        login = find_login(tx, key, school_today())
        if login is not None:
            send_news_in(tx, login, PIN_LOCKED, f"pin_locked:{found.session_id}", school_today())
    raise Refused("pin", "That was the fifth wrong PIN. Sign in with your password or a passkey.")


def _open_again(machine: Machine, found: PersonHere, old_token: str | None, now: datetime) -> CameBack:
    token, old = new_session_token(), token_hash(old_token) if old_token else ""
    with unit_of_work() as tx:
        here = select(Session.id).where(*_open(found.session_id), Session.token_hash == old)
        same = tx.scalar(here) is not None
        if not same:
            _lock_in(tx, old, now)
        opened = tx.execute(
            update(Session)
            .where(*_open(found.session_id))
            .values(token_hash=token_hash(token), locked_at=None, seen_at=now, pin_tries=0)
        )
        if opened.rowcount != 1:
            raise NotHere()
        actor = Actor(ActorKind.STAFF, found.staff_id, found.name, found.position)
        deed = Deed("came_back", "session", found.session_id, school_id=machine.school_id)
        write(tx, machine.organisation_id, actor, deed)
    return CameBack(token, found.session_id, same)


def lock(token: str) -> bool:
    """Lock the session of a token, on a shared computer that has a name; locking twice is locking. False for any
    other session."""
    with unit_of_work() as tx:
        return _lock_in(tx, token_hash(token), machine_now())


def _lock_in(tx: Connection, hashed: str, now: datetime) -> bool:
    locked = tx.execute(
        update(Session)
        .where(Session.token_hash == hashed, Session.ended_at.is_(None), Session.machine_id.is_not(None))
        .values(locked_at=func.coalesce(Session.locked_at, now))
    )
    return locked.rowcount == 1
