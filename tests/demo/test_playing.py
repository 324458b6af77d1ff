"""The scripted morning is played through the services, each thing once, at its own time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import func, select

from notifications import channels
from notifications.models import Delivery, InboundMessage, Message
from notifications.services import no_checks
from tests.first_day.conftest import SETTINGS
from webapp import reactions
from webapp.absence.models import AbsenceReport
from webapp.demo import playing
from webapp.demo.cards import find_card
from webapp.demo.seeding import seed
from webapp.first_day.models import FirstDayCase, FirstDayRun
from webapp.foundation import clock, events, schema, work
from webapp.foundation import db as doors
from webapp.foundation.clock import LONDON, london
from webapp.foundation.db import Database, read_door
from webapp.people.models import Enrolment, Form, Pupil, School
from webapp.people.services.school_clock import read_offset
from webapp.record.models import Register

DAY = "2026-11-20"


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The demo at 8:52, as it begins."""
    file: Path = tmp_path_factory.mktemp("demo") / "demo.sqlite3"
    schema.upgrade(f"sqlite:///{file}")
    database = Database(f"sqlite:///{file}")
    doors.use(database)
    start = datetime.fromisoformat(f"{DAY}T08:52").replace(tzinfo=LONDON)
    with work.fresh_kinds(), no_checks(), time_machine.travel(datetime(2026, 11, 22, 17, tzinfo=LONDON), tick=False):
        seed(database, at=start)
        reactions.wire(SETTINGS)
        playing.schedule()
        playing.play_from_the_start(start)
        clock.use_school_offset(read_offset)
        yield database
    clock.use_school_offset(None)
    channels.use(None)
    events.forget_all()
    doors.use(None)
    database.dispose()


def count(column: object, *where: object) -> int:
    with read_door() as db:
        return int(db.scalar(select(func.count()).select_from(column).where(*where)) or 0)  # type: ignore[arg-type]


def test_every_report_came_at_its_own_time(played: Database) -> None:
    with read_door() as db:
        rows = db.execute(select(AbsenceReport.told_by, AbsenceReport.sent_at).order_by(AbsenceReport.id)).all()
    times = {name: london(at).time() for name, at in rows}
    assert times["Shirin Begum"] == time(7, 12)
    assert times["Harpreet Kaur Gill"] == time(8, 40)
    assert len(rows) == 18
    assert count(InboundMessage) == 2


def test_vale_had_its_run_at_the_close_and_hill_has_not(played: Database) -> None:
    with read_door() as db:
        runs = db.execute(
            select(School.code, FirstDayRun.started_at, FirstDayRun.opened).join(
                School, School.id == FirstDayRun.school_id
            )
        ).all()
    assert [(code, london(at).time()) for code, at, _ in runs] == [("vale", time(8, 45))]
    assert 10 <= runs[0].opened <= 40
    assert count(Message, Message.name == "missing_child") >= 10


def test_texts_arrived_when_they_were_written_and_before_they_were_answered(played: Database) -> None:
    with read_door() as db:
        rows = db.execute(
            select(Message.name, Delivery.created_at, Delivery.delivered_at, Delivery.state).join(
                Delivery, (Delivery.organisation_id == Message.organisation_id) & (Delivery.message_id == Message.id)
            ).where(Delivery.channel == "sms")
        ).all()
    came = [row for row in rows if row.state == "delivered"]
    assert {row.name for row in came} >= {"missing_child"}
    assert [row for row in came if row.delivered_at - row.created_at > timedelta(minutes=1)] == []
    assert {london(row.delivered_at).time() for row in came if row.name == "missing_child"} >= {time(8, 45)}


def test_he_left_at_8_is_an_alarm(played: Database) -> None:
    with read_door() as db:
        statement = (
            select(FirstDayCase.alarm)
            .join(Enrolment, Enrolment.id == FirstDayCase.enrolment_id)
            .join(Pupil, Pupil.id == Enrolment.pupil_id)
            .where(Pupil.first_name == "Callum", Pupil.last_name == "Reid")
        )
        assert db.scalars(statement).all() == [True]
    assert count(Message, Message.name == "danger_to_dsl") >= 1


def test_school_time_stands_at_the_start(played: Database) -> None:
    assert london(clock.school_now()).time() == time(8, 52)


def test_the_rest_comes_as_time_goes_by_each_thing_once(played: Database) -> None:
    start = clock.school_now()
    reports = count(AbsenceReport)
    assert playing.play_until(start) == 0
    assert playing.play_until(start + timedelta(minutes=6)) == 2
    assert playing.play_until(start + timedelta(minutes=6)) == 0
    assert {"1H", "RD"} <= taken_at_hill()
    assert count(AbsenceReport) == reports


def taken_at_hill() -> set[str]:
    with read_door() as db:
        statement = (
            select(Form.name)
            .join(Register, Register.form_id == Form.id)
            .join(School, School.id == Form.school_id)
            .where(School.code == "hill", Register.state.in_(("taken", "closed")), Register.half == 0)
        )
        return set(db.scalars(statement.where(Register.date == clock.school_now().date())))


def test_the_register_of_the_teacher_who_may_be_tried_waits_for_the_visitor(played: Database) -> None:
    """Jo Reed stands on the sign-in page: 3K is theirs to take, and the demo takes it when nobody did."""
    start = clock.school_now()
    card = find_card("jo-reed")
    assert card is not None and card.role == "Teacher of 3K"
    closes = start.replace(hour=9, minute=15)
    playing.play_until(closes + timedelta(minutes=8))
    assert {"1H", "RD", "RP", "2T"} <= taken_at_hill()
    assert "3K" not in taken_at_hill()
    playing.play_until(closes + timedelta(minutes=9))
    assert "3K" in taken_at_hill()


def test_on_another_day_nothing_is_played(played: Database) -> None:
    assert playing.play_until(clock.school_now() + timedelta(days=3)) == 0
