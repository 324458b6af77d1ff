"""The first-day run: one school with 120 unexplained, and 500 schools with 20,000 between them, to all texts queued.

Each school is a copy of the demo trust with its 1,570 pupils on one roll. The schools run one after another in this one
process; workers would share them. ``BENCH_SCHOOLS`` (500) are how many.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import BindParameter, bindparam, text

from notifications import channels
from tests.bench.data import Store
from tests.bench.england import copy_trust
from tests.bench.env import Env
from tests.bench.service import ROOT, fresh_database
from tests.bench.table import Row, spelt
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

AT, TAKEN = datetime(2026, 6, 16, 7, 44, tzinfo=UTC), datetime(2026, 6, 16, 7, 45, tzinfo=UTC)
ON = date(2026, 6, 16)
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


def measure(env: Env) -> list[Row]:
    """One school, then many."""
    schools = int(os.environ.get("BENCH_SCHOOLS", "500"))
    database = _prepared(env.store, schools)
    try:
        one, messages = _run(database, [2])
        rows = [
            _row("first-day run, 1,570 pupils, 120 unexplained, to all queued", "≤ 1 s", one, messages, one <= 1),
        ]
        many, messages = _run(database, list(range(3, 3 + schools)))
        held = many <= 60 * schools / 500 and schools >= 500
        rows.append(
            _row(f"{schools} schools, {schools * 40:,} unexplained, one process", "≤ 60 s", many, messages, held)
        )
        return rows
    finally:
        doors.use(None)
        clock.use_school_offset(None)
        channels.use(None)
        events.forget_all()
        database.dispose()


def _prepared(store: Store, schools: int) -> Database:
    url = fresh_database(store, "firstbell_bench_first_day")
    schema.upgrade(url)
    database = Database(url)
    seed(database, at=AT)
    with database.writing() as tx:
        start_clock_in(tx, AT)
        school = tx.execute(text("SELECT id FROM school WHERE organisation_id = 1 AND code = 'vale'")).scalar_one()
    for number in range(2, 3 + schools):
        copy_trust(database, number, one_school=school)
        with database.writing() as tx:
            for statement in _MARKS:
                named = {"number": number, "on": ON.isoformat(), "week": "2026-06-15", "school": school,
                         "taken": TAKEN, "away": 120 if number == 2 else 40}  # fmt: skip
                used = [_bind(key) for key in named if f":{key}" in statement]
                tx.execute(text(statement).bindparams(*used), {each.key: named[each.key] for each in used})
    with database.writing() as tx:
        tx.execute(text("ANALYZE"))
    doors.use(database)
    reactions.wire(config.load({**demo_environment(ROOT, "k" * 40, 8000), "FIRSTBELL_DATABASE_URL": url}))
    offset = datetime(2026, 6, 16, 7, 46, tzinfo=UTC) - clock.machine_now()
    clock.use_school_offset(lambda: offset)
    return database


def _bind(name: str) -> BindParameter[Any]:
    return bindparam(name, type_=Instant()) if name == "taken" else bindparam(name)


def _run(database: Database, numbers: list[int]) -> tuple[float, int]:
    """Seconds, and messages queued."""
    with database.reading() as db:
        school = db.execute(text("SELECT id FROM school WHERE organisation_id = 1 AND code = 'vale'")).scalar_one()
        before = db.execute(text("SELECT count(*) FROM message")).scalar_one()
    began = time.perf_counter()
    for number in numbers:
        run_first_day(number, school, ON, Half.AM)
    seconds = time.perf_counter() - began
    with database.reading() as db:
        return seconds, int(db.execute(text("SELECT count(*) FROM message")).scalar_one()) - int(before)


def _row(what: str, budget: str, seconds: float, messages: int, holds: bool) -> Row:
    figures = {"seconds": round(seconds, 3), "messages": messages}
    return Row(what, budget, f"{spelt(seconds * 1000)}, {messages:,} messages", holds and messages > 0, figures)
