"""What somebody has to do."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, func, or_, select

from webapp.people.models import Pupil, Task
from webapp.people.rules.roles import Role

COLLECTION_STOPPED = "collection_stopped"
"""The kind of a task: somebody came for a child and was not let take them."""


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
    pupil_id: int | None = None


_COLUMNS = (
    Task.id, Task.public_id, Task.kind, Task.title, Task.due_at, Task.owner_id, Task.owner_role, Task.state,
    Task.version, func.coalesce(Pupil.public_id, "").label("pupil_public_id"),
    func.coalesce(Pupil.first_name + " " + Pupil.last_name, "").label("pupil_name"),
    Task.pupil_id,
)  # fmt: skip
_MINE = or_(Task.owner_id == bindparam("staff_id"), Task.owner_role.in_(bindparam("roles", expanding=True)))
_OF_SCHOOL = (
    select(*_COLUMNS)
    .outerjoin(Pupil, and_(Pupil.organisation_id == Task.organisation_id, Pupil.id == Task.pupil_id))
    .where(Task.organisation_id == bindparam("organisation_id"), Task.school_id == bindparam("school_id"))
)
_TASKS = _OF_SCHOOL.where(_MINE)
_OF_KIND = _OF_SCHOOL.where(Task.state == "open", Task.kind == bindparam("kind")).order_by(Task.due_at, Task.id)
_OPEN = _TASKS.where(Task.state == "open").order_by(Task.due_at, Task.id).limit(200)
_ONE = _TASKS.where(Task.public_id == bindparam("public_id"))


def task_roles(roles: Collection[str]) -> list[str]:
    """The roles whose tasks are theirs: a deputy of the DSL has every task of the DSL."""
    return sorted({*roles, *([Role.DSL.value] if Role.DEPUTY_DSL.value in roles else [])})


def open_of_kind(db: Connection, organisation_id: int, school_id: int, kind: str) -> Sequence[TaskRow]:
    """The school's open tasks of a kind, whosever they are, the first due first."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "kind": kind}
    return [TaskRow(*row) for row in db.execute(_OF_KIND, keys)]


def open_tasks(
    db: Connection, organisation_id: int, school_id: int, staff_id: int, roles: Collection[str]
) -> Sequence[TaskRow]:
    """The open tasks of a person and of the roles that they hold, the next due first; at most 200."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "staff_id": staff_id,
            "roles": task_roles(roles)}  # fmt: skip
    return [TaskRow(*row) for row in db.execute(_OPEN, keys)]


def find_task(
    db: Connection, organisation_id: int, school_id: int, staff_id: int, roles: Collection[str], public_id: str
) -> TaskRow | None:
    """One of their tasks, whatever its state."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "staff_id": staff_id,
            "roles": task_roles(roles), "public_id": public_id}  # fmt: skip
    row = db.execute(_ONE, keys).one_or_none()
    return TaskRow(*row) if row else None
