"""The worker: polls for due work, keeps many calls in flight, and stops in good order.

As many processes as are needed run beside each other over PostgreSQL; one over SQLite. In the demo it is a thread.
"""

from __future__ import annotations

import logging
import os
import secrets
import signal
import socket
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version

from webapp.foundation import config, db, logs
from webapp.foundation.clock import machine_now, monotonic
from webapp.foundation.work import claim, run_job, sweep
from webapp.foundation.work.health import BEAT_EVERY, beat
from webapp.foundation.work.registry import Job, kinds
from webapp.foundation.work.schedules import Timetable
from webapp.foundation.work.settle import LeaseLost, release
from webapp.foundation.work.wake import listening

log = logging.getLogger("firstbell.worker")

POLL = timedelta(milliseconds=250)
IN_FLIGHT = 16
GRACE = timedelta(seconds=30)
_PAUSES = (0.5, 1.0, 2.0, 5.0)
"""Seconds between tries while the database does not answer."""
_GATHER_SECONDS = 0.01
"""Under load a claim waits so long for more calls to end, so that one commit takes several rows."""


def run_worker(
    stop: threading.Event | None = None,
    *,
    name: str | None = None,
    in_flight: int = IN_FLIGHT,
    only: Collection[str] | None = None,
    load_handlers: Callable[[], None] | None = None,
    poll: timedelta = POLL,
    grace: timedelta = GRACE,
) -> None:
    """Work until ``stop`` is set, then finish what runs (for ``grace`` at most), give back the rest, and return.

    With ``stop`` None this is a process of its own: SIGTERM and SIGINT stop it, a second one at once.
    ``load_handlers`` registers the kinds of work; ``only`` names those that this worker takes, None for all.
    The database is the one in use (``foundation.db.use``); while it does not answer, the worker waits for it.
    """
    with _stopped_by_signals() if stop is None else nullcontext(stop) as stopping:
        sweep.load()
        if load_handlers is not None:
            load_handlers()
        _Worker(stopping, name or new_name(), in_flight, only, poll, grace).run()


def new_name() -> str:
    """A name that no other worker has: machine, process, and four random characters."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(2)}"


@contextmanager
def _stopped_by_signals() -> Iterator[threading.Event]:
    stop = threading.Event()
    held = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def on_signal(number: int, _frame: object) -> None:
        stop.set()
        signal.signal(number, signal.SIG_DFL)

    for number in held:
        signal.signal(number, on_signal)
    try:
        yield stop
    finally:
        for number, before in held.items():
            signal.signal(number, before)


def _version() -> str:
    try:
        return version("firstbell")
    except PackageNotFoundError:
        return "unknown"


class _Worker:
    def __init__(
        self, stop: threading.Event, name: str, in_flight: int, only: Collection[str] | None, poll: timedelta,
        grace: timedelta,
    ) -> None:  # fmt: skip
        self._stop, self._name, self._in_flight, self._only = stop, name, in_flight, only
        self._poll, self._grace = poll.total_seconds(), grace.total_seconds()
        self._started_at, self._version = machine_now(), _version()
        self._timetable = Timetable()
        self._lock = threading.Lock()
        self._running: Counter[str] = Counter()
        self._futures: set[Future[None]] = set()
        self._more_waits = False
        self._beaten = float("-inf")

    def run(self) -> None:
        log.info("worker %s starts, %s in flight", self._name, self._in_flight)
        # Its threads are joined below, not by a `with`: a call that hangs must not hold up the stop beyond the grace.
        pool = ThreadPoolExecutor(self._in_flight, thread_name_prefix="work")
        failures = 0
        with listening() as heard:
            self._heard = heard
            while not self._stop.is_set():
                heard.clear()
                try:
                    self._turn(pool)
                    failures = 0
                except Exception:
                    pause = _PAUSES[min(failures, len(_PAUSES) - 1)]
                    failures += 1
                    log.exception("worker %s cannot reach its work; it tries again in %s s", self._name, pause)
                    self._stop.wait(pause)
                    continue
                heard.wait(self._poll)
                if self._more_waits:
                    self._stop.wait(_GATHER_SECONDS)
        self._finish(pool)

    def _turn(self, pool: ThreadPoolExecutor) -> None:
        self._timetable.fire()
        jobs = self._claim()
        for job in jobs:
            if self._stop.is_set():
                self._give_back(job)
                continue
            with self._lock:
                self._running[job.kind] += 1
                future = pool.submit(self._do, job)
                self._futures.add(future)
            future.add_done_callback(self._forget)
        # Beaten only by a turn that reached its work: a worker that cannot claim is as good as down.
        if monotonic() - self._beaten >= BEAT_EVERY.total_seconds():
            beat(self._name, self._started_at, self._version)
            self._beaten = monotonic()

    def _claim(self) -> list[Job]:
        with self._lock:
            free = self._in_flight - self._running.total()
            room = {
                kind.name: kind.concurrency - self._running[kind.name]
                for kind in kinds().values()
                if kind.concurrency is not None
            }
        wanted = [name for name in kinds() if room.get(name, 1) > 0 and (self._only is None or name in self._only)]
        # Only what can begin now: a row claimed for later would be one more that a kill does twice.
        jobs = claim(self._name, wanted, free, room=room)
        taken = Counter(job.kind for job in jobs)
        # A kind that has just filled its room may have hidden others behind it: look again at once, without it.
        hidden = any(count >= room.get(kind, free + 1) for kind, count in taken.items())
        with self._lock:
            self._more_waits = hidden or len(jobs) == free
        if hidden:
            self._heard.set()
        return jobs

    def _do(self, job: Job) -> None:
        try:
            run_job(job)
        except Exception:
            # The database went away while the job was being settled; its lease brings it back.
            log.exception("work %s (%s) could not be settled", job.id, job.kind)
        finally:
            with self._lock:
                self._running[job.kind] -= 1
                more = self._more_waits
            if more:
                self._heard.set()

    def _forget(self, future: Future[None]) -> None:
        with self._lock:
            self._futures.discard(future)

    def _give_back(self, job: Job) -> None:
        try:
            release(job)
        except LeaseLost as lost:
            log.info("%s", lost)

    def _finish(self, pool: ThreadPoolExecutor) -> None:
        pool.shutdown(wait=False)
        with self._lock:
            futures = set(self._futures)
        left = wait(futures, timeout=self._grace).not_done
        if left:
            log.error("worker %s stops with %s jobs unfinished; their leases bring them back", self._name, len(left))
        log.info("worker %s has stopped", self._name)


def main() -> None:
    """The process that ``firstbell worker`` becomes."""
    # Here, not above: tests run workers with handlers of their own.
    from webapp import reactions

    settings = config.load()
    logs.configure(settings.log_level, settings.log_format)
    database = db.Database(settings.database_url, read_url=settings.read_database_url)
    db.use(database)

    def load_handlers() -> None:
        reactions.wire(settings)
        if settings.is_demo:
            from webapp.demo import playing

            playing.schedule()

    try:
        run_worker(in_flight=settings.calls_in_flight, load_handlers=load_handlers)
    finally:
        database.dispose()


if __name__ == "__main__":
    main()
