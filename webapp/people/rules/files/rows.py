"""Reading a table row by row: each cell by its field, and whatever cannot be read as a rejection."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Generic, TypeVar

from webapp.people.rules.files.cells import Cell, cell_text, check_no_error, read_date, read_whole, read_yes
from webapp.people.rules.files.rejections import Rejection, shown
from webapp.people.rules.files.tables import Sample, Table
from webapp.people.rules.names import LONGEST_NAME, clean_line
from webapp.people.rules.refusals import Refused

T = TypeVar("T")
_LONGEST_CELL = 4000
_NEEDED = "Enter something here; it cannot be empty."
_LOST_LETTER = "A letter was lost when the file was saved. Save it as CSV UTF-8 or as an Excel workbook."


@dataclass(frozen=True, slots=True)
class Reading(Generic[T]):
    """What a file says. ``left_out`` counts rows passed over on purpose; ``count`` every row that holds anything.

    ``columns`` are the fields for which the file has a column: what has none is not touched.
    """

    rows: tuple[T, ...]
    rejections: tuple[Rejection, ...]
    left_out: int
    count: int
    columns: frozenset[str]
    sample: Sample


class RowReader:
    """One row after another; a method gives None (or "") for an empty cell and for one it rejects."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._places = table.columns.places
        self._cells: Sequence[Cell] = ()
        self.rejections: list[Rejection] = list(table.broken)
        self.line = 0
        self.count = 0
        self.left_out = 0
        self.is_good = True

    def rows(self) -> Iterator[RowReader]:
        """Itself, standing on each row that reaches its last needed cell."""
        last = self._table.columns.last_place
        for line, cells in self._table.numbered():
            self.line, self._cells = line, cells
            self.count += 1
            self.is_good = True
            if len(self._cells) <= last:
                self.reject_row("This line has fewer cells than the headings. The file may have been cut off.")
            elif any(cell not in ("", None) for cell in self._cells[self._table.width :]):
                self.reject_row(
                    "This line has more cells than the headings. A comma stands unquoted, or a heading is missing."
                )
            else:
                yield self

    def done(self, rows: Sequence[T]) -> Reading[T]:
        return Reading(
            tuple(rows), tuple(self.rejections), self.left_out, self.count, frozenset(self._places),
            self._table.sample(),
        )  # fmt: skip

    def reject(self, field: str, mend: str, value: str | None = None) -> None:
        """Reject the row for this field."""
        self.is_good = False
        text = cell_text(self._raw(field)) if value is None else value
        self.rejections.append(Rejection(self.line, self._table.columns.heading(field), shown(text), mend))

    def reject_row(self, mend: str) -> None:
        self.is_good = False
        self.rejections.append(Rejection(self.line, "", "", mend))

    def _raw(self, field: str) -> Cell:
        place = self._places.get(field)
        return None if place is None else self._cells[place]

    def text(self, field: str, most: int = LONGEST_NAME) -> str:
        """One line of clean text of at most ``most`` characters."""
        text = cell_text(self._raw(field))
        if not text:
            return ""
        try:
            check_no_error(text)
            return clean_line(text[:_LONGEST_CELL], most, field)
        except Refused as refused:
            self.reject(field, refused.mend)
            return ""

    def need(self, field: str, most: int = LONGEST_NAME) -> str:
        """``text`` that must not be empty."""
        return self._needed(field, partial(self.text, field, most))

    def need_name(self, field: str) -> str:
        """``name`` that must not be empty."""
        return self._needed(field, partial(self.name, field))

    def _needed(self, field: str, read: Callable[[], str]) -> str:
        before = len(self.rejections)
        text = read()
        if not text and len(self.rejections) == before:
            self.reject(field, _NEEDED)
        return text

    def name(self, field: str) -> str:
        """``text`` that is a person's name. Excel's plain CSV writes "?" for a letter that Windows-1252 lacks: Łukasz
        would be written to as ?ukasz."""
        name = self.text(field)
        if "?" in name:
            self.reject(field, _LOST_LETTER)
        return name

    def read(self, field: str, reader: Callable[[str], T]) -> T | None:
        """The text of a cell through a rule that raises Refused."""
        text = self.text(field, _LONGEST_CELL)
        return self._through(field, reader, text) if text else None

    def date(self, field: str) -> date | None:
        return self._cell(field, read_date)

    def yes(self, field: str) -> bool | None:
        return self._cell(field, read_yes)

    def whole(self, field: str, low: int, high: int) -> int | None:
        return self._cell(field, partial(read_whole, low=low, high=high))

    def cell(self, field: str, reader: Callable[[Cell], T]) -> T | None:
        """A cell through a reader of cells."""
        return self._cell(field, reader)

    def need_cell(self, field: str, reader: Callable[[Cell], T]) -> T | None:
        """``cell`` that must not be empty."""
        if not cell_text(self._raw(field)):
            self.reject(field, _NEEDED)
            return None
        return self._cell(field, reader)

    def word(self, field: str, words: Mapping[str, T], mend: str) -> T | None:
        """What a word of a table stands for, without regard to case; None for an empty cell."""
        text = self.text(field)
        found = words.get(text.casefold()) if text else None
        if text and found is None:
            self.reject(field, mend)
        return found

    def _cell(self, field: str, reader: Callable[[Cell], T]) -> T | None:
        raw = self._raw(field)
        return None if not cell_text(raw) else self._through(field, reader, raw)

    def _through(self, field: str, reader: Callable[..., T], value: object) -> T | None:
        try:
            return reader(value)
        except Refused as refused:
            self.reject(field, refused.mend)
            return None
