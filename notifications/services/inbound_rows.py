"""Words that came from a family, by text or in the app: kept once as they came, and told to those above."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from notifications.events import InboundReceived
from notifications.models import InboundMessage
from notifications.rules.replies import Reading
from notifications.services.inbound_meant import Meant
from webapp.foundation import events, ids, trail
from webapp.foundation.db import take_ids
from webapp.foundation.trail import Actor, ActorKind, Deed

_KEY = ("organisation_id", "provider", "provider_id")
_INSERT = {
    "sqlite": sqlite_insert(InboundMessage)
    .on_conflict_do_nothing(index_elements=_KEY)
    .returning(InboundMessage.id),
    "postgresql": postgresql_insert(InboundMessage)
    .on_conflict_do_nothing(index_elements=_KEY)
    .returning(InboundMessage.id),
}


_LONGEST_ID = 80
IN_APP = "app"
"""The provider, and the sender, of what was written in the app."""


@dataclass(frozen=True, slots=True)
class Inbound:
    """The words as they came; ``provider`` and ``provider_id`` name them once. ``sender``: a number, or the app."""

    organisation_id: int
    provider: str
    provider_id: str
    sender: str
    text: str
    now: datetime


def keep_in(tx: Connection, inbound: Inbound, heard: Sequence[Meant], *, first_answer: bool) -> int | None:
    """The number of the first new row, or None where the words are there already. Of several children each has a row,
    so that what is done about one leaves the others waiting."""
    first = None
    for place, meant in enumerate(heard):
        provider_id = inbound.provider_id
        if place and meant.chosen is not None:
            provider_id = f"{provider_id}:{meant.chosen.enrolment_id}"
        if place or len(provider_id) > _LONGEST_ID:
            # Cut short, two ids might be one.
            provider_id = hashlib.sha256(provider_id.encode()).hexdigest()
        number = _keep_one(tx, inbound, provider_id, meant, first_answer=first_answer and not place)
        if first is None:
            if number is None:
                return None
            first = number
    return first


def _keep_one(
    tx: Connection, inbound: Inbound, provider_id: str, meant: Meant, *, first_answer: bool
) -> int | None:
    chosen, answers, reading = meant.chosen, meant.answers, meant.reading
    number = take_ids(tx, InboundMessage)[0]
    row = {
        "organisation_id": inbound.organisation_id, "id": number, "public_id": ids.public_id(),
        "provider": inbound.provider, "provider_id": provider_id, "sender": inbound.sender,
        "body": inbound.text, "received_at": inbound.now, "school_id": meant.school_id,
        "contact_id": meant.contact_id, "enrolment_id": chosen.enrolment_id if chosen else None,
        "answers_message_id": answers.message_id if answers else None,
        "candidates": [child.enrolment_id for child in meant.children], "reading": reading.meaning.value,
        "suggestion": _suggestion(reading), "danger": bool(reading.dangers),
    }  # fmt: skip
    if tx.execute(_INSERT[tx.dialect.name], row).scalar_one_or_none() is None:
        return None
    actor = Actor(ActorKind.CONTACT, meant.contact_id, meant.name)
    deed = Deed("sent_text", "inbound_message", number, meant.school_id, chosen.pupil_id if chosen else None)
    trail.write(tx, inbound.organisation_id, actor, deed)
    events.emit(tx, InboundReceived(
        organisation_id=inbound.organisation_id, inbound_id=number, school_id=meant.school_id,
        contact_id=meant.contact_id, enrolment_ids=tuple(child.enrolment_id for child in meant.children),
        words=inbound.text, reading=reading, answers_message_id=answers.message_id if answers else None,
        about_kind=answers.about_kind if answers else "", about_id=answers.about_id if answers else None,
        first_answer=first_answer, at=inbound.now, way="in the app" if inbound.provider == IN_APP else "by text",
    ))  # fmt: skip
    return number


def _suggestion(reading: Reading) -> dict[str, Any]:
    return {
        "reason": reading.reason, "symptoms": list(reading.symptoms), "sure": reading.sure, "alarm": reading.alarm,
        "wants_call": reading.wants_call, "children": list(reading.children),
        "dangers": [found.kind.value for found in reading.dangers],
    }  # fmt: skip
