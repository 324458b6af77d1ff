"""Maya's own pages: what she sees, says and asks, and what her mother then sees."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from notifications.models import Message
from tests.factories import World, add_staff
from tests.pages import Enter, page
from tests.pupils import ADULT, Sixth, add_sixth
from webapp.absence.models import AbsenceReport
from webapp.accounts.models import Session
from webapp.foundation.clock import machine_now
from webapp.foundation.db import insert_row, read_door, unit_of_work
from webapp.foundation.trail import TrailEntry
from webapp.people.models import Contact, Task, WithheldEntry

WORDS = "My head hurts and I was up all night"


def sixth(world: World, **more: Any) -> Sixth:
    with unit_of_work() as tx:
        return add_sixth(tx, world, **more)


def report(as_parent: Enter, maya: Sixth, words: str = WORDS) -> Any:
    client = as_parent(maya.own)
    address = f"/children/{maya.key}/away-today"
    form = page(client.get(address)).fields(address)
    return client.post(address, data={**form, "reason": "ill", "symptoms": "sick", "words": words})


def written(name: str) -> list[int | None]:
    with read_door() as db:
        return list(db.scalars(select(Message.contact_id).where(Message.name == name)))


def test_she_is_spoken_to_as_herself_and_has_her_own_places(as_parent: Enter, world: World) -> None:
    maya = sixth(world)
    home = page(as_parent(maya.own).get("/home"))
    assert "I am not coming in" in home.text
    assert list(home.links())[:10].count("Children") == 0
    assert "Leaving" in home.links() and "Priya" not in home.text
    you = page(as_parent(maya.own).get("/you"))
    assert "You, Maya" in you.text and "How messages come" not in you.text


@pytest.mark.parametrize(
    "address", ["/children", "/you/notifications", "/children/{key}/told"],
)
def test_a_parents_pages_are_not_hers(as_parent: Enter, world: World, address: str) -> None:
    maya = sixth(world)
    assert as_parent(maya.own).get(address.format(key=maya.key)).status_code == 404


@pytest.mark.parametrize("address", ["/leaving", "/you/who-sees"])
def test_her_pages_are_not_a_parents(as_parent: Enter, world: World, address: str) -> None:
    maya = sixth(world)
    for contact in (maya.priya, world.alice):
        assert as_parent(contact).get(address).status_code == 404


def test_she_sees_no_brother_or_sister_and_no_other_child(as_parent: Enter, world: World) -> None:
    maya = sixth(world)
    for other in ("pup-1-Tom-Ahmed", "pup-1-Ella-Ahmed", "pup-1-Noor-Shah"):
        assert as_parent(maya.own).get(f"/children/{other}").status_code == 404
        assert as_parent(maya.own).get(f"/children/{other}/away-today").status_code == 404


def test_her_report_is_said_by_herself_and_her_mother_reads_it(as_parent: Enter, world: World) -> None:
    maya = sixth(world)
    answer = report(as_parent, maya)
    assert answer.status_code == 303
    assert WORDS in page(as_parent(maya.own).get(answer.location)).text
    with read_door() as db:
        row = db.execute(select(AbsenceReport.told_by, AbsenceReport.contact_id, AbsenceReport.channel)).one()
        who = db.execute(
            select(TrailEntry.actor_kind, TrailEntry.actor_id).where(TrailEntry.action == "reported_absence")
        ).one()
    assert tuple(row) == ("Maya Patel (pupil)", maya.own, "app")
    assert tuple(who) == ("pupil", maya.maya)
    assert written("pupil_told") == [maya.priya]
    seen = page(as_parent(maya.priya).get(f"/children/{maya.key}")).text
    assert "What Maya told school" in seen and WORDS in seen


def test_of_a_day_that_is_kept_from_her_mother_her_word_is_kept_too(as_parent: Enter, world: World) -> None:
    maya = sixth(world)
    report(as_parent, maya)
    with unit_of_work() as tx:
        day, school = tx.execute(select(AbsenceReport.starts_on, AbsenceReport.school_id)).one()
        insert_row(
            tx, WithheldEntry, organisation_id=world.organisation, public_id="kept-1", school_id=school,
            pupil_id=maya.maya, enrolment_id=maya.enrolment, kind="mark", date=day, half=0, contact_id=maya.priya,
            reason="Police", review_on=day, withheld_at=machine_now(), withheld_by="Dina Bell",
        )  # fmt: skip
    mother = as_parent(maya.priya)
    for address in (f"/children/{maya.key}", "/home"):
        text = page(mother.get(address)).text
        assert "Maya told school" not in text and WORDS not in text, address


def test_where_parents_see_the_fact_her_mother_sees_neither_why_nor_her_words(as_parent: Enter, world: World) -> None:
    maya = sixth(world, see="fact")
    report(as_parent, maya)
    assert written("pupil_told") == [maya.priya]
    mother = as_parent(maya.priya)
    for address in (f"/children/{maya.key}", "/home", "/messages", f"/children/{maya.key}/year"):
        text = page(mother.get(address)).text
        assert WORDS not in text and "Poorly" not in text and "sick" not in text.lower(), address
    assert "What Maya told school" in page(mother.get(f"/children/{maya.key}")).text
    assert "cannot see why" in page(as_parent(maya.own).get("/you/who-sees")).text


def test_where_parents_see_emergencies_alone_her_mother_sees_nothing_and_hears_nothing(
    as_parent: Enter, world: World
) -> None:
    maya = sixth(world, see="emergencies")
    report(as_parent, maya)
    assert written("pupil_told") == []
    mother = as_parent(maya.priya)
    assert mother.get(f"/children/{maya.key}").status_code == 404
    assert mother.get(f"/children/{maya.key}/away-today").status_code == 404
    assert "Maya" not in page(mother.get("/home")).text
    assert WORDS in page(as_parent(maya.own).get(receipt())).text


def receipt() -> str:
    with read_door() as db:
        return f"/absence-reports/{db.scalar(select(AbsenceReport.public_id))}"


def test_her_mother_cannot_open_her_report_nor_she_her_mothers(as_parent: Enter, world: World) -> None:
    maya = sixth(world)
    report(as_parent, maya)
    assert as_parent(maya.priya).get(receipt()).status_code == 404
    address = f"/children/{maya.key}/away-today"
    mother = as_parent(maya.priya)
    form = page(mother.get(address)).fields(address)
    sent = mother.post(address, data={**form, "reason": "appointment", "words": "Between us: the clinic"})
    assert sent.status_code == 303
    assert as_parent(maya.own).get(sent.location).status_code == 404
    for where in ("/home", f"/children/{maya.key}", "/messages"):
        assert "clinic" not in page(as_parent(maya.own).get(where)).text


def test_of_a_pupil_whom_school_looks_for_first_parents_and_dsl_always_hear(as_parent: Enter, world: World) -> None:
    maya = sixth(world, see="emergencies", groups=("child_protection",))
    report(as_parent, maya)
    assert written("pupil_told") == [maya.priya]
    with read_door() as db:
        task = db.execute(select(Task.owner_role, Task.pupil_id).where(Task.kind == "flagged_pupil_spoke")).one()
    assert tuple(task) == ("dsl", maya.maya)


def test_words_of_danger_reach_the_dsl_and_no_parent(as_parent: Enter, world: World) -> None:
    maya = sixth(world)
    with unit_of_work() as tx:
        lead = add_staff(tx, world.organisation, world.vale, "Sanjay", "Desai", "DSL", "dsl")
    report(as_parent, maya, "My dad hit me last night and I am scared")
    assert written("pupil_told") == []
    with read_door() as db:
        assert list(db.scalars(select(Message.staff_id).where(Message.name == "danger_to_dsl"))) == [lead]
        assert db.scalar(select(AbsenceReport.danger)) is True
    text = page(as_parent(maya.priya).get(f"/children/{maya.key}")).text
    assert "hit me" not in text and "What Maya told school" not in text


def test_until_eighteen_the_school_decides_who_sees(as_parent: Enter, world: World) -> None:
    maya = sixth(world)
    client = as_parent(maya.own)
    shown = page(client.get("/you/who-sees"))
    assert "Vale Academy has decided this" in shown.text
    key = page(client.get("/leaving")).fields("/leaving")["csrf_token"]
    refused = client.post("/you/who-sees", data={"csrf_token": key, "see": "emergencies"})
    assert refused.status_code == 422
    with read_door() as db:
        assert db.scalar(select(Contact.parents_see).where(Contact.id == maya.own)) == ""


def test_from_eighteen_she_says_who_sees_after_a_fresh_proof(as_parent: Enter, world: World) -> None:
    maya = sixth(world, born=ADULT)
    client = as_parent(maya.own)
    form = page(client.get("/you/who-sees")).fields("/you/who-sees")
    assert form["see"] == "fact"
    wrong = client.post("/you/who-sees", data={**form, "see": "some"})
    assert wrong.status_code == 422
    with unit_of_work() as tx:
        tx.execute(update(Session).values(stepped_up_at=None))
    answer = client.post("/you/who-sees", data={**form, "see": "emergencies"})
    assert answer.location.startswith("/you/prove")
    client = as_parent(maya.own)
    form = page(client.get("/you/who-sees")).fields("/you/who-sees")
    assert client.post("/you/who-sees", data={**form, "see": "emergencies"}).status_code == 303
    assert as_parent(maya.priya).get(f"/children/{maya.key}").status_code == 404
    with read_door() as db:
        deed = db.execute(
            select(TrailEntry.actor_kind, TrailEntry.detail).where(TrailEntry.action == "said_what_parents_see")
        ).one()
    assert tuple(deed) == ("pupil", {"see": "emergencies"})
