"""The load tool against a service that closes connections: nothing is counted as lost that a browser would have got."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.bench.load import Loaded, Talk, closed_loop, open_loop, request

_KEPT = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
_LAST = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"
_Serve = Callable[[socket.socket, int, list[bytes]], None]


@contextmanager
def service(serve: _Serve) -> Iterator[tuple[int, list[bytes]]]:
    """``serve`` gets each connection with its number and what was asked so far; afterwards it is closed."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def run() -> None:
            number = 0
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    serve(connection, number, asked)
                number += 1

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        yield listener.getsockname()[1], asked
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(timeout=5)


def _answer(connection: socket.socket, asked: list[bytes], answer: bytes) -> bool:
    try:
        came = connection.recv(65536)
    except ConnectionResetError:
        # The load tool went away with an answer unread.
        return False
    if came:
        asked.append(came.split(b" ")[1])
        connection.sendall(answer)
    return bool(came)


def _talk(requests: int) -> Talk:
    for number in range(requests):
        status, _ = yield request("GET", f"/{number}")
        if status != 200:
            return False
    return True


def _said(port: int, requests: int) -> Loaded:
    return open_loop(port, iter([(0.0, _talk(requests))]), connections=1)


def test_a_connection_that_was_said_to_end_is_not_used_again() -> None:
    def serve(connection: socket.socket, _number: int, asked: list[bytes]) -> None:
        _answer(connection, asked, _LAST)

    with service(serve) as (port, asked):
        found = _said(port, 3)
    assert (found.statuses, found.retried, asked) == ({200: 1}, 0, [b"/0", b"/1", b"/2"])


def test_a_request_on_a_connection_just_closed_is_said_once_more_and_counted() -> None:
    def serve(connection: socket.socket, number: int, asked: list[bytes]) -> None:
        while _answer(connection, asked, _KEPT) and number:
            pass

    with service(serve) as (port, asked):
        found = _said(port, 3)
    assert (found.statuses, found.retried, asked) == ({200: 1}, 1, [b"/0", b"/1", b"/2"])


def test_one_that_breaks_on_a_new_connection_too_is_lost() -> None:
    def serve(connection: socket.socket, number: int, asked: list[bytes]) -> None:
        if number == 0:
            _answer(connection, asked, _KEPT)
        connection.recv(65536)

    with service(serve) as (port, _asked):
        found = _said(port, 2)
    assert (found.statuses, found.retried) == ({0: 1}, 1)


def test_an_answer_that_breaks_off_is_lost_and_never_said_again() -> None:
    def serve(connection: socket.socket, _number: int, asked: list[bytes]) -> None:
        _answer(connection, asked, _KEPT[:-1])

    with service(serve) as (port, asked):
        found = _said(port, 1)
    assert (found.statuses, found.retried, asked) == ({0: 1}, 0, [b"/0"])


@pytest.mark.parametrize("last", [_LAST, _KEPT])
def test_a_closed_loop_goes_on_after_each_close(last: bytes) -> None:
    def serve(connection: socket.socket, _number: int, asked: list[bytes]) -> None:
        if _answer(connection, asked, _KEPT):
            _answer(connection, asked, last)

    with service(serve) as (port, asked):
        found = closed_loop(port, iter(lambda: request("GET", "/"), None), connections=1, seconds=0.3, warm_up=0)
    assert found.statuses == {200: found.answered}
    assert found.answered >= 20
    assert found.answered <= len(asked) <= found.answered + 1


def test_a_closed_loop_ends_with_its_requests() -> None:
    def serve(connection: socket.socket, _number: int, asked: list[bytes]) -> None:
        while _answer(connection, asked, _KEPT):
            pass

    with service(serve) as (port, asked):
        found = closed_loop(port, iter([request("GET", f"/{each}") for each in range(3)]), connections=1, seconds=60)
    assert (found.answered, asked) == (3, [b"/0", b"/1", b"/2"])
    assert found.seconds < 30
