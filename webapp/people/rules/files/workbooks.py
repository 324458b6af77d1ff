"""Excel workbooks (.xlsx): read whole, by a fast reader, after a look at how large they unpack.

Only the worker and the command line read them; nothing here is imported by a page.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from typing import Any

from webapp.people.rules.files.rejections import FileRefused

ZIP_START = b"PK\x03\x04"
OLD_EXCEL_START = b"\xd0\xcf\x11\xe0"
_MOST_UNPACKED = 600_000_000
_MOST_CELLS = 30_000_000
_PIECE = 1 << 20
_OVERLAP = 4096
# An error, or a formula whose value was never worked out: the reader would give both as an empty cell.
_BROKEN = re.compile(
    rb'<c\b(?=[^>]*\br="([A-Z]+)([0-9]+)")(?:(?=[^>]*\bt="e")[^>]*>|[^>]*><f\b(?:[^<>]*/>|[^<>]*>[^<]*</f>)(?:<v\s*/>|<v></v>)?</c>)'
)
_DAMAGED = "The workbook cannot be opened. Save it again as .xlsx, without a password."


def read_workbook(data: bytes) -> tuple[list[list[Any]], list[tuple[int, int, str]]]:
    """The rows of the first visible sheet that holds any, from its first row on; and its broken cells.

    A cell is text, a number, a bool, a date, a time or "" where it is empty. A broken cell is (row counted
    from 1, place in the row, name): a spreadsheet's error, or a formula without its value. Raises FileRefused.
    """
    from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

    _check_archive(data)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        for number, sheet in enumerate(workbook.sheets_metadata):
            if sheet.visible is not SheetVisibleEnum.Visible:
                continue
            found = workbook.get_sheet_by_index(number)
            if found.total_height * found.total_width > _MOST_CELLS:
                raise FileRefused("The sheet has too many cells. Delete the empty rows and columns, or use CSV.")
            rows = found.to_python(skip_empty_area=False)
            if any(cell != "" for row in rows for cell in row):
                return rows, _broken_cells(data, number)
    except (CalamineError, zipfile.BadZipFile, OSError, ValueError, KeyError) as error:
        if isinstance(error, FileRefused):
            raise
        raise FileRefused(_DAMAGED) from error
    raise FileRefused("The workbook has no sheet with rows. Check that the right sheet is not hidden.")


def _check_archive(data: bytes) -> None:
    """Refuse what is no workbook, and one that would unpack to more than a school's year."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if "xl/workbook.xml" not in archive.namelist():
                raise FileRefused("This is not an Excel workbook (.xlsx). Save it as .xlsx or as CSV.")
            if any(part.flag_bits & 1 for part in parts):
                raise FileRefused(_DAMAGED)
            if sum(part.file_size for part in parts) > _MOST_UNPACKED:
                raise FileRefused("The workbook unpacks to more than can be read. Save the one sheet needed as CSV.")
    except zipfile.BadZipFile:
        raise FileRefused(_DAMAGED) from None


def _broken_cells(data: bytes, number: int) -> list[tuple[int, int, str]]:
    found: dict[tuple[int, int], str] = {}
    rest = b""
    with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open(_sheet_part(archive, number)) as part:
        while piece := part.read(_PIECE):
            text = rest + piece
            # Most sheets have neither, and then need no closer look.
            if b't="e"' in text or b"<f" in text:
                for match in _BROKEN.finditer(text):
                    column, row = match[1].decode(), int(match[2])
                    found[row, _column_number(column) - 1] = f"{column}{row}"
            rest = text[-_OVERLAP:]
    return [(row, place, name) for (row, place), name in sorted(found.items())]


def _sheet_part(archive: zipfile.ZipFile, number: int) -> str:
    """The name of the part that holds the sheet of that number, counted as the workbook lists its sheets."""
    from defusedxml.ElementTree import fromstring

    relations = {
        each.get("Id"): each.get("Target", "") for each in fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    }
    sheets = [each for each in fromstring(archive.read("xl/workbook.xml")).iter() if each.tag.endswith("}sheet")]
    link = next(value for name, value in sheets[number].attrib.items() if name.endswith("}id"))
    target = relations[link]
    return target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join("xl", target))


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
