"""Sending: a message, its deliveries and the work that sends them, in the transaction of the deed that asks for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from notifications import channels as ways
from notifications.compose import LANGUAGE, Voice
from notifications.events import CallNeeded
from notifications.models import Message, MessagePupil
from notifications.queries.recipients import Recipients, hours_of, recipients_of
from notifications.rules import policy
from notifications.rules.policy import CallReason, Plan
from notifications.services.calling_off import keep_from_reader_in
from notifications.services.outgoing import Outgoing, Queued
from notifications.services.queueing import Envelope, add_deliveries
from webapp.foundation import events, ids
from webapp.foundation.clock import london, school_now
from webapp.foundation.db import take_ids
from webapp.foundation.statements import adding
from webapp.people.queries import get_school

_KEYS_AT_ONCE = 500
_MESSAGE: Any = Message.__table__
_KEY = ("organisation_id", "key")
# Returning what was added makes it one statement for many rows, and says which of them are new.
_INSERT = {
    "sqlite": sqlite_insert(_MESSAGE).on_conflict_do_nothing(index_elements=_KEY).returning(_MESSAGE.c.id),
    "postgresql": postgresql_insert(_MESSAGE).on_conflict_do_nothing(index_elements=_KEY).returning(_MESSAGE.c.id),
}


def send_in(tx: Connection, outgoing: Outgoing) -> Queued:
    """Queue one message."""
    return send_many_in(tx, [outgoing])[0]


def send_many_in(tx: Connection, outgoings: Sequence[Outgoing]) -> list[Queued]:
    """Queue many messages in a fixed number of statements an organisation; the answers come in the same order.

    Of two with one key the first counts; one whose key stands already adds nothing. A contact who may not be told of a
    child is not written to, whoever asks: the office hears of it (``CallNeeded``), as of all whom nothing reaches.
    """
    now = school_now()
    answers: dict[tuple[int, str], Queued] = {}
    in_order = sorted(outgoings, key=lambda one: one.organisation_id)
    for organisation_id, group in groupby(in_order, key=lambda one: one.organisation_id):
        wanted: dict[str, Outgoing] = {}
        for outgoing in group:
            wanted.setdefault(outgoing.key, outgoing)
        new, old = _add_messages(tx, organisation_id, list(wanted.values()), now)
        answers |= {(organisation_id, key): Queued(*found, new=False) for key, found in old.items()}
        answers |= {(organisation_id, key): queued for key, queued in _add_plans(tx, organisation_id, new, now)}
    return [answers[one.organisation_id, one.key] for one in outgoings]


_New = tuple[Outgoing, int, str]


def _add_messages(
    tx: Connection, organisation_id: int, wanted: Sequence[Outgoing], now: datetime
) -> tuple[list[_New], dict[str, tuple[int, str]]]:
    """The rows that are new, each with its number and public id; and those that stood there, by key."""
    rows: list[dict[str, Any]] = []
    for outgoing, number in zip(wanted, take_ids(tx, Message, len(wanted)), strict=True):
        kind = outgoing.kind
        rows.append({
            "organisation_id": organisation_id, "id": number, "public_id": ids.public_id(), "key": outgoing.key,
            "school_id": outgoing.school_id, "contact_id": outgoing.contact_id, "staff_id": outgoing.staff_id,
            "name": outgoing.name.value, "urgency": kind.urgency.value, "language": LANGUAGE,
            "about_kind": outgoing.about_kind, "about_id": outgoing.about_id,
            "words": {} if kind.secret else dict(outgoing.words), "created_at": now,
            "deadline": outgoing.deadline or _deadline(tx, outgoing, now),
        })  # fmt: skip
    added = set(tx.scalars(_INSERT[tx.dialect.name], rows))
    new = [(one, row["id"], row["public_id"]) for one, row in zip(wanted, rows, strict=True) if row["id"] in added]
    _add_pupils(tx, organisation_id, new)
    stood = [row["key"] for row in rows if row["id"] not in added]
    return new, _standing(tx, organisation_id, stood)


def _deadline(tx: Connection, outgoing: Outgoing, now: datetime) -> datetime:
    kind = outgoing.kind
    if kind.urgency.wakes:
        return now + kind.lifetime
    hours = hours_of(tx, outgoing.organisation_id, outgoing.school_id, london(now).date())
    return policy.not_quiet(now, hours) + kind.lifetime


def _standing(tx: Connection, organisation_id: int, keys: Sequence[str]) -> dict[str, tuple[int, str]]:
    stand: dict[str, tuple[int, str]] = {}
    for start in range(0, len(keys), _KEYS_AT_ONCE):
        some = keys[start : start + _KEYS_AT_ONCE]
        statement = select(Message.key, Message.id, Message.public_id).where(
            Message.organisation_id == organisation_id, Message.key.in_(some)
        )
        stand |= {row.key: (row.id, row.public_id) for row in tx.execute(statement)}
    return stand


def _add_pupils(tx: Connection, organisation_id: int, new: Iterable[_New]) -> None:
    rows = [
        {"organisation_id": organisation_id, "message_id": number, "pupil_id": pupil_id}
        for outgoing, number, _ in new
        for pupil_id in dict.fromkeys(outgoing.pupil_ids)
    ]
    if rows:
        tx.execute(adding(MessagePupil), rows)


def _add_plans(
    tx: Connection, organisation_id: int, new: Sequence[_New], now: datetime
) -> Iterable[tuple[str, Queued]]:
    if not new:
        return []
    channels = ways.current()
    everybody = recipients_of(
        tx, organisation_id,
        {one.contact_id for one, _, _ in new if one.contact_id is not None and one.to is None},
        {one.staff_id for one, _, _ in new if one.staff_id is not None and one.to is None},
        {pupil_id for one, _, _ in new for pupil_id in one.pupil_ids}, london(now).date(),
    )  # fmt: skip
    planned = [(one, number, public_id, _plan(tx, one, everybody, now)) for one, number, public_id in new]
    batch = [
        (_envelope(tx, one, number, public_id, everybody, channels.can_reply), plan.steps)
        for one, number, public_id, plan in planned
    ]
    add_deliveries(tx, batch, channels)
    refused = [number for _, number, _, plan in planned if plan.call is CallReason.NOT_ALLOWED]
    if refused:
        keep_from_reader_in(tx, organisation_id, refused)
    for outgoing, number, _, plan in planned:
        if plan.call is not None:
            events.emit(tx, _call(outgoing, number, plan.call))
    return [
        (one.key, Queued(number, public_id, True, tuple(step.channel.value for step in plan.steps), plan.call))
        for one, number, public_id, plan in planned
    ]


def _plan(tx: Connection, outgoing: Outgoing, everybody: Recipients, now: datetime) -> Plan:
    today = london(now).date()
    if not everybody.may_be_told(outgoing.kind, outgoing.contact_id, outgoing.pupil_ids, today):
        return Plan((), CallReason.NOT_ALLOWED)
    reach = everybody.reach(outgoing.contact_id, outgoing.staff_id) if outgoing.to is None else policy.Reach()
    hours = hours_of(tx, outgoing.organisation_id, outgoing.school_id, today)
    return policy.plan(outgoing.kind, reach, now, hours, given=outgoing.to)


def _envelope(
    tx: Connection, outgoing: Outgoing, number: int, public_id: str, everybody: Recipients, can_reply: bool
) -> Envelope:
    school = get_school(tx, outgoing.organisation_id, outgoing.school_id)
    voice = Voice(school.sms_name, school.phone, everybody.says_your_child(outgoing.contact_id), can_reply)
    return Envelope(
        organisation_id=outgoing.organisation_id, message_id=number, public_id=public_id,
        school_id=outgoing.school_id, person=person_of(outgoing.contact_id, outgoing.staff_id), kind=outgoing.kind,
        about_kind=outgoing.about_kind, about_id=outgoing.about_id, words=outgoing.words, voice=voice,
    )  # fmt: skip


def person_of(contact_id: int | None, staff_id: int | None) -> str:
    """One name for the person that a message is for."""
    return f"contact {contact_id}" if contact_id is not None else f"staff {staff_id}"


def _call(outgoing: Outgoing, number: int, why: CallReason) -> CallNeeded:
    fields: dict[str, Any] = {
        name: getattr(outgoing, name)
        for name in ("organisation_id", "school_id", "contact_id", "staff_id", "about_kind", "about_id", "pupil_ids")
    }
    return CallNeeded(message_id=number, name=outgoing.name.value, why=why.value, **fields)
