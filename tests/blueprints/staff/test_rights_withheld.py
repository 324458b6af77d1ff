"""Withheld entries: the family's pages show no gap and no number, others' pages are as they were, and it comes back."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from notifications.models import Message
from tests.blueprints.staff.conftest import TEACHER, HillMorning, public_id
from tests.blueprints.staff.test_bad_input import BAD, check, token
from tests.factories import World
from tests.pages import Enter, page
from webapp.absence.models import AbsenceReport
from webapp.foundation.db import read_door
from webapp.foundation.trail import TrailEntry
from webapp.people.models import Task, WithheldEntry
from webapp.record.models import Sighting
from webapp.record.services.sightings import Desk, sign_in

GOOD = {
    "what": "mark", "on": "2026-06-16", "half": "morning", "contact": "everybody", "review": "2026-07-01",
    "reason": "Secret interview",
}  # fmt: skip


@pytest.fixture
def tom(world: World, hill: HillMorning) -> str:
    return f"/staff/hill/pupils/{public_id(world.tom)}"


def keep(client: FlaskClient, tom: str, **given: object) -> int:
    keys = page(client.get(f"{tom}/withheld")).fields(f"{tom}/withheld")
    return client.post(f"{tom}/withheld", data={**keys, **GOOD, **given}).status_code


def year_of(client: FlaskClient, world: World) -> str:
    return page(client.get(f"/children/{public_id(world.tom)}/year")).text


def today(client: FlaskClient, world: World) -> str:
    """What stands about Tom on his own page."""
    return page(client.get(f"/children/{public_id(world.tom)}")).text.split("Language")[0]


def show_all(client: FlaskClient, tom: str) -> None:
    with read_door() as db:
        names = db.scalars(select(WithheldEntry.public_id).where(WithheldEntry.shown_at.is_(None))).all()
    keys = page(client.get(f"{tom}/withheld")).fields(f"{tom}/withheld")
    for name in names:
        answer = client.post(f"{tom}/withheld/show", data={**keys, "entry": name, "why": "It is over"})
        assert answer.status_code == 303


@pytest.mark.parametrize("code", ["/", "N", "L"])
def test_a_withheld_mark_is_in_no_list_and_no_number(
    as_staff: Enter, as_parent: Enter, world: World, tom: str, hill: HillMorning, code: str
) -> None:
    hill.clock("09:20")
    hill.register(tom=code)
    alice, bob, dsl = as_parent(world.alice), as_parent(world.bob), as_staff(world.dsl)
    before = {who: (year_of(client, world), today(client, world)) for who, client in
              (("alice", alice), ("bob", bob))}  # fmt: skip
    assert keep(dsl, tom, contact=world.alice) == 303
    hidden = year_of(alice, world)
    assert hidden != before["alice"][0] and "Does not count" in hidden and "no half days yet" in hidden
    seen = today(alice, world)
    assert not any(words in seen for words in ("Marked in", "No reason yet.", "Not marked yet", "Came in", "recorded"))
    assert "School recorded" not in page(alice.get("/home")).text
    assert (year_of(bob, world), today(bob, world)) == before["bob"]
    show_all(dsl, tom)
    assert (year_of(alice, world), today(alice, world)) == before["alice"]


def test_a_decision_on_a_withheld_mark_is_not_on_the_receipt(
    as_staff: Enter, as_parent: Enter, world: World, tom: str, hill: HillMorning
) -> None:
    hill.report(world.tom, world.alice)
    hill.clock("09:20")
    hill.register()
    officer, dsl = as_staff(world.officer), as_staff(world.dsl)
    with read_door() as db:
        report = db.scalar(select(AbsenceReport.id))
    form = {**token(officer), "on": "2026-06-16", "half": "am", "confirm": f"{report}.1.I.N"}
    assert officer.post("/staff/hill/reports/confirm", data=form).status_code == 303
    alice = as_parent(world.alice)
    hill.clock("09:40")
    links = page(alice.get(f"/children/{public_id(world.tom)}")).links()
    receipt = next(href for href in links.values() if "/absence-reports/" in href)
    assert "Recorded" in page(alice.get(receipt)).text
    assert keep(dsl, tom) == 303
    assert "Recorded" not in page(alice.get(receipt)).text


def test_a_sign_out_and_what_another_parent_told_are_withheld_with_the_session(
    as_staff: Enter, as_parent: Enter, world: World, tom: str, hill: HillMorning
) -> None:
    hill.report(world.tom, world.alice)
    bob, dsl = as_parent(world.bob), as_staff(world.dsl)
    assert "is away today" in page(bob.get("/home")).text
    assert keep(dsl, tom, contact=world.bob) == 303
    assert "away" not in page(bob.get("/home")).text.replace("Away from", "")
    assert "Away today" in page(as_parent(world.alice).get("/home")).text


def test_a_withheld_sign_in_is_not_told(
    as_staff: Enter, as_parent: Enter, world: World, tom: str, hill: HillMorning
) -> None:
    hill.clock("09:20")
    sign_in(Desk(world.organisation, world.hill, TEACHER), world.tom_enrolment, code="U", minutes=20, reason="Bus")
    alice, dsl = as_parent(world.alice), as_staff(world.dsl)
    assert "Came in at" in page(alice.get("/home")).text
    with read_door() as db:
        number = db.scalar(select(Sighting.id))
    assert keep(dsl, tom, what=f"sighting:{number}") == 303
    assert keep(dsl, tom) == 303
    assert "Came in at" not in page(alice.get("/home")).text


def test_a_withheld_message_is_on_no_page_and_answers_nothing(
    as_staff: Enter, as_parent: Enter, world: World, tom: str
) -> None:
    officer, alice, dsl = as_staff(world.officer), as_parent(world.alice), as_staff(world.dsl)
    form = page(officer.get(f"{tom}/message")).fields()
    officer.post(f"{tom}/message", data={**form, "contact": world.alice, "words": "About the inhaler"})
    with read_door() as db:
        number, named = db.execute(select(Message.id, Message.public_id)).one()
    assert "About the inhaler" in page(alice.get("/messages")).text
    typed = page(alice.get(f"/messages/{named}")).fields()
    assert keep(dsl, tom, what=f"message:{number}", contact=world.bob) == 303
    assert "About the inhaler" in page(alice.get("/messages")).text
    assert keep(dsl, tom, what=f"message:{number}", contact=world.alice) == 303
    assert "About the inhaler" not in page(alice.get("/messages")).text
    assert alice.get(f"/messages/{named}").status_code == 404
    assert alice.post(f"/messages/{named}/answers", data={**typed, "words": "Thanks"}).status_code == 404
    show_all(dsl, tom)
    assert "About the inhaler" in page(alice.get("/messages")).text


def test_a_task_waits_for_the_review_the_trail_has_no_reason_and_showing_ends_both(
    as_staff: Enter, world: World, tom: str
) -> None:
    dsl = as_staff(world.dsl)
    assert keep(dsl, tom) == 303 and keep(dsl, tom) == 303
    with read_door() as db:
        assert len(db.scalars(select(WithheldEntry.id)).all()) == 1
        task = db.execute(select(Task.state, Task.owner_role, Task.title, Task.due_at)).one()
        assert "ecret" not in str(db.execute(select(TrailEntry.action, TrailEntry.detail)).all())
    assert (task.state, task.owner_role, task.due_at.date().isoformat()) == ("open", "dsl", "2026-07-01")
    assert "ecret" not in task.title
    show_all(dsl, tom)
    with read_door() as db:
        assert db.scalars(select(Task.state)).all() == ["done"]
        assert db.scalars(select(TrailEntry.action).order_by(TrailEntry.id)).all()[-1] == "showed_entry_again"


@pytest.mark.parametrize("who", ["officer", "teacher"])
def test_those_who_see_safeguarding_flags_alone_see_nothing_of_it(
    as_staff: Enter, world: World, tom: str, who: str
) -> None:
    assert keep(as_staff(world.dsl), tom) == 303
    client = as_staff(getattr(world, who))
    assert client.get(f"{tom}/withheld").status_code == 403
    assert "Secret" not in client.get(tom).text and "kept back" not in client.get(tom).text


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"what": "message:999"}, "Choose what is kept back"),
        ({"on": "yesterday"}, "Choose the day of the mark"),
        ({"half": "night"}, "Choose morning or afternoon"),
        ({"contact": ""}, "Choose from whom it is kept"),
        ({"contact": "999999"}, "Choose one of the child"),
        ({"review": "2026-06-16"}, "Choose a day after today"),
        ({"review": "2029-06-16"}, "within a year"),
        ({"reason": " "}, "Write why this is withheld"),
    ],
)
def test_what_is_refused(as_staff: Enter, world: World, tom: str, given: dict[str, str], says: str) -> None:
    dsl = as_staff(world.dsl)
    keys = page(dsl.get(f"{tom}/withheld")).fields(f"{tom}/withheld")
    answer = dsl.post(f"{tom}/withheld", data={**keys, **GOOD, **given})
    assert answer.status_code == 422 and says in page(answer).text
    with read_door() as db:
        assert db.scalars(select(WithheldEntry.id)).all() == []


def test_no_form_is_a_fault_of_ours(app: Flask, as_staff: Enter, world: World, tom: str) -> None:
    dsl = as_staff(world.dsl)
    keys = page(dsl.get(f"{tom}/withheld")).fields(f"{tom}/withheld")
    assert dsl.post(f"{tom}/withheld", data=GOOD).status_code == 400, "no token"
    for bad in BAD:
        for field in GOOD:
            check(dsl.post(f"{tom}/withheld", data={**keys, **GOOD, field: bad}), (field, bad[:20]))
        for field in ("entry", "why"):
            check(dsl.post(f"{tom}/withheld/show", data={**keys, "entry": "x", "why": "y", field: bad}), field)
