"""A welfare officer sees the cases that were referred to them, for as long as they are, and no other child."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select

from notifications.models import Message
from tests.blueprints.staff.conftest import HillMorning, public_id
from tests.factories import World, add_staff
from tests.pages import Enter, page
from webapp.foundation.db import read_door, unit_of_work
from webapp.foundation.trail import TrailEntry
from webapp.people.models import Referral

LIST = "/staff/hill/referred"


@pytest.fixture
def joanna(hill: HillMorning, world: World) -> int:
    hill.clock("08:30")
    with unit_of_work() as tx:
        return add_staff(tx, world.organisation, world.hill, "Joanna", "Pike", "Welfare officer", "welfare_officer")


def refer(client: FlaskClient, pupil: int, officer: int, until: str = "2026-06-30", reason: str = "Below 90%") -> Any:
    path = f"/staff/hill/pupils/{public_id(pupil)}/referrals"
    keys = page(client.get(path)).fields()
    return client.post(path, data={"csrf_token": keys["csrf_token"], "officer": officer, "until": until,
                                   "reason": reason})  # fmt: skip


def case() -> str:
    with read_door() as db:
        return str(db.scalar(select(Referral.public_id).order_by(Referral.id.desc())))


def test_a_case_is_referred_seen_and_told_without_a_name(joanna: int, world: World, as_staff: Enter) -> None:
    officer = as_staff(joanna)
    assert officer.get("/staff/hill/").headers["Location"] == LIST
    assert "No case is referred now" in page(officer.get(LIST)).text
    for _ in range(2):
        assert refer(as_staff(world.officer), world.tom, joanna).status_code == 303
    listed = page(officer.get(LIST))
    assert "Tom Ahmed" in listed.text and "Below 90%" in listed.text and "Noor" not in listed.text
    shown = page(officer.get(f"{LIST}/{case()}")).text
    assert "Tom Ahmed" in shown and "Ask Hill Primary, 01632 960001" in shown
    with read_door() as db:
        words = db.scalars(select(Message.words).where(Message.name == "staff_news")).all()
        deeds = db.scalars(select(TrailEntry.action).where(TrailEntry.action.like("%referr%"))).all()
    assert [each["news"] for each in words] == ["A case was referred to you."]
    assert deeds == ["referred_pupil"]


def test_no_other_page_opens(joanna: int, world: World, as_staff: Enter) -> None:
    refer(as_staff(world.officer), world.tom, joanna)
    officer = as_staff(joanna)
    for pupil in (world.tom, world.noor):
        assert officer.get(f"/staff/hill/pupils/{public_id(pupil)}").status_code == 403
    assert officer.get(f"{LIST}/none").status_code == 404
    assert officer.get("/staff/vale/referred").status_code == 404
    for path in ("find?q=ahm", "on-site", "day/2026-06-16", "registers", "totals"):
        assert officer.get(f"/staff/hill/{path}").status_code in (403, 404), path


def test_another_officer_s_case_is_not_there(joanna: int, world: World, as_staff: Enter) -> None:
    with unit_of_work() as tx:
        other = add_staff(tx, world.organisation, world.hill, "Ola", "Other", "Welfare officer", "welfare_officer")
    refer(as_staff(world.officer), world.tom, joanna)
    assert "Tom" not in page(as_staff(other).get(LIST)).text
    assert as_staff(other).get(f"{LIST}/{case()}").status_code == 404


def test_it_ends_at_once_when_it_is_ended(joanna: int, world: World, as_staff: Enter) -> None:
    school, officer = as_staff(world.officer), as_staff(joanna)
    refer(school, world.tom, joanna)
    assert officer.get(f"{LIST}/{case()}").status_code == 200
    path = f"/staff/hill/pupils/{public_id(world.tom)}/referrals"
    keys = {"csrf_token": page(school.get(path)).fields()["csrf_token"], "referral": case(), "why": "All is well"}
    assert [school.post(f"{path}/end", data=keys).status_code for _ in range(2)] == [303, 409]
    assert officer.get(f"{LIST}/{case()}").status_code == 404
    assert "Tom" not in page(officer.get(LIST)).text
    assert "ended by Saira Khan" in page(school.get(path)).text


def test_it_ends_after_its_last_day(
    joanna: int, world: World, as_staff: Enter, at: time_machine.Traveller
) -> None:
    refer(as_staff(world.officer), world.tom, joanna, until="2026-06-17")
    at.shift(timedelta(days=1))
    assert as_staff(joanna).get(f"{LIST}/{case()}").status_code == 200
    at.shift(timedelta(days=1))
    assert as_staff(joanna).get(f"{LIST}/{case()}").status_code == 404


@pytest.mark.parametrize(
    ("fields", "mend"),
    [
        ({"until": ""}, "Enter the last day"), ({"until": "2026-06-15"}, "Choose today or a day to come"),
        ({"until": "2028-01-01"}, "Choose a day within a year"), ({"reason": " "}, "Write why the case is referred"),
    ],
)
def test_what_cannot_be_is_named_and_kept(
    joanna: int, world: World, as_staff: Enter, fields: dict[str, str], mend: str
) -> None:
    answer = refer(as_staff(world.officer), world.tom, joanna, **fields)
    assert answer.status_code == 422 and mend in page(answer).text
    refused = refer(as_staff(world.officer), world.tom, world.teacher)
    assert refused.status_code == 422 and "Choose an education welfare officer" in page(refused).text


def test_who_works_the_classroom_or_the_desk_refers_nobody(joanna: int, world: World, as_staff: Enter) -> None:
    path = f"/staff/hill/pupils/{public_id(world.tom)}/referrals"
    assert as_staff(world.teacher).get(path).status_code == 403
    assert as_staff(joanna).get(path).status_code == 403
