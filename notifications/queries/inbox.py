"""The texts that came to a school, words of danger first, then the newest; and how many wait."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, func, or_, select

from notifications.models import InboundMessage
from webapp.people.models import Contact, Enrolment, Pupil
from webapp.people.rules.contact_points import national

HIDDEN = "For the safeguarding lead"
"""What stands for the words of danger before those who need not know them."""


@dataclass(frozen=True, slots=True)
class InboundRow:
    """One text. ``candidates`` are the enrolments that it may be about, ``enrolment_id`` the one that it is about.

    ``suggestion`` holds what the reader of replies made of it: reason, symptoms, sure, alarm, wants_call, children
    (positions in ``candidates``), dangers.
    """

    id: int
    public_id: str
    school_id: int | None
    contact_id: int | None
    contact_name: str
    sender: str
    words: str
    reading: str
    suggestion: dict[str, Any]
    danger: bool
    candidates: tuple[int, ...]
    enrolment_id: int | None
    child: str
    state: str
    received_at: datetime
    settled_at: datetime | None
    settled_by: str
    answers_message_id: int | None


_ROWS: Select[Any] = (
    select(
        InboundMessage.id, InboundMessage.public_id, InboundMessage.school_id, InboundMessage.contact_id,
        (Contact.first_name + " " + Contact.last_name).label("contact_name"), InboundMessage.sender,
        InboundMessage.body, InboundMessage.reading, InboundMessage.suggestion, InboundMessage.danger,
        InboundMessage.candidates, InboundMessage.enrolment_id,
        (Pupil.first_name + " " + Pupil.last_name).label("child"), InboundMessage.state, InboundMessage.received_at,
        InboundMessage.settled_at, InboundMessage.settled_by, InboundMessage.answers_message_id,
    )
    .outerjoin(
        Contact,
        and_(Contact.organisation_id == InboundMessage.organisation_id, Contact.id == InboundMessage.contact_id),
    )
    .outerjoin(
        Enrolment,
        and_(Enrolment.organisation_id == InboundMessage.organisation_id, Enrolment.id == InboundMessage.enrolment_id),
    )
    .outerjoin(Pupil, and_(Pupil.organisation_id == Enrolment.organisation_id, Pupil.id == Enrolment.pupil_id))
    .where(InboundMessage.organisation_id == bindparam("organisation_id"))
)  # fmt: skip
# A text whose school is not known stands in the inbox of each school of the organisation: nothing unanswered is hidden.
_here = or_(InboundMessage.school_id == bindparam("school_id"), InboundMessage.school_id.is_(None))
_INBOX = (
    _ROWS.where(_here, InboundMessage.state == bindparam("state"))
    .order_by(InboundMessage.danger.desc(), InboundMessage.received_at.desc(), InboundMessage.id.desc())
    .limit(bindparam("limit"))
)
_ONE = _ROWS.where(_here, InboundMessage.public_id == bindparam("public_id"))
_NEW = select(func.count()).where(
    InboundMessage.organisation_id == bindparam("organisation_id"), _here, InboundMessage.state == "new"
)


def inbox_of(
    db: Connection, organisation_id: int, school_id: int, *, state: str = "new", sees_danger: bool, limit: int = 200
) -> Sequence[InboundRow]:
    """The texts to a school, ``state`` new or settled, in one statement.

    Who does not see danger sees that a text came, and not what it says.
    """
    keys = {"organisation_id": organisation_id, "school_id": school_id, "state": state, "limit": limit}
    return [_shown(row, sees_danger) for row in db.execute(_INBOX, keys)]


def find_inbound(
    db: Connection, organisation_id: int, school_id: int, public_id: str, *, sees_danger: bool
) -> InboundRow | None:
    """One text to a school, or None."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "public_id": public_id}
    row = db.execute(_ONE, keys).one_or_none()
    return None if row is None else _shown(row, sees_danger)


def unsettled_count(db: Connection, organisation_id: int, school_id: int) -> int:
    """How many texts to a school nobody has dealt with."""
    return db.execute(_NEW, {"organisation_id": organisation_id, "school_id": school_id}).scalar_one()


def _shown(row: Any, sees_danger: bool) -> InboundRow:
    hidden = row.danger and not sees_danger
    return InboundRow(
        id=row.id, public_id=row.public_id, school_id=row.school_id, contact_id=row.contact_id,
        contact_name=row.contact_name or "Unknown number",
        sender=national(row.sender) if row.sender.startswith("+") else row.sender,
        words=HIDDEN if hidden else row.body, reading="" if hidden else row.reading,
        suggestion={} if hidden else row.suggestion, danger=row.danger, candidates=tuple(row.candidates),
        enrolment_id=row.enrolment_id, child=row.child or "", state=row.state, received_at=row.received_at,
        settled_at=row.settled_at, settled_by=row.settled_by, answers_message_id=row.answers_message_id,
    )  # fmt: skip
