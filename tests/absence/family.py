"""The families of the absence tests: what they type, at 7:41 on a Tuesday, and what the database then holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import time

from sqlalchemy import event, select

from tests.factories import TODAY, World
from webapp.absence.models import AbsenceReport
from webapp.absence.rules.drafts import Refusals, TypedReport
from webapp.absence.services.report import Reported, Reporter
from webapp.accounts.rules.persons import ContactKey
from webapp.foundation.db import Database, read_door
from webapp.people.models import Pupil
from webapp.people.rules.school_times import in_london

AT_0741 = in_london(TODAY, time(7, 41))


def key_of(pupil_id: int) -> str:
    with read_door() as db:
        return str(db.scalar(select(Pupil.public_id).where(Pupil.id == pupil_id)))


def typed(*pupils: int, **changes: object) -> TypedReport:
    quick = TypedReport(
        children=tuple(key_of(pupil) for pupil in pupils), kind="all_day", starts_on=TODAY.isoformat(), reason="ill",
        symptoms=("sick",),
    )  # fmt: skip
    return replace(quick, **changes)  # type: ignore[arg-type]


def alice(world: World, session_id: int | None = 7) -> Reporter:
    return Reporter((ContactKey(world.organisation, world.alice),), session_id)


def sent(result: Reported | Refusals) -> Reported:
    assert isinstance(result, Reported), result
    return result


def rows(*columns: object) -> list[tuple[object, ...]]:
    with read_door() as db:
        return [tuple(row) for row in db.execute(select(*columns).order_by(AbsenceReport.id))]  # type: ignore[call-overload]


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    heard: list[str] = []

    def listen(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            heard.append(statement)

    engines = {database.read_engine, database.write_engine}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", listen)
    try:
        yield heard
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", listen)
