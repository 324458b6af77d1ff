"""What one adult says about one child by two ways: the board shows the newest, and danger whatever was said since."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from tests.factories import TODAY, World
from tests.first_day.mornings import case_of, look, run, take, token_of
from webapp.absence.queries.reporting import ContactKey
from webapp.absence.rules.drafts import TypedReport
from webapp.absence.services.report import Reported, Reporter, report_absence
from webapp.first_day.rules.answers import Answer
from webapp.first_day.services.answers import Answered, LinkAnswer, answer_by_link
from webapp.foundation import work
from webapp.foundation.db import Database, read_door
from webapp.people.models import Pupil
from webapp.record.rules import Flag, Whereabouts, Why

pytestmark = pytest.mark.usefixtures("wired")
When = Callable[[str], None]


@pytest.fixture
def token(db: Database, world: World, when: When) -> str:
    """Tom is missing at 9:15 and Alice has the text; it is 9:20."""
    take(world)
    when("09:15")
    run(world)
    when("09:20")
    return token_of(world.alice)


def in_the_app(world: World, words: str = "Sick in the night") -> None:
    with read_door() as db:
        child = str(db.scalar(select(Pupil.public_id).where(Pupil.id == world.tom)))
    typed = TypedReport((child,), "all_day", TODAY.isoformat(), reason="ill", words=words)
    by = Reporter((ContactKey(world.organisation, world.alice),), None)
    assert isinstance(report_absence(typed, by, "k"), Reported)


def on_the_way(world: World, token: str) -> None:
    given = LinkAnswer(Answer.ON_THE_WAY, arrives_at="9:40am")
    assert isinstance(answer_by_link(token, case_of(world.tom_enrolment).public_id, given), Answered)


def tom(world: World) -> tuple[Whereabouts | None, Why, frozenset[Flag]]:
    state = next(p.state for p in look(world).pupils if p.row.enrolment_id == world.tom_enrolment)
    return state.state, state.why, state.flags


def test_ill_in_the_app_and_then_on_the_way_by_the_link(world: World, token: str, when: When) -> None:
    """He is expected, and looked for when he has not come: that he was ill at 9:20 hides nothing."""
    in_the_app(world)
    assert case_of(world.tom_enrolment).state == "closed"
    when("09:25")
    on_the_way(world, token)
    assert tom(world)[0] is Whereabouts.EXPLAINED
    when("09:41")
    work.run_due({"first_day_look"})
    assert tom(world)[:2] == (Whereabouts.UNEXPLAINED, Why.CASE_OPEN)
    assert case_of(world.tom_enrolment).state == "open"


def test_on_the_way_by_the_link_and_then_ill_in_the_app(world: World, token: str, when: When) -> None:
    on_the_way(world, token)
    when("09:30")
    in_the_app(world)
    when("09:41")
    work.run_due({"first_day_look"})
    assert tom(world)[:2] == (Whereabouts.EXPLAINED, Why.REPORT)
    assert case_of(world.tom_enrolment).state == "closed"


def test_words_of_danger_are_not_hidden_by_what_is_said_after_them(world: World, token: str, when: When) -> None:
    in_the_app(world, "He left the house at 8 and is not answering")
    assert Flag.DANGER in tom(world)[2]
    when("09:25")
    on_the_way(world, token)
    _, _, flags = tom(world)
    assert Flag.DANGER in flags
    when("09:41")
    work.run_due({"first_day_look"})
    assert tom(world)[0] is Whereabouts.UNEXPLAINED
