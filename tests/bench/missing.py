"""Many schools at the moment of their first-day run: registers closed, children unexplained.

Each school is a copy of the demo trust with its 1,570 pupils on one roll, at 8:46 of school time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from multiprocessing import get_context
from typing import Any

from sqlalchemy import BindParameter, bindparam, text

from notifications import channels
from tests.bench.data import Store
from tests.bench.england import copy_trust
from tests.bench.service import ROOT, fresh_database
from webapp import reactions
from webapp.demo.seeding import seed
from webapp.first_day.services.run import run_first_day
from webapp.foundation import clock, config, events, schema
from webapp.foundation import db as doors
from webapp.foundation.config import demo_environment
from webapp.foundation.db import Database
from webapp.foundation.sessions import Half
from webapp.foundation.types import Instant
from webapp.people.services.school_clock import start_clock_in

AT, TAKEN = datetime(2026, 6, 16, 7, 46, tzinfo=UTC), datetime(2026, 6, 16, 7, 45, tzinfo=UTC)
ON = date(2026, 6, 16)
LARGE, OTHERS = 2, 3
"""The organisation whose school has many unexplained (120), and the first of those with 40."""
_MARKS = (
    "DELETE FROM pupil_week WHERE organisation_id = :number AND week = :week",
    "INSERT INTO mark (organisation_id, enrolment_id, date, half, code) SELECT organisation_id, id, :on, 0,"
    " CASE WHEN id IN (SELECT id FROM enrolment WHERE organisation_id = :number ORDER BY id * 7919 % 10007 LIMIT :away)"
    " THEN 'N' ELSE '/' END FROM enrolment WHERE organisation_id = :number",
    "INSERT INTO pupil_week (organisation_id, school_id, week, enrolment_id, possible, present, authorised,"
    " unauthorised, late, unresolved, illness, codes) SELECT m.organisation_id, :school, :week, m.enrolment_id, 1,"
    " CASE m.code WHEN '/' THEN 1 ELSE 0 END, 0, 0, 0, CASE m.code WHEN 'N' THEN 1 ELSE 0 END, 0,"
    " '..' || m.code || '...........' FROM mark m WHERE m.organisation_id = :number AND m.date = :on",
    "INSERT INTO register (organisation_id, school_id, date, half, form_id, state, taken_at, source)"
    " SELECT organisation_id, :school, :on, 0, id, 'closed', :taken, 'import' FROM form"
    " WHERE organisation_id = :number",
)


@dataclass(frozen=True)
class Morning:
    """The database in use, and the number of the school, the same in every organisation."""

    database: Database
    school: int

    def run(self, organisations: Iterable[int]) -> None:
        """The first-day run of each in turn, in this process."""
        for number in organisations:
            run_first_day(number, self.school, ON, Half.AM)

    @contextmanager
    def shared(self, processes: int) -> Iterator[Callable[[Iterable[int]], None]]:
        """Gives what runs many, the schools shared between processes that stand ready, as workers share them."""
        url = self.database.url.render_as_string(hide_password=False)
        pool = ProcessPoolExecutor(processes, get_context("spawn"), _stand_ready, (url,))
        with pool:
            list(pool.map(time.sleep, [1.0] * processes))
            yield lambda organisations: _all_of(pool.map(_run_one, [(each, self.school) for each in organisations]))


@contextmanager
def missing_morning(store: Store, name: str, others: int, *, large: int = 120) -> Iterator[Morning]:
    """A database of its own with the school that has ``large`` unexplained and ``others`` more; nothing was sent."""
    database = Database(fresh_database(store, name))
    try:
        yield _prepared(database, others, large)
    finally:
        doors.use(None)
        clock.use_school_offset(None)
        channels.use(None)
        events.forget_all()
        database.dispose()


def _prepared(database: Database, others: int, large: int) -> Morning:
    url = database.url.render_as_string(hide_password=False)
    schema.upgrade(url)
    seed(database, at=AT)
    with database.reading() as db:
        school = int(db.execute(text("SELECT id FROM school WHERE organisation_id = 1 AND code = 'vale'")).scalar_one())
    for number in range(LARGE, OTHERS + others):
        copy_trust(database, number, one_school=school)
        with database.writing() as tx:
            for statement in _MARKS:
                named = {"number": number, "on": ON.isoformat(), "week": "2026-06-15", "school": school,
                         "taken": TAKEN, "away": large if number == LARGE else 40}  # fmt: skip
                used = [_bind(key) for key in named if f":{key}" in statement]
                tx.execute(text(statement).bindparams(*used), {each.key: named[each.key] for each in used})
    with database.writing() as tx:
        tx.execute(text("ANALYZE"))
        start_clock_in(tx, AT)
    doors.use(database)
    reactions.wire(config.load({**demo_environment(ROOT, "k" * 40, 8000), "FIRSTBELL_DATABASE_URL": url}))
    return Morning(database, school)


def _stand_ready(url: str) -> None:
    doors.use(Database(url))
    reactions.wire(config.load({**demo_environment(ROOT, "k" * 40, 8000), "FIRSTBELL_DATABASE_URL": url}))


def _all_of(runs: Iterable[None]) -> None:
    for _ in runs:
        pass


def _run_one(which: tuple[int, int]) -> None:
    run_first_day(*which, ON, Half.AM)


def _bind(name: str) -> BindParameter[Any]:
    return bindparam(name, type_=Instant()) if name == "taken" else bindparam(name)
