"""Marks on their way in, packed into one whole number each, so that half a million cost megabytes and sort in a blink.

From the highest bit: enrolment (31), days since 1970 (16), half (1), number of the code (6), minutes late + 1 (9).
"""

from __future__ import annotations

import datetime as dt
from array import array
from collections.abc import Iterable

from webapp.record.services.batches import (
    LATE_CODES,
    MarkChange,
    SessionRefused,
    UnknownEnrolment,
    check_change,
    check_minutes,
    duplicate,
)
from webapp.record.services.counts import NUMBER_OF

SESSION_SHIFT = 15
_EPOCH = dt.date(1970, 1, 1).toordinal()
_MAX_DAY = (1 << 16) - 1
_MAX_ENROLMENT = (1 << 31) - 1

StagedMark = tuple[int, dt.date, int, str, int | None]


class MarkStage:
    """Marks read from a file, held until ``write_imported_marks`` takes them; touches no database.

    Fill it before the write door is opened: packing and sorting then cost nobody a wait.
    """

    def __init__(self) -> None:
        self._keys: array[int] = array("q")
        self._bits: dict[tuple[dt.date, int, str | None], int] = {}
        self._sorted: list[int] | None = None
        self._enrolments: list[int] = []

    def __len__(self) -> int:
        return len(self._keys)

    def load(self, rows: Iterable[StagedMark]) -> None:
        """Add rows of (enrolment id, date, half, code, minutes late or None).

        Raises CodeRefused for an unknown code or one not in force that day, SessionRefused for a half, date or minutes
        that no session has, UnknownEnrolment for an id that cannot be one.
        """
        known, append = self._bits, self._keys.append
        for enrolment_id, on, half, code, minutes in rows:
            try:
                bits = known[on, half, code]
            except KeyError:
                bits = self._learn(on, half, code)
            if minutes is not None:
                check_minutes(minutes)
                if code in LATE_CODES:
                    bits += minutes + 1
            if not 0 < enrolment_id <= _MAX_ENROLMENT:
                raise UnknownEnrolment(
                    f"Enrolment {enrolment_id} is not one of this school's.",
                    field="enrolment_id",
                    mend="Give the id of an enrolment.",
                )
            append(enrolment_id << 32 | bits)
        self._sorted = None

    def load_changes(self, changes: Iterable[MarkChange]) -> None:
        """Add changes of a batch; a code None stays a mark to be taken away."""
        self.load((each.enrolment_id, each.date, each.half, each.code, each.minutes_late) for each in changes)  # type: ignore[misc]

    def _learn(self, on: dt.date, half: int, code: str | None) -> int:
        canonical = check_change(MarkChange(1, on, half, code))
        day = on.toordinal() - _EPOCH
        if not 0 <= day <= _MAX_DAY:
            raise SessionRefused(f"{on} is no date of a register.", field="date", mend="Give a date from 1970 on.")
        bits = day << 16 | half << SESSION_SHIFT | NUMBER_OF[canonical] << 9
        self._bits[on, half, code] = bits
        return bits

    def sort(self) -> list[int]:
        """The packed marks in the order of the register's key. Raises DuplicateChange for a session given twice."""
        if self._sorted is None:
            self._sorted = sorted(self._keys)
            last = -1
            for key in self._sorted:
                session = key >> SESSION_SHIFT
                if session == last:
                    raise duplicate(*unpack_session(session))
                last = session
            self._enrolments = sorted({key >> 32 for key in self._sorted})
        return self._sorted

    def enrolments(self) -> list[int]:
        """The ids of the enrolments, in order."""
        self.sort()
        return self._enrolments

    def days(self) -> list[dt.date]:
        """The dates that have marks, in order."""
        return sorted({on for on, _, _ in self._bits})


def session_key(enrolment_id: int, on: dt.date, half: int) -> int:
    """A session as a packed mark's upper bits."""
    return enrolment_id << 17 | (on.toordinal() - _EPOCH) << 1 | half


def unpack_session(session: int) -> tuple[int, dt.date, int]:
    """The enrolment, date and half of a packed mark's upper bits."""
    return session >> 17, day_of(session >> 1 & _MAX_DAY), session & 1


def day_of(number: int) -> dt.date:
    """The date of a day number."""
    return dt.date.fromordinal(number + _EPOCH)


def day_number(on: dt.date) -> int:
    """Days since 1970."""
    return on.toordinal() - _EPOCH
