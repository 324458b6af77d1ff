"""A pupil's week as fourteen characters, and the years that weeks belong to.

The cache of a week keeps its marks as text, Monday morning first, Sunday afternoon last, one character a session and
"." for no mark. Codes of one character stand for themselves; the others have a digit or a small letter.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType

from webapp.record.rules.codes import CODES, Code, Half, UnknownCode, find_code_ever, half_from_index, half_index

SLOTS = 14
NO_MARK = "."
EMPTY_WEEK = NO_MARK * SLOTS

_TWO_CHARACTERS = {"C1": "c", "C2": "p", "J1": "j", **{f"Y{number}": str(number) for number in range(1, 8)}}

# Stored in the database: a symbol, once given, is never given to another code.
SYMBOL_OF: Mapping[str, str] = MappingProxyType({one.code: _TWO_CHARACTERS.get(one.code, one.code) for one in CODES})
CODE_OF: Mapping[str, str] = MappingProxyType({symbol: code for code, symbol in SYMBOL_OF.items()})


def week_start(on: date) -> date:
    """The Monday of the week."""
    return on - timedelta(days=on.weekday())


def slot_of(on: date, half: Half) -> int:
    """0 for Monday morning to 13 for Sunday afternoon: where the session stands in the week's text."""
    return on.weekday() * 2 + half_index(half)


def pack_week(marks: Mapping[tuple[date, Half], Code | str | None]) -> str:
    """The text of one week from its marks; None and "" are no mark.

    Raises UnknownCode, and ValueError when the days are not of one week.
    """
    weeks = {week_start(on) for on, _ in marks}
    if len(weeks) > 1:
        raise ValueError(f"marks must be of one week, not of the weeks from {sorted(map(str, weeks))}")
    slots = [NO_MARK] * SLOTS
    for (on, half), mark in marks.items():
        if mark:
            slots[slot_of(on, half)] = _symbol(mark)
    return "".join(slots)


def unpack_week(text: str, monday: date) -> dict[tuple[date, Half], str]:
    """The marks in a week's text, in order; sessions with no mark are left out.

    Raises ValueError for a text of another length, a symbol that no code has, or a day that is no Monday.
    """
    if len(text) != SLOTS:
        raise ValueError(f"codes must have {SLOTS} characters, one a session, not {len(text)}")
    if monday.weekday() != 0:
        raise ValueError(f"monday must be a Monday, and {monday} is not")
    marks: dict[tuple[date, Half], str] = {}
    for slot, symbol in enumerate(text):
        if symbol == NO_MARK:
            continue
        if symbol not in CODE_OF:
            raise ValueError(f"codes holds {symbol!r} in place {slot}, which stands for no code")
        marks[monday + timedelta(days=slot // 2), half_from_index(slot % 2)] = CODE_OF[symbol]
    return marks


def _symbol(mark: Code | str) -> str:
    code = mark if isinstance(mark, Code) else find_code_ever(mark)
    if code is None:
        raise UnknownCode(f"{mark!r} is not an attendance code.", field="code", mend="Correct the mark first.")
    return SYMBOL_OF[code.code]


def academic_year(on: date) -> int:
    """The calendar year in which the academic year of that day began.

    It runs from 1 August to 31 July, as the school census counts it (autumn: 1 August to 31 December), so that a
    training day at the end of August belongs to the year that it opens.
    """
    return on.year if on.month >= 8 else on.year - 1


def academic_year_bounds(year: int) -> tuple[date, date]:
    """First and last day, both inclusive."""
    return date(year, 8, 1), date(year + 1, 7, 31)
