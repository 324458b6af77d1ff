"""A file of marks: what it may hold, what it changes, what it never overwrites."""

from __future__ import annotations

import io
import subprocess
import sys
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from sqlalchemy import insert, update

from tests.factories import TODAY, World
from tests.people.imports.filing import as_file, bring, rows_of, told
from tests.record.marking import amendments_of, batch, check_caches, marks_of, undone
from webapp.foundation.db import Database, read_door, unit_of_work
from webapp.people.models import CalendarEvent, Enrolment, ImportRun, Placement, Pupil
from webapp.people.rules.files import FileRefused, ImportKind, ImportRefused
from webapp.people.rules.identifiers import make_upn
from webapp.record.models import MarkConflict, MarkNote, Register
from webapp.record.services import MarkChange, write_marks
from webapp.record.services import imports as _registers_the_kind  # noqa: F401

TOM, NOOR = make_upn(823, 4000, 2020, 50), make_upn(823, 4000, 2020, 51)
MONDAY = date(2026, 6, 8)


@pytest.fixture(autouse=True)
def _numbers(db: Database, world: World) -> None:
    """Tom and Noor get their numbers."""
    with unit_of_work() as tx:
        for pupil_id, upn, enrolment_id, number in (
            (world.tom, TOM, world.tom_enrolment, "00050"), (world.noor, NOOR, world.noor_enrolment, "00051"),
        ):  # fmt: skip
            tx.execute(update(Pupil).where(Pupil.id == pupil_id).values(upn=upn))
            tx.execute(update(Enrolment).where(Enrolment.id == enrolment_id).values(admission_number=number))


def mark(upn: str = TOM, on: date | str = MONDAY, session: str = "AM", code: str = "/", **cells: str) -> dict[str, str]:
    return {"UPN": upn, "Date": str(on), "Session": session, "Mark": code, **cells}


def marks(world: World, *rows: dict[str, str] | bytes, **options: Any) -> Any:
    only = rows[0] if rows and isinstance(rows[0], bytes) else None
    return bring(world, ImportKind.MARKS, only or rows, **options)  # type: ignore[arg-type]


def stand() -> dict[tuple[int, date, int], tuple[str | None, int | None, str | None]]:
    with read_door() as db:
        return marks_of(db)


def test_marks_come_in_with_minutes_notes_and_caches(db: Database, world: World):
    findings = marks(
        world,
        mark(),
        mark(session="PM", code="\\"),
        mark(on="09/06/2026", code="L", **{"Minutes late": "12"}),
        mark(on="09/06/2026", session="Afternoon", code="b", Comments="College taster day"),
        mark(NOOR, code="I", Comments="Tummy bug"),
        mark(NOOR, session="PM", code=""),
        mark(NOOR, on="2026-06-09", code="-"),
    )

    counts = findings.counts
    assert (counts.rows, counts.new, counts.changed, counts.unchanged, counts.left_out) == (7, 5, 0, 0, 2)
    assert stand() == {
        (world.tom_enrolment, MONDAY, 0): ("/", None, "/"),
        (world.tom_enrolment, MONDAY, 1): ("\\", None, "\\"),
        (world.tom_enrolment, date(2026, 6, 9), 0): ("L", 12, "L"),
        (world.tom_enrolment, date(2026, 6, 9), 1): ("B", None, "B"),
        (world.noor_enrolment, MONDAY, 0): ("I", None, "I"),
    }
    # A comment beside an illness is health, and stays where it was written.
    assert [(note.code, note.note) for note in rows_of(MarkNote)] == [("B", "College taster day")]
    with read_door() as connection:
        check_caches(connection)
    (run,) = rows_of(ImportRun)
    assert (run.kind, run.state, run.counts["new"]) == ("marks", "applied", 5)


def test_the_same_facts_in_another_order_change_nothing(db: Database, world: World):
    rows = [mark(on=MONDAY + timedelta(days=day), session=half, code=code)
            for day in range(5) for half, code in (("AM", "/"), ("PM", "I"))]  # fmt: skip
    marks(world, *rows)
    before = stand()

    counts = marks(world, *reversed(rows)).counts

    assert (counts.new, counts.changed, counts.unchanged, counts.conflicts) == (0, 0, 10, 0)
    assert stand() == before
    with read_door() as connection:
        assert amendments_of(connection) == []


def test_a_change_there_is_an_amendment_and_a_correction_here_a_conflict(db: Database, world: World):
    marks(world, mark(code="N"), mark(session="PM", code="N"))
    write_marks(batch(world, MarkChange(world.tom_enrolment, MONDAY, 0, "I")))

    dry = marks(world, mark(code="O"), mark(session="PM", code="O"), dry_run=True)
    counts = marks(world, mark(code="O"), mark(session="PM", code="O")).counts

    assert (counts.changed, counts.conflicts) == (1, 1)
    assert (dry.counts.new, dry.counts.changed, dry.counts.conflicts) == (0, 1, 1)
    assert stand()[world.tom_enrolment, MONDAY, 0][0] == "I"
    assert stand()[world.tom_enrolment, MONDAY, 1][0] == "O"
    assert [(row.ours, row.theirs) for row in rows_of(MarkConflict)] == [("I", "O")]
    with read_door() as connection:
        assert amendments_of(connection)[-1][3:] == (
            "N", None, "O", None, "Changed in the school's own system; the reason is held there", "Saira Khan",
            "Attendance officer", "import",
        )  # fmt: skip


def test_todays_marks_take_the_registers_of_today(db: Database, world: World):
    marks(world, mark(on=TODAY), mark(NOOR, on=TODAY, code="N"))

    registers = [(row.form_id, row.half, row.state, row.source) for row in rows_of(Register)]
    assert registers == [(world.form_3k, 0, "closed", "import")]


WRONG = {"session": "Session", "date": "Date", "code": "Mark", "upn": "UPN", "minutes": "Minutes late"}


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (mark("B123456789012"), "upn"),
        (mark(make_upn(823, 4000, 2020, 99)), "upn"),
        (mark(""), "upn"),
        (mark(code="?"), "code"),
        (mark(code="#N/A"), "code"),
        (mark(code="H"), "code"),
        (mark(code="\\"), "session"),
        (mark(session="evening"), "session"),
        (mark(session=""), "session"),
        (mark(on="06/25/2026"), "date"),
        (mark(on="8/6/26"), "date"),
        (mark(on=""), "date"),
        # Saturday, the bank holiday, half-term, the training day, the summer holidays.
        (mark(on=date(2026, 6, 13)), "date"),
        (mark(on=date(2026, 5, 4)), "date"),
        (mark(on=date(2026, 5, 27)), "date"),
        (mark(on=date(2026, 6, 26), code="V"), "date"),
        (mark(on=date(2026, 8, 3)), "date"),
        # Not yet: tomorrow, and this afternoon at noon.
        (mark(on=date(2026, 6, 17)), "date"),
        (mark(on=TODAY, session="PM", code="\\"), "date"),
        # Before the pupil came; closed on an open day; a code for who is not of school age.
        (mark(on=date(2025, 7, 1)), "date"),
        (mark(code="#"), "code"),
        (mark(code="X"), "code"),
        (mark(code="L", **{"Minutes late": "soon"}), "minutes"),
        (mark(code="L", **{"Minutes late": "511"}), "minutes"),
    ],
)
def test_a_wrong_mark_is_named_by_its_line_and_nothing_is_written(
    db: Database, world: World, row: dict[str, str], field: str
):
    with pytest.raises(ImportRefused) as caught:
        marks(world, mark(NOOR), row, mark(NOOR, session="PM", code="\\"))

    (found,) = caught.value.findings.rejections
    assert (found.line, found.field) == (3, WRONG[field])
    assert found.mend
    assert stand() == {}
    assert rows_of(ImportRun) == []


@pytest.mark.parametrize(
    "row",
    [
        # A planned code ahead; a mark before a half of today that has begun, by the clock and half an hour.
        mark(on=date(2026, 6, 17), code="V"),
        mark(on=TODAY),
        # Closed days hold #, and a pupil who was not here yet is nobody's mark.
        mark(on=date(2026, 6, 26), code="#"),
        mark(on=date(2025, 7, 1), code="Z"),
        mark(code="i"),
        mark(code=" / "),
        mark(upn=TOM.lower()),
        mark(code="C2"),
    ],
)
def test_a_mark_that_is_right_comes_in(db: Database, world: World, row: dict[str, str]):
    counts = marks(world, row).counts

    assert counts.rejected == 0
    assert len(stand()) == counts.new == 1 - counts.left_out


def test_a_year_without_a_calendar_is_open_on_weekdays(db: Database, world: World):
    with unit_of_work() as tx:
        tx.execute(update(Enrolment).where(Enrolment.id == world.tom_enrolment).values(starts_on=date(2023, 9, 1)))

    marks(world, mark(on=date(2023, 10, 2)), mark(on=date(2023, 10, 3), code="#"))
    assert len(stand()) == 2
    with pytest.raises(ImportRefused):
        marks(world, mark(on=date(2023, 10, 7)))


def test_a_closure_of_one_year_group_asks_each_pupil(db: Database, world: World):
    with unit_of_work() as tx:
        tx.execute(
            insert(CalendarEvent).values(
                organisation_id=world.organisation, id=9999, school_id=world.hill, kind="closure_planned",
                starts_on=MONDAY, ends_on=MONDAY, half="all", year_groups="3",
            )
        )  # fmt: skip
        tx.execute(update(Placement).where(Placement.enrolment_id == world.noor_enrolment).values(year_group=4))

    marks(world, mark(NOOR))
    with pytest.raises(ImportRefused) as caught:
        marks(world, mark(NOOR), mark(TOM))
    assert told(caught.value.findings.rejections) == [(3, "Date")]


def test_a_session_given_twice_names_both_lines(db: Database, world: World):
    with pytest.raises(ImportRefused) as caught:
        marks(world, mark(), mark(NOOR), mark(code="I"))

    (found,) = caught.value.findings.rejections
    assert (found.line, found.field) == (4, "Session")
    assert "Line 2" in found.mend


def test_a_pupil_who_was_here_twice_has_each_mark_where_it_belongs(db: Database, world: World):
    with unit_of_work() as tx:
        tx.execute(update(Enrolment).where(Enrolment.id == world.tom_enrolment).values(ends_on=date(2026, 6, 8)))
        tx.execute(
            insert(Enrolment).values(
                organisation_id=world.organisation, id=9999, pupil_id=world.tom, school_id=world.hill,
                starts_on=date(2026, 6, 10),
            )
        )  # fmt: skip

    marks(world, mark(), mark(on=date(2026, 6, 10)))

    assert sorted(stand()) == [(world.tom_enrolment, MONDAY, 0), (9999, date(2026, 6, 10), 0)]
    with pytest.raises(ImportRefused, match="1 thing"):
        marks(world, mark(on=date(2026, 6, 9)))


@pytest.mark.parametrize("number", ["00050", "50", "  50"])
def test_pupils_are_found_by_admission_number_with_or_without_its_zeros(db: Database, world: World, number: str):
    marks(world, {"Adno": number, "Date": "08/06/2026", "AM/PM": "am", "Code": "/"})

    assert list(stand()) == [(world.tom_enrolment, MONDAY, 0)]


def test_two_numbers_of_two_pupils_are_refused(db: Database, world: World):
    with pytest.raises(ImportRefused) as caught:
        marks(world, mark(Adno="50"), mark(session="PM", code="\\", Adno="51"))

    assert told(caught.value.findings.rejections) == [(3, "Adno")]


def test_another_schools_pupil_is_not_found(db: Database, world: World):
    with pytest.raises(ImportRefused):
        marks(world, mark(), school=world.vale)


def test_a_line_that_breaks_off_is_no_blank(db: Database, world: World):
    data = as_file([mark(), mark(session="PM", code="\\")]).rstrip(b"\r\n")[:-2]

    with pytest.raises(ImportRefused) as caught:
        marks(world, data)

    assert told(caught.value.findings.rejections) == [(3, "")]
    assert "cut off" in caught.value.findings.rejections[0].mend


def test_a_quotation_mark_left_open_is_the_whole_file(db: Database, world: World):
    with pytest.raises(FileRefused, match="line 3"):
        marks(world, as_file([mark()]) + b'"' + as_file([mark()] * 50))


CODES = ["/", "I", "O", "N", "L", "B", "M", ""]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_the_preview_counts_what_the_import_then_does(db: Database, world: World, data: st.DataObject):
    """Files and corrections in any order; each preview agrees with what follows it, and the caches with the marks."""
    slots = [(TOM, 0), (TOM, 1), (NOOR, 0), (NOOR, 3)]
    ids = {TOM: world.tom_enrolment, NOOR: world.noor_enrolment}
    with undone() as connection:
        for _ in range(3):
            for upn, day in data.draw(st.lists(st.sampled_from(slots), max_size=3, unique=True)):
                code = data.draw(st.sampled_from(CODES)) or None
                write_marks(batch(world, MarkChange(ids[upn], MONDAY + timedelta(days=day), 0, code)))
            rows = [
                mark(upn, MONDAY + timedelta(days=day), code=data.draw(st.sampled_from(CODES)),
                     **{"Minutes late": data.draw(st.sampled_from(["", "5"]))})
                for upn, day in data.draw(st.lists(st.sampled_from(slots), min_size=1, unique=True))
            ]  # fmt: skip
            dry, done = marks(world, *rows, dry_run=True).counts, marks(world, *rows).counts
            assert dry == done
            check_caches(connection)


def test_a_workbook_of_marks(db: Database, world: World):
    book = Workbook()
    assert book.active is not None
    for row in (
        ["Attendance marks"], ["UPN", "Adno", "Date", "AM/PM", "Mark", "Minutes late"],
        [TOM, 50, MONDAY, "AM", "L", 7], [None, 51, 46181, "PM", "\\", None], [NOOR, None, MONDAY, "AM", None, None],
    ):  # fmt: skip
        book.active.append(row)
    written = io.BytesIO()
    book.save(written)

    counts = marks(world, written.getvalue()).counts

    assert (counts.rows, counts.new, counts.left_out) == (3, 2, 1)
    assert stand() == {
        (world.tom_enrolment, MONDAY, 0): ("L", 7, "L"),
        (world.noor_enrolment, MONDAY, 1): ("\\", None, "\\"),
    }


def test_a_page_that_stages_a_file_brings_no_reader_of_workbooks_with_it():
    code = (
        "import sys; import webapp.record.services.imports, webapp.people.queries.imports;"
        "sys.exit(int(bool({'openpyxl', 'python_calamine'} & set(sys.modules))))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
