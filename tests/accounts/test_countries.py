"""Codes go abroad only in the name of an organisation that lists the country, from the day on which it says so."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import insert

from tests.factories import TODAY, World, add_contact
from webapp.accounts.rules.codes import Door
from webapp.accounts.services.codes import ask_code
from webapp.foundation.db import unit_of_work
from webapp.people.models import OrganisationSetting, SchoolSetting
from webapp.people.rules.contact_points import ContactPointRefused, PointKind, ReadPoint
from webapp.people.rules.settings import CODE_COUNTRIES

IRISH = ReadPoint(PointKind.MOBILE, "+353851234567")
BRITISH = ReadPoint(PointKind.MOBILE, "+447700900001")

pytestmark = pytest.mark.usefixtures("morning", "db")


def lists(world: World, codes: str, days: int = 0, *, trust: bool = False, other: bool = False) -> None:
    organisation = world.other_organisation if other else world.organisation
    values: dict[str, Any] = {
        "organisation_id": organisation, "key": CODE_COUNTRIES.name, "value": codes,
        "effective_from": TODAY + timedelta(days=days),
    }  # fmt: skip
    if not trust:
        values["school_id"] = world.other_school if other else world.hill
    with unit_of_work() as tx:
        tx.execute(insert(OrganisationSetting if trust else SchoolSetting).values(values))


def ask(letters: Any, point: ReadPoint = IRISH, browser: str = "a") -> int:
    """How many codes went out."""
    before = len(letters.messages)
    ask_code(Door.PARENT, point, browser * 43, "192.0.2.1", send=letters)
    return len(letters.messages) - before


@pytest.fixture
def cian(world: World) -> int:
    """A father with an Irish mobile."""
    with unit_of_work() as tx:
        return add_contact(tx, world.organisation, "Cian", "Byrne", mobile=IRISH.value)


def test_by_default_no_code_leaves_the_country(world: World, cian: int, letters: Any) -> None:
    with pytest.raises(ContactPointRefused, match="e-mail address instead"):
        ask(letters)
    assert ask(letters, BRITISH) == 1


@pytest.mark.parametrize("trust", [False, True])
def test_a_country_that_is_listed_is_texted_from_that_day(
    world: World, cian: int, letters: Any, morning: time_machine.Traveller, trust: bool
) -> None:
    lists(world, "+353, +48", days=1, trust=trust)
    with pytest.raises(ContactPointRefused):
        ask(letters)
    morning.shift(timedelta(days=1))
    assert ask(letters) == 1
    with pytest.raises(ContactPointRefused):
        ask(letters, ReadPoint(PointKind.MOBILE, "+33612345678"), "b")


def test_what_was_listed_can_be_taken_off(world: World, cian: int, letters: Any) -> None:
    lists(world, "+353", days=-9)
    lists(world, "none", days=-1)
    with pytest.raises(ContactPointRefused):
        ask(letters)


def test_another_organisations_list_sends_nothing_for_ours_and_tells_nothing(
    world: World, cian: int, letters: Any
) -> None:
    """The page is the same for a number that nobody holds, and for one whose school does not text it."""
    lists(world, "+353", other=True)
    assert ask(letters) == 0
    assert ask(letters, ReadPoint(PointKind.MOBILE, "+353859999999"), "b") == 0


def test_of_two_organisations_the_one_that_lists_the_country_sends(world: World, cian: int, letters: Any) -> None:
    lists(world, "+353", other=True)
    with unit_of_work() as tx:
        add_contact(tx, world.other_organisation, "Cian", "Byrne", mobile=IRISH.value)
    assert ask(letters) == 1
    assert letters.messages[-1].to.organisation_id == world.other_organisation
