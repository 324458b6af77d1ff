"""The pupil's page, finding a pupil, the inbox, a report by telephone, and tasks."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from notifications.models import Delivery, InboundMessage
from tests.blueprints.staff.conftest import BOARD, HillMorning, asked, public_id
from tests.factories import TODAY, World, add_staff
from tests.pages import Enter, counted_statements, page
from webapp.absence.models import AbsenceReport
from webapp.absence.services.decide import confirm
from webapp.absence.services.deciders import Decider, Decision
from webapp.absence.services.undo import undo
from webapp.foundation import clock
from webapp.foundation.clock import machine_now, school_now
from webapp.foundation.db import Database, insert_row, read_door, unit_of_work
from webapp.foundation.trail import FIRSTBELL, Actor, ActorKind
from webapp.people.models import Task
from webapp.people.rules.school_times import in_london
from webapp.people.services.tasks import open_task_in


def pupil_page(world: World, query: str = "") -> str:
    return f"/staff/hill/pupils/{public_id(world.tom)}{query}"


def test_everything_in_time_order_and_no_link_that_opens(hill: HillMorning, as_staff: Enter, world: World) -> None:
    hill.clock("08:55")
    hill.register()
    hill.clock("09:16")
    hill.run()
    found = page(as_staff(world.officer).get(pupil_page(world)))
    assert found.h1 == "Tom Ahmed"
    assert "Unexplained since 09:16" in found.text
    assert "Text to Alice Ahmed: queued 09:16." in found.text
    assert "/t/…" in found.text
    assert "Ella, Vale Academy 8B" in found.text
    assert "Ella, Vale Academy 8B" not in found.links()
    assert "Bob Ahmed" in found.text


@pytest.mark.parametrize(
    ("came", "says"),
    [
        ({"state": "sent"}, "sent 09:17."),
        ({"state": "delivered"}, "delivered 09:18."),
        ({"state": "failed", "error_words": "wrong number"}, "failed 09:19, wrong number."),
        ({"state": "unknown"}, "sent 09:17, no receipt."),
        ({"state": "cancelled", "sent_at": None}, "not sent, no longer true."),
    ],
)
def test_a_text_says_what_became_of_it_and_when(
    hill: HillMorning, as_staff: Enter, world: World, came: dict[str, Any], says: str
) -> None:
    hill.clock("08:55")
    hill.register()
    hill.clock("09:16")
    hill.run()
    at = {
        f"{name}_at": in_london(TODAY, time(9, minute))
        for name, minute in (("sent", 17), ("delivered", 18), ("failed", 19))
    }
    with unit_of_work() as tx:
        tx.execute(update(Delivery).where(Delivery.channel == "sms").values({**at, **came}))
    client = as_staff(world.officer)
    assert f"Text to Alice Ahmed: {says}" in page(client.get(pupil_page(world))).text
    assert f"Text to Alice Ahmed: {says}" in page(client.get(pupil_page(world, "/case"))).text


def test_another_kind_and_another_month(hill: HillMorning, as_staff: Enter, world: World) -> None:
    hill.report(world.tom, world.alice)
    client = as_staff(world.officer)
    assert "Sick in the night" in page(client.get(pupil_page(world, "?show=reports"))).text
    assert "Sick in the night" not in page(client.get(pupil_page(world, "?show=calls"))).text
    assert "Nothing recorded in these weeks." in page(client.get(pupil_page(world, "?month=2026-03"))).text
    assert client.get(pupil_page(world, "?month=2026-13")).status_code == 404


def test_roles_see_no_trace_of_what_is_not_theirs(
    hill: HillMorning, as_staff: Enter, world: World, db: Database
) -> None:
    with unit_of_work() as tx:
        desk = add_staff(tx, world.organisation, world.hill, "Brenda", "Hirst", "Receptionist", "reception")
        lead = add_staff(tx, world.organisation, world.hill, "Ngozi", "Okafor", "Pastoral lead", "pastoral_lead")
    hill.report(world.tom, world.alice, words="His dad hit him last night")
    assert "hit him" in page(as_staff(world.dsl).get(pupil_page(world))).text
    for staff in (desk, lead):
        found = page(as_staff(staff).get(pupil_page(world)))
        assert "hit him" not in found.text
        assert "Reported away" not in found.text
    hill.report(world.noor, world.charlie)
    noor = page(as_staff(desk).get(f"/staff/hill/pupils/{public_id(world.noor)}"))
    assert "Reason held by the office" in noor.text
    assert "Sick in the night" not in noor.text


def test_a_teacher_sees_own_pupils_without_contacts(
    hill: HillMorning, as_staff: Enter, world: World, db: Database
) -> None:
    with unit_of_work() as tx:
        other = add_staff(tx, world.organisation, world.hill, "Ann", "Lee", "Teacher", "teacher")
    own = page(as_staff(world.teacher).get(pupil_page(world)))
    assert "Alice" not in own.text
    assert as_staff(other).get(pupil_page(world)).status_code == 404
    assert as_staff(world.vale_officer).get(pupil_page(world)).status_code == 404
    assert as_staff(world.vale_officer).get(pupil_page(world).replace("hill", "vale")).status_code == 404


def test_twelve_statements_at_most(hill: HillMorning, as_staff: Enter, world: World, db: Database) -> None:
    hill.report(world.tom, world.alice)
    client = as_staff(world.officer)
    address = pupil_page(world)
    client.get(address)
    with counted_statements(db) as statements:
        found = page(client.get(address))
    assert len(asked(statements)) <= 12, statements
    assert found.size < 40_000


@pytest.mark.parametrize(
    ("words", "expected"),
    [("to", ["Tom Ahmed"]), ("ahm", ["Tom Ahmed"]), ("3k", ["Noor Shah", "Tom Ahmed"]), ("%", []), ("ella", []),
     ("\x00", []), ("", [])],
)  # fmt: skip
def test_find(hill: HillMorning, as_staff: Enter, world: World, words: str, expected: list[str]) -> None:
    found = page(as_staff(world.officer).get("/staff/hill/find", query_string={"q": words}))
    names = sorted(word for word in found.links() if word.startswith(("Tom", "Noor", "Ella")))
    assert [name.removesuffix("3K") for name in names] == expected


def test_a_teacher_finds_own_pupils_only(hill: HillMorning, as_staff: Enter, world: World, db: Database) -> None:
    with unit_of_work() as tx:
        other = add_staff(tx, world.organisation, world.hill, "Ann", "Lee", "Teacher", "teacher")
    assert "Tom Ahmed" in page(as_staff(world.teacher).get("/staff/hill/find?q=tom")).text
    assert "Tom Ahmed" not in page(as_staff(other).get("/staff/hill/find?q=tom")).text


def text_in(world: World, **more: Any) -> str:
    values = {
        "organisation_id": world.organisation, "public_id": "txt-1", "provider": "demo", "provider_id": "1",
        "sender": "+447700900001", "body": "Tom is poorly", "received_at": school_now(), "school_id": world.hill,
        "contact_id": world.alice, "enrolment_id": world.tom_enrolment, "candidates": [],
        "suggestion": {"reason": "ill"}, **more,
    }  # fmt: skip
    with unit_of_work() as tx:
        insert_row(tx, InboundMessage, **values)
    return str(values["public_id"])


def test_a_text_becomes_a_report_once(hill: HillMorning, as_staff: Enter, world: World) -> None:
    text = text_in(world)
    client = as_staff(world.officer)
    found = page(client.get("/staff/hill/inbox"))
    assert "Tom is poorly" in found.text
    address = f"/staff/hill/inbox/{text}/report"
    fields = {**found.fields(address), "reason": "ill"}
    assert client.post(address, data=fields).status_code == 303
    with read_door() as db:
        assert list(db.execute(select(AbsenceReport.channel, AbsenceReport.words))) == [("text", "Tom is poorly")]
        assert db.scalar(select(InboundMessage.state)) == "settled"
    assert client.post(address, data=fields).status_code == 409
    assert "No text is waiting." in page(client.get("/staff/hill/inbox")).text


def test_a_text_about_nobody_known_is_dealt_with(hill: HillMorning, as_staff: Enter, world: World) -> None:
    text = text_in(world, enrolment_id=None, contact_id=None)
    client = as_staff(world.officer)
    found = page(client.get("/staff/hill/inbox"))
    assert "child not known" in found.text
    address = f"/staff/hill/inbox/{text}/settle"
    assert client.post(address, data=found.fields(address)).status_code == 303
    assert client.post(address, data=found.fields(address)).status_code == 409
    assert as_staff(world.vale_officer).post(address).status_code in (400, 404)


def test_a_dangerous_text_is_for_those_who_see_flags(
    hill: HillMorning, as_staff: Enter, world: World, db: Database
) -> None:
    with unit_of_work() as tx:
        lead = add_staff(tx, world.organisation, world.hill, "Ngozi", "Okafor", "Pastoral lead", "pastoral_lead")
    text_in(world, danger=True, body="He left at 8")
    assert "He left at 8" in page(as_staff(world.dsl).get("/staff/hill/inbox")).text
    assert "He left at 8" not in page(as_staff(lead).get("/staff/hill/inbox")).text


def test_a_report_by_telephone(hill: HillMorning, as_staff: Enter, world: World) -> None:
    client = as_staff(world.officer)
    address = pupil_page(world, "/report")
    found = page(client.get(address))
    fields = {**found.fields(), "contact": str(world.alice), "kind": "all_day", "words": "Rash 🤒"}
    missing = client.post(address, data=fields)
    assert missing.status_code == 422
    assert page(missing).fields()["words"].strip() == "Rash 🤒"
    fields = {**fields, "reason": "ill"}
    assert [client.post(address, data=fields).status_code for _ in range(2)] == [303, 303]
    with read_door() as db:
        assert list(db.execute(select(AbsenceReport.channel, AbsenceReport.state))) == [("phone", "read")]


def test_a_caller_who_is_nobody_is_held(hill: HillMorning, as_staff: Enter, world: World) -> None:
    client = as_staff(world.officer)
    address = pupil_page(world, "/report")
    fields = {**page(client.get(address)).fields(), "contact": "other", "caller": "A neighbour", "reason": "ill"}
    assert client.post(address, data={**fields, "caller": ""}).status_code == 422
    fields = {**page(client.get(address)).fields(), "contact": "other", "caller": "A neighbour", "reason": "ill"}
    assert client.post(address, data=fields).status_code == 303
    hill.clock("08:55")
    assert "Check who sent it" in page(as_staff(world.officer).get(BOARD)).text


def test_tasks_are_done_once(hill: HillMorning, as_staff: Enter, world: World, db: Database) -> None:
    with unit_of_work() as tx:
        open_task_in(
            tx, world.organisation, world.hill, kind="ring", subject_kind="pupil", subject_id=world.tom,
            title="Ring Alice back", due_at=machine_now() - timedelta(minutes=5), actor=FIRSTBELL,
            owner_role="attendance_officer", pupil_id=world.tom,
        )  # fmt: skip
    client = as_staff(world.officer)
    found = page(client.get("/staff/hill/tasks"))
    assert "Ring Alice back" in found.text
    assert "Overdue 5 min" in found.text
    with read_door() as read:
        address = f"/staff/hill/tasks/{read.scalar(select(Task.public_id))}/done"
    fields = found.fields(address)
    assert as_staff(world.head).post(address, data=fields).status_code in (400, 404)
    assert client.post(address, data=fields).status_code == 303
    assert client.post(address, data=fields).status_code == 409
    assert "Nothing is waiting for you." in page(client.get("/staff/hill/tasks")).text


@pytest.mark.parametrize(
    ("who", "starts"),
    [("officer", "/staff/hill/day/today"), ("teacher", "/staff/hill/registers"), ("head", "/staff/hill/tasks"),
     ("dsl", "/staff/hill/day/today"), ("vale_officer", "/staff/vale/day/today")],
)  # fmt: skip
def test_everybody_starts_at_the_page_of_their_role(
    hill: HillMorning, as_staff: Enter, world: World, who: str, starts: str
) -> None:
    assert as_staff(getattr(world, who)).get("/staff").location == starts


def test_every_change_of_a_mark_is_listed_in_school_time_newest_first(
    hill: HillMorning, as_staff: Enter, world: World, db: Database
) -> None:
    """Confirm, undo, confirm: the register keeps both changes, at the clock of the school."""
    hill.report(world.tom, world.alice)
    hill.clock("08:30")
    by = Decider(world.organisation, world.hill, Actor(ActorKind.STAFF, world.officer, "Saira Khan", "Officer"))
    clock.use_school_offset(lambda: timedelta(minutes=25))
    try:
        for version in (1, 3):
            with read_door() as door:
                report = door.scalar(select(AbsenceReport.id))
            done = confirm(by, [Decision(report or 0, version, "I")]).decided
            if version == 1:
                undo(by, done[0].decisions)
        found = page(as_staff(world.officer).get(pupil_page(world))).text
    finally:
        clock.use_school_offset(None)
    rows = found.split("Marks that were changed, with all five parts")[1]
    order = [rows.index(words) for words in ("no markIDecided", "Ifirst entryno mark")]
    assert order == sorted(order), rows
    assert rows.count("Tue 16 June 08:55") == 2
    assert "08:30" not in rows


def test_staff_read_how_long_the_family_said_where_only_the_first_days_stand(
    hill: HillMorning, as_staff: Enter, world: World, db: Database
) -> None:
    hill.report(world.tom, world.alice, kind="days", ends_on="2026-07-01")
    with read_door() as door:
        name = door.scalar(select(AbsenceReport.public_id))
    found = page(as_staff(world.officer).get(f"/staff/hill/reports/{name}")).text
    assert "They said until Wed 1 July: talk with them about the rest" in found
