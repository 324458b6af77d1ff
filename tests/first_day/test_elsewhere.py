"""A pupil planned at another place: looked for until somebody there confirms them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import insert, select, update

from tests.factories import TODAY, World
from tests.first_day.mornings import case_of, look, run, take, told
from webapp.first_day.rules import CaseRefused
from webapp.first_day.services.elsewhere import confirm_at_other_place
from webapp.first_day.services.handling import Caseworker
from webapp.foundation.db import Database, read_door, unit_of_work
from webapp.foundation.sessions import Half
from webapp.foundation.trail import Actor, ActorKind, TrailEntry
from webapp.people.rules.names import TextRefused
from webapp.record.models import Expectation, Mark
from webapp.record.rules import Whereabouts, Why

pytestmark = pytest.mark.usefixtures("wired")
When = Callable[[str], None]


@pytest.fixture
def office(world: World) -> Caseworker:
    return Caseworker(world.organisation, world.hill, Actor(ActorKind.STAFF, world.officer, "Saira Khan", "Officer"))


@pytest.fixture(params=["plan", "mark"])
def at_college(request: pytest.FixtureRequest, db: Database, wired: None, world: World, when: When) -> None:
    """Tom is at college today, says the plan or his mark; 20 minutes after the start nobody has confirmed it."""
    take(world)
    with unit_of_work() as tx:
        if request.param == "mark":
            tx.execute(update(Mark).where(Mark.enrolment_id == world.tom_enrolment).values(code="B"))
        else:
            tx.execute(
                insert(Expectation).values(
                    organisation_id=world.organisation, school_id=world.hill, enrolment_id=world.tom_enrolment,
                    date=TODAY, half=0, kind="elsewhere", code="B",
                )
            )  # fmt: skip
    when("09:15")
    run(world)


def confirm(office: Caseworker, world: World, told_by: str = "Mr Hall, the college") -> None:
    confirm_at_other_place(office, world.tom_enrolment, TODAY, Half.AM, told_by)


@pytest.mark.usefixtures("at_college")
class TestConfirming:
    def test_it_ends_the_search(self, world: World, when: When, office: Caseworker) -> None:
        assert look(world).counts[Whereabouts.UNEXPLAINED] == 1
        confirm(office, world)
        confirm(office, world, "Somebody else")
        (tom,) = (pupil for pupil in look(world).pupils if pupil.row.enrolment_id == world.tom_enrolment)
        assert (tom.state.state, tom.state.why) == (Whereabouts.EXPLAINED, Why.CONFIRMED_ELSEWHERE)
        case = case_of(world.tom_enrolment)
        assert (case.state, case.outcome_words) == ("closed", "There, says Mr Hall, the college")
        with read_door() as db:
            assert db.scalars(select(Expectation.confirmed_by)).all() == ["Mr Hall, the college"]
            actions = db.scalars(select(TrailEntry.action)).all()
        assert actions.count("confirmed_elsewhere") == 1
        when("10:00")
        run(world)
        assert case_of(world.tom_enrolment).state == "closed"
        assert len(told("missing_child")) == 1

    def test_somebody_must_have_said_it(self, world: World, office: Caseworker) -> None:
        with pytest.raises(TextRefused):
            confirm(office, world, "  ")
        assert case_of(world.tom_enrolment).state == "open"

    def test_another_school_confirms_nothing(self, world: World, office: Caseworker) -> None:
        vale = Caseworker(world.organisation, world.vale, office.actor)
        with pytest.raises(CaseRefused):
            confirm(vale, world)
        with read_door() as db:
            assert set(db.scalars(select(Expectation.confirmed_by))) <= {""}


def test_without_a_plan_there_is_nothing_to_confirm(
    db: Database, world: World, when: When, office: Caseworker
) -> None:
    take(world)
    when("09:15")
    run(world)
    with pytest.raises(CaseRefused):
        confirm(office, world)
    assert case_of(world.tom_enrolment).state == "open"
