"""What messages teach us of numbers and addresses: one is bad, its owner stopped our texts, or lets them come again.

A number belongs to whoever holds it, so within an organisation every contact that has it is changed; a STOP holds for
the whole service, because the provider stops all that our sender sends there.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Row, select, update

from notifications.events import ContactOptedIn, ContactOptedOut, ContactPointWentBad
from webapp.foundation import events, trail
from webapp.foundation.clock import machine_now
from webapp.foundation.trail import FIRSTBELL, Actor, Deed
from webapp.people.models import ContactPoint

_LONGEST_REASON = 120
_Point = Row[int, int, int]


def mark_point_bad_in(
    tx: Connection, organisation_id: int, value: str, words: str, *, school_id: int | None = None,
    actor: Actor = FIRSTBELL,
) -> int:  # fmt: skip
    """Nothing more is sent to this number or address; returns how many contacts held it as good."""
    points = _points(tx, value, ("usable", "opted_out"), organisation_id)
    _change(tx, points, "bad", words, "marked_point_bad", actor)
    for point in points:
        event = ContactPointWentBad(point.organisation_id, school_id, point.contact_id, point.id, words)
        events.emit(tx, event)
    return len(points)


def opt_out_in(tx: Connection, value: str, words: str, organisation_id: int | None = None) -> int:
    """The owner has stopped our texts, everywhere or in one organisation; returns how many contacts held the number."""
    points = _points(tx, value, ("usable",), organisation_id)
    _change(tx, points, "opted_out", words, "opted_out", FIRSTBELL)
    for point in points:
        events.emit(tx, ContactOptedOut(point.organisation_id, point.contact_id, point.id))
    return len(points)


def opt_in_in(tx: Connection, value: str, words: str) -> int:
    """The owner lets our texts come again; a bad number stays bad."""
    points = _points(tx, value, ("opted_out",), None)
    _change(tx, points, "usable", words, "opted_in", FIRSTBELL)
    for point in points:
        events.emit(tx, ContactOptedIn(point.organisation_id, point.contact_id, point.id))
    return len(points)


def _points(tx: Connection, value: str, states: Sequence[str], organisation_id: int | None) -> Sequence[_Point]:
    statement = (
        select(ContactPoint.organisation_id, ContactPoint.id, ContactPoint.contact_id)
        .where(ContactPoint.value == value, ContactPoint.state.in_(states))
        .order_by(ContactPoint.organisation_id, ContactPoint.id)
        .with_for_update()
    )
    if organisation_id is not None:
        statement = statement.where(ContactPoint.organisation_id == organisation_id)
    return tx.execute(statement).all()


def _change(
    tx: Connection, points: Sequence[_Point], state: str, words: str, action: str, actor: Actor
) -> None:
    for point in points:
        tx.execute(
            update(ContactPoint)
            .where(ContactPoint.organisation_id == point.organisation_id, ContactPoint.id == point.id)
            .values(state=state, state_reason=words[:_LONGEST_REASON], state_changed_at=machine_now())
        )
        deed = Deed(action, "contact_point", point.id, detail={"contact": point.contact_id, "state": state})
        trail.write(tx, point.organisation_id, actor, deed)
