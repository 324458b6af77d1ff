"""The page of a report that the family changed says so, when, and what it said before."""

from __future__ import annotations

from sqlalchemy import select

from tests.blueprints.staff.conftest import HillMorning, public_id
from tests.factories import TODAY, World
from tests.pages import Enter, page
from webapp.absence.models import AbsenceReport
from webapp.absence.queries.reporting import ContactKey
from webapp.absence.rules.drafts import TypedReport
from webapp.absence.services.change import change_report
from webapp.foundation.db import read_door


def test_a_change_is_shown_with_what_it_replaced(hill: HillMorning, as_staff: Enter, world: World) -> None:
    hill.clock("08:52")
    hill.report(world.tom, world.alice)
    with read_door() as db:
        name = str(db.scalar(select(AbsenceReport.public_id)))
    address = f"/staff/hill/reports/{name}"
    before = page(as_staff(world.officer).get(address)).text
    assert "08:52" in before
    assert "changed" not in before
    hill.clock("09:03")
    changed = TypedReport(
        children=(public_id(world.tom),), kind="all_day", starts_on=TODAY.isoformat(), reason="appointment",
        words="Dentist at ten",
    )  # fmt: skip
    change_report((ContactKey(world.organisation, world.alice),), name, 1, changed)
    after = page(as_staff(world.officer).get(address)).text
    assert "08:52, changed 09:03" in after
    assert "Before 09:03" in after
    assert "Sick in the night" in after
    assert "Dentist at ten" in after
