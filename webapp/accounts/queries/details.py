"""Changes of details that contacts have asked for: their own, and those that a school's office has to answer."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, exists, func, or_, select, tuple_
from sqlalchemy.orm import aliased

from webapp.accounts.rules.persons import ContactKey
from webapp.people.models import Contact, ContactPoint, DetailChange, Enrolment, Pupil, PupilContact, Task

TASK = "detail_change"


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One request. ``children`` are those of the contact at the school that answers it, by first name."""

    organisation_id: int
    id: int
    public_id: str
    school_id: int
    contact_id: int
    detail: str
    old: str
    new: str
    words: str
    held_elsewhere: bool
    state: str
    asked_at: datetime
    asked_by: str
    answered_at: datetime | None
    answered_by: str
    answer: str
    version: int
    children: str = ""
    contact_name: str = ""


_COLUMNS: Any = (
    DetailChange.organisation_id, DetailChange.id, DetailChange.public_id, DetailChange.school_id,
    DetailChange.contact_id, DetailChange.field, DetailChange.old_value, DetailChange.new_value, DetailChange.words,
    DetailChange.held_elsewhere, DetailChange.state, DetailChange.asked_at, DetailChange.asked_by,
    DetailChange.answered_at, DetailChange.answered_by, DetailChange.answer, DetailChange.version,
)  # fmt: skip
_ON: Any = bindparam("on", type_=Enrolment.starts_on.type)
_CHILDREN = (
    select(func.aggregate_strings(Pupil.first_name + " " + Pupil.last_name, ", "))
    .select_from(PupilContact)
    .join(Pupil, and_(Pupil.organisation_id == PupilContact.organisation_id, Pupil.id == PupilContact.pupil_id))
    .join(Enrolment, and_(Enrolment.organisation_id == Pupil.organisation_id, Enrolment.pupil_id == Pupil.id))
    .where(
        PupilContact.organisation_id == DetailChange.organisation_id,
        PupilContact.contact_id == DetailChange.contact_id, Enrolment.school_id == DetailChange.school_id,
        Enrolment.starts_on <= _ON, or_(Enrolment.ends_on.is_(None), Enrolment.ends_on >= _ON),
    )
    .correlate(DetailChange)
    .scalar_subquery()
)  # fmt: skip
_OWN: Any = (
    select(*_COLUMNS)
    .where(tuple_(DetailChange.organisation_id, DetailChange.contact_id).in_(bindparam("contacts", expanding=True)))
    .order_by(DetailChange.asked_at.desc(), DetailChange.id.desc())
    .limit(20)
)
_OF_SCHOOL: Any = (
    select(*_COLUMNS, func.coalesce(_CHILDREN, ""), Contact.first_name + " " + Contact.last_name)
    .join(
        Contact, and_(Contact.organisation_id == DetailChange.organisation_id, Contact.id == DetailChange.contact_id)
    )
    .where(
        DetailChange.organisation_id == bindparam("organisation_id"), DetailChange.school_id == bindparam("school_id")
    )
)
_OPEN = _OF_SCHOOL.where(DetailChange.state == "asked").order_by(DetailChange.asked_at, DetailChange.id).limit(200)
_ONE = _OF_SCHOOL.where(DetailChange.public_id == bindparam("public_id"))
_WAITING = select(func.count()).where(
    DetailChange.organisation_id == bindparam("organisation_id"), DetailChange.contact_id == bindparam("contact_id"),
    DetailChange.state == "asked",
)  # fmt: skip
_theirs, _mine = aliased(PupilContact), aliased(PupilContact)
_ANOTHER_FAMILY = select(
    exists()
    .where(
        ContactPoint.organisation_id == bindparam("organisation_id"), ContactPoint.value == bindparam("value"),
        ContactPoint.contact_id != bindparam("contact_id"), ContactPoint.state != "bad",
        ~exists()
        .where(
            _theirs.organisation_id == ContactPoint.organisation_id, _theirs.contact_id == ContactPoint.contact_id,
            _mine.organisation_id == _theirs.organisation_id, _mine.pupil_id == _theirs.pupil_id,
            _mine.contact_id == bindparam("contact_id"),
        )
        .correlate(ContactPoint),
    )
)  # fmt: skip
_TASK = select(Task.id, Task.version).where(
    Task.organisation_id == bindparam("organisation_id"), Task.kind == TASK, Task.subject_kind == TASK,
    Task.subject_id == bindparam("change_id"), Task.state == "open",
)  # fmt: skip
_POINTS = (
    select(ContactPoint.organisation_id, ContactPoint.contact_id, ContactPoint.kind, ContactPoint.value,
           ContactPoint.state)
    .where(tuple_(ContactPoint.organisation_id, ContactPoint.contact_id).in_(bindparam("contacts", expanding=True)))
    .order_by(ContactPoint.organisation_id, ContactPoint.priority, ContactPoint.id)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class HeldPoint:
    """A number or address that school holds of a contact, and whether it works."""

    organisation_id: int
    contact_id: int
    kind: str
    value: str
    state: str


def held_points(db: Connection, contacts: Collection[ContactKey]) -> Sequence[HeldPoint]:
    """What school holds to reach these contacts, best first; of nobody else."""
    rows = db.execute(_POINTS, {"contacts": _pairs(contacts)}) if contacts else ()
    return [HeldPoint(*row) for row in rows]


def own_changes(db: Connection, contacts: Collection[ContactKey]) -> Sequence[ChangeRow]:
    """What these contacts asked for, newest first; at most 20."""
    rows = db.execute(_OWN, {"contacts": _pairs(contacts)}) if contacts else ()
    # That another family holds a number is the office's alone.
    return [replace(ChangeRow(*row), held_elsewhere=False) for row in rows]


def open_changes(db: Connection, organisation_id: int, school_id: int, on: date) -> Sequence[ChangeRow]:
    """What waits for a school's office, the oldest first; at most 200; one statement."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "on": on}
    return [ChangeRow(*row) for row in db.execute(_OPEN, keys)]


def find_change(
    db: Connection, organisation_id: int, school_id: int, public_id: str, on: date, *, lock: bool = False
) -> ChangeRow | None:
    """One request to the school, whatever its state."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "public_id": public_id, "on": on}
    row = db.execute(_ONE.with_for_update(of=DetailChange) if lock else _ONE, keys).one_or_none()
    return ChangeRow(*row) if row is not None else None


def waiting_of(db: Connection, organisation_id: int, contact_id: int) -> int:
    """How many requests of a contact wait."""
    return int(db.scalar(_WAITING, {"organisation_id": organisation_id, "contact_id": contact_id}) or 0)


def is_another_familys(db: Connection, organisation_id: int, contact_id: int, value: str) -> bool:
    """True if somebody of the organisation who shares no child with the contact holds the number or address."""
    keys = {"organisation_id": organisation_id, "contact_id": contact_id, "value": value}
    return bool(db.scalar(_ANOTHER_FAMILY, keys))


def task_of(db: Connection, organisation_id: int, change_id: int) -> tuple[int, int] | None:
    """(id, version) of the open task of a request."""
    row = db.execute(_TASK, {"organisation_id": organisation_id, "change_id": change_id}).one_or_none()
    return (row.id, row.version) if row is not None else None


def _pairs(contacts: Collection[ContactKey]) -> list[tuple[int, int]]:
    return sorted({(one.organisation_id, one.contact_id) for one in contacts})
