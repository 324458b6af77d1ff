"""The quick register and the list of registers."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.blueprints.staff.conftest import HillMorning, asked, public_id
from tests.factories import TODAY, World, add_pupil
from tests.pages import Enter, counted_statements, page
from webapp.foundation.db import Database, read_door, unit_of_work
from webapp.people.models import Task
from webapp.record.models import Mark, Register

ADDRESS = "/staff/hill/registers/2026-06-16/morning/3K"


def codes() -> dict[int, str | None]:
    with read_door() as db:
        return {row[0]: row[1] for row in db.execute(select(Mark.enrolment_id, Mark.code).where(Mark.date == TODAY))}


def test_two_taps_take_a_register(hill: HillMorning, as_staff: Enter, world: World) -> None:
    hill.clock("08:55")
    client = as_staff(world.teacher)
    fields = {**page(client.get(ADDRESS)).fields(), f"mark-{world.tom_enrolment}": "away", "rest": "in"}
    assert client.post(ADDRESS, data=fields).status_code == 303
    assert codes() == {world.tom_enrolment: "N", world.noor_enrolment: "/"}
    assert "Taken at 08:55 by Jo Reed: 1 in, 0 late, 1 away." in page(client.get(ADDRESS)).text


def test_nobody_is_marked_in_by_leaving_a_row_out(hill: HillMorning, as_staff: Enter, world: World) -> None:
    hill.clock("08:55")
    client = as_staff(world.teacher)
    fields = {**page(client.get(ADDRESS)).fields(), f"mark-{world.tom_enrolment}": "late"}
    answer = client.post(ADDRESS, data=fields)
    found = page(answer)
    assert answer.status_code == 422
    assert "Mark Noor Shah in, late or away" in found.text
    assert found.fields()[f"mark-{world.tom_enrolment}"] == "late"
    assert codes() == {}


def test_a_reported_child_is_away_beforehand_and_no_reason_is_shown(
    hill: HillMorning, as_staff: Enter, world: World
) -> None:
    hill.report(world.tom, world.alice)
    hill.clock("08:55")
    found = page(as_staff(world.teacher).get(ADDRESS))
    assert found.fields()[f"mark-{world.tom_enrolment}"] == "away"
    assert "Reported away" in found.text
    assert "Sick" not in found.text


def test_a_register_that_somebody_took_meanwhile(hill: HillMorning, as_staff: Enter, world: World) -> None:
    hill.clock("08:55")
    client = as_staff(world.teacher)
    fields = {**page(client.get(ADDRESS)).fields(), "rest": "in"}
    hill.register()
    answer = client.post(ADDRESS, data=fields)
    assert answer.status_code == 409
    assert "Somebody else has taken this register." in page(answer).text
    assert codes()[world.tom_enrolment] == "N"


def test_sent_after_the_close_it_counts_all_the_same_once(hill: HillMorning, as_staff: Enter, world: World) -> None:
    hill.clock("09:20")
    client = as_staff(world.teacher)
    fields = {**page(client.get(ADDRESS)).fields(), "rest": "in"}
    assert client.post(ADDRESS, data=fields).status_code == 303
    again = {**page(client.get(ADDRESS)).fields(), "rest": "in"}
    answer = client.post(ADDRESS, data=again)
    assert answer.status_code == 422
    assert "Change the mark" in page(answer).text


@pytest.mark.parametrize("address", [ADDRESS.replace("3K", "9Z"), ADDRESS.replace("2026-06-16", "16-06-2026")])
def test_a_register_that_is_none(hill: HillMorning, as_staff: Enter, world: World, address: str) -> None:
    assert as_staff(world.teacher).get(address).status_code == 404


def test_only_ones_own(hill: HillMorning, as_staff: Enter, world: World, db: Database) -> None:
    from tests.factories import add_staff

    with unit_of_work() as tx:
        other = add_staff(tx, world.organisation, world.hill, "Ann", "Lee", "Teacher", "teacher")
    assert as_staff(other).get(ADDRESS).status_code == 404
    assert as_staff(world.officer).get(ADDRESS).status_code == 200
    assert as_staff(world.vale_officer).get(ADDRESS).status_code == 404
    assert "You take no register today." in page(as_staff(other).get("/staff/hill/registers")).text


def test_chased_and_counted(hill: HillMorning, as_staff: Enter, world: World) -> None:
    hill.clock("09:20")
    client = as_staff(world.officer)
    found = page(client.get("/staff/hill/registers"))
    assert "Not taken closed 5 min ago" in found.text
    assert "Late" not in found.text
    assert "J Reed" in found.text
    assert client.post(f"{ADDRESS}/chase", data=found.fields(f"{ADDRESS}/chase")).status_code == 303
    again = page(client.get("/staff/hill/registers"))
    assert "Asked 09:20" in again.text
    assert client.post(f"{ADDRESS}/head-count", data=again.fields(f"{ADDRESS}/head-count")).status_code == 303
    assert "Head count under way" in page(client.get("/staff/hill/registers")).text
    with read_door() as db:
        assert db.scalar(select(Register.state)) == "head_count"
        assert db.scalar(select(Task.title).where(Task.owner_id == world.teacher)) is not None


def test_a_taken_register_is_not_chased(hill: HillMorning, as_staff: Enter, world: World) -> None:
    hill.clock("08:55")
    client = as_staff(world.officer)
    fields = page(client.get("/staff/hill/registers")).fields(f"{ADDRESS}/chase")
    hill.register()
    assert client.post(f"{ADDRESS}/chase", data=fields).status_code == 409


def test_thirty_pupils_cost_as_much_as_two(hill: HillMorning, as_staff: Enter, world: World, db: Database) -> None:
    hill.clock("08:55")
    client = as_staff(world.teacher)
    client.get(ADDRESS)
    with counted_statements(db) as few:
        client.get(ADDRESS)
    with unit_of_work() as tx:
        for number in range(28):
            add_pupil(tx, world.organisation, world.hill, f"P{number}", "Many", form_id=world.form_3k)
    with counted_statements(db) as many:
        found = page(client.get(ADDRESS))
    assert len(asked(few)) == len(asked(many)) <= 12
    assert found.size < 60_000
    assert public_id(world.tom) not in found.text
