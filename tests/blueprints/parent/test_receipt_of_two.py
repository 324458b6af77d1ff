"""One form about two children: its receipt names both, and each is changed and taken back by itself."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from tests.blueprints.parent.test_report import public_id, reports, send_quick
from tests.factories import World
from tests.pages import Enter, page
from webapp.absence.models import ReportMessage
from webapp.absence.services.decide import confirm
from webapp.absence.services.deciders import Decider, Decision
from webapp.absence.services.talk import ask
from webapp.foundation.db import read_door
from webapp.foundation.trail import Actor, ActorKind


@pytest.fixture
def receipt(as_parent: Enter, world: World) -> str:
    """The receipt that follows Alice's form about Ella and Tom."""
    alice = as_parent(world.alice)
    sent = send_quick(alice, public_id(world.ella), reason="ill", symptoms=["sick"], also=[public_id(world.tom)])
    return sent.location.split("?")[0]


def of_child(pupil_id: int, world: World) -> str:
    enrolment = {world.tom: world.tom_enrolment, world.ella: world.ella_enrolment}[pupil_id]
    return next(f"/absence-reports/{one.public_id}" for one in reports() if one.enrolment_id == enrolment)


def test_both_children_stand_on_it_with_their_own_buttons(as_parent: Enter, world: World, receipt: str):
    found = page(as_parent(world.alice).get(receipt))
    ella, tom = of_child(world.ella, world), of_child(world.tom, world)
    for name, address in (("Ella", ella), ("Tom", tom)):
        assert f"What happens now for {name}" in found.text
        assert f"What you told school about {name}" in found.text
        assert found.links()[f"Change this for {name}"] == f"{address}/change"
        assert found.links()[f"{name} is coming in"] == f"{address}/coming-in"
        assert found.fields(f"{address}/back")["version"] == "1"
    assert found.links()["Write to Hill Primary about Tom"] == f"{tom}?write=yes#talk"
    assert found.links()["Write to Vale Academy about Ella"] == f"{ella}?write=yes#talk"


def test_what_must_be_seen_comes_first_and_done_last(as_parent: Enter, world: World, receipt: str):
    text = page(as_parent(world.alice).get(receipt)).text
    order = [
        "Sent to school at", "What happens now for Ella", "What happens now for Tom", "When is Ella back?",
        "When is Tom back?", "Keep Ella at home", "Add a photo or file about Ella", "Add a photo or file about Tom",
        "Write to Vale Academy about Ella", "Write to Hill Primary about Tom", "Change this for Ella",
        "Tom is coming in", "Done",
    ]  # fmt: skip
    places = [text.find(words) for words in order]
    assert -1 not in places and places == sorted(places)
    assert text.count("NHS advice") == 1
    assert text.endswith("Done")


def test_each_child_can_be_written_about_from_it(as_parent: Enter, world: World, receipt: str):
    alice = as_parent(world.alice)
    for words, address in page(alice.get(receipt)).links().items():
        if words.startswith("Write to"):
            own = address.split("?")[0]
            form = page(alice.get(address)).fields(f"{own}/messages")
            assert alice.post(f"{own}/messages", data={**form, "words": "Still in bed"}).status_code == 303
    with read_door() as db:
        assert db.scalar(select(func.count()).select_from(ReportMessage)) == 2


def test_what_school_asks_stands_above_the_rest_and_of_the_other_leads_there(
    as_parent: Enter, world: World, receipt: str
):
    tom = next(one for one in reports() if one.enrolment_id == world.tom_enrolment)
    by = Decider(world.organisation, world.hill, Actor(ActorKind.STAFF, world.officer, "Saira Khan"))
    ask(by, tom.id, "Has he seen a doctor?", "key-of-ask")
    alice = as_parent(world.alice)
    of_both = page(alice.get(receipt))
    assert of_both.links()["Answer what Hill Primary asks about Tom"] == f"{of_child(world.tom, world)}#talk"
    own = page(alice.get(of_child(world.tom, world))).text
    places = [own.find(words) for words in ("Has he seen a doctor?", "Send message", "When is Tom back?", "Done")]
    assert -1 not in places and places == sorted(places)


def test_the_other_child_can_be_taken_back_alone(as_parent: Enter, world: World, receipt: str):
    alice, tom = as_parent(world.alice), of_child(world.tom, world)
    form = page(alice.get(f"{tom}/coming-in")).fields(f"{tom}/coming-in")
    assert alice.post(f"{tom}/coming-in", data={**form, "expected_other": "10am"}).status_code == 303
    ella = page(alice.get(receipt))
    assert "Vale Academy has it: Ella is away today. School expects Tom at 10am." in ella.text
    assert "Hill Primary has it: Tom" not in ella.text
    taken_back = page(alice.get(tom))
    assert taken_back.h1 == "You took this back for Tom"
    assert "Vale Academy has it: Ella is away today." in taken_back.text


def test_what_school_decides_of_one_stands_beside_that_one(as_parent: Enter, world: World, receipt: str, at):
    at.move_to("2026-06-16T08:20:00+00:00")
    tom = next(one for one in reports() if one.enrolment_id == world.tom_enrolment)
    by = Decider(world.organisation, world.hill, Actor(ActorKind.STAFF, world.officer, "Saira Khan"))
    assert confirm(by, [Decision(tom.id, tom.version, "I")]).decided
    at.shift(120)
    of_ella, of_tom = page(as_parent(world.alice).get(receipt)).text.split("What happens now for Tom")
    assert "Recorded as illness" in of_tom
    assert "Recorded as illness" not in of_ella


def test_one_child_alone_is_not_named_over_and_over(as_parent: Enter, world: World):
    alice = as_parent(world.alice)
    found = page(alice.get(send_quick(alice, public_id(world.ella), reason="ill").location))
    assert "What happens now for" not in found.text
    assert "Change this" in found.links()
