"""A small HTTP load tool on one thread: as many kept-alive connections as asked, each answer read whole and checked.

``closed_loop`` sends the next request when the last is answered; ``open_loop`` begins talks on a timetable, and counts
latency from the time at which one was due.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field


@dataclass
class Loaded:
    """What a run saw. ``milliseconds`` is the latency of each answer; ``statuses`` counts them."""

    seconds: float = 0.0
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
    """One kept-alive connection: what is to be sent, and what has come."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.address = address
        self.socket = self._open()
        self.received = b""
        self.due = 0.0
        self.busy = False

    def _open(self) -> socket.socket:
        made = socket.create_connection(self.address, timeout=10)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    def send(self, request: bytes, due: float) -> None:
        self.received, self.due, self.busy = b"", due, True
        try:
            self.socket.sendall(request)
        except OSError:
            self.again()
            self.socket.sendall(request)

    def again(self) -> None:
        """The service closed the connection between two requests, as it may."""
        self.socket.close()
        self.socket = self._open()

    def read(self) -> tuple[int, bytes] | None:
        """The whole answer, or None while more is to come. Raises ConnectionError when it breaks off."""
        more = self.socket.recv(262_144)
        if not more:
            raise ConnectionError("closed in the middle of an answer")
        self.received += more
        head, found, body = self.received.partition(b"\r\n\r\n")
        if not found:
            return None
        length = next(
            (int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0
        )
        if len(body) < length:
            return None
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
    """Keep ``connections`` requests going for ``seconds`` after a warm-up that is not counted."""
    found = Loaded()
    lines = [_Line(("127.0.0.1", port)) for _ in range(connections)]
    with selectors.DefaultSelector() as selector:
        for line in lines:
            selector.register(line.socket, selectors.EVENT_READ, line)
            line.send(next(requests), time.perf_counter())
        start = time.perf_counter() + warm_up
        end = start + seconds
        while (now := time.perf_counter()) < end:
            for key, _ in selector.select(timeout=1):
                line = key.data
                answer = _take(selector, line)
                if answer is None:
                    continue
                now = time.perf_counter()
                if line.due >= start:
                    _note(found, answer, (now - line.due) * 1000, check)
                if now < end:
                    line.send(next(requests), now)
        found.seconds = seconds
    for line in lines:
        line.socket.close()
    return found


Talk = Generator[bytes, tuple[int, bytes], bool]
"""Requests that follow from one another: yields each, is given (status, whole answer), returns whether all was well."""


def open_loop(port: int, timetable: Iterator[tuple[float, Talk]], *, connections: int) -> Loaded:
    """Begin each talk at its second of the timetable; one that finds no free connection waits, which counts.

    A talk's latency runs from the second at which it was due to its last answer; ``statuses`` has 200 for a talk that
    went well and 0 for one that did not.
    """
    found = Loaded()
    lines = [_Line(("127.0.0.1", port)) for _ in range(connections)]
    free = list(lines)
    waiting: deque[tuple[float, Talk]] = deque()
    talks: dict[_Line, tuple[float, Talk]] = {}
    upcoming = next(timetable, None)
    start = time.perf_counter()
    with selectors.DefaultSelector() as selector:
        for line in lines:
            selector.register(line.socket, selectors.EVENT_READ, line)
        while upcoming is not None or waiting or talks:
            now = time.perf_counter() - start
            while upcoming is not None and upcoming[0] <= now:
                waiting.append(upcoming)
                upcoming = next(timetable, None)
            while waiting and free:
                line = free.pop()
                talks[line] = waiting.popleft()
                _say(selector, line, next(talks[line][1]))
            pause = 0.5 if upcoming is None else max(0.0, min(0.5, upcoming[0] - (time.perf_counter() - start)))
            for key, _ in selector.select(timeout=pause):
                line = key.data
                if not line.busy:
                    selector.unregister(line.socket)
                    line.again()
                    selector.register(line.socket, selectors.EVENT_READ, line)
                    continue
                answer = _take(selector, line)
                if answer is None:
                    continue
                due, talk = talks[line]
                found.bytes += len(answer[1])
                try:
                    _say(selector, line, talk.send(answer))
                except StopIteration as end:
                    del talks[line]
                    free.append(line)
                    status = 200 if end.value else 0
                    found.statuses[status] = found.statuses.get(status, 0) + 1
                    found.milliseconds.append((time.perf_counter() - start - due) * 1000)
    found.seconds = time.perf_counter() - start
    for line in lines:
        line.socket.close()
    return found


def _say(selector: selectors.BaseSelector, line: _Line, content: bytes) -> None:
    before = line.socket
    line.send(content, time.perf_counter())
    if line.socket is not before:
        selector.register(line.socket, selectors.EVENT_READ, line)


def _take(selector: selectors.BaseSelector, line: _Line) -> tuple[int, bytes] | None:
    try:
        return line.read()
    except OSError:
        selector.unregister(line.socket)
        line.again()
        selector.register(line.socket, selectors.EVENT_READ, line)
        line.busy = False
        return 0, b""


def _note(
    found: Loaded, answer: tuple[int, bytes], milliseconds: float, check: Callable[[int, bytes], None] | None
) -> None:
    status, content = answer
    found.milliseconds.append(milliseconds)
    found.statuses[status] = found.statuses.get(status, 0) + 1
    found.bytes += len(content)
    if check is not None:
        check(status, content)
