"""Who is on site on enrolled devices: who may enrol, what they are given, and when they must delete it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select, update

from tests.blueprints.staff.conftest import HillMorning, asked
from tests.factories import TODAY, World
from tests.pages import Enter, counted_statements, page
from webapp.accounts.models import OnSiteDevice
from webapp.accounts.rules.on_site import MOST_DEVICES, kept_for
from webapp.foundation.db import Database, read_door, unit_of_work
from webapp.foundation.trail import Actor, ActorKind, TrailEntry
from webapp.people.models import StaffRole
from webapp.people.rules.calendar import CalendarEvent, EventKind
from webapp.people.services.calendar import add_entry

PAGE = "/staff/hill/on-site"
ENROL = f"{PAGE}/devices"
COPY = f"{PAGE}/copy"
AS_SCRIPT = {"Accept": "application/json"}


def enrol(client: Any, name: str = "Red tablet") -> str:
    fields = page(client.get(PAGE)).fields(ENROL)
    answer = client.post(ENROL, data={**fields, "name": name}, headers=AS_SCRIPT)
    assert answer.status_code == 201, answer.text
    return str(answer.json["device"])


def copy(client: Any, device: str) -> Any:
    fields = page(client.get(PAGE)).fields(ENROL)
    return client.post(COPY, data={"csrf_token": fields["csrf_token"], "device": device})


def deeds() -> list[str]:
    with read_door() as db:
        rows = db.scalars(select(TrailEntry.action).where(TrailEntry.action.like("%_device")).order_by(TrailEntry.id))
        return list(rows)


def test_an_enrolled_device_is_given_the_list_until_midnight(hill: HillMorning, as_staff: Enter, world: World) -> None:
    hill.clock("08:55")
    hill.register()
    hill.clock("09:12")
    client = as_staff(world.teacher)
    device = enrol(client)
    answer = copy(client, device)
    assert answer.json["as_of"] == "09:12"
    assert answer.json["day"] == "Tuesday 16 June"
    assert answer.json["seconds"] == (14 * 60 + 48) * 60
    assert answer.json["forms"] == [{"name": "3K", "here": ["Noor Shah"], "not_known": ["Tom Ahmed"], "away": []}]
    assert answer.headers["Cache-Control"] == "no-store"
    assert deeds() == ["enrolled_device"]


def test_an_unexplained_child_is_looked_for_and_never_in_the_list_of_those_away(
    hill: HillMorning, as_staff: Enter, world: World
) -> None:
    hill.clock("08:55")
    hill.register()
    hill.clock("09:16")
    hill.run()
    client = as_staff(world.teacher)
    device = enrol(client)
    (form,) = copy(client, device).json["forms"]
    assert (form["not_known"], form["away"]) == (["Tom Ahmed"], [])
    hill.report(world.tom, world.alice)
    (form,) = copy(client, device).json["forms"]
    assert (form["not_known"], form["away"]) == ([], ["Tom Ahmed"])


def test_who_came_late_is_still_in_the_building_when_school_closes_early(
    hill: HillMorning, as_staff: Enter, world: World
) -> None:
    hill.clock("08:55")
    hill.register(tom="L")
    hill.clock("09:30")
    client = as_staff(world.teacher)
    device = enrol(client)
    snow = CalendarEvent(EventKind.CLOSURE_UNPLANNED, TODAY, TODAY, reason="Boiler")
    clerk = Actor(ActorKind.STAFF, world.head, "Head", "Headteacher")
    add_entry(world.organisation, world.hill, snow, actor=clerk, submission_key="snow")
    (form,) = copy(client, device).json["forms"]
    assert sorted(form["here"]) == ["Noor Shah", "Tom Ahmed"]


def test_the_page_lists_ones_own_devices_and_takes_them_off(hill: HillMorning, as_staff: Enter, world: World) -> None:
    client = as_staff(world.teacher)
    device = enrol(client)
    assert "Red tablet" in page(client.get(PAGE)).text
    assert "Red tablet" not in page(as_staff(world.officer).get(PAGE)).text
    address = f"{ENROL}/{device}/remove"
    fields = page(client.get(PAGE)).fields(address)
    assert client.post(address, data=fields).status_code == 303
    assert "Red tablet" not in page(client.get(PAGE)).text
    assert copy(client, device).status_code == 404
    assert client.post(address, data=fields).status_code == 303
    assert deeds() == ["enrolled_device", "removed_device"]


def test_somebody_elses_device_is_given_nothing_and_is_not_theirs_to_remove(
    hill: HillMorning, as_staff: Enter, world: World
) -> None:
    device = enrol(as_staff(world.teacher))
    officer = as_staff(world.officer)
    fields = page(officer.get(PAGE)).fields(ENROL)
    assert copy(officer, device).status_code == 404
    assert officer.post(f"{ENROL}/{device}/remove", data=fields).status_code == 303
    assert officer.get(f"/on-site/devices/{device}").status_code == 204
    vale = as_staff(world.vale_officer)
    token = page(vale.get("/staff/vale/on-site")).fields("/staff/vale/on-site/devices")["csrf_token"]
    assert vale.post(COPY, data={"csrf_token": token, "device": device}).status_code == 404
    assert vale.post("/staff/vale/on-site/copy", data={"csrf_token": token, "device": device}).status_code == 404


def test_a_double_tap_is_one_device(hill: HillMorning, as_staff: Enter, world: World) -> None:
    client = as_staff(world.teacher)
    fields = {**page(client.get(PAGE)).fields(ENROL), "name": "Red tablet"}
    first, second = (client.post(ENROL, data=fields, headers=AS_SCRIPT) for _ in range(2))
    assert first.json == second.json
    other = client.post(ENROL, data={**fields, "name": "Another"}, headers=AS_SCRIPT)
    assert other.status_code == 409
    with read_door() as db:
        assert db.scalar(select(func.count()).select_from(OnSiteDevice)) == 1


@pytest.mark.parametrize(
    ("name", "mend"),
    [("", "Enter a name for this device"), ("\x00 \u200b", "Enter a name for this device"),
     ("x" * 61, "Use 60 characters or fewer"), ("é" * 100_000, "Use 60 characters or fewer")],
)  # fmt: skip
def test_a_bad_name_is_refused_with_its_mend(
    hill: HillMorning, as_staff: Enter, world: World, name: str, mend: str
) -> None:
    client = as_staff(world.teacher)
    fields = {**page(client.get(PAGE)).fields(ENROL), "name": name}
    answer = client.post(ENROL, data=fields)
    assert answer.status_code == 422
    assert mend in page(answer).text
    by_script = client.post(ENROL, data=fields, headers=AS_SCRIPT)
    assert (by_script.status_code, mend in by_script.json["error"]) == (422, True)
    assert deeds() == []


def test_ten_devices_at_most(hill: HillMorning, as_staff: Enter, world: World) -> None:
    client = as_staff(world.teacher)
    for number in range(MOST_DEVICES):
        enrol(client, f"Tablet {number}")
    fields = {**page(client.get(PAGE)).fields(ENROL), "name": "One more"}
    answer = client.post(ENROL, data=fields, headers=AS_SCRIPT)
    assert (answer.status_code, answer.json["error"]) == (422, "You have 10 devices already. Remove one first.")


def test_a_device_asks_without_signing_in_whether_it_may_keep_its_list(
    hill: HillMorning, as_staff: Enter, anonymous: Any, world: World, db: Database
) -> None:
    device = enrol(as_staff(world.teacher))
    assert anonymous.get(f"/on-site/devices/{device}").status_code == 204
    for stranger in ("none", "x" * 200, "é"):
        assert anonymous.get(f"/on-site/devices/{stranger}").status_code == 410
    with unit_of_work() as tx:
        mine = (StaffRole.organisation_id == world.organisation, StaffRole.staff_id == world.teacher)
        tx.execute(update(StaffRole).where(*mine).values(ends_on=datetime(2026, 6, 15).date()))  # noqa: DTZ001
    assert anonymous.get(f"/on-site/devices/{device}").status_code == 410


def test_who_sees_no_list_enrols_nothing(hill: HillMorning, as_staff: Enter, anonymous: Any, world: World) -> None:
    assert anonymous.post(COPY, data={"device": "x"}).status_code in (400, 401)
    assert as_staff(world.vale_officer).post(ENROL, data={}).status_code in (400, 404)


def test_the_page_without_a_network_says_nothing_of_anybody(
    hill: HillMorning, as_staff: Enter, anonymous: Any, world: World
) -> None:
    found = page(anonymous.get("/on-site/offline"))
    assert found.h1 == "Who is on site"
    for word in ("Tom", "Noor", "Hill", "3K"):
        assert word not in found.text


def test_few_statements(hill: HillMorning, as_staff: Enter, world: World, db: Database) -> None:
    client = as_staff(world.officer)
    device = enrol(client)
    token = page(client.get(PAGE)).fields(ENROL)["csrf_token"]
    with counted_statements(db) as statements:
        assert client.post(COPY, data={"csrf_token": token, "device": device}).status_code == 200
    assert len(asked(statements)) <= 8, statements
    with counted_statements(db) as statements:
        page(client.get(PAGE))
    assert len(asked(statements)) <= 12, statements


@pytest.mark.parametrize(
    ("now", "hours"),
    [
        (datetime(2026, 6, 16, 7, 0, tzinfo=UTC), 16),
        (datetime(2026, 1, 16, 9, 0, tzinfo=UTC), 15),
        (datetime(2026, 6, 15, 23, 0, tzinfo=UTC), 24),
        # The clocks go back and forward at night.
        (datetime(2026, 10, 24, 23, 0, tzinfo=UTC), 25),
        (datetime(2026, 3, 29, 0, 0, tzinfo=UTC), 23),
    ],
)
def test_kept_until_midnight_in_london(now: datetime, hours: int) -> None:
    assert kept_for(now).total_seconds() == hours * 3600
