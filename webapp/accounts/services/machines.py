"""Shared computers: named by a school, locked by hand or by time, and whose session makes room for whose.

A session on one is its person's alone. It locks and is opened again, so that a colleague's sign-in ends nobody's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from webapp.accounts.models import Session, SharedMachine
from webapp.accounts.queries.machines import Machine, find_machine, people_here
from webapp.accounts.queries.staff import StaffKey
from webapp.accounts.queries.staff_logins import LoginRow, find_login, places_of
from webapp.accounts.rules.sessions import (
    LONGEST_MACHINE_NAME,
    MOST_AT_A_MACHINE,
    MOST_MACHINES,
    shared_until,
)
from webapp.accounts.services.endings import end_machine_sessions_in, end_session_in, end_token_in
from webapp.accounts.services.sessions import Sharing
from webapp.accounts.services.tokens import new_session_token, token_hash
from webapp.foundation.clock import LONDON, machine_now, school_today
from webapp.foundation.db import take_ids, unit_of_work
from webapp.foundation.ids import public_id
from webapp.foundation.trail import Actor, Deed, write
from webapp.people.queries import settings_of
from webapp.people.rules.names import need_line
from webapp.people.rules.refusals import Refused
from webapp.people.rules.sign_in_settings import LOCK_AFTER_MINUTES


@dataclass(frozen=True, slots=True)
class Namer:
    """Who names a computer, at which of their schools, and with which session."""

    organisation_id: int
    school_id: int
    session_id: int
    actor: Actor


def name_machine(by: Namer, raw: str, held: str | None) -> str:
    """Make the computer at which somebody sits one of the school's shared ones; returns the token for its browser.

    Their own session locks itself from here on. A computer that has a name already, by its token ``held`` or by the
    session (a double tap), gets another. Raises ``Refused`` without a name, and where the school has too many.
    """
    name, now, token = need_line(raw, LONGEST_MACHINE_NAME, "name"), machine_now(), new_session_token()
    values = {"school_id": by.school_id, "name": name, "token_hash": token_hash(token), "named_by": by.actor.name}
    with unit_of_work() as tx:
        number = _named_before(tx, by, held)
        if number is not None:
            mine = SharedMachine.organisation_id == by.organisation_id, SharedMachine.id == number
            tx.execute(update(SharedMachine).where(*mine).values(**values, named_at=now))
        else:
            number = _new_in(tx, by, values, now)
        minutes = settings_of(tx, by.organisation_id, by.school_id, school_today())[LOCK_AFTER_MINUTES]
        tx.execute(
            update(Session)
            .where(Session.id == by.session_id, Session.ended_at.is_(None))
            .values(machine_id=number, idle_minutes=minutes, seen_at=now, expires_at=shared_until(now, LONDON))
        )
        deed = Deed("named_machine", "shared_machine", number, school_id=by.school_id, detail={"name": name})
        write(tx, by.organisation_id, by.actor, deed)
    return token


def _named_before(tx: Connection, by: Namer, held: str | None) -> int | None:
    before = find_machine(tx, token_hash(held)) if held else None
    if before is not None:
        return before.id if before.organisation_id == by.organisation_id else None
    return tx.scalar(
        select(SharedMachine.id)
        .join(Session, Session.machine_id == SharedMachine.id)
        .where(
            Session.id == by.session_id, SharedMachine.organisation_id == by.organisation_id,
            SharedMachine.removed_at.is_(None),
        )
    )  # fmt: skip


def _new_in(tx: Connection, by: Namer, values: dict[str, Any], now: datetime) -> int:
    there = select(func.count()).select_from(SharedMachine).where(*_living(by.organisation_id, by.school_id))
    if (tx.scalar(there) or 0) >= MOST_MACHINES:
        raise Refused("name", f"Your school has {MOST_MACHINES} shared computers. Remove one first.")
    number = take_ids(tx, SharedMachine)[0]
    tx.execute(
        insert(SharedMachine).values(
            organisation_id=by.organisation_id, id=number, public_id=public_id(), named_at=now, **values
        )
    )
    return number


def remove_machine(organisation_id: int, school_id: int, machine: str, by: Actor) -> bool:
    """A computer is shared no longer: everybody on it is signed out, and it shows no names. False if it is none."""
    now = machine_now()
    with unit_of_work() as tx:
        row = tx.execute(
            select(SharedMachine.token_hash).where(
                *_living(organisation_id, school_id), SharedMachine.public_id == machine
            )
        ).one_or_none()
        found = find_machine(tx, row.token_hash) if row is not None else None
        if found is None:
            return False
        _remove_in(tx, found, by, now)
        return True


def _remove_in(tx: Connection, machine: Machine, by: Actor, now: datetime) -> None:
    tx.execute(
        update(SharedMachine)
        .where(SharedMachine.organisation_id == machine.organisation_id, SharedMachine.id == machine.id)
        .values(removed_at=now)
    )
    end_machine_sessions_in(tx, machine.organisation_id, machine.id)
    deed = Deed("removed_machine", "shared_machine", machine.id, school_id=machine.school_id)
    write(tx, machine.organisation_id, by, deed)


def _living(organisation_id: int, school_id: int) -> tuple[ColumnElement[bool], ...]:
    return (
        SharedMachine.organisation_id == organisation_id, SharedMachine.school_id == school_id,
        SharedMachine.removed_at.is_(None),
    )  # fmt: skip


def sit_down(key: StaffKey, session_id: int, machine_token: str | None, old_token: str | None) -> None:
    """Make a session that has just begun one of a shared computer's, where the browser is one: for the demo, whose
    cards sign people in without the steps that do it elsewhere."""
    now = machine_now()
    with unit_of_work() as tx:
        login = find_login(tx, key, school_today())
        sharing = make_room_in(tx, login, machine_token, old_token, False, now) if login and machine_token else None
        if sharing is not None:
            values = {"machine_id": sharing.machine_id, "idle_minutes": sharing.idle_minutes}
            tx.execute(
                update(Session).where(Session.id == session_id).values(**values, expires_at=shared_until(now, LONDON))
            )


def make_room_in(
    tx: Connection, login: LoginRow, machine_token: str | None, old_token: str | None, shared: bool, now: datetime
) -> Sharing | None:
    """Before a session begins: what the browser held is ended, or on a shared computer locked for its owner.

    Returns how the new session shares its computer, None for one that nobody else uses.
    """
    machine = find_machine(tx, token_hash(machine_token)) if machine_token else None
    if machine is not None and machine.organisation_id != login.key.organisation_id:
        # Another trust's computer: its names are not this person's to stand beside.
        machine, shared = None, True
    if old_token and (machine is None or not _locks_in(tx, old_token, machine.id, now)):
        end_token_in(tx, old_token, now)
    if machine is None:
        return Sharing(None, _minutes(tx, login)) if shared else None
    _leave_room_in(tx, machine, login.key, now)
    minutes = settings_of(tx, machine.organisation_id, machine.school_id, school_today())[LOCK_AFTER_MINUTES]
    return Sharing(machine.id, minutes)


def _leave_room_in(tx: Connection, machine: Machine, key: StaffKey, now: datetime) -> None:
    """One name a person, and so many at most; the session of whoever was away longest ends."""
    people = people_here(tx, machine, now, school_today())
    others = sorted((one for one in people if one.staff_id != key.staff_id), key=lambda one: one.seen_at)
    over = others[: max(0, len(others) - MOST_AT_A_MACHINE + 1)]
    for one in (*(one for one in people if one.staff_id == key.staff_id), *over):
        end_session_in(tx, one.session_id, now)


def _minutes(tx: Connection, login: LoginRow) -> int:
    """Of several schools the shortest."""
    today = school_today()
    places = places_of(tx, login.key, today)
    return min(
        (settings_of(tx, login.key.organisation_id, one.id, today)[LOCK_AFTER_MINUTES] for one in places),
        default=LOCK_AFTER_MINUTES.default,
    )


def _locks_in(tx: Connection, token: str, machine_id: int, now: datetime) -> bool:
    """Whether the session of a token is one of this computer's; then it is locked from here on."""
    locked = tx.execute(
        update(Session)
        .where(
            Session.token_hash == token_hash(token), Session.ended_at.is_(None), Session.machine_id == machine_id
        )
        .values(locked_at=func.coalesce(Session.locked_at, now))
    )
    return locked.rowcount == 1
