"""The tables of work: one row for everything that waits, and one for each worker that says it lives."""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    String,
    UniqueConstraint,
    literal_column,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from webapp.foundation.db import Base
from webapp.foundation.types import BigId, Instant, Json, within

NAME_LENGTH = 80
SUBJECT_LENGTH = 200
SLOT_LENGTH = 64
WORDS_LENGTH = 200
ERROR_LENGTH = 1000


class Priority(IntEnum):
    """What goes first: a person is waiting for a sign-in code, a child may be missing, the rest, what nobody awaits."""

    SIGN_IN_CODE = 0
    ABSENCE = 1
    ORDINARY = 5
    BULK = 9


class WorkState(StrEnum):
    """Where a row stands. Waiting and running are open, the other three final; only a person revives a failed row."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class Work(Base):
    """One thing to be done, service-wide: it has the organisation's and the school's number only where they are known.

    ``subject`` and ``slot`` make a kind's rows unique: what it is about, and which time of it.
    ``turn`` is the row's rank among its school's rows of one enqueueing, so that schools take turns.
    ``due_at`` is machine time; ``school_due_at`` is the school time that it was reckoned from, if any.
    ``ready`` says that ``due_at`` has come: claiming then never walks over rows that wait for later.
    ``attempts`` counts claims; with ``worker`` and the state it is the fence against a worker that lost its lease.
    ``max_attempts`` None stands for the kind's own number.
    """

    __tablename__ = "work"
    __table_args__ = (
        # The kind stands behind, or SQLite would claim by it and sort what it finds.
        UniqueConstraint("subject", "kind", "slot"),
        within("school_id", to="school"),
        within("result_file_id", to="file"),
        CheckConstraint("state IN ('waiting', 'running', 'done', 'failed', 'cancelled')", name="state"),
        CheckConstraint("percent BETWEEN 0 AND 100", name="percent"),
        # Each query of a claim fits one index alone, so that no statistics can lead a planner to another.
        Index("ix_work_ready", "priority", "turn", "due_at", "id", **_where("state = 'waiting' AND ready = true")),
        Index("ix_work_later", "due_at", **_where("state = 'waiting' AND ready = false")),
        Index("ix_work_due", "due_at", **_where("state = 'waiting' AND ready = true")),
        Index("ix_work_lease", "lease_until", **_where("state = 'running'")),
        Index("ix_work_failed", "organisation_id", "school_id", "kind", **_where("state = 'failed'")),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigId, Identity(always=False), primary_key=True)
    organisation_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("organisation.id"))
    school_id: Mapped[int | None] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(SUBJECT_LENGTH))
    slot: Mapped[str] = mapped_column(String(SLOT_LENGTH), default="", server_default="")
    priority: Mapped[int] = mapped_column(SmallInteger)
    turn: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(9))
    ready: Mapped[bool]
    due_at: Mapped[datetime] = mapped_column(Instant)
    school_due_at: Mapped[datetime | None] = mapped_column(Instant)
    lease_until: Mapped[datetime | None] = mapped_column(Instant)
    worker: Mapped[str | None] = mapped_column(String(NAME_LENGTH))
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    max_attempts: Mapped[int | None] = mapped_column(SmallInteger)
    percent: Mapped[int | None] = mapped_column(SmallInteger)
    progress_words: Mapped[str] = mapped_column(String(WORDS_LENGTH), default="", server_default="")
    payload: Mapped[Any] = mapped_column(Json)
    last_error: Mapped[str] = mapped_column(String(ERROR_LENGTH), default="", server_default="")
    result_file_id: Mapped[int | None] = mapped_column(BigId)
    created_at: Mapped[datetime] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)


class WorkerBeat(Base):
    """The last sign of life of each worker, so that pages can say that texts are not going out."""

    __tablename__ = "worker_beat"

    name: Mapped[str] = mapped_column(String(NAME_LENGTH), primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    started_at: Mapped[datetime] = mapped_column(Instant)
    version: Mapped[str] = mapped_column(String(40))


# Written out, not bound: neither engine can prove a partial index from a parameter.
IS_WAITING = Work.state == literal_column("'waiting'")
IS_RUNNING = Work.state == literal_column("'running'")
IS_FAILED = Work.state == literal_column("'failed'")
IS_READY = Work.ready == literal_column("true")
IS_NOT_READY = Work.ready == literal_column("false")
