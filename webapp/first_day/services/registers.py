"""Registers that were not taken: who is asked, when, and the head count that takes their place."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import Connection

from webapp.first_day.queries.morning import load_morning
from webapp.first_day.rules import CaseRefused
from webapp.first_day.services.handling import Caseworker
from webapp.first_day.services.school_session import SchoolSession
from webapp.foundation.clock import school_now
from webapp.foundation.db import unit_of_work
from webapp.foundation.sessions import Half
from webapp.foundation.trail import FIRSTBELL, Actor
from webapp.people.queries.covering import load_standing
from webapp.people.rules.roles import Role
from webapp.people.services.tasks import open_task_in
from webapp.record.queries.registers import registers_of, takers_of
from webapp.record.rules import TAKEN_STATES, RegisterState
from webapp.record.services.registers import close_registers_in, note_chased_in, start_head_count_in

_AT_ONCE = timedelta(minutes=2)


def close_registers(tx: Connection, session: SchoolSession) -> tuple[int, ...]:
    """The close has come: each register that is missing becomes a task of its taker. Returns those forms.

    In the caller's transaction; doing it twice changes nothing.
    """
    morning = load_morning(
        tx, session.organisation_id, session.school_id, session.on, session.half, school_now()
    )
    due = {form.form_id: form.form for form in morning.forms if form.form_id is not None}
    missing = close_registers_in(
        tx, session.organisation_id, session.school_id, session.on, session.half, list(due)
    )
    for form_id in missing:
        chase_in(tx, session, form_id, due[form_id], FIRSTBELL)
    return missing


def chase_in(tx: Connection, session: SchoolSession, form_id: int, form: str, by: Actor) -> None:
    """Ask the form's taker who is here, else one whose named cover is; where there is none, the office."""
    takers = takers_of(tx, session.organisation_id, [form_id], session.on).get(form_id, ())
    standing = load_standing(tx, session.organisation_id, session.school_id, session.on, session.half)
    people = [staff_id for staff_id, _ in takers]
    here = [each for each in people if each not in standing.away]
    covered = [each for each in people if standing.named(each) is not None]
    note_chased_in(
        tx, session.organisation_id, session.school_id, session.on, session.half, form_id, by
    )
    _task(tx, session, "take_register", form_id, f"Take the register of {form} now",
          next(iter([*here, *covered]), None), Role.ATTENDANCE_OFFICER, by)  # fmt: skip


def chase_register(by: Caseworker, on: date, half: Half, form_id: int) -> None:
    """Somebody in the office asks for one register. Raises CaseRefused for one that has been taken."""
    with unit_of_work() as tx:
        session = SchoolSession(by.organisation_id, by.school_id, on, half)
        chase_in(tx, session, form_id, _waiting(tx, session, form_id), by.actor)


def start_head_count(by: Caseworker, on: date, half: Half, form_id: int) -> None:
    """Somebody goes to count a form whose register is missing; what they find is sent as its register.

    Raises CaseRefused for one that has been taken, RegisterEventRefused before the close.
    """
    with unit_of_work() as tx:
        session = SchoolSession(by.organisation_id, by.school_id, on, half)
        _count(tx, session, form_id, _waiting(tx, session, form_id), by.actor)


def start_head_counts(tx: Connection, session: SchoolSession) -> tuple[int, ...]:
    """What is missing still is counted. Returns those forms. In the caller's transaction."""
    rows = registers_of(tx, session.organisation_id, session.school_id, session.on, session.half.index)
    missing = [row for row in rows if row.state == RegisterState.MISSING]
    for row in missing:
        _count(tx, session, row.form_id, row.form, FIRSTBELL)
    return tuple(row.form_id for row in missing)


def _count(tx: Connection, session: SchoolSession, form_id: int, form: str, by: Actor) -> None:
    start_head_count_in(tx, session.organisation_id, session.school_id, session.on, session.half, form_id, by)
    _task(tx, session, "head_count", form_id, f"Head count in {form}", None, Role.RECEPTION, by)


def _waiting(tx: Connection, session: SchoolSession, form_id: int) -> str:
    for row in registers_of(tx, session.organisation_id, session.school_id, session.on, session.half.index):
        if row.form_id == form_id and row.state not in TAKEN_STATES:
            return str(row.form)
    raise CaseRefused("form", "This register has been taken.")


def _task(
    tx: Connection, session: SchoolSession, kind: str, form_id: int, title: str, owner_id: int | None, role: Role,
    by: Actor,
) -> None:  # fmt: skip
    """One task a form and session: the day and the half are part of its kind."""
    open_task_in(
        tx, session.organisation_id, session.school_id, kind=f"{kind}:{session.on:%Y%m%d}:{session.half.index}",
        subject_kind="form", subject_id=form_id, title=title, due_at=school_now() + _AT_ONCE, actor=by,
        owner_id=owner_id, owner_role=None if owner_id else role.value,
    )  # fmt: skip
