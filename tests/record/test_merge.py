"""Marks from the school's own system meet marks from here: three ways, and nothing overwritten in silence."""

from __future__ import annotations

import random
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from tests.factories import World
from tests.record.marking import (
    OFFICER,
    amendments_of,
    batch,
    check_caches,
    day,
    marks_of,
    undone,
)
from webapp.foundation import events
from webapp.foundation.db import Database, read_door
from webapp.foundation.trail import TrailEntry
from webapp.record.models import MarkConflict
from webapp.record.rules.codes import CodeRefused
from webapp.record.services import (
    IMPORT_REASON,
    DuplicateChange,
    Keep,
    MarkChange,
    MarksChanged,
    MarkSource,
    MarkStage,
    NoSuchConflict,
    ReasonNeeded,
    SessionRefused,
    UnknownEnrolment,
    WrittenMarks,
    settle_conflict,
    write_imported_marks,
    write_marks,
)

Row = tuple[int, date, int, str, int | None]


def bring(world: World, *rows: Row, school: int | None = None) -> WrittenMarks:
    """Import these marks into Hill Primary."""
    stage = MarkStage()
    stage.load(rows)
    return write_imported_marks(world.organisation, school or world.hill, stage, OFFICER)


def conflicts() -> list[tuple[int, date, int, str | None, str]]:
    with read_door() as reading:
        rows = reading.execute(select(MarkConflict.__table__).order_by(MarkConflict.date, MarkConflict.half))
        return [(row.enrolment_id, row.date, row.half, row.ours, row.theirs) for row in rows]


ABSENT = "absent"


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "stands", "imported", "amended", "conflict"),
    [
        # base and mine as they stand before; ABSENT means no mark was ever there, None one that was taken away
        (None, ABSENT, "I", "I", "I", False, False),
        ("N", "N", "N", "N", "N", False, False),
        ("N", "N", "I", "I", "I", True, False),
        ("N", "I", "N", "I", "N", False, False),
        ("N", "I", "I", "I", "I", False, False),
        ("N", "I", "O", "I", "N", False, True),
        (None, "I", "I", "I", "I", False, False),
        (None, "I", "O", "I", None, False, True),
        ("N", None, "N", None, "N", False, False),
        ("N", None, "O", None, "N", False, True),
        (None, None, "O", "O", "O", True, False),
    ],
)
def test_three_ways(
    db: Database, world: World, base: str | None, mine: str | None, theirs: str, stands: str | None,
    imported: str | None, amended: bool, conflict: bool,
) -> None:  # fmt: skip
    tom = world.tom_enrolment
    if base is not None:
        bring(world, (tom, day(0), 0, base, None))
    if mine is None and base is None:
        write_marks(batch(world, MarkChange(tom, day(0), 0, "/")))
    if mine != ABSENT and (base is None or mine != base):
        write_marks(batch(world, MarkChange(tom, day(0), 0, mine)))
    with read_door() as reading:
        before = amendments_of(reading)
    written = bring(world, (tom, day(0), 0, theirs, None))
    with read_door() as reading:
        assert marks_of(reading)[tom, day(0), 0] == (stands, None, imported)
        new = amendments_of(reading)[len(before) :]
        check_caches(reading)
    old = mine if mine != ABSENT else None
    expected = [(tom, day(0), 0, old, None, theirs, None, IMPORT_REASON, "Saira Khan", "Attendance officer", "import")]
    assert new == (expected if amended else [])
    assert conflicts() == ([(tom, day(0), 0, old, theirs)] if conflict else [])
    changed = int(stands == theirs and stands != old)
    assert written == WrittenMarks(changed, 1 - changed - conflict, int(conflict), ())


def test_the_same_file_shuffled_changes_nothing(db: Database, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[Row] = [
        (each, day(number), half, code, 7 if code == "L" else None)
        for each in (world.tom_enrolment, world.noor_enrolment)
        for number in range(40)
        for half, code in ((0, "LI/O"[number % 4]), (1, "\\N"[number % 2]))
    ]
    assert bring(world, *rows).changed == len(rows)
    write_marks(batch(world, MarkChange(world.tom_enrolment, day(0), 0, "I")))
    random.Random(1).shuffle(rows)
    heard: list[MarksChanged] = []
    monkeypatch.setattr(events, "_handlers", {})
    events.subscribe(MarksChanged, lambda _tx, event: heard.append(event))
    with read_door() as reading:
        before = (marks_of(reading), amendments_of(reading), _deeds())
    assert bring(world, *rows) == WrittenMarks(0, len(rows), 0, ())
    with read_door() as reading:
        assert (marks_of(reading), amendments_of(reading), _deeds()) == before
    assert heard == []


def _deeds() -> int:
    with read_door() as reading:
        return int(reading.execute(select(func.count()).select_from(TrailEntry)).scalar_one())


@pytest.mark.parametrize(
    ("ours", "theirs", "kept"),
    [
        (("L", None), ("L", 8), ("L", 8)),
        (("L", 5), ("L", 8), ("L", 5)),
        (("L", 5), ("L", None), ("L", 5)),
        (("N", None), ("U", 55), ("U", 55)),
        (("N", None), ("I", 55), ("I", None)),
    ],
)
def test_minutes_fill_a_gap_and_never_replace_ours(
    db: Database, world: World, ours: tuple[str, int | None], theirs: tuple[str, int | None], kept: tuple[str, int]
) -> None:
    tom = world.tom_enrolment
    bring(world, (tom, day(0), 0, *ours))
    bring(world, (tom, day(0), 0, *theirs))
    again = bring(world, (tom, day(0), 0, *theirs))
    assert again.changed == 0
    with read_door() as reading:
        assert marks_of(reading)[tom, day(0), 0][:2] == kept


def test_minutes_that_both_give_stay_ours_when_only_their_word_moves(db: Database, world: World) -> None:
    tom = world.tom_enrolment
    bring(world, (tom, day(0), 0, "N", None))
    write_marks(batch(world, MarkChange(tom, day(0), 0, "L", 5)))
    assert bring(world, (tom, day(0), 0, "L", 8)).changed == 0
    with read_door() as reading:
        assert marks_of(reading)[tom, day(0), 0] == ("L", 5, "L")
        assert len(amendments_of(reading)) == 1


def test_a_conflict_found_again_is_the_same_conflict_until_either_side_moves(db: Database, world: World) -> None:
    tom = world.tom_enrolment
    bring(world, (tom, day(0), 0, "N", None))
    write_marks(batch(world, MarkChange(tom, day(0), 0, "I")))
    for _ in range(2):
        assert bring(world, (tom, day(0), 0, "O", None)).conflicts == 1
    assert conflicts() == [(tom, day(0), 0, "I", "O")]
    write_marks(batch(world, MarkChange(tom, day(0), 0, "M")))
    assert bring(world, (tom, day(0), 0, "G", None)).conflicts == 1
    assert conflicts() == [(tom, day(0), 0, "M", "G")]


@pytest.mark.parametrize("agreed", ["they change back", "they follow", "we follow"])
def test_a_conflict_ends_when_both_sides_agree(db: Database, world: World, agreed: str) -> None:
    tom = world.tom_enrolment
    bring(world, (tom, day(0), 0, "N", None), (tom, day(0), 1, "N", None))
    write_marks(batch(world, MarkChange(tom, day(0), 0, "I"), MarkChange(tom, day(0), 1, "I")))
    bring(world, (tom, day(0), 0, "O", None), (tom, day(0), 1, "O", None))
    if agreed == "we follow":
        write_marks(batch(world, MarkChange(tom, day(0), 0, "O")))
    theirs = {"they change back": "N", "they follow": "I", "we follow": "O"}[agreed]
    # The other conflict is not in this file, so it stays.
    bring(world, (tom, day(0), 0, theirs, None))
    assert conflicts() == [(tom, day(0), 1, "I", "O")]


@pytest.mark.parametrize(("keep", "stands"), [(Keep.OURS, "I"), (Keep.THEIRS, "O")])
def test_settling_a_conflict(db: Database, world: World, keep: Keep, stands: str) -> None:
    tom = world.tom_enrolment
    bring(world, (tom, day(0), 0, "N", None))
    write_marks(batch(world, MarkChange(tom, day(0), 0, "I")))
    bring(world, (tom, day(0), 0, "O", None))
    settle = (world.organisation, world.hill, tom, day(0), 0, keep, OFFICER, "Seen the doctor's letter")
    settle_conflict(*settle)
    assert conflicts() == []
    assert bring(world, (tom, day(0), 0, "O", None)) == WrittenMarks(0, 1, 0, ())
    with read_door() as reading:
        assert marks_of(reading)[tom, day(0), 0] == (stands, None, "O")
        assert amendments_of(reading)[-1][7] == ("Seen the doctor's letter" if keep is Keep.THEIRS else "Parent rang")
        check_caches(reading)
    with pytest.raises(NoSuchConflict):
        settle_conflict(*settle)


def test_taking_theirs_needs_a_reason(db: Database, world: World) -> None:
    tom = world.tom_enrolment
    bring(world, (tom, day(0), 0, "N", None))
    write_marks(batch(world, MarkChange(tom, day(0), 0, "I")))
    bring(world, (tom, day(0), 0, "O", None))
    with pytest.raises(ReasonNeeded):
        settle_conflict(world.organisation, world.hill, tom, day(0), 0, Keep.THEIRS, OFFICER, "")
    assert len(conflicts()) == 1


def test_another_school_s_conflict_cannot_be_settled(db: Database, world: World) -> None:
    with pytest.raises(UnknownEnrolment):
        settle_conflict(world.organisation, world.vale, world.tom_enrolment, day(0), 0, Keep.OURS, OFFICER, "Not ours")


def test_an_import_is_told_as_one(db: Database, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[tuple[MarkSource, int, list[tuple[date, str | None]]]] = []
    monkeypatch.setattr(events, "_handlers", {})
    events.subscribe(
        MarksChanged,
        lambda _tx, event: heard.append(
            (event.source, event.count, sorted((each.date, each.after) for each in event.since(day(3))))
        ),
    )
    bring(world, *((world.tom_enrolment, day(number), 0, "/", None) for number in range(5)))
    assert heard == [(MarkSource.IMPORT, 5, [(day(3), "/"), (day(4), "/")])]
    assert _deeds() == 1


def test_staged_marks_are_checked_before_any_database_is_asked() -> None:
    good: Row = (1, day(0), 0, "/", None)
    for row, error in (
        ((1, day(0), 0, "ZZ", None), CodeRefused),
        ((1, day(0), 0, "Y", None), CodeRefused),
        ((1, date(2024, 8, 18), 0, "Y1", None), CodeRefused),
        ((1, day(0), 7, "/", None), SessionRefused),
        ((1, day(0), 0, "L", 600), SessionRefused),
        ((1, date(1969, 12, 31), 0, "/", None), SessionRefused),
        ((0, day(0), 0, "/", None), UnknownEnrolment),
        ((1 << 31, day(0), 0, "/", None), UnknownEnrolment),
    ):
        stage = MarkStage()
        with pytest.raises(error):
            stage.load([good, row])
    stage = MarkStage()
    stage.load([good, (1, day(0), 0, "I", None)])
    with pytest.raises(DuplicateChange, match=r"morning of 08/06/2026 is there twice for enrolment 1"):
        stage.sort()


def test_a_stage_filled_in_turns_is_sorted_again(db: Database, world: World) -> None:
    stage = MarkStage()
    stage.load([(world.tom_enrolment, day(1), 0, "/", None)])
    stage.sort()
    stage.load([(world.tom_enrolment, day(0), 0, "/", None)])
    assert len(stage) == 2
    assert write_imported_marks(world.organisation, world.hill, stage, OFFICER).changed == 2


def test_a_pupil_of_another_school_stops_the_whole_import(db: Database, world: World) -> None:
    with pytest.raises(UnknownEnrolment):
        bring(world, (world.tom_enrolment, day(0), 0, "/", None), (world.ella_enrolment, day(0), 0, "/", None))
    with read_door() as reading:
        assert marks_of(reading) == {}


def test_an_empty_file_is_nothing_to_do(db: Database, world: World) -> None:
    assert bring(world) == WrittenMarks(0, 0, 0, ())


STEP = st.one_of(
    st.tuples(st.just("staff"), st.integers(0, 3), st.sampled_from(["/", "I", "O", None])),
    st.tuples(st.just("import"), st.integers(0, 3), st.sampled_from(["/", "I", "O", "N"])),
)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.lists(STEP, min_size=1, max_size=4, unique_by=lambda step: step[1]), max_size=6))
def test_any_run_of_corrections_and_imports(
    db: Database, world: World, steps: list[list[tuple[str, int, str | None]]]
) -> None:
    """Against the rule written as the brief has it: base, mine and theirs in two dictionaries."""
    tom = world.tom_enrolment
    mine: dict[int, str | None] = {}
    base: dict[int, str | None] = {}
    fights: dict[int, str] = {}
    with undone() as reading:
        for step in steps:
            by_staff = [(slot, code) for who, slot, code in step if who == "staff"]
            by_import = [(slot, code) for who, slot, code in step if who == "import"]
            write_marks(batch(world, *(MarkChange(tom, day(slot), 0, code) for slot, code in by_staff)))
            for slot, code in by_staff:
                if slot in mine or code is not None:
                    mine[slot] = code
            bring(world, *((tom, day(slot), 0, str(code), None) for slot, code in by_import))
            for slot, theirs in by_import:
                fights.pop(slot, None)
                if slot not in mine:
                    mine[slot] = base[slot] = theirs
                elif theirs == base.get(slot):
                    continue
                elif mine[slot] in (base.get(slot), theirs):
                    mine[slot] = base[slot] = theirs
                else:
                    fights[slot] = str(theirs)
            stand = {session[1]: (entry[0], entry[2]) for session, entry in marks_of(reading).items()}
            assert stand == {day(slot): (code, base.get(slot)) for slot, code in mine.items()}
            assert {on: theirs for _, on, _, _, theirs in conflicts()} == {day(s): c for s, c in fights.items()}
            check_caches(reading)
