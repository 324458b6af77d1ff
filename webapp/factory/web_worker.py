"""The gunicorn worker of the web service: it takes what it has a thread for, so that all processes are evenly busy.

gunicorn's own gthread accepts whatever comes while its thread is busy: of eight kept-alive connections one process may
hold all, with the others idle.
"""

from __future__ import annotations

import gc
import socket
import struct
import time
from collections import deque
from concurrent.futures import Future
from functools import partial
from selectors import EVENT_READ
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

_PAUSE = 0.00005
_FIRST_WORDS = 10.0
"""Seconds that a new connection may stay silent: a browser opens some ahead of need."""
_PATIENCE = struct.pack("ll", 5, 0)
"""Seconds and microseconds that a thread waits for more of a request that has begun; what is slower needs the proxy."""
# A board makes some thousands of objects and drops them: Python's 700 searched among them a dozen times a page.
_GARBAGE = (10_000, 20, 20)


def when_ready(_server: Any) -> None:
    """Called in the parent, once it has loaded the application: what is there is shared, and never searched again."""
    gc.collect()
    gc.freeze()


def post_worker_init(worker: Any) -> None:
    """Called in each process, once it has the application: one that loaded it by itself does the same, and what its
    pages note is written though no other page comes."""
    from webapp.access.gate import look_without_being_asked

    when_ready(worker)
    look_without_being_asked()
logger_class = "webapp.factory.web_logs.QuietLogger"


class EvenWorker(ThreadWorker):
    """gthread that accepts no connection while its threads are busy; with one thread, requests run in the main loop."""

    def init_process(self) -> None:
        """Start with nothing under way."""
        self._under_way = 0
        gc.set_threshold(*_GARBAGE)
        super().init_process()

    def accept(self, listener: Any) -> None:
        """Take a connection; until its request comes it waits in the poller and holds no thread."""
        # Who holds more connections is slower to take the next: kept-alive ones are spread over the processes.
        time.sleep(min(self.nr_conns, 20) * _PAUSE)
        try:
            client, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        self.nr_conns += 1
        for wait in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            client.setsockopt(socket.SOL_SOCKET, wait, _PATIENCE)
        conn = TConn(self.cfg, client, address, listener.getsockname())
        conn.timeout = time.monotonic() + _FIRST_WORDS
        self.pending_conns.append(conn)
        self.poller.register(client, EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def enqueue_req(self, conn: TConn) -> None:
        """Answer the request that has come: here, when there is but one thread, else in the pool."""
        if self.cfg.threads > 1:
            self._under_way += 1
            self._mind_accepting()
            super().enqueue_req(conn)
            return
        done: Future[Any] = Future()
        done.set_result(self.handle(conn))
        super().finish_request(conn, done)

    def finish_request(self, conn: TConn, fs: Future[Any]) -> None:
        """A thread is free again."""
        self._under_way -= 1
        super().finish_request(conn, fs)
        self._mind_accepting()

    def murder_pending(self) -> None:
        """Close those that stay silent."""
        self._spare_who_spoke(self.pending_conns)
        super().murder_pending()

    def murder_keepalived(self, force: bool = False) -> None:
        """Close those that have been idle for long."""
        if not force:
            self._spare_who_spoke(self.keepalived_conns)
        super().murder_keepalived(force)

    def _spare_who_spoke(self, waiting: deque[TConn]) -> None:
        """A request that came while every thread was busy waits for its turn; its connection is not idle."""
        now = time.monotonic()
        if waiting and waiting[0].timeout <= now:
            came = {key.fileobj for key, _ in self.poller.select(0)}
            for conn in waiting:
                if conn.sock in came:
                    conn.timeout = now + _FIRST_WORDS

    def set_accept_enabled(self, enabled: bool) -> None:
        """Accept only while a thread is free."""
        super().set_accept_enabled(enabled and self._under_way < self.cfg.threads)

    def _mind_accepting(self) -> None:
        self.set_accept_enabled(self.alive and self.nr_conns < self.worker_connections)
