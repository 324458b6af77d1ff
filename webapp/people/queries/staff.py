"""Staff: who holds a role today, who takes a form, what each has to do."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, and_, bindparam, or_, select

from webapp.people.models import Form, FormStaff, Staff, StaffRole


@dataclass(frozen=True, slots=True)
class StaffRow:
    """Someone on the staff."""

    id: int
    public_id: str
    title: str
    first_name: str
    last_name: str
    position: str
    email: str
    mobile: str | None

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def short_name(self) -> str:
        """S Khan."""
        return f"{self.first_name[:1]} {self.last_name}"


_DAY: Any = bindparam("on")
_COLUMNS = (
    Staff.id, Staff.public_id, Staff.title, Staff.first_name, Staff.last_name, Staff.position, Staff.email,
    Staff.mobile,
)  # fmt: skip
_HOLDERS = (
    select(StaffRole.role, *_COLUMNS)
    .join(Staff, and_(Staff.organisation_id == StaffRole.organisation_id, Staff.id == StaffRole.staff_id))
    .where(
        StaffRole.organisation_id == bindparam("organisation_id"),
        StaffRole.school_id == bindparam("school_id"),
        StaffRole.role.in_(bindparam("roles", expanding=True)),
        StaffRole.starts_on <= _DAY,
        or_(StaffRole.ends_on.is_(None), StaffRole.ends_on >= _DAY),
        Staff.starts_on <= _DAY,
        or_(Staff.ends_on.is_(None), Staff.ends_on >= _DAY),
    )
    .order_by(StaffRole.role, Staff.id)
)
_FORMS = (
    select(Form.id, Form.name)
    .distinct()
    .join(FormStaff, and_(FormStaff.organisation_id == Form.organisation_id, FormStaff.form_id == Form.id))
    .where(
        FormStaff.organisation_id == bindparam("organisation_id"),
        FormStaff.staff_id.in_(bindparam("owners", expanding=True)),
        Form.school_id == bindparam("school_id"),
        FormStaff.starts_on <= _DAY,
        or_(FormStaff.ends_on.is_(None), FormStaff.ends_on >= _DAY),
    )
    .order_by(Form.name)
)
_ONE = select(*_COLUMNS).where(Staff.organisation_id == bindparam("organisation_id"), Staff.id == bindparam("staff_id"))


_HERE = (
    select(*_COLUMNS)
    .where(
        Staff.organisation_id == bindparam("organisation_id"), Staff.starts_on <= _DAY,
        or_(Staff.ends_on.is_(None), Staff.ends_on >= _DAY),
        Staff.id.in_(
            select(StaffRole.staff_id).where(
                StaffRole.organisation_id == bindparam("organisation_id"),
                StaffRole.school_id == bindparam("school_id"), StaffRole.starts_on <= _DAY,
                or_(StaffRole.ends_on.is_(None), StaffRole.ends_on >= _DAY),
            )
        ),
    )
    .order_by(Staff.last_name, Staff.first_name, Staff.id)
)  # fmt: skip


def names_here(db: Connection, organisation_id: int, school_id: int, on: date) -> dict[int, StaffRow]:
    """Everybody with a role at the school that day, by id, in the order of their surnames."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "on": on}
    return {row.id: StaffRow(*row) for row in db.execute(_HERE, keys)}


def holders_of(
    db: Connection, organisation_id: int, school_id: int, roles: Collection[str], on: date
) -> Sequence[tuple[str, StaffRow]]:
    """Who holds one of the roles at the school that day, as (role, person)."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "roles": list(roles), "on": on}
    return [(row[0], StaffRow(*row[1:])) for row in db.execute(_HOLDERS, keys)]


def forms_of(
    db: Connection, organisation_id: int, school_id: int, owners: Collection[int], on: date
) -> Sequence[tuple[int, str]]:
    """The forms whose register these people (somebody, and those for whom they cover) take that day, as (id, name)."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "owners": list(owners), "on": on}
    return [(row.id, row.name) for row in db.execute(_FORMS, keys)]


def get_staff(db: Connection, organisation_id: int, staff_id: int) -> StaffRow:
    """The person of that id. Raises sqlalchemy.exc.NoResultFound."""
    return StaffRow(*db.execute(_ONE, {"organisation_id": organisation_id, "staff_id": staff_id}).one())
