"""A morning at Hill Primary on the board: Tom and Noor of 3K, their register, and what families said."""

from __future__ import annotations

from datetime import time

import pytest
import time_machine
from sqlalchemy import select

from tests.factories import TODAY, World
from webapp.absence.queries.reporting import ContactKey
from webapp.absence.rules.drafts import TypedReport
from webapp.absence.services.report import Reported, Reporter, report_absence
from webapp.first_day.services.run import run_first_day
from webapp.foundation.db import read_door
from webapp.foundation.sessions import Half
from webapp.foundation.trail import Actor, ActorKind
from webapp.people.models import Pupil
from webapp.people.rules.school_times import in_london
from webapp.record.services.registers import RegisterMark, take_register

TEACHER = Actor(ActorKind.STAFF, 2, "Jo Reed", "Teacher")
BOARD = "/staff/hill/day/2026-06-16/morning"


def public_id(pupil_id: int) -> str:
    with read_door() as db:
        return str(db.scalar(select(Pupil.public_id).where(Pupil.id == pupil_id)))


class HillMorning:
    """What happens at school, by name."""

    def __init__(self, world: World, traveller: time_machine.Traveller) -> None:
        self.world, self._traveller, self._keys = world, traveller, 0

    def clock(self, hhmm: str) -> None:
        self._traveller.move_to(in_london(TODAY, time.fromisoformat(hhmm)))

    def report(self, pupil_id: int, contact_id: int, **typed: object) -> None:
        self._keys += 1
        values: dict[str, object] = {
            "children": (public_id(pupil_id),), "kind": "all_day", "starts_on": TODAY.isoformat(), "reason": "ill",
            "words": "Sick in the night", **typed,
        }  # fmt: skip
        by = Reporter((ContactKey(self.world.organisation, contact_id),), None)
        done = report_absence(TypedReport(**values), by, f"submission-{self._keys}")  # type: ignore[arg-type]
        assert isinstance(done, Reported), done

    def register(self, tom: str = "N", noor: str = "/") -> None:
        world = self.world
        marks = [RegisterMark(world.tom_enrolment, tom), RegisterMark(world.noor_enrolment, noor)]
        take_register(world.organisation, world.hill, world.form_3k, TODAY, Half.AM, marks, actor=TEACHER)

    def run(self) -> None:
        run_first_day(self.world.organisation, self.world.hill, TODAY, Half.AM)


@pytest.fixture
def hill(app: object, world: World, at: time_machine.Traveller) -> HillMorning:
    return HillMorning(world, at)


_KEPT = ("FROM school_clock", "FROM school_setting", "FROM organisation_setting", "FROM term", "FROM calendar_event",
         "staff_cover")


def asked(statements: list[str]) -> list[str]:
    """Without what a process keeps for some seconds and asks for again by the wall clock: calendar, settings, and the
    demo's clock."""
    return [each for each in statements if not any(kept in each for kept in _KEPT)]
