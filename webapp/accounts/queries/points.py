"""Who holds a number or an address: whom to send a code, and who may sign in with it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, exists, func, literal, null, or_, select, tuple_

from webapp.accounts.models import IdentityProvider, StaffIdentity, StaffLogin
from webapp.accounts.queries.own_voice import MAY_ENTER, on_the_day
from webapp.accounts.queries.parents import holds_on, same
from webapp.accounts.rules.codes import Door
from webapp.accounts.rules.persons import ContactKey, Holder, Person, persons
from webapp.foundation.trail import Actor, ActorKind
from webapp.people.models import (
    Contact,
    ContactPoint,
    CourtOrder,
    Enrolment,
    OrganisationSetting,
    PupilContact,
    School,
    SchoolSetting,
    Staff,
    StaffRole,
)
from webapp.people.rules import rights as rules
from webapp.people.rules.contact_points import PointKind
from webapp.people.rules.sign_in_settings import STAFF_CODES_ALONE


@dataclass(frozen=True, slots=True)
class Addressee:
    """To whom a code goes: a contact or a member of staff, and a school of theirs under whose name it is kept."""

    organisation_id: int
    school_id: int
    contact_id: int | None
    staff_id: int | None
    language: str


_any_school = (
    select(func.min(School.id)).where(School.organisation_id == ContactPoint.organisation_id).correlate(ContactPoint)
).scalar_subquery()
_childs_school = (
    select(func.min(Enrolment.school_id))
    .select_from(PupilContact)
    .join(Enrolment, same(Enrolment, PupilContact, pupil_id="pupil_id"))
    .where(same(PupilContact, ContactPoint, contact_id="contact_id"))
    .correlate(ContactPoint)
).scalar_subquery()
_CONTACT_ADDRESSEE = (
    select(
        ContactPoint.organisation_id, func.coalesce(_childs_school, _any_school).label("school_id"),
        ContactPoint.contact_id, null().label("staff_id"), Contact.language,
    )
    .join(Contact, same(Contact, ContactPoint, id="contact_id"))
    .where(
        ContactPoint.value == bindparam("value"),
        ContactPoint.kind == bindparam("kind"),
        ContactPoint.state == "usable", MAY_ENTER,
    )
    .order_by(ContactPoint.organisation_id, ContactPoint.contact_id)
    .limit(1)
)  # fmt: skip
_ADDRESSEE_AMONG = _CONTACT_ADDRESSEE.where(
    ContactPoint.organisation_id.in_(bindparam("organisations", expanding=True))
)

_on = bindparam("on", type_=StaffRole.starts_on.type)
_own_school = (
    select(func.min(StaffRole.school_id)).where(same(StaffRole, Staff, staff_id="id")).correlate(Staff)
).scalar_subquery()
_staffs_school = (
    select(func.min(School.id)).where(School.organisation_id == Staff.organisation_id).correlate(Staff)
).scalar_subquery()
_has_password = (
    exists()
    .where(same(StaffLogin, Staff, staff_id="id"), StaffLogin.password_hash.is_not(None))
    .correlate(Staff)
)  # fmt: skip
# As ``staff_logins`` has it: an account at the provider on which the organisation relies today.
_is_linked = (
    exists()
    .where(
        same(StaffIdentity, Staff, staff_id="id"), same(IdentityProvider, StaffIdentity),
        IdentityProvider.issuer == StaffIdentity.issuer, IdentityProvider.tried_at.is_not(None),
    )
    .correlate(Staff)
)  # fmt: skip


def _says_yes(table: type[Any]) -> Any:
    return (
        exists()
        .where(
            table.organisation_id == Staff.organisation_id, table.key == STAFF_CODES_ALONE.name, table.value == "yes",
            table.effective_from <= _on,
        )
        .correlate(Staff)
    )  # fmt: skip


# Whether it holds today, the sign-in asks again (``staff_logins.takes_code_alone``).
_codes_were_enough = or_(_says_yes(SchoolSetting), _says_yes(OrganisationSetting))
_STAFF_ADDRESSEE = (
    select(
        Staff.organisation_id, func.coalesce(_own_school, _staffs_school).label("school_id"),
        null().label("contact_id"), Staff.id.label("staff_id"), literal("en").label("language"),
    )
    .where(
        Staff.email == bindparam("value"), holds_on(Staff, _on),
        or_(~_has_password & ~_is_linked, _codes_were_enough),
    )
    .order_by(Staff.organisation_id, Staff.id)
    .limit(1)
)  # fmt: skip


def find_addressee(
    db: Connection, door: Door, kind: PointKind, value: str, on: date, among: frozenset[int] | None = None
) -> Addressee | None:
    """Whom a code for this number or address goes to, or None. One statement at either door, found or not.

    ``among``: contacts of these organisations only, for a number that not every one texts.
    """
    if among is not None:
        keys = {"value": value, "kind": kind.value, "organisations": sorted(among), **on_the_day(on)}
        row = db.execute(_ADDRESSEE_AMONG, keys).one_or_none()
        return Addressee(*row) if row is not None else None
    if door is Door.STAFF:
        row = db.execute(_STAFF_ADDRESSEE, {"value": value, "on": on}).one_or_none()
    else:
        row = db.execute(_CONTACT_ADDRESSEE, {"value": value, "kind": kind.value, **on_the_day(on)}).one_or_none()
    return Addressee(*row) if row is not None else None


@dataclass(frozen=True, slots=True)
class PointOf:
    """A number or address of a contact, and a school of theirs under whose name something goes there."""

    organisation_id: int
    contact_id: int
    school_id: int
    point_id: int
    kind: str
    value: str


def other_points(db: Connection, contacts: Collection[ContactKey], but: str) -> list[PointOf]:
    """The mobiles and e-mail addresses of contacts that work, save one; what stands with several of them comes once."""
    if not contacts:
        return []
    rows = db.execute(
        select(
            ContactPoint.organisation_id, ContactPoint.contact_id,
            func.coalesce(_childs_school, _any_school).label("school_id"), ContactPoint.id, ContactPoint.kind,
            ContactPoint.value,
        )
        .where(
            tuple_(ContactPoint.organisation_id, ContactPoint.contact_id).in_(
                [(key.organisation_id, key.contact_id) for key in contacts]
            ),
            ContactPoint.kind.in_(("mobile", "email")), ContactPoint.state == "usable", ContactPoint.value != but,
        )
        .order_by(ContactPoint.organisation_id, ContactPoint.priority, ContactPoint.id)
    )  # fmt: skip
    found: dict[str, PointOf] = {}
    for row in rows:
        found.setdefault(row.value, PointOf(*row))
    return list(found.values())


_HOLDERS = (
    select(
        Contact.organisation_id, Contact.id, Contact.public_id, Contact.first_name, Contact.last_name,
        PupilContact.pupil_id, PupilContact.do_not_contact,
        CourtOrder.denies, CourtOrder.starts_on, CourtOrder.ends_on, CourtOrder.review_on,
    )
    .select_from(ContactPoint)
    .join(Contact, same(Contact, ContactPoint, id="contact_id"))
    .outerjoin(PupilContact, same(PupilContact, Contact, contact_id="id"))
    .outerjoin(CourtOrder, same(CourtOrder, PupilContact, pupil_id="pupil_id", contact_id="contact_id"))
    .where(
        ContactPoint.value == bindparam("value"),
        ContactPoint.kind == bindparam("kind"),
        ContactPoint.state != "bad", MAY_ENTER,
    )
)  # fmt: skip


def candidates(db: Connection, kind: str, value: str, on: date) -> tuple[Person, ...]:
    """The persons who hold a proved number or address (see ``accounts.rules.persons``). One statement."""
    rows = db.execute(_HOLDERS, {"value": value, "kind": kind, **on_the_day(on)}).all()
    holders: dict[ContactKey, Holder] = {}
    restricted: set[ContactKey] = set()
    for row in rows:
        key = ContactKey(row.organisation_id, row.id)
        if _restricts(row, on):
            restricted.add(key)
        holders[key] = Holder(key, row.public_id, row.first_name, row.last_name, key in restricted)
    return persons(holders.values())


def _restricts(row: Row[*tuple[Any, ...]], on: date) -> bool:
    """Whether this row's tie to a child, or its order, keeps the contact from something."""
    if row.do_not_contact:
        return True
    if row.starts_on is None:
        return False
    order = rules.CourtOrder(
        row.pupil_id, row.id, rules.read_denies(row.denies), row.starts_on, row.ends_on, row.review_on
    )
    return order.in_force(on) or order.needs_check(on)


_POINT_OF_CONTACT = (
    select(ContactPoint.kind, ContactPoint.value)
    .where(
        and_(
            ContactPoint.organisation_id == bindparam("organisation_id"),
            ContactPoint.contact_id == bindparam("contact_id"),
            ContactPoint.state != "bad",
        )
    )
    .order_by(ContactPoint.priority, ContactPoint.id)
    .limit(1)
)


def find_point_of(db: Connection, contact: ContactKey) -> tuple[str, str] | None:
    """The first (kind, value) of a contact, or None."""
    row = db.execute(
        _POINT_OF_CONTACT, {"organisation_id": contact.organisation_id, "contact_id": contact.contact_id}
    ).one_or_none()
    return (row.kind, row.value) if row is not None else None


def points_of(db: Connection, contact: ContactKey) -> list[tuple[str, str]]:
    """Every (kind, value) by which a contact could have come in, also what works no longer."""
    rows = db.execute(
        select(ContactPoint.kind, ContactPoint.value).where(
            ContactPoint.organisation_id == contact.organisation_id, ContactPoint.contact_id == contact.contact_id
        )
    )
    return [(row.kind, row.value) for row in rows]


def names_of(db: Connection, contacts: Sequence[ContactKey]) -> dict[ContactKey, str]:
    """First and last name of each contact."""
    if not contacts:
        return {}
    rows = db.execute(
        select(Contact.organisation_id, Contact.id, Contact.first_name, Contact.last_name).where(
            Contact.id.in_([contact.contact_id for contact in contacts]),
            Contact.organisation_id.in_([contact.organisation_id for contact in contacts]),
        )
    )
    found = {ContactKey(row.organisation_id, row.id): f"{row.first_name} {row.last_name}".strip() for row in rows}
    return {contact: found[contact] for contact in contacts if contact in found}


def actors_of(db: Connection, contacts: Sequence[ContactKey]) -> dict[ContactKey, Actor]:
    """Each contact as the trail names them: an adult, or the pupil whose own contact it is."""
    names = names_of(db, contacts)
    if not names:
        return {}
    own = db.execute(
        select(PupilContact.organisation_id, PupilContact.contact_id, PupilContact.pupil_id).where(
            PupilContact.is_pupil, PupilContact.contact_id.in_([key.contact_id for key in names]),
            PupilContact.organisation_id.in_([key.organisation_id for key in names]),
        )
    )  # fmt: skip
    pupils = {ContactKey(row.organisation_id, row.contact_id): row.pupil_id for row in own}
    return {
        key: Actor(ActorKind.PUPIL, pupils[key], name) if key in pupils
        else Actor(ActorKind.CONTACT, key.contact_id, name)
        for key, name in names.items()
    }  # fmt: skip
