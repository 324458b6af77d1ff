"""Sessions as rows: whose one is, and on which phones and computers a person is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, or_, select
from sqlalchemy.orm import aliased

from webapp.accounts.models import Session, SessionContact
from webapp.accounts.queries.staff import StaffKey
from webapp.accounts.rules.codes import Door
from webapp.accounts.rules.persons import ContactKey
from webapp.foundation.types import Instant


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session that is still open, whoever it turns out to be for."""

    id: int
    public_id: str
    door: Door
    point_kind: str | None
    point_value: str | None
    staff: StaffKey | None
    device_words: str
    passkey_id: int | None
    begun_at: datetime
    stepped_up_at: datetime | None


_SESSION = select(
    Session.id, Session.public_id, Session.door, Session.point_kind, Session.point_value,
    Session.staff_organisation_id, Session.staff_id, Session.device_words, Session.passkey_id, Session.created_at,
    Session.stepped_up_at,
).where(
    Session.token_hash == bindparam("token_hash"),
    Session.ended_at.is_(None),
    Session.locked_at.is_(None),
    Session.expires_at > bindparam("now", type_=Instant()),
    or_(Session.door == Door.PARENT.value, Session.seen_at > bindparam("idle_since", type_=Instant())),
)  # fmt: skip


def find_session(db: Connection, token_hash: str, now: datetime, idle_since: datetime) -> OpenSession | None:
    """The open session of a token, also one in which the person has yet to say who they are."""
    row = db.execute(_SESSION, {"token_hash": token_hash, "now": now, "idle_since": idle_since}).one_or_none()
    if row is None:
        return None
    staff = None
    if row.staff_organisation_id is not None and row.staff_id is not None:
        staff = StaffKey(row.staff_organisation_id, row.staff_id)
    return OpenSession(
        row.id, row.public_id, Door(row.door), row.point_kind, row.point_value, staff, row.device_words,
        row.passkey_id, row.created_at, row.stepped_up_at,
    )  # fmt: skip


def contacts_of(db: Connection, session_id: int) -> tuple[ContactKey, ...]:
    """As whom a parent's session acts."""
    rows = db.execute(
        select(SessionContact.organisation_id, SessionContact.contact_id)
        .where(SessionContact.session_id == session_id)
        .order_by(SessionContact.organisation_id, SessionContact.contact_id)
    )
    return tuple(ContactKey(*row) for row in rows)


def contacts_of_token(db: Connection, token: str, now: datetime) -> frozenset[ContactKey]:
    """As whom the open session of a token's digest acts; nobody where it is over."""
    rows = db.execute(
        select(SessionContact.organisation_id, SessionContact.contact_id)
        .join(Session, Session.id == SessionContact.session_id)
        .where(Session.token_hash == token, Session.ended_at.is_(None), Session.expires_at > now)
    )
    return frozenset(ContactKey(*row) for row in rows)


def sessions_of_same_person(session_id: Any) -> Select[int]:
    """Ids of all sessions, ended ones too, of whoever ``session_id`` (a value or a parameter) is for; itself included.

    The same person means the same contact or the same member of staff: two people who share a number do not see each
    other's phones.
    """
    mine, other = aliased(SessionContact), aliased(SessionContact)
    own, theirs = aliased(Session), aliased(Session)
    as_contact = (
        select(other.session_id)
        .join(mine, and_(mine.organisation_id == other.organisation_id, mine.contact_id == other.contact_id))
        .where(mine.session_id == session_id)
    )
    as_staff = (
        select(theirs.id)
        .join(own, and_(own.staff_organisation_id == theirs.staff_organisation_id, own.staff_id == theirs.staff_id))
        # The address is what the index knows; every session of staff has it.
        .where(own.id == session_id, theirs.point_value == own.point_value)
    )
    return select(Session.id).where(
        or_(Session.id == session_id, Session.id.in_(as_contact), Session.id.in_(as_staff))
    )


@dataclass(frozen=True, slots=True)
class Device:
    """A phone or computer on which somebody is signed in. ``here`` is the one that asks."""

    public_id: str
    words: str
    signed_in_at: datetime
    seen_at: datetime
    here: bool


_DEVICES = (
    select(Session.id, Session.public_id, Session.device_words, Session.created_at, Session.seen_at)
    .where(
        Session.id.in_(sessions_of_same_person(bindparam("session_id"))),
        Session.ended_at.is_(None),
        Session.expires_at > bindparam("now", type_=Instant()),
    )
    .order_by(Session.seen_at.desc(), Session.id.desc())
)


def devices(db: Connection, session_id: int, now: datetime) -> tuple[Device, ...]:
    """Where the person of this session is signed in, this device first, then the latest seen."""
    rows = db.execute(_DEVICES, {"session_id": session_id, "now": now}).all()
    found = [
        Device(row.public_id, row.device_words, row.created_at, row.seen_at, row.id == session_id) for row in rows
    ]
    return tuple(sorted(found, key=lambda device: not device.here))
