"""What the database holds about the adults of a file's pupils."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

from sqlalchemy import Connection, or_, select

from webapp.foundation.trail import TrailEntry
from webapp.people.models import Contact, ContactPoint, CourtOrder, DetailChange, Enrolment, Pupil, PupilContact
from webapp.people.rules.rights import Link
from webapp.people.services.imports.flow import Scope
from webapp.people.services.imports.held_pupils import chunks


@dataclass(slots=True)
class HeldContact:
    id: int
    reference: str | None
    title: str
    first_name: str
    last_name: str
    language: str
    needs_interpreter: bool
    address_confidential: bool

    @property
    def name(self) -> tuple[str, str]:
        return self.first_name.casefold(), self.last_name.casefold()

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}"


@dataclass(slots=True)
class HeldPoint:
    id: int
    contact_id: int
    kind: str
    value: str
    priority: int
    state: str
    state_reason: str


@dataclass(slots=True)
class HeldContacts:
    """``pupils`` are those of the school by UPN and by admission number; ``elsewhere`` are contacts who have a link to
    a child that is not on this school's rolls; ``ordered`` are (pupil, contact) with an order of any date."""

    by_upn: dict[str, int] = field(default_factory=dict)
    by_number: dict[str, int] = field(default_factory=dict)
    contacts: dict[int, HeldContact] = field(default_factory=dict)
    points: dict[int, list[HeldPoint]] = field(default_factory=lambda: defaultdict(list))
    links: dict[tuple[int, int], Link] = field(default_factory=dict)
    elsewhere: set[int] = field(default_factory=set)
    ordered: set[tuple[int, int]] = field(default_factory=set)
    names: dict[int, str] = field(default_factory=dict)
    accepted: dict[tuple[int, str], str] = field(default_factory=dict)
    """(contact, number, address or "language") that a contact asked for and the office accepted: the value, or "" for
    one that was taken off. A file that says otherwise is a conflict, and changes nothing."""
    ended_by_import: set[tuple[int, int, date]] = field(default_factory=set)
    """(pupil, contact, last day) of links that an earlier file ended, which a later one may bring back."""


ENDED_LINK = "ended_contact_link"
"""The deed of the trail by which a file ended a link."""
_CONTACT = (
    Contact.id, Contact.reference, Contact.title, Contact.first_name, Contact.last_name, Contact.language,
    Contact.needs_interpreter, Contact.address_confidential,
)  # fmt: skip
_POINT = (
    ContactPoint.id, ContactPoint.contact_id, ContactPoint.kind, ContactPoint.value, ContactPoint.priority,
    ContactPoint.state, ContactPoint.state_reason,
)  # fmt: skip
_LINK = tuple(getattr(PupilContact, each.name) for each in fields(Link))


def load_contacts(db: Connection, scope: Scope, references: Collection[str], values: Collection[str]) -> HeldContacts:
    """The school's pupils and their adults, and whoever in the organisation has one of these references or points."""
    held = HeldContacts()
    organisation = scope.organisation_id
    pupils = _load_pupils(db, scope, held)
    mine = Contact.organisation_id == organisation
    known: set[int] = set()
    for some in chunks(pupils):
        rows = db.execute(
            select(*_LINK).where(
                PupilContact.organisation_id == organisation, PupilContact.pupil_id.in_(some), ~PupilContact.is_pupil
            )
        )
        for row in rows:
            held.links[row.pupil_id, row.contact_id] = Link(*row)
            known.add(row.contact_id)
    for some_values in chunks(values):
        known.update(
            db.scalars(
                select(ContactPoint.contact_id).where(
                    ContactPoint.organisation_id == organisation, ContactPoint.value.in_(some_values)
                )
            )
        )
    for some_references in chunks(references):
        known.update(db.scalars(select(Contact.id).where(mine, Contact.reference.in_(some_references))))
    # A file of adults says nothing of a pupil as themselves, whose number a parent may have too.
    for some in chunks(sorted(known)):
        own = select(PupilContact.contact_id).where(
            PupilContact.organisation_id == organisation, PupilContact.contact_id.in_(some), PupilContact.is_pupil
        )
        known -= set(db.scalars(own))
    for some in chunks(sorted(known)):
        for contact in db.execute(select(*_CONTACT).where(mine, Contact.id.in_(some))):
            held.contacts[contact.id] = HeldContact(*contact)
        points = select(*_POINT).where(ContactPoint.organisation_id == organisation, ContactPoint.contact_id.in_(some))
        for point in db.execute(points.order_by(ContactPoint.priority, ContactPoint.id)):
            held.points[point.contact_id].append(HeldPoint(*point))
        _load_ties(db, organisation, some, pupils, held, scope.today)
        _load_accepted(db, organisation, some, held)
    _load_endings(db, organisation, held, scope.today)
    return held


def _load_accepted(db: Connection, organisation: int, contacts: Sequence[int], held: HeldContacts) -> None:
    rows = db.execute(
        select(DetailChange.contact_id, DetailChange.field, DetailChange.old_value, DetailChange.new_value)
        .where(
            DetailChange.organisation_id == organisation, DetailChange.contact_id.in_(contacts),
            DetailChange.state == "accepted",
        )
        .order_by(DetailChange.answered_at, DetailChange.id)
    )  # fmt: skip
    for row in rows:
        if row.field == "language":
            held.accepted[row.contact_id, "language"] = row.new_value
        elif row.field != "address":
            held.accepted |= {(row.contact_id, row.old_value): ""} if row.old_value else {}
            held.accepted |= {(row.contact_id, row.new_value): row.new_value} if row.new_value else {}


def _load_endings(db: Connection, organisation: int, held: HeldContacts, today: date) -> None:
    ended = {pupil for (pupil, _), link in held.links.items() if link.ends_on is not None and link.ends_on < today}
    for some in chunks(sorted(ended)):
        rows = db.execute(
            select(TrailEntry.pupil_id, TrailEntry.subject_id, TrailEntry.detail).where(
                TrailEntry.organisation_id == organisation, TrailEntry.pupil_id.in_(some),
                TrailEntry.action == ENDED_LINK,
            )
        )  # fmt: skip
        held.ended_by_import.update(
            (row.pupil_id, row.subject_id, date.fromisoformat(row.detail["ends_on"])) for row in rows
        )


def _load_pupils(db: Connection, scope: Scope, held: HeldContacts) -> set[int]:
    """Fill in the school's pupils; their ids."""
    rows = db.execute(
        select(Pupil.id, Pupil.upn, Pupil.first_name, Pupil.last_name, Enrolment.admission_number)
        .join(Enrolment, (Enrolment.organisation_id == Pupil.organisation_id) & (Enrolment.pupil_id == Pupil.id))
        .where(Enrolment.organisation_id == scope.organisation_id, Enrolment.school_id == scope.school_id)
        .order_by(Enrolment.starts_on)
    )
    for row in rows:
        held.names[row.id] = f"{row.last_name}, {row.first_name}"
        if row.upn:
            held.by_upn[row.upn] = row.id
        if row.admission_number:
            held.by_number[row.admission_number.upper()] = row.id
    return set(held.names)


def _load_ties(
    db: Connection, organisation: int, contacts: Sequence[int], pupils: set[int], held: HeldContacts, today: date
) -> None:
    """Who has a child at another school too, and who is named in an order."""
    ties: Any = db.execute(
        select(PupilContact.contact_id, PupilContact.pupil_id).where(
            PupilContact.organisation_id == organisation, PupilContact.contact_id.in_(contacts),
            or_(PupilContact.ends_on.is_(None), PupilContact.ends_on >= today),
        )
    )  # fmt: skip
    held.elsewhere.update(contact_id for contact_id, pupil_id in ties if pupil_id not in pupils)
    orders = select(CourtOrder.pupil_id, CourtOrder.contact_id).where(
        CourtOrder.organisation_id == organisation, CourtOrder.contact_id.in_(contacts)
    )
    held.ordered.update((row.pupil_id, row.contact_id) for row in db.execute(orders))
