"""The rows of the day board: what each pupil's row says and which buttons it has. Shapes only; nothing is asked here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask import url_for

from webapp.absence.rules.kinds import Channel
from webapp.absence.rules.sight import Shown, shown
from webapp.first_day.queries.morning import Morning, PupilNow
from webapp.first_day.rules import Step, is_late
from webapp.foundation.clock import london
from webapp.foundation.words import staff_time
from webapp.people.rules.roles import Permission
from webapp.record.rules import Flag, SightingKind, WorkList, find_code_ever

DONE_STAYS = timedelta(minutes=15)
"""How long a row that was just decided stays in its place, grey, with Undo."""
_STEPS = {
    Step.WAIT_FOR_ANSWER: "Wait for an answer",
    Step.RING: "Ring",
    Step.TELL_DSL: "Tell the safeguarding lead",
    Step.DSL_DECIDES: "The safeguarding lead decides",
}
_FLAG_WORDS = {
    Flag.ALARM: "Thought in school",
    Flag.DANGER: "Words of danger",
    Flag.LOOK_FIRST: "Look first",
    Flag.HELD_REPORT: "Check who sent it",
}
_OWNERS = {"attendance_officer": "you", "dsl": "safeguarding lead"}
_SEEN = {
    SightingKind.ARRIVED: "Came in",
    SightingKind.SEEN_ELSEWHERE_IN_SCHOOL: "Seen in school",
    SightingKind.RETURNED: "Came back",
    SightingKind.LEFT: "Left",
    SightingKind.SENT_HOME: "Sent home",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One row as the template reads it. ``choice`` is the report, its version, the code and the mark that is meant to
    be replaced, in one value of a form; ``select`` None has no box, False is kept out of Select all."""

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
    sort: tuple[Any, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Viewing:
    """What the rows need to know of who looks, and of the moment."""

    school: str
    permissions: Collection[Permission]
    now: datetime
    can_decide: bool

    def pupil(self, public_id: str) -> str:
        return url_for("staff.pupil", school=self.school, pupil=public_id)


def when_words(at: datetime, now: datetime) -> str:
    """09:30, in 8 min; Late 4 min."""
    minutes = round((at - now) / timedelta(minutes=1))
    if is_late(at, now):
        return f"Late {max(1, -minutes)} min"
    return f"{staff_time(london(at))}, in {minutes} min" if minutes else f"{staff_time(london(at))}, now"


def unexplained_rows(morning: Morning, viewing: Viewing) -> list[Row]:
    """Alarms first, then what is due first; pupils without a case (the texts have not gone) stand at the end."""
    rows = [_unexplained(pupil, viewing) for pupil in morning.pupils_in(WorkList.UNEXPLAINED)]
    held = {row.id for row in rows}
    found = [_found(pupil, viewing) for pupil in morning.pupils if _just_found(pupil, viewing.now)]
    return sorted([*rows, *(row for row in found if row.id not in held)], key=lambda row: row.sort)


def _just_found(pupil: PupilNow, now: datetime) -> bool:
    """Seen on the board a moment ago: the row stays, grey, with Undo."""
    if pupil.row.case_id is None or not pupil.sightings:
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
        href=viewing.pupil(row.pupil_public_id), form=row.form, flags=_flags(pupil, viewing),
        state="late" if late or Flag.ALARM in flags else "", know=_know(pupil, is_open=is_open),
        due=when_words(due_at, viewing.now) if due_at else "", late=late,
        step=_step(row) if is_open else "No text has gone out yet",
        claim=f"{_short(row.ringing_by)} is ringing" if ringing else "", has_case=is_open,
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


def _step(row: Any) -> str:
    step = _STEPS.get(row.next_step, str(row.next_step))
    whom = f" {row.next_contact_name}" if row.next_contact_name and row.next_step == Step.RING else ""
    owner = _OWNERS.get(row.owner_role, "")
    return f"{step}{whom}" + (f" ({owner})" if owner and row.next_step == Step.RING else "")


def _short(name: str) -> str:
    first, _, last = name.partition(" ")
    return f"{first[:1]} {last}" if last else name


def _flags(pupil: PupilNow, viewing: Viewing) -> tuple[str, ...]:
    hidden = set() if Permission.SEE_SAFEGUARDING_FLAGS in viewing.permissions else {Flag.DANGER}
    return tuple(
        words for flag, words in _FLAG_WORDS.items() if flag in pupil.state.flags and flag not in hidden
    )


def confirm_rows(morning: Morning, viewing: Viewing) -> list[Row]:
    """To confirm, in the order in which families wrote; rows decided just now keep their place, grey, with Undo."""
    rows = []
    for pupil in morning.pupils:
        decided = next((each for each in pupil.reports if each.decision_id is not None), None)
        if decided is not None and viewing.now - decided.decided_at <= DONE_STAYS:
            rows.append(_decided(pupil, decided, viewing))
    # The other parent's report may still wait: then it is that one which the row shows.
    rows += [_to_confirm(pupil, viewing) for pupil in morning.pupils_in(WorkList.TO_CONFIRM)]
    return sorted({row.id: row for row in rows}.values(), key=lambda row: row.sort)


def _to_confirm(pupil: PupilNow, viewing: Viewing) -> Row:
    row, report = pupil.row, pupil.report
    if report is None:
        return Row(
            id=f"c-{row.pupil_public_id}", pupil=row.pupil_public_id, name=pupil.name,
            href=viewing.pupil(row.pupil_public_id), form=row.form, flags=_flags(pupil, viewing),
            know=row.last_words or "Explained, and no code is set", strong="Set a code", select=False,
            sort=(1, row.last_name, row.first_name),
        )  # fmt: skip
    careful = report.read_first or report.not_sure or report.danger or report.state == "held"
    ready = viewing.can_decide and not careful
    strong = _why_open(report) if careful else "" if ready else "Not yet"
    text = _seen_words(report, viewing)
    return Row(
        id=f"c-{row.pupil_public_id}", pupil=row.pupil_public_id, name=pupil.name,
        href=viewing.pupil(row.pupil_public_id), form=row.form, flags=_flags(pupil, viewing), state="",
        said=text.words or text.why, who=report_who(report), when=staff_time(london(report.sent_at)),
        strong=strong, note=("" if text.hidden else text.why) if careful else "Codes wait for the register" if strong else "",
        code="" if strong or text.hidden else report.suggested_code,
        meaning="" if strong or text.hidden else _meaning(report.suggested_code),
        choice=_choice(report, report.suggested_code, row.code) if ready and not text.hidden else "",
        report_href=url_for("staff.report", school=viewing.school, report=report.public_id), report_id=report.id,
        can_ask=report.contact_id is not None and report.state != "held",
        select=ready and not text.hidden and Flag.LOOK_FIRST not in pupil.state.flags and Flag.CLASH not in pupil.state.flags,
        sort=(0, report.sent_at, report.id),
    )  # fmt: skip


def _why_open(report: Any) -> str:
    if report.state == "held":
        return "Check first"
    return "Not sure" if report.not_sure and not report.read_first and not report.danger else "Read first"


def _decided(pupil: PupilNow, report: Any, viewing: Viewing) -> Row:
    row = pupil.row
    text = _seen_words(report, viewing)
    word = "Confirmed" if report.state == "recorded" else "Not accepted"
    return Row(
        id=f"c-{row.pupil_public_id}", pupil=row.pupil_public_id, name=pupil.name,
        href=viewing.pupil(row.pupil_public_id), form=row.form, state="done", said=text.words or text.why,
        who=report_who(report), when=staff_time(london(report.sent_at)),
        code="" if text.hidden else report.decided_code, meaning="" if text.hidden else _meaning(report.decided_code),
        strong="Settled" if text.hidden else "", done=f"{word} {staff_time(london(report.decided_at))}",
        undo=report.decision_id, select=False, sort=(0, report.sent_at, report.id),
    )  # fmt: skip


def other_rows(morning: Morning, work_list: WorkList, viewing: Viewing) -> list[Row]:
    """A list that only shows: late, planned, settled, or reported away and marked in."""
    rows = [_plain(pupil, viewing, work_list[0]) for pupil in morning.pupils_in(work_list)]
    return sorted(rows, key=lambda row: row.sort)


def _plain(pupil: PupilNow, viewing: Viewing, prefix: str) -> Row:
    row, report = pupil.row, pupil.report or (pupil.reports[-1] if pupil.reports else None)
    text = _seen_words(report, viewing) if report is not None else Shown("", "")
    known = _seen_last(pupil) or ("" if report is not None else _planned(row))
    decided = report if report is not None and report.decision_id is not None else None
    code = row.code or (row.expectation_code if report is None else "") or ""
    # A code tells the reason: I is an illness to whoever reads it.
    hide = Permission.SEE_HEALTH_REASONS not in viewing.permissions and code not in _OPEN_TO_ALL
    return Row(
        id=f"{prefix}-{row.pupil_public_id}", pupil=row.pupil_public_id, name=pupil.name,
        href=viewing.pupil(row.pupil_public_id), form=row.form, flags=_flags(pupil, viewing),
        said=text.words or text.why, who=report_who(report) if report is not None else "",
        when=staff_time(london(report.sent_at)) if report is not None else "", know=known,
        code="" if hide else code, meaning="Reason held by the office" if hide and code else _meaning(code),
        note=f"{row.minutes_late} min late" if row.minutes_late is not None else "",
        done=f"{_short(decided.decided_by)} {staff_time(london(decided.decided_at))}" if decided else "",
        undo=decided.decision_id if decided and Permission.CONFIRM_CODES in viewing.permissions else 0,
        report_href=url_for("staff.report", school=viewing.school, report=report.public_id) if report is not None else "",
        can_ask=report is not None and report.contact_id is not None and report.state != "held",
        sort=(row.last_name, row.first_name),
    )  # fmt: skip


_OPEN_TO_ALL = frozenset({"", "/", "\\", "L", "U", "N"})


def _seen_last(pupil: PupilNow) -> str:
    if not pupil.sightings:
        return ""
    last = pupil.sightings[-1]
    return f"{_SEEN[last.kind]} {staff_time(london(last.at))}"


def _planned(row: Any) -> str:
    if row.expectation_kind is None:
        return ""
    start = f" from {staff_time(london(row.expectation_starts_at))}" if row.expectation_starts_at else ""
    place = row.place or {"leave": "Leave agreed", "appointment": "Appointment"}.get(row.expectation_kind, "Planned")
    confirmed = ", confirmed there" if row.expectation_confirmed_at is not None else ""
    return f"{place}{start}{confirmed}"


def _seen_words(report: Any, viewing: Viewing) -> Shown:
    return shown(
        reason=report.reason, symptoms=report.symptoms, words=report.words, danger=bool(report.danger),
        permissions=viewing.permissions,
    )  # fmt: skip


def report_who(report: Any) -> str:
    """Karen, app."""
    return f"{report.told_by.split(' ')[0]}, {Channel(report.channel).words}"


def _meaning(code: str) -> str:
    found = find_code_ever(code) if code else None
    return found.meaning if found else ""


def _choice(report: Any, code: str, seen: str | None) -> str:
    return f"{report.id}.{report.version}.{code}.{seen or '-'}"


def bulk_words(rows: Iterable[Row]) -> str:
    """Confirm 2: 1 I, 1 M."""
    codes = Counter(row.code for row in rows)
    parts = ", ".join(f"{number} {code}" for code, number in sorted(codes.items()))
    return f"Confirm {sum(codes.values())}: {parts}" if codes else "Confirm selected"


def chosen(rows: Sequence[Row]) -> list[Row]:
    """The rows that Select all takes."""
    return [row for row in rows if row.select and row.choice]
