"""What a parent sees while school has decided and has not told, and when somebody has seen the child in school."""

from __future__ import annotations

from datetime import timedelta
from xml.etree.ElementTree import tostring

import pytest

from tests.blueprints.parent.test_report import public_id, reports, send_quick
from tests.factories import TODAY, World
from tests.pages import Enter, Page, page, text_of
from webapp.absence.services.decide import confirm
from webapp.absence.services.deciders import Decider, Decision
from webapp.absence.services.undo import undo
from webapp.first_day.services.handling import Caseworker, here_now
from webapp.foundation.trail import Actor, ActorKind
from webapp.record.services import MarkBatch, MarkChange, MarkSource, write_marks
from webapp.record.services.arrivals import Desk
from webapp.record.services.sightings import strike


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
    assert today_in(page(alice.get(year))).startswith("Tue 16No reason yet")
    drawn = pictures(page(alice.get("/home")))
    assert drawn
    at.shift(timedelta(minutes=2))
    assert today_in(page(alice.get(year))).startswith("Tue 16Ill")
    assert pictures(page(alice.get("/home"))) != drawn


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
