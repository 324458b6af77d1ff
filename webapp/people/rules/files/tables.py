"""A file as a table: a row of headings that a layout knows, and the rows below it, from CSV or from a workbook."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from webapp.people.rules.files.cells import Cell, cell_text
from webapp.people.rules.files.columns import Columns, Layout
from webapp.people.rules.files.rejections import FileRefused, Rejection, shown
from webapp.people.rules.files.text import check_size, find_delimiter, find_encoding, open_lines
from webapp.people.rules.files.workbooks import OLD_EXCEL_START, ZIP_START, read_workbook

_HEADING_ROWS = 10
_SAMPLE = 5
_XML_START = b"<?xml"
_HTML_STARTS = (b"<!doc", b"<html", b"<tabl")


@dataclass(frozen=True, slots=True)
class Sample:
    """The first rows of the columns that are read, as text, for a preview; and the headings that are not read."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    unused: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a file below its headings. Reading it again begins anew.

    ``broken`` are cells that cannot be trusted, ready as rejections. ``width`` is the number of headings.
    """

    columns: Columns
    width: int
    broken: tuple[Rejection, ...]
    _rows: Callable[[], Iterator[Sequence[Cell]]]
    _numbered: Callable[[], Iterator[tuple[int, Sequence[Cell]]]]
    about: int
    """Roughly how many rows there are, for a progress bar."""

    def rows(self) -> Iterator[Sequence[Cell]]:
        """The rows as fast as they can be had, blank ones too. Raises FileRefused where the file breaks off."""
        return self._rows()

    def numbered(self) -> Iterator[tuple[int, Sequence[Cell]]]:
        """The rows that hold anything, each with the line of the file on which it begins."""
        for line, cells in self._numbered():
            if any(cell not in ("", None) for cell in cells):
                yield line, cells

    def sample(self) -> Sample:
        places = sorted(self.columns.places.values())
        rows = tuple(
            tuple(shown(cell_text(cells[place])) if place < len(cells) else "" for place in places)
            for _, cells in islice(self.numbered(), _SAMPLE)
        )
        return Sample(tuple(self.columns.headings[place] for place in places), rows, self.columns.unused)


def read_table(data: bytes, layout: Layout) -> Table:
    """The table of a CSV file or an .xlsx workbook (told apart by content). Raises FileRefused."""
    check_size(len(data))
    if data.startswith(ZIP_START):
        return _from_workbook(data, layout)
    if data.startswith(OLD_EXCEL_START):
        raise FileRefused("This is an old or password-protected Excel file. Save it as .xlsx, without a password.")
    start = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(b"%pdf-"):
        raise FileRefused("This is a PDF. Export the report as CSV or as an Excel workbook (.xlsx).")
    if start.startswith((_XML_START, *_HTML_STARTS)):
        raise FileRefused("This is a web page or XML. Export the report as CSV or as an Excel workbook (.xlsx).")
    return _from_csv(data, find_encoding(data), layout)


def _from_csv(data: bytes, codec: str, layout: Layout) -> Table:
    delimiter = find_delimiter(list(islice(open_lines(data, codec), _HEADING_ROWS)), layout.known)

    def records() -> Iterator[tuple[int, list[str]]]:
        reader = csv.reader(open_lines(data, codec), delimiter=delimiter, strict=True)
        line = 1
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise _broken_off(error, line) from None
            yield line, cells
            line = reader.line_num + 1

    at, headings = _find_headings(records(), layout)

    def rows() -> Iterator[list[str]]:
        reader = csv.reader(open_lines(data, codec), delimiter=delimiter, strict=True)
        try:
            for line, _ in records():
                next(reader)
                if line == at:
                    break
            yield from reader
        except csv.Error as error:
            raise _broken_off(error, reader.line_num) from None

    def numbered() -> Iterator[tuple[int, list[str]]]:
        return ((line, cells) for line, cells in records() if line > at)

    return Table(layout.match(headings), len(headings), (), rows, numbered, data.count(b"\n"))


def _broken_off(error: csv.Error, line: int) -> FileRefused:
    if "field limit" in str(error):
        return FileRefused(
            f"The cell that begins at line {line} is far too long. A quotation mark may be missing at its end."
        )
    return FileRefused(
        f"The file cannot be read from line {line} on: a quotation mark is not closed, or the file breaks off. "
        "Export it again."
    )


def _from_workbook(data: bytes, layout: Layout) -> Table:
    sheet, broken = read_workbook(data)
    at, headings = _find_headings(enumerate(([cell_text(cell) for cell in row] for row in sheet), start=1), layout)
    columns = layout.match(headings)
    rejections = tuple(
        Rejection(
            row, columns.headings[place], name,
            "This cell holds a spreadsheet's error or a formula that was never worked out. Type the value.",
        )
        for row, place, name in broken if row > at and place in columns.places.values()
    )  # fmt: skip
    return Table(
        columns, len(headings), rejections, lambda: iter(sheet[at:]), lambda: enumerate(sheet[at:], start=at + 1),
        len(sheet),
    )  # fmt: skip


def _find_headings(rows: Iterator[tuple[int, list[str]]], layout: Layout) -> tuple[int, list[str]]:
    """The row of the first few with the most known headings; a title above it is passed over."""
    first = [(line, cells) for line, cells in islice(rows, _HEADING_ROWS) if any(cell.strip() for cell in cells)]
    if not first:
        raise FileRefused("The file has no rows. Export it again from your school system.")
    line, headings = max(first, key=lambda found: layout.known(found[1]))
    while headings and not headings[-1].strip():
        headings = headings[:-1]
    return line, headings
