"""My tasks: what is mine to do, or my role's, the next due first."""

from __future__ import annotations

from dataclasses import dataclass

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from blueprints.staff import blueprint
from blueprints.staff.board_rows import STEPS, when_words
from blueprints.staff.frame import Here, around, here, show
from blueprints.staff.typed import typed_version
from webapp.access import current_staff
from webapp.first_day.queries.steps import my_steps
from webapp.first_day.rules import Owner, Step, is_late
from webapp.first_day.rules.owners import owner_words
from webapp.first_day.services.collection_stopped import say_what_was_done
from webapp.first_day.services.pupil_notes import NoteWriter
from webapp.foundation.clock import london, school_now
from webapp.foundation.db import read_door
from webapp.foundation.words import short_day_words, staff_time
from webapp.people.queries import times_of
from webapp.people.queries.tasks import COLLECTION_STOPPED, TaskRow, begun_by_others, find_task, open_tasks
from webapp.people.rules import Refused
from webapp.people.rules.roles import Role
from webapp.people.services.tasks import TaskRefused, begin_task, close_task

_LABELS = {role.value: role.label for role in Role}


@blueprint.get("/staff/<school>/tasks")
def tasks(school: str) -> str:
    return _page(here())


@blueprint.post("/staff/<school>/tasks/<task>/done")
def finish_task(school: str, task: str) -> Response | tuple[str, int]:
    at = here()
    with read_door() as db:
        found = find_task(db, *at.keys, at.mine, at.today, task)
    if found is None:
        abort(404)
    try:
        _finish(at, found, request.form.get("note", "")[:2000])
    except TaskRefused as refused:
        return _page(at, [{"text": refused.mend, "href": "#tasks"}]), 409
    except Refused as refused:
        return _page(at, [{"text": refused.mend, "href": f"#note-{found.public_id}"}]), 422
    return redirect(url_for("staff.tasks", school=school), 303)


def _finish(at: Here, task: TaskRow, note: str) -> None:
    viewer = current_staff()
    if task.kind == COLLECTION_STOPPED and task.pupil_id is not None:
        say_what_was_done(NoteWriter(*at.keys, viewer.actor), task, typed_version(), task.pupil_id, note)
    else:
        close_task(at.school.organisation_id, task.id, typed_version(), actor=viewer.actor, state="done", note=note)


@blueprint.post("/staff/<school>/tasks/<task>/begin")
def begin(school: str, task: str) -> Response | tuple[str, int]:
    """Whoever covers says that they are on it: it stays theirs when the other is back."""
    at, viewer = here(), current_staff()
    with read_door() as db:
        found = find_task(db, *at.keys, at.mine, at.today, task)
    if found is None:
        abort(404)
    try:
        begin_task(at.school.organisation_id, found.id, typed_version(), viewer.staff_id, viewer.actor)
    except TaskRefused as refused:
        return _page(at, [{"text": refused.mend, "href": "#tasks"}]), 409
    return redirect(url_for("staff.tasks", school=school), 303)


@dataclass(frozen=True, slots=True)
class Line:
    """One task as the page has it. ``covers``: for whom the viewer does it; ``may_begin``: it goes back otherwise."""

    task: TaskRow
    due: str
    late: bool
    asks: bool
    covers: str
    may_begin: bool


def _line(at: Here, task: TaskRow) -> Line:
    me = current_staff().staff_id
    is_mine = task.owner_id == me or task.owner_role in {role.value for role in at.school.roles}
    covers = "" if is_mine else _for_whom(at, task)
    return Line(
        task, _due(at, task), task.due_at < school_now(), task.kind == COLLECTION_STOPPED, covers,
        bool(covers) and task.begun_by_id != me,
    )  # fmt: skip


def _for_whom(at: Here, task: TaskRow) -> str:
    """Whose task somebody does who covers: a person's, or that of those who hold a role."""
    if task.owner_id is not None:
        owner = at.standing.members.get(task.owner_id)
        return f"For {owner.name}, by cover" if owner else "For somebody who has left"
    label = _LABELS.get(task.owner_role or "", "")
    # A deputy of the DSL has the DSL's tasks without covering for anybody.
    return f"For the {label}, by cover" if label and not _deputises(at, task) else ""


def _deputises(at: Here, task: TaskRow) -> bool:
    return task.owner_role == Role.DSL and Role.DEPUTY_DSL in at.school.roles


def _page(at: Here, errors: list[dict[str, str]] | None = None) -> str:
    now = school_now()
    with read_door() as db:
        found = open_tasks(db, *at.keys, at.mine, at.today)
        steps = my_steps(db, *at.keys, at.mine, at.today)
        begun = begun_by_others(db, *at.keys, current_staff().staff_id)
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
    return show(
        "staff/tasks/tasks.html", at, seen, times, "tasks", errors=errors or [],
        found=[_line(at, task) for task in found],
        begun=[(task, _name(at, task.begun_by_id)) for task in begun], covers=_covers(at),
        steps=[(step, STEPS[Step(step.next_step)], when_words(step.next_due_at, now), is_late(step.next_due_at, now),
                owner_words(step.owner_id, Owner.DSL, at.standing) if step.owner_id else "")
               for step in steps],
    )  # fmt: skip


def _name(at: Here, staff_id: int | None) -> str:
    found = at.standing.members.get(staff_id or 0)
    return found.name if found else "Somebody who has left"


def _covers(at: Here) -> list[str]:
    """For whom the viewer covers now, by name."""
    return [at.standing.members[owner].name for owner in at.mine.owners[1:]]


def _due(at: Here, task: TaskRow) -> str:
    due = london(task.due_at)
    if due.date() == at.today:
        return when_words(task.due_at, school_now())
    return f"{short_day_words(due.date())} {staff_time(due)}"
