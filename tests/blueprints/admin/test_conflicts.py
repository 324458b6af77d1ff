"""Marks that staff corrected and a file would change: shown with both codes, and settled by a person."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from tests.blueprints.admin.conftest import IMPORTS, do_work, staged, submit
from tests.blueprints.staff.conftest import asked
from tests.factories import World
from tests.pages import Enter, counted_statements, page
from tests.people.imports.filing import as_file, bring, rows_of
from webapp.foundation.db import Database, unit_of_work
from webapp.foundation.trail import Actor, ActorKind
from webapp.people.models import Pupil
from webapp.people.rules.files import ImportKind
from webapp.people.rules.identifiers import make_upn
from webapp.record.models import Mark, MarkConflict
from webapp.record.services import MarkBatch, MarkChange, MarkSource, write_marks

MONDAY = date(2026, 6, 8)
CONFLICTS = f"{IMPORTS}/conflicts"
TOM = make_upn(823, 4000, 2020, 50)
OFFICER = Actor(ActorKind.STAFF, 1, "Saira Khan", "Attendance officer")
SAYS_N = {"UPN": TOM, "Date": MONDAY.isoformat(), "Session": "AM", "Mark": "N"}


@pytest.fixture
def corrected(app: object, world: World) -> None:
    """The school's system said N, and staff here made it I."""
    with unit_of_work() as tx:
        tx.execute(update(Pupil).where(Pupil.id == world.tom).values(upn=TOM))
    bring(world, ImportKind.MARKS, [SAYS_N])
    change = MarkChange(world.tom_enrolment, MONDAY, 0, "I")
    write_marks(MarkBatch(world.organisation, world.hill, (change,), OFFICER, "Mother rang", MarkSource.STAFF))


def code_of(world: World) -> str:
    return str(rows_of(Mark, Mark.enrolment_id == world.tom_enrolment)[0].code)


def bring_in(client: FlaskClient, code: str) -> str:
    address = staged(client, as_file([{**SAYS_N, "Mark": code}]), "marks", "marks.csv")
    assert submit(client, address, "apply").status_code == 303
    do_work()
    return address


def test_a_preview_shows_both_codes_and_nothing_is_overwritten(
    corrected: None, as_staff: Enter, keeper: FlaskClient, world: World
) -> None:
    officer = as_staff(world.officer)
    address = staged(officer, as_file([{**SAYS_N, "Mark": "O"}]), "marks", "marks.csv")
    ready = page(officer.get(address))
    assert "Pupil" in ready.text and "Ahmed, Tom2026-06-08 morningOI" in ready.text
    # Whoever keeps the lists has no business with the reasons of a child's absence.
    hidden = page(keeper.get(address))
    assert "The attendance office sees each of them." in hidden.text
    assert "2026-06-08 morning" not in hidden.text
    submit(officer, address, "apply")
    do_work()
    assert code_of(world) == "I"
    assert len(rows_of(MarkConflict)) == 1
    assert page(officer.get(address)).links()["Decide which stands"] == CONFLICTS


@pytest.mark.parametrize(("keep", "code"), [("ours", "I"), ("theirs", "O")])
def test_a_person_says_which_stands(corrected: None, as_staff: Enter, world: World, keep: str, code: str) -> None:
    officer = as_staff(world.officer)
    bring_in(officer, "O")
    found = page(officer.get(CONFLICTS))
    assert "Ahmed, TomMon 8 June 2026 morningOI" in found.text
    fields = {**found.fields(CONFLICTS), "keep": keep}
    assert officer.post(CONFLICTS, data=fields).status_code == 303
    assert code_of(world) == code
    assert rows_of(MarkConflict) == []
    again = officer.post(CONFLICTS, data=fields)
    assert again.status_code == 409
    assert "settled already" in page(again).text
    # The same file again is no conflict any more.
    bring_in(officer, "O")
    assert rows_of(MarkConflict) == []


def test_a_conflict_that_is_another_by_now_is_not_settled_unseen(
    corrected: None, as_staff: Enter, world: World
) -> None:
    officer = as_staff(world.officer)
    bring_in(officer, "O")
    old = {**page(officer.get(CONFLICTS)).fields(CONFLICTS), "keep": "theirs"}
    bring_in(officer, "U")
    assert officer.post(CONFLICTS, data=old).status_code == 409
    assert (code_of(world), len(rows_of(MarkConflict))) == ("I", 1)


@pytest.mark.parametrize(
    ("typed", "status"), [({"keep": ""}, 422), ({"keep": "ours", "date": "x"}, 400), ({"enrolment": "²"}, 400)]
)
def test_what_our_page_would_not_send(
    corrected: None, as_staff: Enter, world: World, typed: dict[str, Any], status: int
) -> None:
    officer = as_staff(world.officer)
    bring_in(officer, "O")
    fields = {**page(officer.get(CONFLICTS)).fields(CONFLICTS), "keep": "ours", **typed}
    assert officer.post(CONFLICTS, data=fields).status_code == status
    assert len(rows_of(MarkConflict)) == 1


def test_who_may_and_how_many_statements(
    corrected: None, as_staff: Enter, keeper: FlaskClient, world: World, db: Database
) -> None:
    officer = as_staff(world.officer)
    assert "No mark is in conflict." in page(officer.get(CONFLICTS)).text
    bring_in(officer, "O")
    assert keeper.get(CONFLICTS).status_code == 403
    assert as_staff(world.vale_officer).get(CONFLICTS).status_code == 404
    at_vale = as_staff(world.vale_officer)
    token = page(at_vale.get("/staff/vale/imports/new")).fields()["csrf_token"]
    theirs = {**page(officer.get(CONFLICTS)).fields(CONFLICTS), "csrf_token": token, "keep": "theirs"}
    assert at_vale.post("/staff/vale/imports/conflicts", data=theirs).status_code == 404
    assert code_of(world) == "I"
    with counted_statements(db) as seen:
        officer.get(CONFLICTS)
    assert len(asked(seen)) <= 6
