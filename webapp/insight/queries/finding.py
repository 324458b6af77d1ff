"""Finding somebody by name, leavers too: whom a request or a hold is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, exists, func, select

from webapp.people.models import Contact, Enrolment, Pupil, PupilContact

MOST_FOUND = 40


@dataclass(frozen=True, slots=True)
class FoundPerson:
    """Somebody whom a request may be about. ``kind`` is pupil or contact; ``note`` tells namesakes apart."""

    kind: str
    public_id: str
    name: str
    note: str


def _like(words: str) -> str:
    return "%" + words.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


def find_people(db: Connection, organisation_id: int, school_id: int, words: str) -> Sequence[FoundPerson]:
    """Pupils who are or were at the school, and their contacts, with the words in their name; leavers too."""
    here = exists().where(
        Enrolment.organisation_id == Pupil.organisation_id, Enrolment.pupil_id == Pupil.id,
        Enrolment.school_id == school_id,
    )  # fmt: skip
    named = func.lower(Pupil.first_name + " " + Pupil.last_name).like(_like(words), escape="\\")
    pupils = db.execute(
        select(Pupil.public_id, Pupil.first_name, Pupil.last_name, Pupil.date_of_birth)
        .where(Pupil.organisation_id == organisation_id, here, named)
        .order_by(Pupil.last_name, Pupil.first_name, Pupil.id)
        .limit(MOST_FOUND)
    )
    of_school = exists().where(
        PupilContact.organisation_id == Contact.organisation_id, PupilContact.contact_id == Contact.id,
        Enrolment.organisation_id == Contact.organisation_id, Enrolment.pupil_id == PupilContact.pupil_id,
        Enrolment.school_id == school_id,
    )  # fmt: skip
    called = func.lower(Contact.first_name + " " + Contact.last_name).like(_like(words), escape="\\")
    contacts = db.execute(
        select(Contact.public_id, Contact.first_name, Contact.last_name)
        .where(Contact.organisation_id == organisation_id, of_school, called)
        .order_by(Contact.last_name, Contact.first_name, Contact.id)
        .limit(MOST_FOUND)
    )
    return [
        *(FoundPerson("pupil", row.public_id, f"{row.first_name} {row.last_name}",
                      f"pupil, born {row.date_of_birth.isoformat()}") for row in pupils),
        *(FoundPerson("contact", row.public_id, f"{row.first_name} {row.last_name}", "parent or carer")
          for row in contacts),
    ]  # fmt: skip
