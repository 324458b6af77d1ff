"""Doing one claimed job, whatever its handler does; and doing everything that is due, in this thread."""

from __future__ import annotations

import logging
import os
from collections.abc import Collection
from datetime import datetime

from webapp.foundation import logs
from webapp.foundation.clock import monotonic
from webapp.foundation.work.claims import claim
from webapp.foundation.work.registry import Job, Kind, find_kind, kinds
from webapp.foundation.work.settle import LeaseLost, TryAgain, fail, finish, give_up_quietly, is_settled, watching

log = logging.getLogger("firstbell.work")


def run_job(job: Job) -> None:
    """Hand the job to its handler and see that it ends settled. Raises only when the database does not answer."""
    kind, began = find_kind(job.kind), monotonic()
    logs.speak_of(work=job.id, kind=job.kind)
    settled = False
    try:
        settled = _run(job, kind)
    finally:
        done = {"attempt": job.attempts, "settled": settled, "ms": round((monotonic() - began) * 1000, 1)}
        log.info("work", extra={"fields": done | {"organisation": job.organisation_id}})
        logs.speak_of()


def _run(job: Job, kind: Kind | None) -> bool:
    """Whether it is settled: one that was lost is another worker's."""
    with watching(job):
        try:
            if kind is None:
                raise LookupError(f"nobody here does work of the kind {job.kind}")
            kind.run(job)
            if not is_settled(job):
                finish(job)
        except LeaseLost as lost:
            # Another worker has it, or will have it: there is nothing left here to settle.
            log.info("%s", lost)
        except TryAgain as again:
            _fail(job, again.reason, again.at)
        except (Exception, SystemExit) as error:
            log.warning("work %s (%s) raised", job.id, job.kind, exc_info=True)
            _fail(job, f"{type(error).__name__}: {error}", None)
        return is_settled(job)


def _fail(job: Job, error: str, retry_at: datetime | None) -> None:
    if is_settled(job):
        return
    if job.attempts >= job.max_attempts:
        give_up_quietly(job, error)
        return
    try:
        fail(job, error, retry_at)
    except LeaseLost as lost:
        log.info("%s", lost)


def run_due(only: Collection[str] | None = None, worker: str | None = None) -> int:
    """Do all work that is due now, one by one in this thread, and return how many jobs were done or tried.

    For commands and tests; the worker process keeps many in flight.
    """
    name = worker or f"here:{os.getpid()}"
    wanted = set(kinds()) if only is None else set(only)
    count = 0
    while jobs := claim(name, wanted, 1):
        run_job(jobs[0])
        count += 1
    return count
