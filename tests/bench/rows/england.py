"""The morning of all England: whole reports (form, sending, receipt) that arrive by their own clock.

9 million pupils, 7 in a hundred away, most reported in two and a half hours: 50 a second, with a peak of 150. Of ten
phones one is new to its school, and gets a receipt by text.
PostgreSQL, web and load tool share this machine. ``BENCH_ENGLAND=30,10`` are the minutes of each; shorter ones say so.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import text

from tests.bench.england import Phone, form_path, many_trusts, read_form, report_before
from tests.bench.env import Env
from tests.bench.load import Loaded, Talk, open_loop, request
from tests.bench.service import running_service
from tests.bench.table import Row, spelt

AT = datetime(2026, 6, 16, 6, 40, tzinfo=UTC)
SUSTAINED, PEAK = 50, 150
_WHERE = re.compile(rb"\r\nlocation: ([^\r\n]+)", re.IGNORECASE)


def measure(env: Env) -> list[Row]:
    """Sustained, then the peak; PostgreSQL only."""
    if env.engine != "postgresql":
        return []
    long, short = (float(each) for each in os.environ.get("BENCH_ENGLAND", "30,10").split(","))
    calm, busy = int(long * 60 * SUSTAINED), int(short * 60 * PEAK)
    with running_service(env.store, AT, name="firstbell_bench_england") as service:
        phones = many_trusts(service.database, calm + busy)
        random.Random(1).shuffle(phones)
        report_before(service.database, [phone for place, phone in enumerate(phones) if place % 10])
        sustained = open_loop(service.port, _arrivals(phones[:calm], SUSTAINED), connections=64)
        peak = open_loop(service.port, _arrivals(phones[calm:], PEAK), connections=64)
        with service.database.reading() as db:
            kept = int(db.scalar(text("SELECT count(*) FROM absence_report WHERE organisation_id > 1")) or 0)
    families = len({phone.cookie for phone in phones})
    whole = sustained.statuses.get(200, 0) + peak.statuses.get(200, 0)
    return [
        _row(f"all England, {SUSTAINED} whole reports/s for {long:g} minutes", sustained, SUSTAINED),
        _row(f"all England, {PEAK} whole reports/s for {short:g} minutes", peak, PEAK),
        Row("reports whose receipt was read / in the database", "none lost", f"{whole:,} / {kept:,}",
            whole == kept == calm + busy, {"whole": whole, "kept": kept, "sessions": families}),
    ]  # fmt: skip


def _arrivals(phones: list[Phone], rate: int) -> Iterator[tuple[float, Talk]]:
    """Arrivals at random, as many a second as asked on the average."""
    deal, at = random.Random(2), 0.0
    for phone in phones:
        at += deal.expovariate(rate)
        yield at, _whole_report(phone)


def _whole_report(phone: Phone) -> Talk:
    status, page = yield request("GET", form_path(phone), cookie=phone.cookie)
    form = read_form(phone, page)
    if status != 200 or form is None:
        return False
    status, answer = yield form.sending()
    where = _WHERE.search(answer)
    if status not in (302, 303) or where is None:
        return False
    status, _ = yield request("GET", where[1].decode(), cookie=form.cookie)
    return status == 200


def _row(what: str, found: Loaded, rate: int) -> Row:
    words = f"p50 {spelt(found.percentile(0.5))}, p99 {spelt(found.percentile(0.99))}, {found.rate:.0f}/s"
    lost = found.statuses.get(0, 0)
    again = f", {found.retried} requests said again" if found.retried else ""
    figures = {
        "reports": len(found.milliseconds), "lost": lost, "retried": found.retried, "p50_ms": found.percentile(0.5),
        "p99_ms": found.percentile(0.99), "worst_ms": found.percentile(1), "seconds": found.seconds,
    }  # fmt: skip
    holds = found.percentile(0.99) <= 500 and not lost
    return Row(what, "p99 ≤ 500 ms from when it was due, none lost", f"{words}, lost {lost}{again}", holds, figures)
