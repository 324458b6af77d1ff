"""A year's marks of one more school, and the same file again."""

from __future__ import annotations

import random
import threading
import time
from datetime import date

from tests.bench.data import ORGANISATION, PUPILS, school_days
from tests.bench.env import OFFICER, Env, codes_of_a_year, restore
from tests.bench.table import Row, Times, spelt
from webapp.record.services import (
    MarkBatch,
    MarkChange,
    MarkSource,
    MarkStage,
    WrittenMarks,
    write_imported_marks,
    write_marks,
)

_ROUNDS = 3
_MARKS = PUPILS * 380


def measure(env: Env) -> list[Row]:
    """Parsed rows to commit, the merge alone, the same facts shuffled, and how long a confirmation waits meanwhile.

    The best of three, because other work on the machine only ever adds; the median stands in the JSON.
    """
    days = school_days()
    year = [(days[number], half, code) for number, half, code in codes_of_a_year()]
    rows = [
        (enrolment, day, half, code, 6 if code == "L" else None)
        for enrolment in env.trust.enrolments(env.trust.newcomer)
        for day, half, code in year[enrolment % 5 :] + year[: enrolment % 5]
    ]
    random.Random(3).shuffle(rows)
    whole, merged, again = [], [], []
    for _ in range(_ROUNDS):
        restore(env.trust, env.trust.newcomer)
        written, all_in, alone = _import(env, rows)
        assert written.changed == _MARKS, written
        whole.append(all_in)
        merged.append(alone)
        random.Random(4).shuffle(rows)
        written, all_in, _alone = _import(env, rows)
        assert written.unchanged == _MARKS, written
        again.append(all_in)
    restore(env.trust, env.trust.newcomer)
    waited = _confirm_meanwhile(env, rows)
    restore(env.trust, env.trust.newcomer)
    restore(env.trust, 1)
    whole_, merged_, again_ = Times(whole), Times(merged), Times(again)
    return [
        _rate("import of a year's marks for one school: parsed rows to commit", 150_000, whole_),
        _rate("the same, from the sorted stage to commit with caches", 250_000, merged_),
        Row(
            "the same facts with rows shuffled again", "≤ 4 s", spelt(again_.best), again_.best <= 4000,
            again_.figures(),
        ),
        Row(
            "a confirmation meanwhile waits at most", "< 2 s", spelt(max(waited.runs)), max(waited.runs) < 2000,
            waited.figures(),
        ),
    ]  # fmt: skip


def _import(env: Env, rows: list[tuple[int, date, int, str, int | None]]) -> tuple[WrittenMarks, float, float]:
    start = time.perf_counter()
    stage = MarkStage()
    stage.load(rows)
    stage.sort()
    sorted_at = time.perf_counter()
    written = write_imported_marks(ORGANISATION, env.trust.newcomer, stage, OFFICER)
    end = time.perf_counter()
    return written, (end - start) * 1000, (end - sorted_at) * 1000


def _rate(what: str, budget: int, times: Times) -> Row:
    rate = _MARKS / times.best * 1000
    figures = {**times.figures(), "marks_per_second": round(rate)}
    return Row(what, f"≥ {budget:,} marks/s", f"{rate:,.0f} marks/s ({spelt(times.best)})", rate >= budget, figures)


def _confirm_meanwhile(env: Env, rows: list[tuple[int, date, int, str, int | None]]) -> Times:
    """One confirmation after another at another school, from before the import until after it."""
    stage = MarkStage()
    stage.load(rows)
    stage.sort()
    done = threading.Event()

    def bring() -> None:
        try:
            write_imported_marks(ORGANISATION, env.trust.newcomer, stage, OFFICER)
        finally:
            done.set()

    thread = threading.Thread(target=bring)
    runs: list[float] = []
    enrolment, after = env.trust.enrolments(1)[0], date(2026, 7, 20)
    thread.start()
    while not done.is_set():
        start = time.perf_counter()
        change = MarkChange(enrolment, after, 0, "IO"[len(runs) % 2])
        write_marks(MarkBatch(ORGANISATION, 1, [change], OFFICER, "Bench", MarkSource.STAFF))
        runs.append((time.perf_counter() - start) * 1000)
        time.sleep(0.01)
    thread.join()
    return Times(runs)
