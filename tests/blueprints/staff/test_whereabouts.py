"""What the pupil's page says of where a child is now, and of brothers and sisters: the board's own answer."""

from __future__ import annotations

import pytest
import time_machine

from tests.blueprints.staff.conftest import BOARD, TEACHER, HillMorning, asked, public_id
from tests.blueprints.staff.test_taken_back import OFFICE, decide, take_back
from tests.factories import TODAY, World, add_staff
from tests.pages import Enter, counted_statements, page, text_of
from webapp.first_day.services.handling import Caseworker, here_now
from webapp.foundation.db import Database, unit_of_work
from webapp.foundation.sessions import Half
from webapp.record.services.registers import RegisterMark, take_register


def identity(as_staff: Enter, world: World, staff: int | None = None) -> str:
    found = page(as_staff(staff or world.officer).get(f"/staff/hill/pupils/{public_id(world.tom)}"))
    return found.text.split("This school year")[0]


def ella_by(as_staff: Enter, world: World) -> str:
    """What stands behind Ella's name on Tom's page, which is what the board's panel says too."""
    client, tom = as_staff(world.officer), public_id(world.tom)
    found = [page(client.get(address)) for address in (f"/staff/hill/pupils/{tom}", f"{BOARD}?pupil={tom}")]
    lines = {text_of(line) for one in found for line in one.all(".//li") if text_of(line).startswith("Ella,")}
    assert len(lines) == 1
    return lines.pop().removeprefix("Ella, Vale Academy 8B").strip()


def test_taken_back_after_it_was_confirmed_the_child_is_expected(
    hill: HillMorning, as_staff: Enter, world: World
) -> None:
    hill.clock("09:00")
    hill.report(world.tom, world.alice)
    hill.clock("09:01")
    decide(world)
    assert "Away" in identity(as_staff, world)
    hill.clock("09:02")
    take_back(world)
    assert "Expected 10:00" in identity(as_staff, world)
    hill.clock("10:01")
    assert "Did not come" in identity(as_staff, world)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({}, "Reported away"),
        ({"kind": "late", "reason": "running_late", "arrives_at": "10:30"}, "Coming late, expected 10:30"),
    ],
)
def test_a_child_whose_family_has_written_is_more_than_not_marked(
    hill: HillMorning, as_staff: Enter, world: World, typed: dict[str, str], says: str
) -> None:
    hill.clock("08:55")
    assert "Not marked yet" in identity(as_staff, world)
    hill.report(world.tom, world.alice, **typed)
    found = identity(as_staff, world)
    assert says in found
    assert "Not marked yet" not in found


def test_who_may_not_read_words_of_danger_sees_no_trace_of_the_report(
    hill: HillMorning, as_staff: Enter, world: World, db: Database
) -> None:
    with unit_of_work() as tx:
        desk = add_staff(tx, world.organisation, world.hill, "Brenda", "Hirst", "Receptionist", "reception")
    hill.report(world.tom, world.alice, words="His dad hit him last night")
    hill.clock("08:55")
    assert "Explained" in identity(as_staff, world, desk)
    assert "Reported away" in identity(as_staff, world, world.dsl)


def test_a_sibling_stands_where_the_other_schools_board_puts_them(
    hill: HillMorning, as_staff: Enter, world: World
) -> None:
    hill.report(world.tom, world.alice)
    hill.clock("08:55")
    assert ella_by(as_staff, world) == "Not marked yet"
    marks = [RegisterMark(world.ella_enrolment, "N")]
    take_register(world.organisation, world.vale, world.form_8b, TODAY, Half.AM, marks, actor=TEACHER)
    hill.clock("09:20")
    assert ella_by(as_staff, world) == "No reason yet"
    here_now(Caseworker(world.organisation, world.vale, OFFICE), world.ella_enrolment)
    assert ella_by(as_staff, world) == "Seen in school 09:20"


def test_a_sibling_who_is_expected(hill: HillMorning, as_staff: Enter, world: World) -> None:
    hill.clock("09:00")
    hill.report(world.ella, world.alice)
    take_back(world)
    hill.clock("09:05")
    hill.report(world.tom, world.alice)
    assert ella_by(as_staff, world) == "Expected 10:00"


def test_on_a_saturday_nobody_is_not_marked(
    hill: HillMorning, as_staff: Enter, world: World, at: time_machine.Traveller
) -> None:
    at.move_to("2026-06-20T09:00:00+00:00")
    assert "No school in this session" in identity(as_staff, world)


def test_the_panel_with_siblings_asks_few_statements(
    hill: HillMorning, as_staff: Enter, world: World, db: Database
) -> None:
    hill.report(world.tom, world.alice)
    hill.report(world.ella, world.alice)
    hill.clock("08:55")
    client, address = as_staff(world.officer), f"{BOARD}?pupil={public_id(world.tom)}"
    client.get(address)
    with counted_statements(db) as statements:
        client.get(address)
    assert len(asked(statements)) <= 12, statements
