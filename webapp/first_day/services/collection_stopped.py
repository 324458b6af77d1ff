"""A red stop at reception: the DSL hears at once, and it stands on board and tasks until it is said what was done."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection

from notifications.rules.message_kinds import MessageName
from webapp.first_day.rules.notes import NoteKind, NoteRefused, need_note
from webapp.first_day.rules.owners import TOLD_OF_DANGER
from webapp.first_day.services.pupil_notes import NoteWriter, add_note_in
from webapp.first_day.services.school_session import SchoolSession
from webapp.first_day.services.telling import alarm_staff_in
from webapp.foundation.clock import london, school_now
from webapp.foundation.db import unit_of_work
from webapp.foundation.sessions import Half
from webapp.foundation.words import staff_time
from webapp.people.queries import holders_of
from webapp.people.queries.tasks import COLLECTION_STOPPED, TaskRow, open_of_kind
from webapp.people.rules.roles import Role
from webapp.people.services.tasks import close_task_in, open_task_in
from webapp.record.services.sighting_events import CollectionStopped

_WITHIN = timedelta(minutes=5)
_LONGEST_NAME = 80


def on_collection_stopped(tx: Connection, event: CollectionStopped) -> None:
    """Keep who came for whom as a safeguarding note, give the DSL the task, and call them; a double tap is one stop."""
    by = ", ".join(part for part in (event.actor.name, event.actor.position) if part)
    wanted = event.name if len(event.name) <= _LONGEST_NAME else f"{event.name[: _LONGEST_NAME - 1]}…"
    head = f"{wanted or 'Somebody'} came for {event.first_name} at {staff_time(london(event.at))} and was stopped by"
    title = f"{head} {by}"[:200]
    standing = open_of_kind(tx, event.organisation_id, event.school_id, COLLECTION_STOPPED)
    if any(task.title == title for task in standing):
        return
    words = f"{event.name or 'Somebody'} wanted to take {event.first_name} and was stopped at reception. {event.words}"
    writer = NoteWriter(event.organisation_id, event.school_id, event.actor)
    number = add_note_in(tx, writer, event.pupil_id, NoteKind.SAFEGUARDING, words.strip()[:2000], event.at)
    open_task_in(
        tx, event.organisation_id, event.school_id, kind=COLLECTION_STOPPED, subject_kind="pupil_note",
        subject_id=number, title=title, due_at=event.at + _WITHIN, actor=event.actor, pupil_id=event.pupil_id,
        owner_role=_owner(tx, event).value,
    )  # fmt: skip
    alarm_staff_in(
        tx, SchoolSession(event.organisation_id, event.school_id, event.date, Half.AM), MessageName.DANGER_TO_DSL,
        TOLD_OF_DANGER, key=f"stopped:{event.enrolment_id}:{event.at.isoformat()}", case_id=None,
        pupil_ids=(event.pupil_id,),
    )  # fmt: skip


def _owner(tx: Connection, event: CollectionStopped) -> Role:
    """Where the record names no safeguarding lead it is the head's: nobody's task is never done."""
    held = holders_of(tx, event.organisation_id, event.school_id, [*TOLD_OF_DANGER, Role.HEAD], event.date)
    roles = {role for role, _ in held}
    return Role.HEAD if roles == {Role.HEAD.value} else Role.DSL


def say_what_was_done(by: NoteWriter, task: TaskRow, version: int, pupil_id: int, words: str) -> None:
    """Close the task of a stop with what was done, which the pupil's timeline keeps as a safeguarding note.

    Raises NoteRefused where nothing is written, TextRefused, TaskRefused.
    """
    try:
        text = need_note(words)
    except NoteRefused:
        raise NoteRefused("note", f"Write what was done about it: {task.title}.") from None
    with unit_of_work() as tx:
        close_task_in(tx, by.organisation_id, task.id, version, actor=by.actor, state="done", note=text,
                      school_id=by.school_id)  # fmt: skip
        said = f"After the stop at reception: {text}"[:2000]
        add_note_in(tx, by, pupil_id, NoteKind.SAFEGUARDING, said, school_now())
