"""Whether texts go out, as the bar of every staff page knows it within a minute of the first that does not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import delete, update

from notifications import channels
from notifications.channels import Outcome, Parcel
from notifications.models import Delivery
from notifications.rules.errors import Effect, Failure
from notifications.services import load_handlers, pause_channel
from notifications.services.queueing import WORK
from tests.factories import TODAY, World
from tests.first_day.conftest import at
from tests.first_day.mornings import case_of, run, take
from webapp.first_day.models import FirstDayRun
from webapp.first_day.queries.around import Around, load_around
from webapp.foundation import work
from webapp.foundation.clock import machine_now
from webapp.foundation.db import read_door, unit_of_work
from webapp.people.models import ContactPoint

pytestmark = pytest.mark.usefixtures("wired", "db")
When = Callable[[str], None]


def bar(world: World) -> Around:
    with read_door() as db:
        return load_around(db, world.organisation, world.hill, world.officer, [], TODAY, 0, machine_now())


def since(world: World) -> datetime | None:
    return bar(world).texts_stopped_since


def test_a_worker_that_is_down_before_the_close_is_seen(world: World, when: When) -> None:
    take(world)
    when("09:16")
    assert since(world) is None
    when("09:17")
    assert since(world) == at("09:15")
    run(world)
    assert since(world) is None
    when("12:00")
    with unit_of_work() as tx:
        tx.execute(delete(FirstDayRun))
        tx.execute(delete(Delivery))
    # The morning is over: nothing goes out for it any more.
    assert since(world) is None


def test_a_worker_that_is_down_after_the_run_is_seen(world: World, when: When) -> None:
    take(world)
    when("09:15")
    run(world)
    when("09:16")
    assert since(world) is None
    when("09:17")
    assert (since(world), bar(world).untold) == (at("09:15"), 1)
    load_handlers()
    work.run_due({WORK})
    assert since(world) is None


class _Silent:
    """A provider that takes nothing: it cannot be reached."""

    provider = "silent"

    def __init__(self, outcome: Outcome) -> None:
        self._outcome = outcome

    def send(self, _parcel: Parcel) -> Outcome:
        return self._outcome


@pytest.mark.parametrize("how", ["down", "refused"])
def test_a_provider_that_is_down_is_seen(world: World, when: When, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    load_handlers()
    outcome = (
        Outcome.retry("could not be reached") if how == "down"
        else Outcome.permanent(Failure(Effect.STOP_CHANNEL, "the account is closed"), "401")
    )  # fmt: skip
    monkeypatch.setattr(type(channels.current()), "of", lambda _self, _channel: _Silent(outcome))
    take(world)
    when("09:15")
    run(world)
    work.run_due({WORK})
    when("09:17")
    assert since(world) == at("09:15")


def test_a_stopped_channel_is_seen_at_once(world: World, when: When) -> None:
    when("09:00")
    pause_channel("sms", "stopped by hand")
    assert since(world) == at("09:00")


@pytest.mark.parametrize(("state", "words"), [("opted_out", "has stopped our texts"), ("bad", "does not work")])
def test_an_opt_out_hides_no_child(world: World, when: When, state: str, words: str) -> None:
    with unit_of_work() as tx:
        tx.execute(update(ContactPoint).values(state=state).where(ContactPoint.contact_id == world.alice))
    take(world)
    when("09:15")
    run(world)
    case = case_of(world.tom_enrolment)
    assert (case.state, case.next_step, case.next_due_at) == ("open", "ring", at("09:15"))
    assert words in case.last_words
    assert since(world) is None
