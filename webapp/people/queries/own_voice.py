"""Pupils who answer for themselves, as rows: who of them does so on a day, and what is held of one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, and_, bindparam, or_, select

from webapp.people.models import Contact, Enrolment, Pupil, PupilContact
from webapp.people.queries.contacts import PointRow, family_of
from webapp.people.queries.schools import settings_of
from webapp.people.rules.own_voice import rights_of
from webapp.people.rules.rights import Link, Right

_ON: Any = bindparam("on", type_=Enrolment.starts_on.type)
_PLACES = (
    select(PupilContact.contact_id, Pupil.date_of_birth, Enrolment.school_id)
    .join(Pupil, and_(Pupil.organisation_id == PupilContact.organisation_id, Pupil.id == PupilContact.pupil_id))
    .join(Enrolment, and_(Enrolment.organisation_id == Pupil.organisation_id, Enrolment.pupil_id == Pupil.id))
    .where(
        PupilContact.organisation_id == bindparam("organisation_id"), PupilContact.is_pupil,
        PupilContact.contact_id.in_(bindparam("contacts", expanding=True)),
        Enrolment.starts_on <= _ON, or_(Enrolment.ends_on.is_(None), Enrolment.ends_on >= _ON),
    )
)  # fmt: skip
_HELD = (
    select(Contact.id, Contact.public_id, Contact.version, Contact.parents_see)
    .join(
        PupilContact,
        and_(PupilContact.organisation_id == Contact.organisation_id, PupilContact.contact_id == Contact.id),
    )
    .where(
        PupilContact.organisation_id == bindparam("organisation_id"), PupilContact.pupil_id == bindparam("pupil_id"),
        PupilContact.is_pupil,
    )
    .limit(1)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class OwnContact:
    """A pupil as their own contact. ``parents_see``: the pupil's own word, "" for none."""

    id: int
    public_id: str
    version: int
    parents_see: str
    points: tuple[PointRow, ...]


def own_rights(
    db: Connection, organisation_id: int, links: Iterable[Link], on: date
) -> dict[int, frozenset[Right]]:
    """What each pupil's own link among these gives on the day, by contact id; no statement where there is none."""
    own = {link.contact_id: link for link in links if link.is_pupil}
    found: dict[int, frozenset[Right]] = dict.fromkeys(own, frozenset())
    if not own:
        return found
    keys = {"organisation_id": organisation_id, "contacts": sorted(own), "on": on}
    for row in db.execute(_PLACES, keys).all():
        settings = settings_of(db, organisation_id, row.school_id, on)
        found[row.contact_id] |= rights_of(own[row.contact_id], (), on, row.date_of_birth, settings).allowed
    return found


def find_own_contact(db: Connection, organisation_id: int, pupil_id: int) -> OwnContact | None:
    """The pupil as their own contact, if school holds a number or address of theirs or ever did."""
    row = db.execute(_HELD, {"organisation_id": organisation_id, "pupil_id": pupil_id}).one_or_none()
    if row is None:
        return None
    points = family_of(db, organisation_id, [pupil_id]).contacts[row.id].points
    return OwnContact(row.id, row.public_id, row.version, row.parents_see, points)

