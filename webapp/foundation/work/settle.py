"""What a worker says of a job that it holds: done, failed, so far, give me longer, take it back.

Every statement is fenced by number, worker and attempts: a worker whose lease ran out and whose row was claimed again
changes nothing and gets LeaseLost. Each verb takes the open transaction, or opens a unit of work of its own.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Update, bindparam, update

from webapp.foundation.clock import machine_now
from webapp.foundation.db import after_commit, unit_of_work
from webapp.foundation.work.backoff import backoff
from webapp.foundation.work.registry import Job, find_kind
from webapp.foundation.work.table import (
    ERROR_LENGTH,
    IS_FAILED,
    IS_RUNNING,
    IS_WAITING,
    WORDS_LENGTH,
    Work,
    WorkState,
)
from webapp.foundation.work.wake import wake_after_commit

log = logging.getLogger("firstbell.work")


class LeaseLost(RuntimeError):
    """The row is no longer this worker's: its lease ran out and another has claimed it, or it is settled."""


class TryAgain(Exception):
    """Raised by a handler to have its job tried again at ``at`` (machine time), or after the usual wait if None.

    It counts as an attempt. A provider's Retry-After is the reason to name an hour.
    """

    def __init__(self, reason: str, at: datetime | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.at = at


def _held() -> Update:
    return update(Work).where(
        Work.id == bindparam("the_id"), Work.worker == bindparam("the_worker"),
        Work.attempts == bindparam("the_attempts"), IS_RUNNING,
    )  # fmt: skip


def _instant(name: str) -> Any:
    return bindparam(name, type_=Work.due_at.type)


_FREE = {"worker": None, "lease_until": None}
_FINISH = _held().values(
    state=WorkState.DONE.value, percent=100, finished_at=_instant("now"), lease_until=None, last_error="",
    result_file_id=bindparam("file_id"),
)  # fmt: skip
_RETRY = _held().values(
    state=WorkState.WAITING.value, ready=False, due_at=_instant("due"), last_error=bindparam("error"), **_FREE
)
_AGAIN = _held().values(
    state=WorkState.WAITING.value, ready=False, due_at=_instant("due"), attempts=0, last_error="", **_FREE
)
_FAIL = _held().values(
    state=WorkState.FAILED.value, finished_at=_instant("now"), last_error=bindparam("error"), lease_until=None
)
_RELEASE = _held().values(state=WorkState.WAITING.value, ready=True, attempts=Work.attempts - 1, **_FREE)
_PROGRESS = _held().values(
    percent=bindparam("percent_done"), progress_words=bindparam("words"), lease_until=_instant("until")
)
_EXTEND = _held().values(lease_until=_instant("until"))

# Which jobs of this process have been settled by a commit: the runner asks before it settles them itself.
_watched: dict[tuple[int, str, int], bool] = {}


def _key(job: Job) -> tuple[int, str, int]:
    return (job.id, job.worker, job.attempts)


def _mark_settled(job: Job) -> None:
    if _key(job) in _watched:
        _watched[_key(job)] = True


@contextmanager
def watching(job: Job) -> Iterator[None]:
    """Note inside the block whether the job is settled; for the runner."""
    _watched[_key(job)] = False
    try:
        yield
    finally:
        del _watched[_key(job)]


def is_settled(job: Job) -> bool:
    return _watched.get(_key(job), False)


@contextmanager
def _joining(tx: Connection | None) -> Iterator[Connection]:
    if tx is not None:
        yield tx
        return
    with unit_of_work() as own:
        yield own


def _change(tx: Connection, job: Job, statement: Update, **values: Any) -> None:
    fence = {"the_id": job.id, "the_worker": job.worker, "the_attempts": job.attempts}
    if tx.execute(statement, {**fence, **values}).rowcount != 1:
        raise LeaseLost(f"work {job.id} ({job.kind}, attempt {job.attempts}) is no longer held by {job.worker}")


def finish(job: Job, tx: Connection | None = None, *, result_file_id: int | None = None) -> None:
    """The job is done; inside ``tx`` in one commit with its effect. Raises LeaseLost, which must undo that effect."""
    with _joining(tx) as door:
        _change(door, job, _FINISH, now=machine_now(), file_id=result_file_id)
        after_commit(lambda: _mark_settled(job))


def again(job: Job, at: datetime, tx: Connection | None = None) -> None:
    """This round of standing work is done; the same row waits for the next, at ``at`` (machine time). Raises LeaseLost.

    For what comes round so often that a row each time would fill the table.
    """
    with _joining(tx) as door:
        _change(door, job, _AGAIN, due=at)
        after_commit(lambda: _mark_settled(job))


def fail(job: Job, error: str, retry_at: datetime | None = None, tx: Connection | None = None) -> WorkState:
    """This attempt failed: the row waits for ``retry_at`` (machine time; None: the backoff), or is failed when its
    attempts are used up. Returns which. Raises LeaseLost."""
    if job.attempts >= job.max_attempts:
        give_up(job, error, tx)
        return WorkState.FAILED
    due = retry_at or machine_now() + backoff(job.attempts)
    with _joining(tx) as door:
        _change(door, job, _RETRY, due=due, error=error[:ERROR_LENGTH])
        after_commit(lambda: _mark_settled(job))
    return WorkState.WAITING


def give_up(job: Job, error: str, tx: Connection | None = None) -> None:
    """The job has failed for good. Its kind's ``on_failed`` runs in the same transaction. Raises LeaseLost."""
    kind = find_kind(job.kind)
    with _joining(tx) as door:
        _change(door, job, _FAIL, now=machine_now(), error=error[:ERROR_LENGTH])
        if kind is not None and kind.on_failed is not None:
            kind.on_failed(door, job, error)
        after_commit(lambda: _mark_settled(job))
        # Why, its row says: the words of an error may repeat what somebody wrote, and a subject may be a token.
        after_commit(lambda: log.error("work %s (%s) has failed", job.id, job.kind))


def give_up_quietly(job: Job, error: str) -> None:
    """``give_up`` where nobody is there to hear: one whose ``on_failed`` raises is logged and fails all the same."""
    try:
        try:
            give_up(job, error)
        except LeaseLost:
            raise
        except Exception:
            log.exception("work %s (%s): what should follow its failure did not", job.id, job.kind)
            with unit_of_work() as tx:
                _change(tx, job, _FAIL, now=machine_now(), error=error[:ERROR_LENGTH])
    except LeaseLost:
        log.info("work %s (%s) was settled by another worker", job.id, job.kind)


def release(job: Job) -> None:
    """Put back a job that was claimed and not begun; the claim does not count as an attempt."""
    with unit_of_work() as tx:
        _change(tx, job, _RELEASE)


def progress(job: Job, percent: int, words: str = "") -> None:
    """Say how far the job is (0 to 100, and in words for the page); the lease begins anew. Raises LeaseLost.

    It commits by itself, so it stands outside the handler's own units of work.
    """
    if not 0 <= percent <= 100:
        raise ValueError(f"percent: {percent} is not from 0 to 100")
    with unit_of_work() as tx:
        until = machine_now() + job.lease
        _change(tx, job, _PROGRESS, percent_done=percent, words=words[:WORDS_LENGTH], until=until)


def extend(job: Job) -> None:
    """Begin the lease anew. Raises LeaseLost."""
    with unit_of_work() as tx:
        _change(tx, job, _EXTEND, until=machine_now() + job.lease)


_STOP = {"state": WorkState.CANCELLED.value, "worker": None, "lease_until": None}


def cancel(tx: Connection, kind: str, *subjects: str, slot: str | None = None) -> int:
    """Take waiting rows of these subjects back (one slot, or all of them) and return how many there were.

    A row that a worker holds goes on: its handler asks whether it is still true just before it acts.
    """
    statement = update(Work).where(IS_WAITING, Work.kind == kind, Work.subject.in_(subjects))
    if slot is not None:
        statement = statement.where(Work.slot == slot)
    return tx.execute(statement.values(finished_at=machine_now(), **_STOP)).rowcount


def revive(tx: Connection, work_id: int) -> bool:
    """Have a failed row tried anew, once a person has mended the cause. Returns whether there was one."""
    fresh = {"state": WorkState.WAITING.value, "ready": True, "attempts": 0, "finished_at": None, **_FREE}
    statement = update(Work).where(IS_FAILED, Work.id == work_id).values(due_at=machine_now(), **fresh)
    revived = tx.execute(statement).rowcount
    if revived:
        wake_after_commit()
    return bool(revived)
