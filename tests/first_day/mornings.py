"""What the tests of a morning do and look at."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from notifications.models import Delivery, Message
from tests.factories import TODAY, World
from webapp.first_day.models import CaseEvent, FirstDayCase
from webapp.first_day.queries.morning import Morning, load_morning
from webapp.first_day.services.run import RunResult, run_first_day
from webapp.foundation.clock import school_now
from webapp.foundation.db import read_door
from webapp.foundation.sessions import Half
from webapp.foundation.trail import Actor, ActorKind
from webapp.record.services.registers import RegisterMark, take_register

OFFICER = Actor(ActorKind.STAFF, 1, "Saira Khan", "Attendance officer")
TEACHER = Actor(ActorKind.STAFF, 2, "Jo Reed", "Teacher")


def take(world: World, tom: str = "N", noor: str = "/", half: Half = Half.AM) -> None:
    """3K's register; "/" stands for present in either half."""
    tom, noor = ("\\" if code == "/" and half is Half.PM else code for code in (tom, noor))
    marks = [RegisterMark(world.tom_enrolment, tom), RegisterMark(world.noor_enrolment, noor)]
    take_register(world.organisation, world.hill, world.form_3k, TODAY, half, marks, actor=TEACHER)


def run(world: World) -> RunResult:
    return run_first_day(world.organisation, world.hill, TODAY, Half.AM)


def look(world: World) -> Morning:
    with read_door() as db:
        return load_morning(db, world.organisation, world.hill, TODAY, Half.AM, school_now())


def case_of(enrolment_id: int, half: int = 0) -> Any:
    with read_door() as db:
        statement = select(*FirstDayCase.__table__.c).where(
            FirstDayCase.enrolment_id == enrolment_id, FirstDayCase.half == half
        )
        return db.execute(statement).one_or_none()


def kinds_of(case_id: int) -> list[str]:
    with read_door() as db:
        statement = select(CaseEvent.kind).where(CaseEvent.case_id == case_id).order_by(CaseEvent.id)
        return list(db.scalars(statement))


def messages() -> list[Any]:
    """(name, contact, staff, words) of every message, oldest first."""
    with read_door() as db:
        columns = (Message.name, Message.contact_id, Message.staff_id, Message.words, Message.id)
        return list(db.execute(select(*columns).order_by(Message.id)))


def told(name: str) -> list[Any]:
    return [message for message in messages() if message.name == name]


def texts() -> list[tuple[str, str, str]]:
    """(address, state, body) of every text, oldest first."""
    with read_door() as db:
        columns = (Delivery.address, Delivery.state, Delivery.body)
        found = db.execute(select(*columns).where(Delivery.channel == "sms").order_by(Delivery.id))
        return [(row.address, row.state, row.body) for row in found]


def token_of(contact_id: int) -> str:
    """The token in the newest link that this adult was sent."""
    link = [m.words["link"] for m in messages() if m.contact_id == contact_id and "link" in m.words][-1]
    return str(link).rsplit("/", 1)[-1]
