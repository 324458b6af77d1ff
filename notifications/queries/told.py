"""Everything that school told one adult, and what became of it, by key; rights are part of the question."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, or_, select, tuple_

from notifications.models import Delivery, Message, MessagePupil
from notifications.queries.parents import NOT_SHOWN, push_text
from notifications.rules.message_kinds import KINDS, MessageName
from notifications.rules.told_words import Way
from webapp.people.rules.contact_points import mask
from webapp.people.rules.rights import Right

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class ToldRow:
    """One message. ``texts`` are the words as sent, each once; ``corrects`` is the number of the message that this one
    corrects, None for any other."""

    organisation_id: int
    id: int
    public_id: str
    school_id: int
    name: str
    at: datetime
    read_at: datetime | None
    by: str
    texts: tuple[str, ...]
    ways: tuple[Way, ...]
    pupils: tuple[int, ...]
    corrects: int | None


def told_to(
    db: Connection, contacts: Collection[Pair], readable: Mapping[Right, Collection[Pair]], limit: int, *,
    before: tuple[datetime, int] | None = None, about: Pair | None = None,
) -> list[ToldRow]:  # fmt: skip
    """The newest messages to these contacts, (organisation, contact), at most ``limit``, in three statements.

    ``readable``: by right, the (organisation, pupil) for whom it holds now; a message is left out where one that it
    names is not among them. ``before``: the instant and number of the last of the page before; ``about``: one child.
    """
    if not contacts:
        return []
    found = (
        select(
            Message.organisation_id, Message.id, Message.public_id, Message.school_id, Message.name,
            Message.created_at, Message.read_at, Message.words, Message.key,
        )
        .where(
            tuple_(Message.organisation_id, Message.contact_id).in_(sorted(contacts)),
            Message.name.not_in(NOT_SHOWN), Message.kept.is_(False), _may_be_read(readable),
        )
        .order_by(Message.created_at.desc(), Message.id.desc())
        .limit(limit)
    )  # fmt: skip
    if before is not None:
        at, number = before
        found = found.where(Message.created_at <= at, or_(Message.created_at < at, Message.id < number))
    if about is not None:
        found = found.where(_names(MessagePupil.pupil_id == about[1]), Message.organisation_id == about[0])
    rows = db.execute(found).all()
    return _with_ways(db, rows) if rows else []


def _names(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """The message names a pupil for whom the conditions hold."""
    return (
        select(MessagePupil.pupil_id)
        .where(
            MessagePupil.organisation_id == Message.organisation_id, MessagePupil.message_id == Message.id, *conditions
        )
        .correlate(Message)
        .exists()
    )


def _may_be_read(readable: Mapping[Right, Collection[Pair]]) -> ColumnElement[bool]:
    """Every child that a message names is one for whom the right that it was sent by holds still."""
    by_right: dict[Right | None, list[MessageName]] = defaultdict(list)
    for kind in KINDS.values():
        by_right[kind.right].append(kind.name)
    either: list[ColumnElement[bool]] = []
    for right, names in by_right.items():
        named = Message.name.in_([name.value for name in names])
        if right is None:
            either.append(named)
            continue
        held = sorted(readable.get(right, ()))
        others = tuple_(MessagePupil.organisation_id, MessagePupil.pupil_id).not_in(held)
        either.append(and_(named, ~_names(others)))
    return or_(*either)


def _with_ways(db: Connection, rows: Sequence[Any]) -> list[ToldRow]:
    keys = [(row.organisation_id, row.id) for row in rows]
    ways: dict[Pair, list[Way]] = defaultdict(list)
    texts: dict[Pair, list[str]] = defaultdict(list)
    sent = select(
        Delivery.organisation_id, Delivery.message_id, Delivery.channel, Delivery.state, Delivery.address,
        Delivery.body, Delivery.created_at, Delivery.sent_at, Delivery.delivered_at,
    ).where(tuple_(Delivery.organisation_id, Delivery.message_id).in_(keys)).order_by(Delivery.id)  # fmt: skip
    for row in db.execute(sent):
        key = (row.organisation_id, row.message_id)
        address = "" if row.channel == "push" else mask(row.address)
        ways[key].append(Way(row.channel, row.state, address, row.created_at, row.sent_at, row.delivered_at))
        texts[key].append(push_text(row.body) if row.channel == "push" else row.body)
    pupils: dict[Pair, list[int]] = defaultdict(list)
    named = select(MessagePupil.organisation_id, MessagePupil.message_id, MessagePupil.pupil_id).where(
        tuple_(MessagePupil.organisation_id, MessagePupil.message_id).in_(keys)
    )
    for organisation_id, message_id, pupil_id in db.execute(named.order_by(MessagePupil.pupil_id)):
        pupils[organisation_id, message_id].append(pupil_id)
    return [
        ToldRow(
            row.organisation_id, row.id, row.public_id, row.school_id, row.name, row.created_at, row.read_at,
            str(row.words.get("by", "")), _said(row.words, texts[key]), tuple(ways[key]), tuple(pupils[key]),
            _corrects(row.name, row.key),
        )
        for row, key in zip(rows, keys, strict=True)
    ]  # fmt: skip


def _said(words: Mapping[str, Any], texts: Sequence[str]) -> tuple[str, ...]:
    """What school wrote stands behind sign-in; what went out said only that there is something to read."""
    link = str(words.get("link", ""))
    plain = [text.replace(f": {link}", "").replace(link, "").strip() if link else text for text in texts]
    return tuple(dict.fromkeys([*([str(words["body"])] if words.get("body") else []), *plain]))


def _corrects(name: str, key: str) -> int | None:
    """The message that a correction is about stands in its key (``first_day.services.telling.correct_in``)."""
    parts = key.split(":")
    return int(parts[2]) if name == MessageName.CORRECTION and len(parts) > 2 and parts[2].isdecimal() else None
