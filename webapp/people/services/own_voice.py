"""A pupil as their own contact: the numbers and addresses that school holds, and what an adult pupil's parents see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from webapp.foundation import events, ids, trail
from webapp.foundation.clock import machine_now, school_today
from webapp.foundation.db import insert_row, unit_of_work
from webapp.foundation.trail import Actor, Deed
from webapp.people.models import Contact, ContactPoint, Pupil, PupilContact
from webapp.people.queries.own_voice import find_own_contact
from webapp.people.rules.contact_points import PointKind, ReadPoint
from webapp.people.rules.own_voice import ParentsSee, is_adult
from webapp.people.rules.refusals import Refused
from webapp.people.services.rights_events import RightsChanged

TAKEN_AWAY = "Taken off by school"
_LAST = 999
"""The pupil themselves stand after everybody who may be rung."""


@dataclass(frozen=True, slots=True)
class Keeper:
    """Who keeps the pupil's details, at which school; the caller has checked that they may, and found the pupil."""

    organisation_id: int
    school_id: int
    actor: Actor


class OwnContactMoved(Refused):
    """Somebody changed the pupil's numbers after the page was opened."""

    def __init__(self) -> None:
        super().__init__("version", "Somebody changed these details first. Look at them again.")


def set_own_points(by: Keeper, pupil_id: int, points: Sequence[ReadPoint], version: int) -> bool:
    """These are the pupil's own numbers and addresses, best first; others are not used any more. False: nothing new.

    ``version`` is the contact's as the page showed it, 0 where there was none. Raises ``OwnContactMoved``.
    """
    with unit_of_work() as tx:
        return set_own_points_in(tx, by, pupil_id, points, version)


def set_own_points_in(
    tx: Connection, by: Keeper, pupil_id: int, points: Sequence[ReadPoint], version: int
) -> bool:
    """``set_own_points`` in an open transaction."""
    held = find_own_contact(tx, by.organisation_id, pupil_id)
    if (held.version if held else 0) != version:
        raise OwnContactMoved()
    if held is None and not points:
        return False
    contact_id = held.id if held else _make(tx, by.organisation_id, pupil_id)
    known = {point.value: point for point in held.points} if held else {}
    wanted = {point.value for point in points}
    stands = {value for value, point in known.items() if point.state != "bad"}
    if held is not None and stands == wanted:
        return False
    _write_points(tx, by.organisation_id, contact_id, points, {value: known[value].id for value in known})
    gone = sorted(stands - wanted)
    if gone:
        tx.execute(
            update(ContactPoint)
            .where(
                ContactPoint.organisation_id == by.organisation_id, ContactPoint.contact_id == contact_id,
                ContactPoint.value.in_(gone),
            )
            .values(state="bad", state_reason=TAKEN_AWAY, state_changed_at=machine_now())
        )  # fmt: skip
    tx.execute(
        update(Contact)
        .where(Contact.organisation_id == by.organisation_id, Contact.id == contact_id)
        .values(version=Contact.version + 1)
    )
    detail = {"added": len(wanted - stands), "taken_away": len(gone)}
    deed = Deed("changed_own_contact", "contact", contact_id, by.school_id, pupil_id, detail)
    trail.write(tx, by.organisation_id, by.actor, deed)
    if gone:
        events.emit(tx, RightsChanged(by.organisation_id, ((pupil_id, contact_id),)))
    return True


def _make(tx: Connection, organisation_id: int, pupil_id: int) -> int:
    """The pupil as a contact of their own, with no right by any tick."""
    who = tx.execute(
        select(Pupil.first_name, Pupil.last_name, Pupil.first_language).where(
            Pupil.organisation_id == organisation_id, Pupil.id == pupil_id
        )
    ).one()
    number = insert_row(
        tx, Contact, organisation_id=organisation_id, public_id=ids.public_id(), first_name=who.first_name,
        last_name=who.last_name,
    )  # fmt: skip
    tx.execute(
        insert(PupilContact).values(
            organisation_id=organisation_id, pupil_id=pupil_id, contact_id=number, relationship="pupil",
            priority=_LAST, is_pupil=True,
        )
    )  # fmt: skip
    return number


def _write_points(
    tx: Connection, organisation_id: int, contact_id: int, points: Sequence[ReadPoint], known: dict[str, int]
) -> None:
    for priority, point in enumerate(points, start=1):
        if point.value not in known:
            insert_row(
                tx, ContactPoint, organisation_id=organisation_id, contact_id=contact_id,
                kind=PointKind(point.kind).value, value=point.value, priority=priority,
            )  # fmt: skip
            continue
        tx.execute(
            update(ContactPoint)
            .where(ContactPoint.organisation_id == organisation_id, ContactPoint.id == known[point.value])
            .values(priority=priority)
        )
        tx.execute(
            update(ContactPoint)
            .where(
                ContactPoint.organisation_id == organisation_id, ContactPoint.id == known[point.value],
                ContactPoint.state_reason == TAKEN_AWAY,
            )
            .values(state="usable", state_reason="", state_changed_at=machine_now())
        )  # fmt: skip


def say_who_sees(organisation_id: int, contact_id: int, pupil_id: int, raw: str, *, actor: Actor) -> None:
    """An adult pupil says what their parents see, from now on.

    Raises ``Refused`` for what is no choice, and for who is not eighteen yet.
    """
    if raw not in {see.value for see in ParentsSee}:
        raise Refused("see", "Choose what your parents see.")
    with unit_of_work() as tx:
        born = tx.scalar(
            select(Pupil.date_of_birth)
            .join(
                PupilContact,
                (PupilContact.organisation_id == Pupil.organisation_id) & (PupilContact.pupil_id == Pupil.id),
            )
            .where(
                Pupil.organisation_id == organisation_id, Pupil.id == pupil_id,
                PupilContact.contact_id == contact_id, PupilContact.is_pupil,
            )
        )  # fmt: skip
        if born is None or not is_adult(born, school_today()):
            raise Refused("see", "Until you are 18, your school decides what your parents see.")
        changed = tx.execute(
            update(Contact)
            .where(
                Contact.organisation_id == organisation_id, Contact.id == contact_id, Contact.parents_see != raw
            )
            .values(parents_see=raw, version=Contact.version + 1)
        )
        if changed.rowcount:
            deed = Deed("said_what_parents_see", "contact", contact_id, None, pupil_id, {"see": raw})
            trail.write(tx, organisation_id, actor, deed)
