"""Sign-ins of staff under way, links by e-mail, and recovery codes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from webapp.accounts.models import RecoveryCode, StaffEntry, StaffLink
from webapp.accounts.queries.staff import StaffKey


@dataclass(frozen=True, slots=True)
class EntryRow:
    """A sign-in under way."""

    organisation_id: int
    id: int
    staff_id: int
    way: str
    new_secret: str
    second_done: bool
    shared: bool = False

    @property
    def key(self) -> StaffKey:
        return StaffKey(self.organisation_id, self.staff_id)


def entries_of(db: Connection, token_hash: str, now: datetime) -> tuple[EntryRow, ...]:
    """The posts between which a sign-in under way stands; mostly one, none once it is over."""
    rows = db.execute(
        select(
            StaffEntry.organisation_id, StaffEntry.id, StaffEntry.staff_id, StaffEntry.way, StaffEntry.new_secret,
            StaffEntry.second_done, StaffEntry.shared,
        )
        .where(StaffEntry.token_hash == token_hash, StaffEntry.used_at.is_(None), StaffEntry.expires_at > now)
        .order_by(StaffEntry.organisation_id, StaffEntry.id)
    )  # fmt: skip
    return tuple(EntryRow(*row) for row in rows)


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link to set a password with. ``live`` False: used, over, or of somebody who works here no longer."""

    organisation_id: int
    id: int
    staff_id: int
    purpose: str
    expires_at: datetime

    @property
    def key(self) -> StaffKey:
        return StaffKey(self.organisation_id, self.staff_id)


def find_staff_link(db: Connection, token_hash: str, now: datetime) -> LinkRow | None:
    """The living link of a token."""
    row = db.execute(
        select(StaffLink.organisation_id, StaffLink.id, StaffLink.staff_id, StaffLink.purpose, StaffLink.expires_at)
        .where(StaffLink.token_hash == token_hash, StaffLink.used_at.is_(None), StaffLink.expires_at > now)
    ).one_or_none()  # fmt: skip
    return LinkRow(*row) if row is not None else None


def invited_until(db: Connection, organisation_id: int, now: datetime) -> dict[int, datetime]:
    """Who has a living invitation, and until when."""
    rows = db.execute(
        select(StaffLink.staff_id, func.max(StaffLink.expires_at))
        .where(
            StaffLink.organisation_id == organisation_id, StaffLink.purpose == "invitation",
            StaffLink.used_at.is_(None), StaffLink.expires_at > now,
        )
        .group_by(StaffLink.staff_id)
    )  # fmt: skip
    return {row[0]: row[1] for row in rows}


@dataclass(frozen=True, slots=True)
class RecoveryRow:
    """A recovery code that was not used yet."""

    id: int
    code_hash: str


def find_recovery(db: Connection, key: StaffKey, selector: str) -> RecoveryRow | None:
    """The unused code of that selector."""
    row = db.execute(
        select(RecoveryCode.id, RecoveryCode.code_hash).where(
            RecoveryCode.organisation_id == key.organisation_id, RecoveryCode.staff_id == key.staff_id,
            RecoveryCode.selector == selector, RecoveryCode.used_at.is_(None),
        )
    ).first()  # fmt: skip
    return RecoveryRow(*row) if row is not None else None


def recovery_left(db: Connection, key: StaffKey) -> int:
    """How many recovery codes somebody has left."""
    return db.scalar(
        select(func.count())
        .select_from(RecoveryCode)
        .where(
            RecoveryCode.organisation_id == key.organisation_id, RecoveryCode.staff_id == key.staff_id,
            RecoveryCode.used_at.is_(None),
        )
    ) or 0  # fmt: skip
