"""What must not stand on the board for ever, and what must not leave it by itself."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, select

from tests.blueprints.staff.conftest import BOARD, HillMorning, public_id
from tests.blueprints.staff.test_board import numbers, row_of, sums
from tests.blueprints.staff.test_deeds import keys
from tests.factories import TODAY, World
from tests.pages import Enter, Page, page
from webapp.absence.models import AbsenceReport
from webapp.first_day.models import FirstDayCase
from webapp.foundation import work
from webapp.foundation.db import read_door, unit_of_work
from webapp.foundation.trail import Actor, ActorKind
from webapp.people.queries.setting_rows import load_settings
from webapp.people.rules.calendar import CalendarEvent, EventKind
from webapp.people.rules.setting_changes import version_of
from webapp.people.rules.settings import RING_AFTER_MINUTES
from webapp.people.services.calendar import add_entry
from webapp.people.services.settings import change_settings
from webapp.record.models import Expectation, Sighting

HERE, ELSEWHERE = "/staff/hill/here-now", "/staff/hill/confirmed-elsewhere"
CLERK = Actor(ActorKind.STAFF, 1, "Saira Khan", "Attendance officer")


def button_of(found: Page, words: str) -> Any:
    return next((b for b in found.all(".//button") if words in "".join(b.itertext())), None)


def close_school(world: World) -> None:
    snow = CalendarEvent(EventKind.CLOSURE_UNPLANNED, TODAY, TODAY, reason="Boiler")
    add_entry(world.organisation, world.hill, snow, actor=CLERK, submission_key="close-school")


# -- reported away, marked in ----------------------------------------------------------------------------------------


@pytest.fixture
def clash(hill: HillMorning, world: World) -> HillMorning:
    """Tom is reported ill, and his teacher marks him in."""
    hill.report(world.tom, world.alice)
    hill.clock("08:55")
    hill.register(tom="/")
    hill.clock("09:20")
    return hill


def test_here_i_looked_ends_a_clash_and_says_who_looked(clash: HillMorning, as_staff: Enter, world: World) -> None:
    client = as_staff(world.officer)
    found = page(client.get(BOARD))
    assert numbers(found)["reported_marked_in"] == 1
    button = button_of(found, "Here, I looked")
    assert button.get("formaction") == HERE
    answer = client.post(HERE, data={**keys(client), "pupil": button.get("value")})
    assert answer.status_code == 303
    found = page(client.get(answer.location))
    assert (numbers(found)["reported_marked_in"], numbers(found)["to_confirm"]) == (0, 1)
    # Nobody writes "ill" for a child who is in class with one tap.
    row = row_of(found, public_id(world.tom))
    assert "In school" in row
    assert "Confirm" not in row
    with read_door() as db:
        (seen,) = db.execute(select(Sighting.kind, Sighting.seen_by)).all()
    assert seen == ("seen_elsewhere_in_school", "Saira Khan")
    assert sums(found)["in_school"] == 2


def test_what_the_family_says_after_that_is_a_new_clash(clash: HillMorning, as_staff: Enter, world: World) -> None:
    client = as_staff(world.officer)
    client.post(HERE, data={**keys(client), "pupil": public_id(world.tom)})
    clash.clock("09:40")
    clash.report(world.tom, world.bob)
    assert numbers(page(client.get(BOARD)))["reported_marked_in"] == 1


def test_a_decision_on_the_report_ends_a_clash(clash: HillMorning, as_staff: Enter, world: World) -> None:
    client = as_staff(world.officer)
    with read_door() as db:
        report = db.execute(select(AbsenceReport.public_id, AbsenceReport.version)).one()
    address = f"/staff/hill/reports/{report.public_id}"
    fields = page(client.get(address)).fields(f"{address}/decide")
    answer = client.post(f"{address}/decide", data={**fields, "code": "L", "answer": "accept"})
    assert answer.status_code == 303
    left = numbers(page(client.get(BOARD)))
    assert (left["reported_marked_in"], left["to_confirm"], left["late"]) == (0, 0, 1)


# -- on the way ------------------------------------------------------------------------------------------------------


def test_a_late_child_is_expected_and_not_a_riddle(hill: HillMorning, as_staff: Enter, world: World) -> None:
    hill.report(world.tom, world.alice, kind="late", reason="running_late", arrives_at="09:30", words="Bus")
    hill.clock("09:16")
    row = row_of(page(as_staff(world.officer).get(BOARD)), public_id(world.tom))
    assert "Expected 09:30" in row
    assert "Not sure" not in row
    assert "Confirm" not in row


# -- school is closed today ------------------------------------------------------------------------------------------


@pytest.fixture
def missing(hill: HillMorning) -> HillMorning:
    hill.clock("08:55")
    hill.register()
    hill.clock("09:16")
    hill.run()
    return hill


def test_a_closed_school_still_looks_for_the_child(missing: HillMorning, as_staff: Enter, world: World) -> None:
    client = as_staff(world.officer)
    board = next(iter(page(client.get(BOARD)).all(".//*[@data-poll]")))
    poll = f"{board.get('data-poll')}?version={board.get('data-version')}"
    assert client.get(poll).status_code == 204
    close_school(world)
    assert client.get(poll).status_code == 200
    found = page(client.get(BOARD))
    assert sums(found) == {"due": 1, "in_school": 0, "explained": 0, "unexplained": 1, "not_known": 0}
    assert "School is closed in this session. Whoever was missing is still looked for." in found.text
    row = row_of(found, public_id(world.tom), "u")
    assert "Not due, still looked for" in row
    missing.clock("09:17")
    work.run_due({"first_day_calendar"})
    assert "Not due, still looked for" in row_of(page(client.get(BOARD)), public_id(world.tom), "u")
    call = page(client.get(f"/staff/hill/pupils/{public_id(world.tom)}/case"))
    fields = call.fields(f"/staff/hill/pupils/{public_id(world.tom)}/case/close")
    closed = client.post(
        f"/staff/hill/pupils/{public_id(world.tom)}/case/close",
        data={**fields, "outcome": "located", "words": "At home, says his aunt"},
    )  # fmt: skip
    assert closed.status_code == 303
    assert "Nobody is due in this session. School is closed." in page(client.get(BOARD)).text


def test_a_changed_setting_ends_the_silence_of_the_poll(missing: HillMorning, as_staff: Enter, world: World) -> None:
    client = as_staff(world.officer)
    board = next(iter(page(client.get(BOARD)).all(".//*[@data-poll]")))
    poll = f"{board.get('data-poll')}?version={board.get('data-version')}"
    assert client.get(poll).status_code == 204
    with read_door() as db:
        rows = load_settings(db, world.organisation, world.hill)
    typed = {RING_AFTER_MINUTES.name: "20"}
    change_settings(
        world.organisation, world.hill, typed, TODAY, version_of((*rows.mine, *rows.trust), typed), actor=CLERK,
        submission_key="a-setting",
    )  # fmt: skip
    assert client.get(poll).status_code == 200


# -- somebody there has confirmed ------------------------------------------------------------------------------------


@pytest.fixture
def at_college(hill: HillMorning, world: World) -> HillMorning:
    with unit_of_work() as tx:
        tx.execute(
            insert(Expectation).values(
                organisation_id=world.organisation, school_id=world.hill, enrolment_id=world.tom_enrolment, date=TODAY,
                half=0, kind="elsewhere", code="B", place="Hill College",
            )
        )  # fmt: skip
    hill.clock("08:55")
    hill.register()
    hill.clock("09:16")
    hill.run()
    return hill


def confirm(client: FlaskClient, pupil: str, told_by: str, **more: str) -> Any:
    address = f"{ELSEWHERE}?pupil={pupil}"
    return client.post(address, data={**keys(client), "pupil": pupil, "told_by": told_by, **more})


def case_state(enrolment_id: int) -> str | None:
    with read_door() as db:
        return db.scalar(select(FirstDayCase.state).where(FirstDayCase.enrolment_id == enrolment_id))


def confirmed_by() -> list[str]:
    with read_door() as db:
        return list(db.scalars(select(Expectation.confirmed_by)))


def test_the_panel_takes_who_has_confirmed(at_college: HillMorning, as_staff: Enter, world: World) -> None:
    client, tom = as_staff(world.officer), public_id(world.tom)
    found = page(client.get(f"{BOARD}?pupil={tom}"))
    fields = found.fields(f"{ELSEWHERE}?pupil={tom}")
    assert fields["told_by"] == ""
    answer = client.post(f"{ELSEWHERE}?pupil={tom}", data={**fields, "told_by": "Mr Hall, the college"})
    assert answer.status_code == 303
    assert (case_state(world.tom_enrolment), confirmed_by()) == ("closed", ["Mr Hall, the college"])
    found = page(client.get(f"{BOARD}?pupil={tom}"))
    assert sums(found)["explained"] == 1
    assert button_of(found, "Somebody there has confirmed") is None
    assert confirm(client, tom, "Somebody else").status_code == 303
    assert confirmed_by() == ["Mr Hall, the college"]


@pytest.mark.parametrize("told_by", ["", "   ", "x" * 201])
def test_nobody_or_too_much_is_no_confirmation(
    at_college: HillMorning, as_staff: Enter, world: World, told_by: str
) -> None:
    client, tom = as_staff(world.officer), public_id(world.tom)
    answer = confirm(client, tom, told_by)
    assert answer.status_code == 422
    found = page(answer)
    words = "Use 200 characters or fewer" if told_by.strip() else "Write who there said so"
    assert words in found.text
    assert any(each.get("href") == "#told_by" for each in found.all(".//a"))
    assert found.fields(f"{ELSEWHERE}?pupil={tom}")["told_by"].strip() == told_by.strip()
    assert (case_state(world.tom_enrolment), confirmed_by()) == ("open", [""])


def test_a_child_of_another_school_is_not_found(at_college: HillMorning, as_staff: Enter, world: World) -> None:
    assert confirm(as_staff(world.officer), public_id(world.ella), "Mr Hall").status_code == 404
    assert confirmed_by() == [""]


def test_nothing_planned_nothing_to_confirm(missing: HillMorning, as_staff: Enter, world: World) -> None:
    client, tom = as_staff(world.officer), public_id(world.tom)
    assert button_of(page(client.get(f"{BOARD}?pupil={tom}")), "Somebody there has confirmed") is None
    answer = confirm(client, tom, "Mr Hall")
    assert answer.status_code == 422
    assert "Nothing is planned at another place" in page(answer).text
