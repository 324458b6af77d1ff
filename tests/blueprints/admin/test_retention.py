"""Deleting on its pages: what is due, a second look with its number, the certificate; and what is held."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.blueprints.admin.test_data_requests import press, tom
from tests.factories import World
from tests.pages import Enter, page
from webapp.absence.models import AbsenceReport
from webapp.foundation import work
from webapp.foundation.db import insert_row, read_door, unit_of_work
from webapp.insight.models import RetentionRun
from webapp.insight.services.keeping import count_school

RETENTION = "/staff/hill/retention"
CONFIRM = f"{RETENTION}/confirm"
OLD = date(2018, 11, 5)


@pytest.fixture
def old_reports(world: World, app: object) -> None:
    with unit_of_work() as tx:
        for pupil, enrolment in ((world.tom, world.tom_enrolment), (world.noor, world.noor_enrolment)):
            insert_row(
                tx, AbsenceReport, organisation_id=world.organisation, public_id=f"old-{pupil}", school_id=world.hill,
                enrolment_id=enrolment, told_by="P", channel="app", kind="all_day", starts_on=OLD, ends_on=OLD,
                reason="ill", words="SECRET WORDS", suggested_code="I", state="recorded",
                sent_at=datetime(2018, 11, 5, 8, tzinfo=UTC),
            )  # fmt: skip


def reports() -> int:
    with read_door() as db:
        return int(db.scalar(select(func.count()).select_from(AbsenceReport)) or 0)


def test_what_is_due_is_looked_at_confirmed_and_certified(
    keeper: FlaskClient, world: World, old_reports: None
) -> None:
    assert "the first night is still to come" in page(keeper.get(RETENTION)).text
    count_school(world.organisation, world.hill)
    assert "2 reports" in page(keeper.get(RETENTION)).text
    again = page(keeper.get(f"{CONFIRM}?kinds=reports"))
    assert "Tom Ahmed: 1 report" in again.text
    assert "SECRET" not in again.text
    fields = {**again.fields(CONFIRM), "kinds": "reports"}
    wrong = keeper.post(CONFIRM, data={**fields, "total": "3"})
    words = "Type this number: 2. If it is not right, go back."
    assert (wrong.status_code, page(wrong).links()[words]) == (422, "#total")
    assert reports() == 2
    sent = keeper.post(CONFIRM, data={**fields, "total": "2"})
    assert sent.status_code == 303
    assert page(keeper.get(sent.location)).all(".//progress")
    assert keeper.get(f"{sent.location}/progress").json["state"] == "running"
    work.run_due({"retention_run"})
    done = page(keeper.get(sent.location))
    assert done.h1 == "Certificate of deletion"
    assert "absence_report2" in done.text.replace(" ", "")
    assert "Tom" not in done.text
    assert reports() == 0


@pytest.mark.parametrize("kinds", ["", "?kinds=everything", "?kinds=reports&kinds=x"])
def test_nothing_ticked_is_said(keeper: FlaskClient, kinds: str) -> None:
    answer = keeper.get(f"{CONFIRM}{kinds}")
    assert (answer.status_code, page(answer).links()["Tick what is to be deleted."]) == (422, "#kinds")


def test_the_register_cannot_be_kept_shorter_than_the_law_says(keeper: FlaskClient) -> None:
    address = "/staff/hill/settings/retention"
    answer = press(keeper, address, address, **{"retention.register_years": "5"})
    assert answer.status_code == 422
    assert "The law asks for it: each entry of the register is kept for 6 years (SI 2024/208)." in page(answer).text
    longer = press(keeper, address, address, **{"retention.register_years": "8"})
    assert longer.status_code == 303


def test_a_hold_is_made_refused_twice_and_let_go(as_staff: Enter, world: World) -> None:
    dsl = as_staff(world.dsl)
    holds = f"{RETENTION}/holds"
    action = f"{holds}/pupils/{tom(world)}"
    assert "Tom Ahmed" in page(dsl.get(f"{holds}?q=tom")).links()
    chosen = f"{holds}?kind=pupils&person={tom(world)}"
    empty = press(dsl, chosen, action, why="", review="2026-12-01")
    assert (empty.status_code, page(empty).links()["Write why nothing may be deleted."]) == (422, "#why")
    assert press(dsl, chosen, action, why="A claim", review="2026-12-01").status_code == 303
    assert "A claim" in page(dsl.get(holds)).text
    assert press(dsl, chosen, action, why="A claim", review="2026-12-01").status_code == 409
    assert press(dsl, holds, f"{holds}/release").status_code == 303
    assert "Nobody is held by hand" in page(dsl.get(holds)).text


def test_an_administrator_deletes_and_reads_no_reason_of_a_hold(keeper: FlaskClient, as_staff: Enter, world: World):
    assert keeper.get(f"{RETENTION}/holds").status_code == 403
    assert as_staff(world.dsl).get(RETENTION).status_code == 403
    assert as_staff(world.officer).get(RETENTION).status_code == 403


def test_the_same_form_again_is_one_deletion(keeper: FlaskClient, old_reports: None) -> None:
    fields = {**page(keeper.get(f"{CONFIRM}?kinds=reports")).fields(CONFIRM), "kinds": "reports", "total": "2"}
    first, second = keeper.post(CONFIRM, data=fields), keeper.post(CONFIRM, data=fields)
    assert first.location == second.location
    with read_door() as db:
        assert len(db.execute(select(RetentionRun.id)).all()) == 1
