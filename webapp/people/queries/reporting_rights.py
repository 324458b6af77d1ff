"""For which children an adult may tell school something, today: one statement, where the adult is known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import fields
from datetime import date
from typing import Any

from sqlalchemy import Connection, and_, bindparam, select

from webapp.people.models import CourtOrder, PupilContact
from webapp.people.rules.rights import CourtOrder as Order
from webapp.people.rules.rights import Link, Right, effective_rights, may, read_denies

_LINK_COLUMNS = [getattr(PupilContact, field.name) for field in fields(Link)]
_HELD = (
    select(
        *_LINK_COLUMNS, CourtOrder.denies, CourtOrder.starts_on.label("from_day"), CourtOrder.ends_on.label("to_day"),
        CourtOrder.review_on,
    )
    .outerjoin(
        CourtOrder,
        and_(
            CourtOrder.organisation_id == PupilContact.organisation_id,
            CourtOrder.pupil_id == PupilContact.pupil_id, CourtOrder.contact_id == PupilContact.contact_id,
        ),
    )
    .where(
        PupilContact.organisation_id == bindparam("organisation_id"),
        PupilContact.contact_id == bindparam("contact_id"),
        PupilContact.pupil_id.in_(bindparam("pupil_ids", expanding=True)),
    )
)  # fmt: skip


def may_report_for(
    db: Connection, organisation_id: int, contact_id: int, pupil_ids: Collection[int], on: date
) -> frozenset[int]:
    """Those of the pupils for whom the adult may report on that day, whatever was so on the day before."""
    keys: dict[str, Any] = {
        "organisation_id": organisation_id, "contact_id": contact_id, "pupil_ids": sorted(set(pupil_ids)),
    }  # fmt: skip
    orders: dict[Link, list[Order]] = defaultdict(list)
    width = len(_LINK_COLUMNS)
    for row in db.execute(_HELD, keys):
        link = Link(*row[:width])
        held = orders[link]
        if row.from_day is not None:
            denies = read_denies(row.denies)
            held.append(Order(link.pupil_id, contact_id, denies, row.from_day, row.to_day, row.review_on))
    return frozenset(
        link.pupil_id for link, held in orders.items() if may(effective_rights(link, held, on), Right.REPORT)
    )
