"""The roles of a school's staff with their days, and who is given a form's register for some days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, and_, bindparam, or_, select

from webapp.people.models import Form, FormStaff, Staff, StaffRole
from webapp.people.rules.role_changes import Held, earlier
from webapp.people.rules.roles import Role

_ROLES = {role.value: role for role in Role}
_DAY: Any = bindparam("on")
_AT_SCHOOL = (
    select(
        StaffRole.staff_id, StaffRole.role, StaffRole.starts_on, StaffRole.ends_on, Staff.ends_on.label("leaves_on")
    )
    .join(Staff, and_(Staff.organisation_id == StaffRole.organisation_id, Staff.id == StaffRole.staff_id))
    .where(
        StaffRole.organisation_id == bindparam("organisation_id"), StaffRole.school_id == bindparam("school_id"),
        or_(StaffRole.ends_on.is_(None), StaffRole.ends_on >= _DAY),
        or_(Staff.ends_on.is_(None), Staff.ends_on >= _DAY),
    )
    .order_by(StaffRole.staff_id, StaffRole.starts_on, StaffRole.role)
)  # fmt: skip


def roles_held(db: Connection, organisation_id: int, school_id: int, on: date) -> Sequence[Held]:
    """The roles at the school that are held that day or later, by those who work here still; a role ends with the
    last day of its holder."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "on": on}
    return [
        Held(row.staff_id, _ROLES[row.role], row.starts_on, earlier(row.ends_on, row.leaves_on))
        for row in db.execute(_AT_SCHOOL, keys) if row.role in _ROLES
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class GivenRow:
    """A form whose register somebody takes for some days."""

    form_id: int
    form: str
    staff_id: int
    staff_public_id: str
    name: str
    starts_on: date
    ends_on: date


_GIVEN = (
    select(
        Form.id, Form.name, Staff.id.label("staff_id"), Staff.public_id, Staff.first_name, Staff.last_name,
        FormStaff.starts_on, FormStaff.ends_on,
    )
    .join(FormStaff, and_(FormStaff.organisation_id == Form.organisation_id, FormStaff.form_id == Form.id))
    .join(Staff, and_(Staff.organisation_id == FormStaff.organisation_id, Staff.id == FormStaff.staff_id))
    .where(
        Form.organisation_id == bindparam("organisation_id"), Form.school_id == bindparam("school_id"),
        FormStaff.ends_on.is_not(None), FormStaff.ends_on >= _DAY,
    )
    .order_by(FormStaff.starts_on, Form.name, Staff.id)
)  # fmt: skip
_ALL_FORMS = (
    select(Form.id, Form.name)
    .where(Form.organisation_id == bindparam("organisation_id"), Form.school_id == bindparam("school_id"))
    .order_by(Form.name)
)


def given_registers(db: Connection, organisation_id: int, school_id: int, on: date) -> Sequence[GivenRow]:
    """Forms that were given to somebody up to a day, that day or later."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "on": on}
    return [
        GivenRow(
            row.id, row.name, row.staff_id, row.public_id, f"{row.first_name} {row.last_name}".strip(), row.starts_on,
            row.ends_on,
        )
        for row in db.execute(_GIVEN, keys)
    ]  # fmt: skip


def all_forms(db: Connection, organisation_id: int, school_id: int) -> Sequence[tuple[int, str]]:
    """Every form of the school as (id, name), by name."""
    keys = {"organisation_id": organisation_id, "school_id": school_id}
    return [(row.id, row.name) for row in db.execute(_ALL_FORMS, keys)]
