"""Taking a register, closing the registers of a session, chasing one, and the head count in its place."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, update

from webapp.foundation import events, trail
from webapp.foundation.clock import school_now, school_today
from webapp.foundation.db import unit_of_work
from webapp.foundation.events import Event
from webapp.foundation.sessions import Half
from webapp.foundation.trail import Actor, Deed
from webapp.people.queries import PupilRow, calendar_of, form_roll, times_of
from webapp.record.models import Register
from webapp.record.queries.registers import find_register, forms_marked, marks_in, register_rows
from webapp.record.rules import (
    RegisterEvent,
    RegisterRefused,
    RegisterState,
    Setter,
    check_mark,
    half_from_index,
    minutes_late,
    next_register_state,
)
from webapp.record.rules.session_view import SEEN_CODES
from webapp.record.services.batches import MarkBatch, MarkChange, MarkSource, WrittenMarks
from webapp.record.services.marks import write_marks_in

_AGAIN = "The register was taken again"


class StaleRegister(RegisterRefused):
    """Somebody else has taken this register since the page was opened."""


@dataclass(frozen=True, slots=True)
class RegisterMark:
    """What the taker says of one pupil: ``/`` or ``\\`` (by the half), ``L`` or ``N``. Minutes None: by the clock."""

    enrolment_id: int
    code: str
    minutes_late: int | None = None


@dataclass(frozen=True, slots=True)
class TakenRegister:
    """The register as it stands now. ``kept`` are pupils marked away who had a code already, which was left."""

    state: RegisterState
    version: int
    written: WrittenMarks
    kept: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RegisterTaken(Event):
    """A form's register came in."""

    school_id: int
    form_id: int
    date: dt.date
    half: int
    state: str


def take_register(
    organisation_id: int, school_id: int, form_id: int, on: dt.date, half: Half, marks: Sequence[RegisterMark], *,
    actor: Actor, version: int | None = None,
) -> TakenRegister:  # fmt: skip
    """Take the register of one form, in one commit. Until its close it may be taken again.

    ``version`` is what the page showed, 0 for a register that nobody had touched, None not to ask. A pupil marked ``N``
    who has a code of absence keeps it: it says more. Whoever is marked in is in, whatever stood there.
    Raises RegisterRefused, StaleRegister, RegisterEventRefused (closed: change the mark instead) or CodeRefused.
    """
    with unit_of_work() as tx:
        return take_register_in(tx, organisation_id, school_id, form_id, on, half, marks, actor=actor, version=version)


def take_register_in(
    tx: Connection, organisation_id: int, school_id: int, form_id: int, on: dt.date, half: Half,
    marks: Sequence[RegisterMark], *, actor: Actor, version: int | None = None,
) -> TakenRegister:  # fmt: skip
    """As ``take_register``, in the caller's transaction."""
    now = school_now()
    times = times_of(tx, organisation_id, school_id, on)
    roll = form_roll(tx, organisation_id, school_id, form_id, on)
    _check_roll(roll, marks)
    # The marks first in the order of locks, as everybody who writes marks: their rows before the register's.
    stand = marks_in(tx, organisation_id, [pupil.enrolment_id for pupil in roll], on, half.index)
    _check_whole(roll, marks, stand)
    row = find_register(tx, organisation_id, school_id, form_id, on, half.index, lock=True)
    if version is not None and version != (row.version if row else 0):
        raise StaleRegister(
            "Somebody else has taken this register.", field="version", mend="Look at it again, then save."
        )
    state = RegisterState(row.state) if row else RegisterState.DUE
    if now >= times.register_closes(on, half):
        state = next_register_state(state, RegisterEvent.CLOSE_REACHED)
    after = next_register_state(state, RegisterEvent.SUBMITTED)
    changes, kept = _changes(tx, organisation_id, school_id, on, half, roll, marks, stand, now)
    values = {"state": after.value, "taken_at": now, "taken_by": actor.name, "source": "register"}
    _put(tx, organisation_id, school_id, form_id, on, half, row, values)
    trail.write(
        tx, organisation_id, actor,
        Deed("took_register", "form", form_id, school_id, None, {"date": on.isoformat(), "half": half.index}),
    )  # fmt: skip
    written = write_marks_in(tx, MarkBatch(organisation_id, school_id, changes, actor, _AGAIN, MarkSource.REGISTER))
    events.emit(tx, RegisterTaken(organisation_id, school_id, form_id, on, half.index, after.value))
    return TakenRegister(after, (row.version if row else 0) + 1, written, kept)


def _check_roll(roll: Sequence[PupilRow], marks: Sequence[RegisterMark]) -> None:
    given = [mark.enrolment_id for mark in marks]
    if set(given) - {pupil.enrolment_id for pupil in roll}:
        raise RegisterRefused(
            "A pupil in this register is not in this form today.", field="marks", mend="Open the register again."
        )
    if len(set(given)) != len(given):
        raise RegisterRefused("A pupil is there twice.", field="marks", mend="Mark each pupil once.")


def _check_whole(roll: Sequence[PupilRow], marks: Sequence[RegisterMark], stand: dict[int, Any]) -> None:
    """A register with a gap is not taken: nobody would look for that child."""
    given = {mark.enrolment_id for mark in marks}
    left = [
        pupil for pupil in roll
        if pupil.enrolment_id not in given and stand.get(pupil.enrolment_id, (None,))[0] is None
    ]  # fmt: skip
    if left:
        names = ", ".join(pupil.name for pupil in left[:3]) + (" …" if len(left) > 3 else "")
        raise RegisterRefused(
            f"{len(left)} not marked: {names}.", field="marks", mend="Mark each pupil in, late or away, then save."
        )


def _changes(
    tx: Connection, organisation_id: int, school_id: int, on: dt.date, half: Half, roll: Sequence[PupilRow],
    marks: Sequence[RegisterMark], stand: dict[int, tuple[str | None, int | None]], now: dt.datetime,
) -> tuple[list[MarkChange], tuple[int, ...]]:  # fmt: skip
    calendar, times = calendar_of(tx, organisation_id, school_id), times_of(tx, organisation_id, school_id, on)
    opens = times.register_opens(on, half)
    years = {pupil.enrolment_id: pupil.year_group for pupil in roll}
    changes: list[MarkChange] = []
    kept: list[int] = []
    for mark in marks:
        is_open = calendar.is_open(on, half, years[mark.enrolment_id])
        code = check_mark(
            mark.code, on, half_from_index(half.index), today=school_today(), session_open=is_open,
            setter=Setter.REGISTER_TAKER, begun=now >= opens,
        ).code  # fmt: skip
        held = stand.get(mark.enrolment_id, (None, None))[0]
        if code == "N" and held is not None and held not in SEEN_CODES:
            kept.append(mark.enrolment_id)
            continue
        late = mark.minutes_late
        if code == "L" and late is None and held != "L":
            late = minutes_late(now, opens)
        changes.append(MarkChange(mark.enrolment_id, on, half.index, code, late))
    return changes, tuple(kept)


def close_registers_in(
    tx: Connection, organisation_id: int, school_id: int, on: dt.date, half: Half, form_ids: Collection[int]
) -> tuple[int, ...]:
    """The close has come: what was taken is closed, what was not is missing. Returns the forms that are missing now.

    ``form_ids`` are the forms with pupils who are due. Doing it twice changes nothing.
    """
    rows = {row.form_id: row for row in register_rows(tx, organisation_id, school_id, on, half.index, lock=True)}
    missing: list[int] = []
    for form_id in sorted(form_ids):
        row = rows.get(form_id)
        state = RegisterState(row.state) if row else RegisterState.DUE
        after = next_register_state(state, RegisterEvent.CLOSE_REACHED)
        if after is not state:
            _put(tx, organisation_id, school_id, form_id, on, half, row, {"state": after.value})
            if after is RegisterState.MISSING:
                missing.append(form_id)
    return tuple(missing)


def note_import_in(
    tx: Connection, organisation_id: int, school_id: int, on: dt.date, half: Half, at: dt.datetime
) -> int:
    """An import of marks came in at ``at`` (school time), whether it changed anything or not.

    A form of which at least half of the pupils are marked counts as taken, so that a blank in it is a child to look
    for. Returns how many forms that is.
    """
    closes = times_of(tx, organisation_id, school_id, on).register_closes(on, half)
    rows = {row.form_id: row for row in register_rows(tx, organisation_id, school_id, on, half.index, lock=True)}
    marked = [form for form in forms_marked(tx, organisation_id, school_id, on, half.index) if
              form.marked * 2 >= form.pupils]  # fmt: skip
    for form in marked:
        row = rows.get(form.form_id)
        state = RegisterState(row.state) if row else RegisterState.DUE
        if state is not RegisterState.CLOSED:
            if at >= closes:
                state = next_register_state(state, RegisterEvent.CLOSE_REACHED)
            if state is not RegisterState.CLOSED:
                state = next_register_state(state, RegisterEvent.SUBMITTED)
        values = {"state": state.value, "taken_at": at, "source": "import"}
        _put(tx, organisation_id, school_id, form.form_id, on, half, row, values)
    return len(marked)


def note_chased_in(
    tx: Connection, organisation_id: int, school_id: int, on: dt.date, half: Half, form_id: int, actor: Actor
) -> None:
    """Somebody was asked for this register."""
    row = find_register(tx, organisation_id, school_id, form_id, on, half.index, lock=True)
    state = row.state if row else RegisterState.DUE.value
    _put(tx, organisation_id, school_id, form_id, on, half, row, {"state": state, "chased_at": school_now()})
    trail.write(
        tx, organisation_id, actor,
        Deed("chased_register", "form", form_id, school_id, None, {"date": on.isoformat(), "half": half.index}),
    )  # fmt: skip


def start_head_count_in(
    tx: Connection, organisation_id: int, school_id: int, on: dt.date, half: Half, form_id: int, actor: Actor
) -> None:
    """Somebody goes to count; the counted register is sent with ``take_register``. Raises RegisterEventRefused."""
    row = find_register(tx, organisation_id, school_id, form_id, on, half.index, lock=True)
    state = RegisterState(row.state) if row else RegisterState.DUE
    if school_now() >= times_of(tx, organisation_id, school_id, on).register_closes(on, half):
        state = next_register_state(state, RegisterEvent.CLOSE_REACHED)
    after = next_register_state(state, RegisterEvent.HEAD_COUNT_STARTED)
    _put(tx, organisation_id, school_id, form_id, on, half, row, {"state": after.value})
    trail.write(
        tx, organisation_id, actor,
        Deed("started_head_count", "form", form_id, school_id, None, {"date": on.isoformat(), "half": half.index}),
    )  # fmt: skip


def _put(
    tx: Connection, organisation_id: int, school_id: int, form_id: int, on: dt.date, half: Half, row: Any | None,
    values: dict[str, Any],
) -> None:  # fmt: skip
    key = {
        "organisation_id": organisation_id, "school_id": school_id, "form_id": form_id, "date": on,
        "half": half.index,
    }  # fmt: skip
    if row is None:
        tx.execute(insert(Register).values(**key, **values))
        return
    tx.execute(
        update(Register)
        .where(*(getattr(Register, name) == value for name, value in key.items()))
        .values(**values, version=Register.version + 1)
    )
