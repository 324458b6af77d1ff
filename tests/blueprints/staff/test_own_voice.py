"""The desk's side: pupils who ask to leave, their own numbers, changes of details, and who is not reached."""

from __future__ import annotations

import csv
import io
from datetime import time
from typing import Any

import time_machine
from sqlalchemy import select

from tests.factories import TODAY, World
from tests.pages import Enter, page
from tests.pupils import NUMBER, Sixth, add_sixth
from webapp.absence.models import SignOutRequest
from webapp.foundation.db import read_door, unit_of_work
from webapp.foundation.trail import TrailEntry
from webapp.people.models import ContactPoint, DetailChange
from webapp.people.queries import family_of
from webapp.people.rules.school_times import in_london
from webapp.record.models import Sighting


def sixth(world: World, **more: Any) -> Sixth:
    with unit_of_work() as tx:
        return add_sixth(tx, world, **more)


def asks(as_parent: Enter, maya: Sixth, reason: str = "The dentist") -> str:
    client = as_parent(maya.own)
    form = page(client.get("/leaving")).fields("/leaving")
    answer = client.post("/leaving", data={**form, "leaves_at": "1:10pm", "back_at": "", "reason": reason})
    assert answer.status_code == 303
    with read_door() as db:
        return str(db.scalar(select(SignOutRequest.public_id)))


def test_a_request_is_answered_and_seen_off_at_reception(
    as_parent: Enter, as_staff: Enter, world: World, at: time_machine.Traveller
) -> None:
    maya, vera = sixth(world), as_staff(world.vale_officer)
    name = asks(as_parent, maya)
    desk = page(vera.get("/staff/vale/reception"))
    assert "Maya Patel" in desk.text and "The dentist" in desk.text
    address = f"/staff/vale/reception/leaving/{name}"
    form = page(vera.get(address)).fields(f"{address}/answer")
    refused = vera.post(f"{address}/answer", data={**form, "agree": "no", "answer": ""})
    assert refused.status_code == 422 and "Write why" in page(refused).text
    assert vera.post(f"{address}/answer", data={**form, "agree": "yes", "answer": "Be careful"}).status_code == 303
    assert vera.post(f"{address}/answer", data={**form, "agree": "no", "answer": "No"}).status_code == 409
    hers = page(as_parent(maya.own).get("/leaving")).text
    assert "School agreed" in hers and "Be careful" in hers and "I am leaving now" not in hers
    at.move_to(in_london(TODAY, time(13, 12)))
    vera = as_staff(world.vale_officer)
    gone = page(vera.get("/staff/vale/reception")).fields(f"{address}/gone")
    assert vera.post(f"{address}/gone", data=gone).status_code == 303
    with read_door() as db:
        assert db.execute(select(Sighting.kind, Sighting.seen_by)).one() == ("left", "Vera Moss")
    assert "Go to reception when you are back" in page(as_parent(maya.own).get("/leaving")).text


def test_words_of_danger_are_not_shown_at_reception(as_parent: Enter, as_staff: Enter, world: World) -> None:
    maya = sixth(world)
    name = asks(as_parent, maya, "My stepdad hit me and I am scared to go home")
    vera = as_staff(world.vale_officer)
    for address in ("/staff/vale/reception", f"/staff/vale/reception/leaving/{name}"):
        text = page(vera.get(address)).text
        assert "stepdad" not in text and "For the safeguarding lead" in text
    assert "DSL leads" in page(vera.get("/staff/vale/reception")).text


def test_the_office_keeps_a_pupils_own_number(as_staff: Enter, world: World) -> None:
    maya, vera = sixth(world), as_staff(world.vale_officer)
    address = f"/staff/vale/pupils/{maya.key}/own-contact"
    shown = page(vera.get(address))
    form = shown.fields(address)
    assert form["mobile"] == "07700 900031" and "answers for themselves" in shown.text
    wrong = vera.post(address, data={**form, "mobile": "banana"})
    assert wrong.status_code == 422 and page(wrong).fields(address)["mobile"] == "banana"
    assert vera.post(address, data={**form, "mobile": "07700 900032"}).status_code == 303
    assert "is held by somebody else too" in page(vera.get(address)).text
    assert vera.post(address, data=form).status_code == 409
    form = page(vera.get(address)).fields(address)
    assert vera.post(address, data={**form, "mobile": NUMBER, "email": "maya@family.example"}).status_code == 303
    with read_door() as db:
        held = {
            row.value: row.state
            for row in db.execute(
                select(ContactPoint.value, ContactPoint.state).where(ContactPoint.contact_id == maya.own)
            )
        }
        deeds = db.scalars(select(TrailEntry.actor_name).where(TrailEntry.action == "changed_own_contact")).all()
    assert held == {NUMBER: "usable", "+447700900032": "bad", "maya@family.example": "usable"}
    assert list(deeds) == ["Vera Moss"] * 3


def test_of_a_younger_pupil_the_page_says_from_when(as_staff: Enter, world: World) -> None:
    sixth(world)
    shown = page(as_staff(world.vale_officer).get("/staff/vale/pupils/pup-1-Ella-Ahmed/own-contact")).text
    assert "is of compulsory school age until" in shown and "cannot sign in" in shown
    hill = page(as_staff(world.officer).get("/staff/hill/pupils/pup-1-Tom-Ahmed/own-contact")).text
    assert "does not let pupils answer for themselves" in hill


def test_a_pupils_own_link_is_not_among_the_rights_that_are_given(as_staff: Enter, world: World) -> None:
    maya = sixth(world)
    text = page(as_staff(world.vale_officer).get(f"/staff/vale/pupils/{maya.key}")).text
    assert "Priya Patel" in text
    with read_door() as db:
        reach = family_of(db, world.organisation, [maya.maya]).to_reach(maya.maya, TODAY)
    assert [link.contact_id for link in (*reach.text, *reach.ring, *reach.held)] == [maya.priya, maya.priya]


def test_a_change_of_details_from_the_phone_to_the_office_and_back(
    as_parent: Enter, as_staff: Enter, world: World
) -> None:
    alice, vera = as_parent(world.alice), as_staff(world.vale_officer)
    form = page(alice.get("/you/details")).fields("/you/details")
    wrong = alice.post("/you/details", data={**form, "detail": "mobile", "old": "+447700900001", "new": "banana"})
    assert wrong.status_code == 422 and page(wrong).fields("/you/details")["new"] == "banana"
    # Charlie's number: Alice is told nothing of that.
    sent = alice.post(
        "/you/details", data={**form, "detail": "mobile", "old": "+447700900001", "new": "07700 900003"}
    )
    assert sent.status_code == 303
    hers = page(alice.get("/you/details")).text
    assert "School has not answered yet" in hers and "Charlie" not in hers and "family has" not in hers
    # The office of her eldest child's school answers.
    listed = page(vera.get("/staff/vale/details")).text
    assert "Another family has this too" in listed and "07700 900003" in listed and "07700 900001" in listed
    assert "Charlie" not in listed
    with read_door() as db:
        name = db.scalar(select(DetailChange.public_id))
    address = f"/staff/vale/details/{name}"
    answer = page(vera.get(address)).fields(address)
    assert vera.post(address, data={**answer, "accept": "no", "answer": ""}).status_code == 422
    assert vera.post(address, data={**answer, "accept": "no", "answer": "Please ring us"}).status_code == 303
    assert "Please ring us" in page(alice.get("/you/details")).text
    assert as_staff(world.officer).get(f"/staff/hill/details/{name}").status_code == 404


def test_without_a_fresh_proof_nothing_is_asked(as_parent: Enter, world: World, at: time_machine.Traveller) -> None:
    alice = as_parent(world.alice)
    form = page(alice.get("/you/details")).fields("/you/details")
    at.shift(660)
    assert "Show that it is you" in page(alice.get("/you/details")).text
    answer = alice.post("/you/details", data={**form, "detail": "language", "new_language": "pl"})
    assert answer.location.startswith("/you/prove")
    with read_door() as db:
        assert db.scalar(select(DetailChange.id)) is None


def test_who_is_not_reached_is_listed_noted_invited_and_taken_away(as_staff: Enter, world: World) -> None:
    saira = as_staff(world.officer)
    shown = page(saira.get("/staff/hill/not-reached"))
    assert "Bob Ahmed" in shown.text and "Never opened Firstbell" in shown.text
    invite = "/staff/hill/not-reached/con-1-Bob/invite"
    assert saira.post(invite, data=shown.fields(invite)).status_code == 303
    again = page(saira.get("/staff/hill/not-reached"))
    assert "Invited, Tue 16 June, Saira Khan" in again.text
    refused = saira.post(invite, data={**shown.fields(invite), "submission_key": "another-key-here"})
    assert refused.status_code == 422 and "less than 14 days ago" in page(refused).text
    note = "/staff/hill/not-reached/con-1-Bob/note"
    data = {**again.fields(note), "kind": "done", "words": "Has a new phone"}
    assert saira.post(note, data=data).status_code == 303
    left = page(saira.get("/staff/hill/not-reached"))
    assert "Bob Ahmed" not in left.text and "Dealt with in the last 28 days: 1" in left.text
    file = saira.post("/staff/hill/not-reached/file", data=left.fields("/staff/hill/not-reached/file"))
    rows = list(csv.reader(io.StringIO(file.data.decode("utf-8-sig"))))
    assert [row[0] for row in rows] == ["Contact", "Alice Ahmed", "Charlie Shah"]
    with read_door() as db:
        deed = db.execute(
            select(TrailEntry.actor_name, TrailEntry.detail).where(TrailEntry.action == "exported_not_reached")
        ).one()
    assert tuple(deed) == ("Saira Khan", {"rows": 2})
