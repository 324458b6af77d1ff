"""The contacts of a school whom messages do not reach, or who never opened Firstbell: five statements, however many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, bindparam, exists, func, or_, select

from notifications.models import Delivery, Message
from webapp.accounts.rules.reach import Gap, Next, Reached, ReachNoteKind, gaps, is_done, next_step
from webapp.people.models import (
    Contact,
    ContactPoint,
    CourtOrder,
    Enrolment,
    Form,
    MessageStop,
    Placement,
    Pupil,
    PupilContact,
    ReachNote,
)
from webapp.people.rules.rights import CourtOrder as Order
from webapp.people.rules.rights import Link, Right, Rights, effective_rights, read_denies

_PAGES = frozenset({Right.VIEW_ATTENDANCE, Right.VIEW_PLANS, Right.VIEW_MESSAGES, Right.REPORT})
_LOOK_BACK = timedelta(days=90)
_ARRIVES = ("waiting", "unknown", "sent", "delivered")


@dataclass(frozen=True, slots=True)
class NoteRow:
    kind: str
    words: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class ReachRow:
    """One contact. ``children``: (name, year, form) of those at the school. ``how``: why the last message failed."""

    contact_id: int
    public_id: str
    name: str
    children: tuple[tuple[str, int | None, str], ...]
    phone: str
    gaps: tuple[Gap, ...]
    next: Next
    how: str
    done: bool
    notes: tuple[NoteRow, ...]
    facts: Reached
    reports_for: tuple[int, ...]


@dataclass(slots=True)
class _Held:
    public_id: str
    name: str
    opened: bool
    children: dict[int, tuple[str, int | None, str]] = field(default_factory=dict)
    links: dict[int, Link] = field(default_factory=dict)
    stopped: set[int] = field(default_factory=set)


_LINK = tuple(getattr(PupilContact, each.name) for each in fields(Link))
_ON: Any = bindparam("on", type_=Enrolment.starts_on.type)
_STOPPED = (
    exists()
    .where(
        MessageStop.organisation_id == PupilContact.organisation_id, MessageStop.pupil_id == PupilContact.pupil_id,
        MessageStop.lifted_at.is_(None),
        or_(MessageStop.contact_id.is_(None), MessageStop.contact_id == PupilContact.contact_id),
    )
    .correlate(PupilContact)
)  # fmt: skip


def _dated(table: Any) -> Any:
    return and_(table.starts_on <= _ON, or_(table.ends_on.is_(None), table.ends_on >= _ON))


_BASE = (
    select(PupilContact.contact_id)
    .join(
        Enrolment,
        and_(Enrolment.organisation_id == PupilContact.organisation_id, Enrolment.pupil_id == PupilContact.pupil_id),
    )
    .where(
        PupilContact.organisation_id == bindparam("organisation_id"), Enrolment.school_id == bindparam("school_id"),
        _dated(Enrolment), ~PupilContact.is_pupil, ~PupilContact.do_not_contact,
        or_(PupilContact.may_view_attendance, PupilContact.may_view_plans, PupilContact.may_view_messages,
            PupilContact.may_report),
    )
)  # fmt: skip
_ROWS: Any = (
    _BASE.with_only_columns(
        *_LINK, _STOPPED.label("stopped"), Contact.public_id, Contact.first_name, Contact.last_name,
        Contact.opened_at, Pupil.first_name.label("child_first"), Pupil.last_name.label("child_last"),
        Placement.year_group, Form.name.label("form"),
    )
    .join(
        Contact, and_(Contact.organisation_id == PupilContact.organisation_id, Contact.id == PupilContact.contact_id)
    )
    .join(Pupil, and_(Pupil.organisation_id == PupilContact.organisation_id, Pupil.id == PupilContact.pupil_id))
    .outerjoin(
        Placement,
        and_(
            Placement.organisation_id == Enrolment.organisation_id, Placement.school_id == Enrolment.school_id,
            Placement.enrolment_id == Enrolment.id, _dated(Placement),
        ),
    )
    .outerjoin(Form, and_(Form.organisation_id == Placement.organisation_id, Form.id == Placement.form_id))
    .order_by(Contact.last_name, Contact.first_name, Contact.id, Pupil.id)
)  # fmt: skip
_POINTS: Any = (
    select(ContactPoint.contact_id, ContactPoint.kind, ContactPoint.state, ContactPoint.value)
    .where(ContactPoint.organisation_id == bindparam("organisation_id"), ContactPoint.contact_id.in_(_BASE))
    .order_by(ContactPoint.contact_id, ContactPoint.priority, ContactPoint.id)
)
_ORDERS: Any = select(
    CourtOrder.pupil_id, CourtOrder.contact_id, CourtOrder.denies, CourtOrder.starts_on, CourtOrder.ends_on,
    CourtOrder.review_on,
).where(CourtOrder.organisation_id == bindparam("organisation_id"), CourtOrder.contact_id.in_(_BASE))  # fmt: skip
_LAST = (
    select(func.max(Message.id).label("id"))
    .where(
        Message.organisation_id == bindparam("organisation_id"), Message.school_id == bindparam("school_id"),
        Message.contact_id.in_(_BASE), Message.created_at >= bindparam("since", type_=Message.created_at.type),
        Message.name.not_in(("sign_in_code", "new_device", "sign_in_locked")), ~Message.kept,
    )
    .group_by(Message.contact_id)
    .subquery()
)  # fmt: skip
_SENT: Any = (
    select(Message.contact_id, Message.created_at, Delivery.state, Delivery.channel, Delivery.error_words)
    .join(_LAST, _LAST.c.id == Message.id)
    .outerjoin(
        Delivery, and_(Delivery.organisation_id == Message.organisation_id, Delivery.message_id == Message.id)
    )
    .where(Message.organisation_id == bindparam("organisation_id"))
    .order_by(Message.contact_id, Delivery.id)
)  # fmt: skip
_NOTES: Any = (
    select(ReachNote.contact_id, ReachNote.kind, ReachNote.words, ReachNote.at, ReachNote.by)
    .where(
        ReachNote.organisation_id == bindparam("organisation_id"), ReachNote.school_id == bindparam("school_id"),
        ReachNote.contact_id.in_(_BASE),
    )
    .order_by(ReachNote.contact_id, ReachNote.at.desc(), ReachNote.id.desc())
)  # fmt: skip


def not_reached(
    db: Connection, organisation_id: int, school_id: int, on: date, now: datetime, *, year: int | None = None,
    form: str = "", contact: str = "",
) -> Sequence[ReachRow]:  # fmt: skip
    """Who stands on the list, by name; with ``contact`` (a public id) that one whether or not they stand on it.

    Whoever an order or a stop keeps from everything is for the DSL, and is not listed. ``year`` and ``form`` are those
    of a child of theirs at the school.
    """
    keys = {"organisation_id": organisation_id, "school_id": school_id, "on": on}
    people = _people(db, keys)
    orders: dict[int, list[Order]] = defaultdict(list)
    for row in db.execute(_ORDERS, keys):
        denies = read_denies(row.denies)
        orders[row.contact_id].append(
            Order(row.pupil_id, row.contact_id, denies, row.starts_on, row.ends_on, row.review_on)
        )
    points: dict[int, list[Any]] = defaultdict(list)
    for row in db.execute(_POINTS, keys):
        points[row.contact_id].append(row)
    sent: dict[int, list[Any]] = defaultdict(list)
    for row in db.execute(_SENT, {**keys, "since": now - _LOOK_BACK}):
        sent[row.contact_id].append(row)
    notes: dict[int, list[NoteRow]] = defaultdict(list)
    for row in db.execute(_NOTES, keys):
        notes[row.contact_id].append(NoteRow(row.kind, row.words, row.at, row.by))
    found = []
    for contact_id, held in people.items():
        rights = [
            effective_rights(link, orders[contact_id], on)
            for pupil_id, link in held.links.items()
            if pupil_id not in held.stopped
        ]
        if not any(each.allowed & _PAGES for each in rights) or not _wanted(held, year, form, contact):
            continue
        one = _row(contact_id, held, points[contact_id], sent[contact_id], notes[contact_id], rights, now)
        if one.gaps or contact:
            found.append(one)
    return found


def _people(db: Connection, keys: dict[str, Any]) -> dict[int, _Held]:
    people: dict[int, _Held] = {}
    width = len(_LINK)
    for row in db.execute(_ROWS, keys):
        link = Link(*row[:width])
        name = f"{row.first_name} {row.last_name}"
        held = people.setdefault(link.contact_id, _Held(row.public_id, name, row.opened_at is not None))
        held.links[link.pupil_id] = link
        held.children[link.pupil_id] = (f"{row.child_first} {row.child_last}", row.year_group, row.form or "")
        if row.stopped:
            held.stopped.add(link.pupil_id)
    return people


def _wanted(held: _Held, year: int | None, form: str, contact: str) -> bool:
    if contact:
        return held.public_id == contact
    return any(
        (year is None or of_year == year) and (not form or of_form == form)
        for _, of_year, of_form in held.children.values()
    )


def _row(
    contact_id: int, held: _Held, points: Sequence[Any], sent: Sequence[Any], notes: Sequence[NoteRow],
    rights: Sequence[Rights], now: datetime,
) -> ReachRow:  # fmt: skip
    failed = bool(sent) and not any(row.state in _ARRIVES for row in sent)
    reports_for = tuple(each.link.pupil_id for each in rights if Right.REPORT in each.allowed)
    facts = Reached(
        [(row.kind, row.state) for row in points], held.opened, failed, sent[0].created_at if failed else None,
        tuple(note.at for note in notes if note.kind == ReachNoteKind.INVITED),
        next((note.at for note in notes if note.kind == ReachNoteKind.DONE), None), bool(reports_for),
    )  # fmt: skip
    phone = next((row.value for row in points if row.kind != "email" and row.state != "bad"), "")
    how = next((f"{row.channel}: {row.error_words}" for row in sent if row.error_words), "") if failed else ""
    return ReachRow(
        contact_id, held.public_id, held.name, tuple(held.children.values()), phone, gaps(facts),
        next_step(facts, now), how, is_done(facts, now), tuple(notes), facts, reports_for,
    )  # fmt: skip
