"""The rows of the day board: what each says and which buttons it has; and those of the children who are missing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from flask import url_for

from webapp.first_day.queries.morning import Morning, PupilNow
from webapp.first_day.rules import Owner, Step, is_late
from webapp.first_day.rules.owners import owner_words
from webapp.foundation.clock import london
from webapp.foundation.words import staff_time
from webapp.people.rules.covering import Standing
from webapp.people.rules.roles import Permission
from webapp.record.rules import Flag, SightingKind, WorkList

DONE_STAYS = timedelta(minutes=15)
"""How long a row that was just decided stays in its place, grey, with Undo."""
STEPS = {
    Step.WAIT_FOR_ANSWER: "Wait for an answer",
    Step.RING: "Ring",
    Step.TELL_DSL: "Tell the safeguarding lead",
    Step.DSL_DECIDES: "The safeguarding lead decides",
}
_DEEDS = {Step.TELL_DSL: "tell_dsl", Step.DSL_DECIDES: "decide"}
_FLAG_WORDS = {
    Flag.ALARM: "Alarm",
    Flag.DANGER: "Words of danger",
    Flag.LOOK_FIRST: "Look first",
    Flag.HELD_REPORT: "Check who sent it",
    Flag.NOT_DUE: "Not due, still looked for",
}
_OWNERS = {"attendance_officer": "attendance officer", "dsl": "safeguarding lead"}


@dataclass(frozen=True, slots=True)
class Row:
    """One row as the template reads it. ``choice`` is the report, its version, the code and the mark that is meant to
    be replaced, in one value of a form; ``select`` None has no box, False is kept out of Select all. ``said`` are the
    family's own words, ``why`` a reason that was chosen or that staff wrote down."""

    id: str
    pupil: str
    name: str
    href: str
    form: str
    flags: tuple[str, ...] = ()
    state: str = ""
    know: str = ""
    strong: str = ""
    note: str = ""
    due: str = ""
    step: str = ""
    late: bool = False
    claim: str = ""
    said: str = ""
    who: str = ""
    when: str = ""
    code: str = ""
    meaning: str = ""
    choice: str = ""
    report_href: str = ""
    report_id: int = 0
    can_ask: bool = False
    select: bool | None = None
    done: str = ""
    undo: int = 0
    has_case: bool = False
    can_ring: bool = False
    """Somebody with a number that works is left to be rung."""
    due_deed: str = ""
    """The deed in the case that the next step asks for, where it is not a call."""
    why: str = ""
    sort: tuple[Any, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Viewing:
    """What the rows need to know of who looks, and of the moment."""

    school: str
    permissions: Collection[Permission]
    now: datetime
    can_decide: bool
    staff_id: int = 0
    standing: Standing = field(default_factory=lambda: Standing(()))
    waits: bool = False
    """The register of the session has not opened: nobody can set a code yet."""
    _pupils: str = ""
    _reports: str = ""

    def __post_init__(self) -> None:
        # Addresses are built once a page: a router's work for every row was a tenth of its time.
        object.__setattr__(self, "_pupils", url_for("staff.pupil", school=self.school, pupil="0")[:-1])
        object.__setattr__(self, "_reports", url_for("staff.report", school=self.school, report="0")[:-1])

    def pupil(self, public_id: str) -> str:
        return self._pupils + public_id

    def report(self, public_id: str) -> str:
        return self._reports + public_id


def when_words(at: datetime, now: datetime) -> str:
    """09:30, in 8 min; Overdue 4 min: "late" is a pupil's word."""
    minutes = round((at - now) / timedelta(minutes=1))
    if is_late(at, now):
        return f"Overdue {max(1, -minutes)} min"
    return f"{staff_time(london(at))}, in {minutes} min" if minutes else f"{staff_time(london(at))}, now"


def unexplained_rows(morning: Morning, viewing: Viewing) -> list[Row]:
    """Alarms first, then what is due first; pupils without a case (the texts have not gone) stand at the end."""
    rows = [_unexplained(pupil, viewing) for pupil in morning.pupils_in(WorkList.UNEXPLAINED)]
    held = {row.id for row in rows}
    found = [_found(pupil, viewing) for pupil in morning.pupils if _just_found(pupil, viewing.now)]
    return sorted([*rows, *(row for row in found if row.id not in held)], key=lambda row: row.sort)


def looked_rows(morning: Morning, viewing: Viewing, shown: Collection[str]) -> list[Row]:
    """Reported away, marked in, and somebody looked a moment ago; but for the pupils in ``shown``."""
    return [
        replace(
            _found(pupil, viewing), id=f"r-{pupil.row.pupil_public_id}", know="",
            done=f"Here, looked {staff_time(london(pupil.sightings[-1].at))}",
        )
        for pupil in morning.pupils
        if pupil.reports and pupil.row.case_id is None and pupil.row.pupil_public_id not in shown
        and _just_seen(pupil, viewing.now)
    ]  # fmt: skip


def _just_found(pupil: PupilNow, now: datetime) -> bool:
    """Seen on the board a moment ago: the row stays, grey, with Undo."""
    return pupil.row.case_id is not None and _just_seen(pupil, now)


def _just_seen(pupil: PupilNow, now: datetime) -> bool:
    if not pupil.sightings:
        return False
    last = pupil.sightings[-1]
    return last.kind is SightingKind.SEEN_ELSEWHERE_IN_SCHOOL and now - last.at <= DONE_STAYS


def _found(pupil: PupilNow, viewing: Viewing) -> Row:
    row, at = pupil.row, pupil.sightings[-1].at
    return Row(
        id=f"u-{row.pupil_public_id}", pupil=row.pupil_public_id, name=pupil.name,
        href=viewing.pupil(row.pupil_public_id), form=row.form, state="done", know=row.last_words or "",
        done=f"Here now {staff_time(london(at))}", sort=(True, True, at, row.last_name, row.first_name),
    )  # fmt: skip


def _unexplained(pupil: PupilNow, viewing: Viewing) -> Row:
    row, flags = pupil.row, pupil.state.flags
    is_open = row.case_id is not None and row.case_state != "closed"
    due_at = row.next_due_at if is_open else None
    late = due_at is not None and is_late(due_at, viewing.now)
    ringing = is_open and row.ringing_until is not None and row.ringing_until > viewing.now
    return Row(
        id=f"u-{row.pupil_public_id}", pupil=row.pupil_public_id, name=pupil.name,
        href=viewing.pupil(row.pupil_public_id), form=row.form, flags=row_flags(pupil, viewing),
        state="late" if late or Flag.ALARM in flags else "", know=_know(pupil, is_open=is_open),
        due=when_words(due_at, viewing.now) if due_at else "", late=late,
        step=_step(row, viewing) if is_open else "No text has gone out yet",
        claim=f"{short_name(row.ringing_by)} is ringing" if ringing else "", has_case=is_open,
        can_ring=row.next_contact_id is not None,
        due_deed=_DEEDS.get(row.next_step, "") if is_open else "",
        sort=(Flag.ALARM not in flags, due_at is None, due_at or viewing.now, row.last_name, row.first_name),
    )  # fmt: skip


def _know(pupil: PupilNow, *, is_open: bool) -> str:
    row = pupil.row
    if is_open and row.last_words:
        return str(row.last_words)
    report = pupil.reports[-1] if pupil.reports else None
    if report is not None and report.state == "withdrawn" and report.expected_at is not None:
        return f"Said to come at {staff_time(london(report.expected_at))}, and did not"
    if row.code == "O":
        return "O: the reason was not accepted"
    if row.expectation_code is not None and row.expectation_kind != "leave":
        place = row.place or "another place"
        return f"Planned at {place}; nobody there has confirmed"
    return "Not marked in. No reason yet" if row.code == "N" else "No mark in a register that was taken"


def _step(row: Any, viewing: Viewing) -> str:
    step = STEPS.get(row.next_step, str(row.next_step))
    whom = f" {row.next_contact_name}" if row.next_contact_name and row.next_step == Step.RING else ""
    owner = "you" if row.owner_id == viewing.staff_id else _OWNERS.get(row.owner_role, "")
    covered = _covered(row, viewing)
    if covered:
        return f"{step}{whom} ({covered})"
    return f"{step}{whom}" + (f" ({owner})" if owner and row.next_step == Step.RING else "")


def _covered(row: Any, viewing: Viewing) -> str:
    if not viewing.standing.away or row.owner_id is None or row.owner_role not in set(Owner):
        return ""
    return owner_words(row.owner_id, Owner(row.owner_role), viewing.standing)


def short_name(name: str) -> str:
    first, _, last = name.partition(" ")
    return f"{first[:1]} {last}" if last else name


def row_flags(pupil: PupilNow, viewing: Viewing) -> tuple[str, ...]:
    hidden = set() if Permission.SEE_SAFEGUARDING_FLAGS in viewing.permissions else {Flag.DANGER}
    return tuple(words for flag, words in _FLAG_WORDS.items() if flag in pupil.state.flags and flag not in hidden)
