"""The medical room's own page: medical needs and who was seen today, and nothing of safeguarding."""

from __future__ import annotations

import pytest
from sqlalchemy import insert

from tests.blueprints.staff.conftest import HillMorning, asked, public_id
from tests.factories import TODAY, World, add_pupil, add_staff
from tests.pages import Enter, counted_statements, page
from webapp.foundation.db import Database, unit_of_work
from webapp.people.models import PupilGroup

ROOM = "/staff/hill/medical"


@pytest.fixture
def nurse(hill: HillMorning, world: World) -> int:
    with unit_of_work() as tx:
        for group in ("medical", "child_protection"):
            row = {"pupil_id": world.tom, "group": group, "starts_on": TODAY}
            tx.execute(insert(PupilGroup).values(organisation_id=world.organisation, **row))
        return add_staff(tx, world.organisation, world.hill, "Folasade", "Adeyemi", "School nurse", "medical_room")


def test_who_is_there_with_what_they_need(nurse: int, hill: HillMorning, world: World, as_staff: Enter) -> None:
    hill.clock("08:55")
    client = as_staff(nurse)
    assert client.get("/staff/hill/").headers["Location"] == ROOM
    shown = page(client.get(ROOM))
    assert "Tom Ahmed" in shown.text and "Medical need" in shown.text and "Not marked yet" in shown.text
    assert "Noor" not in shown.text and "Child protection" not in shown.text
    hill.register(tom="/")
    assert "In school" in page(client.get(ROOM)).text


def test_a_health_note_and_a_visit_stand_there(nurse: int, hill: HillMorning, world: World, as_staff: Enter) -> None:
    hill.clock("08:55")
    hill.register(tom="/")
    client, tom = as_staff(nurse), public_id(world.tom)
    fields = page(client.get(f"/staff/hill/pupils/{tom}/note")).fields()
    keys = {"csrf_token": fields["csrf_token"], "submission_key": fields["submission_key"]}
    note = {**keys, "kind": "health", "words": "Two puffs at 10:40"}
    assert client.post(f"/staff/hill/pupils/{tom}/note", data=note).status_code == 303
    seen = {"csrf_token": keys["csrf_token"], "place": "Medical room"}
    assert client.post(f"/staff/hill/reception/{tom}/elsewhere", data=seen).status_code == 303
    shown = page(client.get(ROOM)).text
    assert "Two puffs at 10:40" in shown and "Nobody has been seen in the medical room today" not in shown
    assert "Two puffs" not in page(as_staff(world.teacher).get(f"/staff/hill/pupils/{tom}")).text


def test_the_count_of_statements_does_not_grow_with_pupils(
    nurse: int, hill: HillMorning, db: Database, world: World, as_staff: Enter
) -> None:
    hill.clock("08:55")
    client, counts = as_staff(nurse), []
    for number in range(2):
        with counted_statements(db) as statements:
            client.get(ROOM)
        counts.append(len(asked(statements)))
        with unit_of_work() as tx:
            for each in range(20):
                pupil, _ = add_pupil(tx, world.organisation, world.hill, f"P{number}x{each}", "Bay")
                row = {"pupil_id": pupil, "group": "medical", "starts_on": TODAY}
                tx.execute(insert(PupilGroup).values(organisation_id=world.organisation, **row))
    assert counts[0] == counts[1] <= 12
