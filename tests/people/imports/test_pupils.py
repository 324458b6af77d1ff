"""A file of pupils is the roll: who is new, who moved, who left; and the same file again changes nothing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import TODAY, World
from tests.people.imports.filing import as_file, bring, changed, rows_of, snapshot, told
from tests.record.marking import undone
from webapp.foundation.db import Database, read_door
from webapp.foundation.trail import TrailEntry
from webapp.people.models import Enrolment, Form, ImportRun, Placement, Pupil, PupilGroup
from webapp.people.rules.files import ConfirmationNeeded, FieldChange, FileRefused, ImportKind, ImportRefused
from webapp.people.rules.identifiers import make_upn

TABLES = (Pupil, Enrolment, Placement, PupilGroup, Form)


def upn(number: int, *, temporary: bool = False) -> str:
    return make_upn(823, 4000, 2020, number, temporary=temporary)


def pupil(number: int = 1, **cells: str) -> dict[str, str]:
    """A row of a file, as one system heads it."""
    return {
        "UPN": upn(number), "Adno": f"00{number}", "Forename": "Ada", "Surname": "Okafor", "DOB": "12/03/2018",
        "Gender": "F", "Year": "3", "Reg": "3K", "DOA": "02/09/2025", **cells,
    }  # fmt: skip


TOM = pupil(50, Forename="Tom", Surname="Ahmed", DOB="15/01/2018", DOA="01/09/2025")
NOOR = pupil(51, Forename="Noor", Surname="Shah", DOB="15/01/2018", DOA="01/09/2025")


def pupils(world: World, *rows: dict[str, str], **options: Any) -> Any:
    """Bring in a roll of Tom, Noor and these."""
    return bring(world, ImportKind.PUPILS, [TOM, NOOR, *rows], **options)


def one(upn_: str) -> Any:
    (found,) = rows_of(Pupil, Pupil.upn == upn_)
    return found


def enrolments_of(pupil_id: int) -> list[Any]:
    return rows_of(Enrolment, Enrolment.pupil_id == pupil_id)


def placements_of(enrolment_id: int) -> list[tuple[Any, ...]]:
    forms = {form.id: form.name for form in rows_of(Form)}
    found = rows_of(Placement, Placement.enrolment_id == enrolment_id)
    return sorted((row.starts_on, row.ends_on, row.year_group, forms.get(row.form_id)) for row in found)


def test_a_new_pupil_is_enrolled_and_placed(db: Database, world: World):
    row = {"Legal Forename": "Ada", **pupil(1, Forename="Addie")}
    findings = pupils(world, row)

    counts = findings.counts
    # Tom and Noor get their numbers.
    assert (counts.rows, counts.new, counts.changed, counts.unchanged, counts.removed) == (3, 1, 2, 0, 0)
    ada = one(upn(1))
    assert (ada.legal_first_name, ada.first_name, ada.last_name, ada.sex) == ("Ada", "Addie", "Okafor", "F")
    assert ada.date_of_birth == date(2018, 3, 12)
    (enrolment,) = enrolments_of(ada.id)
    assert (enrolment.school_id, enrolment.kind, enrolment.admission_number) == (world.hill, "main", "001")
    assert (enrolment.starts_on, enrolment.ends_on) == (date(2025, 9, 2), None)
    assert placements_of(enrolment.id) == [(date(2025, 9, 2), None, 3, "3K")]
    (run,) = rows_of(ImportRun)
    assert (run.kind, run.state, run.counts["new"], run.file_id) == ("pupils", "applied", 1, None)
    assert [entry.action for entry in rows_of(TrailEntry, TrailEntry.subject_kind == "import_run")] == [
        "imported_pupils"
    ]


def test_a_pupil_without_numbers_here_is_known_by_name_and_birth(db: Database, world: World):
    pupils(world)

    assert one(upn(50)).id == world.tom
    assert [each.id for each in enrolments_of(world.tom)] == [world.tom_enrolment]


def test_the_same_file_again_changes_nothing(db: Database, world: World):
    rows = [
        TOM, NOOR, pupil(1, PP="Y", SEN="K", Reg="Dragonflies"), pupil(2, PP="N", SEN="E", DOL="01/05/2026"),
    ]  # fmt: skip
    data = as_file(rows)
    bring(world, ImportKind.PUPILS, data)
    with read_door() as connection:
        before = snapshot(connection, *TABLES)

    findings = bring(world, ImportKind.PUPILS, data)

    assert (findings.counts.new, findings.counts.changed, findings.counts.unchanged) == (0, 0, 4)
    with read_door() as connection:
        assert snapshot(connection, *TABLES) == before


def test_a_dry_run_says_the_same_and_writes_nothing(db: Database, world: World):
    with read_door() as connection:
        before = snapshot(connection, *TABLES, ImportRun)

    dry = pupils(world, pupil(1), dry_run=True)

    with read_door() as connection:
        assert snapshot(connection, *TABLES, ImportRun) == before
    assert pupils(world, pupil(1)).counts == dry.counts


def test_who_is_not_in_the_file_has_left(db: Database, world: World):
    joined = [pupil(number, Forename=f"Ada{number}") for number in range(1, 20)]
    pupils(world, *joined)

    findings = pupils(world, *joined[1:], on="2026-06-17T11:00:00+00:00")

    assert (findings.counts.removed, findings.counts.of) == (1, 21)
    assert findings.removing == ("Okafor, Ada1",)
    (enrolment,) = enrolments_of(one(upn(1)).id)
    # The day itself included: they may be in the building.
    assert enrolment.ends_on == date(2026, 6, 17)


def test_who_comes_back_in_a_mended_file_never_left(db: Database, world: World):
    joined = [pupil(number, Forename=f"Ada{number}") for number in range(1, 20)]
    pupils(world, *joined)
    pupils(world, *joined[1:])

    findings = pupils(world, *joined)

    assert findings.counts.changed == 1
    (enrolment,) = enrolments_of(one(upn(1)).id)
    assert enrolment.ends_on is None


def test_who_comes_back_later_is_enrolled_anew(db: Database, world: World):
    joined = [pupil(number, Forename=f"Ada{number}") for number in range(1, 20)]
    pupils(world, *joined)
    pupils(world, *joined[1:])

    pupils(world, {**joined[0], "DOA": "17/06/2026"}, *joined[1:], on="2026-06-17T11:00:00+00:00")

    found = sorted((each.starts_on, each.ends_on) for each in enrolments_of(one(upn(1)).id))
    assert found == [(date(2025, 9, 2), TODAY), (date(2026, 6, 17), None)]


def test_a_part_of_the_roll_adds_and_changes_and_takes_nobody_off(db: Database, world: World):
    pupils(world, pupil(1))

    findings = bring(world, ImportKind.PUPILS, [pupil(1, Surname="Cole"), pupil(2, Forename="Bo")], part=True)

    counts = findings.counts
    assert (counts.new, counts.changed, counts.removed, counts.asks) == (1, 1, 0, False)
    assert one(upn(1)).last_name == "Cole"
    assert [row.ends_on for row in rows_of(Enrolment, Enrolment.school_id == world.hill)] == [None] * 4


def test_who_changes_and_what_is_named(db: Database, world: World):
    pupils(world, pupil(1))
    row = pupil(1, Surname="Cole", Year="4", Reg="4M", DOL="31/08/2026", Gender="M", PP="Yes")

    findings = bring(world, ImportKind.PUPILS, [TOM, {**NOOR, "PP": ""}, {**row, "LAC": "Y"}], dry_run=True)

    assert changed(findings) == [
        ("Okafor, Ada", "Last name", "Okafor", "Cole"), ("Okafor, Ada", "Sex", "F", "M"),
        ("Okafor, Ada", "Leaving date", "", "31 August 2026"), ("Okafor, Ada", "Year group", "Year 3", "Year 4"),
        ("Okafor, Ada", "Form", "3K", "4M"), ("Okafor, Ada", "Pupil premium", "No", "Yes"),
        ("Okafor, Ada", "Looked after", "No", "Yes"),
    ]  # fmt: skip
    flag = findings.changes[-1]
    assert flag.seen_with(["see_safeguarding_flags"]) == flag
    assert flag.seen_with([]) == FieldChange("Okafor, Ada", "Something that is not shown to you", "", "")


def test_a_file_without_forms_says_that_a_new_year_empties_the_form(db: Database, world: World):
    rows = [{key: value for key, value in {**row, "Year": "4"}.items() if key != "Reg"} for row in (TOM, NOOR)]
    pupils(world)

    found = changed(bring(world, ImportKind.PUPILS, rows, dry_run=True))

    assert ("Ahmed, Tom", "Form", "3K", "") in found
    assert ("Ahmed, Tom", "Year group", "Year 3", "Year 4") in found


@pytest.mark.parametrize(("left_out", "asks"), [(1, False), (2, False), (3, True)])
def test_more_than_a_tenth_stops_and_asks(db: Database, world: World, left_out: int, asks: bool):
    joined = [pupil(number, Forename=f"Ada{number}") for number in range(1, 19)]
    pupils(world, *joined)
    with read_door() as connection:
        before = snapshot(connection, *TABLES)

    if not asks:
        assert pupils(world, *joined[left_out:]).counts.removed == left_out
        return
    with pytest.raises(ConfirmationNeeded, match="3 of 20"):
        pupils(world, *joined[left_out:])
    with read_door() as connection:
        assert snapshot(connection, *TABLES) == before
    assert pupils(world, *joined[left_out:], confirmed=True).counts.removed == 3


def test_a_pupil_who_moves_form_keeps_the_old_placement(db: Database, world: World):
    pupils(world)

    findings = pupils(world, on="2026-06-17T11:00:00+00:00")
    assert findings.counts.unchanged == 2
    bring(world, ImportKind.PUPILS, [{**TOM, "Reg": "4M", "Year": "Year 4"}, NOOR], on="2026-06-17T11:00:00+00:00")

    assert placements_of(world.tom_enrolment) == [
        (date(2025, 9, 1), TODAY, 3, "3K"), (date(2026, 6, 17), None, 4, "4M"),
    ]  # fmt: skip


def test_a_file_without_forms_leaves_them(db: Database, world: World):
    rows = [{key: value for key, value in row.items() if key != "Reg"} for row in (TOM, NOOR)]

    bring(world, ImportKind.PUPILS, rows)

    assert placements_of(world.tom_enrolment) == [(date(2025, 9, 1), None, 3, "3K")]


def test_groups_begin_and_end_and_an_empty_cell_leaves_them(db: Database, world: World):
    def groups_of(pupil_id: int) -> list[tuple[Any, ...]]:
        return sorted((r.group, r.starts_on, r.ends_on) for r in rows_of(PupilGroup, PupilGroup.pupil_id == pupil_id))

    bring(world, ImportKind.PUPILS, [{**TOM, "PP": "Yes", "SEN": "K"}, {**NOOR, "PP": ""}])
    assert groups_of(world.tom) == [("pupil_premium", TODAY, None), ("sen_support", TODAY, None)]
    assert groups_of(world.noor) == [("travels_alone", date(2025, 9, 1), None)]

    later = "2026-06-20T11:00:00+00:00"
    bring(world, ImportKind.PUPILS, [{**TOM, "PP": "", "SEN": "E"}, {**NOOR, "PP": ""}], on=later)
    assert groups_of(world.tom) == [
        ("ehcp", date(2026, 6, 20), None), ("pupil_premium", TODAY, None), ("sen_support", TODAY, date(2026, 6, 19)),
    ]  # fmt: skip


def test_a_pupil_of_another_school_of_the_trust_is_the_same_child(db: Database, world: World):
    pupils(world, pupil(1))

    bring(
        world, ImportKind.PUPILS,
        [pupil(1, Year="7", Reg="7A", Adno="900", DOA="16/06/2026"),
         pupil(60, Forename="Ella", Surname="Ahmed", DOB="02/03/2013", Year="8", Reg="8B", DOA="01/09/2025")],
        school=world.vale,
    )  # fmt: skip

    found = {each.school_id: each.admission_number for each in enrolments_of(one(upn(1)).id)}
    assert found == {world.hill: "001", world.vale: "900"}


def test_another_organisation_is_not_touched(db: Database, world: World):
    where = (Enrolment.organisation_id == world.other_organisation,)
    before = rows_of(Enrolment, *where)

    pupils(world, pupil(1))

    assert rows_of(Enrolment, *where) == before


def test_a_temporary_upn_gives_way_to_a_permanent_one(db: Database, world: World):
    pupils(world, pupil(1, UPN=upn(1, temporary=True)))
    (before,) = rows_of(Pupil, Pupil.upn == upn(1, temporary=True))

    pupils(world, pupil(1))

    assert one(upn(1)).id == before.id


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        ({"UPN": "B123456789012"}, "UPN"),
        ({"UPN": "", "Adno": ""}, "UPN"),
        ({"Forename": ""}, "Forename"),
        ({"Surname": " "}, "Surname"),
        ({"Surname": "x" * 101}, "Surname"),
        ({"Surname": "#REF!"}, "Surname"),
        ({"Surname": "=A2"}, "Surname"),
        ({"Forename": "?ukasz"}, "Forename"),
        ({"Surname": "Wi?niewski"}, "Surname"),
        ({"DOB": "03/25/2018"}, "DOB"),
        ({"DOB": "12/03/18"}, "DOB"),
        ({"DOB": "31/02/2018"}, "DOB"),
        ({"DOB": "12/03/1918"}, "DOB"),
        ({"DOB": "12/03/2028"}, "DOB"),
        ({"Gender": "?"}, "Gender"),
        ({"Gender": ""}, "Gender"),
        ({"Year": "Year 15"}, "Year"),
        ({"DOA": ""}, "DOA"),
        ({"DOL": "01/09/2025"}, "DOL"),
        ({"PP": "perhaps"}, "PP"),
        ({"SEN": "Z"}, "SEN"),
    ],
)
def test_a_row_that_is_wrong_is_named_and_nothing_is_written(
    db: Database, world: World, cells: dict[str, str], field: str
):
    with read_door() as connection:
        before = snapshot(connection, *TABLES, ImportRun)

    with pytest.raises(ImportRefused) as caught:
        pupils(world, pupil(1), pupil(2, **cells))

    assert told(caught.value.findings.rejections) == [(5, field)]
    assert all(each.mend.endswith(".") for each in caught.value.findings.rejections)
    with read_door() as connection:
        assert snapshot(connection, *TABLES, ImportRun) == before


@pytest.mark.parametrize(
    ("rows", "line", "field"),
    [
        ([pupil(1), pupil(1, Adno="77")], 5, "UPN"),
        ([pupil(1), pupil(2, Adno="001")], 5, "Adno"),
    ],
)
def test_two_rows_for_one_pupil_are_refused(
    db: Database, world: World, rows: list[dict[str, str]], line: int, field: str
):
    with pytest.raises(ImportRefused) as caught:
        pupils(world, *rows)

    assert told(caught.value.findings.rejections) == [(line, field)]


@pytest.mark.parametrize(
    ("row", "field"),
    [
        # The UPN of one child with the name, surname and birth of another.
        (pupil(1, Adno="555", Forename="Ben", Surname="Cole", DOB="01/01/2017"), "UPN"),
        # The admission number of one child with the UPN of nobody and another name.
        (pupil(9, Adno="001", Forename="Ben", Surname="Cole", DOB="01/01/2017"), "Admission number"),
        # The UPN of one child and the admission number of another.
        (pupil(1, Adno="002"), "Admission number"),
    ],
)
def test_numbers_that_belong_to_another_child_are_refused(db: Database, world: World, row: dict[str, str], field: str):
    pupils(world, pupil(1), pupil(2, Forename="Bo"))

    with pytest.raises(ImportRefused) as caught:
        bring(world, ImportKind.PUPILS, [TOM, NOOR, row], confirmed=True)

    assert told(caught.value.findings.rejections) == [(4, field)]


def test_a_missing_column_is_named_with_what_was_found():
    from webapp.people.rules.files.pupils import read_pupils

    with pytest.raises(FileRefused) as caught:
        read_pupils(b"Forename,Surname,DOB\nAda,Okafor,12/03/2018\n", TODAY)

    for word in ("Sex", "Year group", "Admission date", "UPN", "Forename"):
        assert word in caught.value.mend


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_whatever_came_before_a_file_leaves_the_roll_as_it_says(db: Database, world: World, data: st.DataObject):
    """Three files one after another: afterwards the open roll is the last file, and it again changes nothing."""
    numbers = st.sets(st.integers(1, 8))
    with undone():
        for week in range(3):
            here = data.draw(numbers)
            rows = [
                pupil(number, Forename=f"Ada{number}", Year=str(data.draw(st.integers(1, 6))),
                      Reg=data.draw(st.sampled_from(["1A", "2B", ""])), PP=data.draw(st.sampled_from(["Y", "N", ""])))
                for number in here
            ]  # fmt: skip
            on = f"{TODAY + timedelta(days=7 * week)}T11:00:00+00:00"
            file = [{**TOM, "PP": ""}, {**NOOR, "PP": ""}, *rows]
            bring(world, ImportKind.PUPILS, file, on=on, confirmed=True)

            open_now = [each for each in rows_of(Enrolment, Enrolment.school_id == world.hill) if each.ends_on is None]
            ids = {row["UPN"]: one(row["UPN"]).id for row in file}
            assert sorted(each.pupil_id for each in open_now) == sorted(ids.values())
            for row in file:
                enrolment = next(each for each in open_now if each.pupil_id == ids[row["UPN"]])
                _, ends_on, year, form = placements_of(enrolment.id)[-1]
                assert (ends_on, str(year), form or "") == (None, row["Year"], row["Reg"])
            counts = bring(world, ImportKind.PUPILS, file, on=on, confirmed=True).counts
            assert (counts.new, counts.changed, counts.unchanged) == (0, 0, len(file))


@pytest.mark.parametrize("swapped", ["UPN", "Adno"])
def test_two_pupils_whose_numbers_are_swapped_are_to_be_mended(db: Database, world: World, swapped: str):
    one_, two = pupil(1, Forename="Ada"), pupil(2, Forename="Ben", DOB="13/03/2018")
    pupils(world, one_, two)
    before = snapshot_now()
    with pytest.raises(ImportRefused) as refused:
        pupils(world, {**one_, swapped: two[swapped]}, {**two, swapped: one_[swapped]})
    assert told(refused.value.findings.rejections) == [(4, "Admission number"), (5, "Admission number")]
    assert all("Check both." in each.mend for each in refused.value.findings.rejections)
    assert snapshot_now() == before


def snapshot_now() -> dict[str, list[tuple[Any, ...]]]:
    with read_door() as connection:
        return snapshot(connection, *TABLES)
