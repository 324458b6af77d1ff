"""Every row about a person, table by table of the map: the count of statements does not grow with the rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, LargeBinary, Select, and_, or_, select

from notifications.models import Delivery, Message, MessagePupil
from webapp.absence.models import AbsenceReport
from webapp.accounts.models import PasskeyContact, SessionContact
from webapp.first_day.models import FirstDayCase
from webapp.foundation.db import Base
from webapp.insight.rules.holdings import HOLDINGS, Path
from webapp.insight.rules.third_parties import Person, others_to_strike, session_number
from webapp.people.models import Contact, ContactPoint, Enrolment, Pupil, PupilContact, Staff, WithheldEntry


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose rows: a pupil, or a contact; exactly one."""

    organisation_id: int
    pupil_id: int | None
    contact_id: int | None


def rows_about(db: Connection, subject: Subject) -> Iterator[tuple[str, Sequence[Any]]]:
    """Table by table in the order of the map, each with its rows in order. Tables without rows are passed over."""
    for name, holding in HOLDINGS.items():
        path = holding.pupil if subject.pupil_id is not None else holding.contact
        if path is None:
            continue
        table = Base.metadata.tables[name]
        order = [table.c[holding.order]] if holding.order else []
        columns = [column for column in table.c if not isinstance(column.type, LargeBinary)]
        found = select(*columns).where(belongs(table, path, subject)).order_by(*order, *table.primary_key.columns)
        rows = db.execute(found).mappings().all()
        if rows:
            yield name, rows


def belongs(table: FromClause, path: Path, subject: Subject) -> ColumnElement[bool]:
    """Which rows of a table are the person's."""
    number = subject.pupil_id if subject.pupil_id is not None else subject.contact_id
    theirs = _which(table, path, subject, number)
    if "organisation_id" not in table.c:
        return theirs
    return and_(table.c.organisation_id == subject.organisation_id, theirs)


def _which(table: FromClause, path: Path, subject: Subject, number: int | None) -> ColumnElement[bool]:
    of, c = subject.organisation_id, table.c
    match path:
        case Path.SELF:
            return c.id == number
        case Path.PUPIL | Path.CONTACT | Path.COLLECTED:
            return c[path.value] == number
        case Path.ENROLMENT:
            return c.enrolment_id.in_(_enrolments(of, number))
        case Path.REPORT:
            return c.report_id.in_(_reports(subject, number))
        case Path.CASE:
            mine = select(FirstDayCase.id).where(FirstDayCase.organisation_id == of)
            return c.case_id.in_(mine.where(FirstDayCase.enrolment_id.in_(_enrolments(of, number))))
        case Path.OF_MESSAGE:
            return c.id.in_(_messages(subject, number))
        case Path.MESSAGE:
            return c.message_id.in_(_messages(subject, number))
        case Path.DELIVERY:
            mine = select(Delivery.id).where(Delivery.organisation_id == of)
            return c.delivery_id.in_(mine.where(Delivery.message_id.in_(_messages(subject, number))))
        case Path.ACTED:
            return and_(c.actor_kind == "contact", c.actor_id == number)
        case Path.SESSION:
            sessions = select(SessionContact.session_id).where(SessionContact.organisation_id == of)
            return c.id.in_(sessions.where(SessionContact.contact_id == number))
        case Path.PASSKEY:
            passkeys = select(PasskeyContact.passkey_id).where(PasskeyContact.organisation_id == of)
            return c.id.in_(passkeys.where(PasskeyContact.contact_id == number))
    raise LookupError(f"{path}: nobody has said which rows these are")


def _enrolments(of: int, pupil_id: int | None) -> Select[Any]:
    return select(Enrolment.id).where(Enrolment.organisation_id == of, Enrolment.pupil_id == pupil_id)


def _reports(subject: Subject, number: int | None) -> Select[Any]:
    mine = select(AbsenceReport.id).where(AbsenceReport.organisation_id == subject.organisation_id)
    if subject.pupil_id is None:
        return mine.where(AbsenceReport.contact_id == number)
    return mine.where(AbsenceReport.enrolment_id.in_(_enrolments(subject.organisation_id, number)))


def _messages(subject: Subject, number: int | None) -> Select[Any]:
    of = subject.organisation_id
    if subject.pupil_id is None:
        return select(Message.id).where(Message.organisation_id == of, Message.contact_id == number)
    return select(MessagePupil.message_id).where(MessagePupil.organisation_id == of, MessagePupil.pupil_id == number)


def load_person(db: Connection, subject: Subject, asks: int | None) -> Person:
    """Whose data it is and who asks (a contact's number, or None for the pupil), with everybody else around them."""
    of = subject.organisation_id
    contacts = db.execute(
        select(Contact.id, Contact.first_name, Contact.last_name).where(
            Contact.organisation_id == of, Contact.id.in_(_around(subject))
        )
    ).all()
    pupils = db.execute(
        select(Pupil.id, Pupil.first_name, Pupil.legal_first_name, Pupil.last_name).where(
            Pupil.organisation_id == of, Pupil.id.in_(_children(subject))
        )
    ).all()
    points = db.execute(
        select(ContactPoint.contact_id, ContactPoint.value).where(
            ContactPoint.organisation_id == of, ContactPoint.contact_id.in_(_around(subject))
        )
    ).all()
    staff = db.execute(select(Staff.first_name, Staff.last_name).where(Staff.organisation_id == of)).all()
    mine = subject.contact_id if subject.pupil_id is None else asks if asks is not None else _own_contact(db, subject)
    own: set[str] = set()
    others: set[str] = set()
    for contact in contacts:
        words = {contact.first_name, contact.last_name, f"{contact.first_name} {contact.last_name}"}
        (own if contact.id == mine else others).update(words)
    for pupil in pupils:
        words = {pupil.first_name, pupil.legal_first_name, pupil.last_name, f"{pupil.first_name} {pupil.last_name}"}
        (own if pupil.id == subject.pupil_id else others).update(words)
    others.update(point.value for point in points if point.contact_id != mine)
    return Person(
        is_pupil=subject.pupil_id is not None, contact_id=mine, names=frozenset(own),
        points=frozenset(point.value for point in points if point.contact_id == mine),
        contacts={contact.id: f"{contact.first_name} {contact.last_name}" for contact in contacts},
        staff=frozenset(f"{one.first_name} {one.last_name}" for one in staff),
        others=others_to_strike(others, own), withheld=_withheld(db, subject),
    )  # fmt: skip


def _own_contact(db: Connection, subject: Subject) -> int | None:
    """The contact that a pupil is as themselves; None for one who does not sign in."""
    return db.scalar(
        select(PupilContact.contact_id).where(
            PupilContact.organisation_id == subject.organisation_id, PupilContact.pupil_id == subject.pupil_id,
            PupilContact.is_pupil,
        )
    )  # fmt: skip


def _children(subject: Subject) -> Any:
    """The pupil and the children who share a contact with them; a contact's own children."""
    ties = select(PupilContact.pupil_id).where(PupilContact.organisation_id == subject.organisation_id)
    if subject.pupil_id is None:
        return ties.where(PupilContact.contact_id == subject.contact_id)
    own = select(PupilContact.contact_id).where(
        PupilContact.organisation_id == subject.organisation_id, PupilContact.pupil_id == subject.pupil_id
    )
    return ties.where(PupilContact.contact_id.in_(own)).union(select(Pupil.id).where(Pupil.id == subject.pupil_id))


def _around(subject: Subject) -> Any:
    """Every contact of those children, and the contact themselves."""
    ties = select(PupilContact.contact_id).where(
        PupilContact.organisation_id == subject.organisation_id, PupilContact.pupil_id.in_(_children(subject))
    )
    return ties.union(select(Contact.id).where(Contact.id == (subject.contact_id or 0)))


def _withheld(db: Connection, subject: Subject) -> frozenset[tuple[str, int]]:
    if subject.pupil_id is not None:
        whose = WithheldEntry.pupil_id == subject.pupil_id
    else:
        ties = select(PupilContact.pupil_id).where(
            PupilContact.organisation_id == subject.organisation_id, PupilContact.contact_id == subject.contact_id
        )
        whose = or_(WithheldEntry.contact_id == subject.contact_id, WithheldEntry.pupil_id.in_(ties))
    rows = db.execute(
        select(
            WithheldEntry.kind, WithheldEntry.subject_id, WithheldEntry.enrolment_id, WithheldEntry.date,
            WithheldEntry.half,
        ).where(WithheldEntry.organisation_id == subject.organisation_id, WithheldEntry.shown_at.is_(None), whose)
    )  # fmt: skip
    return frozenset(
        ("mark", session_number(row.enrolment_id, row.date, row.half))
        if row.kind == "mark"
        else (row.kind, row.subject_id)
        for row in rows
    )
