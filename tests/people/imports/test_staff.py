"""A file of staff gives and ends roles, and locks nobody out."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.factories import TODAY, World
from tests.people.imports.filing import as_file, bring, changed, rows_of, snapshot, told
from webapp.foundation.db import Database, read_door
from webapp.foundation.trail import Actor, ActorKind, TrailEntry
from webapp.people.models import FormStaff, ImportRun, Staff, StaffRole
from webapp.people.rules.files import ImportKind, ImportRefused
from webapp.people.rules.files.columns import plain
from webapp.people.rules.files.staff import _ALIASES, ROLES, read_roles
from webapp.people.rules.roles import Role

TABLES = (Staff, StaffRole, FormStaff)
TOMORROW = "2026-06-17T11:00:00+00:00"
JO = {
    "Email": "jo.reed.1@school.example", "Forename": "Jo", "Surname": "Reed", "Job title": "Teacher",
    "Roles": "Teacher; Tutor", "Form": "3K",
}  # fmt: skip
ADA = {"Email": "Ada@School.example", "Forename": "Ada", "Surname": "Okafor", "Job title": "DSL", "Roles": "DSL, Head"}


def staff(world: World, *rows: dict[str, str], **options: Any) -> Any:
    return bring(world, ImportKind.STAFF, rows, **options)


def roles_of(staff_id: int) -> dict[str, tuple[date, date | None]]:
    found = rows_of(StaffRole, StaffRole.staff_id == staff_id)
    return {row.role: (row.starts_on, row.ends_on) for row in found}


def forms_of(staff_id: int) -> list[tuple[Any, ...]]:
    return sorted((r.form_id, r.starts_on, r.ends_on) for r in rows_of(FormStaff, FormStaff.staff_id == staff_id))


def test_new_and_known_staff(db: Database, world: World):
    counts = staff(world, JO, {**ADA, "Mobile": "07700 900050"}).counts

    assert (counts.new, counts.changed, counts.unchanged, counts.removed) == (1, 0, 1, 0)
    (ada,) = rows_of(Staff, Staff.email == "ada@school.example")
    assert (ada.first_name, ada.position, ada.mobile, ada.starts_on) == ("Ada", "DSL", "+447700900050", TODAY)
    assert set(roles_of(ada.id)) == {"dsl", "head"}
    assert set(roles_of(world.teacher)) == {"teacher", "tutor"}
    given = [(row.action, row.detail["role"]) for row in rows_of(TrailEntry, TrailEntry.subject_kind == "staff")]
    assert sorted(given) == [("gave_role", "dsl"), ("gave_role", "head")]


def test_the_same_file_again_changes_nothing(db: Database, world: World):
    data = as_file([JO, {**ADA, "Form": "3K", "Start date": "01/09/2024"}])
    bring(world, ImportKind.STAFF, data)
    with read_door() as connection:
        before = snapshot(connection, *TABLES)

    assert bring(world, ImportKind.STAFF, data).counts.unchanged == 2
    with read_door() as connection:
        assert snapshot(connection, *TABLES) == before


def test_a_role_that_the_row_no_longer_names_ends_and_may_begin_again(db: Database, world: World):
    staff(world, {**JO, "Roles": "Teacher; Reception"}, on=TOMORROW)
    assert roles_of(world.teacher)["tutor"] == (date(2020, 9, 1), TODAY)

    staff(world, {**JO, "Roles": "Teacher"}, on=TOMORROW)
    assert "reception" not in roles_of(world.teacher)

    staff(world, JO, on="2026-06-18T11:00:00+00:00")
    tutor = rows_of(StaffRole, StaffRole.staff_id == world.teacher, StaffRole.role == "tutor")
    assert sorted((row.starts_on, row.ends_on) for row in tutor) == [
        (date(2020, 9, 1), TODAY), (date(2026, 6, 18), None),
    ]  # fmt: skip


def test_who_changes_and_what_is_named(db: Database, world: World):
    found = staff(world, {**JO, "Job title": "Head of year", "Roles": "Teacher; DSL"}, ADA, dry_run=True)

    assert changed(found) == [
        ("Jo Reed", "Position", "Teacher", "Head of year"),
        ("Jo Reed", "Roles", "Teacher, Tutor", "Designated safeguarding lead, Teacher"),
    ]  # fmt: skip


def test_an_empty_cell_leaves_roles_and_forms(db: Database, world: World):
    assert staff(world, {**JO, "Roles": "", "Form": ""}).counts.unchanged == 1


def test_the_roles_that_manage_firstbell_are_not_taken_by_a_file(db: Database, world: World):
    staff(world, {**JO, "Roles": "Teacher; Tutor; Administrator"})

    staff(world, JO, on=TOMORROW)

    assert roles_of(world.teacher)["administrator"] == (TODAY, None)


def test_roles_at_another_school_are_not_touched(db: Database, world: World):
    staff(world, {**JO, "Roles": "Governor", "Form": ""}, school=world.vale)

    found = {(row.school_id, row.role) for row in rows_of(StaffRole, StaffRole.staff_id == world.teacher)}
    assert found == {(world.hill, "teacher"), (world.hill, "tutor"), (world.vale, "governor")}


def test_who_is_not_in_the_file_stays_and_a_leaver_has_a_date(db: Database, world: World):
    staff(world, {**JO, "Leaving date": "2026-07-17"})

    assert rows_of(Staff, Staff.id == world.teacher)[0].ends_on == date(2026, 7, 17)
    assert rows_of(Staff, Staff.id == world.head)[0].ends_on is None


def test_a_new_form_takes_the_place_of_the_old(db: Database, world: World):
    bring(
        world, ImportKind.PUPILS,
        [{"Adno": "1", "Forename": "Ada", "Surname": "Cole", "DOB": "2018-01-01", "Sex": "F", "Year": "4", "Form": "4M",
          "Admission date": "2025-09-01"}],
        confirmed=True,
    )  # fmt: skip

    staff(world, {**JO, "Form": "4M"}, on=TOMORROW)

    old, new = forms_of(world.teacher)
    assert old == (world.form_3k, date(2025, 9, 1), TODAY)
    assert new[1:] == (TODAY + timedelta(days=1), None)


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        ({"Email": "ada"}, "Email"),
        ({"Email": ""}, "Email"),
        ({"Email": "jo.reed.1@school.example"}, "Email"),
        ({"Forename": ""}, "Forename"),
        ({"Forename": "?ukasz"}, "Forename"),
        ({"Surname": "Wi?niewski"}, "Surname"),
        ({"Job title": ""}, "Job title"),
        ({"Roles": "Teacher; Wizard"}, "Roles"),
        ({"Mobile": "01632 960123"}, "Mobile"),
        ({"Form": "9Z"}, "Form"),
        ({"Leaving date": "17/07/26"}, "Leaving date"),
        ({"Start date": "01/09/2026", "Leaving date": "01/09/2025"}, "Leaving date"),
    ],
)
def test_a_row_that_is_wrong_is_named_and_nothing_is_written(
    db: Database, world: World, cells: dict[str, str], field: str
):
    with read_door() as connection:
        before = snapshot(connection, *TABLES, ImportRun)

    with pytest.raises(ImportRefused) as caught:
        staff(world, JO, {**ADA, **cells})

    assert told(caught.value.findings.rejections) == [(3, field)]
    with read_door() as connection:
        assert snapshot(connection, *TABLES, ImportRun) == before


def test_every_role_is_read_by_its_name_and_no_word_means_two():
    for role in Role:
        assert read_roles(role.label) == read_roles(role.value.upper()) == {role}
    assert read_roles("SENCO / Head of Year") == {Role.SEN_COORDINATOR, Role.PASTORAL_LEAD}
    words = [(word, role) for role in Role for word in (role.value, role.label, *_ALIASES.get(role, ()))]
    assert [(word, ROLES[plain(word)]) for word, _ in words] == words


DINA = {
    "Email": "dina.bell.1@school.example", "Forename": "Dina", "Surname": "Bell", "Job title": "Deputy head and DSL",
}  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "field"),
    [({"Roles": "Deputy headteacher"}, "Roles"), ({"Roles": "DSL", "Leaving date": "2026-07-17"}, "Leaving date")],
)
def test_the_last_safeguarding_lead_is_not_taken_by_a_file(
    db: Database, world: World, cells: dict[str, str], field: str
):
    before = roles_of(world.dsl)
    with pytest.raises(ImportRefused) as caught:
        staff(world, JO, {**DINA, **cells})
    assert told(caught.value.findings.rejections) == [(3, field)]
    assert "no safeguarding lead. Give the role to somebody else first" in caught.value.findings.rejections[0].mend
    assert roles_of(world.dsl) == before


def test_the_last_administrator_does_not_leave_by_a_file(db: Database, world: World):
    staff(world, {**JO, "Roles": "Teacher; Tutor; Administrator"})
    with pytest.raises(ImportRefused) as caught:
        staff(world, {**JO, "Leaving date": "2026-07-17"})
    assert told(caught.value.findings.rejections) == [(2, "Leaving date")]


def test_a_lead_may_go_where_the_file_names_another(db: Database, world: World):
    staff(world, {**DINA, "Roles": "Deputy headteacher"}, {**JO, "Roles": "Teacher; Tutor; DSL"}, on=TOMORROW)
    assert roles_of(world.dsl)["dsl"][1] == TODAY
    assert roles_of(world.teacher)["dsl"] == (TODAY + timedelta(days=1), None)


def test_nobody_gives_themselves_a_role_by_a_file(db: Database, world: World):
    actor = Actor(ActorKind.STAFF, world.teacher, "Jo Reed", "Teacher")
    with pytest.raises(ImportRefused) as caught:
        staff(world, {**JO, "Roles": "Teacher; Tutor; DSL"}, actor=actor)
    assert told(caught.value.findings.rejections) == [(2, "Roles")]
    # What they hold already may stand there.
    assert staff(world, JO, actor=actor).counts.unchanged == 1


def test_a_form_of_a_cover_teacher_lapses_by_itself(db: Database, world: World):
    cover = {**ADA, "Roles": "Cover teacher", "Form": "3K"}
    staff(world, cover)
    (ada,) = rows_of(Staff, Staff.email == "ada@school.example")
    assert forms_of(ada.id) == [(world.form_3k, TODAY, TODAY)]

    staff(world, {**cover, "Email": "bo@school.example", "Leaving date": "2026-06-19"})
    (bo,) = rows_of(Staff, Staff.email == "bo@school.example")
    assert forms_of(bo.id) == [(world.form_3k, TODAY, date(2026, 6, 19))]
