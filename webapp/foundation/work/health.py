"""How the queue is doing: for the page that must say first when messages are not going out, and for progress bars."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, ScalarSelect, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from webapp.foundation.clock import machine_now
from webapp.foundation.db import unit_of_work
from webapp.foundation.work.table import IS_FAILED, IS_NOT_READY, IS_READY, IS_WAITING, Work, WorkerBeat, WorkState

BEAT_EVERY = timedelta(seconds=10)
SILENT_AFTER = timedelta(seconds=60)
"""A worker that has not beaten for so long is taken to be down."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """Rows of one kind and school that are due and wait; ``oldest`` is how long the first has been due."""

    kind: str
    organisation_id: int | None
    school_id: int | None
    count: int
    oldest: timedelta


@dataclass(frozen=True, slots=True)
class Failures:
    """Rows of one kind and school that have failed for good and that nobody has revived or dismissed."""

    kind: str
    organisation_id: int | None
    school_id: int | None
    count: int


@dataclass(frozen=True, slots=True)
class Beat:
    """One worker's last sign of life."""

    worker: str
    at: datetime
    started_at: datetime
    version: str


@dataclass(frozen=True, slots=True)
class QueueHealth:
    """All of it. ``last_beat`` is the newest of any worker, None when none has ever run."""

    backlogs: tuple[Backlog, ...]
    failures: tuple[Failures, ...]
    last_beat: Beat | None

    @property
    def oldest(self) -> timedelta:
        """How long the row that has been due longest has waited; nothing due is no time."""
        return max((backlog.oldest for backlog in self.backlogs), default=timedelta(0))


@dataclass(frozen=True, slots=True)
class Pulse:
    """The two facts that a busy page needs: since when the oldest row has been due, and the last sign of a worker."""

    oldest_due_at: datetime | None
    last_beat_at: datetime | None

    def is_stuck(self, now: datetime, patience: timedelta = timedelta(minutes=2)) -> bool:
        """Whether to say that work is not being done: a row has been due for longer than ``patience``, or no worker
        has beaten for SILENT_AFTER. ``now`` is machine time."""
        if self.oldest_due_at is not None and now - self.oldest_due_at > patience:
            return True
        return self.last_beat_at is None or now - self.last_beat_at > SILENT_AFTER


@dataclass(frozen=True, slots=True)
class WorkStatus:
    """Where one row stands, for a page that shows its progress."""

    id: int
    state: WorkState
    percent: int
    words: str
    last_error: str
    result_file_id: int | None
    due_at: datetime
    finished_at: datetime | None


_NOW = bindparam("now", type_=Work.due_at.type)
_WHOSE = (Work.kind, Work.organisation_id, Work.school_id)
_BACKLOGS = (
    select(*_WHOSE, func.count().label("rows"), func.min(Work.due_at).label("oldest"))
    .where(IS_WAITING, Work.due_at <= _NOW)
    .group_by(*_WHOSE)
    .order_by(func.min(Work.due_at))
)
_FAILURES = select(*_WHOSE, func.count().label("rows")).where(IS_FAILED).group_by(*_WHOSE).order_by(Work.kind)
_LAST_BEAT = (
    select(WorkerBeat.name, WorkerBeat.at, WorkerBeat.started_at, WorkerBeat.version)
    .order_by(WorkerBeat.at.desc())
    .limit(1)
)


def queue_health(db: Connection, organisation_id: int | None = None) -> QueueHealth:
    """Everything that is late, failed, or silent, in three queries; of one organisation, or of the whole service."""
    now = machine_now()
    backlogs, failures = _BACKLOGS, _FAILURES
    if organisation_id is not None:
        backlogs = backlogs.where(Work.organisation_id == organisation_id)
        failures = failures.where(Work.organisation_id == organisation_id)
    late = db.execute(backlogs, {"now": now}).all()
    failed = db.execute(failures).all()
    beat = db.execute(_LAST_BEAT).one_or_none()
    return QueueHealth(
        tuple(Backlog(r.kind, r.organisation_id, r.school_id, r.rows, now - r.oldest) for r in late),
        tuple(Failures(r.kind, r.organisation_id, r.school_id, r.rows) for r in failed),
        None if beat is None else Beat(beat.name, beat.at, beat.started_at, beat.version),
    )


def pulse(db: Connection, kinds: Collection[str] | None = None) -> Pulse:
    """The queue's two facts in one cheap query, for ``kinds`` or for all; for pages that are asked for often."""
    # A row whose hour has just come is not marked ready until the next claim, and never while no worker lives.
    ready, ripe = (_oldest(kinds, condition).label(name) for name, condition in _SORTS)
    newest_beat = select(func.max(WorkerBeat.at)).scalar_subquery().label("beat")
    row = db.execute(select(ready, ripe, newest_beat), {"now": machine_now()}).one()
    return Pulse(min((at for at in (row.ready, row.ripe) if at is not None), default=None), row.beat)


_SORTS = (("ready", IS_READY), ("ripe", IS_NOT_READY))


def _oldest(kinds: Collection[str] | None, condition: ColumnElement[bool]) -> ScalarSelect[datetime]:
    statement = select(Work.due_at).where(IS_WAITING, condition, Work.due_at <= _NOW)
    if kinds is not None:
        statement = statement.where(Work.kind.in_(kinds))
    return statement.order_by(Work.due_at).limit(1).scalar_subquery()


_STATUS = (
    Work.id, Work.state, Work.percent, Work.progress_words, Work.last_error, Work.result_file_id, Work.due_at,
    Work.finished_at,
)  # fmt: skip


def find_status(db: Connection, kind: str, subject: str, slot: str = "") -> WorkStatus | None:
    """Where the row of this key stands, or None."""
    row = db.execute(
        select(*_STATUS).where(Work.kind == kind, Work.subject == subject, Work.slot == slot)
    ).one_or_none()
    if row is None:
        return None
    return WorkStatus(
        row.id, WorkState(row.state), row.percent or 0, row.progress_words, row.last_error, row.result_file_id,
        row.due_at, row.finished_at,
    )  # fmt: skip


_SQLITE_BEAT = sqlite_insert(WorkerBeat)
_POSTGRESQL_BEAT = postgresql_insert(WorkerBeat)
_BEAT = {
    "sqlite": _SQLITE_BEAT.on_conflict_do_update(index_elements=["name"], set_={"at": _SQLITE_BEAT.excluded.at}),
    "postgresql": _POSTGRESQL_BEAT.on_conflict_do_update(
        index_elements=["name"], set_={"at": _POSTGRESQL_BEAT.excluded.at}
    ),
}


def beat(worker: str, started_at: datetime, version: str) -> None:
    """Write one worker's sign of life."""
    with unit_of_work() as tx:
        row = {"name": worker, "at": machine_now(), "started_at": started_at, "version": version}
        tx.execute(_BEAT[tx.dialect.name], row)
