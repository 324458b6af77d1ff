"""What the tests of marks, caches and merges share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, event, select

from tests.factories import World
from tests.oracles import caches as oracle
from webapp.foundation.db import Database, read_door
from webapp.foundation.trail import Actor, ActorKind
from webapp.record.models import Mark, MarkAmendment, PupilWeek, PupilYear
from webapp.record.services import MarkBatch, MarkChange, MarkSource

OFFICER = Actor(ActorKind.STAFF, 1, "Saira Khan", "Attendance officer")
MONDAY = date(2026, 6, 8)
COUNTS = ("possible", "present", "authorised", "unauthorised", "late", "unresolved", "illness")


def batch(
    world: World, *changes: MarkChange, reason: str = "Parent rang", source: MarkSource = MarkSource.STAFF,
    expected: list[str | None] | None = None, school: int | None = None,
) -> MarkBatch:  # fmt: skip
    return MarkBatch(world.organisation, school or world.hill, changes, OFFICER, reason, source, expected)


def day(number: int) -> date:
    """A day by its number from Monday 8 June 2026."""
    return MONDAY + timedelta(days=number)


def marks_of(db: Connection) -> dict[tuple[int, date, int], tuple[str | None, int | None, str | None]]:
    return {
        (row.enrolment_id, row.date, row.half): (row.code, row.minutes_late, row.imported_code)
        for row in db.execute(select(Mark.__table__))
    }


def amendments_of(db: Connection) -> list[tuple[Any, ...]]:
    rows = db.execute(select(MarkAmendment.__table__).order_by(MarkAmendment.id))
    return [
        (row.enrolment_id, row.date, row.half, row.original_code, row.original_minutes_late, row.amended_code,
         row.amended_minutes_late, row.reason, row.actor_name, row.actor_position, row.source)
        for row in rows
    ]  # fmt: skip


def weeks_of(db: Connection) -> dict[tuple[int, date], tuple[oracle.Counts, str]]:
    return {
        (row.enrolment_id, row.week): (tuple(getattr(row, name) for name in COUNTS), row.codes)  # type: ignore[misc]
        for row in db.execute(select(PupilWeek.__table__))
    }


def years_of(db: Connection) -> dict[tuple[int, int], oracle.Counts]:
    rows = db.execute(select(PupilYear.__table__).where(PupilYear.brought_in.is_(False)))
    return {(row.enrolment_id, row.year): tuple(getattr(row, name) for name in COUNTS) for row in rows}  # type: ignore[misc]


def check_caches(db: Connection) -> None:
    """The caches are what the marks say, as the oracle counts them."""
    marks = [(*session, entry[0]) for session, entry in marks_of(db).items()]
    assert weeks_of(db) == oracle.weeks(marks)
    assert years_of(db) == oracle.years(marks)


@contextmanager
def undone() -> Iterator[Connection]:
    """Whatever happens inside is undone, so that many examples share one test's database."""
    with read_door() as db:
        savepoint = db.begin_nested()
        try:
            yield db
        finally:
            savepoint.rollback()


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """Every statement sent meanwhile, savepoints left out."""
    sent: list[str] = []

    def note(_c: Any, _cur: Any, statement: str, *_rest: Any) -> None:
        if "SAVEPOINT" not in statement:
            sent.append(statement)

    event.listen(database.write_engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(database.write_engine, "before_cursor_execute", note)


def changes(enrolment: int, codes: Iterable[str | None], first: date = MONDAY) -> list[MarkChange]:
    """Changes for one pupil, a code a session from Monday morning on."""
    return [MarkChange(enrolment, first + timedelta(days=slot // 2), slot % 2, code) for slot, code in enumerate(codes)]
