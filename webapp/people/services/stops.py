"""The DSL's stop: no automatic message about a child goes to one contact, or to any, until somebody lifts it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, Update, func, select, update

from webapp.foundation import events, ids, trail
from webapp.foundation.clock import school_now
from webapp.foundation.db import insert_row, unit_of_work
from webapp.foundation.trail import Actor, Deed
from webapp.people.models import MessageStop, Pupil, PupilContact
from webapp.people.rules.names import clean_text
from webapp.people.rules.protections import LONGEST_REASON, ProtectionRefused, need_why
from webapp.people.services.rights_events import MessagesStopped, StopLifted


@dataclass(frozen=True, slots=True)
class Protector:
    """Who acts, at which school; the caller has checked that they may, and found the pupil through them."""

    organisation_id: int
    school_id: int
    actor: Actor


def stop_messages(by: Protector, pupil_id: int, contact_id: int | None, reason: str = "") -> bool:
    """Stop messages about the pupil to one contact, or to all (None); False where that stop stands already.

    What waits to be sent and the links about the child die in the same transaction (``MessagesStopped``). Raises
    ProtectionRefused for somebody who is not a contact of the child, TextRefused.
    """
    why = clean_text(reason, LONGEST_REASON, "reason")
    with unit_of_work() as tx:
        _lock_pupil(tx, by.organisation_id, pupil_id)
        if contact_id is not None and not _is_contact(tx, by.organisation_id, pupil_id, contact_id):
            raise ProtectionRefused("contact", "Choose one of the child's contacts.")
        if _standing(tx, by.organisation_id, pupil_id, contact_id):
            return False
        number = insert_row(
            tx, MessageStop, organisation_id=by.organisation_id, public_id=ids.public_id(), school_id=by.school_id,
            pupil_id=pupil_id, contact_id=contact_id, reason=why, stopped_at=school_now(), stopped_by=by.actor.name,
        )  # fmt: skip
        # The reason stands in the row alone: more people read the trail than may read it.
        deed = Deed(
            "stopped_messages", "message_stop", number, by.school_id, pupil_id,
            {"contact": contact_id} if contact_id is not None else {"everybody": True},
        )  # fmt: skip
        trail.write(tx, by.organisation_id, by.actor, deed)
        events.emit(tx, MessagesStopped(by.organisation_id, pupil_id, contact_id))
        return True


def say_why_stopped(by: Protector, pupil_id: int, public_id: str, reason: str) -> None:
    """Write down, after the tap, why a stop was made. Raises ProtectionRefused, TextRefused."""
    why = need_why(reason, "Write why messages are stopped.")
    with unit_of_work() as tx:
        living = _living(by.organisation_id, pupil_id, public_id)
        number = tx.execute(living.values(reason=why).returning(MessageStop.id)).scalar_one_or_none()
        if number is None:
            raise ProtectionRefused("stop", "This stop was lifted. Look at the page again.")
        deed = Deed("gave_reason_of_stop", "message_stop", number, by.school_id, pupil_id)
        trail.write(tx, by.organisation_id, by.actor, deed)


def lift_stop(by: Protector, pupil_id: int, public_id: str, reason: str) -> None:
    """Let messages go again. Nothing that was stopped is sent after all. Raises ProtectionRefused, TextRefused."""
    why = need_why(reason, "Write why messages may go again.")
    with unit_of_work() as tx:
        _lock_pupil(tx, by.organisation_id, pupil_id)
        lifted = tx.execute(
            _living(by.organisation_id, pupil_id, public_id)
            .values(lifted_at=school_now(), lifted_by=by.actor.name, lifted_why=why)
            .returning(MessageStop.id)
        )
        number = lifted.scalar_one_or_none()
        if number is None:
            raise ProtectionRefused("stop", "Somebody lifted this stop before you. Look at the page again.")
        trail.write(
            tx, by.organisation_id, by.actor, Deed("lifted_stop", "message_stop", number, by.school_id, pupil_id)
        )
        events.emit(tx, StopLifted(by.organisation_id, pupil_id))


def _living(organisation_id: int, pupil_id: int, public_id: str) -> Update:
    return update(MessageStop).where(
        MessageStop.organisation_id == organisation_id, MessageStop.pupil_id == pupil_id,
        MessageStop.public_id == public_id, MessageStop.lifted_at.is_(None),
    )  # fmt: skip


def _lock_pupil(tx: Connection, organisation_id: int, pupil_id: int) -> None:
    """Two taps are one stop. Not FOR UPDATE: a case that is opened meanwhile points at the pupil, and would wait."""
    mine = select(Pupil.id).where(Pupil.organisation_id == organisation_id, Pupil.id == pupil_id)
    tx.execute(mine.with_for_update(key_share=True)).one()


def _is_contact(tx: Connection, organisation_id: int, pupil_id: int, contact_id: int) -> bool:
    found = select(func.count()).where(
        PupilContact.organisation_id == organisation_id, PupilContact.pupil_id == pupil_id,
        PupilContact.contact_id == contact_id,
    )  # fmt: skip
    return bool(tx.scalar(found))


def _standing(tx: Connection, organisation_id: int, pupil_id: int, contact_id: int | None) -> bool:
    found = select(func.count()).where(
        MessageStop.organisation_id == organisation_id, MessageStop.pupil_id == pupil_id,
        MessageStop.contact_id.is_not_distinct_from(contact_id), MessageStop.lifted_at.is_(None),
    )  # fmt: skip
    return bool(tx.scalar(found))
