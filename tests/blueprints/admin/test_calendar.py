"""The calendar on its pages: a closure of today holds at once, and nothing goes without a second look."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, update

from tests.blueprints.staff.conftest import BOARD, HillMorning
from tests.factories import TODAY, World
from tests.pages import Enter, counted_statements, page
from tests.people.imports.filing import bring, rows_of
from tests.people.imports.test_pupils import pupil
from webapp.first_day.models import FirstDayCase
from webapp.foundation.db import Database, read_door, unit_of_work
from webapp.foundation.sessions import Half
from webapp.foundation.trail import TrailEntry
from webapp.people.models import CalendarEvent, Placement, Term
from webapp.people.queries import calendar_of
from webapp.people.rules.files import ImportKind

CALENDAR = "/staff/hill/calendar"
NEW = f"{CALENDAR}/new"
CLOSED_TODAY = {"kind": "closure_unplanned", "name": "Snow", "starts_on": TODAY.isoformat(), "sure": "1"}
INSET = f"{CALENDAR}/inset.2026-06-26.all."


def add(client: FlaskClient, **typed: Any) -> Any:
    return client.post(NEW, data={**page(client.get(NEW)).fields(NEW), **typed})


def take(client: FlaskClient, address: str, **typed: str) -> Any:
    return client.post(address, data={**page(client.get(address)).fields(address), **typed})


def is_open(world: World, on: date = TODAY, year: int | None = None, half: Half = Half.AM) -> bool:
    with read_door() as db:
        return calendar_of(db, world.organisation, world.hill).is_open(on, half, year)


def test_terms_and_closed_days_are_listed_from_today_on(keeper: FlaskClient, db: Database) -> None:
    with counted_statements(db) as seen:
        found = page(keeper.get(CALENDAR))
    assert len(seen) <= 12
    assert "Summer" in found.text and "Autumn" not in found.text
    assert "INSET dayFri 26 June 2026Whole school" in found.text
    assert "Bank holiday" not in found.text
    assert "Bank holiday" in page(keeper.get(f"{CALENDAR}?past=1")).text


def test_an_unplanned_closure_by_year_group(keeper: FlaskClient, world: World) -> None:
    assert is_open(world, TODAY, 3)
    answer = add(keeper, **{**CLOSED_TODAY, "half": "pm", "years": ["3", "-1"]})
    assert answer.status_code == 303
    assert [is_open(world, TODAY, year, Half.PM) for year in (3, 4, -1)] == [False, True, False]
    assert is_open(world, TODAY, 3)
    listed = page(keeper.get(CALENDAR))
    assert "Nursery, Year 3, afternoon" in listed.text and "Snow" in listed.text
    (deed,) = rows_of(TrailEntry, TrailEntry.action == "added_to_calendar")
    assert (deed.actor_name, deed.school_id) == ("Adil Farooq", world.hill)

    gone = take(keeper, f"{CALENDAR}/closure_unplanned.2026-06-16.pm.-1_3", sure="1")
    assert gone.status_code == 303
    assert is_open(world, TODAY, 3, Half.PM)


def test_closing_today_asks_first(keeper: FlaskClient, world: World) -> None:
    typed = {name: value for name, value in CLOSED_TODAY.items() if name != "sure"}
    answer = add(keeper, **typed)
    asks = page(answer)
    assert (answer.status_code, asks.fields(NEW)["name"]) == (422, "Snow")
    assert "School closes today for those named below" in asks.text
    assert is_open(world)
    # Days to come need no second look.
    assert add(keeper, **{**typed, "starts_on": "2026-06-18"}).status_code == 303
    assert not is_open(world, date(2026, 6, 18))


def test_a_closure_today_is_on_the_board_and_on_todays_pages_at_once(
    hill: HillMorning,
    administrator: int,
    as_staff: Enter,
    as_parent: Enter,
    world: World,
) -> None:
    hill.clock("08:50")
    keeper, officer, alice = as_staff(administrator), as_staff(world.officer), as_parent(world.alice)
    assert "2 due" in page(officer.get(BOARD)).text
    assert "closed" not in page(alice.get("/home")).text.casefold()
    assert add(keeper, **CLOSED_TODAY).status_code == 303
    assert "Nobody is due in this session. School is closed." in page(officer.get(BOARD)).text
    assert "closed" in page(alice.get("/home")).text.casefold()


def test_a_closure_of_one_year_leaves_the_others_due(
    hill: HillMorning,
    administrator: int,
    as_staff: Enter,
    world: World,
) -> None:
    hill.clock("08:50")
    assert add(as_staff(administrator), **{**CLOSED_TODAY, "years": ["4"]}).status_code == 303
    assert "2 due" in page(as_staff(world.officer).get(BOARD)).text


def test_a_child_who_is_being_looked_for_is_not_lost_by_a_closure(
    hill: HillMorning,
    administrator: int,
    as_staff: Enter,
    world: World,
) -> None:
    hill.clock("09:16")
    keeper = as_staff(administrator)
    hill.register()
    hill.run()
    (case,) = rows_of(FirstDayCase)
    assert case.state == "open"
    typed = {name: value for name, value in CLOSED_TODAY.items() if name != "sure"}
    assert "1 child is being looked for now" in page(add(keeper, **typed)).text
    assert add(keeper, **CLOSED_TODAY).status_code == 303

    assert [row.state for row in rows_of(FirstDayCase)] == ["open"]
    # The number for everybody; who it is, for those who work the board.
    told = page(keeper.get(CALENDAR))
    assert "1 child is still being looked for" in told.text
    assert "Tom Ahmed" not in told.text
    head = as_staff(world.head)
    address = page(head.get(CALENDAR)).links()["Tom Ahmed"]
    assert "Close the search" in page(head.get(address)).text


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"kind": ""}, "kind", "Choose what it is."),
        ({"kind": "term", "name": ""}, "name", "Enter the name of the term"),
        ({"kind": "term", "name": "X", "ends_on": ""}, "ends_on", "Enter the last day of the term."),
        ({"kind": "term", "name": "X", "ends_on": "2026-07-20"}, "starts_on", "Summer has some of these days."),
        ({"starts_on": "31/02/2026"}, "starts_on", "There is no such day."),
        ({"starts_on": ""}, "starts_on", "Write the date as"),
        ({"ends_on": "2026-06-29"}, "ends_on", "The last day is before the first day."),
        ({"ends_on": "2027-06-30"}, "ends_on", "Check the year of both days."),
        ({"starts_on": "2026-08-12"}, "starts_on", "This is in no term"),
        ({"starts_on": "2026-06-26"}, "starts_on", "This is in the calendar already."),
        ({"half": "noon"}, "half", "Use am, pm or all."),
        ({"years": "99"}, "years", "Use N, R and year numbers"),
        ({"name": "n" * 201}, "name", "Use 200 letters at most."),
    ],
)
def test_what_cannot_be_names_the_field_and_changes_nothing(
    keeper: FlaskClient, typed: dict[str, str], field: str, words: str
) -> None:
    before = (rows_of(CalendarEvent), rows_of(Term))
    found = page(add(keeper, **{"kind": "inset", "starts_on": "2026-06-30", **typed}))
    assert found.status == 422
    assert [href for text, href in found.links().items() if words in text] == [f"#{field}"]
    assert found.fields(NEW)["starts_on"] == typed.get("starts_on", "2026-06-30")
    assert (rows_of(CalendarEvent), rows_of(Term)) == before


def test_nothing_goes_without_a_second_look(keeper: FlaskClient, world: World) -> None:
    looked = page(keeper.get(INSET))
    assert looked.h1 == "Take INSET day out of the calendar?"
    assert take(keeper, INSET).status_code == 422
    assert not is_open(world, date(2026, 6, 26))
    fields = {**looked.fields(INSET), "sure": "1"}
    # The same form twice is one deed.
    assert [keeper.post(INSET, data=fields).status_code for _ in range(2)] == [303, 303]
    assert is_open(world, date(2026, 6, 26))
    assert len(rows_of(TrailEntry, TrailEntry.action == "took_from_calendar")) == 1
    assert keeper.get(INSET).status_code == 404


def test_a_term_that_holds_today_says_what_its_end_means(keeper: FlaskClient, world: World) -> None:
    address = f"{CALENDAR}/term.2026-04-13"
    assert "That holds from now on, today too." in page(keeper.get(address)).text
    assert take(keeper, address, sure="1").status_code == 303
    assert not is_open(world)
    assert "Without terms no session is held" in page(keeper.get(CALENDAR)).text
    assert add(keeper, kind="term", name="Summer", starts_on="2026-04-13", ends_on="2026-07-17").status_code == 303
    assert is_open(world)


def test_somebody_was_first(keeper: FlaskClient, as_staff: Enter, world: World) -> None:
    head = as_staff(world.head)
    hers = {**page(head.get(INSET)).fields(INSET), "sure": "1"}
    assert take(keeper, INSET, sure="1").status_code == 303
    assert add(keeper, kind="inset", starts_on="2026-06-26", ends_on="2026-06-29").status_code == 303
    late = head.post(INSET, data=hers)
    assert late.status_code == 409
    assert "Somebody has changed the calendar meanwhile" in page(late).text
    assert not is_open(world, date(2026, 6, 29))


def test_another_schools_entry_is_not_there(keeper: FlaskClient, world: World) -> None:
    with unit_of_work() as tx:
        tx.execute(
            insert(CalendarEvent).values(
                organisation_id=world.organisation, id=900, school_id=world.vale, kind="inset",
                starts_on=date(2026, 6, 29), ends_on=date(2026, 6, 29), half="all", year_groups="", reason="",
            )
        )  # fmt: skip
    form = {**page(keeper.get(INSET)).fields(INSET), "sure": "1", "ends_on": "2026-06-29"}
    theirs = f"{CALENDAR}/inset.2026-06-29.all."
    assert [keeper.get(theirs).status_code, keeper.post(theirs, data=form).status_code] == [404, 404]


def test_the_years_that_the_school_has_are_offered(keeper: FlaskClient, world: World) -> None:
    def offered() -> list[str]:
        return [each.get("value", "") for each in page(keeper.get(NEW)).all(".//input") if each.get("name") == "years"]

    assert offered() == ["3"]
    rows = [pupil(1, Year="R", Reg="RK"), pupil(2, Year="6", Reg="6M")]
    bring(world, ImportKind.PUPILS, rows, part=True)
    assert offered() == ["0", "3", "6"]
    assert "Reception" in page(keeper.get(NEW)).text
    with unit_of_work() as tx:
        tx.execute(update(Placement).values(ends_on=date(2026, 6, 15), starts_on=date(2025, 9, 1)))
    assert offered() == [str(year) for year in range(-1, 15)]


def test_who_may_and_whose_school(keeper: FlaskClient, as_staff: Enter, world: World) -> None:
    assert as_staff(world.officer).get(CALENDAR).status_code == 403
    assert as_staff(world.vale_officer).get(CALENDAR).status_code == 404
    assert keeper.get(f"{CALENDAR}/term.2026-04-14").status_code == 404
    token = page(keeper.get(INSET)).fields(INSET)
    stranger = as_staff(world.other_officer, world.other_organisation)
    assert stranger.post(INSET, data=token).status_code in (400, 404)
    assert len([row for row in rows_of(CalendarEvent) if row.kind == "inset"]) == 3
