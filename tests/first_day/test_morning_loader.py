"""The loader of a session: what it asks the database, and that its counts always add up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, event, insert

from tests.factories import TODAY, World, add_pupil
from webapp.absence.models import AbsenceReport
from webapp.first_day.models import FirstDayCase
from webapp.first_day.queries.morning import Morning, load_morning
from webapp.foundation.db import Database, insert_row, read_door, unit_of_work
from webapp.foundation.sessions import Half
from webapp.people.models import PupilGroup
from webapp.record.models import Expectation, Mark, Register, Sighting
from webapp.record.rules import Flag, Whereabouts, WorkList

EARLY = datetime(2026, 6, 16, 7, 50, tzinfo=UTC)
"""8:50 in London: the register is open."""
CLOSED = datetime(2026, 6, 16, 8, 20, tzinfo=UTC)
"""9:20: it closed at 9:15."""


def mark(tx: Connection, world: World, enrolment_id: int, code: str, minutes: int | None = None) -> None:
    tx.execute(
        insert(Mark).values(
            organisation_id=world.organisation, enrolment_id=enrolment_id, date=TODAY, half=0, code=code,
            minutes_late=minutes,
        )
    )  # fmt: skip


def register(tx: Connection, world: World, state: str) -> None:
    tx.execute(
        insert(Register).values(
            organisation_id=world.organisation, school_id=world.hill, date=TODAY, half=0, form_id=world.form_3k,
            state=state, taken_at=EARLY,
        )
    )  # fmt: skip


def report(tx: Connection, world: World, enrolment_id: int, **more: object) -> int:
    values: dict[str, object] = {
        "organisation_id": world.organisation, "public_id": f"rep-{enrolment_id}-{len(more)}", "school_id": world.hill,
        "enrolment_id": enrolment_id, "contact_id": world.alice, "told_by": "Alice Ahmed", "channel": "app",
        "kind": "all_day", "starts_on": TODAY, "ends_on": TODAY, "reason": "ill", "suggested_code": "I",
        "state": "sent", "sent_at": EARLY, **more,
    }  # fmt: skip
    return insert_row(tx, AbsenceReport, **values)


def look(world: World, now: datetime = CLOSED) -> Morning:
    with read_door() as db:
        return load_morning(db, world.organisation, world.hill, TODAY, Half.AM, now)


def names(morning: Morning, work_list: WorkList) -> list[str]:
    return [pupil.name for pupil in morning.pupils_in(work_list)]


def counts(morning: Morning) -> tuple[int, int, int, int]:
    a, b, c, d = (morning.counts.get(state, 0) for state in Whereabouts)
    return a, b, c, d


def test_before_the_register_nobody_is_known_and_no_row_is_read(db: Database, world: World) -> None:
    morning = look(world, EARLY)
    assert counts(morning) == (0, 0, 0, 2)
    assert morning.pupils == ()
    assert [(form.form, form.due, form.not_known) for form in morning.forms] == [("3K", 2, 2)]


def test_after_close_an_untaken_register_is_not_known_and_a_blank_in_a_taken_one_is_unexplained(
    db: Database, world: World
) -> None:
    assert counts(look(world)) == (0, 0, 0, 2)
    with unit_of_work() as tx:
        register(tx, world, "taken")
        mark(tx, world, world.noor_enrolment, "/")
    morning = look(world)
    assert counts(morning) == (1, 0, 1, 0)
    assert names(morning, WorkList.UNEXPLAINED) == ["Tom Ahmed"]


@pytest.mark.parametrize(("now", "expected"), [(EARLY, (1, 0, 0, 1)), (CLOSED, (1, 0, 1, 0))], ids=["open", "closed"])
def test_an_n_waits_for_the_close(
    db: Database, world: World, now: datetime, expected: tuple[int, int, int, int]
) -> None:
    with unit_of_work() as tx:
        register(tx, world, "taken")
        mark(tx, world, world.noor_enrolment, "/")
        mark(tx, world, world.tom_enrolment, "N")
    assert counts(look(world, now)) == expected


def test_a_report_explains_and_waits_to_be_confirmed(db: Database, world: World) -> None:
    with unit_of_work() as tx:
        register(tx, world, "taken")
        mark(tx, world, world.noor_enrolment, "/")
        mark(tx, world, world.tom_enrolment, "N")
        report(tx, world, world.tom_enrolment)
    morning = look(world)
    assert counts(morning) == (1, 1, 0, 0)
    (tom,) = morning.pupils_in(WorkList.TO_CONFIRM)
    assert tom.report is not None
    assert tom.report.told_by == "Alice Ahmed"


def test_reported_away_but_marked_in_is_in_school_with_a_clash(db: Database, world: World) -> None:
    with unit_of_work() as tx:
        register(tx, world, "taken")
        mark(tx, world, world.tom_enrolment, "/")
        mark(tx, world, world.noor_enrolment, "/")
        report(tx, world, world.tom_enrolment)
    morning = look(world)
    assert counts(morning) == (2, 0, 0, 0)
    (tom,) = morning.pupils_in(WorkList.REPORTED_MARKED_IN)
    assert Flag.CLASH in tom.state.flags


def test_sightings_lates_expectations_leave_cases_and_flags(db: Database, world: World) -> None:
    with unit_of_work() as tx:
        register(tx, world, "taken")
        _, late_enrolment = add_pupil(tx, world.organisation, world.hill, "Lily", "Ono", form_id=world.form_3k)
        _, trip = add_pupil(tx, world.organisation, world.hill, "Vic", "Trip", form_id=world.form_3k)
        _, leave = add_pupil(tx, world.organisation, world.hill, "Leo", "Novak", form_id=world.form_3k)
        mark(tx, world, late_enrolment, "L", 9)
        mark(tx, world, trip, "V")
        mark(tx, world, leave, "N")
        mark(tx, world, world.tom_enrolment, "N")
        mark(tx, world, world.noor_enrolment, "N")
        for enrolment_id, kind, code in ((trip, "elsewhere", "V"), (leave, "leave", "C")):
            tx.execute(
                insert(Expectation).values(
                    organisation_id=world.organisation, school_id=world.hill, enrolment_id=enrolment_id, date=TODAY,
                    half=0, kind=kind, code=code, confirmed_at=EARLY,
                )
            )  # fmt: skip
        insert_row(
            tx, Sighting, organisation_id=world.organisation, public_id="sig-1", school_id=world.hill,
            enrolment_id=world.tom_enrolment, date=TODAY, kind="arrived", at=CLOSED, seen_by="S Khan",
        )  # fmt: skip
        insert_row(
            tx, FirstDayCase, organisation_id=world.organisation, public_id="case-1", school_id=world.hill,
            enrolment_id=world.noor_enrolment, date=TODAY, half=0, state="open", opened_at=CLOSED,
            owner_role="attendance_officer", next_step="ring", next_contact_id=world.charlie,
            next_due_at=CLOSED + timedelta(minutes=15),
        )  # fmt: skip
    morning = look(world, CLOSED + timedelta(minutes=5))
    assert counts(morning) == (2, 2, 1, 0)
    assert morning.due == 5
    assert set(names(morning, WorkList.LATE)) == {"Tom Ahmed", "Lily Ono"}
    assert names(morning, WorkList.UNEXPLAINED) == ["Noor Shah"]
    (noor,) = morning.pupils_in(WorkList.UNEXPLAINED)
    assert noor.row.next_contact_name == "Charlie"
    assert {Flag.LOOK_FIRST, Flag.CASE_OPEN} <= noor.state.flags


def test_a_closed_day_has_nobody_due(db: Database, world: World) -> None:
    with read_door() as door:
        inset = load_morning(
            door, world.organisation, world.hill, TODAY.replace(day=26), Half.AM, CLOSED + timedelta(days=10)
        )
    assert inset.due == 0
    assert inset.forms == ()


def test_another_school_and_organisation_are_not_seen(db: Database, world: World) -> None:
    with unit_of_work() as tx:
        mark(tx, world, world.ella_enrolment, "N")
    assert look(world).due == 2
    with read_door() as door:
        assert load_morning(door, world.other_organisation, world.hill, TODAY, Half.AM, CLOSED).due == 0


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    seen: list[str] = []

    def count(_c: object, _cur: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    for engine in (database.read_engine, database.write_engine):
        event.listen(engine, "before_cursor_execute", count)
    try:
        yield seen
    finally:
        for engine in (database.read_engine, database.write_engine):
            event.remove(engine, "before_cursor_execute", count)


@pytest.mark.parametrize("pupils", [0, 60])
def test_three_statements_whatever_the_number_of_pupils(db: Database, world: World, pupils: int) -> None:
    with unit_of_work() as tx:
        register(tx, world, "taken")
        for number in range(pupils):
            _, enrolment_id = add_pupil(tx, world.organisation, world.hill, f"P{number}", "Many", form_id=world.form_3k)
            mark(tx, world, enrolment_id, "N" if number % 2 else "/")
            tx.execute(
                insert(PupilGroup).values(
                    organisation_id=world.organisation, pupil_id=world.tom, group=f"g{number}", starts_on=TODAY
                )
            )
    look(world)
    with statements(db) as seen:
        morning = look(world)
    assert len(seen) == 3
    assert morning.due == pupils + 2
