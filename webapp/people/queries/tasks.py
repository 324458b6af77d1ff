"""What somebody has to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Connection, and_, bindparam, func, or_, select

from webapp.people.models import Pupil, StaffRole, Task
from webapp.people.rules.covering import Mine

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
    begun_by_id: int | None = None


_COLUMNS = (
    Task.id, Task.public_id, Task.kind, Task.title, Task.due_at, Task.owner_id, Task.owner_role, Task.state,
    Task.version, func.coalesce(Pupil.public_id, "").label("pupil_public_id"),
    func.coalesce(Pupil.first_name + " " + Pupil.last_name, "").label("pupil_name"),
    Task.pupil_id, Task.begun_by_id,
)  # fmt: skip
_WORKS_HERE = select(StaffRole.staff_id).where(
    StaffRole.organisation_id == bindparam("organisation_id"), StaffRole.school_id == bindparam("school_id"),
    StaffRole.starts_on <= bindparam("on"),
    or_(StaffRole.ends_on.is_(None), StaffRole.ends_on >= bindparam("on")),
)  # fmt: skip
_WHOSE = func.coalesce(Task.begun_by_id, Task.owner_id)
IS_MINE = or_(
    _WHOSE.in_(bindparam("owners", expanding=True)),
    and_(Task.begun_by_id.is_(None), Task.owner_role.in_(bindparam("roles", expanding=True))),
    and_(bindparam("leavers", type_=Boolean()), _WHOSE.is_not(None), _WHOSE.not_in(_WORKS_HERE)),
)
"""Parameters ``task_keys``; who began a task has it, else its owner, else whoever holds the role."""
_OF_SCHOOL = (
    select(*_COLUMNS)
    .outerjoin(Pupil, and_(Pupil.organisation_id == Task.organisation_id, Pupil.id == Task.pupil_id))
    .where(Task.organisation_id == bindparam("organisation_id"), Task.school_id == bindparam("school_id"))
)
_TASKS = _OF_SCHOOL.where(IS_MINE)
_OF_KIND = _OF_SCHOOL.where(Task.state == "open", Task.kind == bindparam("kind")).order_by(Task.due_at, Task.id)
_OPEN = _TASKS.where(Task.state == "open").order_by(Task.due_at, Task.id).limit(200)
_ONE = _TASKS.where(Task.public_id == bindparam("public_id"))
_BEGUN_BY_OTHERS = _OF_SCHOOL.where(
    Task.state == "open", Task.owner_id == bindparam("staff_id"), Task.begun_by_id.is_not(None),
    Task.begun_by_id != Task.owner_id,
).order_by(Task.due_at, Task.id)  # fmt: skip


def task_keys(mine: Mine, on: date) -> dict[str, Any]:
    """The parameters of ``IS_MINE`` on a day."""
    return {"owners": list(mine.owners), "roles": list(mine.roles), "leavers": mine.leavers, "on": on}


def open_of_kind(db: Connection, organisation_id: int, school_id: int, kind: str) -> Sequence[TaskRow]:
    """The school's open tasks of a kind, whosever they are, the first due first."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "kind": kind}
    return [TaskRow(*row) for row in db.execute(_OF_KIND, keys)]


def open_tasks(db: Connection, organisation_id: int, school_id: int, mine: Mine, on: date) -> Sequence[TaskRow]:
    """The open tasks of a person, of the roles that they hold, and of those for whom they cover, the next due first; at
    most 200."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, **task_keys(mine, on)}
    return [TaskRow(*row) for row in db.execute(_OPEN, keys)]


def find_task(
    db: Connection, organisation_id: int, school_id: int, mine: Mine, on: date, public_id: str
) -> TaskRow | None:
    """One of their tasks, whatever its state."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "public_id": public_id, **task_keys(mine, on)}
    row = db.execute(_ONE, keys).one_or_none()
    return TaskRow(*row) if row else None


def begun_by_others(db: Connection, organisation_id: int, school_id: int, staff_id: int) -> Sequence[TaskRow]:
    """A person's open tasks that a cover has begun and keeps."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "staff_id": staff_id}
    return [TaskRow(*row) for row in db.execute(_BEGUN_BY_OTHERS, keys)]
