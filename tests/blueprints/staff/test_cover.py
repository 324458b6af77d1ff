"""While somebody is away their work is the cover's: tasks, steps, registers and alarms; and what was begun stays."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, select

from notifications.models import Message
from tests.blueprints.staff.conftest import BOARD, HillMorning, public_id
from tests.factories import TODAY, World, add_form, add_pupil, add_staff
from tests.pages import Enter, page
from webapp.first_day.models import FirstDayCase
from webapp.foundation.clock import school_now
from webapp.foundation.db import read_door, unit_of_work
from webapp.foundation.trail import FIRSTBELL, TrailEntry
from webapp.people.models import FormStaff, Staff, StaffAway, Task
from webapp.people.services.tasks import open_task_in

AWAY = {"starts_on": TODAY.isoformat(), "starts_half": "morning", "ends_on": "", "ends_half": "afternoon"}


def person(staff_id: int) -> str:
    with read_door() as db:
        return str(db.scalar(select(Staff.public_id).where(Staff.id == staff_id)))


def post(client: FlaskClient, path: str, **fields: Any) -> Any:
    keys = page(client.get("/staff/hill/away")).fields()
    return client.post(path, data={"csrf_token": keys["csrf_token"], **fields})


def name(client: FlaskClient, owner: int, cover: int | None) -> Any:
    return post(client, f"/staff/hill/away/{person(owner)}/cover", cover=person(cover) if cover else "")


def away(client: FlaskClient, owner: int, **fields: str) -> Any:
    return post(client, f"/staff/hill/away/{person(owner)}", **{**AWAY, **fields})


def back(client: FlaskClient, owner: int) -> Any:
    with read_door() as db:
        mine = (StaffAway.staff_id == owner, StaffAway.cancelled_at.is_(None))
        span = db.scalar(select(StaffAway.public_id).where(*mine))
    return post(client, f"/staff/hill/away/{person(owner)}/back", away=span)


def told(world: World, message: str) -> set[int | None]:
    with read_door() as db:
        return set(db.scalars(select(Message.staff_id).where(Message.name == message, Message.school_id == world.hill)))


def add_task(world: World, **owner: Any) -> None:
    with unit_of_work() as tx:
        open_task_in(
            tx, world.organisation, world.hill, kind="look", subject_kind="report", subject_id=1,
            title="Ask for a number", due_at=school_now() + timedelta(minutes=30), actor=FIRSTBELL, **owner,
        )  # fmt: skip


@pytest.fixture
def head_covers(hill: HillMorning, as_staff: Enter, world: World) -> FlaskClient:
    """At 8:30 the head is named as the officer's cover, and the officer is away until she says that she is back."""
    hill.clock("08:30")
    officer = as_staff(world.officer)
    assert name(officer, world.officer, world.head).status_code == 303
    assert away(officer, world.officer).status_code == 303
    return as_staff(world.head)


def test_a_cover_is_named_and_told(hill: HillMorning, as_staff: Enter, world: World) -> None:
    hill.clock("08:30")
    client = as_staff(world.officer)
    offered = page(client.get("/staff/hill/away")).text
    assert "Grace Osei, Headteacher" in offered and "Jo Reed, Teacher" not in offered

    refused = name(client, world.officer, world.teacher)
    assert refused.status_code == 422
    assert "Choose somebody who may do Saira Khan’s work" in page(refused).text
    assert name(client, world.officer, world.officer).status_code == 422
    assert name(client, world.officer, world.vale_officer).status_code == 422

    assert name(client, world.officer, world.head).status_code == 303
    assert name(client, world.officer, world.head).status_code == 303
    assert told(world, "staff_news") == {world.head}
    with read_door() as db:
        deeds = db.scalars(select(TrailEntry.detail).where(TrailEntry.action == "named_cover")).all()
    assert deeds == [{"before": None, "cover": world.head}]


def test_only_oneself_and_those_who_arrange_cover(hill: HillMorning, as_staff: Enter, world: World) -> None:
    hill.clock("08:30")
    teacher = as_staff(world.teacher)
    for answer in (away(teacher, world.officer), name(teacher, world.officer, world.head)):
        assert answer.status_code == 404
    assert teacher.get(f"/staff/hill/away/{person(world.officer)}").status_code == 404
    assert away(as_staff(world.head), world.teacher).status_code == 303
    assert told(world, "staff_news") == {world.teacher}


@pytest.mark.parametrize(
    ("fields", "mend"),
    [
        ({"starts_on": ""}, "Enter the first day away"), ({"starts_on": "2026-06-15"}, "Choose today or a day to come"),
        ({"ends_on": "2026-06-15"}, "The last half day away is before the first"),
    ],
)
def test_days_that_cannot_be_keep_what_was_typed(
    hill: HillMorning, as_staff: Enter, world: World, fields: dict[str, str], mend: str
) -> None:
    hill.clock("08:30")
    answer = away(as_staff(world.officer), world.officer, **fields)
    assert answer.status_code == 422 and mend in page(answer).text
    typed = next(iter(fields.items()))
    assert any(each.get("value") == typed[1] for each in page(answer).all(f".//input[@name='{typed[0]}']"))


def test_a_role_s_tasks_pass_on_and_come_back(head_covers: FlaskClient, as_staff: Enter, world: World) -> None:
    add_task(world, owner_role="attendance_officer")
    mine = page(head_covers.get("/staff/hill/tasks"))
    assert "You cover for Saira Khan" in mine.text
    assert "Ask for a number" in mine.text and "For the Attendance officer, by cover" in mine.text

    officer = as_staff(world.officer)
    assert "Ask for a number" in page(officer.get("/staff/hill/tasks")).text
    assert back(officer, world.officer).status_code == 303
    assert "Ask for a number" not in page(as_staff(world.head).get("/staff/hill/tasks")).text


def test_what_the_cover_began_stays_the_cover_s(head_covers: FlaskClient, as_staff: Enter, world: World) -> None:
    add_task(world, owner_id=world.officer)
    found = page(head_covers.get("/staff/hill/tasks"))
    assert "For Saira Khan, by cover" in found.text
    with read_door() as db:
        task = db.execute(select(Task.public_id, Task.version)).one()
    keys = {"csrf_token": found.fields()["csrf_token"], "version": str(task.version)}
    assert head_covers.post(f"/staff/hill/tasks/{task.public_id}/begin", data=keys).status_code == 303
    assert head_covers.post(f"/staff/hill/tasks/{task.public_id}/begin", data=keys).status_code == 409

    officer = as_staff(world.officer)
    back(officer, world.officer)
    hers = page(officer.get("/staff/hill/tasks")).text
    assert "Nothing is waiting for you." in hers and "Grace Osei has begun this and keeps it" in hers
    head = as_staff(world.head)
    assert "Ask for a number" in page(head.get("/staff/hill/tasks")).text
    keys = {"csrf_token": page(head.get("/staff/hill/tasks")).fields()["csrf_token"], "version": str(task.version + 1)}
    assert head.post(f"/staff/hill/tasks/{task.public_id}/done", data=keys).status_code == 303
    with read_door() as db:
        assert db.execute(select(Task.state, Task.closed_by)).one() == ("done", "Grace Osei")


def test_a_step_goes_to_the_cover_and_the_board_says_so(
    head_covers: FlaskClient, hill: HillMorning, as_staff: Enter, world: World
) -> None:
    hill.clock("08:55")
    hill.register()
    hill.clock("09:16")
    hill.run()
    with read_door() as db:
        assert db.scalar(select(FirstDayCase.owner_id)) == world.head
    assert "for Saira Khan, by cover Grace Osei" in page(as_staff(world.dsl).get(BOARD)).text


def test_an_alarm_reaches_the_one_who_is_away_and_the_cover(hill: HillMorning, as_staff: Enter, world: World) -> None:
    hill.clock("08:30")
    dsl = as_staff(world.dsl)
    name(dsl, world.dsl, world.head)
    away(dsl, world.dsl)
    hill.clock("08:55")
    hill.register()
    hill.clock("09:16")
    hill.run()
    client = as_staff(world.officer)
    keys = {"csrf_token": page(client.get(BOARD)).fields()["csrf_token"]}
    told_now = {**keys, "on": TODAY.isoformat(), "half": "am", "pupil": public_id(world.tom)}
    client.post("/staff/hill/tell-dsl", data=told_now)
    path = f"/staff/hill/pupils/{public_id(world.tom)}/case/tell-dsl"
    client.post(path, data={**keys, "words": "Not found", "submission_key": "tell-dsl-of-tom"})
    assert told(world, "danger_to_dsl") == {world.dsl, world.head}
    assert "child not found yet" in page(as_staff(world.head).get("/staff/hill/tasks")).text


def test_half_days(hill: HillMorning, as_staff: Enter, world: World) -> None:
    hill.clock("08:30")
    officer = as_staff(world.officer)
    name(officer, world.officer, world.head)
    away(officer, world.officer, starts_half="afternoon", ends_on=TODAY.isoformat())
    add_task(world, owner_id=world.officer)
    assert "Ask for a number" not in page(as_staff(world.head).get("/staff/hill/tasks")).text
    hill.clock("13:30")
    assert "Ask for a number" in page(as_staff(world.head).get("/staff/hill/tasks")).text


def test_a_tutor_s_cover_takes_the_register_meanwhile(hill: HillMorning, as_staff: Enter, world: World) -> None:
    with unit_of_work() as tx:
        amy = add_staff(tx, world.organisation, world.hill, "Amy", "Lockwood", "Teacher", "teacher")
        stranger = add_pupil(
            tx, world.organisation, world.hill, "Uma", "Bay", form_id=add_form(tx, world.organisation, world.hill, "4Q")
        )
    register = "/staff/hill/registers/2026-06-16/morning/3K"
    hill.clock("08:55")
    assert as_staff(amy).get(register).status_code == 404
    teacher = as_staff(world.teacher)
    assert name(teacher, world.teacher, amy).status_code == 303
    away(teacher, world.teacher)
    cover = as_staff(amy)
    assert cover.get(register).status_code == 200
    assert cover.get(f"/staff/hill/pupils/{public_id(world.tom)}").status_code == 200
    assert cover.get(f"/staff/hill/pupils/{public_id(stranger[0])}").status_code == 404

    hill.clock("09:16")
    assert post(as_staff(world.officer), f"{register}/chase").status_code == 303
    assert "Take the register of 3K now" in page(as_staff(amy).get("/staff/hill/tasks")).text
    back(as_staff(world.teacher), world.teacher)
    assert as_staff(amy).get(register).status_code == 404


def test_a_register_is_given_for_a_day_and_lapses(hill: HillMorning, as_staff: Enter, world: World, at: Any) -> None:
    with unit_of_work() as tx:
        sub = add_staff(tx, world.organisation, world.hill, "Hamza", "Malik", "Cover supervisor", "cover_teacher")
    hill.clock("08:30")
    given = {"form": world.form_3k, "person": sub, "starts_on": TODAY.isoformat(), "ends_on": ""}
    assert post(as_staff(sub), "/staff/hill/registers/given", **given).status_code == 403
    assert as_staff(sub).get("/staff/hill/").headers["Location"] == "/staff/hill/registers"
    assert "You take no register today" in page(as_staff(sub).get("/staff/hill/registers")).text
    office = as_staff(world.officer)
    assert post(office, "/staff/hill/registers/given", **{**given, "person": world.head + 90}).status_code == 422
    assert post(office, "/staff/hill/registers/given", **given).status_code == 303
    assert post(office, "/staff/hill/registers/given", **given).status_code == 303
    assert told(world, "staff_news") == {sub}
    assert "3K" in page(as_staff(sub).get("/staff/hill/registers")).text
    assert as_staff(sub).get(f"/staff/hill/pupils/{public_id(world.tom)}").status_code == 200
    with read_door() as db:
        rows = db.execute(select(FormStaff.starts_on, FormStaff.ends_on).where(FormStaff.staff_id == sub)).all()
    assert rows == [(TODAY, TODAY)]

    at.shift(timedelta(days=1))
    assert as_staff(sub).get(f"/staff/hill/pupils/{public_id(world.tom)}").status_code == 404
    assert as_staff(sub).get("/staff/hill/registers/2026-06-17/morning/3K").status_code == 404


def test_a_register_that_was_given_is_taken_back(hill: HillMorning, as_staff: Enter, world: World) -> None:
    with unit_of_work() as tx:
        sub = add_staff(tx, world.organisation, world.hill, "Hamza", "Malik", "Cover supervisor", "cover_teacher")
        tie = {"form_id": world.form_3k, "staff_id": sub, "starts_on": TODAY, "ends_on": date(2026, 6, 18)}
        tx.execute(insert(FormStaff).values(organisation_id=world.organisation, **tie))
    hill.clock("08:30")
    key = f"{world.form_3k}.{sub}.{TODAY.isoformat()}"
    for status in (303, 409):
        answer = post(as_staff(world.officer), "/staff/hill/registers/given/back", given=key)
        assert answer.status_code == status
    assert as_staff(sub).get(f"/staff/hill/pupils/{public_id(world.tom)}").status_code == 404


def test_whoever_has_left_leaves_nothing_to_nobody(hill: HillMorning, as_staff: Enter, world: World) -> None:
    hill.clock("08:30")
    with unit_of_work() as tx:
        gone = add_staff(tx, world.organisation, world.hill, "Gus", "Gone", "Officer")
    add_task(world, owner_id=gone)
    found = page(as_staff(world.head).get("/staff/hill/tasks")).text
    assert "Ask for a number" in found and "For somebody who has left" in found
    assert "Ask for a number" not in page(as_staff(world.officer).get("/staff/hill/tasks")).text
