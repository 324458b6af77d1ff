"""The first-day run: one school with 120 unexplained, and 500 schools with 20,000 between them, to all texts queued.

The one runs in this process; the many are shared between as many processes as there are cores, as workers share them
(SQLite: one, for it takes one writer). ``BENCH_SCHOOLS`` (500) are how many.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable

from sqlalchemy import text

from tests.bench.env import Env
from tests.bench.missing import LARGE, OTHERS, Morning, missing_morning
from tests.bench.table import Row, spelt


def measure(env: Env) -> list[Row]:
    """One school, then many."""
    schools = int(os.environ.get("BENCH_SCHOOLS", "500"))
    with missing_morning(env.store, "firstbell_bench_first_day", schools) as morning:
        one, messages = _timed(morning, morning.run, range(LARGE, LARGE + 1))
        rows = [
            _row("first-day run, 1,570 pupils, 120 unexplained, to all queued", "≤ 1 s", one, messages, one <= 1),
        ]
        processes = 1 if env.engine == "sqlite" else os.cpu_count() or 1
        with morning.shared(processes) as run:
            many, messages = _timed(morning, run, range(OTHERS, OTHERS + schools))
        held = many <= 60 * schools / 500 and schools >= 500
        what = f"{schools} schools, {schools * 40:,} unexplained, processes: {processes}"
        rows.append(_row(what, "≤ 60 s", many, messages, held))
        return rows


def _timed(morning: Morning, run: Callable[[Iterable[int]], None], organisations: range) -> tuple[float, int]:
    """Seconds, and messages queued."""
    before = _messages(morning)
    began = time.perf_counter()
    run(organisations)
    return time.perf_counter() - began, _messages(morning) - before


def _messages(morning: Morning) -> int:
    with morning.database.reading() as db:
        return int(db.execute(text("SELECT count(*) FROM message")).scalar_one())


def _row(what: str, budget: str, seconds: float, messages: int, holds: bool) -> Row:
    figures = {"seconds": round(seconds, 3), "messages": messages}
    return Row(what, budget, f"{spelt(seconds * 1000)}, {messages:,} messages", holds and messages > 0, figures)
