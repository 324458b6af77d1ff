"""Imports as pages show them: where each stands, what it found, and what is to be mended."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, select

from webapp.foundation.work import find_status
from webapp.people.models import Enrolment, ImportRejection, ImportRun, Pupil
from webapp.people.rules.files import Counts, ImportKind, Preview, Rejection, RunState, Staged

CHECK_WORK, APPLY_WORK = "import_check", "import_apply"
"""The kinds of work behind a run."""
_RUN = (
    ImportRun.id, ImportRun.public_id, ImportRun.school_id, ImportRun.kind, ImportRun.state, ImportRun.file_name,
    ImportRun.counts, ImportRun.actor_name, ImportRun.actor_kind, ImportRun.actor_id, ImportRun.staged_at,
    ImportRun.applied_at, ImportRun.version,
)  # fmt: skip

_NO_PREVIEW, _NOBODY = Preview(), Staged()


@dataclass(frozen=True, slots=True)
class RunRow:
    """One import. ``staged_at`` and ``applied_at`` are school time; ``staged`` says who chose the file, ``actor_name``
    who had a hand in it last. ``percent`` and ``words`` say how far the worker is while the state is checking or
    applying. In a list of runs the preview is empty: it may be long."""

    id: int
    public_id: str
    school_id: int
    kind: ImportKind
    state: RunState
    file_name: str
    counts: Counts
    actor_name: str
    staged_at: datetime
    applied_at: datetime | None
    version: int
    preview: Preview = _NO_PREVIEW
    staged: Staged = _NOBODY
    percent: int = 0
    words: str = ""


def work_subject(organisation_id: int, run_id: int) -> str:
    """The subject of a run's work."""
    return f"{organisation_id}:{run_id}"


def check_slot(version: int) -> str:
    """The slot of a check: the first one's is empty, a later one's is the version that it began."""
    return "" if version == 1 else str(version)


def find_run(db: Connection, organisation_id: int, school_id: int, public_id: str) -> RunRow | None:
    """An import of this school with its progress, or None."""
    row = db.execute(
        select(*_RUN, ImportRun.preview).where(
            ImportRun.organisation_id == organisation_id, ImportRun.school_id == school_id,
            ImportRun.public_id == public_id,
        )
    ).one_or_none()  # fmt: skip
    if row is None:
        return None
    percent, words = 0, ""
    if row.state in (RunState.CHECKING, RunState.APPLYING):
        checking = row.state == RunState.CHECKING
        kind, slot = (CHECK_WORK, check_slot(row.version)) if checking else (APPLY_WORK, str(row.version))
        status = find_status(db, kind, work_subject(organisation_id, row.id), slot)
        if status is not None:
            percent, words = status.percent, status.words
    preview, staged = Preview.from_json(row.preview), staged_of(row)
    return replace(_shaped(row), preview=preview, staged=staged, percent=percent, words=words)


def list_runs(db: Connection, organisation_id: int, school_id: int, limit: int = 20) -> Sequence[RunRow]:
    """The school's latest imports, newest first."""
    rows = db.execute(
        select(*_RUN)
        .where(ImportRun.organisation_id == organisation_id, ImportRun.school_id == school_id)
        .order_by(ImportRun.id.desc())
        .limit(limit)
    )
    return [_shaped(row) for row in rows]


def staged_of(run: Any) -> Staged:
    """How the file of a run came; of a run that does not say so itself, by whoever had a hand in it last."""
    said = Preview.from_json(run.preview).staged
    return said if said.by_kind else Staged(run.actor_name, run.actor_kind, run.actor_id)


def _shaped(row: Any) -> RunRow:
    return RunRow(
        row.id, row.public_id, row.school_id, ImportKind(row.kind), RunState(row.state), row.file_name,
        Counts(**row.counts), row.actor_name, row.staged_at, row.applied_at, row.version,
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


def count_rejections(db: Connection, organisation_id: int, run_id: int) -> int:
    """How many things to mend are kept of a file."""
    mine = (ImportRejection.organisation_id == organisation_id, ImportRejection.run_id == run_id)
    return db.scalar(select(func.count()).select_from(ImportRejection).where(*mine)) or 0


_NAMES = (
    select(Enrolment.id, Pupil.first_name, Pupil.last_name)
    .join(Pupil, and_(Pupil.organisation_id == Enrolment.organisation_id, Pupil.id == Enrolment.pupil_id))
    .where(
        Enrolment.organisation_id == bindparam("organisation_id"),
        Enrolment.id.in_(bindparam("enrolment_ids", expanding=True)),
    )
)


def names_of_enrolments(db: Connection, organisation_id: int, enrolment_ids: Collection[int]) -> Mapping[int, str]:
    """Pupils by enrolment, as lists name them ("Ahmed, Tom"); for a few hundred at most."""
    if not enrolment_ids:
        return {}
    rows = db.execute(_NAMES, {"organisation_id": organisation_id, "enrolment_ids": sorted(enrolment_ids)})
    return {row.id: f"{row.last_name}, {row.first_name}" for row in rows}


def last_applied(db: Connection, organisation_id: int, school_id: int, kind: ImportKind) -> datetime | None:
    """When a file of this kind last came in, or None."""
    return db.scalar(
        select(func.max(ImportRun.applied_at)).where(
            ImportRun.organisation_id == organisation_id, ImportRun.school_id == school_id,
            ImportRun.kind == kind.value,
        )
    )  # fmt: skip
