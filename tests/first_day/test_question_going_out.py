"""A question goes out only to a family that has not answered meanwhile."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from notifications.services.queueing import WORK
from tests.factories import TODAY, World
from tests.first_day.mornings import OFFICER, texts
from webapp.absence.models import AbsenceReport
from webapp.absence.queries.reporting import ContactKey
from webapp.absence.rules.drafts import TypedReport
from webapp.absence.services.deciders import Decider
from webapp.absence.services.report import Reporter, report_absence
from webapp.absence.services.talk import ask, write_to_school
from webapp.foundation import work
from webapp.foundation.db import Database, read_door
from webapp.people.models import Pupil
from webapp.record.rules import Setter


@pytest.mark.usefixtures("wired")
@pytest.mark.parametrize(("answers", "state"), [(True, "cancelled"), (False, "sent")])
def test_a_family_that_has_answered_is_not_asked(
    db: Database, world: World, when: Callable[[str], None], answers: bool, state: str
) -> None:
    alice = (ContactKey(world.organisation, world.alice),)
    with read_door() as door:
        tom = str(door.scalar(select(Pupil.public_id).where(Pupil.id == world.tom)))
    typed = TypedReport(children=(tom,), kind="all_day", starts_on=TODAY.isoformat(), reason="ill")
    report_absence(typed, Reporter(alice, None), "submission-1")
    work.run_due({WORK})
    with read_door() as door:
        report = door.execute(select(AbsenceReport.id, AbsenceReport.public_id)).one()
    ask(Decider(world.organisation, world.hill, OFFICER, Setter.OFFICE), report.id, "Has he seen a doctor?", "asked-1")
    if answers:
        write_to_school(alice, report.public_id, "He has seen a doctor", "wrote-1")
    when("09:05")
    work.run_due({WORK})
    assert texts()[-1][1] == state
