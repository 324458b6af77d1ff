"""Withheld entries, for those who make them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, and_, bindparam, func, select

from webapp.people.models import Contact, WithheldEntry


@dataclass(frozen=True, slots=True)
class WithheldRow:
    """One withheld entry. ``contact_name`` is empty where nobody sees it."""

    public_id: str
    kind: str
    on: date | None
    half: int | None
    subject_id: int | None
    contact_name: str
    reason: str
    review_on: date
    withheld_at: datetime
    withheld_by: str


_LIVING = (
    select(
        WithheldEntry.public_id, WithheldEntry.kind, WithheldEntry.date, WithheldEntry.half, WithheldEntry.subject_id,
        func.coalesce(Contact.first_name + " " + Contact.last_name, "").label("contact_name"), WithheldEntry.reason,
        WithheldEntry.review_on, WithheldEntry.withheld_at, WithheldEntry.withheld_by,
    )
    .outerjoin(
        Contact, and_(Contact.organisation_id == WithheldEntry.organisation_id, Contact.id == WithheldEntry.contact_id)
    )
    .where(
        WithheldEntry.organisation_id == bindparam("organisation_id"),
        WithheldEntry.pupil_id == bindparam("pupil_id"), WithheldEntry.shown_at.is_(None),
    )
    .order_by(WithheldEntry.review_on, WithheldEntry.id)
)  # fmt: skip
_STILL = select(WithheldEntry.id).where(
    WithheldEntry.organisation_id == bindparam("organisation_id"), WithheldEntry.kind == bindparam("kind"),
    WithheldEntry.subject_id == bindparam("subject_id"), WithheldEntry.shown_at.is_(None),
)  # fmt: skip


def withheld_of(db: Connection, organisation_id: int, pupil_id: int) -> Sequence[WithheldRow]:
    """What is withheld about the pupil, the first to be looked at again first."""
    keys = {"organisation_id": organisation_id, "pupil_id": pupil_id}
    return [WithheldRow(*tuple(row)) for row in db.execute(_LIVING, keys)]


def is_still_withheld(db: Connection, organisation_id: int, kind: str, subject_id: int) -> bool:
    keys = {"organisation_id": organisation_id, "kind": kind, "subject_id": subject_id}
    return db.execute(_STILL, keys).first() is not None
