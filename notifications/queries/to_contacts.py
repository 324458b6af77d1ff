"""What school sent to one adult, as the signed-in page shows it again: the text as it was sent."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, case, select, tuple_

from notifications.models import Delivery, Message, MessagePupil
from notifications.rules.message_kinds import KINDS

MOST_MESSAGES = 50
AnySelect = Select[*tuple[Any, ...]]
AnyRow = Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class SentMessage:
    """One message to a contact. ``body`` is empty where nothing could be sent."""

    organisation_id: int
    id: int
    public_id: str
    school_id: int
    name: str
    about_kind: str
    about_id: int | None
    created_at: datetime
    read_at: datetime | None
    body: str
    pupil_ids: frozenset[int]


_BODY = (
    select(Delivery.body)
    .where(
        Delivery.organisation_id == Message.organisation_id, Delivery.message_id == Message.id,
        Delivery.channel.in_(("sms", "email")),
    )
    .order_by(case((Delivery.channel == "sms", 0), else_=1), Delivery.id)
    .limit(1)
    .correlate(Message)
    .scalar_subquery()
)  # fmt: skip
_MESSAGES: AnySelect = (
    select(
        Message.organisation_id, Message.id, Message.public_id, Message.school_id, Message.name, Message.about_kind,
        Message.about_id, Message.created_at, Message.read_at, _BODY.label("body"),
    )
    .where(
        tuple_(Message.organisation_id, Message.contact_id).in_(bindparam("adults", expanding=True)),
        # What opens a door is never shown a second time.
        Message.name.in_([kind.name.value for kind in KINDS.values() if not kind.secret and not kind.to_staff]),
    )
    .order_by(Message.created_at.desc(), Message.id.desc())
    .limit(MOST_MESSAGES)
)  # fmt: skip
_ONE = _MESSAGES.where(Message.public_id == bindparam("public_id"))


def _with_pupils(statement: AnySelect) -> AnySelect:
    found = statement.subquery()
    return (
        select(found, MessagePupil.pupil_id)
        .outerjoin(
            MessagePupil,
            and_(MessagePupil.organisation_id == found.c.organisation_id, MessagePupil.message_id == found.c.id),
        )
        .order_by(found.c.created_at.desc(), found.c.id.desc())
    )


_LIST, _SINGLE = _with_pupils(_MESSAGES), _with_pupils(_ONE)


def messages_of(db: Connection, adults: Collection[tuple[int, int]]) -> Sequence[SentMessage]:
    """The newest messages to these contacts, (organisation, contact), newest first, in one statement."""
    return _read(db, _LIST, {"adults": sorted(adults)}) if adults else []


def find_message(db: Connection, adults: Collection[tuple[int, int]], public_id: str) -> SentMessage | None:
    """The message of that name, if it went to one of these contacts."""
    return next(iter(_read(db, _SINGLE, {"adults": sorted(adults), "public_id": public_id})), None) if adults else None


def _read(db: Connection, statement: AnySelect, keys: dict[str, Any]) -> list[SentMessage]:
    grouped: dict[tuple[int, int], list[AnyRow]] = {}
    for row in db.execute(statement, keys):
        grouped.setdefault((row.organisation_id, row.id), []).append(row)
    return [_message(rows) for rows in grouped.values()]


def _message(rows: list[AnyRow]) -> SentMessage:
    first = rows[0]
    pupils = frozenset(row.pupil_id for row in rows if row.pupil_id is not None)
    return SentMessage(*first[:9], first.body or "", pupils)
