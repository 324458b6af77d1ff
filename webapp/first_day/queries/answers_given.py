"""What an adult has answered about a child who is looked for, so that a later answer is known from the same one."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, select

from webapp.first_day.models import CaseEvent

_GIVEN = (
    select(CaseEvent.outcome)
    .where(
        CaseEvent.organisation_id == bindparam("organisation_id"), CaseEvent.case_id == bindparam("case_id"),
        CaseEvent.contact_id == bindparam("contact_id"), CaseEvent.kind == "answer",
    )
    .order_by(CaseEvent.id)
)  # fmt: skip


def answers_given(db: Connection, organisation_id: int, case_id: int, contact_id: int) -> Sequence[str]:
    """The answers of this adult in this case, by a link or in the app, oldest first."""
    keys = {"organisation_id": organisation_id, "case_id": case_id, "contact_id": contact_id}
    return list(db.scalars(_GIVEN, keys))
