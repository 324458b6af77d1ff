"""Withheld entries: a mark, a sign-out or a message that a contact, or no contact, is to see for a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time

from sqlalchemy import Connection, select, update

from webapp.foundation import events, ids, trail
from webapp.foundation.clock import machine_now, school_now, school_today
from webapp.foundation.db import insert_row, unit_of_work
from webapp.foundation.trail import Deed
from webapp.people.models import PupilContact, Task, WithheldEntry
from webapp.people.rules.protections import ProtectionRefused, need_review, need_why
from webapp.people.rules.roles import Role
from webapp.people.rules.school_times import in_london
from webapp.people.services.rights_events import EntryShown, EntryWithheld
from webapp.people.services.stops import Protector
from webapp.people.services.tasks import open_task_in

REVIEW_TASK = "review_withheld"
_LOOK_AT = time(9)


@dataclass(frozen=True, slots=True)
class Entry:
    """What is withheld of a pupil: a mark (``on`` and ``half``), a sighting or a message (``subject_id``)."""

    kind: str
    pupil_id: int
    enrolment_id: int
    on: date | None = None
    half: int | None = None
    subject_id: int | None = None


def withhold(by: Protector, entry: Entry, contact_id: int | None, review: str, reason: str) -> bool:
    """Withhold an entry from one contact, or from all (None), at once; False where it is withheld so already.

    The caller has found the entry through the pupil. A task is due on the day of review; until then, and after it,
    it stays withheld. Raises ProtectionRefused, TextRefused.
    """
    why = need_why(reason, "Write why this is withheld.")
    review_on = need_review(review, school_today())
    with unit_of_work() as tx:
        if contact_id is not None and not _is_contact(tx, by.organisation_id, entry.pupil_id, contact_id):
            raise ProtectionRefused("contact", "Choose one of the child's contacts.")
        if _standing(tx, by.organisation_id, entry, contact_id):
            return False
        number = insert_row(
            tx, WithheldEntry, organisation_id=by.organisation_id, public_id=ids.public_id(), school_id=by.school_id,
            pupil_id=entry.pupil_id, contact_id=contact_id, kind=entry.kind, enrolment_id=entry.enrolment_id,
            date=entry.on, half=entry.half, subject_id=entry.subject_id, reason=why, review_on=review_on,
            withheld_at=school_now(), withheld_by=by.actor.name,
        )  # fmt: skip
        deed = Deed("withheld_entry", "withheld_entry", number, by.school_id, entry.pupil_id)
        trail.write(tx, by.organisation_id, by.actor, deed)
        open_task_in(
            tx, by.organisation_id, by.school_id, kind=REVIEW_TASK, subject_kind="withheld_entry", subject_id=number,
            title="Look again at what is kept from a contact", due_at=in_london(review_on, _LOOK_AT), actor=by.actor,
            owner_role=Role.DSL.value, pupil_id=entry.pupil_id,
        )  # fmt: skip
        if entry.subject_id is not None:
            events.emit(tx, EntryWithheld(by.organisation_id, entry.kind, entry.subject_id, contact_id))
        return True


def show_again(by: Protector, pupil_id: int, public_id: str, reason: str) -> None:
    """Let the contact see the entry. Raises ProtectionRefused, TextRefused."""
    why = need_why(reason, "Write why it may be seen now.")
    with unit_of_work() as tx:
        shown = tx.execute(
            update(WithheldEntry)
            .where(
                WithheldEntry.organisation_id == by.organisation_id, WithheldEntry.pupil_id == pupil_id,
                WithheldEntry.public_id == public_id, WithheldEntry.shown_at.is_(None),
            )
            .values(shown_at=school_now(), shown_by=by.actor.name, shown_why=why)
            .returning(WithheldEntry.id, WithheldEntry.kind, WithheldEntry.subject_id)
        ).one_or_none()  # fmt: skip
        if shown is None:
            raise ProtectionRefused("entry", "Somebody has shown this again before you. Look at the page again.")
        deed = Deed("showed_entry_again", "withheld_entry", shown.id, by.school_id, pupil_id)
        trail.write(tx, by.organisation_id, by.actor, deed)
        tx.execute(
            update(Task)
            .where(
                Task.organisation_id == by.organisation_id, Task.kind == REVIEW_TASK, Task.subject_id == shown.id,
                Task.state == "open",
            )
            .values(state="done", closed_at=machine_now(), closed_by=by.actor.name, version=Task.version + 1)
        )  # fmt: skip
        if shown.subject_id is not None:
            events.emit(tx, EntryShown(by.organisation_id, shown.kind, shown.subject_id))


def _is_contact(tx: Connection, organisation_id: int, pupil_id: int, contact_id: int) -> bool:
    found = select(PupilContact.contact_id).where(
        PupilContact.organisation_id == organisation_id, PupilContact.pupil_id == pupil_id,
        PupilContact.contact_id == contact_id,
    )  # fmt: skip
    return tx.scalar(found) is not None


def _standing(tx: Connection, organisation_id: int, entry: Entry, contact_id: int | None) -> bool:
    found = select(WithheldEntry.id).where(
        WithheldEntry.organisation_id == organisation_id, WithheldEntry.enrolment_id == entry.enrolment_id,
        WithheldEntry.kind == entry.kind, WithheldEntry.contact_id.is_not_distinct_from(contact_id),
        WithheldEntry.date.is_not_distinct_from(entry.on), WithheldEntry.half.is_not_distinct_from(entry.half),
        WithheldEntry.subject_id.is_not_distinct_from(entry.subject_id), WithheldEntry.shown_at.is_(None),
    )  # fmt: skip
    return tx.scalar(found.with_for_update().limit(1)) is not None
