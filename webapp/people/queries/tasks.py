"""What somebody has to do."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, func, or_, select

from webapp.people.models import Pupil, Task


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One task. ``owner_role`` is set where it is for whoever holds the role."""

    id: int
    public_id: str
    kind: str
    title: str
    due_at: datetime
    owner_id: int | None
    owner_role: str | None
    state: str
    version: int
    pupil_public_id: str
    pupil_name: str


_COLUMNS = (
    Task.id, Task.public_id, Task.kind, Task.title, Task.due_at, Task.owner_id, Task.owner_role, Task.state,
    Task.version, func.coalesce(Pupil.public_id, "").label("pupil_public_id"),
    func.coalesce(Pupil.first_name + " " + Pupil.last_name, "").label("pupil_name"),
)  # fmt: skip
_MINE = or_(Task.owner_id == bindparam("staff_id"), Task.owner_role.in_(bindparam("roles", expanding=True)))
_TASKS = (
    select(*_COLUMNS)
    .outerjoin(Pupil, and_(Pupil.organisation_id == Task.organisation_id, Pupil.id == Task.pupil_id))
    .where(Task.organisation_id == bindparam("organisation_id"), Task.school_id == bindparam("school_id"), _MINE)
)
_OPEN = _TASKS.where(Task.state == "open").order_by(Task.due_at, Task.id).limit(200)
_ONE = _TASKS.where(Task.public_id == bindparam("public_id"))


def open_tasks(
    db: Connection, organisation_id: int, school_id: int, staff_id: int, roles: Collection[str]
) -> Sequence[TaskRow]:
    """The open tasks of a person and of the roles that they hold, the next due first; at most 200."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "staff_id": staff_id, "roles": sorted(roles)}
    return [TaskRow(*row) for row in db.execute(_OPEN, keys)]


def find_task(
    db: Connection, organisation_id: int, school_id: int, staff_id: int, roles: Collection[str], public_id: str
) -> TaskRow | None:
    """One of their tasks, whatever its state."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "staff_id": staff_id, "roles": sorted(roles),
            "public_id": public_id}  # fmt: skip
    row = db.execute(_ONE, keys).one_or_none()
    return TaskRow(*row) if row else None
