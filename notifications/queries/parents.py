"""The Messages page of a parent: what was sent to them, and what they have not opened."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, String, and_, bindparam, cast, func, select, tuple_

from notifications.models import Delivery, InboundMessage, Message, MessagePupil

NOT_SHOWN = (
    "sign_in_code", "new_device", "sign_in_locked", "passkey_doubted", "details_answered", "invitation",
)  # fmt: skip
"""Of signing in and of oneself, not of a child: they stand on no page."""
_SHOWN_FIRST = {"sms": 0, "email": 1, "push": 2}


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message as its reader sees it: ``words`` as sent, best of text, e-mail and push. ``channels`` are the ways
    that it went, ``link`` what its text leads to, ``by`` who at school wrote it, empty where nobody did; ``pupils`` are
    those it is about."""

    organisation_id: int
    id: int
    public_id: str
    school_id: int
    contact_id: int
    name: str
    about_kind: str
    about_id: int | None
    link: str
    words: str
    channels: tuple[str, ...]
    created_at: datetime
    read_at: datetime | None
    by: str = ""
    pupils: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One answer of the family; ``settled_at`` when the office had dealt with it."""

    words: str
    at: datetime
    settled_at: datetime | None


_whose = tuple_(Message.organisation_id, Message.contact_id).in_(bindparam("contacts", expanding=True))
_SHOWN = and_(_whose, Message.name.not_in(NOT_SHOWN), Message.kept.is_(False))
_PUPILS = (
    select(func.aggregate_strings(cast(MessagePupil.pupil_id, String), ","))
    .where(MessagePupil.organisation_id == Message.organisation_id, MessagePupil.message_id == Message.id)
    .correlate(Message)
    .scalar_subquery()
)
_COLUMNS = (
    Message.organisation_id, Message.id, Message.public_id, Message.school_id, Message.contact_id, Message.name,
    Message.about_kind, Message.about_id, Message.words, Message.created_at, Message.read_at,
    func.coalesce(_PUPILS, "").label("pupils"),
)  # fmt: skip
_NEWEST = (
    select(*_COLUMNS).where(_SHOWN).order_by(Message.created_at.desc(), Message.id.desc()).limit(bindparam("limit"))
)
_ONE = select(*_COLUMNS).where(_SHOWN, Message.public_id == bindparam("public_id"))
_UNREAD = select(func.count()).select_from(Message).where(_SHOWN, Message.read_at.is_(None))
_ANSWERS = (
    select(InboundMessage.body, InboundMessage.received_at, InboundMessage.settled_at)
    .where(
        InboundMessage.organisation_id == bindparam("organisation_id"),
        InboundMessage.answers_message_id == bindparam("message_id"),
        InboundMessage.contact_id == bindparam("contact_id"),
    )
    .order_by(InboundMessage.received_at, InboundMessage.id)
)
_ANSWERED = select(InboundMessage.organisation_id, InboundMessage.answers_message_id).where(
    tuple_(InboundMessage.organisation_id, InboundMessage.contact_id).in_(bindparam("contacts", expanding=True)),
    InboundMessage.answers_message_id.is_not(None),
)
_BODIES = select(Delivery.organisation_id, Delivery.message_id, Delivery.channel, Delivery.body).where(
    tuple_(Delivery.organisation_id, Delivery.message_id).in_(bindparam("messages", expanding=True))
)


def messages_of(db: Connection, contacts: Iterable[tuple[int, int]], limit: int = 50) -> Sequence[MessageRow]:
    """The newest messages to these contacts, (organisation, contact) pairs, in two statements."""
    pairs = list(contacts)
    return _with_words(db, db.execute(_NEWEST, {"contacts": pairs, "limit": limit}).all()) if pairs else []


def find_message(db: Connection, contacts: Iterable[tuple[int, int]], public_id: str) -> MessageRow | None:
    """One message to one of these contacts, or None."""
    pairs = list(contacts)
    rows = _with_words(db, db.execute(_ONE, {"contacts": pairs, "public_id": public_id}).all()) if pairs else []
    return rows[0] if rows else None


def unread_count(db: Connection, contacts: Iterable[tuple[int, int]]) -> int:
    """How many messages to these contacts have not been opened."""
    pairs = list(contacts)
    return db.execute(_UNREAD, {"contacts": pairs}).scalar_one() if pairs else 0


def answers_of(db: Connection, organisation_id: int, message_id: int, contact_id: int) -> Sequence[AnswerRow]:
    """What this contact answered to the message, by text or in the app, in order."""
    keys = {"organisation_id": organisation_id, "message_id": message_id, "contact_id": contact_id}
    return [AnswerRow(*row) for row in db.execute(_ANSWERS, keys)]


def answered_by(db: Connection, contacts: Iterable[tuple[int, int]]) -> frozenset[tuple[int, int]]:
    """(organisation, message) of what these contacts have answered, by text or in the app."""
    pairs = list(contacts)
    rows = db.execute(_ANSWERED, {"contacts": pairs}) if pairs else ()
    return frozenset((organisation_id, message_id or 0) for organisation_id, message_id in rows)


def _with_words(db: Connection, rows: Sequence[Any]) -> list[MessageRow]:
    bodies: dict[tuple[int, int], dict[str, str]] = defaultdict(dict)
    keys = [(row.organisation_id, row.id) for row in rows]
    if keys:
        for organisation_id, message_id, channel, body in db.execute(_BODIES, {"messages": keys}):
            bodies[organisation_id, message_id].setdefault(channel, body)
    shown = []
    for row in rows:
        held = bodies[row.organisation_id, row.id]
        ways = tuple(sorted(held, key=_SHOWN_FIRST.__getitem__))
        words = push_text(held["push"]) if ways == ("push",) else held[ways[0]] if ways else ""
        # What school wrote stands behind sign-in; what went out said only that there is something to read.
        words = str(row.words.get("body") or words)
        shown.append(MessageRow(
            row.organisation_id, row.id, row.public_id, row.school_id, row.contact_id, row.name, row.about_kind,
            row.about_id, str(row.words.get("link", "")), words, ways, row.created_at, row.read_at,
            str(row.words.get("by", "")), tuple(int(number) for number in row.pupils.split(",") if number),
        ))  # fmt: skip
    return shown


def push_text(payload: str) -> str:
    """What a push shows under its title."""
    return str(json.loads(payload)["notification"]["body"])
