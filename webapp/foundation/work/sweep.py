"""Work that is done is kept for a month and then swept, so that the table stays the size of a month."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from sqlalchemy import delete, select

from webapp.foundation.clock import machine_now
from webapp.foundation.db import read_door, unit_of_work
from webapp.foundation.work.registry import Job, handler
from webapp.foundation.work.schedules import daily, every
from webapp.foundation.work.settle import extend
from webapp.foundation.work.table import Work, WorkerBeat, WorkState

KIND = "work_sweep"
KEEP = timedelta(days=30)
KEEP_BEATS = timedelta(days=7)
AT_ONCE = 1000
_OVER = (WorkState.DONE.value, WorkState.CANCELLED.value)


def sweep(before: datetime, job: Job | None = None) -> int:
    """Delete rows that were done or cancelled before the instant, in short transactions; returns how many.

    Failed rows stay until a person revives them. A swept key can be enqueued anew.
    """
    swept, after = 0, 0
    while True:
        with read_door() as db:
            ids = db.scalars(
                select(Work.id)
                .where(Work.id > after, Work.state.in_(_OVER), Work.finished_at < before)
                .order_by(Work.id)
                .limit(AT_ONCE)
            ).all()
        if not ids:
            return swept
        with unit_of_work() as tx:
            swept += tx.execute(delete(Work).where(Work.id.in_(ids), Work.state.in_(_OVER))).rowcount
        after = ids[-1]
        if job is not None:
            extend(job)


def _nightly(job: Job) -> None:
    now = machine_now()
    sweep(now - KEEP, job)
    with unit_of_work() as tx:
        tx.execute(delete(WorkerBeat).where(WorkerBeat.at < now - KEEP_BEATS))


def load() -> None:
    """Register the nightly sweep and its schedule."""
    handler(KIND, max_attempts=3, lease_seconds=300, concurrency=1)(_nightly)
    every(KIND, daily(time(3, 30)))
