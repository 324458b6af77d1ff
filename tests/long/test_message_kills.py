"""Workers killed at random between call and commit, on real deliveries: none lost, and none sent twice, because the
provider is asked before anything is said again."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import select

from notifications import channels as ways
from notifications.models import Delivery
from notifications.rules.message_kinds import MessageName
from notifications.services import Outgoing, send_many_in
from tests import standin
from tests.factories import World, add_contact, add_pupil, link
from tests.notifications.killing import channels
from tests.notifications.twilio_standin import twilio_process
from webapp.foundation.db import Database, read_door, unit_of_work

MESSAGES = 500
KILLS = 20


class CountedByDelivery(standin.Provider):
    """Its calls, by the name that the queue gives to each delivery."""

    def __init__(self, url: str, subjects: dict[str, str]) -> None:
        super().__init__(url)
        self._subjects = subjects

    def calls(self) -> Counter[str]:
        return Counter({self._subjects[token]: count for token, count in super().calls().items()})


def queue(world: World, messages: int = MESSAGES) -> None:
    with unit_of_work() as tx:
        outgoings = []
        for number in range(messages):
            pupil, _ = add_pupil(tx, world.organisation, world.hill, f"P{number}", "Many")
            parent = add_contact(tx, world.organisation, f"C{number}", "Many", mobile=f"+447700900{number + 100}")
            link(tx, world.organisation, pupil, parent, "mother", 1, lives_with=True, is_parent=True, may_report=True)
            outgoings.append(Outgoing(
                organisation_id=world.organisation, school_id=world.hill, name=MessageName.MISSING_CHILD,
                key=f"first-day:{number}", contact_id=parent, pupil_ids=(pupil,),
                words={"children": [f"P{number}"], "link": f"https://attend.hill.example/t/{number:016d}"},
            ))  # fmt: skip
        send_many_in(tx, outgoings)


@pytest.mark.long
def test_kills_lose_nothing_and_double_nothing(cloned_db: Database, world: World) -> None:
    with twilio_process(delay_ms=300) as url:
        ways.use(channels(url))
        queue(world)
        with read_door() as db:
            rows = db.execute(select(Delivery.token, Delivery.organisation_id, Delivery.id)).all()
        provider = CountedByDelivery(url, {row.token: f"{row.organisation_id}-{row.id}" for row in rows})
        with standin.workers(
            2, cloned_db, provider, in_flight=16, lease_seconds=4, load="tests.notifications.killing:load_deliveries"
        ) as started:
            killed = standin.run_under_kills(
                cloned_db, provider, started, kind="delivery", messages=MESSAGES, kills=KILLS, seed=1,
                within_seconds=400,
            )  # fmt: skip
    ways.use(None)
    with read_door() as db:
        states = Counter(db.scalars(select(Delivery.state)))
    print(
        f"{cloned_db.url.get_backend_name()}: {killed.calls.total()} calls for {MESSAGES} texts, "
        f"{killed.doubles.total()} doubled, {killed.held.total()} under way at {KILLS} kills"
    )
    assert states == {"sent": MESSAGES}
    assert set(killed.calls) == set(provider._subjects.values())
    assert killed.doubles.total() == 0
