"""Claim, finish, retry and progress, on both engines."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, select, text

from tests.databases import RolledBack
from tests.factories import World
from webapp.foundation import clock
from webapp.foundation.db import Database, insert_row, read_door, unit_of_work, use
from webapp.foundation.work import (
    Job,
    LeaseLost,
    NewWork,
    Priority,
    TryAgain,
    WorkState,
    cancel,
    claim,
    daily,
    each_minutes,
    enqueue,
    enqueue_many,
    extend,
    fail,
    find_status,
    finish,
    fresh_kinds,
    give_up,
    handler,
    progress,
    redue_for_school_clock,
    release,
    revive,
    run_due,
    run_job,
    schedules,
    sweep,
)
from webapp.foundation.work.backoff import backoff
from webapp.foundation.work.schedules import Timetable, every
from webapp.foundation.work.table import Work
from webapp.foundation.work.wake import listening
from webapp.people.models import Organisation, School

NOW = datetime(2026, 6, 16, 7, 50, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LEASE = timedelta(seconds=60)


@pytest.fixture(autouse=True)
def own_kinds() -> Iterator[None]:
    with fresh_kinds():
        yield


@pytest.fixture
def at() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def put(*works: NewWork) -> int:
    with unit_of_work() as tx:
        return enqueue_many(tx, works)


def text_to(subject: str, **more: Any) -> NewWork:
    return NewWork(kind="text", subject=subject, **more)


def claim_one(worker: str = "one") -> Job:
    [job] = claim(worker, None, 1)
    return job


def row(subject: str) -> Any:
    with read_door() as db:
        return db.execute(select(*Work.__table__.c).where(Work.subject == subject)).one()


def subjects(jobs: list[Job]) -> list[str]:
    return [job.subject for job in jobs]


# Backoff.


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(1, 30), (2, 60), (3, 120), (4, 240), (5, 480), (6, 960), (7, 1800), (8, 1800), (40, 1800), (100_000, 1800)],
)
def test_the_wait_doubles_up_to_half_an_hour(failures: int, seconds: int) -> None:
    assert backoff(failures, lambda: 0.5) == timedelta(seconds=seconds)


@given(st.integers(1, 60), st.floats(0, 1, exclude_max=True))
def test_the_wait_is_spread_by_a_fifth(failures: int, fraction: float) -> None:
    middle = backoff(failures, lambda: 0.5)
    assert middle * 0.8 <= backoff(failures, lambda: fraction) <= middle * 1.2


def test_no_wait_without_a_failure() -> None:
    with pytest.raises(ValueError, match="failures"):
        backoff(0)


# Enqueueing.


def test_a_key_is_enqueued_once(db: Database) -> None:
    with unit_of_work() as tx:
        first = enqueue(tx, text_to("1"))
        assert first is not None
        assert enqueue(tx, text_to("1", payload={"other": True})) is None
        assert enqueue(tx, text_to("1", slot="again")) not in (None, first)
        assert enqueue(tx, NewWork(kind="push", subject="1")) is not None
    assert put(text_to("1"), text_to("2"), text_to("2"), text_to("3")) == 2
    assert put() == 0


def test_a_claim_gives_what_was_enqueued(db: Database, world: World, at: time_machine.Coordinates) -> None:
    payload = {"message": 7, "words": "Zoë ✓"}
    put(text_to("1", organisation_id=world.organisation, school_id=world.hill, payload=payload, priority=1))
    job = claim_one()
    assert job == Job(
        id=job.id, kind="text", subject="1", slot="", organisation_id=world.organisation, school_id=world.hill,
        priority=1, payload=payload, attempts=1, max_attempts=8, worker="one", lease=LEASE, due_at=NOW,
        school_due_at=None, created_at=NOW,
    )  # fmt: skip
    assert claim("two", None, 1) == []


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"subject": "x" * 201}, "subject"),
        ({"subject": "x", "slot": "x" * 65}, "slot"),
        ({"subject": "x", "due_at": NOW, "school_due_at": NOW}, "due_at"),
        ({"subject": "x", "school_id": 1}, "organisation_id"),
    ],
)
def test_bad_rows_are_refused_by_name(values: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        NewWork(kind="text", **values)


# Order.


def test_priority_first_then_schools_take_turns(db: Database, world: World, at: time_machine.Coordinates) -> None:
    hill = {"organisation_id": world.organisation, "school_id": world.hill}
    vale = {"organisation_id": world.organisation, "school_id": world.vale}
    dale = {"organisation_id": world.other_organisation, "school_id": world.other_school}
    put(
        *(text_to(f"hill {n}", **hill) for n in range(4)),
        *(text_to(f"vale {n}", **vale) for n in range(2)),
        text_to("bulk", priority=Priority.BULK, **vale),
    )
    at.shift(SECOND)
    put(*(text_to(f"dale {n}", **dale) for n in range(2)))
    put(text_to("missing", priority=Priority.ABSENCE, **hill))
    put(text_to("code", priority=Priority.SIGN_IN_CODE))
    assert subjects(claim("one", None, 100)) == [
        "code", "missing", "hill 0", "vale 0", "dale 0", "hill 1", "vale 1", "dale 1", "hill 2", "hill 3", "bulk",
    ]  # fmt: skip


def test_a_large_school_does_not_hold_back_the_others(db: Database, world: World) -> None:
    """Vale's 120 texts are queued before Hill's 10; each claim of 16 serves both for as long as both have any."""
    vale = {"organisation_id": world.organisation, "school_id": world.vale}
    hill = {"organisation_id": world.organisation, "school_id": world.hill}
    put(*(text_to(f"vale {n}", **vale) for n in range(120)))
    put(*(text_to(f"hill {n}", **hill) for n in range(10)))
    served = Counter(job.school_id for job in claim("one", None, 16) + claim("one", None, 4))
    assert served == {world.vale: 10, world.hill: 10}


def test_what_is_not_due_waits(db: Database, at: time_machine.Coordinates) -> None:
    put(text_to("later", due_at=NOW + 10 * SECOND, priority=0), text_to("now"))
    assert subjects(claim("one", None, 9)) == ["now"]
    at.shift(9)
    assert claim("one", None, 9) == []
    at.shift(1)
    assert subjects(claim("one", None, 9)) == ["later"]


def test_kinds_and_room(db: Database) -> None:
    put(*(NewWork(kind="import", subject=str(n), priority=0) for n in range(3)), text_to("a"), text_to("b"))
    put(NewWork(kind="report", subject="r"))
    assert claim("one", [], 9) == []
    assert claim("one", ["push"], 9) == []
    jobs = claim("one", ["import", "text"], 9, room={"import": 1})
    assert [(job.kind, job.subject) for job in jobs] == [("import", "0"), ("text", "a"), ("text", "b")]
    assert claim("one", ["import"], 9, room={"import": 0}) == []
    assert len(claim("one", None, 9)) == 3


# Exclusiveness, leases, the fence.


def test_four_workers_never_share_a_row(cloned_db: Database) -> None:
    put(*(text_to(str(n)) for n in range(200)))
    claimed: list[int] = []
    together = threading.Barrier(4)

    def work(name: str) -> None:
        together.wait()
        while jobs := claim(name, None, 7):
            claimed.extend(job.id for job in jobs)

    threads = [threading.Thread(target=work, args=(f"worker {n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claimed) == len(set(claimed)) == 200


def test_a_lease_that_ran_out_is_claimed_again(db: Database, at: time_machine.Coordinates) -> None:
    put(text_to("1"))
    first = claim_one("one")
    at.shift(LEASE)
    assert claim("two", None, 1) == []
    at.shift(SECOND)
    second = claim_one("two")
    assert (second.id, second.attempts) == (first.id, 2)
    finish(second)
    assert row("1").state == WorkState.DONE


@pytest.mark.parametrize(
    "verb",
    [
        finish,
        lambda job: fail(job, "no answer"),
        lambda job: give_up(job, "no such number"),
        lambda job: progress(job, 50),
        extend,
        release,
    ],
    ids=["finish", "fail", "give_up", "progress", "extend", "release"],
)
@pytest.mark.parametrize("other", ["two", "one"], ids=["another worker", "the same worker again"])
def test_a_lost_lease_changes_nothing(
    db: Database, at: time_machine.Coordinates, verb: Callable[[Job], Any], other: str
) -> None:
    put(text_to("1"))
    late = claim_one("one")
    at.shift(LEASE + SECOND)
    claim_one(other)
    before = row("1")
    with pytest.raises(LeaseLost):
        verb(late)
    assert row("1") == before


def test_a_lost_lease_undoes_the_effect(cloned_db: Database, at: time_machine.Coordinates) -> None:
    put(text_to("1"))
    late = claim_one("one")
    at.shift(LEASE + SECOND)
    finish(claim_one("two"))
    with pytest.raises(LeaseLost), unit_of_work() as tx:
        insert_row(tx, Organisation, public_id="late", name="Late School", kind="school")
        finish(late, tx)
    with read_door() as door:
        assert "Late School" not in door.scalars(select(Organisation.name)).all()


@pytest.mark.parametrize("verb", [extend, lambda job: progress(job, 40, "40 of 100 pupils")])
def test_a_job_that_says_it_lives_keeps_its_lease(
    db: Database, at: time_machine.Coordinates, verb: Callable[[Job], None]
) -> None:
    put(text_to("1"))
    job = claim_one()
    at.shift(LEASE - SECOND)
    verb(job)
    at.shift(LEASE)
    assert claim("two", None, 1) == []
    at.shift(SECOND)
    assert claim_one("two").attempts == 2


def test_each_kind_has_its_own_lease(db: Database, at: time_machine.Coordinates) -> None:
    handler("import", lease_seconds=600)(lambda job: None)
    put(text_to("short"), NewWork(kind="import", subject="long"))
    assert {job.subject: job.lease for job in claim("one", None, 2)} == {"short": LEASE, "long": 10 * LEASE}
    at.shift(LEASE + SECOND)
    assert subjects(claim("two", None, 2)) == ["short"]


def test_attempts_used_up_by_dying_workers_fail_loudly(
    db: Database, at: time_machine.Coordinates, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[str] = []
    handler("text", max_attempts=2, on_failed=lambda tx, job, error: told.append(job.subject))(lambda job: None)
    put(text_to("1"), text_to("2"))
    for _ in range(2):
        assert len(claim("one", None, 2)) == 2
        at.shift(LEASE + SECOND)
    with caplog.at_level(logging.ERROR):
        assert claim("two", None, 2) == []
    assert sorted(told) == ["1", "2"]
    assert {row("1").state, row("2").state} == {WorkState.FAILED}
    assert len([record for record in caplog.records if "has failed" in record.message]) == 2


def test_one_failure_that_cannot_be_followed_does_not_stop_the_rest(db: Database, at: time_machine.Coordinates) -> None:
    def follow(tx: Connection, job: Job, error: str) -> None:
        insert_row(tx, Organisation, public_id=f"f{job.subject}", name=f"followed {job.subject}", kind="school")
        if job.subject == "1":
            raise RuntimeError("nobody to tell")

    handler("text", max_attempts=1, on_failed=follow)(lambda job: None)
    put(text_to("1"), text_to("2"))
    claim("one", None, 2)
    at.shift(LEASE + SECOND)
    assert claim("two", None, 2) == []
    assert {row("1").state, row("2").state} == {WorkState.FAILED}
    with read_door() as door:
        names = door.scalars(select(Organisation.name).where(Organisation.name.like("followed%"))).all()
    assert names == ["followed 2"]


# Failing and trying again.


def test_a_failure_waits_and_comes_back(db: Database, at: time_machine.Coordinates) -> None:
    put(text_to("1"))
    assert fail(claim_one(), "503 from the provider") is WorkState.WAITING
    kept = row("1")
    assert (kept.state, kept.attempts, kept.last_error) == (WorkState.WAITING, 1, "503 from the provider")
    assert timedelta(seconds=24) <= kept.due_at - NOW <= timedelta(seconds=36)
    at.shift(23)
    assert claim("one", None, 1) == []
    at.shift(13)
    assert claim_one().attempts == 2


def test_retry_after_wins(db: Database, at: time_machine.Coordinates) -> None:
    put(text_to("1"))
    fail(claim_one(), "429", NOW + 7 * SECOND)
    assert row("1").due_at == NOW + 7 * SECOND


def test_the_last_attempt_fails_for_good(db: Database, at: time_machine.Coordinates) -> None:
    put(text_to("1", max_attempts=3))
    for left in (2, 1):
        assert fail(claim_one(), "no answer") is WorkState.WAITING, left
        at.shift(timedelta(hours=1))
    assert fail(claim_one(), "x" * 5000) is WorkState.FAILED
    kept = row("1")
    assert (kept.state, kept.finished_at, len(kept.last_error)) == (WorkState.FAILED, clock.machine_now(), 1000)
    at.shift(timedelta(days=1))
    assert claim("one", None, 1) == []


def test_what_follows_a_failure_is_in_its_commit(cloned_db: Database) -> None:
    def follow(tx: Connection, job: Job, error: str) -> None:
        insert_row(tx, Organisation, public_id="f", name=error, kind="school")

    handler("text", on_failed=follow)(lambda job: None)
    put(text_to("1"))
    job = claim_one()
    with pytest.raises(RuntimeError, match="undone"), unit_of_work() as tx:
        give_up(job, "no such number", tx)
        raise RuntimeError("undone")
    assert row("1").state == WorkState.RUNNING
    give_up(job, "no such number")
    with read_door() as door:
        assert "no such number" in door.scalars(select(Organisation.name)).all()


def test_released_is_as_if_never_claimed(db: Database) -> None:
    put(text_to("1"))
    given_back = claim_one("one")
    release(given_back)
    assert claim_one("two").attempts == 1
    with pytest.raises(LeaseLost):
        finish(given_back)


def test_revived_starts_anew(db: Database) -> None:
    put(text_to("1"))
    job = claim_one()
    with unit_of_work() as tx:
        assert not revive(tx, job.id)
    give_up(job, "bad key")
    with unit_of_work() as tx:
        assert revive(tx, job.id)
    assert claim_one().attempts == 1


# Cancelling.


def test_cancelling_takes_back_what_waits(db: Database, at: time_machine.Coordinates) -> None:
    put(text_to("held", priority=0))
    job = claim_one()
    later = {"due_at": NOW + SECOND}
    put(text_to("1", slot="a", **later), text_to("1", slot="b"), text_to("2"), NewWork(kind="push", subject="1"))
    with unit_of_work() as tx:
        assert cancel(tx, "text", "1", slot="a") == 1
        assert cancel(tx, "text", "1", "held", "unknown") == 1
        assert cancel(tx, "text") == 0
    at.shift(2)
    assert [(job.kind, job.subject) for job in claim("one", None, 9)] == [("text", "2"), ("push", "1")]
    finish(job)
    assert row("held").state == WorkState.DONE


# The school clock.


@pytest.fixture
def school_clock() -> Iterator[Callable[[timedelta], None]]:
    yield lambda offset: clock.use_school_offset(lambda: offset)
    clock.use_school_offset(None)


def test_moving_school_time_moves_what_is_due_in_it(
    db: Database, at: time_machine.Coordinates, school_clock: Callable[[timedelta], None]
) -> None:
    hour = timedelta(hours=1)
    school_clock(hour)
    put(text_to("ladder", school_due_at=NOW + 2 * hour), text_to("machine", due_at=NOW + 2 * hour))
    assert row("ladder").due_at == NOW + hour
    put(text_to("tried", school_due_at=NOW + hour))
    fail(claim_one(), "429", NOW + 3 * hour)
    with listening() as heard, unit_of_work() as tx:
        assert redue_for_school_clock(tx, 2 * hour) == 1
        assert not heard.is_set()
    assert heard.is_set()
    assert row("ladder").due_at == NOW
    assert row("ladder").school_due_at == NOW + 2 * hour
    assert subjects(claim("one", None, 9)) == ["ladder"]
    assert row("machine").due_at == NOW + 2 * hour
    assert row("tried").due_at == NOW + 3 * hour


def test_school_time_that_came_and_was_put_off_waits_again(db: Database, at: time_machine.Coordinates) -> None:
    put(text_to("1", school_due_at=NOW))
    with unit_of_work() as tx:
        redue_for_school_clock(tx, -SECOND)
    assert claim("one", None, 1) == []
    at.shift(1)
    assert subjects(claim("one", None, 1)) == ["1"]


# Waking.


@pytest.mark.parametrize(
    ("kind", "due", "woken"),
    [("urgent", None, True), ("urgent", SECOND, False), ("plain", None, False), ("unknown", None, False)],
)
@pytest.mark.parametrize("many", [False, True])
def test_only_urgent_work_that_is_due_wakes(
    db: Database, at: time_machine.Coordinates, kind: str, due: timedelta | None, woken: bool, many: bool
) -> None:
    handler("urgent", urgent=True)(lambda job: None)
    handler("plain")(lambda job: None)
    work = NewWork(kind=kind, subject="1", due_at=None if due is None else NOW + due)
    with listening() as heard:
        with unit_of_work() as tx:
            assert (enqueue_many(tx, [work]) if many else enqueue(tx, work)) is not None
            assert not heard.is_set()
        assert heard.is_set() is woken


def test_nothing_wakes_when_nothing_is_kept(cloned_db: Database) -> None:
    handler("urgent", urgent=True)(lambda job: None)
    with listening() as heard:
        with pytest.raises(RuntimeError, match="undone"), unit_of_work() as tx:
            enqueue(tx, NewWork(kind="urgent", subject="1"))
            raise RuntimeError("undone")
        assert not heard.is_set()
        put(NewWork(kind="urgent", subject="1"))
        heard.clear()
        put(NewWork(kind="urgent", subject="1"))
        assert not heard.is_set()


# Handlers.


def test_a_kind_has_one_handler() -> None:
    def other(job: Job) -> None:
        pass

    handler("text")(claim_one)
    handler("text")(claim_one)
    with pytest.raises(ValueError, match="text"):
        handler("text")(other)
    with pytest.raises(ValueError, match="lease_seconds"):
        handler("push", lease_seconds=0)


def _settles_itself(job: Job) -> None:
    with unit_of_work() as tx:
        finish(job, tx)


def _settles_by_failing(job: Job) -> None:
    fail(job, "asked for later", NOW + 90 * SECOND)


def _finish_is_undone(job: Job) -> None:
    with unit_of_work() as tx:
        finish(job, tx)
        raise RuntimeError("undone")


def _raises(job: Job) -> None:
    raise ValueError("no such template")


def _settles_and_raises(job: Job) -> None:
    finish(job)
    raise ValueError("too late to matter")


def _tries_again(job: Job) -> None:
    raise TryAgain("429", NOW + 5 * SECOND)


def _exits(job: Job) -> None:
    raise SystemExit(3)


def _gives_up(job: Job) -> None:
    give_up(job, "no such number")


@pytest.mark.parametrize(
    ("run", "state", "error", "due"),
    [
        (lambda job: None, WorkState.DONE, "", None),
        (_settles_itself, WorkState.DONE, "", None),
        (_settles_and_raises, WorkState.DONE, "", None),
        (_settles_by_failing, WorkState.WAITING, "asked for later", 90),
        (_finish_is_undone, WorkState.WAITING, "RuntimeError: undone", None),
        (_raises, WorkState.WAITING, "ValueError: no such template", None),
        (_tries_again, WorkState.WAITING, "429", 5),
        (_exits, WorkState.WAITING, "SystemExit: 3", None),
        (_gives_up, WorkState.FAILED, "no such number", None),
    ],
)
def test_every_job_ends_settled(
    cloned_db: Database, at: time_machine.Coordinates, caplog: pytest.LogCaptureFixture, run: Callable[[Job], None],
    state: str, error: str, due: int | None,
) -> None:  # fmt: skip
    handler("text")(run)
    put(text_to("1"))
    with caplog.at_level(logging.INFO):
        run_job(claim_one())
    assert "no longer held" not in caplog.text
    kept = row("1")
    assert (kept.state, kept.last_error, kept.attempts) == (state, error, 1)
    if due is not None:
        assert kept.due_at == NOW + due * SECOND


def test_a_handler_that_lost_its_lease_leaves_the_row_alone(db: Database, at: time_machine.Coordinates) -> None:
    def slow(job: Job) -> None:
        at.shift(LEASE + SECOND)
        claim_one("two")
        finish(job)

    handler("text")(slow)
    put(text_to("1"))
    run_job(claim_one())
    assert (row("1").state, row("1").worker, row("1").attempts) == (WorkState.RUNNING, "two", 2)


def test_run_due_does_all_that_is_due_and_no_more(db: Database, at: time_machine.Coordinates) -> None:
    done: list[str] = []

    def run(job: Job) -> None:
        done.append(job.subject)
        if job.subject == "1":
            put(text_to("2"))

    handler("text")(run)
    put(text_to("1"), text_to("later", due_at=NOW + SECOND), NewWork(kind="unknown", subject="u"))
    assert run_due() == 2
    assert done == ["1", "2"]
    assert row("u").state == WorkState.WAITING


# Progress for a page.


def test_progress_is_seen_on_its_page(db: Database, world: World) -> None:
    put(NewWork(kind="import", subject="7", slot="a"))
    job = claim_one()
    progress(job, 40, "400 of 1,000 rows checked")
    with read_door() as door:
        status = find_status(door, "import", "7", "a")
        assert find_status(door, "import", "7") is None
    assert status is not None
    assert (status.state, status.percent, status.words) == (WorkState.RUNNING, 40, "400 of 1,000 rows checked")
    with pytest.raises(ValueError, match="percent"):
        progress(job, 101)
    finish(job)
    with read_door() as door:
        status = find_status(door, "import", "7", "a")
    assert status is not None
    assert (status.state, status.percent) == (WorkState.DONE, 100)


# Schedules.


@pytest.mark.parametrize(
    ("slot_of", "instant", "slot"),
    [
        (each_minutes(1), "2026-06-16T07:50:59", "2026-06-16T08:50+01:00"),
        (each_minutes(15), "2026-06-16T07:50:59", "2026-06-16T08:45+01:00"),
        (each_minutes(30), "2026-10-25T00:31:00", "2026-10-25T01:30+01:00"),
        (each_minutes(30), "2026-10-25T01:31:00", "2026-10-25T01:30+00:00"),
        (daily(time(7, 0)), "2026-06-16T05:59:59", None),
        (daily(time(7, 0)), "2026-06-16T06:00:00", "2026-06-16"),
        (daily(time(7, 0)), "2026-06-16T22:59:59", "2026-06-16"),
        (daily(time(7, 0)), "2026-06-16T23:00:00", None),
        (daily(time(1, 30)), "2026-03-29T00:59:59", None),
        (daily(time(1, 30)), "2026-03-29T01:00:00", "2026-03-29"),
    ],
)
def test_slots_are_londons(slot_of: schedules.SlotOf, instant: str, slot: str | None) -> None:
    assert slot_of(datetime.fromisoformat(instant).replace(tzinfo=UTC)) == slot


@pytest.mark.parametrize("minutes", [0, 7, 61])
def test_minutes_divide_the_hour(minutes: int) -> None:
    with pytest.raises(ValueError, match="minutes"):
        each_minutes(minutes)


@pytest.fixture
def own_schedules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedules, "_schedules", {})


@pytest.mark.usefixtures("own_schedules")
def test_a_schedule_fires_once_with_three_workers(cloned_db: Database) -> None:
    done: list[str] = []
    handler("register_close")(lambda job: done.append(job.slot))
    every("register_close", each_minutes(5))
    tables = [Timetable() for _ in range(3)]
    added: list[int] = []

    def turn(table: Timetable, together: threading.Barrier) -> None:
        together.wait()
        added.append(table.fire())
        run_due(worker=str(id(table)))

    for instant in ("2026-06-16T07:50:00", "2026-06-16T07:52:00", "2026-06-16T08:41:00"):
        with time_machine.travel(datetime.fromisoformat(instant).replace(tzinfo=UTC), tick=False):
            together = threading.Barrier(3)
            threads = [threading.Thread(target=turn, args=(table, together)) for table in tables]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    assert sorted(added) == [0] * 7 + [1, 1]
    assert done == ["2026-06-16T08:50+01:00", "2026-06-16T09:40+01:00"]


@pytest.mark.usefixtures("own_schedules")
def test_a_schedule_keeps_its_own_clock_and_a_broken_one_stops_nobody(
    db: Database, at: time_machine.Coordinates, school_clock: Callable[[timedelta], None]
) -> None:
    school_clock(timedelta(hours=1))

    def broken(now: datetime) -> str:
        raise ZeroDivisionError

    every("broken", broken)
    every("none", lambda now: None)
    every("of school", each_minutes(60), clock=clock.school_now, priority=Priority.ABSENCE)
    every("of machine", each_minutes(60))
    table = Timetable()
    assert table.fire() == 2
    assert table.fire() == 0
    assert [(job.kind, job.slot) for job in claim("one", None, 9)] == [
        ("of school", "2026-06-16T09:00+01:00"), ("of machine", "2026-06-16T08:00+01:00"),
    ]  # fmt: skip


@pytest.mark.usefixtures("own_schedules")
def test_a_worker_asks_the_database_once_a_slot(db: Database, at: time_machine.Coordinates) -> None:
    every("sweep", daily(time(3, 30)))
    table = Timetable()
    assert table.fire() == 1
    with unit_of_work() as tx:
        tx.execute(text("DELETE FROM work"))
    assert table.fire() == 0
    at.shift(timedelta(days=1))
    assert table.fire() == 1


# Growth.


def test_what_is_over_is_swept_and_what_is_not_stays(
    db: Database, at: time_machine.Coordinates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "AT_ONCE", 2)
    put(*(text_to(f"old {n}") for n in range(5)), text_to("failed", priority=0), text_to("cancelled"))
    give_up(claim_one(), "no such number")
    with unit_of_work() as tx:
        cancel(tx, "text", "cancelled")
    for job in claim("one", None, 5):
        finish(job)
    at.shift(timedelta(days=10))
    put(text_to("young"), text_to("waits", due_at=NOW + timedelta(days=40)))
    finish(claim_one())
    assert sweep.sweep(NOW) == 0
    assert sweep.sweep(NOW + SECOND) == 6
    with read_door() as door:
        assert set(door.scalars(select(Work.subject))) == {"failed", "young", "waits"}


def _schools(count: int) -> list[int]:
    with unit_of_work() as tx:
        return [
            insert_row(tx, School, organisation_id=1, public_id=f"s{n}", code=f"s{n}", name="S", sms_name="S", phone="")
            for n in range(count)
        ]


def _fill(schools: list[int], *, done: int = 0, later: int = 0, ready: int = 0) -> None:
    """So many rows of each sort, shared out among the schools; what waits for later would go first if it were due."""
    rows = []
    for sort, count in (("done", done), ("later", later), ("ready", ready)):
        for n in range(count):
            row = {
                "kind": "text", "subject": f"{sort} {n}", "priority": 1, "payload": {}, "created_at": NOW,
                "organisation_id": 1, "school_id": schools[n % len(schools)],
                "turn": n // len(schools) if sort == "ready" else 0, "ready": sort != "later",
                "state": "done" if sort == "done" else "waiting", "due_at": NOW + LEASE if sort == "later" else NOW,
            }  # fmt: skip
            rows.append(row)
    with unit_of_work() as tx:
        tx.execute(insert(Work), rows)


def _count_rows() -> None:
    """PostgreSQL plans by what it counted last."""
    with unit_of_work() as tx:
        if tx.dialect.name == "postgresql":
            tx.execute(text("ANALYZE work"))


_ROWS_READ = text(
    "SELECT pg_stat_get_xact_tuples_returned('work'::regclass) + pg_stat_get_xact_tuples_fetched('work'::regclass)"
    " + sum(pg_stat_get_xact_tuples_returned(indexrelid)) FROM pg_index WHERE indrelid = 'work'::regclass"
)


def _steps_of_a_claim(database: Database) -> int:
    """What a claim of 16 rows takes: steps of SQLite's machine, or rows and index entries that PostgreSQL reads."""
    with database.reading() as db:
        if not database.is_sqlite:
            before = db.execute(_ROWS_READ).scalar_one()
            assert len(claim("one", ["text"], 16)) == 16
            return int(db.execute(_ROWS_READ).scalar_one() - before)
        steps = [0]

        def count() -> int:
            steps[0] += 1
            return 0

        raw: Any = db.connection.driver_connection
        raw.set_progress_handler(count, 1)
        assert len(claim("one", ["text"], 16)) == 16
        raw.set_progress_handler(None, 0)
        return steps[0]


@pytest.fixture
def own_transaction(cloned_db: Database) -> Iterator[RolledBack]:
    """One transaction, whose reads PostgreSQL counts, over a database in which no earlier test has left dead rows."""
    database = RolledBack(cloned_db.url.render_as_string(hide_password=False))
    with database.held():
        use(database)
        yield database
    database.dispose()


@pytest.mark.parametrize("counted", [True, False], ids=["counted since", "counted when nothing waited"])
def test_a_claim_costs_the_same_in_july_and_for_many_schools(
    own_transaction: RolledBack, at: time_machine.Coordinates, counted: bool
) -> None:
    """PostgreSQL's statistics are those of the night at the very moment when 500 registers close."""
    schools = _schools(200)
    _fill(schools[:1], ready=40)
    _count_rows()
    in_september = _steps_of_a_claim(own_transaction)
    with unit_of_work() as tx:
        tx.execute(text("DELETE FROM work"))
    _fill(schools, done=6000)
    _count_rows()
    _fill(schools, later=6000, ready=6000)
    if counted:
        _count_rows()
    assert _steps_of_a_claim(own_transaction) <= 1.5 * in_september + 60
