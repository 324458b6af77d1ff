"""The hot pages over HTTP: web processes, database and load tool together on this machine, real sign-ins.

The demo trust in June (1,570 pupils, a year of marks); each connection goes through other families' sessions.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlencode

from tests.bench.env import Env
from tests.bench.load import Loaded, closed_loop, request
from tests.bench.service import Service, running_service
from tests.bench.table import Row, spelt

SECONDS = 10.0
EARLY, MORNING = datetime(2026, 6, 16, 7, 20, tzinfo=UTC), datetime(2026, 6, 16, 7, 52, tzinfo=UTC)


def measure(env: Env) -> list[Row]:
    """Parent home and a report sent, at 8:20; and Vale's board at 8:52 with about sixty away."""
    with running_service(env.store, MORNING, live=True) as service:
        board = closed_loop(service.port, _boards(service), connections=8, seconds=SECONDS)
    with running_service(env.store, EARLY) as service:
        home = closed_loop(service.port, _homes(service), connections=8, seconds=SECONDS)
        before = service.reports()
        sent = closed_loop(service.port, _reports(service), connections=8, seconds=SECONDS, warm_up=0)
        kept = service.reports() - before
        memory = service.memory_mb()
    accepted = sent.statuses.get(302, 0) + sent.statuses.get(303, 0)
    budget = ("≥ 500/s, p99 ≤ 50 ms", 500) if env.engine == "postgresql" else ("≥ 300/s, worst ≤ 500 ms", 300)
    tail = sent.percentile(0.99) <= 50 if env.engine == "postgresql" else sent.percentile(1) <= 500
    return [
        _row("parent home, 8 connections", "≥ 1,000/s, p99 ≤ 20 ms", home,
             home.rate >= 1000 and home.percentile(0.99) <= 20),
        _row("day board, about 60 absent", "≥ 220/s", board, board.rate >= 220),
        _row("absence report sent (POST to redirect)", budget[0], sent, sent.rate >= budget[1] and tail),
        Row("reports answered / in the database afterwards (those in flight at the end included)", "none lost",
            f"{accepted:,} / {kept:,}", accepted <= kept <= accepted + 8, {"answered": accepted, "kept": kept}),
        Row("memory of two web processes", "≤ 300 MB with the worker", f"{memory:.0f} MB", None, {"mb": memory}),
    ]  # fmt: skip


def _row(what: str, budget: str, found: Loaded, holds: bool) -> Row:
    bad = {status: count for status, count in found.statuses.items() if status not in (200, 302, 303)}
    words = f"{found.rate:,.0f}/s, p50 {spelt(found.percentile(0.5))}, p99 {spelt(found.percentile(0.99))}"
    figures = {
        "rate": round(found.rate), "p50_ms": found.percentile(0.5), "p99_ms": found.percentile(0.99),
        "worst_ms": found.percentile(1), "statuses": found.statuses,
        "bytes_each": found.bytes // max(1, len(found.milliseconds)),
    }  # fmt: skip
    return Row(what, budget, f"{words}{f', answers {bad}' if bad else ''}", holds and not bad, figures)


def _homes(service: Service) -> Iterator[bytes]:
    return itertools.cycle([request("GET", "/home", cookie=parent.cookie) for parent in service.parents])


def _boards(service: Service) -> Iterator[bytes]:
    path = f"/staff/vale/day/{MORNING:%Y-%m-%d}/morning"
    return itertools.repeat(request("GET", path, cookie=service.officer))


def _reports(service: Service) -> Iterator[bytes]:
    """Every child of every family once, in any order, then again with another key."""
    deal = random.Random(1)
    for round_number in itertools.count():
        children = [(parent, child) for parent in service.parents for child in parent.children]
        deal.shuffle(children)
        for parent, child in children:
            body = urlencode(
                {"csrf_token": parent.form_key, "submission_key": f"{child}-{round_number}-{deal.random()}",
                 "reason": "ill", "symptoms": "cough_cold"}
            ).encode()  # fmt: skip
            yield request("POST", f"/children/{child}/away-today", cookie=parent.cookie, body=body)
