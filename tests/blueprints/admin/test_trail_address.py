"""Who outside keeps the proof of the trail: who may say so, and what a wrong address is told."""

from __future__ import annotations

from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, select

from tests.factories import World, add_staff
from tests.pages import Enter, page
from webapp.foundation.db import read_door, unit_of_work
from webapp.foundation.trail.outgoing import TrailAddress
from webapp.people.models import StaffRole

HERE = "/staff/hill/trail/outside"


def person(world: World, *schools: int) -> int:
    with unit_of_work() as tx:
        number = add_staff(tx, world.organisation, schools[0], "Adil", "Farooq", "Administrator", "administrator")
        for school in schools[1:]:
            row = {"organisation_id": world.organisation, "staff_id": number, "starts_on": date(2025, 9, 1)}
            tx.execute(insert(StaffRole).values(**row, school_id=school, role="administrator"))
        return number


def send(client: FlaskClient, email: str) -> tuple[int, str]:
    form = {**page(client.get(HERE)).fields(), "email": email}
    answer = client.post(HERE, data=form)
    return answer.status_code, answer.text


def address() -> list[str]:
    with read_door() as db:
        return list(db.scalars(select(TrailAddress.email)))


def test_who_keeps_every_schools_settings_sets_it(as_staff: Enter, world: World) -> None:
    client = as_staff(person(world, world.hill, world.vale))
    assert "Nobody outside keeps it." in page(client.get(HERE)).text
    assert send(client, "Chair@Governors.example")[0] == 303
    assert address() == ["chair@governors.example"]
    shown = page(client.get(f"{HERE}?said=set")).text
    assert "It goes to chair@governors.example, set by Adil Farooq." in shown
    assert "Saved." in shown


@pytest.mark.parametrize("who", ["one school", "dsl", "head"])
def test_who_keeps_one_schools_does_not(as_staff: Enter, world: World, who: str) -> None:
    by = {"one school": lambda: person(world, world.hill), "dsl": lambda: world.dsl, "head": lambda: world.head}[who]()
    client = as_staff(by)
    found = page(client.get(HERE))
    assert "can change the address" in found.text
    assert not found.all(".//input[@id='email']")
    token = found.fields()["csrf_token"]
    assert client.post(HERE, data={"csrf_token": token, "email": "me@mailbox.example"}).status_code == 403
    assert address() == []


@pytest.mark.parametrize(("typed", "mend"), [("", "Enter an e-mail address"), ("chair at school", "not an e-mail")])
def test_what_is_no_address_is_said_and_kept(as_staff: Enter, world: World, typed: str, mend: str) -> None:
    client = as_staff(person(world, world.hill, world.vale))
    form = {**page(client.get(HERE)).fields(), "email": typed}
    answer = client.post(HERE, data=form)
    assert answer.status_code == 422
    found = page(answer)
    assert mend in found.text
    assert found.fields()["email"] == typed
    assert address() == []
