"""Whose hands a text is in: one takes it where several could, or passes it on to the office of another school."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select, update

from notifications.events import InboundReceived, TextMoved
from notifications.models import InboundMessage
from notifications.queries.senders import Child, children_of
from notifications.rules.holding import PASSED, TOOK
from notifications.rules.replies import read_reply
from notifications.services.inbound import InboundRefused
from webapp.foundation import events, trail
from webapp.foundation.clock import london, school_now
from webapp.foundation.db import unit_of_work
from webapp.foundation.trail import Actor, Deed, TrailEntry


def take_text(organisation_id: int, inbound_id: int, seen: int | None, *, actor: Actor, school_id: int) -> None:
    """Somebody of this school deals with a text, so that nobody else does meanwhile; also one that another has taken.

    ``seen``: the newest deed that the page knew of. Raises InboundRefused where the text is settled or no more this
    school's, or another was faster.
    """
    with unit_of_work() as tx:
        _hold(tx, organisation_id, inbound_id, school_id)
        newest = tx.scalar(
            select(TrailEntry.id)
            .where(
                TrailEntry.organisation_id == organisation_id, TrailEntry.subject_kind == "inbound_message",
                TrailEntry.subject_id == inbound_id, TrailEntry.action.in_((TOOK, PASSED)),
            )
            .order_by(TrailEntry.id.desc())
            .limit(1)
        )  # fmt: skip
        if newest != seen:
            raise InboundRefused("text", "Somebody has just taken this text. Look at it again.")
        trail.write(tx, organisation_id, actor, Deed(TOOK, "inbound_message", inbound_id, school_id))


def pass_text(organisation_id: int, inbound_id: int, to_school: int, *, actor: Actor, school_id: int) -> None:
    """Give a text to the office of another school of the organisation, with the sender's children there: if it is one
    child the text is about that child, as though that had been known at once; what it did here is taken back.

    Raises InboundRefused where the text is settled or no more this school's.
    """
    with unit_of_work() as tx:
        row = _hold(tx, organisation_id, inbound_id, school_id)
        today = london(school_now()).date()
        family = children_of(tx, organisation_id, [row.contact_id], today) if row.contact_id is not None else []
        there = list({child.enrolment_id: child for child in family if child.school_id == to_school}.values())
        one = there[0] if len(there) == 1 else None
        tx.execute(
            update(InboundMessage)
            .where(InboundMessage.organisation_id == organisation_id, InboundMessage.id == inbound_id)
            .values(
                school_id=to_school, enrolment_id=one.enrolment_id if one else None,
                candidates=[child.enrolment_id for child in there],
            )
        )  # fmt: skip
        deed = Deed(PASSED, "inbound_message", inbound_id, school_id, one.pupil_id if one else None, {"to": to_school})
        trail.write(tx, organisation_id, actor, deed)
        _tell(tx, organisation_id, inbound_id, row, to_school, there, actor)


def _hold(tx: Connection, organisation_id: int, inbound_id: int, school_id: int) -> Any:
    row = tx.execute(
        select(
            InboundMessage.school_id, InboundMessage.state, InboundMessage.contact_id, InboundMessage.enrolment_id,
            InboundMessage.candidates, InboundMessage.body, InboundMessage.received_at,
            InboundMessage.answers_message_id,
        )
        .where(InboundMessage.organisation_id == organisation_id, InboundMessage.id == inbound_id)
        .with_for_update()
    ).one_or_none()  # fmt: skip
    if row is None or row.state != "new" or row.school_id not in (None, school_id):
        raise InboundRefused("text", "Somebody has dealt with this text. Look at it again.")
    return row


def _tell(
    tx: Connection, organisation_id: int, inbound_id: int, row: Any, to_school: int, there: list[Child], actor: Actor
) -> None:  # fmt: skip
    meant = tuple(child.enrolment_id for child in there)
    thought = {*row.candidates, row.enrolment_id} - {None, *meant}
    events.emit(tx, TextMoved(
        organisation_id=organisation_id, inbound_id=inbound_id, contact_id=row.contact_id, words=row.body,
        enrolment_ids=tuple(sorted(thought)), at=row.received_at, actor=actor,
    ))  # fmt: skip
    events.emit(tx, InboundReceived(
        organisation_id=organisation_id, inbound_id=inbound_id, school_id=to_school, contact_id=row.contact_id,
        enrolment_ids=meant, words=row.body, reading=read_reply(row.body, [child.first_name for child in there]),
        answers_message_id=row.answers_message_id, about_kind="", about_id=None, first_answer=False,
        at=row.received_at,
    ))  # fmt: skip
