"""The people of the tests, the same few for ever: Alice owns it, Bob shares it, Charlie must not see it.

``build_world`` fills an empty database with Hill Primary and Vale Academy in one organisation, and a school of another
organisation that must never be seen from the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time

from sqlalchemy import Connection, insert

from webapp.foundation.db import insert_row
from webapp.people.models import (
    CalendarEvent,
    Contact,
    ContactPoint,
    Enrolment,
    Form,
    FormStaff,
    Organisation,
    Placement,
    Pupil,
    PupilContact,
    PupilGroup,
    School,
    SchoolSetting,
    Staff,
    StaffRole,
    Term,
)

TODAY = date(2026, 6, 16)
"""Tuesday 16 June 2026, an ordinary school day at both schools."""

FULL_RIGHTS = {
    "is_parent": True, "parental_responsibility": True, "may_view_attendance": True, "may_view_plans": True,
    "may_view_messages": True, "may_report": True, "may_collect": True,
}  # fmt: skip
REGISTER_TIMES = {
    "register.am.opens": time(8, 45), "register.am.closes": time(9, 15),
    "register.pm.opens": time(13, 0), "register.pm.closes": time(13, 20),
}  # fmt: skip


@dataclass(frozen=True)
class World:
    """Ids of everything in the test world; pupils by ``<name>``, enrolments by ``<name>_enrolment``."""

    organisation: int
    hill: int
    vale: int
    form_3k: int
    form_8b: int
    tom: int
    tom_enrolment: int
    ella: int
    ella_enrolment: int
    noor: int
    noor_enrolment: int
    alice: int
    bob: int
    charlie: int
    officer: int
    teacher: int
    head: int
    dsl: int
    vale_officer: int
    other_organisation: int
    other_school: int
    other_pupil: int
    other_enrolment: int
    other_contact: int
    other_officer: int


def add_school(tx: Connection, organisation_id: int, code: str, name: str, phone: str) -> int:
    """A school with this year's terms, a half-term, register times, and an INSET day on Friday 26 June 2026."""
    school_id = insert_row(
        tx, School, organisation_id=organisation_id, public_id=f"sch-{organisation_id}-{code}", code=code, name=name,
        sms_name=name, phone=phone,
    )  # fmt: skip
    for term, starts_on, ends_on in (
        ("Autumn", date(2025, 9, 2), date(2025, 12, 19)),
        ("Spring", date(2026, 1, 5), date(2026, 3, 27)),
        ("Summer", date(2026, 4, 13), date(2026, 7, 17)),
    ):
        insert_row(
            tx, Term, organisation_id=organisation_id, school_id=school_id, name=term, starts_on=starts_on,
            ends_on=ends_on,
        )  # fmt: skip
    for kind, starts_on, ends_on in (
        ("half_term", date(2026, 5, 25), date(2026, 5, 29)),
        ("bank_holiday", date(2026, 5, 4), date(2026, 5, 4)),
        ("inset", date(2026, 6, 26), date(2026, 6, 26)),
    ):
        insert_row(
            tx, CalendarEvent, organisation_id=organisation_id, school_id=school_id, kind=kind, starts_on=starts_on,
            ends_on=ends_on,
        )  # fmt: skip
    tx.execute(
        insert(SchoolSetting),
        [
            {"organisation_id": organisation_id, "school_id": school_id, "key": key,
             "effective_from": date(2025, 9, 1), "value": value.strftime("%H:%M")}
            for key, value in REGISTER_TIMES.items()
        ],
    )  # fmt: skip
    return school_id


def add_form(tx: Connection, organisation_id: int, school_id: int, name: str) -> int:
    return insert_row(tx, Form, organisation_id=organisation_id, school_id=school_id, name=name)


def add_pupil(
    tx: Connection, organisation_id: int, school_id: int, first: str, last: str, *, form_id: int | None = None,
    year_group: int = 3, born: date = date(2018, 1, 15), groups: tuple[str, ...] = (),
) -> tuple[int, int]:  # fmt: skip
    """A pupil on the school's roll since September 2025; returns (pupil id, enrolment id)."""
    pupil_id = insert_row(
        tx, Pupil, organisation_id=organisation_id, public_id=f"pup-{organisation_id}-{first}-{last}"[:16],
        legal_first_name=first, first_name=first, last_name=last, date_of_birth=born, sex="F",
    )  # fmt: skip
    enrolment_id = insert_row(
        tx, Enrolment, organisation_id=organisation_id, pupil_id=pupil_id, school_id=school_id,
        starts_on=date(2025, 9, 1),
    )  # fmt: skip
    tx.execute(
        insert(Placement).values(
            organisation_id=organisation_id, school_id=school_id, enrolment_id=enrolment_id,
            starts_on=date(2025, 9, 1), year_group=year_group, form_id=form_id,
        )
    )  # fmt: skip
    for group in groups:
        tx.execute(
            insert(PupilGroup).values(
                organisation_id=organisation_id, pupil_id=pupil_id, group=group, starts_on=date(2025, 9, 1)
            )
        )
    return pupil_id, enrolment_id


def add_contact(
    tx: Connection, organisation_id: int, first: str, last: str, *, mobile: str | None = None,
    email: str | None = None, language: str = "en", needs_interpreter: bool = False,
) -> int:  # fmt: skip
    """A contact with one mobile and one e-mail where given."""
    contact_id = insert_row(
        tx, Contact, organisation_id=organisation_id, public_id=f"con-{organisation_id}-{first}"[:16],
        first_name=first, last_name=last, language=language, needs_interpreter=needs_interpreter,
    )  # fmt: skip
    for kind, value, priority in (("mobile", mobile, 1), ("email", email, 2)):
        if value:
            insert_row(
                tx, ContactPoint, organisation_id=organisation_id, contact_id=contact_id, kind=kind, value=value,
                priority=priority,
            )  # fmt: skip
    return contact_id


def link(
    tx: Connection, organisation_id: int, pupil_id: int, contact_id: int, relationship: str, priority: int,
    **rights: bool,
) -> None:  # fmt: skip
    """Say what a contact is to a child; rights that are not named are no."""
    tx.execute(
        insert(PupilContact).values(
            organisation_id=organisation_id, pupil_id=pupil_id, contact_id=contact_id, relationship=relationship,
            priority=priority, **rights,
        )
    )  # fmt: skip


def add_staff(
    tx: Connection, organisation_id: int, school_id: int, first: str, last: str, position: str, *roles: str
) -> int:
    """A member of staff with their roles at one school."""
    staff_id = insert_row(
        tx, Staff, organisation_id=organisation_id, public_id=f"stf-{organisation_id}-{last}"[:16], first_name=first,
        last_name=last, email=f"{first}.{last}.{organisation_id}@school.example".lower(), position=position,
        starts_on=date(2020, 9, 1),
    )  # fmt: skip
    for role in roles:
        tx.execute(
            insert(StaffRole).values(
                organisation_id=organisation_id, staff_id=staff_id, school_id=school_id, role=role,
                starts_on=date(2020, 9, 1),
            )
        )  # fmt: skip
    return staff_id


def add_organisation(tx: Connection, name: str, kind: str) -> int:
    return insert_row(tx, Organisation, public_id=f"org-{name}"[:16].replace(" ", "-"), name=name, kind=kind)


def build_world(tx: Connection) -> World:
    """Fill an empty database with the test people."""
    org = add_organisation(tx, "Firsthill Trust", "trust")
    hill = add_school(tx, org, "hill", "Hill Primary", "01632 960001")
    vale = add_school(tx, org, "vale", "Vale Academy", "01632 960002")
    form_3k, form_8b = add_form(tx, org, hill, "3K"), add_form(tx, org, vale, "8B")
    tom, tom_enrolment = add_pupil(tx, org, hill, "Tom", "Ahmed", form_id=form_3k)
    ella, ella_enrolment = add_pupil(
        tx, org, vale, "Ella", "Ahmed", form_id=form_8b, year_group=8, born=date(2013, 3, 2)
    )
    noor, noor_enrolment = add_pupil(tx, org, hill, "Noor", "Shah", form_id=form_3k, groups=("travels_alone",))
    alice = add_contact(tx, org, "Alice", "Ahmed", mobile="+447700900001", email="alice@family.example")
    bob = add_contact(tx, org, "Bob", "Ahmed", mobile="+447700900002", language="ur", needs_interpreter=True)
    charlie = add_contact(tx, org, "Charlie", "Shah", mobile="+447700900003", email="charlie@family.example")
    for child in (tom, ella):
        link(tx, org, child, alice, "mother", 1, lives_with=True, may_request_leave=True, **FULL_RIGHTS)
    link(tx, org, tom, bob, "father", 2, **FULL_RIGHTS)
    link(tx, org, noor, charlie, "father", 1, lives_with=True, may_request_leave=True, **FULL_RIGHTS)
    officer = add_staff(tx, org, hill, "Saira", "Khan", "Attendance officer", "attendance_officer", "reception")
    teacher = add_staff(tx, org, hill, "Jo", "Reed", "Teacher", "teacher", "tutor")
    head = add_staff(tx, org, hill, "Grace", "Osei", "Headteacher", "head")
    dsl = add_staff(tx, org, hill, "Dina", "Bell", "Deputy head and DSL", "dsl", "deputy_head")
    vale_officer = add_staff(tx, org, vale, "Vera", "Moss", "Attendance officer", "attendance_officer")
    tx.execute(
        insert(FormStaff).values(organisation_id=org, form_id=form_3k, staff_id=teacher, starts_on=date(2025, 9, 1))
    )
    other = add_organisation(tx, "Dale School", "school")
    dale = add_school(tx, other, "dale", "Dale School", "01632 960003")
    other_pupil, other_enrolment = add_pupil(tx, other, dale, "Mallory", "Dale")
    other_contact = add_contact(tx, other, "Mo", "Dale", mobile="+447700900004")
    link(tx, other, other_pupil, other_contact, "mother", 1, lives_with=True, may_request_leave=True, **FULL_RIGHTS)
    other_officer = add_staff(tx, other, dale, "Otto", "Dale", "Attendance officer", "attendance_officer")
    return World(
        organisation=org, hill=hill, vale=vale, form_3k=form_3k, form_8b=form_8b, tom=tom,
        tom_enrolment=tom_enrolment, ella=ella, ella_enrolment=ella_enrolment, noor=noor,
        noor_enrolment=noor_enrolment, alice=alice, bob=bob, charlie=charlie, officer=officer, teacher=teacher,
        head=head, dsl=dsl, vale_officer=vale_officer, other_organisation=other, other_school=dale,
        other_pupil=other_pupil, other_enrolment=other_enrolment, other_contact=other_contact,
        other_officer=other_officer,
    )  # fmt: skip
