"""A year's marks of one school as a file: from its bytes to the commit, the same facts shuffled, and who waits."""

from __future__ import annotations

import csv
import io
import random
import resource
import threading
import time
from datetime import UTC, date, datetime

from sqlalchemy import text

from tests.bench.data import ORGANISATION, PUPILS, school_days
from tests.bench.env import OFFICER, Env, codes_of_a_year, restore
from tests.bench.table import Row, Times, spelt
from webapp.people.rules.files import ImportKind
from webapp.people.services.imports import Scope
from webapp.record.services import MarkBatch, MarkChange, MarkSource, write_marks
from webapp.record.services.imports import import_file

_ROUNDS = 3
_MARKS = PUPILS * 380
_IN_BOOK = 100_000
_HEADINGS = ("Adno", "Date", "Session", "Mark", "Minutes late", "Comments")
_TODAY = date(2026, 7, 20)


def measure(env: Env) -> list[Row]:
    """The best of three; the median stands in the JSON."""
    _name_pupils(env)
    rows = _rows(env)
    random.Random(3).shuffle(rows)
    first, again, dry = [], [], []
    for number in range(_ROUNDS):
        restore(env.trust, env.trust.newcomer)
        first.append(_import(env, _file(rows), changed=_MARKS))
        random.Random(number).shuffle(rows)
        shuffled = _file(rows)
        again.append(_import(env, shuffled, changed=0))
        dry.append(_import(env, shuffled, changed=0, dry_run=True))
    restore(env.trust, env.trust.newcomer)
    waited = _confirm_meanwhile(env, _file(rows))
    restore(env.trust, env.trust.newcomer)
    from_book = Times([_import(env, _workbook(rows[:_IN_BOOK]), changed=_IN_BOOK)])
    restore(env.trust, env.trust.newcomer)
    restore(env.trust, 1)
    first_, again_, dry_ = Times(first), Times(again), Times(dry)
    rate = _MARKS / first_.best * 1000
    return [
        Row(
            f"a year's marks of one school ({_MARKS:,}) from CSV: bytes to commit", "≥ 150,000 marks/s",
            f"{rate:,.0f} marks/s ({spelt(first_.best)})", rate >= 150_000,
            {**first_.figures(), "marks_per_second": round(rate)},
        ),
        Row("the same facts shuffled, from CSV", "≤ 4 s", spelt(again_.best), again_.best <= 4000, again_.figures()),
        Row("the same as a dry run", "-", spelt(dry_.best), None, dry_.figures()),
        Row(
            f"{_IN_BOOK:,} marks from an Excel workbook: bytes to commit", "-",
            f"{_IN_BOOK / from_book.best * 1000:,.0f} marks/s ({spelt(from_book.best)})", None, from_book.figures(),
        ),
        Row(
            "a confirmation during the CSV import waits at most", "< 2 s", spelt(max(waited.runs)),
            max(waited.runs) < 2000, waited.figures(),
        ),
        Row(
            "memory of this process at its highest", "-",
            f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB", None, {},
        ),
    ]  # fmt: skip


def _name_pupils(env: Env) -> None:
    """The newcomer's pupils get the admission numbers that the file calls them by."""
    with env.trust.database.writing() as tx:
        tx.execute(
            text(
                "UPDATE enrolment SET admission_number = 'B' || (100000 + id)"
                " WHERE organisation_id = 1 AND school_id = :school"
            ),
            {"school": env.trust.newcomer},
        )


def _rows(env: Env) -> list[tuple[str, str, str, str, str, str]]:
    days = school_days()
    year = [(days[number].strftime("%d/%m/%Y"), ("AM", "PM")[half], code) for number, half, code in codes_of_a_year()]
    return [
        (f"B{100000 + enrolment}", day, half, code, "6" if code == "L" else "", "")
        for enrolment in env.trust.enrolments(env.trust.newcomer)
        for day, half, code in year[enrolment % 5 :] + year[: enrolment % 5]
    ]


def _file(rows: list[tuple[str, str, str, str, str, str]]) -> bytes:
    written = io.StringIO()
    csv.writer(written).writerows([_HEADINGS, *rows])
    return written.getvalue().encode()


def _workbook(rows: list[tuple[str, str, str, str, str, str]]) -> bytes:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in (_HEADINGS, *rows):
        sheet.append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _scope(env: Env) -> Scope:
    now = datetime(2026, 7, 20, 12, tzinfo=UTC)
    return Scope(ORGANISATION, env.trust.newcomer, "new", _TODAY, now, OFFICER)


def _import(env: Env, data: bytes, *, changed: int, dry_run: bool = False) -> float:
    start = time.perf_counter()
    findings = import_file(_scope(env), ImportKind.MARKS, "marks.csv", data, dry_run=dry_run)
    took = (time.perf_counter() - start) * 1000
    assert findings.counts.new + findings.counts.changed == changed, findings.counts
    return took


def _confirm_meanwhile(env: Env, data: bytes) -> Times:
    """One confirmation after another at another school, from before the import until after it."""
    done = threading.Event()

    def bring() -> None:
        try:
            _import(env, data, changed=_MARKS)
        finally:
            done.set()

    thread = threading.Thread(target=bring)
    runs: list[float] = []
    enrolment = env.trust.enrolments(1)[0]
    thread.start()
    while not done.is_set():
        start = time.perf_counter()
        change = MarkChange(enrolment, _TODAY, 0, "IO"[len(runs) % 2])
        write_marks(MarkBatch(ORGANISATION, 1, [change], OFFICER, "Bench", MarkSource.STAFF))
        runs.append((time.perf_counter() - start) * 1000)
        time.sleep(0.01)
    thread.join()
    return Times(runs)
