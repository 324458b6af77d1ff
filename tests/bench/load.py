"""A small HTTP load tool on one thread: as many kept-alive connections as asked, each answer read whole and checked.

``closed_loop`` sends the next request when the last is answered; ``open_loop`` begins talks on a timetable, and counts
latency from the time at which one was due. As a browser does, it opens a connection anew when the service has closed
it, and says a request again that was sent on one just being closed: a form's submission key keeps it from acting twice.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass, field


@dataclass
class Loaded:
    """What a run saw. ``milliseconds`` is the latency of each answer; ``statuses`` counts them.

    ``answered`` counts those of the warm-up too; ``retried`` requests were said again on a new connection.
    """

    seconds: float = 0.0
    answered: int = 0
    retried: int = 0
    milliseconds: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    bytes: int = 0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.milliseconds) / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """Milliseconds within which that share of the answers came."""
        ordered = sorted(self.milliseconds) or [float("inf")]
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class _Line:
    """One kept-alive connection, in the selector for as long as it lives: what was asked, and what has come."""

    def __init__(self, selector: selectors.BaseSelector, address: tuple[str, int]) -> None:
        self._selector, self._address = selector, address
        self.asked = self.received = b""
        self.due = 0.0
        self.busy = False
        self.retried = 0
        # Whether the connection stood before this request was said.
        self._stood = True
        self._open()

    def _open(self) -> None:
        self._socket = socket.create_connection(self._address, timeout=10)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._selector.register(self._socket, selectors.EVENT_READ, self)
        # The service has said that it closes this one.
        self._ends = False

    def close(self) -> None:
        self._selector.unregister(self._socket)
        self._socket.close()

    def again(self) -> None:
        """The service closed the connection, as it may between two requests."""
        self.close()
        self._open()

    def send(self, request: bytes, due: float) -> None:
        self.asked, self.received, self.due, self.busy = request, b"", due, True
        self._stood = not self._ends
        if self._ends:
            self.again()
        # A connection that is gone already shows itself at the reading.
        with suppress(OSError):
            self._socket.sendall(request)

    def _retry(self) -> None:
        self.retried += 1
        self._stood = False
        self.again()
        with suppress(OSError):
            self._socket.sendall(self.asked)

    def take(self) -> tuple[int, bytes] | None:
        """The whole answer, None while more is to come, or (0, b"") when the connection broke and nothing came."""
        try:
            more = self._socket.recv(262_144)
        except OSError:
            more = b""
        if more:
            self.received += more
            return self._whole()
        if self._stood and not self.received:
            # Closed by the service as we wrote: what a browser says again by itself.
            self._retry()
            return None
        self.again()
        self.busy = False
        return 0, b""

    def _whole(self) -> tuple[int, bytes] | None:
        head, found, body = self.received.partition(b"\r\n\r\n")
        if not found:
            return None
        lines = head.lower().split(b"\r\n")
        if len(body) < next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0):
            return None
        self._ends = b"connection: close" in lines
        self.busy = False
        return int(head[9:12]), self.received


def request(method: str, path: str, *, cookie: str = "", body: bytes = b"", headers: str = "") -> bytes:
    """One HTTP/1.1 request as bytes."""
    kind = "Content-Type: application/x-www-form-urlencoded\r\n" if body else ""
    return (
        f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nCookie: {cookie}\r\n{kind}{headers}"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body


def closed_loop(
    port: int, requests: Iterator[bytes], *, connections: int, seconds: float, warm_up: float = 1.0,
    check: Callable[[int, bytes], None] | None = None,
) -> Loaded:  # fmt: skip
    """Keep ``connections`` requests going for ``seconds`` after a warm-up that is not counted, or until they end."""
    found = Loaded()
    with selectors.DefaultSelector() as selector:
        lines = [_Line(selector, ("127.0.0.1", port)) for _ in range(connections)]
        # Before the first is sent: with no warm-up each counts.
        start = time.perf_counter() + warm_up
        end = start + seconds
        for line in lines:
            line.send(next(requests), time.perf_counter())
        while (now := time.perf_counter()) < end and any(line.busy for line in lines):
            for key, _ in selector.select(timeout=1):
                line = key.data
                answer = line.take()
                if answer is None:
                    continue
                now = time.perf_counter()
                found.answered += 1
                if line.due >= start:
                    _note(found, answer, (now - line.due) * 1000, check)
                if now < end and (following := next(requests, None)) is not None:
                    line.send(following, now)
        found.seconds = min(end, now) - start
        _end(found, lines)
    return found


Talk = Generator[bytes, tuple[int, bytes], bool]
"""Requests that follow from one another: yields each, is given (status, whole answer), returns whether all was well."""


def open_loop(port: int, timetable: Iterator[tuple[float, Talk]], *, connections: int) -> Loaded:
    """Begin each talk at its second of the timetable; one that finds no free connection waits, which counts.

    A talk's latency runs from the second at which it was due to its last answer; ``statuses`` has 200 for a talk that
    went well and 0 for one that did not.
    """
    found = Loaded()
    waiting: deque[tuple[float, Talk]] = deque()
    talks: dict[_Line, tuple[float, Talk]] = {}
    upcoming = next(timetable, None)
    start = time.perf_counter()
    with selectors.DefaultSelector() as selector:
        lines = [_Line(selector, ("127.0.0.1", port)) for _ in range(connections)]
        free = list(lines)
        while upcoming is not None or waiting or talks:
            now = time.perf_counter() - start
            while upcoming is not None and upcoming[0] <= now:
                waiting.append(upcoming)
                upcoming = next(timetable, None)
            while waiting and free:
                line = free.pop()
                talks[line] = waiting.popleft()
                line.send(next(talks[line][1]), time.perf_counter())
            pause = 0.5 if upcoming is None else max(0.0, min(0.5, upcoming[0] - (time.perf_counter() - start)))
            for key, _ in selector.select(timeout=pause):
                line = key.data
                if not line.busy:
                    line.again()
                    continue
                answer = line.take()
                if answer is None:
                    continue
                found.answered += 1
                due, talk = talks[line]
                found.bytes += len(answer[1])
                try:
                    line.send(talk.send(answer), time.perf_counter())
                except StopIteration as end:
                    del talks[line]
                    free.append(line)
                    status = 200 if end.value else 0
                    found.statuses[status] = found.statuses.get(status, 0) + 1
                    found.milliseconds.append((time.perf_counter() - start - due) * 1000)
        found.seconds = time.perf_counter() - start
        _end(found, lines)
    return found


def _end(found: Loaded, lines: list[_Line]) -> None:
    for line in lines:
        found.retried += line.retried
        line.close()


def _note(
    found: Loaded, answer: tuple[int, bytes], milliseconds: float, check: Callable[[int, bytes], None] | None
) -> None:
    status, content = answer
    found.milliseconds.append(milliseconds)
    found.statuses[status] = found.statuses.get(status, 0) + 1
    found.bytes += len(content)
    if check is not None:
        check(status, content)
