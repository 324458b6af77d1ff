"""Contacts of children, with their rights and the points that reach them; set-based, two statements for any number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from sqlalchemy import Connection, bindparam, or_, select

from webapp.foundation.statements import plain
from webapp.people.models import Contact, ContactPoint, CourtOrder, MessageStop, PupilContact
from webapp.people.rules.contact_points import PointKind
from webapp.people.rules.rights import CourtOrder as Order
from webapp.people.rules.rights import FirstDayContacts, Link, first_day_contacts, read_denies


@dataclass(frozen=True, slots=True)
class PointRow:
    """A number or address of a contact."""

    id: int
    kind: str
    value: str
    state: str


@dataclass(frozen=True, slots=True)
class ContactRow:
    """One adult with the points that reach them, best first."""

    id: int
    public_id: str
    title: str
    first_name: str
    last_name: str
    language: str
    needs_interpreter: bool
    child_words: str
    prefers_voice: bool
    points: tuple[PointRow, ...]

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


@dataclass(frozen=True, slots=True)
class Family:
    """The ties, orders and adults of a set of children.

    ``stopped``: (pupil, contact) between whom no automatic message goes. ``dsl_leads``: the pupils with any stop.
    """

    links: Mapping[int, tuple[Link, ...]]
    orders: tuple[Order, ...]
    contacts: Mapping[int, ContactRow]
    stopped: frozenset[tuple[int, int]] = frozenset()
    dsl_leads: frozenset[int] = frozenset()

    def to_reach(self, pupil_id: int, on: date) -> FirstDayContacts:
        """Who gets the text about this child, who is rung, and who is for the DSL alone."""
        stopped = {contact_id for stopped_of, contact_id in self.stopped if stopped_of == pupil_id}
        return first_day_contacts(self.links.get(pupil_id, ()), self.orders, on, stopped)

    def with_telephone(self, pupil_id: int, on: date) -> tuple[int, ...]:
        """Those of the contacts to be rung who have a number that works, in order."""
        return tuple(
            link.contact_id
            for link in self.to_reach(pupil_id, on).ring
            if any(
                point.kind != PointKind.EMAIL and point.state != "bad"
                for point in self.contacts[link.contact_id].points
            )
        )


_LINK_COLUMNS = [getattr(PupilContact, field.name) for field in fields(Link)]
_CONTACT_COLUMNS = [
    Contact.public_id.label("contact_public_id"), Contact.title, Contact.first_name, Contact.last_name,
    Contact.language, Contact.needs_interpreter, Contact.child_words, Contact.prefers_voice,
]  # fmt: skip
_STOPS = select(MessageStop.id).where(
    MessageStop.organisation_id == PupilContact.organisation_id, MessageStop.pupil_id == PupilContact.pupil_id,
    MessageStop.lifted_at.is_(None),
).correlate(PupilContact)  # fmt: skip
_IS_STOPPED = _STOPS.where(
    or_(MessageStop.contact_id.is_(None), MessageStop.contact_id == PupilContact.contact_id)
).exists()  # fmt: skip
_OF_PUPILS = PupilContact.pupil_id.in_(bindparam("pupil_ids", expanding=True))
_LINKS = plain(
    select(*_LINK_COLUMNS, _IS_STOPPED.label("stopped"), _STOPS.exists().label("dsl_leads"), *_CONTACT_COLUMNS)
    .join(
        Contact,
        (Contact.organisation_id == PupilContact.organisation_id) & (Contact.id == PupilContact.contact_id),
    )
    .where(PupilContact.organisation_id == bindparam("organisation_id"), _OF_PUPILS)
    .order_by(PupilContact.pupil_id, PupilContact.priority, PupilContact.contact_id)
)
_POINTS = plain(
    select(ContactPoint.contact_id, ContactPoint.id, ContactPoint.kind, ContactPoint.value, ContactPoint.state)
    .where(
        ContactPoint.organisation_id == bindparam("organisation_id"),
        ContactPoint.contact_id.in_(
            select(PupilContact.contact_id).where(
                PupilContact.organisation_id == bindparam("organisation_id"), _OF_PUPILS
            )
        ),
    )
    .order_by(ContactPoint.contact_id, ContactPoint.priority, ContactPoint.id)
)
_ORDERS = plain(
    select(
        CourtOrder.pupil_id, CourtOrder.contact_id, CourtOrder.denies, CourtOrder.starts_on, CourtOrder.ends_on,
        CourtOrder.review_on,
    ).where(
        CourtOrder.organisation_id == bindparam("organisation_id"),
        CourtOrder.pupil_id.in_(bindparam("pupil_ids", expanding=True)),
    )
)  # fmt: skip


def family_of(db: Connection, organisation_id: int, pupil_ids: Collection[int]) -> Family:
    """The adults around these children, in three statements."""
    keys = {"organisation_id": organisation_id, "pupil_ids": list(pupil_ids)}
    points: dict[int, list[PointRow]] = defaultdict(list)
    for point in db.execute(_POINTS, keys):
        points[point.contact_id].append(PointRow(*point[1:]))
    links: dict[int, list[Link]] = defaultdict(list)
    contacts: dict[int, ContactRow] = {}
    stopped: set[tuple[int, int]] = set()
    dsl_leads: set[int] = set()
    width = len(_LINK_COLUMNS)
    for row in db.execute(_LINKS, keys):
        link = Link(*row[:width])
        links[link.pupil_id].append(link)
        if row.stopped:
            stopped.add((link.pupil_id, link.contact_id))
        if row.dsl_leads:
            dsl_leads.add(link.pupil_id)
        if link.contact_id not in contacts:
            adult: Any = (link.contact_id, *row[width + 2 :], tuple(points.get(link.contact_id, ())))
            contacts[link.contact_id] = ContactRow(*adult)
    orders = tuple(
        Order(row.pupil_id, row.contact_id, read_denies(row.denies), row.starts_on, row.ends_on, row.review_on)
        for row in db.execute(_ORDERS, keys)
    )
    return Family(
        {pupil_id: tuple(held) for pupil_id, held in links.items()}, orders, contacts, frozenset(stopped),
        frozenset(dsl_leads),
    )  # fmt: skip
