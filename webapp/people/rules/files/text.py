"""From bytes to text: which encoding a file is in, and which sign stands between its cells."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Callable

from webapp.people.rules.files.rejections import FileRefused

MOST_BYTES = 40_000_000
DELIMITERS = (",", ";", "\t", "|")
_SNIFFED_LINES = 20
_BOM_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SAVE_AS = "Save it again as “CSV UTF-8” or as an Excel workbook (.xlsx)."


def check_size(size: int) -> None:
    """Raises FileRefused for a file that is empty or larger than 40 MB."""
    if size == 0:
        raise FileRefused("The file is empty. Export it again from your school system.")
    if size > MOST_BYTES:
        raise FileRefused(
            f"The file has {size / 1e6:,.0f} MB; at most {MOST_BYTES / 1e6:,.0f} MB can be read. Export fewer columns, "
            "or one term at a time."
        )


def decode(data: bytes) -> str:
    """The text of a CSV file in UTF-8, UTF-16 with its mark, or Windows-1252; line ends are \\n.

    Raises FileRefused for anything else, and for NUL bytes.
    """
    check_size(len(data))
    if data.startswith(_BOM_16):
        try:
            text = data.decode("utf-16")
        except UnicodeDecodeError:
            raise FileRefused(f"The file breaks off in the middle of a character. {_SAVE_AS}") from None
    else:
        text = _decode_bytes(data)
    if "\0" in text:
        raise FileRefused(f"The file holds NUL bytes, so it is not plain text or was damaged on the way. {_SAVE_AS}")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _without_separator_line(text)


def _decode_bytes(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    if b"\0" in data:
        return "\0"
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        raise FileRefused(f"The file is neither UTF-8 nor Windows text. {_SAVE_AS}") from None


def _without_separator_line(text: str) -> str:
    """Excel's own first line ``sep=;`` is emptied, so that line numbers stay."""
    first, end, rest = text.partition("\n")
    return end + rest if first.strip().strip('"').casefold().startswith("sep=") else text


def find_delimiter(text: str, known: Callable[[list[str]], int]) -> str:
    """The sign between cells: the one with which the first lines give the most known headings.

    ``known`` counts the headings in a row. A comma where nothing is known.
    """
    lines = text.split("\n", _SNIFFED_LINES)[:_SNIFFED_LINES]

    def score(delimiter: str) -> int:
        try:
            return max((known(row) for row in csv.reader(lines, delimiter=delimiter)), default=0)
        except csv.Error:
            return 0

    return max(DELIMITERS, key=score)
