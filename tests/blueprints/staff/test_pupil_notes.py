"""Notes about a pupil and messages to a contact: what is kept, who sees it, and what leaves the building."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import func, select, update

from notifications.models import Delivery, Message
from tests.blueprints.staff.conftest import HillMorning, asked, public_id
from tests.factories import World, add_staff
from tests.pages import Enter, counted_statements, page
from webapp.first_day.models import PupilNote
from webapp.foundation.db import Database, read_door, unit_of_work
from webapp.foundation.trail import TrailEntry
from webapp.people.models import PupilContact


def address(world: World, what: str = "") -> str:
    return f"/staff/hill/pupils/{public_id(world.tom)}{what}"


def add(client: Any, world: World, words: str, kind: str = "general") -> Any:
    fields = page(client.get(address(world, "/note"))).fields()
    return client.post(address(world, "/note"), data={**fields, "words": words, "kind": kind})


def write(client: Any, world: World, contact: object, words: str) -> Any:
    fields = page(client.get(address(world, "/message"))).fields()
    return client.post(address(world, "/message"), data={**fields, "contact": str(contact), "words": words})


def notes() -> list[tuple[str, str]]:
    with read_door() as db:
        return [tuple(row) for row in db.execute(select(PupilNote.kind, PupilNote.words).order_by(PupilNote.id))]


def trail(action: str) -> list[Any]:
    with read_door() as db:
        return list(db.scalars(select(TrailEntry.detail).where(TrailEntry.action == action).order_by(TrailEntry.id)))


def test_a_note_stands_in_the_timeline_in_its_time(hill: HillMorning, as_staff: Enter, world: World) -> None:
    hill.clock("08:30")
    client = as_staff(world.officer)
    answer = add(client, world, "Walks with his cousin <now>")
    assert answer.status_code == 303
    assert "The note is saved." in page(client.get(answer.location)).text
    hill.clock("08:55")
    hill.register()
    hill.clock("09:16")
    hill.run()
    client = as_staff(world.officer)
    found = page(client.get(address(world))).text
    said = found.index("“Walks with his cousin <now>”")
    assert "08:30Note" in found
    assert "Saira Khan, Attendance officer" in found
    assert found.index("Unexplained. Case opened") < said
    assert "Walks with his cousin" in page(client.get(address(world, "?show=notes"))).text
    assert "Walks with his cousin" not in page(client.get(address(world, "?show=calls"))).text
    assert trail("noted") == [{"kind": "general"}]


@pytest.mark.parametrize(
    ("kind", "sees"),
    [
        ("general", {"officer", "teacher", "dsl", "reception", "pastoral"}),
        ("health", {"officer", "dsl", "pastoral"}),
        ("safeguarding", {"officer", "dsl"}),
    ],
)
def test_roles_see_no_trace_of_what_is_not_theirs(
    hill: HillMorning, as_staff: Enter, world: World, kind: str, sees: set[str]
) -> None:
    with unit_of_work() as tx:
        desk = add_staff(tx, world.organisation, world.hill, "Brenda", "Hirst", "Receptionist", "reception")
        lead = add_staff(tx, world.organisation, world.hill, "Ngozi", "Okafor", "Pastoral lead", "pastoral_lead")
    add(as_staff(world.officer), world, "Something private", kind)
    people = {
        "officer": world.officer, "teacher": world.teacher, "dsl": world.dsl, "reception": desk, "pastoral": lead,
    }  # fmt: skip
    shown = set()
    for name, staff in people.items():
        text = page(as_staff(staff).get(address(world))).text
        assert ("Something private" in text) == ("Saira Khan" in text), name
        shown |= {name} if "Something private" in text else set()
    assert shown == sees


def test_words_of_danger_reach_the_dsl_and_are_hidden(hill: HillMorning, as_staff: Enter, world: World) -> None:
    with unit_of_work() as tx:
        lead = add_staff(tx, world.organisation, world.hill, "Ngozi", "Okafor", "Pastoral lead", "pastoral_lead")
    assert add(as_staff(lead), world, "Says his dad hit him last night").status_code == 303
    assert notes() == [("safeguarding", "Says his dad hit him last night")]
    with read_door() as db:
        told = db.execute(select(Message.name, Message.staff_id)).all()
        bodies = list(db.scalars(select(Delivery.body)))
    assert ("danger_to_dsl", world.dsl) in [tuple(row) for row in told]
    assert not [body for body in bodies if "hit him" in body]
    assert "hit him" not in page(as_staff(lead).get(address(world))).text
    assert "hit him" in page(as_staff(world.dsl).get(address(world))).text


@pytest.mark.parametrize(
    ("words", "kind", "mend"),
    [
        ("", "general", "Write something first."), (" \x00\u200b ", "general", "Write something first."),
        ("Late bus", "", "Choose what the note is about."), ("Late bus", "message", "Choose what the note is about."),
        ("x" * 2001, "general", "Use 2,000 characters or fewer"),
    ],
)  # fmt: skip
def test_a_note_that_cannot_be_kept(
    hill: HillMorning, as_staff: Enter, world: World, words: str, kind: str, mend: str
) -> None:
    answer = add(as_staff(world.officer), world, words, kind)
    found = page(answer)
    assert answer.status_code == 422
    assert found.title.startswith("Error: ")
    assert mend in found.text
    assert notes() == []
    assert found.fields()["words"].strip() == words.replace("\x00", "").strip()


def test_a_double_tap_is_one_note(hill: HillMorning, as_staff: Enter, world: World) -> None:
    client = as_staff(world.officer)
    fields = {**page(client.get(address(world, "/note"))).fields(), "words": "Late bus", "kind": "general"}
    assert [client.post(address(world, "/note"), data=fields).status_code for _ in range(2)] == [303, 303]
    again = client.post(address(world, "/note"), data={**fields, "words": "Another"})
    assert again.status_code == 409
    assert "Another" in page(again).fields()["words"]
    assert notes() == [("general", "Late bus")]


def test_a_message_says_little_outside_and_all_behind_sign_in(
    hill: HillMorning, as_staff: Enter, as_parent: Enter, world: World
) -> None:
    hill.clock("10:00")
    client = as_staff(world.officer)
    answer = write(client, world, world.alice, "Tom left his inhaler in class 3K.")
    assert answer.status_code == 303
    assert "on its way" in page(client.get(answer.location)).text
    with read_door() as db:
        sent = db.execute(select(Delivery.channel, Delivery.body, Delivery.subject, Delivery.html)).all()
        assert [row.contact_id for row in db.execute(select(Message.contact_id))] == [world.alice]
    assert sent
    for row in sent:
        body = json.dumps(row.body) if row.channel == "push" else f"{row.body} {row.subject} {row.html}"
        for word in ("inhaler", "3K", "Tom", "Ahmed"):
            assert word not in body
    parent = as_parent(world.alice)
    found = page(parent.get("/messages"))
    assert "Tom left his inhaler in class 3K." in found.text
    assert "inhaler" not in page(as_parent(world.bob).get("/messages")).text
    text = page(client.get(address(world))).text
    assert "Message to Alice Ahmed: “Tom left his inhaler in class 3K.”" in text
    assert "Text to Alice Ahmed: queued 10:00." in text
    assert [detail["contact"] for detail in trail("wrote_to_contact")] == [world.alice]


def test_only_a_contact_who_may_read_is_written_to(
    hill: HillMorning, as_staff: Enter, world: World, db: Database
) -> None:
    client = as_staff(world.officer)
    for contact in (world.charlie, world.other_contact, 999_999_999, "", "x", "-1", "٣"):
        answer = write(client, world, contact, "Please ring us")
        assert answer.status_code == 422, contact
        assert "Please ring us" in page(answer).fields()["words"]
    with unit_of_work() as tx:
        tx.execute(
            update(PupilContact)
            .where(
                PupilContact.organisation_id == world.organisation, PupilContact.pupil_id == world.tom,
                PupilContact.contact_id == world.bob,
            )
            .values(may_view_messages=False)
        )  # fmt: skip
    assert "Bob" not in page(client.get(address(world, "/message"))).text
    assert write(client, world, world.bob, "Please ring us").status_code == 422
    assert write(client, world, world.alice, " ").status_code == 422
    with read_door() as read:
        assert read.scalar(select(func.count()).select_from(Message)) == 0
    assert notes() == []


def test_a_double_tap_is_one_message(hill: HillMorning, as_staff: Enter, world: World) -> None:
    client = as_staff(world.officer)
    fields = {
        **page(client.get(address(world, "/message"))).fields(), "contact": str(world.alice), "words": "Please ring",
    }  # fmt: skip
    assert [client.post(address(world, "/message"), data=fields).status_code for _ in range(2)] == [303, 303]
    with read_door() as db:
        assert db.scalar(select(func.count()).select_from(Message)) == 1


def test_who_may_do_which(hill: HillMorning, as_staff: Enter, world: World) -> None:
    with unit_of_work() as tx:
        desk = add_staff(tx, world.organisation, world.hill, "Brenda", "Hirst", "Receptionist", "reception")
    assert as_staff(desk).get(address(world, "/note")).status_code == 200
    assert as_staff(desk).get(address(world, "/message")).status_code == 403
    assert as_staff(world.teacher).get(address(world, "/note")).status_code == 403
    assert as_staff(world.vale_officer).get(address(world, "/note").replace("hill", "vale")).status_code == 404
    links = page(as_staff(world.teacher).get(address(world))).links()
    assert "Message" not in links and "Add note" not in links
    links = page(as_staff(world.officer).get(address(world))).links()
    assert "Message" in links and "Add note" in links


def test_few_statements(hill: HillMorning, as_staff: Enter, world: World, db: Database) -> None:
    client = as_staff(world.officer)
    for what in ("/note", "/message"):
        client.get(address(world, what))
        with counted_statements(db) as statements:
            client.get(address(world, what))
        assert len(asked(statements)) <= 12, statements


def test_the_form_shows_what_the_family_will_read(hill: HillMorning, as_staff: Enter, world: World) -> None:
    found = page(as_staff(world.officer).get(address(world, "/message"))).text
    assert "On the phoneHill Primary has sent you something to read and answer. Sign in to see it: http" in found
    assert "Message from Hill PrimaryFrom Saira Khan, Hill Primary. Then your words" in found
    write(as_staff(world.officer), world, world.alice, "Please ring us")
    with read_door() as db:
        (sent,) = db.scalars(select(Delivery.body).where(Delivery.channel == "sms"))
    assert sent in found
