"""Texts that come in: kept once as they came, matched to contact and child, read for meaning, told to those above."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select, update

from notifications.events import InboundReceived, TextMoved
from notifications.models import InboundMessage
from notifications.queries.senders import (
    Asked,
    Holder,
    asked_lately,
    find_only_organisation,
    has_written_before,
    holders_of_number,
)
from notifications.rules.replies import Meaning, may_be_start, read_reply
from notifications.services.inbound_meant import Meant, hear
from notifications.services.inbound_rows import Inbound, keep_in
from notifications.services.points import opt_in_in, opt_out_in
from webapp.foundation import events, ids, trail
from webapp.foundation.clock import school_now
from webapp.foundation.db import unit_of_work
from webapp.foundation.trail import Actor, Deed
from webapp.people.rules.contact_points import ContactPointRefused, read_phone
from webapp.people.rules.names import clean_text
from webapp.people.rules.refusals import Refused

log = logging.getLogger("firstbell.notifications")

ANSWERS_WITHIN = timedelta(hours=36)
"""A text within this time of one of ours is taken to answer it."""
LONGEST = 4000
UNKNOWN_NUMBER = "Firstbell does not know this number. Please ring your school."
"""The answer to a number that no school of the service holds, so that the sender knows that nobody reads it."""


class InboundRefused(Refused):
    """A text that is settled already, or not there."""


@dataclass(frozen=True, slots=True)
class Received:
    """``inbound_ids`` are (organisation, row) of what is new; ``reply`` is the answer to send back, empty for none."""

    inbound_ids: tuple[tuple[int, int], ...]
    reply: str = ""


def receive_text(
    *, provider: str, provider_id: str, sender: str, words: str, opt_out_type: str = ""
) -> Received:
    """Keep a text, once in each organisation that it is for: that of the child it names, else all that hold the number.

    ``opt_out_type`` is the provider's own word for STOP, START or HELP. A number that nobody holds is kept where the
    service has one organisation only; elsewhere nobody may read it, and the sender is told to ring.
    """
    number = _number(sender)
    text = clean_text(words[:LONGEST], LONGEST) or "(no words)"
    now = school_now()
    with unit_of_work() as tx:
        holders = holders_of_number(tx, number)
        asked = asked_lately(tx, number, now - ANSWERS_WITHIN)
        heard = _heard(tx, holders, asked, text, now)
        if not heard:
            log.warning("a text from a number that nobody holds was not kept")
            return Received((), UNKNOWN_NUMBER)
        new = []
        # A provider that gives no id cannot say that a text is the same again: each is kept.
        provider_id = provider_id or ids.public_id()
        for organisation_id, rows in heard.items():
            first = not has_written_before(tx, organisation_id, number)
            inbound = Inbound(organisation_id, provider, provider_id, number, text, now)
            kept = keep_in(tx, inbound, rows, first_answer=first)
            if kept is not None:
                new.append((organisation_id, kept))
        if new:
            _stop_or_start(tx, number, text, opt_out_type)
    return Received(tuple(new))


def _number(sender: str) -> str:
    try:
        return read_phone(sender, allow_fictional=True, field="sender").value
    except ContactPointRefused:
        return clean_text(sender[:254], 254)


def _heard(
    tx: Connection, holders: Sequence[Holder], asked: Sequence[Asked], text: str, now: datetime
) -> dict[int, tuple[Meant, ...]]:
    """What the words mean in each organisation that holds the number or wrote to it; where they name a child of one
    family's school and of no other's, there alone. Neither learns of the other."""
    found = {one.organisation_id for one in asked} | {one.organisation_id for one in holders}
    if not found and (only := find_only_organisation(tx)) is not None:
        found = {only}
    heard = {
        organisation_id: hear(
            tx, organisation_id, [one for one in holders if one.organisation_id == organisation_id],
            next((one for one in asked if one.organisation_id == organisation_id), None), text, now,
        )
        for organisation_id in sorted(found)
    }  # fmt: skip
    return {key: rows for key, rows in heard.items() if any(one.is_by_name for one in rows)} or heard


def _stop_or_start(tx: Connection, number: str, text: str, opt_out_type: str) -> None:
    """A STOP that the provider names, or that can be nothing else. END and CANCEL alone are left to the office."""
    said = opt_out_type.strip().upper()
    if said == "STOP" or (not said and read_reply(text).meaning is Meaning.STOP):
        opt_out_in(tx, number, "sent STOP")
    elif said == "START" or (not said and may_be_start(text)):
        opt_in_in(tx, number, "sent START")


@dataclass(frozen=True, slots=True)
class NamedChild:
    """The child whom a person finds meant by a text."""

    school_id: int
    enrolment_id: int
    pupil_id: int
    first_name: str


def name_child(organisation_id: int, inbound_id: int, child: NamedChild, *, actor: Actor) -> None:
    """A person says which child a text is about, or that it is another than was thought: from now on its words count
    as though that had been known at once.

    It stays in the inbox until somebody deals with it. Raises InboundRefused when somebody has.
    """
    with unit_of_work() as tx:
        before = tx.execute(
            select(InboundMessage.enrolment_id, InboundMessage.candidates)
            .where(InboundMessage.organisation_id == organisation_id, InboundMessage.id == inbound_id)
            .with_for_update()
        ).one_or_none()
        row = tx.execute(
            update(InboundMessage)
            .where(
                InboundMessage.organisation_id == organisation_id, InboundMessage.id == inbound_id,
                InboundMessage.state == "new", InboundMessage.enrolment_id.is_distinct_from(child.enrolment_id),
            )
            .values(school_id=child.school_id, enrolment_id=child.enrolment_id, candidates=[child.enrolment_id])
            .returning(
                InboundMessage.contact_id, InboundMessage.body, InboundMessage.answers_message_id,
                InboundMessage.received_at,
            )
        ).one_or_none()  # fmt: skip
        if row is None or before is None:
            raise InboundRefused("text", "Somebody has dealt with this text. Look at it again.")
        detail = {"instead_of": before.enrolment_id} if before.enrolment_id is not None else {}
        deed = Deed("named_child", "inbound_message", inbound_id, child.school_id, child.pupil_id, detail)
        trail.write(tx, organisation_id, actor, deed)
        thought = {*before.candidates, before.enrolment_id} - {None, child.enrolment_id}
        events.emit(tx, TextMoved(
            organisation_id=organisation_id, inbound_id=inbound_id, contact_id=row.contact_id, words=row.body,
            enrolment_ids=tuple(sorted(thought)), at=row.received_at, actor=actor,
        ))  # fmt: skip
        events.emit(tx, InboundReceived(
            organisation_id=organisation_id, inbound_id=inbound_id, school_id=child.school_id,
            contact_id=row.contact_id, enrolment_ids=(child.enrolment_id,), words=row.body,
            reading=read_reply(row.body, [child.first_name]), answers_message_id=row.answers_message_id, about_kind="",
            about_id=None, first_answer=False, at=row.received_at,
        ))  # fmt: skip


def settle_text(
    organisation_id: int, inbound_id: int, *, actor: Actor, enrolment_id: int | None = None,
    school_id: int | None = None,
) -> None:  # fmt: skip
    """A person has dealt with a text; ``enrolment_id`` says about whom it was, ``school_id`` where, if that was not
    known. Raises InboundRefused when another was first."""
    with unit_of_work() as tx:
        settle_text_in(tx, organisation_id, inbound_id, actor=actor, enrolment_id=enrolment_id, school_id=school_id)


def settle_text_in(
    tx: Connection, organisation_id: int, inbound_id: int, *, actor: Actor, enrolment_id: int | None = None,
    school_id: int | None = None,
) -> None:  # fmt: skip
    """``settle_text`` in an open transaction."""
    values: dict[str, Any] = {"state": "settled", "settled_at": school_now(), "settled_by": actor.name}
    if school_id is not None:
        values["school_id"] = func.coalesce(InboundMessage.school_id, school_id)
    if enrolment_id is not None:
        values["enrolment_id"] = enrolment_id
    settled = tx.execute(
        update(InboundMessage)
        .where(
            InboundMessage.organisation_id == organisation_id, InboundMessage.id == inbound_id,
            InboundMessage.state == "new",
        )
        .values(**values)
    )  # fmt: skip
    if settled.rowcount != 1:
        raise InboundRefused("text", "Somebody has dealt with this text. Look at it again.")
    trail.write(tx, organisation_id, actor, Deed("settled_text", "inbound_message", inbound_id, school_id))
