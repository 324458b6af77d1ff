"""An import in steps, for pages: staged with the request, checked and applied by the worker, which says how far it is.

The file itself is the stage: it is read anew when it is applied, and everything is compared again in the transaction
that writes. The web process never reads it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from webapp.foundation import files, ids, trail, work
from webapp.foundation.clock import machine_now
from webapp.foundation.db import insert_row, read_door, unit_of_work
from webapp.foundation.trail import Actor, ActorKind, Deed
from webapp.foundation.work import Job, NewWork
from webapp.people.models import ImportRejection, ImportRun
from webapp.people.queries.imports import APPLY_WORK, CHECK_WORK, work_subject
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
    RunRefused,
    RunState,
    check_size,
    step,
)
from webapp.people.rules.names import clean_line
from webapp.people.services.imports.flow import (
    Scope,
    Tell,
    actor_values,
    checked,
    counts_json,
    finish_run,
    forget,
    get_importer,
    make_scope,
    preview_json,
    write_in,
)

_MOST_REJECTIONS = 5000
_LONGEST_FILE_NAME = 200
_TYPE = "application/octet-stream"
_LEASE_SECONDS = 300
_GONE = RunRefused("This import is not there any more. Choose the file again.")


def stage_import(
    organisation_id: int, school_id: int, kind: ImportKind, file_name: str, data: bytes, actor: Actor, *,
    allow_fictional: bool = False,
) -> str:  # fmt: skip
    """Keep a file and have it checked; returns the run's public id. Raises FileRefused for its size alone."""
    check_size(len(data))
    sha256 = files.digest(data)
    name = clean_line(file_name.replace("\\", "/").rpartition("/")[2], len(file_name) * 4 + 1)[-_LONGEST_FILE_NAME:]
    with unit_of_work() as tx:
        public_id = ids.public_id()
        run_id = insert_row(
            tx, ImportRun, organisation_id=organisation_id, public_id=public_id, school_id=school_id, kind=kind.value,
            state=RunState.CHECKING.value, file_name=name or "file",
            file_id=files.put(tx, organisation_id, data, _TYPE, sha256=sha256), counts={}, preview={},
            staged_at=machine_now(), **actor_values(actor),
        )  # fmt: skip
        work.enqueue(
            tx,
            NewWork(
                kind=CHECK_WORK, subject=work_subject(organisation_id, run_id), organisation_id=organisation_id,
                school_id=school_id, payload={"run": run_id, "allow_fictional": allow_fictional},
            ),
        )  # fmt: skip
        trail.write(tx, organisation_id, actor, Deed("staged_import", "import_run", run_id, school_id))
    return public_id


def apply_import(
    organisation_id: int, school_id: int, public_id: str, version: int, actor: Actor, *, confirmed: bool = False,
    allow_fictional: bool = False,
) -> None:  # fmt: skip
    """Have a checked file applied, all of it or nothing. ``version`` is what the page showed.

    Raises RunRefused when the run has moved on, ConfirmationNeeded when it would take more than a tenth away and
    ``confirmed`` is not given.
    """
    with unit_of_work() as tx:
        run = _get(tx, organisation_id, school_id, public_id)
        counts = Counts(**run.counts)
        if counts.asks and not confirmed:
            raise ConfirmationNeeded(Findings(counts))
        _move(tx, run, version, RunEvent.APPLY, confirmed=confirmed, **actor_values(actor))
        work.enqueue(
            tx,
            NewWork(
                kind=APPLY_WORK, subject=work_subject(organisation_id, run.id), slot=str(version + 1),
                organisation_id=organisation_id, school_id=school_id,
                payload={"run": run.id, "allow_fictional": allow_fictional},
            ),
        )  # fmt: skip


def abandon_import(organisation_id: int, school_id: int, public_id: str, version: int, actor: Actor) -> None:
    """Give a run up and forget its file. Raises RunRefused when it has moved on."""
    with unit_of_work() as tx:
        run = _get(tx, organisation_id, school_id, public_id)
        _move(tx, run, version, RunEvent.ABANDON, file_id=None)
        _drop_file(tx, organisation_id, run.file_id)
        trail.write(tx, organisation_id, actor, Deed("abandoned_import", "import_run", run.id, school_id))


def check_run(job: Job) -> None:
    """Read and compare a staged file, and keep what was found."""
    run, scope = _load(job)
    if run.state != RunState.CHECKING:
        return
    with read_door() as db:
        data = files.get(db, scope.organisation_id, run.file_id).data
    importer = get_importer(ImportKind(run.kind))
    preview: dict[str, Any] = {}
    try:
        reading = importer.read(scope, data, _teller(job))
        work.progress(job, 60, "Comparing with what is here")
        preview = Preview.of(reading.sample, Findings(Counts())).as_json()
        findings = checked(importer, scope, reading)
        preview = preview_json(reading, findings)
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
    kind = ImportKind(run.kind)
    try:
        reading = get_importer(kind).read(scope, data, _teller(job))
        if reading.rejections:
            counts = Counts(rows=reading.count, rejected=len(reading.rejections))
            raise ImportRefused(Findings(counts, reading.rejections))
        work.progress(job, 80, "Writing")
        with unit_of_work() as tx:
            findings = write_in(tx, scope, kind, reading, run.id, confirmed=run.confirmed)
            finish_run(tx, scope.organisation_id, run.id, findings)
            _drop_file(tx, scope.organisation_id, run.file_id)
            work.finish(job, tx)
    except (ImportRefused, ConfirmationNeeded, FileRefused) as refused:
        found = _of_file(refused) if isinstance(refused, FileRefused) else refused.findings
        event = RunEvent.ASKED if isinstance(refused, ConfirmationNeeded) else RunEvent.FOUND_BAD
        with unit_of_work() as tx:
            _keep(tx, run, event, found, run.preview)
            work.finish(job, tx)
        return
    forget()


def load_handlers() -> None:
    """Register the two kinds of work; again changes nothing."""
    for kind, run in ((CHECK_WORK, check_run), (APPLY_WORK, apply_run)):
        work.handler(
            kind, urgent=True, max_attempts=3, lease_seconds=_LEASE_SECONDS, concurrency=1, on_failed=_on_failed
        )(run)


def _on_failed(tx: Connection, job: Job, _error: str) -> None:
    """The worker gave up: the run says so, and keeps its file for whoever looks into it."""
    run = tx.execute(
        select(ImportRun.__table__).where(
            ImportRun.organisation_id == job.organisation_id, ImportRun.id == job.payload["run"]
        )
    ).one()
    if run.state in (RunState.CHECKING, RunState.APPLYING):
        _move(tx, run, run.version, RunEvent.GAVE_UP)


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
    return run, make_scope(job.organisation_id, job.school_id, actor, allow_fictional=fictional)


def _teller(job: Job) -> Tell:
    def tell(percent: int, words: str) -> None:
        work.progress(job, percent, words)

    return tell


def _get(tx: Connection, organisation_id: int, school_id: int, public_id: str) -> Any:
    run = tx.execute(
        select(ImportRun.__table__).where(
            ImportRun.organisation_id == organisation_id, ImportRun.school_id == school_id,
            ImportRun.public_id == public_id,
        )
    ).one_or_none()  # fmt: skip
    if run is None:
        raise _GONE
    return run


def _move(tx: Connection, run: Any, version: int, event: RunEvent, **values: Any) -> None:
    """Take a run to its next state by compare and set. Raises RunRefused."""
    state = step(RunState(run.state), event)
    moved = tx.execute(
        update(ImportRun)
        .where(
            ImportRun.organisation_id == run.organisation_id, ImportRun.id == run.id, ImportRun.version == version,
            ImportRun.state == run.state,
        )
        .values(state=state.value, version=version + 1, **values)
    )  # fmt: skip
    if moved.rowcount != 1:
        raise RunRefused("This import has moved on. Look at it again.")


def _keep(tx: Connection, run: Any, event: RunEvent, findings: Findings, preview: dict[str, Any]) -> None:
    """Keep what was found on the run, with its rejections."""
    _move(tx, run, run.version, event, counts=counts_json(findings.counts), preview=preview, confirmed=False)
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


def _drop_file(tx: Connection, organisation_id: int, file_id: int | None) -> None:
    """Destroy the file of a run that needs it no more, unless another row still refers to the same bytes."""
    if file_id is None:
        return
    others = select(func.count()).where(ImportRun.organisation_id == organisation_id, ImportRun.file_id == file_id)
    if tx.scalar(others):
        return
    try:
        with tx.begin_nested():
            files.remove(tx, organisation_id, file_id)
    except IntegrityError:
        return
