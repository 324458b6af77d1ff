"""When and why each contact's rights for a child were last changed by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from webapp.people.models import PupilContact


@dataclass(frozen=True, slots=True)
class Changed:
    """``at`` is None while the rights are as they were brought in."""

    version: int
    at: datetime | None
    by: str
    why: str


_CHANGED = select(
    PupilContact.contact_id, PupilContact.version, PupilContact.changed_at, PupilContact.changed_by,
    PupilContact.changed_why,
).where(
    PupilContact.organisation_id == bindparam("organisation_id"), PupilContact.pupil_id == bindparam("pupil_id")
)  # fmt: skip


def changes_of(db: Connection, organisation_id: int, pupil_id: int) -> Mapping[int, Changed]:
    """By contact id."""
    rows = db.execute(_CHANGED, {"organisation_id": organisation_id, "pupil_id": pupil_id})
    return {row[0]: Changed(*row[1:]) for row in rows}
