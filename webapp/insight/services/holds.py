"""Keeping all that is held about a pupil or a contact from deletion, until somebody lets go of it."""

from __future__ import annotations

from sqlalchemy import select, update

from webapp.foundation import ids, trail
from webapp.foundation.clock import school_now, school_today
from webapp.foundation.db import insert_row, unit_of_work
from webapp.foundation.trail import Deed
from webapp.insight.models import RecordHold
from webapp.insight.queries.requests import AboutPerson
from webapp.insight.services.requests import Keeper
from webapp.people.rules.protections import LONGEST_REASON, ProtectionRefused, need_review, need_why


def hold_records(by: Keeper, about: AboutPerson, why: str, review_on: str) -> None:
    """Hold them. The reason stands in the row alone. Raises ProtectionRefused, TextRefused."""
    reason = need_why(why, "Write why nothing may be deleted.", "why")
    day = need_review(review_on, school_today())
    pupil_id = about.id if about.kind == "pupil" else None
    contact_id = about.id if about.kind == "contact" else None
    with unit_of_work() as tx:
        standing = select(RecordHold.id).where(
            RecordHold.organisation_id == by.organisation_id, RecordHold.released_at.is_(None),
            RecordHold.pupil_id.is_not_distinct_from(pupil_id), RecordHold.contact_id.is_not_distinct_from(contact_id),
        )  # fmt: skip
        if tx.execute(standing.limit(1)).first() is not None:
            raise ProtectionRefused("hold", f"The records about {about.name} are held already.")
        number = insert_row(
            tx, RecordHold, organisation_id=by.organisation_id, public_id=ids.public_id(), school_id=by.school_id,
            pupil_id=pupil_id, contact_id=contact_id, why=reason[:LONGEST_REASON], review_on=day, held_at=school_now(),
            held_by=by.actor.name,
        )  # fmt: skip
        deed = Deed("held_records", "record_hold", number, by.school_id, pupil_id)
        trail.write(tx, by.organisation_id, by.actor, deed)


def release_hold(by: Keeper, public_id: str) -> None:
    """Let go of one: what is due may be deleted again. Raises ProtectionRefused."""
    with unit_of_work() as tx:
        row = tx.execute(
            update(RecordHold)
            .where(
                RecordHold.organisation_id == by.organisation_id, RecordHold.school_id == by.school_id,
                RecordHold.public_id == public_id, RecordHold.released_at.is_(None),
            )
            .values(released_at=school_now(), released_by=by.actor.name)
            .returning(RecordHold.id, RecordHold.pupil_id)
        ).one_or_none()  # fmt: skip
        if row is None:
            raise ProtectionRefused("hold", "Somebody let go of it before you. Look at the page again.")
        deed = Deed("released_records", "record_hold", row.id, by.school_id, row.pupil_id)
        trail.write(tx, by.organisation_id, by.actor, deed)
