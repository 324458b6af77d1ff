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
from notifications.rules.message_kinds import MessageName
from notifications.rules.policy import Point
from notifications.services import Outgoing, load_handlers, pause_channel, send_many_in
from notifications.services.queueing import WORK
from tests.factories import TODAY, World
from tests.first_day.conftest import at
from tests.first_day.mornings import case_of, run, take, texts
from webapp.first_day.models import FirstDayRun
from webapp.first_day.queries.around import Around, load_around
from webapp.foundation import work
from webapp.foundation.clock import machine_now
from webapp.foundation.db import read_door, unit_of_work
from webapp.people.models import ContactPoint
from webapp.people.rules.covering import Mine

pytestmark = pytest.mark.usefixtures("wired", "db")
When = Callable[[str], None]


def bar(world: World) -> Around:
    with read_door() as db:
        return load_around(db, world.organisation, world.hill, Mine((world.officer,)), TODAY, 0, machine_now())


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


def test_families_are_counted_and_not_phones(world: World, when: When) -> None:
    take(world, noor="N")
    when("09:15")
    run(world)
    to_bob = Outgoing(
        organisation_id=world.organisation, school_id=world.hill, name=MessageName.MISSING_CHILD, key="bob",
        contact_id=world.bob, pupil_ids=(world.tom,), about_kind="first_day_case",
        about_id=case_of(world.tom_enrolment).id, words={"children": ["Tom"], "link": "https://school.example/t/1"},
    )  # fmt: skip
    code = Outgoing(
        organisation_id=world.organisation, school_id=world.hill, name=MessageName.SIGN_IN_CODE, key="code",
        contact_id=world.bob, about_kind="sign_in_code", about_id=7, to=Point("mobile", "+447700900002"),
        words={"code": "428163", "host": "school.example"},
    )  # fmt: skip
    with unit_of_work() as tx:
        send_many_in(tx, [to_bob, code])
    when("09:17")
    assert len([state for _, state, _ in texts() if state == "waiting"]) == 4
    assert bar(world).untold == 2
    with unit_of_work() as tx:
        tx.execute(update(Delivery).where(Delivery.address == "+447700900001").values(state="sent"))
    # Bob waits still, but his family has been told.
    assert bar(world).untold == 1
    with read_door() as db:
        officers = Mine((world.officer,))
        assert load_around(db, world.organisation, world.vale, officers, TODAY, 0, machine_now()).untold == 0


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
