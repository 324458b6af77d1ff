"""Changing what one contact may do for one child; it acts at once."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import update

from webapp.foundation import events, trail
from webapp.foundation.clock import school_now
from webapp.foundation.db import unit_of_work
from webapp.foundation.trail import Deed
from webapp.people.models import PupilContact
from webapp.people.queries import family_of
from webapp.people.rules.rights_changes import RightsRefused, need_reason, read_ticks
from webapp.people.services.rights_events import RightsChanged
from webapp.people.services.stops import Protector


def change_rights(
    by: Protector, pupil_id: int, contact_id: int, ticked: Collection[str], version: int, reason: str
) -> None:
    """Keep what is ticked. ``version`` is the row's as the page showed it.

    Sessions, links and waiting messages that the contact has no right to any more die in the same transaction
    (``RightsChanged``). Raises RightsRefused (field version where somebody was first), TextRefused.
    """
    why = need_reason(reason)
    with unit_of_work() as tx:
        links = family_of(tx, by.organisation_id, [pupil_id]).links.get(pupil_id, ())
        link = next((each for each in links if each.contact_id == contact_id and not each.is_pupil), None)
        if link is None:
            raise RightsRefused("contact", "Choose one of the child's contacts.")
        change = read_ticks(link, ticked)
        written = tx.execute(
            update(PupilContact)
            .where(
                PupilContact.organisation_id == by.organisation_id, PupilContact.pupil_id == pupil_id,
                PupilContact.contact_id == contact_id, PupilContact.version == version,
            )
            .values(
                **change.columns, version=version + 1, changed_at=school_now(), changed_by=by.actor.name,
                changed_why=why,
            )
        )  # fmt: skip
        if written.rowcount != 1:
            raise RightsRefused("version", "Somebody changed these rights first. Look at them again.")
        deed = Deed("changed_rights", "pupil_contact", contact_id, by.school_id, pupil_id, dict(change.columns))
        trail.write(tx, by.organisation_id, by.actor, deed)
        events.emit(tx, RightsChanged(by.organisation_id, ((pupil_id, contact_id),)))
