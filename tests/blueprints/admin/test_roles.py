"""Roles with days on the people page: they begin and end by themselves, and the school is never left without."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select

from notifications.models import Message
from tests.factories import TODAY, World, add_staff
from tests.pages import Enter, page
from webapp.foundation.db import read_door, unit_of_work
from webapp.foundation.trail import TrailEntry
from webapp.people.models import Staff, StaffRole

PEOPLE = "/staff/hill/people"


def person(staff_id: int) -> str:
    with read_door() as db:
        return str(db.scalar(select(Staff.public_id).where(Staff.id == staff_id)))


def give(client: FlaskClient, staff_id: int, role: str, starts: str = "", ends: str = "") -> Any:
    keys = page(client.get(PEOPLE)).fields()
    form = {"csrf_token": keys["csrf_token"], "role": role, "starts_on": starts, "ends_on": ends}
    return client.post(f"{PEOPLE}/{person(staff_id)}/roles", data=form)


def end(client: FlaskClient, staff_id: int, held: str, last_day: str = "") -> Any:
    keys = page(client.get(PEOPLE)).fields()
    form = {"csrf_token": keys["csrf_token"], "held": held, "last_day": last_day}
    return client.post(f"{PEOPLE}/{person(staff_id)}/roles/end", data=form)


def roles(staff_id: int) -> list[tuple[str, date, date | None]]:
    with read_door() as db:
        columns = (StaffRole.role, StaffRole.starts_on, StaffRole.ends_on)
        return sorted(tuple(row) for row in db.execute(select(*columns).where(StaffRole.staff_id == staff_id)))


@pytest.fixture
def adil(world: World, as_staff: Enter, at: time_machine.Traveller) -> int:
    with unit_of_work() as tx:
        return add_staff(tx, world.organisation, world.hill, "Adil", "Farooq", "Data manager", "administrator")


def test_a_role_begins_and_ends_by_itself(
    adil: int, world: World, as_staff: Enter, at: time_machine.Traveller
) -> None:
    answer = give(as_staff(adil), world.teacher, "attendance_officer", "2026-06-17", "2026-06-18")
    assert answer.status_code == 303
    shown = page(as_staff(adil).get(f"{PEOPLE}/{person(world.teacher)}")).text
    assert "Wed 17 June 2026" in shown and "Thu 18 June 2026" in shown
    assert "Attendance officer from Wed 17 June 2026" in page(as_staff(adil).get(PEOPLE)).text

    statuses = []
    for _ in range(4):
        statuses.append(as_staff(world.teacher).get("/staff/hill/inbox").status_code)
        at.shift(timedelta(days=1))
    assert statuses == [403, 200, 200, 403]
    with read_door() as db:
        news = db.scalars(select(Message.words).where(Message.name == "staff_news")).all()
        deed = db.execute(select(TrailEntry.detail).where(TrailEntry.action == "gave_role")).scalar_one()
    assert [words["news"] for words in news] == [
        "You are Attendance officer from Wed 17 June 2026 to Thu 18 June 2026."
    ]
    assert deed == {"role": "attendance_officer", "from": "2026-06-17", "to": "2026-06-18"}


def test_a_session_that_is_open_follows_on_the_day(
    adil: int, world: World, as_staff: Enter, at: time_machine.Traveller
) -> None:
    at.move_to("2026-06-16T22:55:00+00:00")
    give(as_staff(adil), world.teacher, "attendance_officer", "2026-06-17", "")
    teacher = as_staff(world.teacher)
    assert teacher.get("/staff/hill/inbox").status_code == 403
    # Past midnight in London.
    at.shift(timedelta(minutes=10))
    assert teacher.get("/staff/hill/inbox").status_code == 200


def test_a_role_ends_now_or_after_a_day(adil: int, world: World, as_staff: Enter) -> None:
    client = as_staff(adil)
    assert end(client, world.teacher, "tutor.2020-09-01").status_code == 303
    assert end(client, world.teacher, "teacher.2020-09-01", "2026-07-17").status_code == 303
    assert roles(world.teacher) == [
        ("teacher", date(2020, 9, 1), date(2026, 7, 17)), ("tutor", date(2020, 9, 1), TODAY - timedelta(days=1)),
    ]  # fmt: skip
    for held, last in (("tutor.2020-09-01", ""), ("teacher.2020-09-01", "2026-07-17"), ("teacher.2020-09-01", "then")):
        answer = end(client, world.teacher, held, last)
        assert answer.status_code == 422 and page(answer).title.startswith("Error: ")


def test_a_role_that_has_not_begun_is_never_one(adil: int, world: World, as_staff: Enter) -> None:
    client = as_staff(adil)
    give(client, world.teacher, "dsl", "2026-07-01")
    assert end(client, world.teacher, "dsl.2026-07-01").status_code == 303
    assert [row[0] for row in roles(world.teacher)] == ["teacher", "tutor"]


def test_whoever_has_no_role_any_more_is_still_listed_and_may_be_given_one(
    adil: int, world: World, as_staff: Enter
) -> None:
    client = as_staff(adil)
    for role in ("teacher", "tutor"):
        end(client, world.teacher, f"{role}.2020-09-01")
    assert as_staff(world.teacher).get("/staff/hill/").status_code == 404
    assert "No role now" in page(client.get(PEOPLE)).text
    assert give(client, world.teacher, "reception").status_code == 303
    assert as_staff(world.teacher).get("/staff/hill/reception").status_code == 200


def test_nobody_gives_themselves_a_role(adil: int, world: World, as_staff: Enter) -> None:
    answer = give(as_staff(adil), adil, "dsl")
    assert answer.status_code == 422 and "nobody gives themselves a role" in page(answer).text
    assert [row[0] for row in roles(adil)] == ["administrator"]


@pytest.mark.parametrize("last_day", ["", "2026-07-17"])
def test_the_last_administrator_stays(adil: int, world: World, as_staff: Enter, last_day: str) -> None:
    for who in (adil, world.head):
        answer = end(as_staff(who), adil, "administrator.2020-09-01", last_day)
        assert answer.status_code == 422 and "The school would have no administrator" in page(answer).text
    assert roles(adil) == [("administrator", date(2020, 9, 1), None)]
    give(as_staff(adil), world.head, "administrator")
    assert end(as_staff(adil), adil, "administrator.2020-09-01", last_day).status_code == 303


def test_the_last_safeguarding_lead_stays(adil: int, world: World, as_staff: Enter) -> None:
    client = as_staff(adil)
    answer = end(client, world.dsl, "dsl.2020-09-01")
    assert answer.status_code == 422 and "The school would have no safeguarding lead" in page(answer).text
    # One who begins tomorrow leaves today without.
    give(client, world.teacher, "dsl", "2026-06-17")
    assert end(client, world.dsl, "dsl.2020-09-01").status_code == 422
    assert end(client, world.dsl, "dsl.2020-09-01", TODAY.isoformat()).status_code == 303


@pytest.mark.parametrize(
    ("typed", "mend"),
    [
        (("", "", ""), "Choose a role"), (("dsl", "2026-06-01", ""), "Choose today or a day to come"),
        (("dsl", "2026-07-02", "2026-07-01"), "The last day is before the first"),
        (("teacher", "", ""), "They hold this role on some of these days already"),
    ],
)  # fmt: skip
def test_what_was_typed_is_kept_with_what_is_wrong(
    adil: int, world: World, as_staff: Enter, typed: tuple[str, str, str], mend: str
) -> None:
    answer = give(as_staff(adil), world.teacher, *typed)
    assert answer.status_code == 422 and mend in page(answer).text
    if typed[1]:
        assert any(each.get("value") == typed[1] for each in page(answer).all(".//input[@name='starts_on']"))


def test_rights_hold_at_their_own_school(adil: int, world: World, as_staff: Enter) -> None:
    """Two schools: each address has the rights of its own, and the switch says where one is."""
    with unit_of_work() as tx:
        tx.execute(
            StaffRole.__table__.insert().values(
                organisation_id=world.organisation, staff_id=adil, school_id=world.vale, role="dsl",
                starts_on=date(2020, 9, 1),
            )
        )  # fmt: skip
    client = as_staff(adil)
    assert [client.get(f"/staff/{code}/day/2026-06-16").status_code for code in ("hill", "vale")] == [403, 200]
    assert [client.get(f"/staff/{code}/people").status_code for code in ("hill", "vale")] == [200, 403]
    for code, school in (("hill", "Hill Primary"), ("vale", "Vale Academy")):
        found = page(client.get(f"/staff/{code}/tasks"))
        current = [each for each in found.all(".//*[@aria-current='true']") if school in "".join(each.itertext())]
        assert current, code
