"""A worker that calls a text off, and staff who end what its contact may have: both take things in one order."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Connection, select, text, update

from notifications.events import DeliveryCalledOff
from notifications.models import Delivery, Message
from tests.factories import World
from tests.first_day.mornings import case_of, run, take, texts
from webapp.first_day.services.following import on_called_off
from webapp.first_day.services.rights_lost import on_rights_changed
from webapp.first_day.services.stopped import on_messages_stopped
from webapp.foundation.db import Database, unit_of_work
from webapp.people.models import PupilContact
from webapp.people.services.rights_events import MessagesStopped, RightsChanged

pytestmark = pytest.mark.usefixtures("wired")
_WAITS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
_PATIENCE = 10.0


@pytest.fixture
def waiting_text(
    cloned_db: Database, db_kind: str, world: World, when: Callable[[str], None]
) -> Iterator[tuple[int, int]]:
    """(message, delivery) of the text that asks Alice about Tom, who is missing; it has not gone out."""
    if db_kind == "sqlite":
        pytest.skip("SQLite has one writer at a time: nobody waits for another")
    take(world)
    when("09:15")
    run(world)
    when("09:20")
    with cloned_db.reading() as db:
        row = db.execute(
            select(Message.id, Delivery.id)
            .join(Delivery, Delivery.message_id == Message.id)
            .where(Message.contact_id == world.alice, Delivery.channel == "sms")
        ).one()
    yield row[0], row[1]


def _lose_the_right(tx: Connection, world: World) -> None:
    mine = (PupilContact.pupil_id == world.tom, PupilContact.contact_id == world.alice)
    tx.execute(
        update(PupilContact)
        .where(PupilContact.organisation_id == world.organisation, *mine)
        .values(may_report=False, may_view_attendance=False, may_view_messages=False, may_view_plans=False)
    )
    on_rights_changed(tx, RightsChanged(organisation_id=world.organisation, pairs=((world.tom, world.alice),)))


def _stop_messages(tx: Connection, world: World) -> None:
    on_messages_stopped(
        tx, MessagesStopped(organisation_id=world.organisation, pupil_id=world.tom, contact_id=None)
    )


@pytest.mark.parametrize("ending", [_lose_the_right, _stop_messages])
def test_neither_waits_for_the_other_for_ever(
    cloned_db: Database, world: World, waiting_text: tuple[int, int], ending: Callable[[Connection, World], None]
) -> None:
    message_id, delivery_id = waiting_text
    failed: list[BaseException] = []

    def end() -> None:
        try:
            with unit_of_work() as tx:
                ending(tx, world)
        except BaseException as error:
            failed.append(error)

    other = threading.Thread(target=end)
    # As ``notifications.services.concluding.call_off``: the delivery first, then whoever hears of it.
    with unit_of_work() as tx:
        tx.execute(update(Delivery).where(Delivery.id == delivery_id).values(state="cancelled"))
        other.start()
        end_of_patience = time.monotonic() + _PATIENCE
        while time.monotonic() < end_of_patience:
            with cloned_db.reading() as db:
                if db.scalar(_WAITS):
                    break
        else:
            pytest.fail("the other never came to wait for the delivery")
        on_called_off(
            tx,
            DeliveryCalledOff(organisation_id=world.organisation, message_id=message_id, name="missing_child"),
        )
    other.join(timeout=_PATIENCE)
    assert not other.is_alive()
    assert failed == []
    assert case_of(world.tom_enrolment).state == "open"
    assert next(state for address, state, _ in texts() if address == "+447700900001") == "cancelled"
