"""An import in steps, for pages: staged with the request, checked and applied by the worker, which says how far it is.

The file itself is the stage: it is read anew when it is applied, and everything is compared again in the transaction
that writes. The web process never reads it.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, func, select, update
from sqlalchemy.exc import IntegrityError

from webapp.foundation import files, ids, trail, work
from webapp.foundation.clock import school_now
from webapp.foundation.db import insert_row, unit_of_work
from webapp.foundation.submissions import SubmissionReused, find_result, keep_result
from webapp.foundation.trail import Actor, Deed
from webapp.foundation.work import NewWork
from webapp.people.models import ImportRun, School
from webapp.people.queries.imports import APPLY_WORK, CHECK_WORK, check_slot, staged_of, work_subject
from webapp.people.rules.files import (
    ConfirmationNeeded,
    Counts,
    Findings,
    ImportKind,
    LookNeeded,
    RunEvent,
    RunRefused,
    RunState,
    check_size,
    step,
)
from webapp.people.rules.names import clean_line
from webapp.people.services.imports.flow import actor_values, staged_by

_LONGEST_FILE_NAME = 200
_TYPE = "application/octet-stream"
_GONE = RunRefused("This import is not there any more. Choose the file again.")


def stage_import(
    organisation_id: int, school_id: int, kind: ImportKind, file_name: str, data: bytes, actor: Actor, *,
    allow_fictional: bool = False, part: bool = False, submission_key: str = "",
) -> str:  # fmt: skip
    """Keep a file and have it checked; returns the run's public id, that of the first where the form came twice.
    ``part``: pupils who are not in it stay on the roll.

    Raises FileRefused for its size alone, RunRefused where the same form came with another file.
    """
    check_size(len(data))
    sha256 = files.digest(data)
    name = clean_line(file_name.replace("\\", "/").rpartition("/")[2], len(file_name) * 4 + 1)[-_LONGEST_FILE_NAME:]
    content = {"stage": school_id, "kind": kind.value, "name": name, "file": sha256, "part": part}
    with unit_of_work() as tx:
        held = _find_done(tx, organisation_id, actor, submission_key, content)
        if held is not None:
            return str(held)
        public_id = ids.public_id()
        run_id = insert_row(
            tx, ImportRun, organisation_id=organisation_id, public_id=public_id, school_id=school_id, kind=kind.value,
            state=RunState.CHECKING.value, file_name=name or "file",
            file_id=files.put(tx, organisation_id, data, _TYPE, sha256=sha256), counts={},
            preview={"staged": asdict(staged_by(actor, part=part))}, staged_at=school_now(), **actor_values(actor),
        )  # fmt: skip
        _have_checked(tx, organisation_id, school_id, run_id, check_slot(1), allow_fictional=allow_fictional)
        trail.write(tx, organisation_id, actor, Deed("staged_import", "import_run", run_id, school_id))
        _keep_done(tx, organisation_id, actor, submission_key, content, public_id)
    return public_id


def apply_import(
    organisation_id: int, school_id: int, public_id: str, version: int, actor: Actor, *, confirmed: bool = False,
    looked: bool = False, allow_fictional: bool = False, submission_key: str = "",
) -> None:  # fmt: skip
    """Have a checked file applied, all of it or nothing. ``version`` is what the page showed.

    Raises RunRefused when the run has moved on or another file of the school is coming in, LookNeeded when somebody
    else chose the file and ``looked`` is not given, ConfirmationNeeded when it would take more than a tenth away and
    ``confirmed`` is not given. The same form again changes nothing.
    """
    content = {"apply": public_id, "version": version, "confirmed": confirmed, "looked": looked}
    with unit_of_work() as tx:
        if _find_done(tx, organisation_id, actor, submission_key, content) is not None:
            return
        run = _get(tx, organisation_id, school_id, public_id)
        step(RunState(run.state), RunEvent.APPLY)
        counts, staged = Counts(**run.counts), staged_of(run)
        if not looked and not staged.is_by(actor.kind.value, actor.id):
            raise LookNeeded(staged)
        if counts.asks and not confirmed:
            raise ConfirmationNeeded(Findings(counts))
        _wait_for_others(tx, run)
        move(tx, run, version, RunEvent.APPLY, confirmed=confirmed, **actor_values(actor))
        work.enqueue(
            tx,
            NewWork(
                kind=APPLY_WORK, subject=work_subject(organisation_id, run.id), slot=str(version + 1),
                organisation_id=organisation_id, school_id=school_id,
                payload={"run": run.id, "allow_fictional": allow_fictional},
            ),
        )  # fmt: skip
        _keep_done(tx, organisation_id, actor, submission_key, content, public_id)


def check_import_again(
    organisation_id: int, school_id: int, public_id: str, version: int, actor: Actor, *,
    allow_fictional: bool = False,
) -> None:  # fmt: skip
    """Have the kept file checked once more: the school has changed, or the work was stopped. Raises RunRefused."""
    with unit_of_work() as tx:
        run = _get(tx, organisation_id, school_id, public_id)
        move(tx, run, version, RunEvent.CHECK_AGAIN)
        slot = check_slot(version + 1)
        _have_checked(tx, organisation_id, school_id, run.id, slot, allow_fictional=allow_fictional)
        trail.write(tx, organisation_id, actor, Deed("checked_import_again", "import_run", run.id, school_id))


def abandon_import(organisation_id: int, school_id: int, public_id: str, version: int, actor: Actor) -> None:
    """Give a run up and forget its file. Raises RunRefused when it has moved on."""
    with unit_of_work() as tx:
        run = _get(tx, organisation_id, school_id, public_id)
        # Only who chose it: what it would have changed is not kept.
        move(tx, run, version, RunEvent.ABANDON, file_id=None, preview={"staged": asdict(staged_of(run))})
        drop_file(tx, organisation_id, run.file_id)
        trail.write(tx, organisation_id, actor, Deed("abandoned_import", "import_run", run.id, school_id))


def _have_checked(
    tx: Connection, organisation_id: int, school_id: int, run_id: int, slot: str, *, allow_fictional: bool
) -> None:
    work.enqueue(
        tx,
        NewWork(
            kind=CHECK_WORK, subject=work_subject(organisation_id, run_id), slot=slot,
            organisation_id=organisation_id, school_id=school_id,
            payload={"run": run_id, "allow_fictional": allow_fictional},
        ),
    )  # fmt: skip


def _wait_for_others(tx: Connection, run: Any) -> None:
    """One file of a school at a time: what the second would do was found before the first came in."""
    school = (School.organisation_id == run.organisation_id, School.id == run.school_id)
    tx.execute(select(School.id).where(*school).with_for_update(key_share=True))
    busy = select(ImportRun.file_name).where(
        ImportRun.organisation_id == run.organisation_id, ImportRun.school_id == run.school_id,
        ImportRun.state == RunState.APPLYING.value, ImportRun.id != run.id,
    )  # fmt: skip
    if tx.scalar(busy.limit(1)) is not None:
        raise RunRefused("Another file is being brought in at this school now. Wait until it is done, then try again.")


def _find_done(tx: Connection, organisation_id: int, actor: Actor, key: str, content: Any) -> Any | None:
    if not key:
        return None
    try:
        return find_result(tx, organisation_id, _sender(actor), key, content)
    except SubmissionReused:
        raise RunRefused("This page was used before for something else. Open it again.") from None


def _keep_done(tx: Connection, organisation_id: int, actor: Actor, key: str, content: Any, result: str) -> None:
    if key:
        keep_result(tx, organisation_id, _sender(actor), key, content, result)


def _sender(actor: Actor) -> str:
    return f"{actor.kind.value}:{actor.id}"


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


def move(tx: Connection, run: Any, version: int, event: RunEvent, **values: Any) -> None:
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


def drop_file(tx: Connection, organisation_id: int, file_id: int | None) -> None:
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
