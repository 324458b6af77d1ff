"""Reading files: every way in which the same table may come, and what cannot be read."""

from __future__ import annotations

import csv
import io
import random
import zipfile
from datetime import date, datetime, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from tests.factories import TODAY
from tests.people.imports.filing import as_file, told
from tests.people.imports.test_pupils import NOOR, TOM, pupil
from webapp.people.rules.files import FileRefused, Rejection, as_csv, check_size
from webapp.people.rules.files.calendar import CALENDAR
from webapp.people.rules.files.cells import read_date, read_half, read_whole, read_year_group, read_yes
from webapp.people.rules.files.columns import Layout, plain
from webapp.people.rules.files.contacts import CONTACTS
from webapp.people.rules.files.pupils import PUPILS, read_pupils
from webapp.people.rules.files.rejections import CellRefused, shown
from webapp.people.rules.files.rows import RowReader
from webapp.people.rules.files.staff import STAFF
from webapp.people.rules.files.tables import read_table
from webapp.people.rules.files.words import language, relationship
from webapp.record.rules.imports import MARKS

LAYOUTS = (PUPILS, CONTACTS, STAFF, CALENDAR, MARKS)
ROWS = [TOM, NOOR, pupil(1, Surname="O'Brien-Ångström"), pupil(2, Surname='Ng, "Bo"')]


def names(data: bytes) -> list[tuple[str, str, date]]:
    reading = read_pupils(data, TODAY)
    assert reading.rejections == ()
    return [(row.first_name, row.last_name, row.date_of_birth) for row in reading.rows]


EXPECTED = names(as_file(ROWS))


def workbook(rows: list[list[Any]], *, title: str = "Sheet", before: str | None = None) -> bytes:
    book = Workbook()
    assert book.active is not None
    book.active.title = title
    if before is not None:
        hidden = book.create_sheet("Notes", 0)
        hidden.append(["UPN", "nothing here"])
        hidden.sheet_state = before
    for row in rows:
        book[title].append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def cells_of(rows: list[dict[str, str]]) -> list[list[Any]]:
    return [list(rows[0]), *(list(row.values()) for row in rows)]


def test_a_layout_has_no_word_for_two_fields():
    for layout in LAYOUTS:
        words = [(plain(word), f.name) for f in layout.fields for word in {plain(w) for w in
                 (f.name, f.label, *f.aliases)}]  # fmt: skip
        assert len({word for word, _ in words}) == len(words), layout.kind
        assert all(word for word, _ in words)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r"])
def test_encodings_delimiters_and_line_ends(encoding: str, delimiter: str, line_end: str):
    text = as_file(ROWS, delimiter=delimiter).decode().replace("\r\n", line_end)

    assert names(text.encode(encoding)) == EXPECTED


@given(st.randoms(use_true_random=False))
def test_headings_in_any_order_and_case(chance: random.Random):
    headings = list(ROWS[0])
    chance.shuffle(headings)
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(chance.choice((str.upper, str.lower, str.title))(f" {heading} ") for heading in headings)
    writer.writerows([row[heading] for heading in headings] for row in ROWS)

    assert names(written.getvalue().encode()) == EXPECTED


@pytest.mark.parametrize(
    "before", ["", "sep=;\r\n", "\r\n\r\n", "Attendance report;;;\r\nHill Primary;16/06/2026\r\n", ";;;;\r\n"]
)
def test_a_title_or_a_separator_line_above_is_passed_over(before: str):
    data = before.encode() + as_file(ROWS, delimiter=";")

    assert names(data) == EXPECTED
    assert read_pupils(data, TODAY).rows[0].line == 2 + before.count("\n")


def test_lines_are_those_of_the_file():
    data = as_file([pupil(1, Note='two\nlines, "quoted"'), {}, pupil(2, DOB="x")])

    assert told(read_pupils(data, TODAY).rejections) == [(5, "DOB")]


def test_a_workbook_with_its_own_dates_and_numbers():
    rows = cells_of(ROWS)
    place = rows[0].index("DOB")
    for row in rows[1:]:
        row[place] = datetime.strptime(row[place], "%d/%m/%Y")  # noqa: DTZ007
    rows[1][rows[0].index("DOA")] = 45901  # An unformatted 1 September 2025.
    rows[2][rows[0].index("Adno")] = 51.0

    reading = read_pupils(workbook(rows), TODAY)

    assert [(row.first_name, row.last_name, row.date_of_birth) for row in reading.rows] == EXPECTED
    assert reading.rows[0].starts_on == date(2025, 9, 1)
    assert reading.rows[1].admission_number == "51"


@pytest.mark.parametrize("before", ["hidden", "veryHidden"])
def test_a_hidden_sheet_is_passed_over(before: str):
    assert names(workbook(cells_of(ROWS), before=before)) == EXPECTED


def test_a_table_that_does_not_begin_in_the_corner():
    moved = [[None, None], [None, None]] + [[None, None, *row] for row in cells_of(ROWS)]
    data = workbook(moved)

    assert names(data) == EXPECTED
    assert read_pupils(data, TODAY).rows[0].line == 4


def test_errors_and_formulas_without_a_value_are_no_blanks():
    rows = cells_of([pupil(1), pupil(2), pupil(3)])
    place = rows[0].index("Reg")
    rows[1][place], rows[2][place] = "#N/A", "=A1&B1"
    rows[3].append("=1+1")
    shifted = [[None, *row] for row in rows]

    for each in (rows, shifted):
        rejections = read_pupils(workbook(each), TODAY).rejections
        found = [(line, heading) for line, heading in told(rejections) if heading]
        assert found == [(2, "Reg"), (3, "Reg")]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"\n\n", "no rows"),
        (b"UPN\0Forename", "NUL"),
        ("UPN,Forename\0".encode("utf-16"), "NUL"),
        ("UPN,Forename".encode("utf-16-le"), "NUL"),
        (b"\xff\xfeU", "middle of a character"),
        (b"UPN,Forename\x81\x8d", "neither UTF-8"),
        (b"%PDF-1.7", "PDF"),
        (b"<?xml version='1.0'?><x/>", "XML"),
        (b"\xef\xbb\xbf <html><table>", "web page"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "old or password-protected"),
        (b"PK\x03\x04" + b"x" * 40, "cannot be opened"),
        (b"Adno,Forename,Surname\n1,Ada,Cole\n", "needs the columns"),
        (as_file(ROWS) + b'9,"never closed\n' * 3, "not closed"),
        (as_file(ROWS) + b'9,"' + b"x" * 140_000 + b'"\n', "too long"),
        (as_file([{**TOM, "upn ": "x"}]), "both read as"),
    ],
)
def test_what_cannot_be_read_is_said_in_a_sentence(data: bytes, says: str):
    with pytest.raises(FileRefused, match=says) as caught:
        read_pupils(data, TODAY)

    assert caught.value.mend.endswith(".")


def zipped(**parts: bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return written.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        zipped(notes_xml=b"x"),
        zipped(xl__workbook_xml=b"<x/>"),
        zipped(xl__workbook_xml=b"<x/>", xl__worksheets__sheet1_xml=b"0" * 700_000_000),
    ],
    ids=["another archive", "a workbook of nothing", "a bomb"],
)
def test_an_archive_that_is_no_workbook_is_refused(data: bytes):
    with pytest.raises(FileRefused):
        read_table(data, PUPILS)


def test_a_workbook_that_names_an_entity_is_refused():
    good = workbook(cells_of(ROWS))
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(good)) as old, zipfile.ZipFile(written, "w") as new:
        for part in old.infolist():
            content = old.read(part)
            if part.filename == "xl/workbook.xml":
                content = b'<!DOCTYPE x [<!ENTITY a "b">]>' + content
            new.writestr(part, content)
    with pytest.raises(FileRefused):
        read_table(written.getvalue(), PUPILS)


def test_forty_megabytes_and_no_more():
    check_size(40_000_000)
    with pytest.raises(FileRefused, match="40 MB"):
        check_size(40_000_001)


D = date(2026, 3, 4)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2026-03-04", D), ("2026/3/4", D), ("04/03/2026", D), ("4/3/2026", D), ("04-03-2026", D), ("04.03.2026", D),
        ("4 Mar 2026", D), ("04-MAR-2026", D), ("4 March 2026", D), ("04/03/2026 00:00:00", D), ("2026-03-04T00:00", D),
        (" 04/03/2026 ", D), ('="04/03/2026"', D), (D, D), (datetime(2026, 3, 4, 9), D), (46085.0, D),  # noqa: DTZ001
        ("03/25/2026", None), ("04/03/26", None), ("4 Mar 26", None), ("46085", None), ("20260304", None),
        ("29/02/2026", None), ("00/03/2026", None), ("04/03-2026", None), ("4 Foo 2026", None), ("", None),
        ("tomorrow", None), (12.0, None), (True, None), (time(9), None),
    ],
)  # fmt: skip
def test_dates_are_read_one_way_or_not_at_all(cell: Any, expected: date | None):
    if expected is None:
        with pytest.raises(CellRefused):
            read_date(cell)
    else:
        assert read_date(cell) == expected


@given(st.dates(date(1950, 1, 1), date(2090, 1, 1)), st.sampled_from(["%Y-%m-%d", "%d/%m/%Y", "%d %b %Y", "%d.%m.%Y"]))
def test_every_day_written_is_read(day: date, style: str):
    assert read_date(day.strftime(style)) == day


@pytest.mark.parametrize(
    ("read", "good", "bad"),
    [
        (read_yes, {"Y": True, "true": True, 1.0: True, "F": False, "No": False, False: False}, ("maybe", "2", "")),
        (read_half, {"AM": "am", "Morning": "am", "pm": "pm", 2: "pm"}, ("", "noon", "3")),
        (
            read_year_group,
            {"Year 7": 7, "07": 7, "Y10": 10, "Reception": 0, "R": 0, "N2": -1, 3.0: 3, "Year R": 0},
            ("15", "Seven", "", "3,4"),
        ),
        (lambda cell: read_whole(cell, 0, 5), {"3": 3, 4.0: 4, "0": 0}, ("6", "-1", "2.5", "many", "")),
    ],
)
def test_cells_of_a_kind(read: Any, good: dict[Any, Any], bad: tuple[Any, ...]):
    assert {cell: read(cell) for cell in good} == good
    for cell in bad:
        with pytest.raises(CellRefused):
            read(cell)


@pytest.mark.parametrize(
    ("raw", "tag"), [("URD", "ur"), ("Polish (main)", "pl"), ("Panjabi; Urdu", "pa"), ("en", "en"), ("Elvish", "und")]
)
def test_languages(raw: str, tag: str):
    assert language(raw) == tag


@pytest.mark.parametrize(
    ("raw", "word"), [("Mum", "mother"), ("Step  Father", "step-father"), ("Neighbour", "neighbour")]
)
def test_relationships(raw: str, word: str):
    assert relationship(raw) == word


def test_a_list_to_take_away_holds_no_formula():
    cells = ["=1+1", "+44", "-3", "@x", "\tx", "plain"]

    data = as_csv(
        [Rejection(0, "file", "", "Export it again."), *(Rejection(2, "DOB", each, "Mend.") for each in cells)]
    )

    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert rows[1][0] == "whole file"
    assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for row in rows for cell in row)


def test_a_cell_is_shown_short_and_on_one_line():
    assert shown("a\x00b\nc" + "d" * 500) == "ab c" + "d" * 115 + "…"


@given(st.text(max_size=60))
def test_any_text_is_shown_without_raising(text: str):
    assert len(shown(text)) <= 120


@given(st.binary(max_size=300))
def test_no_bytes_do_worse_than_be_refused(data: bytes):
    try:
        read_table(data, PUPILS)
    except FileRefused as refused:
        assert refused.mend


def test_a_row_short_of_its_cells_and_one_with_too_many():
    layout = Layout(PUPILS.kind, PUPILS.fields[:2])
    reader = RowReader(read_table(b"UPN,Adno,Note\n1,2,3\n1\n1,2,3,4\n1,2\n1,2,3,,\n", layout))

    assert [row.line for row in reader.rows()] == [2, 5, 6]
    assert [each.line for each in reader.rejections] == [3, 4]
