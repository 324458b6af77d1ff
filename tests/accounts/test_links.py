"""Single-task links: given out, opened, used once, on both engines."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select

from tests.accounts.conftest import MORNING
from tests.factories import World
from webapp.accounts.models import SingleTaskLink
from webapp.accounts.rules.links import LinkRefused, LinkState, looks_like_token
from webapp.accounts.services.links import (
    LinkWanted,
    issue_link_in,
    issue_links_in,
    open_link,
    use_link_in,
    withdraw_links_in,
)
from webapp.accounts.services.sightings import write_sightings
from webapp.foundation.db import Database, read_door, unit_of_work

pytestmark = pytest.mark.usefixtures("morning")


def issue(world: World, contact: int | None = None, **more: Any) -> str:
    with unit_of_work() as tx:
        return issue_link_in(
            tx, organisation_id=world.organisation, school_id=world.hill, contact_id=contact or world.alice,
            **{"purpose": "where_is_child", "subjects": [world.tom_enrolment, world.ella_enrolment], **more},
        )  # fmt: skip


def use(token: str, outcome: str = "on_the_way") -> Any:
    with unit_of_work() as tx:
        return use_link_in(tx, token, outcome)


def test_a_link_says_what_it_is_about_and_keeps_no_token(db: Database, world: World) -> None:
    token = issue(world)
    assert looks_like_token(token)
    link = open_link(token)
    assert (link.state, link.purpose, link.subjects) == (
        LinkState.LIVE, "where_is_child", (world.tom_enrolment, world.ella_enrolment)
    )  # fmt: skip
    assert (link.contact_id, link.school_name, link.school_phone) == (world.alice, "Hill Primary", "01632 960001")
    assert link.expires_at == MORNING + timedelta(hours=48)
    with db.reading() as read:
        stored = read.execute(select(SingleTaskLink.__table__)).one()
    assert not any(token in str(value) for value in stored)


def test_opening_changes_nothing_but_that_it_was_opened(
    db: Database, world: World, morning: time_machine.Traveller, counting: Any
) -> None:
    token = issue(world)
    write_sightings(at_once=True)
    with counting() as statements:
        open_link(token)
        morning.shift(timedelta(minutes=1))
        open_link(token)
    assert [statement.split()[0] for statement in statements] == ["SELECT", "SELECT"]
    write_sightings(at_once=True)
    link = open_link(token)
    assert (link.opened_at, link.state) == (MORNING, LinkState.LIVE)
    write_sightings(at_once=True)
    assert open_link(token).opened_at == MORNING


@pytest.mark.parametrize("again", [1, 2])
def test_what_is_noted_for_one_database_is_not_written_to_the_next(db: Database, world: World, again: int) -> None:
    """The second time this test's own link has the number of the first, which was opened and not yet written."""
    token = issue(world)
    write_sightings(at_once=True)
    assert open_link(token).opened_at is None


def test_a_link_is_used_once(db: Database, world: World) -> None:
    token = issue(world)
    link = use(token)
    assert (link.state, link.outcome) == (LinkState.USED, "on_the_way")
    with pytest.raises(LinkRefused) as refused:
        use(token, "thought_in")
    assert refused.value.state is LinkState.USED
    assert (open_link(token).state, open_link(token).outcome) == (LinkState.USED, "on_the_way")


@pytest.mark.parametrize(("minutes", "state"), [(48 * 60 - 1, LinkState.LIVE), (48 * 60, LinkState.EXPIRED)])
def test_a_link_lives_two_days(
    db: Database, world: World, morning: time_machine.Traveller, minutes: int, state: LinkState
) -> None:
    token = issue(world)
    morning.shift(timedelta(minutes=minutes))
    assert open_link(token).state is state
    if state is LinkState.EXPIRED:
        with pytest.raises(LinkRefused) as refused:
            use(token)
        assert refused.value.state is LinkState.EXPIRED
        assert open_link(token).outcome == ""


def test_a_school_may_give_a_link_less_time(db: Database, world: World, morning: time_machine.Traveller) -> None:
    token = issue(world, lives=timedelta(hours=2))
    morning.shift(timedelta(hours=2))
    assert open_link(token).state is LinkState.EXPIRED


def test_an_altered_link_opens_nothing(db: Database, world: World, counting: Any) -> None:
    token = issue(world)
    swapped = token[:-1] + ("a" if token[-1] != "a" else "b")
    for altered in (swapped, token[:-1], token + "a", token.swapcase(), "", "' OR 1=1"):
        with pytest.raises(LinkRefused) as refused:
            open_link(altered)
        assert refused.value.state is LinkState.ALTERED
        with pytest.raises(LinkRefused):
            use(altered)
    assert open_link(token).state is LinkState.LIVE


def test_what_is_no_token_is_not_looked_up(db: Database, world: World, counting: Any) -> None:
    with counting() as statements, pytest.raises(LinkRefused):
        open_link("x")
    assert statements == []


def test_a_stop_kills_the_links_of_one_contact(db: Database, world: World) -> None:
    alices, used, other_task = issue(world), issue(world), issue(world, purpose="back_today")
    bobs = issue(world, world.bob)
    use(used)
    with unit_of_work() as tx:
        assert withdraw_links_in(tx, world.organisation, world.alice, "where_is_child") == 1
    assert [open_link(token).state for token in (alices, used, other_task, bobs)] == [
        LinkState.WITHDRAWN, LinkState.USED, LinkState.LIVE, LinkState.LIVE
    ]  # fmt: skip
    with pytest.raises(LinkRefused) as refused:
        use(alices)
    assert refused.value.state is LinkState.WITHDRAWN
    with unit_of_work() as tx:
        assert withdraw_links_in(tx, world.organisation, world.alice) == 1
    assert open_link(other_task).state is LinkState.WITHDRAWN


def test_many_are_given_out_together_in_their_order(db: Database, world: World) -> None:
    wanted = [
        LinkWanted(world.organisation, world.hill, contact, "where_is_child", (n,))
        for n in range(200)
        for contact in (world.alice, world.bob)
    ]
    with unit_of_work() as tx:
        tokens = issue_links_in(tx, wanted)
        assert issue_links_in(tx, []) == []
    assert len(set(tokens)) == 400
    for token, want in list(zip(tokens, wanted, strict=True))[::37]:
        link = open_link(token)
        assert (link.contact_id, link.subjects, link.state) == (want.contact_id, want.subjects, LinkState.LIVE)
    again = issue(world)
    assert open_link(again).id not in {open_link(token).id for token in tokens[-5:]}


def test_what_is_rolled_back_was_never_given_out(db: Database, world: World) -> None:
    with pytest.raises(RuntimeError), unit_of_work() as tx:
        token = issue_link_in(
            tx, organisation_id=world.organisation, school_id=world.hill, contact_id=world.alice, purpose="x",
            subjects=[1],
        )  # fmt: skip
        raise RuntimeError("halfway")
    with pytest.raises(LinkRefused):
        open_link(token)


def test_of_two_answers_at_once_one_counts(cloned_db: Database, world: World) -> None:
    token = issue(world)
    heard: list[str] = []
    gate = threading.Barrier(5)

    def answer(outcome: str) -> None:
        gate.wait()
        try:
            use(token, outcome)
            heard.append(outcome)
        except LinkRefused as refused:
            heard.append(refused.state)

    threads = [threading.Thread(target=answer, args=(f"answer_{n}",)) for n in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(heard)[1:] == [LinkState.USED] * 4
    assert open_link(token).outcome == min(heard)
    with read_door() as read:
        assert read.execute(select(func.count()).select_from(SingleTaskLink)).scalar_one() == 1
