"""Deliveries as rows: the words of each step of a plan, and the work that will send it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from notifications import compose
from notifications.channels import Channels
from notifications.compose import Voice, Written
from notifications.models import Delivery
from notifications.rules.delivery_states import DeliveryState
from notifications.rules.message_kinds import MessageKind, Urgency
from notifications.rules.policy import Channel, Step
from webapp.foundation import clock
from webapp.foundation.db import take_ids
from webapp.foundation.statements import adding
from webapp.foundation.work import NewWork, Priority, enqueue_many

WORK = "delivery"
"""The kind of work that sends one delivery."""
MANY_TRIES = 100
"""The deadline ends a delivery, not the number of its tries."""

_PRIORITY = {
    Urgency.CODE: Priority.SIGN_IN_CODE, Urgency.MISSING: Priority.ABSENCE, Urgency.ALARM: Priority.ABSENCE,
    Urgency.ASKED: Priority.ORDINARY, Urgency.ORDINARY: Priority.ORDINARY,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message with its number: what its deliveries are made from."""

    organisation_id: int
    message_id: int
    public_id: str
    school_id: int
    person: str
    kind: MessageKind
    about_kind: str
    about_id: int | None
    words: Mapping[str, Any]
    voice: Voice


def write(envelope: Envelope, channel: Channel, channels: Channels) -> Written:
    """The words of a message on one channel."""
    if channel is Channel.PUSH:
        return compose.push(
            envelope.kind.name, envelope.voice, navigate=_page(envelope, channels), tag=topic_of(envelope)
        )
    make = compose.sms if channel is Channel.SMS else compose.email
    return make(envelope.kind.name, envelope.words, envelope.voice)


def topic_of(envelope: Envelope) -> str:
    """One for all pushes to a person about one thing, so that a correction takes the place of what it corrects."""
    about = envelope.about_id if envelope.about_id is not None else envelope.message_id
    return compose.push_tag(envelope.organisation_id, envelope.person, envelope.about_kind, about)


def _page(envelope: Envelope, channels: Channels) -> str:
    link = envelope.words.get("link")
    return str(link) if link else f"{channels.public_url}/messages/{envelope.public_id}"


def add_deliveries(
    tx: Connection, batch: Sequence[tuple[Envelope, Sequence[Step]]], channels: Channels
) -> list[list[int]]:
    """Write the deliveries of these messages and queue the work that sends them; returns their ids, a list a message.

    A push for which the message has no words is left out.
    """
    now, school_now, offset = clock.machine_now(), clock.school_now(), clock.school_offset()
    steps = [[step for step in steps if _has_words(envelope, step)] for envelope, steps in batch]
    ids = iter(take_ids(tx, Delivery, sum(len(one) for one in steps)))
    rows: list[dict[str, Any]] = []
    works: list[NewWork] = []
    made: list[list[int]] = []
    for (envelope, _), wanted in zip(batch, steps, strict=True):
        written: dict[Channel, Written] = {}
        made.append([])
        for step in wanted:
            if step.channel not in written:
                written[step.channel] = write(envelope, step.channel, channels)
            number = next(ids)
            made[-1].append(number)
            due_at = now if step.not_before is None else step.not_before - offset
            rows.append(_row(envelope, step, written[step.channel], number, due_at, school_now))
            works.append(_work(envelope, number, step.not_before))
    if rows:
        tx.execute(adding(Delivery), rows)
        enqueue_many(tx, works)
    return made


def _has_words(envelope: Envelope, step: Step) -> bool:
    return step.channel is not Channel.PUSH or compose.has_push(envelope.kind.name)


def _row(
    envelope: Envelope, step: Step, written: Written, number: int, due_at: datetime, school_now: datetime
) -> dict[str, Any]:
    return {
        "organisation_id": envelope.organisation_id, "id": number, "message_id": envelope.message_id,
        "school_id": envelope.school_id, "channel": step.channel.value, "address": step.address,
        "subject": written.subject, "body": written.body, "html": written.html, "segments": written.parts,
        "state": DeliveryState.WAITING.value, "token": secrets.token_urlsafe(16), "unless_seen": step.unless_seen,
        "due_at": due_at, "created_at": school_now,
    }  # fmt: skip


def _work(envelope: Envelope, number: int, not_before: datetime | None) -> NewWork:
    return NewWork(
        kind=WORK, subject=subject_of(envelope.organisation_id, number), organisation_id=envelope.organisation_id,
        school_id=envelope.school_id, payload={"delivery": number}, priority=priority_of(envelope.kind),
        school_due_at=not_before,
    )  # fmt: skip


def subject_of(organisation_id: int, delivery_id: int) -> str:
    """How the queue names a delivery."""
    return f"{organisation_id}-{delivery_id}"


def priority_of(kind: MessageKind) -> Priority:
    """Sign-in codes, then a missing child, then the rest."""
    return _PRIORITY[kind.urgency]


def queue_again(
    tx: Connection, organisation_id: int, school_id: int, delivery_id: int, kind: MessageKind, *, slot: str,
    due_at: datetime | None = None,
) -> None:  # fmt: skip
    """Have a delivery sent at another time (machine time, None: now); ``slot`` names the occasion."""
    work = NewWork(
        kind=WORK, subject=subject_of(organisation_id, delivery_id), slot=slot, organisation_id=organisation_id,
        school_id=school_id, payload={"delivery": delivery_id}, priority=priority_of(kind), due_at=due_at,
    )  # fmt: skip
    enqueue_many(tx, [work])
