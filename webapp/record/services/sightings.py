"""Reception: arrived, leaving, back, sent home, and seen elsewhere in school.

A sighting is what the school saw itself, so it stands above reports and codes. Who collects is checked each time.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from webapp.foundation import events, ids, trail
from webapp.foundation.clock import london, school_now
from webapp.foundation.db import insert_row, unit_of_work
from webapp.foundation.trail import Deed
from webapp.people.models import Contact
from webapp.people.queries import family_of
from webapp.people.rules.names import TextRefused, clean_line, clean_text
from webapp.people.rules.rights import Right, effective_rights, may
from webapp.record.models import Sighting
from webapp.record.queries.registers import find_enrolment, find_sighting, last_sighting
from webapp.record.rules import SightingKind
from webapp.record.services.arrivals import (
    Arrival,
    Desk,
    SightingRefused,
    check_arrival,
    mark_late,
    suggest_arrival,
)
from webapp.record.services.sighting_events import CollectionStopped, PupilSighted

__all__ = [
    "Arrival", "Collector", "Desk", "Kept", "SightingRefused", "Stopped", "back", "note_sighting_in",
    "sign_in", "sign_out", "strike", "suggest_arrival", "walked_out",
]  # fmt: skip

_LONGEST_REASON = 500
_LONGEST_PLACE = 80
_DOUBLE_TAP = dt.timedelta(minutes=10)
_GONE_OR_BACK = frozenset({SightingKind.LEFT.value, SightingKind.SENT_HOME.value, SightingKind.RETURNED.value})
_CONTACT = select(Contact.first_name + " " + Contact.last_name).where(
    Contact.organisation_id == bindparam("organisation_id"), Contact.id == bindparam("contact_id")
)


@dataclass(frozen=True, slots=True)
class Kept:
    """The sighting that was kept."""

    public_id: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Stopped:
    """The child stays. ``sentence`` is the same whatever the cause; the DSL has been told."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Collector:
    """Who takes the child: a contact of the record, somebody else by name, or nobody because they go ``alone``."""

    contact_id: int | None = None
    name: str = ""
    alone: bool = False

    @property
    def is_nobody(self) -> bool:
        """The form was sent before anybody was chosen or named."""
        return not self.alone and self.contact_id is None and not clean_text(self.name, field="name")


def sign_in(
    desk: Desk, enrolment_id: int, *, code: str | None = None, minutes: int | None = None, reason: str = "",
    said_at: dt.datetime | None = None,
) -> Kept:  # fmt: skip
    """The pupil has arrived. ``code`` L or U is what the person chose; minutes None are those of the clock.

    ``said_at``: when the family last said something about the day; who signs the pupil in after that has looked again.

    A pupil who is marked in already keeps that mark. Raises SightingRefused, CodeRefused or TextRefused.
    """
    words = clean_text(reason, _LONGEST_REASON, "reason")
    with unit_of_work() as tx:
        now = school_now()
        pupil = _pupil(tx, desk, enrolment_id, now)
        arrival = suggest_arrival(tx, desk, now)
        check_arrival(arrival, code, minutes, now)
        late = minutes if minutes is not None else arrival.minutes
        kept = _keep(tx, desk, pupil, SightingKind.ARRIVED, now, said_at, reason=words,
                     minutes_late=late if code else None)  # fmt: skip
        if code is not None and arrival.half is not None:
            mark_late(tx, desk, pupil, arrival.half, code, late, words, now)
        _tell(tx, desk, pupil, SightingKind.ARRIVED, now)
        return kept


def sign_out(
    desk: Desk, enrolment_id: int, collector: Collector, *, reason: str, back_by: dt.datetime | None = None,
    sent_home: bool = False,
) -> Kept | Stopped:  # fmt: skip
    """The pupil leaves, or is sent home ill, with somebody who may collect them.

    Anybody else is stopped: the child stays and the DSL is told. A contact whom no school of the organisation knows was
    never chosen by a person, and nobody at all is nobody yet: both alarm nobody. Raises SightingRefused or TextRefused.
    """
    words = clean_text(reason, _LONGEST_REASON, "reason")
    kind = SightingKind.SENT_HOME if sent_home else SightingKind.LEFT
    if collector.is_nobody:
        raise SightingRefused("Nobody is named who takes the pupil.", field="name", mend="Enter who takes the pupil.")
    if collector.alone and not words:
        raise TextRefused("reason", "Write who agreed that the pupil goes alone.")
    with unit_of_work() as tx:
        now = school_now()
        pupil = _pupil(tx, desk, enrolment_id, now)
        name = "" if collector.alone else _who_collects(tx, desk, pupil, collector, london(now).date())
        if name is None:
            return _stop(tx, desk, pupil, collector, now, words)
        kept = _keep(
            tx, desk, pupil, kind, now, reason=words, back_by=back_by, collected_by_id=collector.contact_id,
            collected_by_name=name,
        )  # fmt: skip
        _tell(tx, desk, pupil, kind, now)
        return kept


def _who_collects(tx: Connection, desk: Desk, pupil: Any, collector: Collector, on: dt.date) -> str | None:
    """The collector's name, None for somebody who may not collect this child today."""
    family = family_of(tx, desk.organisation_id, [pupil.pupil_id])
    for link in family.links.get(pupil.pupil_id, ()):
        if link.contact_id == collector.contact_id:
            allowed = may(effective_rights(link, family.orders, on), Right.COLLECT)
            return family.contacts[link.contact_id].name if allowed else None
    if collector.contact_id is not None:
        keys = {"organisation_id": desk.organisation_id, "contact_id": collector.contact_id}
        if tx.scalar(_CONTACT, keys) is None:
            raise SightingRefused("This person is not on record.", field="who", mend="Choose who takes the pupil.")
    return None


def _stop(tx: Connection, desk: Desk, pupil: Any, collector: Collector, now: dt.datetime, words: str) -> Stopped:
    name = clean_text(collector.name, field="name")
    if collector.contact_id is not None:
        keys = {"organisation_id": desk.organisation_id, "contact_id": collector.contact_id}
        name = tx.execute(_CONTACT, keys).scalar_one()
    trail.write(
        tx, desk.organisation_id, desk.actor,
        Deed("stopped_collection", "enrolment", pupil.enrolment_id, desk.school_id, pupil.pupil_id,
             {"contact": collector.contact_id}),
    )  # fmt: skip
    events.emit(
        tx,
        CollectionStopped(
            desk.organisation_id, desk.school_id, pupil.enrolment_id, pupil.pupil_id, london(now).date(), now,
            collector.contact_id, desk.actor, pupil.first_name, name, words,
        ),
    )  # fmt: skip
    return Stopped(f"Do not let {pupil.first_name} go. The designated safeguarding lead has been told.")


def walked_out(desk: Desk, enrolment_id: int, reason: str) -> Kept:
    """The pupil has gone, alone or with somebody not known: they are not accounted for. Raises TextRefused."""
    words = clean_line(reason, _LONGEST_REASON, "reason")
    if not words:
        raise TextRefused("reason", "Write what was seen: when, where and with whom the pupil went.")
    return _simple(desk, enrolment_id, SightingKind.LEFT, reason=words, collector_known=False)


def back(desk: Desk, enrolment_id: int) -> Kept:
    """The pupil, who had left today, is back in school; a second tap is the first. Raises SightingRefused."""
    with unit_of_work() as tx:
        now = school_now()
        pupil = _pupil(tx, desk, enrolment_id, now)
        last = last_sighting(tx, desk.organisation_id, desk.school_id, enrolment_id, london(now).date())
        if last is None or last.kind not in _GONE_OR_BACK:
            raise SightingRefused(
                f"{pupil.first_name} has not left today.", field="back",
                mend="Use Arrived for a child who comes in, or In school, elsewhere for one who is seen.",
            )  # fmt: skip
        return note_sighting_in(tx, desk, enrolment_id, SightingKind.RETURNED)


def _simple(desk: Desk, enrolment_id: int, kind: SightingKind, **values: Any) -> Kept:
    with unit_of_work() as tx:
        return note_sighting_in(tx, desk, enrolment_id, kind, **values)


def note_sighting_in(
    tx: Connection, desk: Desk, enrolment_id: int, kind: SightingKind, *, said_at: dt.datetime | None = None,
    **values: Any,
) -> Kept:  # fmt: skip
    """Keep a sighting of now, in the caller's transaction; ``values`` are further columns of ``Sighting``.

    ``said_at``: when the family last said something about the day; who looks after that has looked again.
    """
    now = school_now()
    pupil = _pupil(tx, desk, enrolment_id, now)
    kept = _keep(tx, desk, pupil, kind, now, said_at, **values)
    _tell(tx, desk, pupil, kind, now, known=values.get("collector_known", True))
    return kept


def strike(desk: Desk, public_id: str, reason: str) -> None:
    """Say that a sighting was a slip; its row stays. Raises SightingRefused or TextRefused."""
    words = clean_line(reason, _LONGEST_REASON, "reason")
    if not words:
        raise TextRefused("reason", "Write why this entry is struck.")
    with unit_of_work() as tx:
        row = find_sighting(tx, desk.organisation_id, desk.school_id, public_id)
        now = school_now()
        struck = 0
        if row is not None:
            struck = tx.execute(
                update(Sighting)
                .where(
                    Sighting.organisation_id == desk.organisation_id, Sighting.id == row.id,
                    Sighting.struck_at.is_(None),
                )
                .values(struck_at=now, struck_reason=words)
            ).rowcount  # fmt: skip
        if row is None:
            raise SightingRefused("This entry is not there.", field="sighting", mend="Look at the list again.")
        if struck != 1:
            raise SightingRefused("This entry is struck already.", field="sighting", mend="Look at the list again.")
        deed = Deed("struck_sighting", "sighting", row.id, desk.school_id, row.pupil_id, {"kind": row.kind})
        trail.write(tx, desk.organisation_id, desk.actor, deed)
        events.emit(
            tx,
            PupilSighted(
                desk.organisation_id, desk.school_id, row.enrolment_id, row.pupil_id, row.date,
                SightingKind(row.kind), row.at, desk.actor, struck=True,
            ),
        )  # fmt: skip


def _pupil(tx: Connection, desk: Desk, enrolment_id: int, now: dt.datetime) -> Any:
    pupil = find_enrolment(tx, desk.organisation_id, desk.school_id, enrolment_id, london(now).date())
    if pupil is None:
        raise SightingRefused(
            "This pupil is not on the school's roll today.", field="enrolment_id", mend="Find the pupil again."
        )
    return pupil


def _keep(
    tx: Connection, desk: Desk, pupil: Any, kind: SightingKind, now: dt.datetime, said_at: dt.datetime | None = None,
    **values: Any,
) -> Kept:  # fmt: skip
    # A double tap is one sighting: two of them would outlive one undo, and hide a child whom nobody has seen.
    last = last_sighting(tx, desk.organisation_id, desk.school_id, pupil.enrolment_id, london(now).date())
    same = last is not None and last.kind == kind.value and last.place == values.get("place", "")
    looked_since = said_at is None or (last is not None and last.at > said_at)
    if last is not None and same and looked_since and now - last.at < _DOUBLE_TAP:
        return Kept(last.public_id, last.at)
    public_id = ids.public_id()
    number = insert_row(
        tx, Sighting, organisation_id=desk.organisation_id, public_id=public_id, school_id=desk.school_id,
        enrolment_id=pupil.enrolment_id, date=london(now).date(), kind=kind.value, at=now, seen_by=desk.actor.name,
        **values,
    )  # fmt: skip
    deed = Deed("noted_sighting", "sighting", number, desk.school_id, pupil.pupil_id, {"kind": kind.value})
    trail.write(tx, desk.organisation_id, desk.actor, deed)
    return Kept(public_id, now)


def _tell(tx: Connection, desk: Desk, pupil: Any, kind: SightingKind, now: dt.datetime, *, known: bool = True) -> None:
    events.emit(
        tx,
        PupilSighted(
            desk.organisation_id, desk.school_id, pupil.enrolment_id, pupil.pupil_id, london(now).date(), kind, now,
            desk.actor, known=known,
        ),
    )  # fmt: skip
