"""A provider that is down for three minutes, in every way in which one can be: no text is lost, and the board says so
first, and says when they go again."""

from __future__ import annotations

import time
from collections import Counter

import pytest
from sqlalchemy import select

from notifications import channels as ways
from notifications.models import Delivery, Message
from tests import standin
from tests.factories import World
from tests.long.test_message_kills import queue
from tests.notifications.killing import channels
from tests.notifications.twilio_standin import Answer, twilio
from webapp.first_day.queries.around import Around, load_around
from webapp.foundation.clock import machine_now, school_today
from webapp.foundation.db import Database, read_door
from webapp.people.rules.covering import Mine

MESSAGES = 60
MINUTE = 60.0
DOWN = (Answer(500), Answer(drop=True), Answer(503, 20503))
"""A minute of each: it fails, it gives no answer, it asks for patience."""


def bar(world: World) -> Around:
    with read_door() as db:
        return load_around(db, world.organisation, world.hill, Mine((world.officer,)), school_today(), 0, machine_now())


def states() -> Counter[str]:
    with read_door() as db:
        return Counter(db.scalars(select(Delivery.state)))


@pytest.mark.long
def test_three_minutes_down_lose_nothing(cloned_db: Database, world: World) -> None:
    with twilio() as provider:
        ways.use(channels(provider.url))
        provider.down = DOWN[0]
        queue(world, MESSAGES)
        began = time.monotonic()
        with standin.workers(
            2, cloned_db, standin.Provider(provider.url), in_flight=16, lease_seconds=60,
            load="tests.notifications.killing:load_deliveries",
        ):  # fmt: skip
            seen = None
            for fault in DOWN:
                provider.down = fault
                until = time.monotonic() + MINUTE
                while time.monotonic() < until:
                    time.sleep(1)
                    if seen is None and bar(world).texts_stopped_since is not None:
                        seen = time.monotonic() - began
                assert not states().keys() - {"waiting", "unknown"}
                assert bar(world).untold == MESSAGES
            provider.down = None
            again = time.monotonic()
            while bar(world).texts_stopped_since is not None and time.monotonic() - again < 3 * MINUTE:
                time.sleep(1)
            took = time.monotonic() - again
    ways.use(None)
    doubles = Counter(message["to"] for message in provider.kept) - Counter({m["to"]: 1 for m in provider.kept})
    print(
        f"{cloned_db.url.get_backend_name()}: seen after {seen} s, {len(provider.sent)} calls while down and after, "
        f"all gone {took:.0f} s after it came back, {doubles.total()} doubled, {states()}"
    )
    assert states() == {"sent": MESSAGES}
    assert doubles.total() == 0
    assert seen is not None
    with read_door() as db:
        assert len(db.scalars(select(Message.id)).all()) == MESSAGES
