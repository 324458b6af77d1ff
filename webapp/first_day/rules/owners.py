"""Whose a step is, and who covers when nobody holds the role."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from webapp.first_day.rules.ladder import Owner
from webapp.foundation.words import staff_time
from webapp.people.rules.covering import OFFICE_LADDER, SAFEGUARDING_LADDER, Standing
from webapp.people.rules.roles import PERMISSIONS, Permission, Role
from webapp.people.rules.school_times import LONDON

COVER: Mapping[Owner, tuple[Role, ...]] = MappingProxyType(
    {Owner.OFFICE: OFFICE_LADDER, Owner.DSL: SAFEGUARDING_LADDER}
)
"""The owner's own role first, then who takes the step where nobody who holds it, nor their named cover, is here."""

TOLD_OF_DANGER = (Role.DSL, Role.DEPUTY_DSL)
TOLD_OF_ALARMS = tuple(sorted(PERMISSIONS[Permission.GET_ALARMS]))


def told_already(at: datetime, by: str) -> str:
    """What the office reads that hands a child on a second time with nothing to add."""
    return f"Already told at {staff_time(at.astimezone(LONDON))}, by {by}."


def owner_words(owner_id: int, owner: Owner, standing: Standing) -> str:
    """"for Saira Khan, by cover Paul Ashby" where somebody does the step of one who is away, else nothing."""
    hold = standing.hold(owner_id)
    usual = standing.usual(COVER[owner])
    instead_of = hold.instead_of or (usual if usual != hold.by and usual in standing.away else None)
    if instead_of is None or {hold.by, instead_of} - set(standing.members):
        return ""
    return f"for {standing.members[instead_of].name}, by cover {standing.members[hold.by].name}"
