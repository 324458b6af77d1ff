"""Shapes that pages read from the record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, update

from tests.factories import World, add_pupil
from tests.oracles import caches as oracle
from tests.record.marking import COUNTS, OFFICER, batch, changes, day, statements, undone
from webapp.foundation.db import Database, read_door, unit_of_work
from webapp.people.models import Enrolment, Placement
from webapp.record import queries
from webapp.record.models import PupilYear
from webapp.record.services import MarkChange, MarkStage, write_imported_marks, write_marks

SYMBOLS = oracle.SYMBOL


@contextmanager
def asked(database: Database, times: int) -> Iterator[Connection]:
    """A reading connection on which exactly so many statements are sent."""
    with read_door() as db, statements(database) as sent:
        yield db
    assert len(sent) == times, sent


def counts(row: Any) -> tuple[int, ...]:
    return tuple(int(getattr(row, name)) for name in COUNTS)


def test_a_family_s_weeks_come_in_one_query(db: Database, world: World) -> None:
    write_marks(batch(world, *changes(world.tom_enrolment, ["/", "\\", "I", "I"]), *changes(world.noor_enrolment, "N")))
    write_marks(batch(world, *changes(world.tom_enrolment, ["L"], first=day(7))))
    write_marks(batch(world, *changes(world.ella_enrolment, ["O"]), school=world.vale))
    children = [world.tom_enrolment, world.ella_enrolment]
    with asked(db, 1) as reading:
        rows = queries.pupil_weeks(reading, world.organisation, children, day(3), day(8))
    assert {(row.enrolment_id, row.week): (counts(row), row.codes) for row in rows} == {
        (world.tom_enrolment, day(0)): (oracle.count("/\\II"), "/\\II.........."),
        (world.tom_enrolment, day(7)): (oracle.count("L"), "L............."),
        (world.ella_enrolment, day(0)): (oracle.count("O"), "O............."),
    }
    with read_door() as reading:
        assert queries.pupil_weeks(reading, world.organisation, children, day(14), day(20)) == []
        assert queries.pupil_weeks(reading, world.other_organisation, children, day(0), day(8)) == []


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [(0, 0, 1), (6, 6, 1), (6, 7, 2), (0, 13, 2), (0, 14, 3)],
)
def test_mondays(first: int, last: int, expected: int) -> None:
    found = queries.mondays(day(first), day(last))
    assert len(found) == expected
    assert all(each.weekday() == 0 for each in found)
    assert found[0] <= day(first) and found[-1] <= day(last) < found[-1] + timedelta(days=7)


def test_years_with_and_without_marks(db: Database, world: World) -> None:
    write_marks(batch(world, *changes(world.tom_enrolment, ["/", "U"])))
    with unit_of_work() as tx:
        tx.execute(
            insert(PupilYear).values(
                organisation_id=world.organisation,
                school_id=world.hill,
                year=2024,
                enrolment_id=world.tom_enrolment,
                brought_in=True,
                **dict.fromkeys(COUNTS, 6),
            )
        )
    with asked(db, 1) as reading:
        rows = queries.pupil_years(reading, world.organisation, [world.tom_enrolment], [2023, 2024, 2025])
    assert [(row.year, counts(row), row.brought_in) for row in rows] == [
        (2024, (6,) * 7, True),
        (2025, oracle.count("/U"), False),
    ]


def test_marks_with_their_notes_and_amendments_with_their_parts(db: Database, world: World) -> None:
    tom = world.tom_enrolment
    write_marks(batch(world, MarkChange(tom, day(0), 0, "B", note="Farm school"), MarkChange(tom, day(0), 1, "N")))
    write_marks(batch(world, MarkChange(tom, day(0), 1, "U", 45), MarkChange(tom, day(1), 0, "N"), reason="Bus"))
    write_marks(batch(world, MarkChange(tom, day(1), 0, None), MarkChange(tom, day(0), 0, "I"), reason="Slip"))
    with asked(db, 2) as reading:
        marks = queries.pupil_marks(reading, world.organisation, tom, day(0), day(4))
        amendments = queries.pupil_amendments(reading, world.organisation, tom, day(0), day(4))
    assert [tuple(row) for row in marks] == [(day(0), 0, "I", None, None), (day(0), 1, "U", 45, None)]
    parts = [(r.date, r.half, r.original_code, r.amended_code, r.amended_minutes_late, r.reason) for r in amendments]
    assert parts == [
        (day(0), 0, "B", "I", None, "Slip"),
        (day(0), 1, "N", "U", 45, "Bus"),
        (day(1), 0, "N", None, None, "Slip"),
    ]
    assert {(r.actor_name, r.actor_position) for r in amendments} == {("Saira Khan", "Attendance officer")}
    assert all(r.amended_at.tzinfo is not None for r in amendments)
    write_marks(batch(world, MarkChange(tom, day(0), 0, "B"), reason="Was there"))
    with read_door() as reading:
        assert queries.pupil_marks(reading, world.organisation, tom, day(0), day(0))[0].note == "Farm school"


def test_the_facts_of_a_day(db: Database, world: World) -> None:
    with unit_of_work() as tx:
        left = add_pupil(tx, world.organisation, world.hill, "Left", "Before")[1]
        coming = add_pupil(tx, world.organisation, world.hill, "Comes", "Later")[1]
        unplaced = add_pupil(tx, world.organisation, world.hill, "No", "Form")[1]
        tx.execute(update(Enrolment).where(Enrolment.id == left).values(ends_on=day(0)))
        tx.execute(update(Enrolment).where(Enrolment.id == coming).values(starts_on=day(2)))
        tx.execute(update(Placement).where(Placement.enrolment_id == unplaced).values(ends_on=day(0)))
        tx.execute(update(Placement).where(Placement.enrolment_id == world.tom_enrolment).values(ends_on=day(0)))
        tx.execute(update(Placement).where(Placement.enrolment_id == world.noor_enrolment).values(ends_on=day(1)))
        tx.execute(
            insert(Placement).values(
                organisation_id=world.organisation,
                school_id=world.hill,
                enrolment_id=world.tom_enrolment,
                starts_on=day(1),
                year_group=4,
                form_id=world.form_3k,
            )
        )
    tom, noor = world.tom_enrolment, world.noor_enrolment
    write_marks(
        batch(
            world,
            MarkChange(tom, day(1), 0, "L", 9),
            MarkChange(tom, day(1), 1, "C1"),
            MarkChange(noor, day(0), 0, "I"),
        )
    )
    with asked(db, 2) as reading:
        rows = queries.session_facts(reading, world.organisation, world.hill, day(1))
        late = queries.minutes_late(reading, world.organisation, [tom, noor], day(1))
    facts = {
        row.enrolment_id: (
            row.pupil_id,
            row.year_group,
            row.form_id,
            queries.code_in(row.symbols, 0),
            queries.code_in(row.symbols, 1),
        )
        for row in rows
    }
    assert facts.keys() == {tom, noor, unplaced}
    assert facts[tom] == (world.tom, 4, world.form_3k, "L", "C1")
    assert facts[noor] == (world.noor, 3, world.form_3k, None, None)
    assert facts[unplaced][1:] == (None, None, None, None)
    assert late == {(tom, 0): 9}


def test_open_conflicts_show_what_stands_now(db: Database, world: World) -> None:
    tom = world.tom_enrolment
    for theirs, ours in (("N", "I"), ("O", None)):
        stage = MarkStage()
        stage.load([(tom, day(0), half, theirs, None) for half in (0, 1)])
        write_imported_marks(world.organisation, world.hill, stage, OFFICER)
        if ours:
            write_marks(batch(world, *(MarkChange(tom, day(0), half, ours) for half in (0, 1))))
    write_marks(batch(world, MarkChange(tom, day(0), 0, "M"), MarkChange(tom, day(0), 1, "O")))
    with asked(db, 1) as reading:
        rows = queries.open_conflicts(reading, world.organisation, world.hill)
    assert [(row.pupil_id, row.date, row.half, row.ours, row.theirs) for row in rows] == [
        (world.tom, day(0), 0, "M", "O")
    ]
    with read_door() as reading:
        assert queries.open_conflicts(reading, world.organisation, world.vale) == []


def test_a_school_s_weeks_and_pupils(db: Database, world: World) -> None:
    write_marks(batch(world, *changes(world.tom_enrolment, "/\\II"), *changes(world.noor_enrolment, "N/")))
    write_marks(batch(world, *changes(world.tom_enrolment, "L", first=day(7))))
    write_marks(batch(world, *changes(world.ella_enrolment, "OO"), school=world.vale))
    with asked(db, 4) as reading:
        weeks = queries.school_weeks(reading, world.organisation, world.hill, 2025)
        reasons = queries.school_week_reasons(reading, world.organisation, world.hill, 2025)
        pupils = queries.school_pupils(reading, world.organisation, world.hill, 2025, day(0))
        groups = queries.school_year_groups(reading, world.organisation, world.hill, 2025, day(0))
    assert [(row.week, row.pupils) for row in weeks] == [(day(0), 2), (day(7), 1)]
    for row, more, codes in zip(weeks, reasons, ("/\\IIN/", "L"), strict=True):
        classes = (row.present, row.authorised, row.unauthorised)
        assert (*classes, more.late, more.unresolved, more.illness) == oracle.count(codes)[1:]
        assert row.week == more.week
    assert {row.enrolment_id: (row.pupil_id, row.year_group, counts(row)) for row in pupils} == {
        world.tom_enrolment: (world.tom, 3, oracle.count("/\\IIL")),
        world.noor_enrolment: (world.noor, 3, oracle.count("N/")),
    }
    assert [(row.year_group, row.pupils, counts(row)) for row in groups] == [(3, 2, oracle.count("/\\IILN/"))]
    with read_door() as reading:
        assert queries.school_weeks(reading, world.organisation, world.hill, 2024) == []


def test_a_week_in_two_academic_years_stands_in_both(db: Database, world: World) -> None:
    write_marks(batch(world, *changes(world.tom_enrolment, ["/"] * 14, first=date(2026, 7, 27))))
    with read_door() as reading:
        for year in (2025, 2026):
            weeks = queries.school_weeks(reading, world.organisation, world.hill, year)
            assert [row.week for row in weeks] == [date(2026, 7, 27)]
        years = queries.pupil_years(reading, world.organisation, [world.tom_enrolment], [2025, 2026])
    assert [(row.year, row.possible) for row in years] == [(2025, 10), (2026, 4)]


FIGURES = st.lists(
    st.tuples(st.booleans(), st.integers(0, 380), st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=12
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(figures=FIGURES)
def test_trust_sums_count_persistent_and_severe_exactly(
    db: Database, world: World, figures: list[tuple[bool, int, int, int]]
) -> None:
    schools: dict[int, list[tuple[int, int, int]]] = {}
    with undone() as reading:
        for number, (at_hill, present, authorised, unauthorised) in enumerate(figures):
            school = world.hill if at_hill else world.vale
            enrolment = add_pupil(reading, world.organisation, school, f"P{number}", "Year")[1]
            possible = present + authorised + unauthorised
            reading.execute(
                insert(PupilYear).values(
                    organisation_id=world.organisation,
                    school_id=school,
                    year=2025,
                    enrolment_id=enrolment,
                    possible=possible,
                    present=present,
                    authorised=authorised,
                    unauthorised=unauthorised,
                    late=0,
                    unresolved=0,
                    illness=0,
                )
            )
            schools.setdefault(school, []).append((possible, authorised, unauthorised))
        rows = queries.trust_schools(reading, world.organisation, [world.hill, world.vale], 2025)
        found = {row.school_id: (row.pupils, row.possible, row.persistent, row.severe) for row in rows}
        groups = queries.school_year_groups(reading, world.organisation, world.hill, 2025, day(0))
    expected = {}
    for school, years in schools.items():
        missed = [Fraction(a + u, p) for p, a, u in years if p]
        expected[school] = (
            len(years),
            sum(p for p, _, _ in years),
            sum(each >= Fraction(1, 10) for each in missed),
            sum(each >= Fraction(1, 2) for each in missed),
        )
    assert found == expected
    if world.hill in expected:
        assert [(row.pupils, row.possible, row.persistent, row.severe) for row in groups] == [expected[world.hill]]


def test_a_trust_is_one_query_however_many_schools(db: Database, world: World) -> None:
    with asked(db, 1) as reading:
        queries.trust_schools(reading, world.organisation, [world.hill, world.vale], 2025)
