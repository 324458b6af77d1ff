"""The searches of today whose next step is the viewer's own: they stand among the tasks of whoever holds that role."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, and_, bindparam, or_, select

from webapp.first_day.models import FirstDayCase
from webapp.first_day.rules import Owner
from webapp.people.models import Enrolment, Pupil
from webapp.people.rules.covering import Mine
from webapp.people.rules.roles import Role

# The office works its steps on the board, sixty of them on a bad morning; the DSL's are few, and each must be seen.
IS_MY_STEP = and_(
    FirstDayCase.state != "closed",
    FirstDayCase.owner_role == Owner.DSL.value,
    or_(
        FirstDayCase.owner_role.in_(bindparam("step_roles", expanding=True)),
        FirstDayCase.owner_id.in_(bindparam("owners", expanding=True)),
    ),
)
"""Parameters ``step_keys``."""
_STEPS = (
    select(
        FirstDayCase.public_id, FirstDayCase.next_step, FirstDayCase.next_due_at, FirstDayCase.last_words,
        FirstDayCase.owner_id,
        Pupil.public_id.label("pupil_public_id"), (Pupil.first_name + " " + Pupil.last_name).label("pupil_name"),
    )
    .join(
        Enrolment,
        and_(Enrolment.organisation_id == FirstDayCase.organisation_id, Enrolment.id == FirstDayCase.enrolment_id),
    )
    .join(Pupil, and_(Pupil.organisation_id == Enrolment.organisation_id, Pupil.id == Enrolment.pupil_id))
    .where(
        FirstDayCase.organisation_id == bindparam("organisation_id"), FirstDayCase.school_id == bindparam("school_id"),
        FirstDayCase.date == bindparam("on"), IS_MY_STEP,
    )
    .order_by(FirstDayCase.next_due_at, FirstDayCase.id)
)  # fmt: skip


def step_keys(mine: Mine) -> dict[str, Any]:
    """The parameters of ``IS_MY_STEP``: whoever has the DSL's tasks has every step of the DSL."""
    return {"step_roles": [Owner.DSL.value] if Role.DSL.value in mine.roles else [], "owners": list(mine.owners)}


def my_steps(db: Connection, organisation_id: int, school_id: int, mine: Mine, on: date) -> Sequence[Any]:
    """Searches of that day whose step is theirs, the first due first: public_id, next_step, next_due_at (school time),
    last_words, owner_id, pupil_public_id, pupil_name."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "on": on, **step_keys(mine)}
    return db.execute(_STEPS, keys).all()
