"""Claiming work: each row by one worker at a time, for as long as its lease holds."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, Connection, Integer, Row, Select, bindparam, select, text, update

from webapp.foundation.clock import machine_now
from webapp.foundation.db import current, read_door, unit_of_work
from webapp.foundation.work.registry import Job, attempts_allowed, lease_of
from webapp.foundation.work.settle import give_up_quietly
from webapp.foundation.work.table import IS_NOT_READY, IS_READY, IS_RUNNING, IS_WAITING, Work, WorkState

log = logging.getLogger("firstbell.work")

RIPEN_AT_ONCE = 2000
LEASE_RAN_OUT = "the worker stopped, or took longer than its lease"

_NOW = bindparam("now", type_=Work.due_at.type)
_LIMIT: BindParameter[int] = bindparam("limit", type_=Integer)
_COLUMNS = (
    Work.id, Work.kind, Work.subject, Work.slot, Work.organisation_id, Work.school_id, Work.priority, Work.payload,
    Work.attempts, Work.max_attempts, Work.worker, Work.due_at, Work.school_due_at, Work.created_at,
)  # fmt: skip

_ORDER = (Work.priority, Work.turn, Work.due_at, Work.id)
# The first of each in its index's order: asked whether any EXISTS, PostgreSQL would rather read the table.
_LOOK = select(
    select(Work.due_at).where(IS_WAITING, IS_NOT_READY).order_by(Work.due_at).limit(1).scalar_subquery().label("later"),
    select(Work.id).where(IS_WAITING, IS_READY).order_by(*_ORDER).limit(1).scalar_subquery().label("ready"),
    select(Work.lease_until).where(IS_RUNNING).order_by(Work.lease_until).limit(1).scalar_subquery().label("lease"),
)
_RIPE = (
    select(Work.id)
    .where(IS_WAITING, IS_NOT_READY, Work.due_at <= _NOW)
    .order_by(Work.due_at)
    .limit(RIPEN_AT_ONCE)
    .with_for_update(skip_locked=True)
)
_RIPEN = update(Work).where(Work.id.in_(bindparam("ids", expanding=True))).values(ready=True)
_NEXT: Select[Any] = (
    select(*_COLUMNS).where(IS_WAITING, IS_READY).order_by(*_ORDER).limit(_LIMIT).with_for_update(skip_locked=True)
)
_NEXT_OF_KINDS = _NEXT.where(Work.kind.in_(bindparam("kinds", expanding=True)))
_TAKE = (
    update(Work)
    .where(Work.id.in_(bindparam("ids", expanding=True)))
    .values(
        state=WorkState.RUNNING.value, worker=bindparam("by"), attempts=Work.attempts + 1,
        lease_until=bindparam("until", type_=Work.lease_until.type),
    )
)  # fmt: skip
_EXPIRED = (
    select(*_COLUMNS)
    .where(IS_RUNNING, Work.lease_until < _NOW)
    .order_by(Work.lease_until)
    .limit(RIPEN_AT_ONCE)
    .with_for_update(skip_locked=True)
)
_HAND_BACK = (
    update(Work)
    .where(Work.id.in_(bindparam("ids", expanding=True)))
    .values(state=WorkState.WAITING.value, ready=True, worker=None, lease_until=None, last_error=LEASE_RAN_OUT)
)


# Until it has counted anew, PostgreSQL believes that nothing waits and would sort thousands of rows for each claim.
_BY_INDEX_ONLY = text(
    "SELECT set_config('enable_sort', 'off', true), set_config('enable_bitmapscan', 'off', true),"
    " set_config('enable_seqscan', 'off', true)"
)


@dataclass(frozen=True, slots=True)
class _Signs:
    ripe: bool
    ready: bool
    expired: bool

    @property
    def any(self) -> bool:
        return self.ripe or self.ready or self.expired


def claim(
    worker: str,
    kinds: Collection[str] | None,
    limit: int,
    lease: timedelta | None = None,
    *,
    room: Mapping[str, int] | None = None,
) -> list[Job]:
    """Take up to ``limit`` due rows, best first, and commit the claim before returning; nobody else holds them.

    ``kinds`` None means any; ``lease`` None means each kind's own. ``room`` says how many of a kind may be taken at
    most, for kinds that are named in it. Rows whose lease has run out are put back first; one whose attempts are used
    up becomes failed.
    """
    if limit < 1 or (kinds is not None and not kinds):
        return []
    now = machine_now()
    if current().is_sqlite:
        # Looking first leaves the one write lock alone while nothing is due.
        with read_door() as db:
            if not _look(db, now).any:
                return []
    with unit_of_work() as tx:
        if tx.dialect.name == "postgresql":
            tx.execute(_BY_INDEX_ONLY)
        signs = _look(tx, now)
        if not signs.any:
            return []
        spent = _hand_back(tx, now) if signs.expired else []
        if signs.ripe:
            tx.execute(_RIPEN, {"ids": tx.scalars(_RIPE, {"now": now}).all()})
        jobs = _take(tx, worker, kinds, limit, lease, room or {}, now)
    for row in spent:
        give_up_quietly(_job(row, row.worker, row.attempts, lease_of(row.kind)), LEASE_RAN_OUT)
    return jobs


def _look(db: Connection, now: datetime) -> _Signs:
    row = db.execute(_LOOK).one()
    return _Signs(
        ripe=row.later is not None and row.later <= now,
        ready=row.ready is not None,
        expired=row.lease is not None and row.lease < now,
    )


def _hand_back(tx: Connection, now: datetime) -> list[Row[Any]]:
    """Rows with attempts left wait again at once (the lease was their pause); the others are returned, still held."""
    again, spent = [], []
    for row in tx.execute(_EXPIRED, {"now": now}):
        if row.attempts < attempts_allowed(row.kind, row.max_attempts):
            again.append(row.id)
        else:
            spent.append(row)
    if again:
        log.warning("%s rows of work had outlived their lease and wait again", len(again))
        tx.execute(_HAND_BACK, {"ids": again})
    return spent


def _take(
    tx: Connection, worker: str, kinds: Collection[str] | None, limit: int, lease: timedelta | None,
    room: Mapping[str, int], now: datetime,
) -> list[Job]:  # fmt: skip
    if kinds is None:
        rows = tx.execute(_NEXT, {"limit": limit}).all()
    else:
        rows = tx.execute(_NEXT_OF_KINDS, {"limit": limit, "kinds": sorted(kinds)}).all()
    left = dict(room)
    jobs: list[Job] = []
    by_lease: dict[timedelta, list[int]] = defaultdict(list)
    for row in rows:
        if row.kind in left:
            if left[row.kind] < 1:
                continue
            left[row.kind] -= 1
        held_for = lease or lease_of(row.kind)
        by_lease[held_for].append(row.id)
        jobs.append(_job(row, worker, row.attempts + 1, held_for))
    for held_for, ids in by_lease.items():
        tx.execute(_TAKE, {"ids": ids, "by": worker, "until": now + held_for})
    return jobs


def _job(row: Row[Any], worker: str, attempts: int, lease: timedelta) -> Job:
    return Job(
        id=row.id, kind=row.kind, subject=row.subject, slot=row.slot, organisation_id=row.organisation_id,
        school_id=row.school_id, priority=row.priority, payload=row.payload, attempts=attempts,
        max_attempts=attempts_allowed(row.kind, row.max_attempts), worker=worker, lease=lease, due_at=row.due_at,
        school_due_at=row.school_due_at, created_at=row.created_at,
    )  # fmt: skip
