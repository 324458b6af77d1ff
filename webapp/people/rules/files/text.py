"""From bytes to text: which encoding a file is in, and which sign stands between its cells."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Sequence

from webapp.people.rules.files.rejections import FileRefused

MOST_BYTES = 40_000_000
DELIMITERS = (",", ";", "\t", "|")
_BOM_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SAVE_AS = "Save it again as “CSV UTF-8” or as an Excel workbook (.xlsx)."
_NUL = f"The file holds NUL bytes, so it is not plain text or was damaged on the way. {_SAVE_AS}"


def check_size(size: int) -> None:
    """Raises FileRefused for a file that is empty or larger than 40 MB."""
    if size == 0:
        raise FileRefused("The file is empty. Export it again from your school system.")
    if size > MOST_BYTES:
        raise FileRefused(
            f"The file has {size / 1e6:,.0f} MB; at most {MOST_BYTES / 1e6:,.0f} MB can be read. Export fewer columns, "
            "or one term at a time."
        )


def find_encoding(data: bytes) -> str:
    """The codec of a CSV file: UTF-8 with or without its mark, UTF-16 with it, or Windows-1252.

    Raises FileRefused for anything else, and for NUL bytes.
    """
    check_size(len(data))
    if data.startswith(_BOM_16):
        if _is(data, "utf-16"):
            # A NUL character, not the empty half of a letter.
            if "\0" in data.decode("utf-16"):
                raise FileRefused(_NUL)
            return "utf-16"
        raise FileRefused(f"The file breaks off in the middle of a character. {_SAVE_AS}")
    if b"\0" in data:
        raise FileRefused(_NUL)
    for codec in ("utf-8-sig", "cp1252"):
        if _is(data, codec):
            return codec
    raise FileRefused(f"The file is neither UTF-8 nor Windows text. {_SAVE_AS}")


def _is(data: bytes, codec: str) -> bool:
    try:
        data.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def open_lines(data: bytes, codec: str) -> io.TextIOWrapper:
    """The lines of a file, decoded as they are read; every line end is \\n."""
    return io.TextIOWrapper(io.BytesIO(data), codec)


def find_delimiter(lines: Sequence[str], known: Callable[[list[str]], int]) -> str:
    """The sign between cells: the one with which the first lines give the most known headings.

    ``known`` counts the headings in a row. A comma where nothing is known.
    """

    def score(delimiter: str) -> int:
        try:
            return max((known(row) for row in csv.reader(lines, delimiter=delimiter)), default=0)
        except csv.Error:
            return 0

    return max(DELIMITERS, key=score)
