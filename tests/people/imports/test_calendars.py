"""A file of a calendar: terms and what is closed inside them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import insert

from tests.factories import World
from tests.people.imports.filing import as_file, bring, rows_of, snapshot, told
from webapp.foundation.db import Database, read_door, unit_of_work
from webapp.foundation.sessions import Half
from webapp.people.models import CalendarEvent, ImportRun, Term
from webapp.people.queries import calendar_of
from webapp.people.rules.files import ConfirmationNeeded, ImportKind, ImportRefused

TABLES = (Term, CalendarEvent)


def row(kind: str, first: str, last: str = "", name: str = "", **cells: str) -> dict[str, str]:
    return {"Type": kind, "Description": name, "Start date": first, "End date": last, **cells}


THIS_YEAR = (
    row("Term", "02/09/2025", "19/12/2025", "Autumn"), row("Term", "05/01/2026", "27/03/2026", "Spring"),
    row("Term", "13/04/2026", "17/07/2026", "Summer"), row("Half term", "25/05/2026", "29/05/2026"),
    row("Bank holiday", "2026-05-04"), row("INSET", "26 June 2026"),
)  # fmt: skip


def calendar(world: World, *rows: dict[str, str], **options: Any) -> Any:
    return bring(world, ImportKind.CALENDAR, rows, **options)


def test_the_calendar_that_stands_changes_nothing(db: Database, world: World):
    with read_door() as connection:
        before = snapshot(connection, *TABLES)

    counts = calendar(world, *THIS_YEAR).counts

    assert (counts.new, counts.changed, counts.unchanged, counts.removed) == (0, 0, 6, 0)
    with read_door() as connection:
        assert snapshot(connection, *TABLES) == before


def test_closures_by_half_and_year_group_and_a_new_year(db: Database, world: World):
    calendar(
        world,
        row("Training day", "15/06/2026", name="First aid", Half="PM"),
        row("closure", "16/06/2026", name="Trip", **{"Year groups": "R, 1,2"}),
        row("Unexpected closure", "15/06/2026", name="Boiler", Half="morning"),
    )

    with read_door() as connection:
        found = calendar_of(connection, world.organisation, world.hill)
    monday, tuesday = date(2026, 6, 15), date(2026, 6, 16)
    assert not found.is_open(monday, Half.AM)
    assert not found.is_open(monday, Half.PM)
    assert found.session(monday, Half.AM).unplanned
    assert found.is_open(tuesday, Half.AM)
    assert not found.is_open(tuesday, Half.AM, 0)
    assert found.is_open(tuesday, Half.AM, 3)


def test_a_training_day_that_moves_is_not_closed_twice(db: Database, world: World):
    moved = (*THIS_YEAR[:-1], row("INSET", "29/06/2026", name="Moved"))
    with pytest.raises(ConfirmationNeeded, match="1 of 6") as caught:
        calendar(world, *moved)
    assert caught.value.findings.removing == ("inset from 26 June 2026",)

    counts = calendar(world, *moved, confirmed=True).counts

    assert (counts.new, counts.removed) == (1, 1)
    inset = rows_of(CalendarEvent, CalendarEvent.kind == "inset", CalendarEvent.school_id == world.hill)
    assert [each.starts_on for each in inset] == [date(2026, 6, 29)]


def test_a_snow_day_stays_whatever_the_file_says(db: Database, world: World):
    with unit_of_work() as tx:
        tx.execute(
            insert(CalendarEvent).values(
                organisation_id=world.organisation, id=9999, school_id=world.hill, kind="closure_unplanned",
                starts_on=date(2026, 2, 3), ends_on=date(2026, 2, 3),
            )
        )  # fmt: skip

    assert calendar(world, *THIS_YEAR).counts.removed == 0


def test_another_year_leaves_this_one(db: Database, world: World):
    counts = calendar(world, row("Term", "02/09/2026", "18/12/2026", "Autumn"), row("INSET", "02/09/2026")).counts

    assert (counts.new, counts.removed, counts.of) == (2, 0, 0)
    assert len(rows_of(Term, Term.school_id == world.hill)) == 4


def test_events_alone_only_add(db: Database, world: World):
    assert calendar(world, row("INSET", "03/07/2026")).counts.removed == 0
    assert len(rows_of(CalendarEvent, CalendarEvent.school_id == world.hill)) == 4


def test_a_changed_last_day_and_name(db: Database, world: World):
    rows = (*THIS_YEAR[:2], row("Term", "13/04/2026", "21/07/2026", "Summer term"), *THIS_YEAR[3:])

    assert calendar(world, *rows).counts.changed == 1
    (term,) = rows_of(Term, Term.starts_on == date(2026, 4, 13), Term.school_id == world.hill)
    assert (term.name, term.ends_on) == ("Summer term", date(2026, 7, 21))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (row("Party", "01/07/2026"), "Type"),
        (row("", "01/07/2026"), "Type"),
        (row("INSET", ""), "Start date"),
        (row("INSET", "07/25/2026"), "Start date"),
        (row("INSET", "02/07/2026", "01/07/2026"), "End date"),
        (row("INSET", "01/07/2026", "01/07/2027"), "End date"),
        (row("INSET", "01/07/2026", Half="evening"), "Half"),
        (row("INSET", "01/07/2026", **{"Year groups": "1;2"}), "Year groups"),
        (row("Term", "02/09/2026", "", "Autumn"), "End date"),
        (row("Term", "02/09/2026", "18/12/2026"), "Description"),
        (row("Term", "02/09/2026", "18/12/2026", "Autumn", Half="AM"), "Half"),
        # It would begin before the summer term ends.
        (row("Term", "01/07/2026", "18/12/2026", "Autumn"), "First day"),
        (row("INSET", "26/06/2026"), "Start date"),
    ],
)
def test_a_row_that_is_wrong_is_named_and_nothing_is_written(
    db: Database, world: World, wrong: dict[str, str], field: str
):
    with read_door() as connection:
        before = snapshot(connection, *TABLES, ImportRun)

    with pytest.raises(ImportRefused) as caught:
        bring(world, ImportKind.CALENDAR, as_file([*THIS_YEAR, wrong]))

    assert told(caught.value.findings.rejections) == [(8, field)]
    with read_door() as connection:
        assert snapshot(connection, *TABLES, ImportRun) == before
