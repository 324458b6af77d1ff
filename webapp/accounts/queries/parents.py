"""Who looks at a parent's page, and what they may do for which child: sign-in and rights in one statement.

Rights are read from the record at every request, so that what the office takes away is gone at the next tap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, or_, select
from sqlalchemy.sql.elements import ColumnElement

from webapp.accounts.models import Session, SessionContact
from webapp.accounts.queries.own_voice import is_shared, what_school_says
from webapp.accounts.rules.codes import Door
from webapp.foundation.statements import plain
from webapp.foundation.trail import Actor, ActorKind
from webapp.foundation.types import Instant
from webapp.people.models import (
    Contact,
    ContactPoint,
    CourtOrder,
    Enrolment,
    Form,
    Placement,
    Pupil,
    PupilContact,
    School,
)
from webapp.people.rules import rights as rules
from webapp.people.rules.own_voice import ParentsSee, SignOut
from webapp.people.rules.rights import Right, Rights

AnyRow = Row[*tuple[Any, ...]]
_MERELY_COLLECTS = frozenset({Right.COLLECT})


@dataclass(frozen=True, slots=True)
class ViewerSchool:
    """A school as a parent's page names it."""

    organisation_id: int
    id: int
    public_id: str
    code: str
    name: str
    sms_name: str
    phone: str
    colour: int


@dataclass(frozen=True, slots=True)
class ViewerEnrolment:
    """A child's place at one school today. ``form_name`` is empty where the school has not said."""

    id: int
    kind: str
    school: ViewerSchool
    year_group: int | None
    form_name: str


@dataclass(frozen=True, slots=True)
class ViewerContact:
    """As whom somebody acts in one organisation. ``own_pupil_id``: as a pupil, for themselves."""

    organisation_id: int
    id: int
    public_id: str
    first_name: str
    last_name: str
    language: str
    child_words: str
    own_pupil_id: int | None = None

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def actor(self) -> Actor:
        """The contact as the trail and an amendment name them."""
        if self.own_pupil_id is not None:
            return Actor(ActorKind.PUPIL, self.own_pupil_id, self.name)
        return Actor(ActorKind.CONTACT, self.id, self.name)


@dataclass(frozen=True, slots=True)
class ViewerChild:
    """A child on roll for whom the viewer may do at least one thing on a page; for a pupil, themselves.

    ``parents_see`` and ``sign_out`` are of a pupil who answers for themselves.
    """

    organisation_id: int
    id: int
    public_id: str
    first_name: str
    last_name: str
    date_of_birth: date
    contact: ViewerContact
    rights: Rights
    enrolments: tuple[ViewerEnrolment, ...]
    parents_see: ParentsSee = ParentsSee.EVERYTHING
    sign_out: SignOut = SignOut.NO

    def may(self, what: Right) -> bool:
        return rules.may(self.rights, what)


@dataclass(frozen=True, slots=True)
class ParentViewer:
    """A signed-in parent, or a pupil for themselves. No contacts: they have yet to say who they are, or the school took
    the number away, or the pupil does not answer for themselves any more."""

    session_id: int
    public_id: str
    point_kind: str
    point_value: str
    seen_at: datetime
    contacts: tuple[ViewerContact, ...]
    children: tuple[ViewerChild, ...]
    stepped_up_at: datetime | None = None
    """When a code or a passkey last proved who is here."""

    @property
    def is_pupil(self) -> bool:
        """A pupil, who sees themselves and nobody else."""
        return any(contact.own_pupil_id is not None for contact in self.contacts)

    def find_child(self, public_id: str) -> ViewerChild | None:
        """The child of that name in a URL, if this viewer may see them at all."""
        return next((child for child in self.children if child.public_id == public_id), None)

    def find_child_of(self, organisation_id: int, pupil_id: int) -> ViewerChild | None:
        """The child with that id, if this viewer may see them at all."""
        return next(
            (child for child in self.children if (child.organisation_id, child.id) == (organisation_id, pupil_id)), None
        )

    def find_contact(self, organisation_id: int) -> ViewerContact | None:
        """As whom the viewer acts in that organisation."""
        return next((contact for contact in self.contacts if contact.organisation_id == organisation_id), None)


def same(left: type[Any], right: type[Any], **columns: str) -> ColumnElement[bool]:
    """The two rows belong to one organisation, and each named column of ``left`` equals that column of ``right``."""
    return and_(
        left.organisation_id == right.organisation_id,
        *(getattr(left, mine) == getattr(right, theirs) for mine, theirs in columns.items()),
    )


def holds_on(table: type[Any], on: ColumnElement[Any]) -> ColumnElement[bool]:
    """The dated row holds on the day, both ends included."""
    return and_(table.starts_on <= on, or_(table.ends_on.is_(None), table.ends_on >= on))


_on = bindparam("on", type_=Placement.starts_on.type)
_WHO = (
    Session.id.label("session_id"), Session.public_id.label("session_public_id"), Session.point_kind,
    Session.point_value, Session.seen_at, Session.stepped_up_at,
    Contact.organisation_id, Contact.id.label("contact_key"), Contact.public_id.label("contact_public_id"),
    Contact.first_name.label("contact_first_name"), Contact.last_name.label("contact_last_name"),
    Contact.language, Contact.child_words,
)  # fmt: skip
# The rule's own fields, in its order: a right that is added there is read here.
_LINK = tuple(getattr(PupilContact, field).label(f"link_{field}") for field in rules.Link.__dataclass_fields__)
_LINK_COLUMNS = slice(len(_WHO), len(_WHO) + len(_LINK))

# A chain of left joins and no bracket: SQLite would build a bracketed join whole before it looks for one contact.
PARENT = plain(
    select(
        *_WHO, *_LINK,
        Pupil.public_id, Pupil.first_name, Pupil.last_name, Pupil.date_of_birth,
        Enrolment.id.label("enrolment_id"), Enrolment.kind.label("enrolment_kind"),
        School.id.label("school_id"), School.public_id.label("school_public_id"), School.code, School.name,
        School.sms_name, School.phone, School.colour,
        Placement.year_group, Form.name.label("form_name"),
        CourtOrder.id.label("order_id"), CourtOrder.denies, CourtOrder.starts_on.label("order_starts_on"),
        CourtOrder.ends_on.label("order_ends_on"), CourtOrder.review_on,
    )
    .select_from(Session)
    .outerjoin(SessionContact, SessionContact.session_id == Session.id)
    .outerjoin(
        ContactPoint,
        and_(
            same(ContactPoint, SessionContact, contact_id="contact_id"),
            ContactPoint.value == Session.point_value,
            ContactPoint.state != "bad",
        ),
    )
    .outerjoin(Contact, same(Contact, ContactPoint, id="contact_id"))
    .outerjoin(PupilContact, same(PupilContact, Contact, contact_id="id"))
    .outerjoin(Pupil, same(Pupil, PupilContact, id="pupil_id"))
    .outerjoin(Enrolment, and_(same(Enrolment, Pupil, pupil_id="id"), holds_on(Enrolment, _on)))
    .outerjoin(School, same(School, Enrolment, id="school_id"))
    .outerjoin(
        Placement,
        and_(
            same(Placement, Enrolment, school_id="school_id", enrolment_id="id"), holds_on(Placement, _on)
        ),
    )
    .outerjoin(Form, same(Form, Placement, id="form_id"))
    .outerjoin(CourtOrder, same(CourtOrder, PupilContact, pupil_id="pupil_id", contact_id="contact_id"))
    .where(
        Session.token_hash == bindparam("token_hash"),
        Session.door == Door.PARENT.value,
        Session.ended_at.is_(None),
        Session.expires_at > bindparam("now", type_=Instant()),
    )
)  # fmt: skip


def find_parent(db: Connection, token_hash: str, now: datetime, on: date) -> ParentViewer | None:
    """The parent whose session this is, their contacts and the children they may act for on the school day ``on``.

    None where the session is unknown, ended or over. One statement, however many children and orders there are.
    """
    rows = db.execute(PARENT, {"token_hash": token_hash, "now": now, "on": on}).all()
    if not rows:
        return None
    first = rows[0]
    contacts: dict[tuple[int, int], ViewerContact] = {}
    children: dict[tuple[int, int], list[AnyRow]] = {}
    for row in rows:
        if row.contact_key is None:
            continue
        contacts.setdefault((row.organisation_id, row.contact_key), _contact(row))
        if row.school_id is not None:
            children.setdefault((row.organisation_id, row.link_pupil_id), []).append(row)
    found = [
        _child(db, contacts[organisation_id, child[0].contact_key], child, on)
        for (organisation_id, _), child in children.items()
    ]
    shown = [child for child in found if child.rights.allowed - _MERELY_COLLECTS]
    own = {(child.organisation_id, child.contact.id) for child in shown if child.rights.link.is_pupil}
    entered = tuple(one for key, one in contacts.items() if one.own_pupil_id is None or key in own)
    if own and any(is_shared(db, *key, first.point_value) for key in own):
        # Somebody else holds the number by now: it does not say any more that this is the pupil.
        entered, shown = (), []
    return ParentViewer(
        session_id=first.session_id,
        public_id=first.session_public_id,
        point_kind=first.point_kind,
        point_value=first.point_value,
        seen_at=first.seen_at,
        contacts=entered,
        children=tuple(sorted(shown, key=lambda child: (child.date_of_birth, child.first_name, child.public_id))),
        stepped_up_at=first.stepped_up_at,
    )


def _contact(row: AnyRow) -> ViewerContact:
    return ViewerContact(
        row.organisation_id, row.contact_key, row.contact_public_id, row.contact_first_name, row.contact_last_name,
        row.language, row.child_words, row.link_pupil_id if row.link_is_pupil else None,
    )  # fmt: skip


def _child(db: Connection, contact: ViewerContact, rows: Sequence[AnyRow], on: date) -> ViewerChild:
    first = rows[0]
    link = rules.Link(*first[_LINK_COLUMNS])
    orders = {
        row.order_id: rules.CourtOrder(
            link.pupil_id, link.contact_id, rules.read_denies(row.denies), row.order_starts_on, row.order_ends_on,
            row.review_on,
        )
        for row in rows
        if row.order_id is not None
    }  # fmt: skip
    enrolments = {row.enrolment_id: _enrolment(row) for row in rows}
    said = what_school_says(
        db, rules.effective_rights(link, orders.values(), on), contact.organisation_id, first.date_of_birth, on,
        {row.school_id for row in rows},
    )  # fmt: skip
    return ViewerChild(
        organisation_id=contact.organisation_id,
        id=link.pupil_id,
        public_id=first.public_id,
        first_name=first.first_name,
        last_name=first.last_name,
        date_of_birth=first.date_of_birth,
        contact=contact,
        rights=said.rights,
        enrolments=tuple(enrolments.values()),
        parents_see=said.parents_see,
        sign_out=said.sign_out,
    )


def _enrolment(row: AnyRow) -> ViewerEnrolment:
    school = ViewerSchool(
        row.organisation_id, row.school_id, row.school_public_id, row.code, row.name, row.sms_name, row.phone,
        row.colour,
    )  # fmt: skip
    return ViewerEnrolment(row.enrolment_id, row.enrolment_kind, school, row.year_group, row.form_name or "")
