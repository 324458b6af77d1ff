"""The taking of a register: how long it stays open, what a late arrival suggests, what state it is in.

Source: regulation 10, School Attendance (Pupil Registration) (England) Regulations 2024, and Working together to
improve school attendance (DfE, August 2024): taken at the start of the morning and once in the afternoon, open for at
most 30 minutes. All instants are aware.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from webapp.record.rules.codes import RecordRefused

LONGEST_OPEN = timedelta(minutes=30)
OVERDUE_AFTER = timedelta(minutes=10)


class RegisterRefused(RecordRefused):
    """What a register may not do."""


class RegisterTooLong(RegisterRefused):
    """Open for more than 30 minutes."""


class RegisterTimesWrong(RegisterRefused):
    """Closes before it opens, or a time without its zone."""


class RegisterEventRefused(RegisterRefused):
    """An event that does not fit the state."""


@dataclass(frozen=True, slots=True)
class RegisterWindow:
    """While the register is being taken: from `opened_at` until just before `closes_at`.

    Raises RegisterTooLong and RegisterTimesWrong.
    """

    opened_at: datetime
    closes_at: datetime

    def __post_init__(self) -> None:
        check_aware("opened_at", self.opened_at)
        check_aware("closes_at", self.closes_at)
        if self.closes_at <= self.opened_at:
            raise RegisterTimesWrong(
                "A register must close after it opens.", field="closes_at", mend="Enter a later closing time."
            )
        if self.closes_at - self.opened_at > LONGEST_OPEN:
            raise RegisterTooLong(
                "A register may stay open for at most 30 minutes (regulation 10; Working together to improve school"
                " attendance).",
                field="closes_at",
                mend="Close it within 30 minutes of its opening.",
            )

    def is_open(self, now: datetime) -> bool:
        return self.opened_at <= now < self.closes_at


def check_aware(field: str, instant: datetime) -> None:
    """Raises RegisterTimesWrong for a time that does not say its zone."""
    if instant.utcoffset() is None:
        raise RegisterTimesWrong(f"{field} has no time zone.", field=field, mend="Give the time with its zone.")


class LateSuggestion(StrEnum):
    """What the clock suggests for an arrival; a person sets the code."""

    ON_TIME = "on_time"
    L = "L"
    U = "U"
    SESSION_OVER = "session_over"


def suggest_late(now: datetime, opens: datetime, closes: datetime, session_ends: datetime) -> LateSuggestion:
    """L before the taking of the register ends, U from then until the session ends.

    Present "when the taking begins" is on time, so the opening instant still is.
    """
    if now <= opens:
        return LateSuggestion.ON_TIME
    if now < closes:
        return LateSuggestion.L
    return LateSuggestion.U if now < session_ends else LateSuggestion.SESSION_OVER


def minutes_late(now: datetime, opens: datetime) -> int:
    """Whole minutes since the register began, rounded down, never below 0."""
    return max(0, (now - opens) // timedelta(minutes=1))


def register_overdue(now: datetime, closes: datetime) -> bool:
    """Ten minutes past its close a register not taken becomes a head count, or cases for its pupils."""
    return now >= closes + OVERDUE_AFTER


class RegisterState(StrEnum):
    DUE = "due"
    OPEN = "open"
    TAKEN = "taken"
    CLOSED = "closed"
    MISSING = "missing"
    HEAD_COUNT = "head_count"


class RegisterEvent(StrEnum):
    OPENED = "opened"
    SUBMITTED = "submitted"
    CLOSE_REACHED = "close_reached"
    HEAD_COUNT_STARTED = "head_count_started"
    HEAD_COUNT_FINISHED = "head_count_finished"


_S, _E = RegisterState, RegisterEvent

# A pair that is not here is refused.
REGISTER_MOVES: Mapping[tuple[RegisterState, RegisterEvent], RegisterState] = MappingProxyType(
    {
        (_S.DUE, _E.OPENED): _S.OPEN,
        # An imported register arrives whole: nobody saw it being opened.
        (_S.DUE, _E.SUBMITTED): _S.TAKEN,
        (_S.DUE, _E.CLOSE_REACHED): _S.MISSING,
        # A second phone opens the same register.
        (_S.OPEN, _E.OPENED): _S.OPEN,
        (_S.OPEN, _E.SUBMITTED): _S.TAKEN,
        # Opened and never sent: none of its pupils is accounted for.
        (_S.OPEN, _E.CLOSE_REACHED): _S.MISSING,
        # Until its close a taken register is looked at again, for the child who comes in late.
        (_S.TAKEN, _E.OPENED): _S.TAKEN,
        (_S.TAKEN, _E.SUBMITTED): _S.TAKEN,
        (_S.TAKEN, _E.CLOSE_REACHED): _S.CLOSED,
        # The clock may strike twice.
        (_S.CLOSED, _E.CLOSE_REACHED): _S.CLOSED,
        # The teacher's register came in while the head count went round; both are written as marks.
        (_S.CLOSED, _E.HEAD_COUNT_FINISHED): _S.CLOSED,
        # Being opened late does not find anyone: it stays missing until it is sent.
        (_S.MISSING, _E.OPENED): _S.MISSING,
        (_S.MISSING, _E.SUBMITTED): _S.CLOSED,
        (_S.MISSING, _E.CLOSE_REACHED): _S.MISSING,
        # By the clock at ten minutes, or by hand before.
        (_S.MISSING, _E.HEAD_COUNT_STARTED): _S.HEAD_COUNT,
        (_S.HEAD_COUNT, _E.OPENED): _S.HEAD_COUNT,
        (_S.HEAD_COUNT, _E.SUBMITTED): _S.CLOSED,
        (_S.HEAD_COUNT, _E.CLOSE_REACHED): _S.HEAD_COUNT,
        (_S.HEAD_COUNT, _E.HEAD_COUNT_STARTED): _S.HEAD_COUNT,
        (_S.HEAD_COUNT, _E.HEAD_COUNT_FINISHED): _S.CLOSED,
    }
)

TAKEN_STATES = frozenset({RegisterState.TAKEN, RegisterState.CLOSED})

_TOO_EARLY = ("The register has not reached its close.", "Take the register, or wait until it closes.")
_WHY_NOT: Mapping[RegisterState, tuple[str, str]] = MappingProxyType(
    {
        _S.DUE: _TOO_EARLY,
        _S.OPEN: _TOO_EARLY,
        _S.TAKEN: ("The register has been taken.", "Change the mark in the register."),
        _S.CLOSED: ("The register is closed.", "Change the mark, with a reason, instead."),
        _S.MISSING: ("No head count has been started.", "Start the head count first."),
    }
)


def next_register_state(state: RegisterState, event: RegisterEvent) -> RegisterState:
    """The state after the event; raises RegisterEventRefused for a pair that makes no sense."""
    after = REGISTER_MOVES.get((state, event))
    if after is None:
        message, mend = _WHY_NOT[state]
        raise RegisterEventRefused(message, field="register", mend=mend)
    return after
