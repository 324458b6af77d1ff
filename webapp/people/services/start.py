"""The first rows of a service: an organisation, a school and its administrator."""

from __future__ import annotations

import re

from sqlalchemy import insert, select

from webapp.foundation import ids, trail
from webapp.foundation.clock import school_today
from webapp.foundation.db import current, insert_row, unit_of_work
from webapp.foundation.trail import FIRSTBELL, Deed
from webapp.people.models import Organisation, School, Staff, StaffRole
from webapp.people.rules import ContactPointRefused, Refused, read_email


class PeopleRefused(Refused):
    """Something about people that cannot be as asked."""


def create_administrator(
    *, organisation: str, school_code: str, school_name: str | None, phone: str | None, first_name: str,
    last_name: str, email: str, allow_fictional: bool = False,
) -> str:  # fmt: skip
    """Make an administrator, and the organisation and school if they are new; returns one line of what was done.

    Raises PeopleRefused when the code cannot stand in an address, the school is new and has no name or phone, or the
    e-mail address is taken or cannot be read.
    """
    if not re.fullmatch(r"[a-z][a-z0-9-]{1,23}", school_code):
        raise PeopleRefused("school", "Use 2 to 24 small letters, digits and hyphens, beginning with a letter.")
    try:
        address = read_email(email, allow_fictional=allow_fictional).value
    except ContactPointRefused as refused:
        raise PeopleRefused("email", refused.mend) from None
    today = school_today()
    with unit_of_work() as tx:
        organisation_id = tx.scalar(select(Organisation.id).where(Organisation.name == organisation))
        if organisation_id is None:
            organisation_id = insert_row(tx, Organisation, public_id=ids.public_id(), name=organisation, kind="school")
        school_id = tx.scalar(
            select(School.id).where(School.organisation_id == organisation_id, School.code == school_code)
        )
        if school_id is None:
            if not school_name or not phone:
                raise PeopleRefused("school", "This school is new: give its name and telephone number too.")
            school_id = insert_row(
                tx, School, organisation_id=organisation_id, public_id=ids.public_id(), code=school_code,
                name=school_name, sms_name=school_name[:24], phone=phone,
            )  # fmt: skip
        if tx.scalar(select(Staff.id).where(Staff.organisation_id == organisation_id, Staff.email == address)):
            raise PeopleRefused("email", f"{address} is on the staff already. Give them the role on the staff page.")
        staff_id = insert_row(
            tx, Staff, organisation_id=organisation_id, public_id=ids.public_id(), first_name=first_name,
            last_name=last_name, email=address, position="Administrator", starts_on=today,
        )  # fmt: skip
        tx.execute(
            insert(StaffRole).values(
                organisation_id=organisation_id, staff_id=staff_id, school_id=school_id, role="administrator",
                starts_on=today,
            )
        )  # fmt: skip
        trail.write(
            tx, organisation_id, FIRSTBELL, Deed("created_administrator", "staff", staff_id, school_id=school_id)
        )
    current().memo.forget()
    return f"{first_name} {last_name} is an administrator at {school_code}; sign-in codes go to {address}"
