"""Who is away, who covers whom, and so whose work is whose; for pages kept a few seconds, for services read anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, or_, select

from webapp.foundation.clock import london
from webapp.foundation.db import current
from webapp.foundation.sessions import Half
from webapp.people.models import Staff, StaffAway, StaffCover, StaffRole
from webapp.people.queries.schools import times_of
from webapp.people.rules.absences import Away
from webapp.people.rules.covering import Member, Standing
from webapp.people.rules.roles import Role

_ROLES = {role.value: role for role in Role}
_ORGANISATION: Any = bindparam("organisation_id")
_SCHOOL: Any = bindparam("school_id")
_DAY: Any = bindparam("on")
_HALF: Any = bindparam("half")
_AWAY_NOW = (
    select(StaffAway.id)
    .where(
        StaffAway.organisation_id == StaffRole.organisation_id, StaffAway.school_id == StaffRole.school_id,
        StaffAway.staff_id == StaffRole.staff_id, StaffAway.cancelled_at.is_(None),
        or_(StaffAway.starts_on < _DAY, and_(StaffAway.starts_on == _DAY, StaffAway.starts_half <= _HALF)),
        or_(
            StaffAway.ends_on.is_(None), StaffAway.ends_on > _DAY,
            and_(StaffAway.ends_on == _DAY, StaffAway.ends_half >= _HALF),
        ),
    )
    .exists()
)  # fmt: skip
_MEMBERS = (
    select(
        StaffRole.staff_id, StaffRole.role, Staff.first_name, Staff.last_name, StaffCover.cover_id,
        _AWAY_NOW.label("away"),
    )
    .join(Staff, and_(Staff.organisation_id == StaffRole.organisation_id, Staff.id == StaffRole.staff_id))
    .outerjoin(
        StaffCover,
        and_(
            StaffCover.organisation_id == StaffRole.organisation_id, StaffCover.school_id == StaffRole.school_id,
            StaffCover.staff_id == StaffRole.staff_id,
        ),
    )
    .where(
        StaffRole.organisation_id == _ORGANISATION, StaffRole.school_id == _SCHOOL,
        StaffRole.starts_on <= _DAY, or_(StaffRole.ends_on.is_(None), StaffRole.ends_on >= _DAY),
        Staff.starts_on <= _DAY, or_(Staff.ends_on.is_(None), Staff.ends_on >= _DAY),
    )
)  # fmt: skip


def load_standing(db: Connection, organisation_id: int, school_id: int, on: date, half: Half) -> Standing:
    """Who works at the school that day and stands in for whom in that half day, read anew."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "on": on, "half": half.index}
    found: dict[int, tuple[Any, set[Role]]] = {}
    for row in db.execute(_MEMBERS, keys):
        if row.role in _ROLES:
            found.setdefault(row.staff_id, (row, set()))[1].add(_ROLES[row.role])
    return Standing(
        Member(number, f"{row.first_name} {row.last_name}".strip(), frozenset(roles), row.cover_id, bool(row.away))
        for number, (row, roles) in found.items()
    )


def kept_standing(db: Connection, organisation_id: int, school_id: int, on: date, half: Half) -> Standing:
    """``load_standing`` for pages; kept."""
    return current().memo.get(
        ("standing", organisation_id, school_id, on, half),
        lambda: load_standing(db, organisation_id, school_id, on, half),
    )


def standing_at(db: Connection, organisation_id: int, school_id: int, now: datetime) -> Standing:
    """``load_standing`` of the half day that ``now`` (school time) lies in; the afternoon begins with its register."""
    on = london(now).date()
    return load_standing(db, organisation_id, school_id, on, half_of(db, organisation_id, school_id, now))


def half_of(db: Connection, organisation_id: int, school_id: int, now: datetime) -> Half:
    """The half day that ``now`` (school time) lies in."""
    on = london(now).date()
    opens = times_of(db, organisation_id, school_id, on).register_opens(on, Half.PM)
    return Half.PM if now >= opens else Half.AM


@dataclass(frozen=True, slots=True)
class AwayRow:
    """Half days on which somebody is away, as pages list them."""

    public_id: str
    staff_id: int
    staff_public_id: str
    name: str
    away: Away
    said_by: str


_SPANS = (
    select(
        StaffAway.public_id, StaffAway.staff_id, Staff.public_id.label("staff_public_id"), Staff.first_name,
        Staff.last_name, StaffAway.starts_on, StaffAway.starts_half, StaffAway.ends_on, StaffAway.ends_half,
        StaffAway.said_by,
    )
    .join(Staff, and_(Staff.organisation_id == StaffAway.organisation_id, Staff.id == StaffAway.staff_id))
    .where(
        StaffAway.organisation_id == _ORGANISATION, StaffAway.school_id == _SCHOOL, StaffAway.cancelled_at.is_(None),
        or_(StaffAway.ends_on.is_(None), StaffAway.ends_on >= _DAY),
    )
    .order_by(StaffAway.starts_on, StaffAway.id)
)  # fmt: skip


def away_from(db: Connection, organisation_id: int, school_id: int, on: date) -> Sequence[AwayRow]:
    """Who is away from the school that day or later, by first day."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "on": on}
    return [
        AwayRow(
            row.public_id, row.staff_id, row.staff_public_id, f"{row.first_name} {row.last_name}".strip(),
            Away(row.starts_on, Half.from_index(row.starts_half), row.ends_on, Half.from_index(row.ends_half)),
            row.said_by,
        )
        for row in db.execute(_SPANS, keys)
    ]  # fmt: skip


_PERSON = select(Staff.id).where(
    Staff.organisation_id == _ORGANISATION, Staff.public_id == bindparam("public_id")
)
_COVER = select(StaffCover.cover_id).where(
    StaffCover.organisation_id == _ORGANISATION, StaffCover.school_id == _SCHOOL,
    StaffCover.staff_id == bindparam("staff_id"),
)  # fmt: skip


def staff_number(db: Connection, organisation_id: int, public_id: str) -> int | None:
    """The number of the member of staff of that name in addresses."""
    return db.execute(_PERSON, {"organisation_id": organisation_id, "public_id": public_id}).scalar_one_or_none()


def cover_of(db: Connection, organisation_id: int, school_id: int, staff_id: int) -> int | None:
    """Whom somebody has named as their cover at the school, who may hold no role there any more."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "staff_id": staff_id}
    return db.execute(_COVER, keys).scalar_one_or_none()
