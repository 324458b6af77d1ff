"""A file of contacts: each adult once, each child's rights apart, and no stop lifted by a file."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, update

from tests.factories import TODAY, World
from tests.people.imports.filing import as_file, bring, changed, rows_of, snapshot, told
from tests.record.marking import undone
from webapp.foundation.db import Database, read_door, unit_of_work
from webapp.foundation.trail import TrailEntry
from webapp.people.models import Contact, ContactPoint, CourtOrder, Enrolment, ImportRun, Pupil, PupilContact
from webapp.people.rules.files import ConfirmationNeeded, ImportKind, ImportRefused
from webapp.people.rules.files.contacts import RIGHTS
from webapp.people.rules.identifiers import make_upn
from webapp.people.rules.rights import read_denies

TABLES = (Contact, ContactPoint, PupilContact, CourtOrder)
TOM, NOOR, ELLA = (make_upn(823, 4000, 2020, number) for number in (50, 51, 52))
YESTERDAY = TODAY - timedelta(days=1)
TOMORROW = "2026-06-17T11:00:00+00:00"


@pytest.fixture(autouse=True)
def _numbers(db: Database, world: World) -> None:
    with unit_of_work() as tx:
        for pupil_id, upn in ((world.tom, TOM), (world.noor, NOOR), (world.ella, ELLA)):
            tx.execute(update(Pupil).where(Pupil.id == pupil_id).values(upn=upn))


def contact(upn: str, first: str, last: str, mobile: str = "", **cells: str) -> dict[str, str]:
    return {
        "UPN": upn, "Forename": first, "Surname": last, "Relationship": "Mother", "Priority": "1",
        "Parental responsibility": "Yes", "Lives with": "Yes", "Mobile": mobile, **cells,
    }  # fmt: skip


ALICE = contact(TOM, "Alice", "Ahmed", "07700 900001", Email="alice@family.example")
BOB = contact(TOM, "Bob", "Ahmed", "+44 7700 900002", Relationship="Dad", Priority="2", **{"Lives with": "N"})
CHARLIE = contact(NOOR, "Charlie", "Shah", "07700900003", Email="charlie@family.example", Relationship="Father")


def contacts(world: World, *rows: dict[str, str], **options: Any) -> Any:
    return bring(world, ImportKind.CONTACTS, [ALICE, BOB, CHARLIE, *rows], **options)


def link(pupil_id: int, contact_id: int) -> Any:
    (found,) = rows_of(PupilContact, PupilContact.pupil_id == pupil_id, PupilContact.contact_id == contact_id)
    return found


def named(first: str, last: str = "Okafor") -> Any:
    (found,) = rows_of(Contact, Contact.first_name == first, Contact.last_name == last)
    return found


def points(contact_id: int) -> list[tuple[Any, ...]]:
    found = rows_of(ContactPoint, ContactPoint.contact_id == contact_id)
    return sorted((row.priority, row.kind, row.value, row.state) for row in found)


def rights(row: Any) -> set[str]:
    return {name for name in RIGHTS if getattr(row, name)}


def test_who_is_here_already_is_known_by_name_and_number(db: Database, world: World):
    with read_door() as connection:
        before = snapshot(connection, *TABLES)

    counts = contacts(world).counts

    assert (counts.new, counts.changed, counts.unchanged, counts.removed) == (0, 0, 3, 0)
    with read_door() as connection:
        assert snapshot(connection, *TABLES) == before


def test_a_new_parent_of_two_children_is_one_adult_with_the_usual_rights(db: Database, world: World):
    phones = {"Home phone": "01632 960123"}
    contacts(
        world,
        contact(TOM, "Grace", "Okafor", "07700 900010", Priority="3", Language="Urdu", Interpreter="Y", **phones),
        contact(NOOR, "Grace", "Okafor", "07700 900010", Relationship="Aunt", Priority="2",
                **{"Parental responsibility": "N", "Lives with": "N"}),
        contact(NOOR, "Gloria", "Okafor", "07700 900011", Relationship="Childminder", Priority="4",
                **{"Parental responsibility": "", "Lives with": "", "May collect": "Y"}),
    )  # fmt: skip

    grace, other = named("Grace"), named("Gloria")
    assert (grace.language, grace.needs_interpreter) == ("ur", True)
    assert points(grace.id) == [
        (1, "mobile", "+447700900010", "usable"), (2, "landline", "+441632960123", "usable"),
    ]  # fmt: skip
    tom, noor = link(world.tom, grace.id), link(world.noor, grace.id)
    assert (tom.is_parent, tom.priority, rights(tom)) == (True, 3, set(RIGHTS))
    assert (noor.is_parent, noor.relationship, rights(noor)) == (False, "aunt", set())
    assert rights(link(world.noor, other.id)) == {"may_collect"}


def test_the_same_file_again_changes_nothing(db: Database, world: World):
    data = as_file([
        {**ALICE, "Contact ID": "77", "Court order": "Y", "May view plans": "N"}, {**BOB, "Contact ID": "78"},
        {**CHARLIE, "Contact ID": "79"}, contact(NOOR, "Ada", "Okafor", "07700 900020", **{"Contact ID": "80"}),
    ])  # fmt: skip
    bring(world, ImportKind.CONTACTS, data)
    with read_door() as connection:
        before = snapshot(connection, *TABLES)

    counts = bring(world, ImportKind.CONTACTS, data).counts

    assert (counts.new, counts.changed, counts.unchanged) == (0, 0, 4)
    with read_door() as connection:
        assert snapshot(connection, *TABLES) == before


def test_a_number_that_the_school_no_longer_has_is_not_used_until_it_comes_back(db: Database, world: World):
    contacts(world, contact(NOOR, "Ada", "Okafor", "07700 900020"))
    bring(world, ImportKind.CONTACTS, [CHARLIE, contact(NOOR, "Ada", "Okafor", "07700 900021")])
    ada = named("Ada").id
    # Without a number in common she is found as the same name beside the same child.
    assert [(row[2], row[3]) for row in points(ada)] == [("+447700900020", "bad"), ("+447700900021", "usable")]

    bring(world, ImportKind.CONTACTS, [CHARLIE, contact(NOOR, "Ada", "Okafor", "07700 900020")])

    assert [(row[2], row[3]) for row in points(ada)] == [("+447700900020", "usable"), ("+447700900021", "bad")]


@pytest.mark.parametrize("state", ["bad", "opted_out"])
def test_a_file_makes_no_number_usable_that_was_stopped_here(db: Database, world: World, state: str):
    with unit_of_work() as tx:
        change = update(ContactPoint).where(ContactPoint.value == "+447700900001")
        tx.execute(change.values(state=state, state_reason="The network said so"))

    assert contacts(world).counts.unchanged == 3
    assert points(world.alice)[0][3] == state


def test_a_parent_at_two_schools_keeps_the_numbers_that_the_other_has(db: Database, world: World):
    bring(world, ImportKind.CONTACTS, [{**ALICE, "Mobile": "07700 900031"}, BOB])

    # Alice is Ella's mother at Vale Academy, whose system holds the old number.
    assert [row[3] for row in points(world.alice)] == ["usable"] * 3


def test_a_contact_who_is_not_in_the_file_any_more_is_out_and_may_come_back(db: Database, world: World):
    with pytest.raises(ConfirmationNeeded, match="1 of 2"):
        bring(world, ImportKind.CONTACTS, [ALICE])
    findings = bring(world, ImportKind.CONTACTS, [ALICE], confirmed=True)

    assert findings.removing == ("Bob Ahmed (father of Ahmed, Tom)",)
    assert link(world.tom, world.bob).ends_on == YESTERDAY
    assert link(world.noor, world.charlie).ends_on is None
    deeds = [(row.action, row.pupil_id) for row in rows_of(TrailEntry, TrailEntry.subject_kind == "pupil_contact")]
    assert deeds == [("ended_contact_link", world.tom)]

    contacts(world, on=TOMORROW)
    assert link(world.tom, world.bob).ends_on is None


def test_a_contact_who_was_taken_out_by_hand_stays_out(db: Database, world: World):
    with unit_of_work() as tx:
        tx.execute(update(PupilContact).where(PupilContact.contact_id == world.bob).values(ends_on=YESTERDAY))

    findings = contacts(world)

    assert findings.counts.conflicts == 1
    assert "by hand" in findings.notes[-1]
    assert link(world.tom, world.bob).ends_on == YESTERDAY


def test_rights_that_staff_shaped_stay_unless_the_file_names_them(db: Database, world: World):
    with unit_of_work() as tx:
        tx.execute(
            update(PupilContact)
            .where(PupilContact.contact_id == world.bob)
            .values(may_view_plans=False, may_report=True)
        )
    kept = rights(link(world.tom, world.bob))

    contacts(world)
    assert rights(link(world.tom, world.bob)) == kept

    bring(world, ImportKind.CONTACTS, [ALICE, {**BOB, "May collect": "No"}])
    assert rights(link(world.tom, world.bob)) == kept - {"may_collect"}


def test_usual_rights_follow_what_the_file_says_of_the_adult(db: Database, world: World):
    bring(world, ImportKind.CONTACTS, [ALICE, {**BOB, "Lives with": "Y"}])
    assert rights(link(world.tom, world.bob)) == set(RIGHTS)

    row = {**BOB, "Relationship": "Friend", "Parental responsibility": "N"}
    bring(world, ImportKind.CONTACTS, [ALICE, row])
    assert rights(link(world.tom, world.bob)) == set()


def test_a_stop_set_here_is_not_lifted_by_a_file_and_one_in_the_file_is_set(db: Database, world: World):
    with unit_of_work() as tx:
        tx.execute(update(PupilContact).where(PupilContact.contact_id == world.bob).values(do_not_contact=True))

    rows = [{**ALICE, "Do not contact": "Yes"}, {**BOB, "Do not contact": "No"}, CHARLIE]
    bring(world, ImportKind.CONTACTS, rows)

    assert link(world.tom, world.bob).do_not_contact
    assert link(world.tom, world.alice).do_not_contact


def test_a_court_order_named_in_the_file_fails_closed(db: Database, world: World):
    contacts(world)
    bring(world, ImportKind.CONTACTS, [ALICE, {**BOB, "Court order": "Yes"}, CHARLIE])

    (order,) = rows_of(CourtOrder)
    assert (order.pupil_id, order.contact_id, order.starts_on) == (world.tom, world.bob, TODAY)
    assert read_denies(order.denies) is None


def test_a_reference_of_one_school_is_not_the_same_number_of_another(db: Database, world: World):
    contacts(world, contact(NOOR, "Ada", "Okafor", "07700 900020", **{"Contact ID": "5"}))
    bring(
        world, ImportKind.CONTACTS,
        [contact(ELLA, "Alice", "Ahmed", "07700 900001", **{"Contact ID": "4"}),
         contact(ELLA, "Zoe", "Bright", "07700 900021", **{"Contact ID": "5"})],
        school=world.vale,
    )  # fmt: skip

    assert named("Ada").reference == "hill:5"
    assert named("Zoe", "Bright").reference == "vale:5"
    assert rows_of(Contact, Contact.id == world.alice)[0].reference == "vale:4"


def test_who_changes_and_what_is_named(db: Database, world: World):
    alice = {**ALICE, "Priority": "3", "Lives with": "No", "Court order": "Yes"}
    bob = {**BOB, "Mobile": "07700 900050", "Language": "Polish"}
    with read_door() as connection:
        before = snapshot(connection, *TABLES)

    findings = bring(world, ImportKind.CONTACTS, [alice, bob], dry_run=True)

    assert changed(findings) == [
        ("Alice Ahmed (mother of Ahmed, Tom)", "Court order", "", "Yes"),
        ("Alice Ahmed (mother of Ahmed, Tom)", "Priority", "1", "3"),
        ("Alice Ahmed (mother of Ahmed, Tom)", "Lives with", "Yes", "No"),
        ("Alice Ahmed (mother of Ahmed, Tom)", "May ask for leave", "Yes", "No"),
        ("Bob Ahmed", "Language", "Urdu", "Polish"),
        ("Bob Ahmed", "Phone 07700 900050", "", "in use"),
        ("Bob Ahmed", "Phone 07700 900002", "in use", "not in the file"),
    ]  # fmt: skip
    assert [each.needs for each in findings.changes if each.what == "Court order"] == ["see_court_orders"]
    with read_door() as connection:
        assert snapshot(connection, *TABLES) == before


def test_another_organisations_adult_is_never_taken_for_ours(db: Database, world: World):
    contacts(world, contact(NOOR, "Mo", "Dale", "07700 900004"))

    assert {row.organisation_id for row in rows_of(Contact, Contact.last_name == "Dale")} == {
        world.organisation, world.other_organisation,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        ({"Mobile": "07700 90002"}, "Mobile"),
        ({"Mobile": "07700 900020 / 07700 900021"}, "Mobile"),
        ({"Mobile": "7.7009E+09"}, "Mobile"),
        ({"Email": "ada@"}, "Email"),
        ({"Surname": ""}, "Surname"),
        ({"Surname": "Wi?niewski"}, "Surname"),
        ({"Forename": "?ukasz"}, "Forename"),
        ({"Relationship": ""}, "Relationship"),
        ({"Priority": "first"}, "Priority"),
        ({"Lives with": "sometimes"}, "Lives with"),
        ({"UPN": make_upn(823, 4000, 2020, 99)}, "UPN"),
        ({"UPN": ELLA}, "UPN"),
        ({"UPN": ""}, "UPN"),
        # Two of one name beside one child need their references.
        ({"Forename": "New", "Surname": "One"}, "Last name"),
    ],
)
def test_a_row_that_is_wrong_is_named_and_nothing_is_written(
    db: Database, world: World, cells: dict[str, str], field: str
):
    with read_door() as connection:
        before = snapshot(connection, *TABLES, ImportRun)

    with pytest.raises(ImportRefused) as caught:
        contacts(world, contact(NOOR, "New", "One"), {**contact(NOOR, "Ada", "Okafor"), **cells})

    assert told(caught.value.findings.rejections) == [(6, field)]
    with read_door() as connection:
        assert snapshot(connection, *TABLES, ImportRun) == before


def test_one_reference_with_two_names_is_refused(db: Database, world: World):
    with pytest.raises(ImportRefused) as caught:
        contacts(
            world,
            contact(NOOR, "Ada", "Okafor", **{"Contact ID": "5"}),
            contact(TOM, "Zoe", "Bright", **{"Contact ID": "5"}),
        )
    assert told(caught.value.findings.rejections) == [(6, "Contact reference")]


def test_a_child_of_two_schools_is_asked_for_at_each(db: Database, world: World):
    with unit_of_work() as tx:
        tx.execute(
            insert(Enrolment).values(
                organisation_id=world.organisation, id=9999, pupil_id=world.ella, school_id=world.hill,
                starts_on=date(2026, 1, 5), kind="dual_subsidiary",
            )
        )  # fmt: skip

    assert bring(world, ImportKind.CONTACTS, [contact(ELLA, "Alice", "Ahmed", "07700 900001")]).counts.rejected == 0


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_after_a_file_each_child_has_the_adults_it_names(db: Database, world: World, data: st.DataObject):
    people = [("Ada", "07700 900020"), ("Ben", "07700 900021"), ("Cas", ""), ("Dee", "07700 900020")]
    ids = {TOM: world.tom, NOOR: world.noor}
    with undone():
        for day in range(3):
            pairs = data.draw(st.sets(st.tuples(st.sampled_from([TOM, NOOR]), st.sampled_from(people)), min_size=1))
            rows = [contact(upn, first, "Okafor", mobile) for upn, (first, mobile) in sorted(pairs)]
            on = f"{TODAY + timedelta(days=day)}T11:00:00+00:00"
            bring(world, ImportKind.CONTACTS, rows, on=on, confirmed=True)

            names = {row.id: row.first_name for row in rows_of(Contact)}
            for upn in {upn for upn, _ in pairs}:
                links = rows_of(PupilContact, PupilContact.pupil_id == ids[upn], PupilContact.ends_on.is_(None))
                assert sorted(names[row.contact_id] for row in links) == sorted(
                    first for named_upn, (first, _) in pairs if named_upn == upn
                )
            counts = bring(world, ImportKind.CONTACTS, rows, on=on, confirmed=True).counts
            assert (counts.new, counts.changed) == (0, 0)
