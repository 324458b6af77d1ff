"""Imports as pages show them: where each stands, what it found, and what is to be mended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from webapp.foundation.work import find_status
from webapp.people.models import ImportRejection, ImportRun
from webapp.people.rules.files import Counts, ImportKind, Preview, Rejection, RunState

CHECK_WORK, APPLY_WORK = "import_check", "import_apply"
"""The kinds of work behind a run."""
_RUN = (
    ImportRun.id, ImportRun.public_id, ImportRun.school_id, ImportRun.kind, ImportRun.state, ImportRun.file_name,
    ImportRun.counts, ImportRun.preview, ImportRun.actor_name, ImportRun.staged_at, ImportRun.applied_at,
    ImportRun.version,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RunRow:
    """One import. ``percent`` and ``words`` say how far the worker is while the state is checking or applying."""

    id: int
    public_id: str
    school_id: int
    kind: ImportKind
    state: RunState
    file_name: str
    counts: Counts
    preview: Preview
    actor_name: str
    staged_at: datetime
    applied_at: datetime | None
    version: int
    percent: int = 0
    words: str = ""


def work_subject(organisation_id: int, run_id: int) -> str:
    """The subject of a run's work."""
    return f"{organisation_id}:{run_id}"


def find_run(db: Connection, organisation_id: int, school_id: int, public_id: str) -> RunRow | None:
    """An import of this school with its progress, or None."""
    row = db.execute(
        select(*_RUN).where(
            ImportRun.organisation_id == organisation_id, ImportRun.school_id == school_id,
            ImportRun.public_id == public_id,
        )
    ).one_or_none()  # fmt: skip
    if row is None:
        return None
    percent, words = 0, ""
    if row.state in (RunState.CHECKING, RunState.APPLYING):
        checking = row.state == RunState.CHECKING
        kind, slot = (CHECK_WORK, "") if checking else (APPLY_WORK, str(row.version))
        status = find_status(db, kind, work_subject(organisation_id, row.id), slot)
        if status is not None:
            percent, words = status.percent, status.words
    return _shaped(row, percent, words)


def list_runs(db: Connection, organisation_id: int, school_id: int, limit: int = 20) -> Sequence[RunRow]:
    """The school's latest imports, newest first."""
    rows = db.execute(
        select(*_RUN)
        .where(ImportRun.organisation_id == organisation_id, ImportRun.school_id == school_id)
        .order_by(ImportRun.id.desc())
        .limit(limit)
    )
    return [_shaped(row) for row in rows]


def _shaped(row: Any, percent: int = 0, words: str = "") -> RunRow:
    return RunRow(
        row.id, row.public_id, row.school_id, ImportKind(row.kind), RunState(row.state), row.file_name,
        Counts(**row.counts), Preview.from_json(row.preview), row.actor_name, row.staged_at, row.applied_at,
        row.version, percent, words,
    )  # fmt: skip


def rejections_of(db: Connection, organisation_id: int, run_id: int, limit: int | None = None) -> Sequence[Rejection]:
    """What is to be mended in a file, by line; ``people.rules.files.as_csv`` makes the list that is taken away."""
    rows = db.execute(
        select(ImportRejection.line, ImportRejection.field, ImportRejection.value, ImportRejection.mend)
        .where(ImportRejection.organisation_id == organisation_id, ImportRejection.run_id == run_id)
        .order_by(ImportRejection.number)
        .limit(limit)
    )
    return [Rejection(*row) for row in rows]


def last_applied(db: Connection, organisation_id: int, school_id: int, kind: ImportKind) -> datetime | None:
    """When a file of this kind last came in, or None."""
    return db.scalar(
        select(func.max(ImportRun.applied_at)).where(
            ImportRun.organisation_id == organisation_id, ImportRun.school_id == school_id,
            ImportRun.kind == kind.value,
        )
    )  # fmt: skip
