"""The hot pages over HTTP: web processes, database and load tool together on this machine, real sign-ins.

The demo trust in June (1,570 pupils, a year of marks); each connection goes through other families' sessions. Every
report sent is a child's first: from a phone that has reported before, and from a new one, which gets a receipt by text.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from tests.bench.england import many_trusts, open_forms, report_before
from tests.bench.env import Env
from tests.bench.load import Loaded, closed_loop, request
from tests.bench.service import Service, running_service
from tests.bench.table import Row, spelt

SECONDS = 10.0
CHILDREN = 7000
"""To report once each: more than ten seconds take."""
EARLY, MORNING = datetime(2026, 6, 16, 7, 20, tzinfo=UTC), datetime(2026, 6, 16, 7, 52, tzinfo=UTC)


def measure(env: Env) -> list[Row]:
    """Parent home and a report sent, at 8:20; and Vale's board at 8:52 with about sixty away."""
    with running_service(env.store, MORNING, live=True) as service:
        board = _load(service, boards(service))
    with running_service(env.store, EARLY) as service:
        home = _load(service, homes(service))
        memory = service.memory()
        phones = many_trusts(service.database, 2 * CHILDREN)
        report_before(service.database, phones[:CHILDREN])
        forms = open_forms(service.port, phones)
        before = service.reports()
        known = _load(service, (form.sending() for form in forms[:CHILDREN]), warm_up=0)
        new = _load(service, (form.sending() for form in forms[CHILDREN:]), warm_up=0)
        kept = service.reports() - before
    statuses = Counter(known.found.statuses) + Counter(new.found.statuses)
    accepted = statuses[302] + statuses[303]
    return [
        _row("parent home, 8 connections", "≥ 1,000/s, p99 ≤ 20 ms", home,
             home.found.rate >= 1000 and home.found.percentile(0.99) <= 20),
        _row("day board, about 60 absent", "≥ 220/s", board, board.found.rate >= 220),
        _sent_row(env, "absence report sent (POST to redirect)", known),
        _sent_row(env, "the same, a phone's first, with a receipt by text", new),
        Row("reports answered / in the database afterwards (those in flight at the end included)", "none lost",
            f"{accepted:,} / {kept:,}", accepted <= kept <= accepted + 16, {"answered": accepted, "kept": kept}),
        Row("memory of two web processes", "≤ 300 MB with the worker", str(memory), None,
            {"mb": memory.all, "own_mb": memory.own}),
    ]  # fmt: skip


def _sent_row(env: Env, what: str, sent: _Measured) -> Row:
    if env.engine == "postgresql":
        holds = sent.found.rate >= 500 and sent.found.percentile(0.99) <= 50
        return _row(what, "≥ 500/s, p99 ≤ 50 ms", sent, holds)
    return _row(what, "≥ 300/s, worst ≤ 500 ms", sent, sent.found.rate >= 300 and sent.found.percentile(1) <= 500)


@dataclass(frozen=True)
class _Measured:
    """What the load tool saw, and the processor's milliseconds that the web processes took for each answer."""

    found: Loaded
    each_ms: float


def _load(service: Service, requests: Iterator[bytes], *, warm_up: float = 1.0) -> _Measured:
    before = service.processor_seconds()
    found = closed_loop(service.port, requests, connections=8, seconds=SECONDS, warm_up=warm_up)
    return _Measured(found, (service.processor_seconds() - before) * 1000 / max(1, found.answered))


def _row(what: str, budget: str, measured: _Measured, holds: bool) -> Row:
    found = measured.found
    bad = {status: count for status, count in found.statuses.items() if status not in (200, 302, 303)}
    times = f"p50 {spelt(found.percentile(0.5))}, p99 {spelt(found.percentile(0.99))}"
    again = f", {found.retried} said again" if found.retried else ""
    words = f"{found.rate:,.0f}/s, {times}, {measured.each_ms:.2f} ms of processor each{again}"
    figures = {
        "rate": round(found.rate), "p50_ms": found.percentile(0.5), "p99_ms": found.percentile(0.99),
        "worst_ms": found.percentile(1), "statuses": found.statuses,
        "bytes_each": found.bytes // max(1, len(found.milliseconds)), "retried": found.retried,
        "processor_ms": round(measured.each_ms, 3),
    }  # fmt: skip
    return Row(what, budget, f"{words}{f', answers {bad}' if bad else ''}", holds and not bad, figures)


def homes(service: Service) -> Iterator[bytes]:
    """Every parent's own page in turn."""
    return itertools.cycle([request("GET", "/home", cookie=parent.cookie) for parent in service.parents])


def boards(service: Service) -> Iterator[bytes]:
    """Vale's board, again and again."""
    path = f"/staff/vale/day/{MORNING:%Y-%m-%d}/morning"
    return itertools.repeat(request("GET", path, cookie=service.officer))


def reports(service: Service) -> Iterator[bytes]:
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
