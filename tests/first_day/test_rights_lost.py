"""A file of contacts takes a right away: links die, what waits is not sent, the next one is rung."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import update

from notifications.services import load_handlers
from notifications.services.queueing import WORK
from tests.factories import TODAY, World
from tests.first_day.mornings import case_of, run, take, texts, token_of
from tests.people.imports.filing import bring
from tests.people.imports.test_contacts import ALICE, BOB, CHARLIE, NOOR, TOM
from webapp.accounts.rules.links import LinkRefused, LinkState
from webapp.accounts.services.links import issue_link_in, open_link
from webapp.first_day.rules.answers import WHERE_IS_CHILD, Answer
from webapp.first_day.services.answers import LinkAnswer, answer_by_link, read_link
from webapp.foundation import work
from webapp.foundation.db import Database, unit_of_work
from webapp.people.models import Pupil
from webapp.people.rules.files import ImportKind

pytestmark = pytest.mark.usefixtures("wired")
When = Callable[[str], None]


@pytest.fixture
def token(db: Database, world: World, when: When) -> str:
    """Alice was asked about Tom at 9:15, and the text waits; it is 9:20."""
    with unit_of_work() as tx:
        for pupil_id, upn in ((world.tom, TOM), (world.noor, NOOR)):
            tx.execute(update(Pupil).where(Pupil.id == pupil_id).values(upn=upn))
    bring(world, ImportKind.CONTACTS, [ALICE, BOB, CHARLIE], on=f"{TODAY.isoformat()}T07:00:00+00:00")
    take(world)
    when("09:15")
    run(world)
    when("09:20")
    return token_of(world.alice)


def a_file(world: World, **cells: str) -> None:
    bring(world, ImportKind.CONTACTS, [{**ALICE, **cells}, BOB, CHARLIE], on=f"{TODAY.isoformat()}T08:20:00+00:00")


TAKEN_AWAY = [{"Court order": "Yes"}, {"Do not contact": "Yes"}, {"May report absence": "No"}]


@pytest.mark.parametrize("cells", TAKEN_AWAY)
def test_the_link_is_dead_and_the_text_is_not_sent(world: World, token: str, cells: dict[str, str]) -> None:
    a_file(world, **cells)
    with pytest.raises(LinkRefused) as refused:
        read_link(token)
    assert refused.value.state is LinkState.WITHDRAWN
    with pytest.raises(LinkRefused):
        answer_by_link(token, str(case_of(world.tom_enrolment).public_id), LinkAnswer(Answer.AWAY, "ill"))
    load_handlers()
    work.run_due({WORK})
    assert [state for address, state, _ in texts() if address == "+447700900001"] == ["cancelled"]
    case = case_of(world.tom_enrolment)
    assert case.state == "open"
    assert case.next_contact_id == (world.alice if "May report absence" in cells else world.bob)


def test_a_file_that_takes_nothing_away_changes_nothing(world: World, token: str) -> None:
    before = case_of(world.tom_enrolment)
    a_file(world, Priority="3")
    assert read_link(token).children
    assert case_of(world.tom_enrolment) == before
    load_handlers()
    work.run_due({WORK})
    assert [state for _, state, _ in texts()] == ["sent"]


def test_a_link_about_something_else_lives(world: World, token: str) -> None:
    with unit_of_work() as tx:
        other = issue_link_in(
            tx, organisation_id=world.organisation, school_id=world.hill, contact_id=world.alice,
            purpose=WHERE_IS_CHILD, subjects=[case_of(world.tom_enrolment).id + 1000],
        )  # fmt: skip
    a_file(world, **{"Court order": "Yes"})
    assert open_link(other).state is LinkState.LIVE
