"""My tasks: what is mine to do, or my role's, the next due first."""

from __future__ import annotations

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from blueprints.staff import blueprint
from blueprints.staff.board_rows import STEPS, when_words
from blueprints.staff.frame import Here, around, here, show
from blueprints.staff.typed import typed_version
from webapp.access import current_staff
from webapp.first_day.queries.steps import my_steps
from webapp.first_day.rules import Step, is_late
from webapp.first_day.services.collection_stopped import say_what_was_done
from webapp.first_day.services.pupil_notes import NoteWriter
from webapp.foundation.clock import london, school_now
from webapp.foundation.db import read_door
from webapp.foundation.words import short_day_words, staff_time
from webapp.people.queries import times_of
from webapp.people.queries.tasks import COLLECTION_STOPPED, TaskRow, find_task, open_tasks
from webapp.people.rules import Refused
from webapp.people.services.tasks import TaskRefused, close_task


@blueprint.get("/staff/<school>/tasks")
def tasks(school: str) -> str:
    return _page(here())


@blueprint.post("/staff/<school>/tasks/<task>/done")
def finish_task(school: str, task: str) -> Response | tuple[str, int]:
    at, viewer = here(), current_staff()
    with read_door() as db:
        found = find_task(db, *at.keys, viewer.staff_id, _roles(at), task)
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


def _roles(at: Here) -> list[str]:
    return [role.value for role in at.school.roles]


def _page(at: Here, errors: list[dict[str, str]] | None = None) -> str:
    now = school_now()
    with read_door() as db:
        found = open_tasks(db, *at.keys, current_staff().staff_id, _roles(at))
        steps = my_steps(db, *at.keys, current_staff().staff_id, _roles(at), at.today)
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
    return show(
        "staff/tasks/tasks.html", at, seen, times, "tasks", errors=errors or [],
        found=[(task, _due(at, task), task.due_at < now, task.kind == COLLECTION_STOPPED) for task in found],
        steps=[(step, STEPS[Step(step.next_step)], when_words(step.next_due_at, now), is_late(step.next_due_at, now))
               for step in steps],
    )  # fmt: skip


def _due(at: Here, task: TaskRow) -> str:
    due = london(task.due_at)
    if due.date() == at.today:
        return when_words(task.due_at, school_now())
    return f"{short_day_words(due.date())} {staff_time(due)}"
