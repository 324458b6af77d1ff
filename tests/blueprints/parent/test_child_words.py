"""A parent says what texts may call their child."""

from __future__ import annotations

from sqlalchemy import select

from tests.factories import World
from tests.pages import Enter, page
from webapp.foundation.db import read_door
from webapp.foundation.trail import TrailEntry
from webapp.people.models import Contact


def held() -> dict[str, str]:
    with read_door() as db:
        return {row.first_name: row.child_words for row in db.execute(select(Contact.first_name, Contact.child_words))}


def deeds() -> int:
    with read_door() as db:
        return len(db.execute(select(TrailEntry.id).where(TrailEntry.action == "changed_child_words")).all())


def test_a_parent_chooses_the_words_for_their_own_texts_alone(as_parent: Enter, world: World):
    alice = as_parent(world.alice)
    form = page(alice.get("/you/notifications")).fields("/you/notifications/words")
    assert form["child_words"] == "name"
    for _ in range(2):
        answer = alice.post("/you/notifications/words", data={**form, "child_words": "your_child"})
        assert answer.location == "/you/notifications"
    assert held()["Alice"] == "your_child"
    assert held()["Bob"] == "name"
    assert deeds() == 1
    form = page(alice.get("/you/notifications")).fields("/you/notifications/words")
    assert form["child_words"] == "your_child"
    alice.post("/you/notifications/words", data={**form, "child_words": "name"})
    assert held()["Alice"] == "name"


def test_nothing_else_is_taken(as_parent: Enter, world: World):
    alice = as_parent(world.alice)
    form = page(alice.get("/you/notifications")).fields("/you/notifications/words")
    for wrong in ("", "Tommy", "your_child\x00"):
        refused = alice.post("/you/notifications/words", data={**form, "child_words": wrong})
        assert refused.status_code == 422
        assert page(refused).links()["Choose one of the two."] == "#child_words"
    assert held()["Alice"] == "name"
    assert deeds() == 0
