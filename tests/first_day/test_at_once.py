"""Two runs, a report and a sighting at the same moment, on a database with real commits."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from tests.factories import TODAY, World
from tests.first_day.mornings import OFFICER, case_of, look, run, take
from webapp.absence.queries.reporting import ContactKey
from webapp.absence.rules.drafts import TypedReport
from webapp.absence.services.report import Reporter, report_absence
from webapp.first_day.models import FirstDayCase
from webapp.first_day.services.handling import Caseworker, here_now
from webapp.foundation.db import Database, read_door
from webapp.people.models import Pupil
from webapp.record.rules import Whereabouts

pytestmark = pytest.mark.usefixtures("wired")


def at_once(*deeds: Callable[[], object]) -> None:
    failed: list[BaseException] = []
    start = threading.Barrier(len(deeds))

    def do(deed: Callable[[], object]) -> None:
        start.wait()
        try:
            deed()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=do, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


@pytest.mark.parametrize("attempt", range(3))
def test_nobody_is_missed_and_nobody_has_two_cases(
    cloned_db: Database, world: World, when: Callable[[str], None], attempt: int
) -> None:
    take(world, tom="N", noor="N")
    when("09:15")
    with read_door() as db:
        key = str(db.scalar(select(Pupil.public_id).where(Pupil.id == world.tom)))
    typed = TypedReport((key,), "all_day", TODAY.isoformat(), reason="ill")
    alice = Reporter((ContactKey(world.organisation, world.alice),), 7)
    at_once(
        lambda: run(world),
        lambda: report_absence(typed, alice, "k"),
        lambda: run(world),
        lambda: here_now(Caseworker(world.organisation, world.hill, OFFICER), world.noor_enrolment),
    )
    assert look(world).counts == {Whereabouts.EXPLAINED: 1, Whereabouts.IN_SCHOOL: 1}
    for enrolment_id in (world.tom_enrolment, world.noor_enrolment):
        case = case_of(enrolment_id)
        assert case is None or case.state == "closed"
    with read_door() as db:
        assert db.scalar(select(func.count()).select_from(FirstDayCase)) <= 2
