"""Reading one cell: text, dates, yes and no, numbers. What could be read in two ways is refused."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

from webapp.foundation.sessions import Half
from webapp.people.rules.files.rejections import CellRefused
from webapp.people.rules.session_days import CalendarRefused, read_year_groups

Cell = str | float | int | bool | date | datetime | time | timedelta | None

ERRORS = frozenset({
    "#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#GETTING_DATA", "#FIELD!",
})  # fmt: skip
_YES = frozenset({"y", "yes", "true", "t", "1", "✓", "✔", "x"})
_NO = frozenset({"n", "no", "false", "f", "0"})
_HALVES = {
    "am": Half.AM, "a": Half.AM, "morning": Half.AM, "1": Half.AM, "pm": Half.PM, "p": Half.PM, "afternoon": Half.PM,
    "2": Half.PM,
}  # fmt: skip
_MONTHS = {
    month: number
    for number, month in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
_TIME = r"(?:[T ]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z?)?"
_ISO = re.compile(rf"(\d{{4}})([-/])(\d{{1,2}})\2(\d{{1,2}}){_TIME}")
_DAY_FIRST = re.compile(rf"(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{4}}){_TIME}")
_MONTH_IN_WORDS = re.compile(rf"(\d{{1,2}})[- /]?([A-Za-z]{{3,9}})\.?[- /,]*(\d{{4}}){_TIME}")
_SHORT_YEAR = re.compile(r"\d{1,2}[-/. ](?:\d{1,2}|[A-Za-z]{3,9})[-/. ]\d{2}")
_SERIAL_ZERO = date(1899, 12, 30)
# 1930 to 2100: a number in a column of dates is Excel's own count of days only within a lifetime.
_SERIALS = (10959, 73415)
_SAY_DATE = "Write the date as 2026-03-25 or 25/03/2026."
_YEAR_WORDS = re.compile(r"(?:year|yr|y|nc year|ncy)?[ .]*(-1|\d{1,2})", re.IGNORECASE)
_EARLY_YEARS = {
    "r": "R", "rec": "R", "reception": "R", "yr r": "R", "year r": "R", "n": "N", "n1": "N", "n2": "N", "nursery": "N",
    "nursery 1": "N", "nursery 2": "N",
}  # fmt: skip


def cell_text(cell: Cell) -> str:
    """A cell as the text that a person would have typed. Excel's ="0012" is unwrapped."""
    if isinstance(cell, str):
        text = cell.strip()
        return text[2:-1] if len(text) > 2 and text.startswith('="') and text.endswith('"') else text
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "Yes" if cell else "No"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ", "minutes")
    if isinstance(cell, time):
        return cell.isoformat("minutes")
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def check_no_error(text: str) -> None:
    """Raises CellRefused for a spreadsheet's error, and for a formula that came instead of its value."""
    if text.upper() in ERRORS:
        raise CellRefused("This is a spreadsheet's error. Mend the formula, or type the value.")
    if text.startswith("=") and len(text) > 1:
        raise CellRefused("This is a formula. Export the value itself.")


def read_date(cell: Cell) -> date:
    """A date: ISO, day first with a year of four digits, with the month in words, or a workbook's own date.

    The day always comes first, as in England; a file with the month first shows itself by a month over 12, and is
    refused there. Raises CellRefused.
    """
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _from_serial(cell)
    text = cell_text(cell)
    if found := _ISO.fullmatch(text):
        return _make(int(found[1]), int(found[3]), int(found[4]))
    if found := _DAY_FIRST.fullmatch(text):
        if int(found[3]) > 12 >= int(found[1]) > 0:
            raise CellRefused(
                f"The month seems to come first here. Put the day first, and check the whole column. {_SAY_DATE}"
            )
        return _make(int(found[4]), int(found[3]), int(found[1]))
    if found := _MONTH_IN_WORDS.fullmatch(text):
        month = _MONTHS.get(found[2][:3].lower())
        if month is not None:
            return _make(int(found[3]), month, int(found[1]))
    if _SHORT_YEAR.fullmatch(text):
        raise CellRefused(f"The year needs four digits, or it could be another century. {_SAY_DATE}")
    if re.fullmatch(r"\d{5}(?:\.\d+)?", text):
        raise CellRefused(f"This is a spreadsheet's number for a date. Format the column as a date. {_SAY_DATE}")
    raise CellRefused(_SAY_DATE)


def _from_serial(number: float) -> date:
    days = int(number)
    if not _SERIALS[0] <= days <= _SERIALS[1]:
        raise CellRefused(_SAY_DATE)
    return _SERIAL_ZERO + timedelta(days=days)


def _make(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise CellRefused(f"There is no such day. {_SAY_DATE}") from None


def read_yes(cell: Cell) -> bool:
    """Yes or no in the words of school systems. Raises CellRefused."""
    word = cell_text(cell).casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise CellRefused("Write Yes or No, or leave it empty.")


def read_whole(cell: Cell, low: int, high: int) -> int:
    """A whole number from ``low`` to ``high``. Raises CellRefused."""
    text = cell_text(cell)
    if re.fullmatch(r"-?\d{1,9}", text) and low <= int(text) <= high:
        return int(text)
    raise CellRefused(f"Write a whole number from {low} to {high}, or leave it empty.")


def read_half(cell: Cell) -> Half:
    """The morning or the afternoon. Raises CellRefused."""
    half = _HALVES.get(cell_text(cell).casefold())
    if half is None:
        raise CellRefused("Write AM or PM.")
    return half


def read_year_group(cell: Cell) -> int:
    """A year of school: N is -1, R is 0. Raises CellRefused."""
    text = " ".join(cell_text(cell).split())
    found = _YEAR_WORDS.fullmatch(text)
    word = _EARLY_YEARS.get(text.casefold()) or (str(int(found[1])) if found else text)
    try:
        groups = read_year_groups(word)
    except CalendarRefused:
        groups = None
    if not groups or len(groups) != 1:
        raise CellRefused("Write the year as N, R, or a number from 1 to 14.")
    return next(iter(groups))
