"""What staff may decide on a report, and for which of its sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from webapp.absence.rules.cover import Away, sessions_covered
from webapp.absence.rules.reasons import COMING, Reason
from webapp.absence.rules.states import State
from webapp.absence.rules.talk import NOT_YET_KNOWN
from webapp.people.rules.ages import compulsory_school_age
from webapp.people.rules.calendar import SchoolCalendar
from webapp.people.rules.school_times import SchoolTimes
from webapp.people.rules.session_days import SchoolSession
from webapp.record.rules.codes import Code, CodeRefused, Half, Setter, codes_in_force, get_code, half_from_index
from webapp.record.rules.marking import NoteNeeded, check_mark
from webapp.record.rules.session_view import SEEN_CODES

READ_FIRST = "Open and read this report first."
NOT_IN_BULK = "Read this one by itself."
HELD = "Check first who sent this report, then release it."
MARKED_MEANWHILE = "The mark was changed meanwhile. Look at it again."
SAID_SINCE = "The family has said something else since. Look at it again."
NOTHING_TO_DO = "No session of this report can have that code yet."
_NEVER_FROM_REPORT = {
    "/": "Mark the pupil in on the register, or press Here now on the board.",
    "\\": "Mark the pupil in on the register, or press Here now on the board.",
    "X": "Use the code that fits the reason; X is for a timetable that school has planned.",
    "Z": "Use the code that fits the reason; Z is for a pupil who is not on the roll yet.",
    "#": "Close the session in the calendar instead.",
    "Y4": "Close the session in the calendar instead.",
}  # fmt: skip
"""What no family can tell: that school saw the child, that school is shut, who is on the roll (reg. 10)."""


@dataclass(frozen=True, slots=True)
class ToDecide:
    """One report as the rules see it. ``year_group`` and ``flagged`` are the pupil's."""

    enrolment_id: int
    state: State
    away: Away
    read_first: bool
    not_sure: bool
    danger: bool
    date_of_birth: date
    year_group: int | None = None
    flagged: bool = False


@dataclass(frozen=True, slots=True)
class School:
    """What the rules need to know of the school at this moment."""

    calendar: SchoolCalendar
    times: SchoolTimes
    now: datetime
    today: date
    setter: Setter


@dataclass(frozen=True, slots=True)
class SessionNow:
    """One session as it stands: the mark's code, whether leave is granted, and the code that this report gave it."""

    code: str | None = None
    leave_granted: bool = False
    decided: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """What may be written, and the sentence that says why nothing may, with the field that it is about."""

    sessions: tuple[SchoolSession, ...] = ()
    refusal: str = ""
    field: str = "code"


def why_not_confirm(report: ToDecide, *, in_bulk: bool) -> str:
    """The sentence against setting a code now; "" if one may be set.

    What has to be read is read before a code is set; in bulk nothing of that kind goes through, nor does a pupil whom
    the school looks for first.
    """
    if report.state is State.HELD:
        return HELD
    careful = report.read_first or report.not_sure or report.danger
    if in_bulk and (careful or report.flagged):
        return NOT_IN_BULK
    return READ_FIRST if careful and report.state is State.SENT else ""


def choose_sessions(
    report: ToDecide, code: str, school: School, standing: Mapping[SchoolSession, SessionNow], *,
    only: SchoolSession | None = None, seen: str | None = None, note: str = "",
) -> Choice:  # fmt: skip
    """The sessions of the report that this code may be written for, now.

    ``only``: the session that staff looked at. ``seen``: the code that they saw there and mean to replace; a mark that
    they did not see is never replaced, but for a gap, an N, or this report's own code.
    """
    covered = sessions_covered(report.away, school.calendar, school.times, report.year_group)
    wanted = [session for session in covered if only is None or session == only]
    is_open = only is not None and school.calendar.is_open(*only, report.year_group)
    if only is not None and is_open and not wanted and report.away.holds(only.date):
        # Reported as leaving early, and not there in the morning either: staff decide on what they see.
        wanted = [only]
    chosen, refusals = [], []
    for session in wanted:
        now = standing.get(session, SessionNow())
        why = _why_not_write(report, code, session, school, now, note) or _why_not_replace(code, now, seen)
        if why is None:
            chosen.append(session)
        else:
            refusals.append(why)
    if chosen:
        return Choice(tuple(chosen))
    return refusals[0] if refusals else Choice(refusal=NOTHING_TO_DO)


def codes_to_offer(on: date, half: Half, setter: Setter) -> tuple[Code, ...]:
    """The codes that this person may choose from for a family's report."""
    return tuple(
        code for code in codes_in_force(on)
        if setter in code.setters and half in code.halves and code.code not in _NEVER_FROM_REPORT
    )  # fmt: skip


def _check_source(code: str, now: SessionNow, note: str) -> None:
    """Raises CodeRefused for what a report cannot be the ground of."""
    if code in _NEVER_FROM_REPORT:
        raise CodeRefused(
            f"Code {code} never comes from a family's report.", field="code", mend=_NEVER_FROM_REPORT[code]
        )
    if code in COMING and now.code not in SEEN_CODES:
        raise CodeRefused(
            f"Code {code} says that the pupil is in school, and nobody has marked or signed them in yet.",
            field="code", mend="Wait until they are in: reception or the register sets it then.",
        )  # fmt: skip
    if code == "E" and not note.strip():
        # School suspends, never a parent's word: the record says on what it rests.
        raise NoteNeeded(
            "Code E needs a note: suspended or permanently excluded.", field="note",
            mend="Write who decided it, and for which days.",
        )  # fmt: skip


def _why_not_write(
    report: ToDecide, code: str, session: SchoolSession, school: School, now: SessionNow, note: str
) -> Choice | None:
    on = session.date
    try:
        check_mark(
            code, on, half_from_index(session.half.index), today=school.today,
            session_open=school.calendar.is_open(*session, report.year_group), setter=school.setter,
            compulsory_school_age=compulsory_school_age(report.date_of_birth, on), note=note,
            leave_granted=now.leave_granted, begun=school.now >= school.times.register_opens(*session),
        )  # fmt: skip
        _check_source(code, now, note)
    except CodeRefused as refused:
        return Choice(refusal=f"{refused} {refused.mend}", field="note" if refused.field == "note" else "code")
    return None


def _why_not_replace(code: str, now: SessionNow, seen: str | None) -> Choice | None:
    may = {*NOT_YET_KNOWN, code, seen}
    if now.decided is not None:
        may.add(now.decided)
    return None if now.code in may else Choice(refusal=MARKED_MEANWHILE)


def refused_code(reason: Reason, on: date) -> str:
    """The code to offer where school does not accept a report: G for a holiday, O for the rest."""
    return get_code("G" if reason is Reason.TRIP else "O", on).code


def worth_telling(code: str, accepted: bool, told: Sequence[tuple[str, bool]]) -> bool:
    """True if the family has not been told just this already; the afternoon's same code is no news."""
    return not told or told[-1] != (code, accepted)
