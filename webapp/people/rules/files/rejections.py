"""What is wrong with a file: as a whole, or line by line; and the list of it that a person takes away."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from webapp.people.rules.names import clean_line
from webapp.people.rules.refusals import Refused

FILE_LINE = 0
"""The line of a rejection of the file as a whole."""
_SHOWN = 120
# A cell that begins so is read as a formula when the list is opened in a spreadsheet.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class FileRefused(Refused):
    """A file that cannot be read at all."""

    def __init__(self, mend: str) -> None:
        super().__init__("file", mend)


class CellRefused(Refused):
    """A cell that cannot be read as what its column holds."""

    def __init__(self, mend: str) -> None:
        super().__init__("cell", mend)


@dataclass(frozen=True, slots=True)
class Rejection:
    """One thing to mend: the line of the file (0 for the whole file), the column's heading, the cell, and the mend."""

    line: int
    field: str
    value: str
    mend: str


def shown(value: str) -> str:
    """A cell as a rejection shows it: one line, no control characters, never a whole pasted page."""
    line = clean_line(value, len(value) * 4 + 1)
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"


def as_csv(rejections: Iterable[Rejection]) -> bytes:
    """The list of what is to be mended."""
    rows = (
        ("whole file" if each.line == FILE_LINE else str(each.line), each.field, each.value, each.mend)
        for each in rejections
    )
    return table_as_csv(("Line", "Field", "Value", "What to do"), rows)


def table_as_csv(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """CSV that spreadsheets open as it is meant: with a byte order mark, and no cell that is a formula."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return written.getvalue().encode("utf-8-sig")


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell
