"""Texts that come in: kept once as they came, matched to contact and child, read for meaning, told to those above."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, func, update

from notifications.events import InboundReceived
from notifications.models import InboundMessage
from notifications.queries.senders import (
    Asked,
    Child,
    Holder,
    asked_lately,
    find_only_organisation,
    has_written_before,
    holders_of_number,
)
from notifications.rules.replies import Meaning, may_be_start, read_reply
from notifications.services.inbound_rows import Inbound, Meant, children_meant, keep_in
from notifications.services.points import opt_in_in, opt_out_in
from webapp.foundation import events, trail
from webapp.foundation.clock import school_now
from webapp.foundation.db import unit_of_work
from webapp.foundation.trail import Actor, Deed
from webapp.people.rules.contact_points import ContactPointRefused, mask, read_phone
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
    """Keep a text, once in each organisation that it is for: those that wrote to the number lately, else all that hold
    it.

    ``opt_out_type`` is the provider's own word for STOP, START or HELP. A number that nobody holds is kept where the
    service has one organisation only; elsewhere nobody may read it, and the sender is told to ring.
    """
    number = _number(sender)
    text = clean_text(words[:LONGEST], LONGEST) or "(no words)"
    now = school_now()
    with unit_of_work() as tx:
        holders = holders_of_number(tx, number)
        asked = asked_lately(tx, number, now - ANSWERS_WITHIN)
        organisations = _organisations(tx, holders, asked)
        if not organisations:
            log.warning("a text from a number that nobody holds (%s) was not kept", mask(number))
            return Received((), UNKNOWN_NUMBER)
        new = []
        for organisation_id in organisations:
            inbound = Inbound(organisation_id, provider, provider_id, number, text, now)
            kept = _keep(
                tx, inbound, [one for one in holders if one.organisation_id == organisation_id],
                next((one for one in asked if one.organisation_id == organisation_id), None),
            )  # fmt: skip
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


def _organisations(tx: Connection, holders: Sequence[Holder], asked: Sequence[Asked]) -> list[int]:
    found = {one.organisation_id for one in asked} or {one.organisation_id for one in holders}
    if not found:
        only = find_only_organisation(tx)
        return [] if only is None else [only]
    return sorted(found)


def _keep(tx: Connection, inbound: Inbound, holders: Sequence[Holder], answers: Asked | None) -> int | None:
    """The number of the new row, or None where it is there already."""
    organisation_id = inbound.organisation_id
    contact_id = _contact(holders, answers)
    people = [contact_id] if contact_id is not None else [one.contact_id for one in holders]
    children = children_meant(tx, organisation_id, people, answers, inbound.now)
    reading = read_reply(inbound.text, [child.first_name for child in children])
    chosen = children[reading.children[0]] if len(reading.children) == 1 else None
    first = not has_written_before(tx, organisation_id, inbound.sender)
    return keep_in(
        tx, inbound,
        Meant(contact_id, _name(holders, contact_id), _school(chosen, answers, children), children, chosen, answers),
        reading, first_answer=first,
    )  # fmt: skip


def _contact(holders: Sequence[Holder], answers: Asked | None) -> int | None:
    """Whoever was written to, else the only one who holds the number."""
    held = {one.contact_id for one in holders}
    if answers is not None and (answers.contact_id in held or not held):
        return answers.contact_id
    return held.pop() if len(held) == 1 else None


def _school(chosen: Child | None, answers: Asked | None, children: Sequence[Child]) -> int | None:
    if chosen is not None:
        return chosen.school_id
    if answers is not None:
        return answers.school_id
    schools = {child.school_id for child in children}
    return schools.pop() if len(schools) == 1 else None


def _name(holders: Sequence[Holder], contact_id: int | None) -> str:
    return next((one.name for one in holders if one.contact_id == contact_id), "Unknown number")


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
    """A person says which child a text is about: from now on its words count as though that had been known at once.

    It stays in the inbox until somebody deals with it. Raises InboundRefused when another was first.
    """
    with unit_of_work() as tx:
        row = tx.execute(
            update(InboundMessage)
            .where(
                InboundMessage.organisation_id == organisation_id, InboundMessage.id == inbound_id,
                InboundMessage.state == "new", InboundMessage.enrolment_id.is_(None),
            )
            .values(school_id=child.school_id, enrolment_id=child.enrolment_id, candidates=[child.enrolment_id])
            .returning(
                InboundMessage.contact_id, InboundMessage.body, InboundMessage.answers_message_id,
                InboundMessage.received_at,
            )
        ).one_or_none()  # fmt: skip
        if row is None:
            raise InboundRefused("text", "Somebody has dealt with this text. Look at it again.")
        deed = Deed("named_child", "inbound_message", inbound_id, child.school_id, child.pupil_id)
        trail.write(tx, organisation_id, actor, deed)
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
