"""A family's photos and papers, opened by staff: who may, how they are sent, and that it is kept."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from tests.absence.test_papers import PDF, picture
from tests.blueprints.staff.conftest import HillMorning
from tests.factories import World, add_staff
from tests.pages import Enter, page
from webapp.absence.models import AbsenceReport, ReportFile
from webapp.absence.services.papers import add_file, remove_file
from webapp.accounts.rules.persons import ContactKey
from webapp.foundation.db import read_door, unit_of_work
from webapp.foundation.trail import TrailEntry


@pytest.fixture
def report(hill: HillMorning, world: World) -> str:
    hill.report(world.tom, world.alice)
    with read_door() as db:
        return str(db.scalar(select(AbsenceReport.public_id)))


def send(world: World, report: str, name: str, data: bytes) -> str:
    adult = ContactKey(world.organisation, world.alice)
    return add_file((adult,), report, f"upload-{name}", name, data).public_id


def opened() -> list[Any]:
    with read_door() as db:
        columns = (TrailEntry.actor_id, TrailEntry.pupil_id, TrailEntry.detail)
        return [tuple(row) for row in db.execute(select(*columns).where(TrailEntry.action == "opened_file"))]


@pytest.mark.parametrize(
    ("name", "data", "content_type", "how"),
    [("note.jpg", picture(), "image/jpeg", "inline"), ("letter.pdf", PDF, "application/pdf", "attachment")],
)
def test_a_file_in_a_box_of_its_own(
    report: str, as_staff: Enter, world: World, name: str, data: bytes, content_type: str, how: str
) -> None:
    file = send(world, report, name, data)
    client = as_staff(world.officer)
    links = page(client.get(f"/staff/hill/reports/{report}")).links()
    answer = client.get(links[name])
    assert links[name].endswith(f"/files/{file}")
    assert (answer.status_code, answer.content_type) == (200, content_type)
    assert answer.headers["Content-Disposition"].startswith(how)
    assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert opened() == [(world.officer, world.tom, {"file": file})]


def test_nobody_else(report: str, as_staff: Enter, world: World) -> None:
    file = send(world, report, "note.jpg", picture())
    with unit_of_work() as tx:
        desk = add_staff(tx, world.organisation, world.hill, "Brenda", "Hirst", "Receptionist", "reception")
        lead = add_staff(tx, world.organisation, world.hill, "Ngozi", "Okafor", "Pastoral lead", "pastoral_lead")
    path = f"/staff/hill/reports/{report}/files/{file}"
    assert as_staff(desk).get(path).status_code == 403
    assert as_staff(world.teacher).get(path).status_code == 403
    assert as_staff(world.vale_officer).get(path).status_code == 404
    assert as_staff(world.vale_officer).get(path.replace("hill", "vale")).status_code == 404
    assert as_staff(world.other_officer, world.other_organisation).get(
        path.replace("hill", "dale")
    ).status_code == 404  # fmt: skip
    assert as_staff(lead).get(path).status_code == 200
    with unit_of_work() as tx:
        tx.execute(update(AbsenceReport).values(danger=True))
    assert as_staff(lead).get(path).status_code == 404
    assert as_staff(world.officer).get(path[:-1] + "?").status_code == 404
    assert len(opened()) == 1


def test_a_file_that_the_family_took_off_is_gone(report: str, as_staff: Enter, world: World) -> None:
    file = send(world, report, "note.jpg", picture())
    remove_file((ContactKey(world.organisation, world.alice),), report, file)
    with read_door() as db:
        assert db.scalar(select(ReportFile.removed_at)) is not None
    assert as_staff(world.officer).get(f"/staff/hill/reports/{report}/files/{file}").status_code == 404
    assert opened() == []
