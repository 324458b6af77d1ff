"""Passkeys as rows: whose one is, and those of a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, select
from sqlalchemy.orm import aliased

from webapp.accounts.models import Passkey, PasskeyContact, SessionContact
from webapp.accounts.queries.staff import StaffKey
from webapp.accounts.rules.codes import Door
from webapp.accounts.rules.persons import ContactKey


@dataclass(frozen=True, slots=True)
class PasskeyRow:
    """A passkey as its owner sees it."""

    public_id: str
    name: str
    created_at: datetime
    used_at: datetime | None
    doubted_at: datetime | None


def passkeys_of_same_person(session_id: Any) -> Select[int]:
    """Ids of the living passkeys of whoever a parent's session acts as."""
    mine, other = aliased(SessionContact), aliased(PasskeyContact)
    return (
        select(Passkey.id)
        .join(other, other.passkey_id == Passkey.id)
        .join(mine, and_(mine.organisation_id == other.organisation_id, mine.contact_id == other.contact_id))
        .where(mine.session_id == session_id, Passkey.removed_at.is_(None), Passkey.door == Door.PARENT.value)
    )


def passkeys(db: Connection, session_id: int) -> tuple[PasskeyRow, ...]:
    """The living passkeys of whoever a session acts as, the newest first."""
    rows = db.execute(
        select(Passkey.public_id, Passkey.name, Passkey.created_at, Passkey.used_at, Passkey.doubted_at)
        .where(Passkey.id.in_(passkeys_of_same_person(session_id)))
        .order_by(Passkey.created_at.desc(), Passkey.id.desc())
    )
    return tuple(PasskeyRow(*row) for row in rows)


def find_passkey(db: Connection, session_id: int, public_id: str) -> PasskeyRow | None:
    """One of these; None for another person's, or one that was removed."""
    return next((one for one in passkeys(db, session_id) if one.public_id == public_id), None)


def credential_ids(db: Connection, session_id: int) -> list[str]:
    """What a browser needs to know of them, so that it makes no second one."""
    found = select(Passkey.credential_id).where(Passkey.id.in_(passkeys_of_same_person(session_id)))
    return list(db.scalars(found.order_by(Passkey.id)))


def _of_staff(key: StaffKey) -> Select[int]:
    return select(Passkey.id).where(
        Passkey.door == Door.STAFF.value, Passkey.staff_organisation_id == key.organisation_id,
        Passkey.staff_id == key.staff_id, Passkey.removed_at.is_(None),
    )  # fmt: skip


def staff_passkeys(db: Connection, key: StaffKey) -> tuple[PasskeyRow, ...]:
    """The living passkeys of a member of staff, the newest first."""
    rows = db.execute(
        select(Passkey.public_id, Passkey.name, Passkey.created_at, Passkey.used_at, Passkey.doubted_at)
        .where(Passkey.id.in_(_of_staff(key)))
        .order_by(Passkey.created_at.desc(), Passkey.id.desc())
    )
    return tuple(PasskeyRow(*row) for row in rows)


def staff_credential_ids(db: Connection, key: StaffKey) -> list[str]:
    """What a browser needs to know of them, so that it makes no second one."""
    return list(db.scalars(select(Passkey.credential_id).where(Passkey.id.in_(_of_staff(key))).order_by(Passkey.id)))


def find_credential(db: Connection, door: Door, credential_id: str) -> Row[*tuple[Any, ...]] | None:
    """The living passkey of that name in the browser, whole."""
    return db.execute(
        select(*Passkey.__table__.columns).where(
            Passkey.credential_id == credential_id, Passkey.door == door.value, Passkey.removed_at.is_(None)
        )
    ).one_or_none()


def holders_of(db: Connection, passkey_id: int) -> frozenset[ContactKey]:
    """Whose a parent's passkey is."""
    rows = db.execute(
        select(PasskeyContact.organisation_id, PasskeyContact.contact_id).where(
            PasskeyContact.passkey_id == passkey_id
        )
    )
    return frozenset(ContactKey(*row) for row in rows)
