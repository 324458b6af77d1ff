"""The pages of a search: what the DSL must know first, whose step it is, and what is not offered."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from tests.blueprints.staff.conftest import BOARD, HillMorning, public_id
from tests.blueprints.staff.test_deeds import keys
from tests.factories import TODAY, World
from tests.pages import Enter, page
from webapp.first_day.models import FirstDayCase
from webapp.foundation.db import read_door, unit_of_work
from webapp.foundation.sessions import Half
from webapp.foundation.trail import TrailEntry
from webapp.people.models import ContactPoint
from webapp.people.rules.school_times import in_london
from webapp.record.models import Mark, Sighting
from webapp.record.services.registers import note_import_in

TASKS = "/staff/hill/tasks"


@pytest.fixture
def search(hill: HillMorning) -> HillMorning:
    """Tom is looked for since 09:15."""
    hill.clock("08:55")
    hill.register()
    hill.clock("09:15")
    hill.run()
    return hill


def case_page(client: Any, world: World, what: str = "case") -> Any:
    return page(client.get(f"/staff/hill/pupils/{public_id(world.tom)}/{what}"))


def carry(client: Any, world: World) -> None:
    answer = client.post("/staff/hill/tell-dsl", data={**keys(client), "pupil": public_id(world.tom)})
    assert answer.status_code == 303


@pytest.mark.parametrize("name", ["", "   "])
def test_a_name_that_is_forgotten_at_the_desk_alarms_nobody(
    hill: HillMorning, as_staff: Enter, world: World, name: str
) -> None:
    hill.clock("10:00")
    address = f"/staff/hill/reception/{public_id(world.tom)}"
    client = as_staff(world.officer)
    held = page(client.get(address)).fields(f"{address}/out")
    answer = client.post(f"{address}/out", data={**held, "who": "other", "name": name, "reason": "Dentist"})
    found = page(answer)
    assert answer.status_code == 422
    assert [link.get("href") for link in found.all(".//a") if "Enter who takes Tom" in "".join(link.itertext())] == [
        "#name"
    ]
    assert found.fields(f"{address}/out")["reason"] == "Dentist"
    with read_door() as db:
        assert db.scalars(select(Sighting.id)).all() == []
        assert "stopped_collection" not in db.scalars(select(TrailEntry.action)).all()


def test_a_search_that_the_dsl_has_is_among_their_tasks_and_counted(
    search: HillMorning, as_staff: Enter, world: World
) -> None:
    dsl = as_staff(world.dsl)
    assert "Nothing is waiting for you" in page(dsl.get(TASKS)).text
    carry(as_staff(world.officer), world)
    search.clock("09:27")
    found = page(as_staff(world.dsl).get(TASKS))
    assert "The safeguarding lead decides" in found.text
    assert "Tom Ahmed" in found.text
    assert "Overdue 12 min" in found.text
    assert "Overdue 12 min" in page(as_staff(world.dsl).get(BOARD)).text
    (badge,) = found.all(f".//a[@href='{TASKS}']/*[@class='count']") or found.all(f".//a[@href='{TASKS}']")[:1]
    assert "1" in "".join(badge.itertext())
    assert "Nothing is waiting for you" in page(as_staff(world.officer).get(TASKS)).text


def test_the_search_says_what_is_known_before_its_forms(search: HillMorning, as_staff: Enter, world: World) -> None:
    officer = as_staff(world.officer)
    carry(officer, world)
    found = case_page(as_staff(world.dsl), world)
    assert "Nobody has seen the child today" in found.text
    assert "Alice Ahmed" in found.text
    assert "Unexplained. Case opened: Not marked in, no reason yet" in found.text
    assert any((link.get("href") or "").startswith("tel:") for link in found.all(".//a"))
    assert found.text.index("What we know") < found.text.index("Write a note")
    assert "The alarm is over" not in found.text
    with unit_of_work() as tx:
        tx.execute(update(FirstDayCase).values(alarm=True))
    assert "The alarm is over" in case_page(as_staff(world.dsl), world).text


def test_an_alarm_begins_with_the_familys_words_and_the_dsl(
    search: HillMorning, as_staff: Enter, world: World
) -> None:
    client = as_staff(world.officer)
    assert "Tell the safeguarding lead" not in case_page(client, world, "call").text
    search.report(world.tom, world.alice, words="He went by himself")
    with unit_of_work() as tx:
        tx.execute(update(FirstDayCase).values(alarm=True, state="open", closed_at=None, outcome="",
                                               next_due_at=in_london(TODAY, time(9, 15))))  # fmt: skip
    found = case_page(as_staff(world.officer), world, "call")
    assert found.text.index("He went by himself") < found.text.index("Ring in this order")
    assert "Tell the safeguarding lead" in found.text


def test_who_has_no_number_is_not_among_those_who_were_rung(
    search: HillMorning, as_staff: Enter, world: World
) -> None:
    def offered() -> set[str]:
        boxes = case_page(as_staff(world.officer), world, "call").all(".//input[@name='contact']")
        return {box.get("value", "") for box in boxes}

    assert str(world.alice) in offered()
    with unit_of_work() as tx:
        tx.execute(update(ContactPoint).where(ContactPoint.contact_id == world.alice).values(state="bad"))
    assert str(world.alice) not in offered()
    assert str(world.bob) in offered()


@pytest.mark.parametrize(("clock", "waits"), [("07:00", True), ("09:20", False)])
def test_codes_wait_for_the_register_and_not_for_the_dsl(
    hill: HillMorning, as_staff: Enter, world: World, clock: str, waits: bool
) -> None:
    hill.clock("06:50")
    hill.report(world.tom, world.alice)
    hill.clock(clock)
    assert ("Codes wait for the register" in page(as_staff(world.dsl).get(BOARD)).text) is waits


def imported(world: World, at: str) -> None:
    with unit_of_work() as tx:
        for enrolment_id, code in ((world.tom_enrolment, "N"), (world.noor_enrolment, "/")):
            tx.execute(
                insert(Mark).values(
                    organisation_id=world.organisation, enrolment_id=enrolment_id, date=TODAY, half=0, code=code
                )
            )
        note_import_in(tx, world.organisation, world.hill, TODAY, Half.AM, in_london(TODAY, time.fromisoformat(at)))




@pytest.mark.parametrize(("came", "old"), [("09:00", False), ("08:54", True)])
def test_marks_that_were_new_when_the_run_looked_do_not_grow_old(
    hill: HillMorning, as_staff: Enter, world: World, came: str, old: bool
) -> None:
    """Board and header say the same, an hour later too."""
    imported(world, came)
    hill.clock("09:15")
    hill.run()
    hill.clock("10:15")
    text = page(as_staff(world.officer).get(BOARD)).text
    assert ("No text goes out until they are" in text) is old
    assert ("Texts: waiting for new marks" in text) is old
