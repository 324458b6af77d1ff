"""What pages read from the caches: no HTML, the database's and Python's time for the rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from itertools import cycle, islice

from tests.bench.data import LAST_DAY, ORGANISATION, YEAR
from tests.bench.env import Env
from tests.bench.table import Row, Times, spelt, timed
from webapp.foundation.db import read_door
from webapp.record import queries
from webapp.record.rules.weeks import academic_year_bounds
from webapp.record.services import rebuild_caches

_ON = date(2026, 7, 14)
_RUNS, _WARM, _TURNS = 60, 10, 5


def measure(env: Env) -> list[Row]:
    """Insight, trust page, a pupil's year, a school's day, and counting a school anew; a few schools in turns, warm."""
    schools = list(islice(cycle(range(1, min(env.trust.schools, _TURNS) + 1)), _RUNS + _WARM))
    first, last = academic_year_bounds(YEAR)

    def insight(school: int) -> None:
        with read_door() as db:
            queries.school_weeks(db, ORGANISATION, school, YEAR)
            queries.school_year_groups(db, ORGANISATION, school, YEAR, _ON)
            queries.school_pupils(db, ORGANISATION, school, YEAR, _ON)

    def trust(_school: int) -> None:
        with read_door() as db:
            queries.trust_schools(db, ORGANISATION, range(1, env.trust.schools + 1), YEAR)

    def pupil(school: int) -> None:
        with read_door() as db:
            child = env.trust.enrolments(school)[school * 7]
            queries.pupil_weeks(db, ORGANISATION, [child], first, last)
            queries.pupil_years(db, ORGANISATION, [child], [YEAR - 2, YEAR - 1, YEAR])
            queries.pupil_amendments(db, ORGANISATION, child, first, last)

    def day(school: int) -> None:
        with read_door() as db:
            queries.session_facts(db, ORGANISATION, school, _ON)

    def run(call: Callable[[int], None]) -> Times:
        return timed((partial(call, school) for school in schools), warm_up=_WARM)

    rows = [
        _row("whole-school insight over a year (570,000 marks), by week, year group and pupil", 15, run(insight)),
        _row(f"trust page of {env.trust.schools} schools", 100, run(trust)),
        _row("one pupil's year with amendments", None, run(pupil)),
        _row("a school's day: 1,500 pupils' codes (board)", None, run(day)),
    ]
    rebuilt = timed(partial(rebuild_caches, ORGANISATION, school, first, LAST_DAY) for school in schools[:3])
    return [*rows, Row("caches of one school's year counted anew", "-", spelt(rebuilt.best), None, rebuilt.figures())]


def _row(what: str, budget: float | None, times: Times) -> Row:
    return Row(
        what, "-" if budget is None else f"≤ {budget} ms", str(times),
        None if budget is None else times.median <= budget, times.figures(),
    )  # fmt: skip
