"""Shared computers: those that a school has named, and who has signed in on one today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, and_, bindparam, select

from webapp.accounts.models import Session, SharedMachine, StaffLogin
from webapp.accounts.queries.parents import holds_on, same
from webapp.accounts.rules.codes import Door
from webapp.foundation.types import Instant
from webapp.people.models import School, Staff, StaffRole


@dataclass(frozen=True, slots=True)
class Machine:
    """A shared computer with the name of its school."""

    organisation_id: int
    id: int
    public_id: str
    school_id: int
    school_name: str
    name: str
    named_by: str
    named_at: datetime


_MACHINES = (
    select(
        SharedMachine.organisation_id, SharedMachine.id, SharedMachine.public_id, SharedMachine.school_id,
        School.name.label("school_name"), SharedMachine.name, SharedMachine.named_by, SharedMachine.named_at,
    )
    .join(School, same(School, SharedMachine, id="school_id"))
    .where(SharedMachine.removed_at.is_(None))
    .order_by(SharedMachine.name, SharedMachine.id)
)  # fmt: skip
_OF_TOKEN = _MACHINES.where(SharedMachine.token_hash == bindparam("token_hash"))
_OF_SCHOOL = _MACHINES.where(
    SharedMachine.organisation_id == bindparam("organisation_id"), SharedMachine.school_id == bindparam("school_id")
)


def find_machine(db: Connection, token_hash: str) -> Machine | None:
    """The computer whose browser holds the token, as long as the school keeps it."""
    row = db.execute(_OF_TOKEN, {"token_hash": token_hash}).one_or_none()
    return Machine(*row) if row is not None else None


def machines_of(db: Connection, organisation_id: int, school_id: int) -> tuple[Machine, ...]:
    """The shared computers of a school, by name."""
    rows = db.execute(_OF_SCHOOL, {"organisation_id": organisation_id, "school_id": school_id})
    return tuple(Machine(*row) for row in rows)


@dataclass(frozen=True, slots=True)
class PersonHere:
    """Somebody who has signed in whole on a shared computer today and may come back to it.

    ``public_id`` is the session's. ``pin_hash`` None: they have chosen no PIN.
    """

    session_id: int
    public_id: str
    staff_id: int
    name: str
    position: str
    pin_hash: str | None
    pin_tries: int
    seen_at: datetime


_HERE = (
    select(
        Session.id, Session.public_id, Session.staff_id, Staff.first_name, Staff.last_name, Staff.position,
        StaffLogin.pin_hash, Session.pin_tries, Session.seen_at,
    )
    .join(
        Staff,
        and_(
            Staff.organisation_id == Session.staff_organisation_id, Staff.id == Session.staff_id,
            holds_on(Staff, bindparam("on", type_=StaffRole.starts_on.type)),
        ),
    )
    .outerjoin(StaffLogin, same(StaffLogin, Staff, staff_id="id"))
    .where(
        Session.staff_organisation_id == bindparam("organisation_id"), Session.machine_id == bindparam("machine_id"),
        Session.door == Door.STAFF.value, Session.ended_at.is_(None),
        Session.expires_at > bindparam("now", type_=Instant()),
    )
    .order_by(Staff.first_name, Staff.last_name, Session.id)
)  # fmt: skip


def people_here(db: Connection, machine: Machine, now: datetime, on: date) -> tuple[PersonHere, ...]:
    """Whose names stand on a shared computer: those with a session on it that lives, and who work here today."""
    keys = {"organisation_id": machine.organisation_id, "machine_id": machine.id, "now": now, "on": on}
    return tuple(
        PersonHere(
            row.id, row.public_id, row.staff_id, f"{row.first_name} {row.last_name}".strip(), row.position,
            row.pin_hash, row.pin_tries, row.seen_at,
        )
        for row in db.execute(_HERE, keys)
    )  # fmt: skip
