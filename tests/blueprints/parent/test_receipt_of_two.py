"""One form about two children: its receipt names both, and each is changed and taken back by itself."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from sqlalchemy import func, select

from blueprints.parent.report_parts import clocks_of
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
        assert f"When is {name} back?" in found.text
        assert f"About {name}: see or add to it" in found.text
        assert found.links()[f"Change this for {name}"] == f"{address}/change"
        assert found.links()[f"{name} is coming in"] == f"{address}/coming-in"
        assert found.fields(f"{address}/back")["version"] == "1"
    assert found.links()["Write to Hill Primary about Tom"] == f"{tom}?write=yes#talk"
    assert found.links()["Write to Vale Academy about Ella"] == f"{ella}?write=yes#talk"


def test_what_must_be_seen_comes_first_and_done_last(as_parent: Enter, world: World, receipt: str):
    text = page(as_parent(world.alice).get(receipt)).text
    order = [
        "Sent to school at", "What happens now", "Keep Ella and Tom at home", "When is Ella back?", "When is Tom back?",
        "Change this for Ella", "Ella is coming in", "Add a photo or file about Ella",
        "Write to Vale Academy about Ella", "Change this for Tom", "Tom is coming in",
        "Add a photo or file about Tom", "Write to Hill Primary about Tom", "Done",
    ]  # fmt: skip
    places = [text.find(words) for words in order]
    assert -1 not in places and places == sorted(places)
    for once in ("NHS advice", "What happens now", "Not read yet", "Keep", "You can tell us later."):
        assert text.count(once) == 1, once
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
    assert "What happens now for Ella" in of_ella
    assert "Recorded as illness" in of_tom
    assert "Recorded as illness" not in of_ella


def part(name: str, *steps: str, late: bool = False) -> dict[str, object]:
    """One child's part of a receipt, as far as its clock goes."""
    lines = [{"title": "Sent", "text": steps[0]}, *({"title": title, "text": ""} for title in steps[1:])]
    return {"report": SimpleNamespace(first_name=name, after_close=late), "steps": lines}


LATE = "9:30am. School got this after the register closed."


@pytest.mark.parametrize(
    ("children", "clocks"),
    [
        ([part("Tom", "9:30am"), part("Ella", "9:30am")], [("", "9:30am")]),
        (
            [part("Tom", "9:30am"), part("Ella", LATE, late=True)],
            [("", "9:30am. For Ella, school got this after the register closed.")],
        ),
        (
            [part("Tom", LATE, late=True), part("Noor", "9:30am"), part("Ella", LATE, late=True)],
            [("", "9:30am. For Tom and Ella, school got this after the register closed.")],
        ),
        ([part("Tom", LATE, late=True), part("Ella", LATE, late=True)], [("", LATE)]),
        ([part("Tom", "9:30am", "Read"), part("Ella", LATE, late=True)], [("Tom", "9:30am"), ("Ella", LATE)]),
        ([part("Tom", LATE, late=True)], [("", LATE)]),
    ],
)
def test_one_clock_where_it_says_the_same_of_every_child(children, clocks):
    assert [(clock["name"], clock["steps"][0]["text"]) for clock in clocks_of(children)] == clocks
    assert [child for clock in clocks_of(children) for child in clock["children"]] == children


def test_advice_is_given_once_and_to_each_its_own(as_parent: Enter, world: World):
    """Changed to another illness, one child has advice of its own."""
    alice = as_parent(world.alice)
    send_quick(alice, public_id(world.ella), reason="ill", symptoms=["sick"], also=[public_id(world.tom)])
    ella, tom = of_child(world.ella, world), of_child(world.tom, world)
    assert "Keep Ella and Tom at home until" in page(alice.get(ella)).text
    form = page(alice.get(f"{tom}/change")).fields(f"{tom}/change")
    assert alice.post(f"{tom}/change", data={**form, "reason": "ill", "symptoms": ["temperature"]}).status_code == 303
    found = page(alice.get(ella)).text
    assert "Keep Ella at home until 2 days" in found
    assert "keep at home until it goes" in found


def test_one_child_alone_is_not_named_over_and_over(as_parent: Enter, world: World):
    alice = as_parent(world.alice)
    found = page(alice.get(send_quick(alice, public_id(world.ella), reason="ill").location))
    assert "What happens now for" not in found.text
    assert "Change this" in found.links()
