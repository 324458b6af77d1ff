"""What a parent sees while school has decided and has not told, and when somebody has seen the child in school."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from xml.etree.ElementTree import tostring

import pytest

from blueprints.parent.told import YOU_TOLD, said_by_family
from tests.blueprints.parent.test_report import public_id, reports, send_quick
from tests.factories import TODAY, World
from tests.pages import Enter, Page, page, text_of
from webapp.absence.queries.families import FamilyReport
from webapp.absence.queries.reporting import ContactKey
from webapp.absence.services.change import withdraw_report
from webapp.absence.services.decide import confirm
from webapp.absence.services.deciders import Decider, Decision
from webapp.absence.services.undo import undo
from webapp.first_day.services.handling import Caseworker, here_now
from webapp.foundation.db import read_door
from webapp.foundation.sessions import Half
from webapp.foundation.trail import Actor, ActorKind
from webapp.people.queries import calendar_of, times_of
from webapp.record.services import MarkBatch, MarkChange, MarkSource, write_marks
from webapp.record.services.arrivals import Desk
from webapp.record.services.sightings import strike

TODAY_AT = datetime(2026, 6, 16, 8, 0, tzinfo=UTC)


def khan(world: World) -> Actor:
    return Actor(ActorKind.STAFF, world.officer, "Saira Khan", "Officer")


def mark(world: World, code: str | None, half: int = 0) -> None:
    change = MarkChange(world.tom_enrolment, TODAY, half, code)
    write_marks(MarkBatch(world.organisation, world.hill, (change,), khan(world), "register", MarkSource.REGISTER))


def pictures(found: Page) -> list[str]:
    """The years as they are drawn."""
    return [tostring(each, "unicode") for each in found.all(".//div[@class='year']")]


def today_in(found: Page) -> str:
    """The row of today in the list of days."""
    (row,) = [text_of(row) for row in found.all(".//tr") if text_of(row).startswith("Tue 16")]
    return row


@pytest.fixture
def decided(as_parent: Enter, world: World, at) -> tuple[int, ...]:
    """Tom had no reason yet; his mother says that he is ill, and the office confirms it. What Undo takes."""
    send_quick(as_parent(world.alice), public_id(world.tom), reason="ill")
    at.move_to("2026-06-16T08:20:00+00:00")
    mark(world, "N")
    (report,) = reports()
    by = Decider(world.organisation, world.hill, khan(world))
    (done,) = confirm(by, [Decision(report.id, report.version, "I", seen="N")]).decided
    return done.decisions


def test_home_and_year_wait_for_the_two_minutes(as_parent: Enter, world: World, at, decided: tuple[int, ...]):
    alice, year = as_parent(world.alice), f"/children/{public_id(world.tom)}/year"
    assert today_in(page(alice.get(year))).startswith(f"Tue 16{YOU_TOLD}")
    drawn = pictures(page(alice.get("/home")))
    assert drawn
    at.shift(timedelta(minutes=2))
    assert today_in(page(alice.get(year))).startswith("Tue 16Ill")
    assert pictures(page(alice.get("/home"))) != drawn


def test_the_receipt_offers_a_change_until_it_tells_the_decision(as_parent: Enter, at, decided: tuple[int, ...]):
    (report,) = reports()
    alice, receipt = as_parent(report.contact_id), f"/absence-reports/{report.public_id}"
    assert "Change this" in page(alice.get(receipt)).text
    at.shift(timedelta(minutes=2))
    assert "Change this" not in page(alice.get(receipt)).text


def test_a_reason_that_school_has_not_recorded_is_not_no_reason(as_parent: Enter, world: World, at):
    at.move_to("2026-06-16T08:30:00+00:00")
    mark(world, "N")
    alice, bob, tom = as_parent(world.alice), as_parent(world.bob), public_id(world.tom)
    year = f"/children/{tom}/year"
    assert today_in(page(alice.get(year))).startswith("Tue 16No reason yet")
    before = page(alice.get("/home"))
    assert YOU_TOLD not in before.text and "year-told" not in "".join(pictures(before))
    says = page(alice.get(year)).text.split("June")[0]
    send_quick(alice, tom, reason="ill")
    listed = page(alice.get(year))
    assert today_in(listed) == f"Tue 16{YOU_TOLD}Not marked yet"
    # The figures are school's, and stay as they are.
    assert listed.text.split("June")[0] == says
    for address in ("/home", f"/children/{tom}"):
        found = page(alice.get(address))
        drawn = "".join(pictures(found))
        assert found.text.count(YOU_TOLD) == 1
        assert "year-told" in drawn and "1 told to school, not recorded yet" in drawn
    assert today_in(page(bob.get(year))).startswith("Tue 16School was told. It has not recorded it yet")
    mark(world, "I")
    assert YOU_TOLD not in page(alice.get("/home")).text


def test_a_report_of_other_hours_or_taken_back_gives_no_reason(as_parent: Enter, world: World, at):
    alice, tom = as_parent(world.alice), public_id(world.tom)
    year = f"/children/{tom}/year"
    early = FamilyReport(
        1, 1, "r", True, "early", "sent", TODAY, TODAY, None, None, TODAY_AT, "ill", leaves_at=time(12, 0)
    )  # fmt: skip
    with read_door() as db:
        keys = (world.organisation, world.hill)
        said = said_by_family([early], calendar_of(db, *keys), times_of(db, *keys, TODAY), 3)
    assert said == {(TODAY, Half.PM): YOU_TOLD}
    send_quick(alice, tom, reason="ill")
    at.move_to("2026-06-16T08:30:00+00:00")
    mark(world, "N")
    (report,) = reports()
    withdraw_report((ContactKey(world.organisation, world.alice),), report.public_id, report.version, "10am")
    assert today_in(page(alice.get(year))).startswith("Tue 16No reason yet")


def test_one_key_stands_under_all_years(as_parent: Enter, world: World):
    found = page(as_parent(world.alice).get("/home"))
    assert len(pictures(found)) == 2
    assert [each.get("class") for each in found.all(".//ul")].count("year__key") == 1


def test_the_childs_page_does_as_today_does(as_parent: Enter, world: World):
    alice, ella = as_parent(world.alice), public_id(world.ella)
    assert "Ella is not coming in" in page(alice.get(f"/children/{ella}")).links()
    receipt = send_quick(alice, ella, reason="ill").location.split("?")[0]
    after = page(alice.get(f"/children/{ella}")).links()
    assert "Ella is not coming in" not in after
    assert after["See or change this"] == receipt
    again = page(alice.get(f"/children/{ella}/away-today"))
    assert (again.links()["See it"], again.links()["Add to it"]) == (receipt, f"{receipt}?write=yes#talk")


def test_the_day_and_time_of_a_change_are_folded_until_they_change(as_parent: Enter, world: World):
    alice, folded = as_parent(world.alice), ".//details[@class='govuk-details']"
    address = send_quick(alice, public_id(world.ella), reason="ill").location.split("?")[0] + "/change"
    shown = page(alice.get(address))
    assert [each.get("open") for each in shown.all(folded)] == [None]
    places = [shown.text.find(words) for words in ("What is wrong?", "Change the day or time", "What is it?")]
    assert -1 not in places and places == sorted(places)
    refused = page(alice.post(address, data={**shown.fields(address), "starts_on_day": "40"}))
    assert refused.status == 422
    assert [each.get("open") for each in refused.all(folded)] == [""]


def test_an_undone_decision_is_seen_by_nobody(as_parent: Enter, world: World, at, decided: tuple[int, ...]):
    alice, year = as_parent(world.alice), f"/children/{public_id(world.tom)}/year"
    before = page(alice.get(year)).text
    undo(Decider(world.organisation, world.hill, khan(world)), decided)
    assert page(alice.get(year)).text == before
    at.shift(timedelta(minutes=3))
    assert page(alice.get(year)).text == before


def test_a_child_who_was_seen_is_said_to_be_there(as_parent: Enter, as_staff: Enter, world: World, at):
    at.move_to("2026-06-16T08:30:00+00:00")
    mark(world, "N")
    alice, office = as_parent(world.alice), as_staff(world.officer)
    staff_page = f"/staff/hill/pupils/{public_id(world.tom)}"
    assert "No reason yet" in page(office.get(staff_page)).text
    at.shift(timedelta(minutes=5))
    kept = here_now(Caseworker(world.organisation, world.hill, khan(world)), world.tom_enrolment)
    at.shift(timedelta(minutes=5))
    assert "Seen in school at 9:35am" in page(alice.get("/home")).text
    identity = page(office.get(staff_page)).text.split("This school year")[0]
    assert "Seen in school 09:35" in identity
    assert "No reason yet" not in identity
    strike(Desk(world.organisation, world.hill, khan(world)), kept.public_id, "Another Tom")
    assert "Seen in school" not in page(alice.get("/home")).text
    assert "No reason yet" in page(office.get(staff_page)).text


def test_a_sighting_of_the_morning_says_nothing_of_the_afternoons_mark(as_parent: Enter, world: World, at):
    at.move_to("2026-06-16T08:35:00+00:00")
    here_now(Caseworker(world.organisation, world.hill, khan(world)), world.tom_enrolment)
    at.move_to("2026-06-16T12:30:00+00:00")
    assert "Seen in school at 9:35am" in page(as_parent(world.alice).get("/home")).text
    mark(world, "N", half=1)
    assert "School recorded: no reason yet" in page(as_parent(world.alice).get("/home")).text
    here_now(Caseworker(world.organisation, world.hill, khan(world)), world.tom_enrolment)
    assert "Seen in school at 1:30pm" in page(as_parent(world.alice).get("/home")).text
