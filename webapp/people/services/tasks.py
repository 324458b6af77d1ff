"""Tasks: something that a person is to do by a time; the same task is never opened twice."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select, update

from webapp.foundation import ids, trail
from webapp.foundation.clock import machine_now
from webapp.foundation.db import insert_row, unit_of_work
from webapp.foundation.trail import Actor, Deed
from webapp.people.models import Task
from webapp.people.rules import Refused


class TaskRefused(Refused):
    """The task is closed already, or not there."""


def open_task_in(
    tx: Connection, organisation_id: int, school_id: int, *, kind: str, subject_kind: str, subject_id: int,
    title: str, due_at: datetime, actor: Actor, owner_id: int | None = None, owner_role: str | None = None,
    pupil_id: int | None = None,
) -> int:  # fmt: skip
    """Open a task and return its id; one that is there for this subject already is returned as it is."""
    found = tx.scalar(
        select(Task.id).where(
            Task.organisation_id == organisation_id, Task.kind == kind, Task.subject_kind == subject_kind,
            Task.subject_id == subject_id,
        )
    )  # fmt: skip
    if found is not None:
        return found
    task_id = insert_row(
        tx, Task, organisation_id=organisation_id, public_id=ids.public_id(), school_id=school_id, pupil_id=pupil_id,
        kind=kind, subject_kind=subject_kind, subject_id=subject_id, title=title, owner_id=owner_id,
        owner_role=owner_role, due_at=due_at,
    )  # fmt: skip
    trail.write(tx, organisation_id, actor, Deed("opened_task", "task", task_id, school_id, pupil_id, {"kind": kind}))
    return task_id


def begin_task(organisation_id: int, task_id: int, version: int, staff_id: int, actor: Actor) -> None:
    """Somebody who covers takes an open task on: it stays theirs. Raises TaskRefused when somebody was first."""
    with unit_of_work() as tx:
        begun = tx.execute(
            update(Task)
            .where(
                Task.organisation_id == organisation_id, Task.id == task_id, Task.version == version,
                Task.state == "open",
            )
            .values(begun_by_id=staff_id, begun_at=machine_now(), version=version + 1)
            .returning(Task.school_id, Task.pupil_id)
        ).one_or_none()  # fmt: skip
        if begun is None:
            raise TaskRefused("task", "Somebody changed this task. Look at it again.")
        deed = Deed("began_task", "task", task_id, begun.school_id, begun.pupil_id)
        trail.write(tx, organisation_id, actor, deed)


def close_task(organisation_id: int, task_id: int, version: int, *, actor: Actor, state: str, note: str = "") -> None:
    """Close an open task as done, passed_on or withdrawn. Raises TaskRefused when somebody was first."""
    with unit_of_work() as tx:
        close_task_in(tx, organisation_id, task_id, version, actor=actor, state=state, note=note)


def close_task_in(
    tx: Connection, organisation_id: int, task_id: int, version: int, *, actor: Actor, state: str, note: str = "",
    school_id: int | None = None,
) -> None:  # fmt: skip
    """``close_task`` in an open transaction; with ``school_id`` the school's board sees it at once."""
    closed = tx.execute(
        update(Task)
        .where(
            Task.organisation_id == organisation_id, Task.id == task_id, Task.version == version, Task.state == "open",
        )
        .values(state=state, note=note, closed_at=machine_now(), closed_by=actor.name, version=version + 1)
    )  # fmt: skip
    if closed.rowcount != 1:
        raise TaskRefused("task", "Somebody changed this task. Look at it again.")
    deed = Deed("closed_task", "task", task_id, school_id, detail={"state": state})
    trail.write(tx, organisation_id, actor, deed)
