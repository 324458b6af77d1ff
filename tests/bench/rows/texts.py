"""Texts leave: all queued by the first-day run, to the last answer of the provider, a process that takes 300 ms a call.

The real channel and the real worker, 16 calls in flight each, but for the demo's script; their start is in the time.
``BENCH_TEXTS`` (1,000) are about how many the four send, 20,000 for the budget's own size; on SQLite one worker runs.
"""

from __future__ import annotations

import json
import os
import time
import urllib.request
from collections import Counter
from dataclasses import dataclass

from sqlalchemy import text

from notifications.services.queueing import WORK
from tests import standin
from tests.bench.env import Env
from tests.bench.missing import LARGE, OTHERS, Morning, missing_morning
from tests.bench.processes import processor_seconds
from tests.bench.service import ROOT
from tests.bench.table import Row, spelt
from tests.notifications.twilio_standin import ACCOUNT, SERVICE, TOKEN, twilio_process
from webapp import reactions
from webapp.foundation import config
from webapp.foundation.config import demo_environment

CALL_MS, IN_FLIGHT, WORKERS = 300, 16, 4
_A_SECOND = 20_000 / 600
_EACH, _LARGE = 32, 155
"""About as many texts as a school sends for forty children, siblings' parents getting one; and who make 120 texts."""
_TOKENS = text("SELECT token FROM delivery WHERE channel = 'sms'")
_OPEN = text("SELECT count(*) FROM work WHERE kind = :kind AND state IN ('waiting', 'running')")


@dataclass(frozen=True)
class _Sent:
    texts: int
    seconds: float
    """From the workers' start to the last answer."""
    rate: float
    """Texts a second, first call to last answer."""
    lost: int
    doubled: int
    each_ms: float
    """Of the workers' processor, for each text."""


def measure(env: Env) -> list[Row]:
    """120 texts of one school with one worker, then many schools' with as many workers as the engine allows."""
    wanted = int(os.environ.get("BENCH_TEXTS", "1000"))
    workers = WORKERS if env.engine == "postgresql" else 1
    schools = -(-wanted // _EACH)
    # Each on its own database: the worker itself runs a school whose register is closed.
    with missing_morning(env.store, "firstbell_bench_texts", 0, large=_LARGE) as morning:
        one = _send(morning, range(LARGE, OTHERS), 1)
    with missing_morning(env.store, "firstbell_bench_texts", schools) as morning:
        many = _send(morning, range(LARGE, OTHERS + schools), workers)
    budget = f"≥ {_A_SECOND:.0f}/s (20,000 in 10 minutes), none lost or doubled"
    return [
        _row("120 texts of one school leave, one worker, 300 ms a call", "≤ 30 s, none lost or doubled", one,
             one.seconds <= 30),
        _row("texts of many schools leave, four workers (SQLite: one)", budget, many,
             many.rate >= _A_SECOND),
    ]  # fmt: skip


def load_worker() -> None:
    """In a worker's process: wired as ``firstbell worker`` does it, with texts that go to the stand-in."""
    reactions.wire(config.load({
        **demo_environment(ROOT, "k" * 40, 8000), "FIRSTBELL_TWILIO_ACCOUNT_SID": ACCOUNT,
        "FIRSTBELL_TWILIO_AUTH_TOKEN": TOKEN, "FIRSTBELL_TWILIO_SENDER": SERVICE,
        "FIRSTBELL_TWILIO_URL": os.environ["STANDIN_PROVIDER"],
    }))  # fmt: skip


def _send(morning: Morning, organisations: range, workers: int) -> _Sent:
    before = _tokens(morning)
    morning.run(organisations)
    queued = _tokens(morning) - before
    with twilio_process(CALL_MS) as url:
        began, provider = time.time(), standin.Provider(url)
        with standin.workers(
            workers, morning.database, provider, in_flight=IN_FLIGHT, lease_seconds=60, load=f"{__name__}:load_worker"
        ) as started:
            _until_none_is_open(morning, began + 60 + len(queued) / 5)
            used = sum(processor_seconds(each.process.pid) for each in started if each.process is not None)
            for each in started:
                each.stop()
        with urllib.request.urlopen(f"{url}/calls", timeout=60) as response:
            told = json.load(response)
    calls = Counter({token: count for token, count in told["calls"].items() if token in queued})
    return _Sent(
        len(queued), told["answered_at"] - began, len(calls) / max(0.001, told["answered_at"] - told["called_at"]),
        len(queued - set(calls)), calls.total() - len(calls), used * 1000 / max(1, len(queued)),
    )  # fmt: skip


def _tokens(morning: Morning) -> set[str]:
    with morning.database.reading() as db:
        return set(db.scalars(_TOKENS))


def _until_none_is_open(morning: Morning, deadline: float) -> None:
    """Gives up at the deadline; what is still open then counts as lost."""
    while time.time() < deadline:
        with morning.database.reading() as db:
            if not db.scalar(_OPEN, {"kind": WORK}):
                return
        time.sleep(0.2)


def _row(what: str, budget: str, sent: _Sent, holds: bool) -> Row:
    words = f"{sent.texts:,} in {spelt(sent.seconds * 1000)}, {sent.rate:.0f}/s from the first"
    words += f", lost {sent.lost}, doubled {sent.doubled}, {sent.each_ms:.1f} ms of processor each"
    figures = {"texts": sent.texts, "seconds": round(sent.seconds, 2), "rate": round(sent.rate, 1), "lost": sent.lost,
               "doubled": sent.doubled, "processor_ms": round(sent.each_ms, 2)}  # fmt: skip
    return Row(what, budget, words, holds and sent.texts >= 120 and not sent.lost and not sent.doubled, figures)
