"""The worker: what it does side by side, how it stops, what it survives, and what pages can say of it."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from tests import standin
from tests.factories import World
from webapp.foundation.db import Database, read_door, unit_of_work
from webapp.foundation.work import (
    Job,
    NewWork,
    Pulse,
    WorkState,
    claim,
    each_minutes,
    enqueue_many,
    fail,
    fresh_kinds,
    give_up,
    handler,
    pulse,
    queue_health,
    schedules,
    sweep,
)
from webapp.foundation.work.health import Backlog, Beat, Failures, beat
from webapp.foundation.work.table import Work, WorkerBeat
from webapp.worker import new_name, run_worker

NOW = datetime(2026, 6, 16, 7, 50, tzinfo=UTC)
PATIENCE = 20.0
"""Seconds after which a test stops waiting; none of them measures time."""
NEVER = timedelta(hours=1)


@pytest.fixture(autouse=True)
def own_kinds(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(schedules, "_schedules", {})
    with fresh_kinds():
        yield


def put(*works: NewWork) -> None:
    with unit_of_work() as tx:
        enqueue_many(tx, works)


def texts(count: int, **more: Any) -> list[NewWork]:
    return [NewWork(kind="text", subject=str(n), **more) for n in range(count)]


def states() -> Counter[str]:
    with read_door() as db:
        return Counter(db.scalars(select(Work.state).where(Work.kind != sweep.KIND)).all())


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.01)


@contextmanager
def working(**settings: Any) -> Iterator[Callable[[], None]]:
    """A worker in a thread, stopped at the end of the block or by what is given."""
    stop = threading.Event()
    thread = threading.Thread(target=run_worker, args=(stop,), kwargs=settings)
    thread.start()

    def end() -> None:
        stop.set()
        thread.join(PATIENCE)
        assert not thread.is_alive(), "the worker did not stop"

    try:
        yield end
    finally:
        end()


# Side by side.


def test_it_does_what_comes_and_a_bad_job_stops_nobody(cloned_db: Database) -> None:
    done: list[str] = []

    def run(job: Job) -> None:
        if job.subject == "1":
            raise SystemExit(1)
        if job.subject == "2":
            raise ValueError("no such template")
        done.append(job.subject)

    handler("text")(run)
    put(*texts(5))
    with working():
        until(lambda: len(done) == 3)
        put(NewWork(kind="text", subject="late"))
        until(lambda: len(done) == 4)
    assert sorted(done) == ["0", "3", "4", "late"]
    assert states() == {WorkState.DONE: 4, WorkState.WAITING: 2}


def test_so_many_are_in_flight_and_of_one_kind_no_more_than_it_bears(cloned_db: Database) -> None:
    going: Counter[str] = Counter()
    most: Counter[str] = Counter()
    lock = threading.Lock()
    full = threading.Event()

    def run(job: Job) -> None:
        with lock:
            going[job.kind] += 1
            most[job.kind] = max(most[job.kind], going[job.kind])
            most["all"] = max(most["all"], going.total())
            if going.total() == 6:
                full.set()
        full.wait(PATIENCE)
        with lock:
            going[job.kind] -= 1

    handler("text")(run)
    handler("import", concurrency=2)(run)
    put(*(NewWork(kind="import", subject=str(n), priority=1) for n in range(9)), *texts(12))
    with working(in_flight=6):
        until(lambda: states() == {WorkState.DONE: 21})
    assert most == {"import": 2, "text": 4, "all": 6} or (most["import"], most["all"]) == (2, 6)


def test_it_takes_only_the_kinds_that_it_was_given(cloned_db: Database) -> None:
    done: list[str] = []
    for kind in ("text", "report"):
        handler(kind)(lambda job: done.append(job.kind))
    put(NewWork(kind="report", subject="1"), *texts(2), NewWork(kind="unknown", subject="1"))
    with working(only=["text"]):
        until(lambda: len(done) == 2)
    assert done == ["text", "text"]
    assert states() == {WorkState.DONE: 2, WorkState.WAITING: 2}


def test_urgent_work_does_not_wait_for_the_poll(cloned_db: Database) -> None:
    done = threading.Event()
    handler("code", urgent=True)(lambda job: done.set())
    ready = threading.Event()
    handler("first")(lambda job: ready.set())
    put(NewWork(kind="first", subject="1"))
    with working(poll=timedelta(seconds=2 * PATIENCE)) as end:
        assert ready.wait(PATIENCE)
        put(NewWork(kind="code", subject="1", priority=0))
        assert done.wait(PATIENCE)
        # The worker sleeps out its poll before it hears of the stop: urgent work wakes it.
        threading.Timer(0.05, put, [NewWork(kind="code", subject="2")]).start()
        end()


def test_schedules_are_fired_by_the_worker(cloned_db: Database) -> None:
    fired: list[str] = []
    handler("register_close")(lambda job: fired.append(job.slot))
    schedules.every("register_close", each_minutes(60))
    with working(), working():
        until(lambda: len(fired) >= 1)
    assert len(fired) == len(set(fired))


# Stopping.


def test_a_stop_lets_what_runs_finish_and_takes_no_more(cloned_db: Database) -> None:
    begun, go_on = threading.Semaphore(0), threading.Event()

    def run(job: Job) -> None:
        begun.release()
        go_on.wait(PATIENCE)

    handler("text")(run)
    put(*texts(5))
    with working(in_flight=2) as end:
        for _ in range(2):
            assert begun.acquire(timeout=PATIENCE)
        stopping = threading.Thread(target=end)
        stopping.start()
        go_on.set()
        stopping.join(PATIENCE)
    assert states() == {WorkState.DONE: 2, WorkState.WAITING: 3}


def test_a_stop_during_a_claim_gives_the_rows_back(cloned_db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    stop = threading.Event()

    def claim_and_stop(*given: Any, **more: Any) -> list[Job]:
        jobs = claim(*given, **more)
        stop.set()
        return jobs

    monkeypatch.setattr("webapp.worker.claim", claim_and_stop)
    handler("text")(lambda job: pytest.fail("begun after the stop"))
    put(*texts(3))
    run_worker(stop)
    with read_door() as db:
        assert db.execute(select(Work.state, Work.attempts, Work.worker).distinct()).all() == [("waiting", 0, None)]


def test_a_call_that_hangs_does_not_hold_up_the_stop(cloned_db: Database) -> None:
    begun, let_go = threading.Event(), threading.Event()

    def run(job: Job) -> None:
        begun.set()
        let_go.wait(PATIENCE)

    handler("text")(run)
    put(*texts(1))
    with working(grace=timedelta(milliseconds=50)) as end:
        assert begun.wait(PATIENCE)
        end()
        assert states() == {WorkState.RUNNING: 1}
    let_go.set()
    until(lambda: states() == {WorkState.DONE: 1})


def test_a_process_stops_in_good_order_on_sigterm(cloned_db: Database) -> None:
    put(*(NewWork(kind=standin.CALL, subject=str(n)) for n in range(40)))
    with (
        standin.provider(delay_ms=100) as provider,
        standin.workers(1, cloned_db, provider, in_flight=4, lease_seconds=60) as [worker],
    ):
        until(lambda: provider.calls().total() >= 4)
        assert worker.stop() == 0
        calls = provider.calls()
    assert set(calls.values()) == {1}
    assert states() == {WorkState.DONE: len(calls), WorkState.WAITING: 40 - len(calls)}
    assert len(calls) < 40


def test_a_second_signal_is_the_systems_own() -> None:
    before = signal.getsignal(signal.SIGTERM)
    seen: list[Any] = []

    def load() -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        seen.append(signal.getsignal(signal.SIGTERM))
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        run_worker(load_handlers=load)
    assert seen == [signal.SIG_DFL]
    assert signal.getsignal(signal.SIGTERM) == before


# Surviving.


def test_it_survives_a_database_that_went_away(cloned_db: Database) -> None:
    if cloned_db.is_sqlite:
        pytest.skip("SQLite has no server to go away")
    done: list[str] = []
    handler("text")(lambda job: done.append(job.subject))
    put(*texts(1))
    with working():
        until(lambda: len(done) == 1)
        with cloned_db.write_engine.connect() as connection:
            connection.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                     " WHERE datname = current_database() AND pid <> pg_backend_pid()")
            )  # fmt: skip
        # The test's own connections die as well, at once or a moment later; what is put twice stands once.
        until(lambda: _put_after_all(NewWork(kind="text", subject="after")))
        until(lambda: done == ["0", "after"])


def _put_after_all(work: NewWork) -> bool:
    with contextlib.suppress(DBAPIError):
        put(work)
        return True
    return False


def test_it_waits_for_a_database_that_does_not_answer(cloned_db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    tries: list[int] = []

    def refused(*given: Any, **more: Any) -> list[Job]:
        tries.append(1)
        if len(tries) < 4:
            raise ConnectionRefusedError
        return claim(*given, **more)

    monkeypatch.setattr("webapp.worker._PAUSES", (0.01, 0.01))
    monkeypatch.setattr("webapp.worker.claim", refused)
    handler("text")(lambda job: done.append(job.subject))
    put(*texts(1))
    with working():
        until(lambda: done == ["0"])


def test_killed_workers_lose_nothing_and_double_only_calls_under_way(cloned_db: Database) -> None:
    messages = 50
    put(*(NewWork(kind=standin.CALL, subject=str(n)) for n in range(messages)))
    with (
        standin.provider(delay_ms=20) as provider,
        standin.workers(2, cloned_db, provider, in_flight=2, lease_seconds=2.5) as started,
    ):
        killed = standin.run_under_kills(
            cloned_db, provider, started, kind=standin.CALL, messages=messages, kills=3, seed=2026, within_seconds=60,
        )  # fmt: skip
    assert set(killed.calls) == {str(n) for n in range(messages)}
    assert not killed.unexplained
    assert killed.held.total() >= 3
    assert states() == {WorkState.DONE: messages}


# What pages can say.


def test_a_worker_gives_signs_of_life(cloned_db: Database) -> None:
    def beaten() -> bool:
        with read_door() as db:
            return db.execute(select(func.count()).select_from(WorkerBeat)).scalar_one() == 1

    with working(name="hill:1"):
        until(beaten)
    with read_door() as db:
        last = queue_health(db).last_beat
    assert last is not None
    assert (last.worker, last.version) == ("hill:1", "0.1.0")
    assert last.started_at <= last.at


def test_no_two_workers_share_a_name() -> None:
    assert len({new_name() for _ in range(50)}) > 40


def test_the_health_of_the_queue(db: Database, world: World) -> None:
    hill = {"organisation_id": world.organisation, "school_id": world.hill}
    dale = {"organisation_id": world.other_organisation, "school_id": world.other_school}
    minute = timedelta(minutes=1)
    with time_machine.travel(NOW, tick=False) as at:
        put(*texts(2, priority=0, **hill))
        give_up(claim("one", None, 1)[0], "no such number")
        fail(claim("one", None, 1)[0], "503", NOW + minute)
        put(NewWork(kind="push", subject="1", **dale), NewWork(kind="push", subject="2", due_at=NOW + NEVER, **dale))
        beat("one", NOW, "0.1.0")
        at.shift(3 * minute)
        beat("two", NOW + minute, "0.1.0")
        beat("two", NOW + minute, "0.1.0")
        at.shift(minute)
        with read_door() as door:
            health = queue_health(door)
            mine = queue_health(door, world.organisation)
            facts = pulse(door)
            of_texts = pulse(door, ["text"])
    push = Backlog("push", world.other_organisation, world.other_school, 1, 4 * minute)
    again = Backlog("text", world.organisation, world.hill, 1, 3 * minute)
    lost = Failures("text", world.organisation, world.hill, 1)
    assert health.backlogs == (push, again)
    assert health.failures == mine.failures == (lost,)
    assert mine.backlogs == (again,)
    assert (health.oldest, mine.oldest) == (4 * minute, 3 * minute)
    assert health.last_beat == Beat("two", NOW + 3 * minute, NOW + minute, "0.1.0")
    assert facts == Pulse(NOW, NOW + 3 * minute)
    assert of_texts == Pulse(NOW + minute, NOW + 3 * minute)


def test_an_empty_queue_is_healthy_but_silent(db: Database) -> None:
    with read_door() as door:
        assert queue_health(door).oldest == timedelta(0)
        assert queue_health(door).last_beat is None
        assert pulse(door) == Pulse(None, None)


@pytest.mark.parametrize(
    ("due_ago", "beat_ago", "stuck"),
    [
        (None, 0, False), (None, 60, False), (None, 61, True), (None, None, True), (0, None, True),
        (0, 0, False), (120, 0, False), (121, 0, True), (121, 61, True),
    ],
)  # fmt: skip
def test_when_to_say_that_texts_are_not_going_out(due_ago: int | None, beat_ago: int | None, stuck: bool) -> None:
    def before(seconds: int | None) -> datetime | None:
        return None if seconds is None else NOW - timedelta(seconds=seconds)

    assert Pulse(before(due_ago), before(beat_ago)).is_stuck(NOW) is stuck


def test_the_nightly_sweep_is_a_job_like_any_other(cloned_db: Database) -> None:
    night = datetime(2026, 6, 16, 2, 45, tzinfo=UTC)
    handler("text")(lambda job: None)
    with time_machine.travel(night - timedelta(days=40)):
        put(*texts(3))
        beat("long gone", NOW, "0.0.1")
        with working(name="then"):
            until(lambda: states() == {WorkState.DONE: 3})
    with time_machine.travel(night), working(name="now"):
        until(lambda: not states())
    with read_door() as db:
        assert db.scalars(select(WorkerBeat.name)).all() == ["now"]
