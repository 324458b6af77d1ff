"""Workers killed while corrections are held and texts wait: each family hears once that our text was wrong."""

from __future__ import annotations

import os
import time
from collections import Counter
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select, update

from notifications import channels as ways
from notifications.models import Delivery, Message
from notifications.services import load_handlers, no_checks
from tests import standin
from tests.factories import TODAY, World, add_contact, add_pupil, link
from tests.first_day.conftest import SETTINGS, at
from tests.notifications.killing import channels
from tests.notifications.twilio_standin import TwilioStandIn, twilio
from webapp import reactions
from webapp.first_day.services.correcting import CORRECT_WORK, do_correct
from webapp.first_day.services.handling import Caseworker, here_now
from webapp.first_day.services.run import run_first_day
from webapp.foundation import events, work
from webapp.foundation.db import Database, read_door, unit_of_work
from webapp.foundation.sessions import Half
from webapp.foundation.trail import Actor, ActorKind
from webapp.foundation.work.table import Work
from webapp.record.services.registers import RegisterMark, take_register

FAMILIES = 60
KILLS = 6
LEASE = 4.0
HELD = (CORRECT_WORK, "delivery")


def missed_and_seen(world: World) -> None:
    """Everybody was missed at 9:15, half of the texts went out, and at 9:20 all were seen: corrections are held."""
    office = Actor(ActorKind.STAFF, world.officer, "Saira Khan", "Attendance officer")
    marks = [RegisterMark(world.tom_enrolment, "/"), RegisterMark(world.noor_enrolment, "/")]
    with unit_of_work() as tx:
        for number in range(FAMILIES):
            pupil, enrolment = add_pupil(
                tx, world.organisation, world.hill, f"P{number}", "Many", form_id=world.form_3k
            )
            parent = add_contact(tx, world.organisation, f"C{number}", "Many", mobile=f"+447700900{number + 100}")
            link(tx, world.organisation, pupil, parent, "mother", 1, lives_with=True, is_parent=True, may_report=True)
            marks.append(RegisterMark(enrolment, "N"))
    with time_machine.travel(at("09:10"), tick=False) as clock:
        take_register(world.organisation, world.hill, world.form_3k, TODAY, Half.AM, marks, actor=office)
        clock.move_to(at("09:15"))
        run_first_day(world.organisation, world.hill, TODAY, Half.AM)
        with unit_of_work() as tx:
            tx.execute(
                update(Delivery).where(Delivery.id % 2 == 0)
                .values(state="sent", sent_at=at("09:16"), provider="twilio", provider_id="SM-before")
            )  # fmt: skip
        clock.move_to(at("09:20"))
        for mark in marks[2:]:
            here_now(Caseworker(world.organisation, world.hill, office), mark.enrolment_id)


def load_corrections() -> None:
    """Named on the command line of the worker: the service's own reactions and work, towards the stand-in."""
    # It is 9:22 on the test's Tuesday when the test begins, in every life of a worker.
    since = timedelta(seconds=time.time() - float(os.environ["STANDIN_BEGAN"]))
    time_machine.travel(at("09:22") + since).start()
    load_in_this_process(os.environ["STANDIN_PROVIDER"])
    load_handlers(lease_seconds=LEASE)
    work.handler(CORRECT_WORK, urgent=True, lease_seconds=LEASE)(do_correct)


class Counted(standin.Provider):
    """The calls that the stand-in in this process has taken."""

    def __init__(self, texts: TwilioStandIn) -> None:
        super().__init__(texts.url)
        self._texts = texts

    def calls(self) -> Counter[str]:
        return self._texts.calls()


def left() -> int:
    with read_door() as db:
        waiting = select(func.count()).where(Work.kind.in_(HELD), Work.state.in_(("waiting", "running")))
        return db.execute(waiting).scalar_one()


@pytest.mark.long
def test_kills_lose_no_correction_and_double_none(
    cloned_db: Database, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STANDIN_BEGAN", str(time.time()))
    with twilio() as texts:
        texts.answer_after = 0.3
        with work.fresh_kinds(), no_checks():
            load_in_this_process(texts.url)
            missed_and_seen(world)
        events.forget_all()
        with standin.workers(
            2, cloned_db, Counted(texts), in_flight=4, lease_seconds=LEASE,
            load="tests.long.test_correction_kills:load_corrections",
        ) as started:  # fmt: skip
            killed = standin.run_under_kills(
                cloned_db, Counted(texts), started, kind="delivery", messages=FAMILIES // 2, kills=KILLS, seed=3,
                within_seconds=150,
            )  # fmt: skip
            standin._wait_until(lambda: left() == 0, time.monotonic() + 60)
    ways.use(None)
    with read_door() as db:
        told = db.execute(
            select(Message.contact_id, Delivery.state)
            .join(Delivery, Delivery.message_id == Message.id)
            .where(Message.name == "correction")
        ).all()
        unsent = Counter(
            db.scalars(
                select(Delivery.state).join(Message, Message.id == Delivery.message_id)
                .where(Message.name == "missing_child", Delivery.channel == "sms")
            )
        )  # fmt: skip
    print(
        f"{cloned_db.url.get_backend_name()}: {len(told)} corrections, {len(texts.kept)} texts out, "
        f"{killed.doubles.total()} doubled, {killed.held.total()} under way at {KILLS} kills, "
        f"first texts {dict(unsent)}"
    )
    assert Counter(state for _, state in told) == {"sent": FAMILIES // 2}
    assert len({contact for contact, _ in told}) == FAMILIES // 2
    # Nobody is asked where a child is who has been seen.
    assert len(texts.kept) == FAMILIES // 2
    assert unsent["sent"] == FAMILIES // 2
    assert unsent["waiting"] == 0


def load_in_this_process(url: str) -> None:
    reactions.wire(SETTINGS)
    ways.use(channels(url))
