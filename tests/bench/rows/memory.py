"""Memory of the embedded service: one web process and a worker, as they start on SQLite; and with two web processes."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator

from sqlalchemy import text

from tests.bench.env import Env
from tests.bench.load import closed_loop
from tests.bench.processes import memory
from tests.bench.rows.pages import MORNING, boards, homes, reports
from tests.bench.service import Service, running_service
from tests.bench.table import Row

REQUESTS = 2000
_BUDGET = 300
_READY = text("SELECT count(*) FROM work WHERE state = 'running' OR state = 'waiting' AND ready")


def measure(env: Env) -> list[Row]:
    """After two thousand requests, home, board and report in turns; SQLite only."""
    if env.engine != "sqlite":
        return []
    return [_measured(env, 1), _measured(env, 2)]


def _measured(env: Env, processes: int) -> Row:
    with (
        running_service(
            env.store, MORNING, processes=processes, threads=2, name="firstbell_bench_memory", live=True
        ) as service,
        service.worker_beside() as worker,
    ):
        found = closed_loop(service.port, _in_turns(service), connections=8, seconds=300, warm_up=0)
        _until_all_is_done(service)
        web, beside = service.memory(), memory(worker.pid)
    both = web + beside
    figures = {"web_mb": web.all, "web_own_mb": web.own, "worker_mb": beside.all, "worker_own_mb": beside.own,
               "mb": both.all, "requests": found.answered, "statuses": found.statuses}  # fmt: skip
    web_words = "one web process" if processes == 1 else "two web processes"
    what = f"memory of {web_words} and the worker after {found.answered:,} requests"
    words = f"{both.all:.0f} MB: web {web}, worker {beside}"
    holds = both.all <= _BUDGET and set(found.statuses) <= {200, 302, 303}
    # The budget is that of the service as it starts on an embedded database: with one.
    if processes > 1:
        return Row(what, "–", words, None, figures)
    return Row(what, f"≤ {_BUDGET} MB", words, holds, figures)


def _in_turns(service: Service) -> Iterator[bytes]:
    in_turns = zip(homes(service), boards(service), reports(service), strict=False)
    return itertools.islice(itertools.chain.from_iterable(in_turns), REQUESTS)


def _until_all_is_done(service: Service) -> None:
    """The worker has sent what waits, at most half a minute on."""
    for _ in range(60):
        with service.database.reading() as db:
            if not db.scalar(_READY):
                return
        time.sleep(0.5)
