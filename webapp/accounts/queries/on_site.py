"""Browsers that keep the list of who is on site."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, or_, select

from webapp.accounts.models import OnSiteDevice
from webapp.people.models import Staff, StaffRole
from webapp.people.rules.roles import PERMISSIONS, Permission


@dataclass(frozen=True, slots=True)
class OnSiteDeviceRow:
    """A browser that keeps the list. ``seen_at`` is when it was last given it."""

    id: int
    public_id: str
    name: str
    enrolled_at: datetime
    seen_at: datetime


_MINE: Select[*tuple[Any, ...]] = (
    select(
        OnSiteDevice.id, OnSiteDevice.public_id, OnSiteDevice.name, OnSiteDevice.enrolled_at, OnSiteDevice.seen_at
    )
    .where(
        OnSiteDevice.organisation_id == bindparam("organisation_id"),
        OnSiteDevice.school_id == bindparam("school_id"),
        OnSiteDevice.staff_id == bindparam("staff_id"),
        OnSiteDevice.removed_at.is_(None),
    )
    .order_by(OnSiteDevice.seen_at.desc(), OnSiteDevice.id.desc())
)  # fmt: skip
_ONE = _MINE.where(OnSiteDevice.public_id == bindparam("public_id"))


def on_site_devices(db: Connection, organisation_id: int, school_id: int, staff_id: int) -> Sequence[OnSiteDeviceRow]:
    """The browsers of one member of staff that keep this school's list, the latest seen first."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "staff_id": staff_id}
    return [OnSiteDeviceRow(*row) for row in db.execute(_MINE, keys)]


def find_on_site_device(
    db: Connection, organisation_id: int, school_id: int, staff_id: int, public_id: str
) -> OnSiteDeviceRow | None:
    """One of these, or None: somebody else's, another school's, one that was removed."""
    keys = {
        "organisation_id": organisation_id, "school_id": school_id, "staff_id": staff_id, "public_id": public_id,
    }  # fmt: skip
    row = db.execute(_ONE, keys).one_or_none()
    return OnSiteDeviceRow(*row) if row else None


_SEEING = sorted(role.value for role in PERMISSIONS[Permission.VIEW_WHO_IS_ON_SITE])
_HOLDS = select(OnSiteDevice.id).where(
    OnSiteDevice.public_id == bindparam("public_id"),
    OnSiteDevice.removed_at.is_(None),
    select(StaffRole.staff_id)
    .join(Staff, and_(Staff.organisation_id == StaffRole.organisation_id, Staff.id == StaffRole.staff_id))
    .where(
        StaffRole.organisation_id == OnSiteDevice.organisation_id,
        StaffRole.staff_id == OnSiteDevice.staff_id,
        StaffRole.school_id == OnSiteDevice.school_id,
        StaffRole.role.in_(_SEEING),
        *(
            and_(table.starts_on <= bindparam("on"), or_(table.ends_on.is_(None), table.ends_on >= bindparam("on")))
            for table in (Staff, StaffRole)
        ),
    )
    .exists(),
)


def may_still_keep(db: Connection, public_id: str, on: date) -> bool:
    """Whether a browser, signed in or not, may keep what it holds: not removed, and its owner still works there."""
    return db.execute(_HOLDS, {"public_id": public_id, "on": on}).first() is not None
