"""What the worker does with a staged file: check it, or write it whole.

A worker that dies leaves nothing half done: what is found or written is committed with the end of the job, and until
then another worker does it anew when the lease has run out.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from webapp.foundation import files, work
from webapp.foundation.db import read_door, unit_of_work
from webapp.foundation.trail import Actor, ActorKind
from webapp.foundation.work import Job
from webapp.people.models import ImportRejection, ImportRun
from webapp.people.queries.imports import APPLY_WORK, CHECK_WORK, staged_of
from webapp.people.rules.files import (
    ConfirmationNeeded,
    Counts,
    FileRefused,
    Findings,
    ImportKind,
    ImportRefused,
    Preview,
    Rejection,
    RunEvent,
    RunState,
)
from webapp.people.services.imports.flow import (
    Scope,
    Tell,
    analyse,
    checked,
    counts_json,
    finish_run,
    forget,
    get_importer,
    make_scope,
    preview_json,
    write_in,
)
from webapp.people.services.imports.runs import drop_file, move

_MOST_REJECTIONS = 5000
_LEASE_SECONDS = 300.0


def check_run(job: Job) -> None:
    """Read and compare a staged file, and keep what was found."""
    run, scope = _load(job)
    if run.state != RunState.CHECKING:
        return
    with read_door() as db:
        data = files.get(db, scope.organisation_id, run.file_id).data
    importer = get_importer(ImportKind(run.kind))
    staged = staged_of(run)
    preview: dict[str, Any] = {"staged": asdict(staged)}
    try:
        reading = importer.read(scope, data, _teller(job))
        work.progress(job, 60, "Comparing with what is here")
        preview = preview_json(reading, Findings(Counts()), staged)
        findings = checked(importer, scope, reading)
        preview = preview_json(reading, findings, staged)
    except ImportRefused as refused:
        findings = refused.findings
    except FileRefused as refused:
        findings = _of_file(refused)
    event = RunEvent.FOUND_BAD if findings.rejections else RunEvent.FOUND_GOOD
    with unit_of_work() as tx:
        _keep(tx, run, event, findings, preview)
        work.finish(job, tx)


def apply_run(job: Job) -> None:
    """Read a file anew and write it, in one transaction with the end of this job."""
    run, scope = _load(job)
    if run.state != RunState.APPLYING:
        return
    with read_door() as db:
        data = files.get(db, scope.organisation_id, run.file_id).data
    kind, staged = ImportKind(run.kind), staged_of(run)
    preview = replace(Preview.from_json(run.preview), staged=staged)
    try:
        reading = get_importer(kind).read(scope, data, _teller(job))
        if reading.rejections:
            counts = Counts(rows=reading.count, rejected=len(reading.rejections))
            raise ImportRefused(Findings(counts, reading.rejections))
        work.progress(job, 80, "Writing")
        with unit_of_work() as tx:
            findings = write_in(tx, scope, kind, reading, run.id, confirmed=run.confirmed, chosen_by=staged.by)
            finish_run(tx, scope.organisation_id, run.id, findings, _as_found(preview, findings))
            drop_file(tx, scope.organisation_id, run.file_id)
            work.finish(job, tx)
    except (ImportRefused, ConfirmationNeeded, FileRefused) as refused:
        found = _of_file(refused) if isinstance(refused, FileRefused) else refused.findings
        event = RunEvent.ASKED if isinstance(refused, ConfirmationNeeded) else RunEvent.FOUND_BAD
        with unit_of_work() as tx:
            _keep(tx, run, event, found, _as_found(preview, found).as_json())
            work.finish(job, tx)
        return
    forget()
    analyse(kind, findings.counts)


def _as_found(preview: Preview, found: Findings) -> Preview:
    """The preview with what the application found, which is newer than what the check did."""
    return replace(preview, removing=found.removing, changes=found.changes)


def load_handlers(lease_seconds: float = _LEASE_SECONDS) -> None:
    """Register the two kinds of work; again changes nothing. The lease outlasts the slowest write of a file."""
    for kind, run in ((CHECK_WORK, check_run), (APPLY_WORK, apply_run)):
        work.handler(
            kind, urgent=True, max_attempts=3, lease_seconds=lease_seconds, concurrency=1, on_failed=_on_failed
        )(run)


def _on_failed(tx: Connection, job: Job, _error: str) -> None:
    """The worker gave up: the run says so, and keeps its file for whoever looks into it."""
    run = tx.execute(
        select(ImportRun.__table__).where(
            ImportRun.organisation_id == job.organisation_id, ImportRun.id == job.payload["run"]
        )
    ).one()
    if run.state in (RunState.CHECKING, RunState.APPLYING):
        move(tx, run, run.version, RunEvent.GAVE_UP)


def _load(job: Job) -> tuple[Any, Scope]:
    """The run of a job, and its scope as of now."""
    if job.organisation_id is None or job.school_id is None:
        raise ValueError("an import belongs to a school")
    with read_door() as db:
        run = db.execute(
            select(ImportRun.__table__).where(
                ImportRun.organisation_id == job.organisation_id, ImportRun.id == job.payload["run"]
            )
        ).one_or_none()
    if run is None:
        raise LookupError(f"there is no import {job.payload['run']}")
    actor = Actor(ActorKind(run.actor_kind), run.actor_id, run.actor_name, run.actor_position)
    fictional = bool(job.payload.get("allow_fictional"))
    part = staged_of(run).part
    return run, make_scope(job.organisation_id, job.school_id, actor, allow_fictional=fictional, part=part)


def _teller(job: Job) -> Tell:
    def tell(percent: int, words: str) -> None:
        work.progress(job, percent, words)

    return tell


def _keep(tx: Connection, run: Any, event: RunEvent, findings: Findings, preview: dict[str, Any]) -> None:
    """Keep what was found on the run, with its rejections."""
    move(tx, run, run.version, event, counts=counts_json(findings.counts), preview=preview, confirmed=False)
    mine = (ImportRejection.organisation_id == run.organisation_id, ImportRejection.run_id == run.id)
    tx.execute(delete(ImportRejection).where(*mine))
    rows = [
        {"organisation_id": run.organisation_id, "run_id": run.id, "number": number, "line": each.line,
         "field": each.field[:120], "value": each.value[:200], "mend": each.mend[:500]}
        for number, each in enumerate(findings.rejections[:_MOST_REJECTIONS], start=1)
    ]  # fmt: skip
    if rows:
        tx.execute(insert(ImportRejection), rows)


def _of_file(refused: FileRefused) -> Findings:
    rejection = Rejection(0, "", "", refused.mend)
    return Findings(Counts(rejected=1), (rejection,))
