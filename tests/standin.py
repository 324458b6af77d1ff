"""A message provider and a worker, each in a process of its own, for tests that kill and count.

The provider counts every message by its id at the moment that it comes in: from then on it has been sent, whatever
becomes of the caller. It answers after a delay, in a form that Twilio's client reads too. The id is looked for in the
query (``id``), the JSON or form body (``id``), and in the ``o`` of a form's ``StatusCallback`` address.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import func, select

from webapp.foundation import db as doors
from webapp.foundation.db import Database, unit_of_work
from webapp.foundation.work import Job, WorkState, finish, handler
from webapp.foundation.work.table import Work
from webapp.worker import run_worker

ROOT = Path(__file__).resolve().parents[1]
CALL = "stand_in_call"


# The provider.


@dataclass
class _Ledger:
    delay: float
    calls: Counter[str] = field(default_factory=Counter)
    answers: list[dict[str, Any]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, message_id: str) -> dict[str, Any]:
        """Count the call; the answer that was asked for this id (or for ``*``), else 201."""
        with self.lock:
            self.calls[message_id] += 1
            for answer in self.answers:
                if answer["id"] in ("*", message_id) and answer["times"] > 0:
                    answer["times"] -= 1
                    return answer
        return {"status": 201, "headers": {}}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    ledger: _Ledger

    def do_GET(self) -> None:
        with self.ledger.lock:
            self._answer(200, {"calls": dict(self.ledger.calls)})

    def do_PUT(self) -> None:
        with self.ledger.lock:
            self.ledger.answers.append(json.loads(self._body()))
            self._answer(200, {})

    def do_POST(self) -> None:
        message_id = self._message_id(self._body())
        answer = self.ledger.take(message_id)
        time.sleep(self.ledger.delay)
        self._answer(answer["status"], {"sid": f"SM{message_id}", "status": "queued"}, answer["headers"])

    def _body(self) -> str:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()

    def _message_id(self, body: str) -> str:
        sent = {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()}
        if self.headers.get("Content-Type", "").startswith("application/json"):
            sent |= json.loads(body)
        else:
            sent |= {key: values[0] for key, values in parse_qs(body).items()}
        called_back = parse_qs(urlsplit(str(sent.get("StatusCallback", ""))).query)
        return str(sent.get("id") or called_back.get("o", ["unknown"])[0])

    def _answer(self, status: int, content: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that was killed is no error of the provider's."""


def _serve_provider(delay_ms: int) -> None:
    _Handler.ledger = _Ledger(delay_ms / 1000)
    server = _Server(("127.0.0.1", 0), _Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()


class Provider:
    """The stand-in as seen from a test: ``url`` to send to, and what came in."""

    def __init__(self, url: str) -> None:
        self.url = url

    def calls(self) -> Counter[str]:
        """How often each message id has come in."""
        with urllib.request.urlopen(f"{self.url}/calls", timeout=10) as response:
            return Counter(json.load(response)["calls"])

    def answer(
        self, status: int, *, message_id: str = "*", times: int = 1, headers: dict[str, str] | None = None
    ) -> None:
        """Give the next ``times`` calls (of one id) this status instead of 201."""
        plan = {"id": message_id, "times": times, "status": status, "headers": headers or {}}
        request = urllib.request.Request(f"{self.url}/answers", json.dumps(plan).encode(), method="PUT")
        urllib.request.urlopen(request, timeout=10).close()


@contextmanager
def provider(delay_ms: int) -> Iterator[Provider]:
    """A provider in a process of its own that takes ``delay_ms`` a call."""
    process = _start("provider", "--delay-ms", str(delay_ms), stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        yield Provider(f"http://127.0.0.1:{int(process.stdout.readline())}")
    finally:
        process.kill()
        process.wait()


# The worker.


def _start(*arguments: str, stdout: int | None = None, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.standin", *arguments], cwd=ROOT, stdout=stdout, text=True,
        env={**os.environ, **environment},
    )  # fmt: skip


def load_calls() -> None:
    """The plainest handler there is: one call to the provider, then the end in a commit of its own."""

    def call(job: Job) -> None:
        url = f"{os.environ['STANDIN_PROVIDER']}/messages?id={job.subject}"
        with urllib.request.urlopen(urllib.request.Request(url, b"", method="POST"), timeout=30) as response:
            response.read()
        with unit_of_work() as tx:
            finish(job, tx)

    # Twenty kills may hit the same job more than once; none of them is the job's own fault.
    lease = float(os.environ.get("STANDIN_LEASE", "5"))
    handler(CALL, urgent=True, max_attempts=50, lease_seconds=lease)(call)


def _work(url: str, name: str, in_flight: int, load: str) -> None:
    module, _, function = load.partition(":")
    doors.use(Database(url))
    run_worker(name=name, in_flight=in_flight, load_handlers=getattr(importlib.import_module(module), function))


@dataclass
class WorkerProcess:
    """One worker, which may be killed and started again; each life has a name of its own."""

    number: int
    url: str
    provider_url: str
    in_flight: int
    lease_seconds: float
    load: str
    life: int = 0
    process: subprocess.Popen[str] | None = None

    @property
    def name(self) -> str:
        return f"worker-{self.number}-life-{self.life}"

    def start(self) -> None:
        self.life += 1
        self.process = _start(
            "worker", "--url", self.url, "--name", self.name, "--in-flight", str(self.in_flight), "--load", self.load,
            STANDIN_PROVIDER=self.provider_url, STANDIN_LEASE=str(self.lease_seconds),
        )  # fmt: skip

    def kill_at_work(self, database: Database) -> set[str]:
        """SIGKILL it while it holds work, and the subjects of that: the calls that may be made twice.

        A worker that holds nothing goes on, and nothing is returned.
        """
        assert self.process is not None
        # Frozen first: the list of what it holds is then exact, and nothing is begun after it was taken.
        self.process.send_signal(signal.SIGSTOP)
        with database.reading() as db:
            held = set(
                db.scalars(select(Work.subject).where(Work.worker == self.name, Work.state == WorkState.RUNNING.value))
            )
        if not held:
            self.process.send_signal(signal.SIGCONT)
            return held
        self.process.kill()
        self.process.wait()
        return held

    def stop(self) -> int:
        """SIGTERM, and the exit code of the orderly end."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(timeout=30)

    def end(self) -> None:
        """Whatever state it is in, it is gone afterwards."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


@contextmanager
def workers(
    count: int, database: Database, provider: Provider, *, in_flight: int, lease_seconds: float,
    load: str = "tests.standin:load_calls",
) -> Iterator[list[WorkerProcess]]:  # fmt: skip
    """Worker processes over one database. ``load`` names the function that registers their handlers."""
    url = database.url.render_as_string(hide_password=False)
    started = [
        WorkerProcess(number, url, provider.url, in_flight, lease_seconds, load) for number in range(1, count + 1)
    ]
    try:
        for worker in started:
            worker.start()
        yield started
    finally:
        for worker in started:
            worker.end()


@dataclass(frozen=True)
class Killed:
    """What a run under kills came to. ``held`` counts by subject at how many kills its call was under way."""

    calls: Counter[str]
    held: Counter[str]

    @property
    def doubles(self) -> Counter[str]:
        """How often each message went out beyond the first time."""
        return self.calls - Counter(self.calls.keys())

    @property
    def unexplained(self) -> Counter[str]:
        """Doubles for which there was no call under way at a kill: there must be none."""
        return self.doubles - self.held


def run_under_kills(
    database: Database, provider: Provider, started: list[WorkerProcess], *, kind: str, messages: int, kills: int,
    seed: int, within_seconds: float,
) -> Killed:  # fmt: skip
    """SIGKILL a random worker ``kills`` times, spread over the run, and start it anew each time; then wait for the end.

    The ``messages`` rows of ``kind`` are enqueued already. Each kill falls on a worker with calls under way. Raises
    TimeoutError when rows are open after ``within_seconds``, or were all done before the last kill.
    """
    chance = random.Random(seed)
    held: Counter[str] = Counter()
    deadline = time.monotonic() + within_seconds
    for kill in range(1, kills + 1):
        # By what has gone out, not by the clock: each kill then falls among calls on a slow machine too.
        _wait_until(lambda at=messages * kill // (kills + 1): provider.calls().total() >= at, deadline)
        victim, caught = _kill_one(database, started, chance, deadline)
        held.update(caught)
        victim.start()
    _wait_until(lambda: _open(database, kind) == 0, deadline)
    return Killed(provider.calls(), held)


def _kill_one(
    database: Database, started: list[WorkerProcess], chance: random.Random, deadline: float
) -> tuple[WorkerProcess, set[str]]:
    while time.monotonic() < deadline:
        victim = chance.choice(started)
        if caught := victim.kill_at_work(database):
            return victim, caught
        time.sleep(0.005)
    raise TimeoutError("no worker had a call under way")


def _open(database: Database, kind: str) -> int:
    states = (WorkState.WAITING.value, WorkState.RUNNING.value)
    with database.reading() as db:
        return db.execute(select(func.count()).where(Work.kind == kind, Work.state.in_(states))).scalar_one()


def _wait_until(true: Any, deadline: float) -> None:
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError("the workers did not come to an end")
        time.sleep(0.02)


def main() -> None:
    """The two processes' way in."""
    parser = argparse.ArgumentParser()
    roles = parser.add_subparsers(dest="role", required=True)
    for_provider = roles.add_parser("provider")
    for_provider.add_argument("--delay-ms", type=int, required=True)
    for_worker = roles.add_parser("worker")
    for name in ("--url", "--name", "--load"):
        for_worker.add_argument(name, required=True)
    for_worker.add_argument("--in-flight", type=int, required=True)
    given = parser.parse_args()
    if given.role == "provider":
        _serve_provider(given.delay_ms)
    else:
        _work(given.url, given.name, given.in_flight, given.load)


if __name__ == "__main__":
    main()
