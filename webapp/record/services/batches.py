"""What goes through the one door to the record, what comes back, and what others are told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from webapp.foundation.events import Event
from webapp.foundation.trail import Actor
from webapp.record.rules.codes import RecordRefused, get_code

MAX_MINUTES_LATE = 510
MAX_WORDS = 500
LATE_CODES = frozenset({"L", "U"})


class MarkSource(StrEnum):
    """Which hand or machine the marks come from; kept on every amendment."""

    REGISTER = "register"
    STAFF = "staff"
    REPORT = "report"
    IMPORT = "import"
    RULE = "rule"


class UnknownEnrolment(RecordRefused):
    """An enrolment that is not one of this school's."""


class DuplicateChange(RecordRefused):
    """The same session of the same enrolment twice in one batch."""


class ReasonNeeded(RecordRefused):
    """An amendment without its reason (2024 Regulations, regs 6-7)."""


class SessionRefused(RecordRefused):
    """A half that is not 0 or 1, a date out of range, minutes that no school day holds, or words too long to keep."""


@dataclass(frozen=True, slots=True)
class MarkChange:
    """The code that one session shall have; ``half`` 0 is the morning, ``code`` None takes the mark away.

    ``minutes_late`` (0 to 510) is kept with L and U only; None leaves minutes that already stand beside the same code.
    ``note`` is kept for the session and this code; None leaves the note that stands there.
    """

    enrolment_id: int
    date: dt.date
    half: int
    code: str | None
    minutes_late: int | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class MarkBatch:
    """Changes to the marks of one school by one actor for one reason.

    ``expected`` holds, for each change, the code that the person saw (None for no mark): where another stands now, that
    change is stale and is not written.
    """

    organisation_id: int
    school_id: int
    changes: Sequence[MarkChange]
    actor: Actor
    reason: str
    source: MarkSource
    expected: Sequence[str | None] | None = None


@dataclass(frozen=True, slots=True)
class StaleMark:
    """A change that was not written: ``stands`` is there now, where ``expected`` was seen."""

    enrolment_id: int
    date: dt.date
    half: int
    expected: str | None
    stands: str | None


@dataclass(frozen=True, slots=True)
class WrittenMarks:
    """How many sessions changed, stood already as wished, or are in conflict; and each stale one."""

    changed: int
    unchanged: int
    conflicts: int
    stale: tuple[StaleMark, ...]


@dataclass(frozen=True, slots=True)
class ChangedMark:
    """One session whose code or minutes changed; ``before`` None means no mark stood there."""

    enrolment_id: int
    pupil_id: int
    date: dt.date
    half: int
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class MarksChanged(Event):
    """Marks of one school changed between ``first`` and ``last``.

    ``since(date)`` gives the changed sessions on or after that day, in no order. An import changes hundreds of
    thousands: ask for the days that matter, within the handler, because what it reads from ends with the batch.
    """

    school_id: int
    source: MarkSource
    actor: Actor
    first: dt.date
    last: dt.date
    count: int
    since: Callable[[dt.date], Sequence[ChangedMark]]


def check_change(change: MarkChange) -> str | None:
    """The code as the record spells it. Raises CodeRefused or SessionRefused, naming the field."""
    if change.half not in (0, 1):
        raise SessionRefused(
            f"half must be 0 or 1, not {change.half!r}.", field="half", mend="0 is the morning, 1 the afternoon."
        )
    check_minutes(change.minutes_late)
    if change.note is not None:
        check_words("note", change.note)
    return None if change.code is None else get_code(change.code, change.date).code


def check_minutes(minutes: int | None) -> None:
    """Raises SessionRefused for minutes outside 0 to 510."""
    if minutes is not None and not 0 <= minutes <= MAX_MINUTES_LATE:
        raise SessionRefused(
            f"{minutes} minutes late is outside a school day.",
            field="minutes_late",
            mend=f"Give minutes from 0 to {MAX_MINUTES_LATE}, or none.",
        )


def check_enrolments(wanted: Sequence[int], found: Sequence[int]) -> None:
    """Raises UnknownEnrolment for ids of ``wanted`` that are not in ``found``."""
    missing = sorted(set(wanted) - set(found))
    if missing:
        shown = ", ".join(map(str, missing[:5])) + (" …" if len(missing) > 5 else "")
        raise UnknownEnrolment(
            f"Enrolment {shown} is not one of this school's.",
            field="enrolment_id",
            mend="Write each school's marks in a batch of that school.",
        )


def check_words(field: str, words: str) -> None:
    """Raises SessionRefused for words too long to keep whole, or with a NUL, which no database keeps."""
    if len(words) > MAX_WORDS or "\x00" in words:
        raise SessionRefused(
            f"The {field} must be plain text of at most {MAX_WORDS} characters, not {len(words)}.",
            field=field,
            mend="Shorten it, and leave out control characters.",
        )


def check_reason(reason: str) -> None:
    """Raises ReasonNeeded when an amendment would stand without a reason, SessionRefused for one that is too long."""
    check_words("reason", reason)
    if not reason.strip():
        raise ReasonNeeded(
            "A change to the register needs its reason.", field="reason", mend="Say why the entry is changed."
        )


def duplicate(enrolment_id: int, on: dt.date, half: int) -> DuplicateChange:
    """The error for a session that stands twice in one batch or file."""
    name = ("morning", "afternoon")[half]
    return DuplicateChange(
        f"The {name} of {on:%d/%m/%Y} is there twice for enrolment {enrolment_id}.",
        field="changes",
        mend="Give each session once.",
    )
