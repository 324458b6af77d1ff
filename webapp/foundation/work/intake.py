"""Putting work into the queue, in the transaction of the deed that asks for it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Dialect, text, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from webapp.foundation import clock
from webapp.foundation.work.registry import is_urgent
from webapp.foundation.work.table import IS_WAITING, SLOT_LENGTH, SUBJECT_LENGTH, Priority, Work, WorkState
from webapp.foundation.work.wake import wake_after_commit


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWork:
    """One row to be enqueued. (``kind``, ``subject``, ``slot``) is its key for ever.

    ``due_at`` is an instant of the machine's clock, ``school_due_at`` of the school's: give one or neither (at once).
    ``payload`` holds ids and small plain values. ``max_attempts`` None leaves it to the kind.
    """

    kind: str
    subject: str
    slot: str = ""
    organisation_id: int | None = None
    school_id: int | None = None
    payload: dict[str, Any] | None = None
    priority: int = Priority.ORDINARY
    due_at: datetime | None = None
    school_due_at: datetime | None = None
    max_attempts: int | None = None

    def __post_init__(self) -> None:
        if self.due_at is not None and self.school_due_at is not None:
            raise ValueError("due_at: give the machine's time or the school's, not both")
        if self.school_id is not None and self.organisation_id is None:
            raise ValueError("organisation_id: a school's work needs it too")
        # SQLite would take any length, PostgreSQL would refuse in the middle of a batch.
        if len(self.subject) > SUBJECT_LENGTH or len(self.slot) > SLOT_LENGTH:
            raise ValueError(f"subject, slot: at most {SUBJECT_LENGTH} and {SLOT_LENGTH} characters; name it by an id")


_KEY = ("kind", "subject", "slot")
_INSERT = {
    "sqlite": sqlite_insert(Work).on_conflict_do_nothing(index_elements=_KEY).returning(Work.id),
    "postgresql": postgresql_insert(Work).on_conflict_do_nothing(index_elements=_KEY).returning(Work.id),
}


def enqueue(tx: Connection, work: NewWork) -> int | None:
    """Add one row and return its number, or None where its key stands already."""
    now = clock.machine_now()
    row = _row(work, 0, now, clock.school_offset())
    number = tx.execute(_INSERT[tx.dialect.name], row).scalar_one_or_none()
    if number is not None and row["ready"] and is_urgent(work.kind):
        wake_after_commit()
    return number


def enqueue_many(tx: Connection, works: Iterable[NewWork]) -> int:
    """Add many rows in one go and return how many were new; those whose key stands already are left as they are.

    The order given is the order within each school and priority; schools take turns.
    """
    now, offset = clock.machine_now(), clock.school_offset()
    turns: Counter[tuple[int | None, int | None, int]] = Counter()
    rows = []
    for work in works:
        lane = (work.organisation_id, work.school_id, work.priority)
        rows.append(_row(work, turns[lane], now, offset))
        turns[lane] += 1
    if not rows:
        return 0
    # One order for everybody, so that two batches with keys in common wait for each other and never in a circle.
    rows.sort(key=lambda row: (row["kind"], row["subject"], row["slot"]))
    added = _insert_all(tx, rows)
    if added and any(row["ready"] and is_urgent(row["kind"]) for row in rows):
        wake_after_commit()
    return added


def _row(work: NewWork, turn: int, now: datetime, offset: timedelta) -> dict[str, Any]:
    due_at = work.due_at or now
    if work.school_due_at is not None:
        due_at = work.school_due_at - offset
    return {
        "kind": work.kind, "subject": work.subject, "slot": work.slot, "organisation_id": work.organisation_id,
        "school_id": work.school_id, "priority": int(work.priority), "turn": turn, "state": WorkState.WAITING.value,
        "ready": due_at <= now, "due_at": due_at, "school_due_at": work.school_due_at, "attempts": 0,
        "max_attempts": work.max_attempts, "payload": work.payload or {}, "created_at": now,
    }  # fmt: skip


_NAMES = (
    "kind", "subject", "slot", "organisation_id", "school_id", "priority", "turn", "state", "ready", "due_at",
    "school_due_at", "attempts", "max_attempts", "payload", "created_at",
)  # fmt: skip
_COLUMNS = Work.__table__.c
_POSTGRESQL: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
_TYPED = ", ".join(f"{name} {_COLUMNS[name].type.compile(dialect=_POSTGRESQL)}" for name in _NAMES)
# One parameter for all rows: with one for each value the driver takes four times as long over 20,000 rows.
_INSERT_ALL = text(
    f"INSERT INTO work ({', '.join(_NAMES)}) SELECT {', '.join(_NAMES)}"  # noqa: S608 - our own names
    f" FROM json_to_recordset(CAST(:rows AS json)) AS new ({_TYPED}) ON CONFLICT ({', '.join(_KEY)}) DO NOTHING"
)


def _insert_all(tx: Connection, rows: list[dict[str, Any]]) -> int:
    if tx.dialect.name == "postgresql":
        return tx.execute(_INSERT_ALL, {"rows": json.dumps(rows, default=datetime.isoformat)}).rowcount
    return len(tx.execute(_INSERT["sqlite"], rows).all())


_SHIFTED = {
    "sqlite": text("school_due_at - :microseconds"),
    "postgresql": text("school_due_at - :microseconds * interval '1 microsecond'"),
}


def redue_for_school_clock(tx: Connection, offset: timedelta) -> int:
    """Reckon waiting rows that are due in school time anew, in the transaction that moves the school clock.

    ``offset`` is how far school time stands ahead of machine time from now on. Returns how many rows moved.
    Rows that wait for another try keep their hour: their school time has come already.
    """
    shifted = _SHIFTED[tx.dialect.name].bindparams(microseconds=offset // timedelta(microseconds=1))
    moved = tx.execute(
        update(Work)
        .where(IS_WAITING, Work.school_due_at.is_not(None), Work.attempts == 0)
        .values(due_at=shifted, ready=False)
    ).rowcount
    if moved:
        wake_after_commit()
    return moved
