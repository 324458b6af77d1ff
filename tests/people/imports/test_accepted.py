"""A file of contacts after the office accepted what a contact asked for, and beside pupils as themselves."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from tests.accounts.conftest import MORNING
from tests.factories import World
from tests.people.imports.filing import bring
from tests.people.imports.test_contacts import ALICE, BOB, CHARLIE, ELLA, NOOR, TOM, points
from tests.pupils import NUMBER, add_sixth
from webapp.foundation.db import Database, insert_row, read_door, unit_of_work
from webapp.people.models import Contact, ContactPoint, DetailChange, Pupil, PupilContact
from webapp.people.rules.files import ImportKind
from webapp.people.rules.identifiers import make_upn

NEW = "+447700900061"


@pytest.fixture(autouse=True)
def _numbers(db: Database, world: World) -> None:
    with unit_of_work() as tx:
        for pupil_id, upn in ((world.tom, TOM), (world.noor, NOOR), (world.ella, ELLA)):
            tx.execute(update(Pupil).where(Pupil.id == pupil_id).values(upn=upn))


def accept(world: World, contact: int, field: str, old: str, new: str) -> None:
    """As the office's answer leaves it."""
    with unit_of_work() as tx:
        insert_row(
            tx, DetailChange, organisation_id=world.organisation, public_id=f"c-{field}", school_id=world.hill,
            contact_id=contact, field=field, old_value=old, new_value=new, state="accepted", asked_at=MORNING,
            asked_by="Alice Ahmed", answered_at=MORNING,
        )  # fmt: skip
        if field == "language":
            tx.execute(update(Contact).where(Contact.id == contact).values(language=new))
            return
        was = update(ContactPoint).where(ContactPoint.value == old)
        tx.execute(was.values(state="bad", state_reason="Changed as they asked"))
        insert_row(
            tx, ContactPoint, organisation_id=world.organisation, contact_id=contact, kind="mobile", value=new,
            priority=1,
        )  # fmt: skip


def test_a_file_with_the_old_number_is_a_conflict_and_changes_nothing(world: World) -> None:
    accept(world, world.charlie, "mobile", "+447700900003", NEW)
    found = bring(world, ImportKind.CONTACTS, [ALICE, BOB, CHARLIE])
    held = {value: state for _, _, value, state in points(world.charlie)}
    assert held == {NEW: "usable", "+447700900003": "bad", "charlie@family.example": "usable"}
    assert found.counts.conflicts == 2, "the old number is back, the new one is missing"
    assert "the office accepted here for: Charlie Shah." in found.notes[-1]


def test_a_file_with_the_new_number_is_none(world: World) -> None:
    accept(world, world.alice, "mobile", "+447700900001", NEW)
    found = bring(world, ImportKind.CONTACTS, [{**ALICE, "Mobile": "07700 900061"}, BOB, CHARLIE])
    assert {value: state for _, _, value, state in points(world.alice)}[NEW] == "usable"
    assert found.counts.conflicts == 0


def test_a_file_with_the_old_language_is_a_conflict(world: World) -> None:
    accept(world, world.alice, "language", "en", "pl")
    found = bring(world, ImportKind.CONTACTS, [{**ALICE, "Language": "English"}, BOB, CHARLIE])
    with read_door() as db:
        assert db.scalar(select(Contact.language).where(Contact.id == world.alice)) == "pl"
    assert found.counts.conflicts == 1


def test_a_file_of_adults_neither_ends_nor_takes_over_a_pupil_as_themselves(world: World) -> None:
    upn = make_upn(823, 4000, 2020, 59)
    with unit_of_work() as tx:
        maya = add_sixth(tx, world)
        tx.execute(update(Pupil).where(Pupil.id == maya.maya).values(upn=upn))
    mother = {
        "UPN": upn, "Forename": "Maya", "Surname": "Patel", "Relationship": "Mother", "Priority": "1",
        "Parental responsibility": "Yes", "Lives with": "Yes", "Mobile": NUMBER,
    }  # fmt: skip
    bring(world, ImportKind.CONTACTS, [mother], school=world.vale, confirmed=True)
    with read_door() as db:
        rows = db.execute(
            select(PupilContact.contact_id, PupilContact.is_pupil, PupilContact.ends_on, PupilContact.may_report).where(
                PupilContact.pupil_id == maya.maya
            )
        ).all()  # fmt: skip
    own = next(row for row in rows if row.is_pupil)
    assert (own.contact_id, own.ends_on, own.may_report) == (maya.own, None, False)
    adult = [row.contact_id for row in rows if not row.is_pupil and row.ends_on is None]
    assert len(adult) == 1 and adult[0] not in (maya.own, maya.priya)
