"""A report that was confirmed and then taken back: the board asks for the mark, and the child is looked for."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.blueprints.staff.conftest import BOARD, HillMorning, public_id
from tests.blueprints.staff.test_board import numbers, row_of, sums
from tests.blueprints.staff.test_deeds import keys
from tests.blueprints.staff.test_reception import do
from tests.factories import TODAY, World
from tests.first_day.mornings import case_of
from tests.pages import Enter, page
from webapp.absence.models import AbsenceReport
from webapp.absence.queries.reporting import ContactKey
from webapp.absence.services.change import Changed, withdraw_report
from webapp.absence.services.decide import confirm
from webapp.absence.services.deciders import Decided, Decider, Decision
from webapp.first_day.services import clockwork
from webapp.foundation import work
from webapp.foundation.db import read_door
from webapp.foundation.trail import Actor, ActorKind

OFFICE = Actor(ActorKind.STAFF, 1, "Saira Khan", "Attendance officer")


def decide(world: World) -> Decided:
    with read_door() as db:
        row = db.execute(select(AbsenceReport.id, AbsenceReport.version)).one()
    outcome = confirm(
        Decider(world.organisation, world.hill, OFFICE), [Decision(row.id, row.version, "I")], session=(TODAY, 0)
    )
    return outcome.decided[0]


def take_back(world: World, at: str = "10:00") -> None:
    with read_door() as db:
        row = db.execute(select(AbsenceReport.public_id, AbsenceReport.version)).one()
    adult = (ContactKey(world.organisation, world.alice),)
    assert isinstance(withdraw_report(adult, row.public_id, row.version, at), Changed)


@pytest.fixture
def back(hill: HillMorning, world: World) -> HillMorning:
    """09:00 ill, 09:01 confirmed, 09:02 "Tom is coming in, 10am"."""
    hill.clock("09:00")
    hill.report(world.tom, world.alice)
    hill.clock("09:01")
    decide(world)
    hill.clock("09:02")
    take_back(world)
    hill.clock("09:05")
    hill.register(tom="N")
    return hill


def test_the_board_says_who_took_it_back_and_asks_for_the_mark(
    back: HillMorning, as_staff: Enter, world: World
) -> None:
    back.clock("09:06")
    client = as_staff(world.officer)
    found = page(client.get(BOARD))
    assert numbers(found)["to_confirm"] == 1
    row = row_of(found, public_id(world.tom))
    assert "Taken back by Alice 09:02, expected 10:00" in row
    assert "Look at the mark I" in row
    assert "Undo" in row
    assert "accepted" not in row
    assert "Confirm" not in row
    undo = next(b for b in found.all(".//button") if b.get("name") == "undo")
    fields = {**keys(client), "on": TODAY.isoformat(), "half": "am", "undo": undo.get("value")}
    assert client.post(undo.get("formaction"), data=fields).status_code == 303
    found = page(client.get(BOARD))
    assert (numbers(found)["to_confirm"], numbers(found)["planned"]) == (0, 1)


def test_at_the_time_given_somebody_looks_for_the_child(back: HillMorning, as_staff: Enter, world: World) -> None:
    clockwork.forget_queued()
    back.clock("09:16")
    clockwork.queue_due_runs()
    work.run_due({"first_day_run", "first_day_look"})
    assert case_of(world.tom_enrolment) is None
    assert sums(page(as_staff(world.officer).get(BOARD)))["explained"] == 1
    back.clock("10:00")
    work.run_due({"first_day_run", "first_day_look"})
    case = case_of(world.tom_enrolment)
    assert case is not None
    assert case.state == "open"
    back.clock("10:12")
    found = page(as_staff(world.officer).get(BOARD))
    assert sums(found)["unexplained"] == 1
    assert numbers(found)["unexplained"] == 1


@pytest.mark.parametrize("taken", [False, True], ids=["register still open", "register just taken"])
def test_who_is_signed_in_late_stands_on_the_late_list(
    hill: HillMorning, as_staff: Enter, world: World, taken: bool
) -> None:
    hill.report(world.tom, world.alice)
    if taken:
        hill.clock("09:05")
        hill.register(tom="N")
    hill.clock("09:09")
    client = as_staff(world.officer)
    assert do(client, world, "in").status_code == 303
    found = page(client.get(BOARD))
    assert numbers(found)["late"] == 1
    assert "Nobody is late yet" not in found.text
