"""Whose a step is, and who covers when nobody holds the role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from webapp.first_day.rules.ladder import Owner
from webapp.foundation.words import staff_time
from webapp.people.rules.roles import PERMISSIONS, Permission, Role
from webapp.people.rules.school_times import LONDON

COVER: Mapping[Owner, tuple[Role, ...]] = MappingProxyType(
    {
        Owner.OFFICE: (Role.ATTENDANCE_OFFICER, Role.ATTENDANCE_LEAD, Role.RECEPTION, Role.DEPUTY_HEAD, Role.HEAD),
        Owner.DSL: (Role.DSL, Role.DEPUTY_DSL, Role.HEAD, Role.DEPUTY_HEAD),
    }
)
"""The owner's own role first, then its cover in order."""

TOLD_OF_DANGER = (Role.DSL, Role.DEPUTY_DSL)
TOLD_OF_ALARMS = tuple(sorted(PERMISSIONS[Permission.GET_ALARMS]))


def told_already(at: datetime, by: str) -> str:
    """What the office reads that hands a child on a second time with nothing to add."""
    return f"Already told at {staff_time(at.astimezone(LONDON))}, by {by}."


def owner_of(owner: Owner, holders: Sequence[tuple[str, int]]) -> int | None:
    """The first person who holds the role or covers it; ``holders`` are (role, staff id). None where nobody does."""
    for role in COVER[owner]:
        for held, staff_id in holders:
            if held == role:
                return staff_id
    return None
