"""A family that texts is told once, and shortly, that school has it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import update

from notifications.services import receive_text
from tests.factories import World
from tests.first_day.mornings import case_of, run, take, texts, told
from webapp.first_day.models import FirstDayCase
from webapp.foundation import work
from webapp.foundation.db import Database, unit_of_work

pytestmark = pytest.mark.usefixtures("missing")
When = Callable[[str], None]
HEARD = "Hill Primary: we have your message about Tom. A person will read it."


@pytest.fixture
def missing(wired: None, db: Database, world: World, when: When) -> None:
    """Tom is missing at 9:15 and Alice has the text; it is 9:20."""
    take(world)
    when("09:15")
    run(world)
    work.run_due({"delivery"})
    when("09:20")


def text_in(words: str, sender: str = "+447700900001") -> None:
    receive_text(provider="demo", provider_id=f"in-{words}", sender=sender, words=words)


def test_once_for_a_family_that_writes_in_pieces(world: World, when: When) -> None:
    text_in("He has a fever")
    text_in("and a cough")
    assert texts()[-1][2] == HEARD
    assert [m.contact_id for m in told("text_heard")] == [world.alice]
    when("09:26")
    text_in("and now he is sick")
    assert len(told("text_heard")) == 2


@pytest.mark.parametrize("words", ["STOP", "START", "HELP", "thank you", "wrong number"])
def test_none_to_what_asks_for_none(world: World, words: str) -> None:
    text_in(words)
    assert told("text_heard") == []


def test_none_to_a_number_that_nobody_holds(world: World) -> None:
    text_in("He is poorly", sender="+447700900987")
    assert told("text_heard") == []


def test_a_child_who_is_not_looked_for_is_not_named(world: World) -> None:
    with unit_of_work() as tx:
        tx.execute(update(FirstDayCase).values(state="closed", next_due_at=None))
    text_in("Can somebody tell me about the trip")
    assert texts()[-1][2] == "Hill Primary: we have your message. A person will read it."


def test_the_answer_to_the_answer_is_still_about_what_was_asked(world: World, when: When) -> None:
    text_in("hello")
    work.run_due({"delivery"})
    when("09:30")
    text_in("He is in school")
    assert case_of(world.tom_enrolment).alarm


def test_a_runaway_is_not_said_to_be_in_school(world: World) -> None:
    text_in("Tom has not slept at home, he ran away last night")
    case = case_of(world.tom_enrolment)
    assert case.alarm
    assert case.last_words == "Alice Ahmed by text: words of danger: read the text"
