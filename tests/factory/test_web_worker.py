"""The web worker under a real gunicorn: requests spread over the processes, silent connections hold nobody up."""

from __future__ import annotations

import http.client
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

from webapp.factory.web_worker import EvenWorker

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Tiny:
    """Two processes that answer with their number."""

    port: int
    process: subprocess.Popen[bytes]

    def wire(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)


def ask(wire: http.client.HTTPConnection, path: str = "/") -> str:
    wire.request("GET", path)
    return wire.getresponse().read().decode()


@contextmanager
def running(threads: int) -> Iterator[Tiny]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--worker-class", "webapp.factory.web_worker.EvenWorker", "--workers", "2",
         "--threads", str(threads), "--bind", f"127.0.0.1:{port}", "--no-control-socket",
         "tests.factory.tiny:app"],
        cwd=ROOT, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    made = Tiny(port, process)
    try:
        _both_answer(made)
        yield made
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture(params=[1, 2], ids=["one thread", "two threads"], scope="module")
def threads(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture(scope="module")
def tiny(threads: int) -> Iterator[Tiny]:
    """One service for the tests that leave it as it was."""
    with running(threads) as made:
        yield made


@pytest.fixture
def own_tiny(threads: int) -> Iterator[Tiny]:
    """A service for a test that ends it, or leaves it with something to get over."""
    with running(threads) as made:
        yield made


def _both_answer(tiny: Tiny) -> None:
    found: set[str] = set()
    end = time.monotonic() + 60
    while len(found) < 2 and time.monotonic() < end:
        wire = tiny.wire()
        try:
            # A slow answer keeps its process busy, so that the other takes the next.
            other = tiny.wire()
            other.request("GET", "/slow")
            found |= {ask(wire, "/slow"), other.getresponse().read().decode()}
            other.close()
        except OSError:
            time.sleep(0.05)
        finally:
            wire.close()
    assert len(found) == 2


def test_kept_alive_connections_are_spread_over_the_processes(tiny: Tiny) -> None:
    wires = [tiny.wire() for _ in range(16)]
    answers = [ask(wire) for wire in wires]
    assert [ask(wire) for wire in wires] == answers, "a connection stays with its process"
    assert len(set(answers)) == 2
    for wire in wires:
        wire.close()


def test_connections_that_say_nothing_hold_nobody_up(tiny: Tiny) -> None:
    silent = [socket.create_connection(("127.0.0.1", tiny.port)) for _ in range(12)]
    start = time.monotonic()
    for _ in range(6):
        wire = tiny.wire()
        assert ask(wire).isdigit()
        wire.close()
    assert time.monotonic() - start < 4, "less than a silent connection may stay silent"
    for one in silent:
        one.close()


def test_a_request_under_way_is_answered_before_the_process_ends(own_tiny: Tiny) -> None:
    wire = own_tiny.wire()
    wire.request("GET", "/slow")
    time.sleep(0.1)
    own_tiny.process.send_signal(signal.SIGTERM)
    assert wire.getresponse().read().isdigit()
    own_tiny.process.wait(timeout=20)
    assert own_tiny.process.returncode == 0


def test_two_requests_sent_at_once_on_one_connection_are_both_answered(tiny: Tiny) -> None:
    with socket.create_connection(("127.0.0.1", tiny.port), timeout=10) as wire:
        wire.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        said = b""
        while more := wire.recv(4096):
            said += more
    assert said.count(b"HTTP/1.1 200 OK") == 2


def test_half_a_request_does_not_stop_the_service(own_tiny: Tiny) -> None:
    halves = [socket.create_connection(("127.0.0.1", own_tiny.port)) for _ in range(4)]
    for one in halves:
        one.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
    wire = own_tiny.wire()
    wire.timeout = 60
    assert ask(wire).isdigit(), "the others are given up"
    for one in halves:
        one.close()


def test_a_request_that_came_while_all_were_busy_is_not_taken_for_silence() -> None:
    worker, closed = EvenWorker.__new__(EvenWorker), []
    worker.poller, worker.nr_conns, pairs = selectors.DefaultSelector(), 2, [socket.socketpair() for _ in range(2)]
    spoke, silent = (
        SimpleNamespace(sock=ours, timeout=time.monotonic() - 1, close=lambda ours=ours: closed.append(ours))
        for ours, _ in pairs
    )
    for conn in (silent, spoke):
        worker.poller.register(conn.sock, selectors.EVENT_READ)
    pairs[0][1].sendall(b"POST / HTTP/1.1")
    for name, close in (("pending_conns", worker.murder_pending), ("keepalived_conns", worker.murder_keepalived)):
        spoke.timeout = time.monotonic() - 1
        setattr(worker, name, deque([silent, spoke]))
        close()
        assert (closed, list(getattr(worker, name))) == ([silent.sock], [spoke])
        closed.clear()
        if name == "pending_conns":
            worker.poller.register(silent.sock, selectors.EVENT_READ)
    for each in (one for pair in pairs for one in pair):
        each.close()
