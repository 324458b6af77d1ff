"""The school's inbox: texts that came in, the newest first, and how many wait."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, or_, select

from notifications.models import InboundMessage

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class InboundRow:
    """A text that came in. ``candidates`` are enrolments that it may be about, ``suggestion`` what was made of it."""

    id: int
    public_id: str
    school_id: int | None
    contact_id: int | None
    enrolment_id: int | None
    answers_message_id: int | None
    sender: str
    body: str
    received_at: datetime
    candidates: Any
    reading: str
    suggestion: Any
    danger: bool
    state: str
    settled_at: datetime | None
    settled_by: str


# A text from a number that no school holds is shown to every school of the organisation, so that somebody reads it.
_THEIRS = (
    InboundMessage.organisation_id == bindparam("organisation_id"),
    or_(InboundMessage.school_id == bindparam("school_id"), InboundMessage.school_id.is_(None)),
)
_ROWS = select(*(getattr(InboundMessage, name) for name in InboundRow.__dataclass_fields__)).where(*_THEIRS)
_INBOX = (
    _ROWS.where(InboundMessage.state == bindparam("state"))
    .order_by(InboundMessage.danger.desc(), InboundMessage.received_at.desc(), InboundMessage.id.desc())
    .limit(MOST_SHOWN)
)
_ONE = _ROWS.where(InboundMessage.public_id == bindparam("public_id"))
_COUNT = select(func.count()).select_from(InboundMessage).where(*_THEIRS, InboundMessage.state == "new")


def inbox_of(db: Connection, organisation_id: int, school_id: int, state: str = "new") -> Sequence[InboundRow]:
    """The texts of a school in one state, words of danger first, then the newest."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "state": state}
    return [InboundRow(*row) for row in db.execute(_INBOX, keys)]


def find_inbound(db: Connection, organisation_id: int, school_id: int, public_id: str) -> InboundRow | None:
    """The text of that name, if it is the school's to read."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "public_id": public_id}
    row = db.execute(_ONE, keys).one_or_none()
    return InboundRow(*row) if row else None


def unsettled_count(db: Connection, organisation_id: int, school_id: int) -> int:
    """How many texts nobody has dealt with."""
    return db.execute(_COUNT, {"organisation_id": organisation_id, "school_id": school_id}).scalar_one()
