"""How every kind of file comes in: read and checked with no transaction open, then written whole in one.

Each kind is an ``Importer`` in one table; the marks' own joins it from the floor above.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from webapp.foundation import clock, ids, trail
from webapp.foundation.db import Base, current, insert_row, read_door, unit_of_work
from webapp.foundation.trail import Actor, Deed
from webapp.people.models import ImportRun, School
from webapp.people.rules.files import (
    ConfirmationNeeded,
    Counts,
    Findings,
    ImportKind,
    ImportRefused,
    Preview,
    Rejection,
    RunState,
    Sample,
    Staged,
)

Tell = Callable[[int, str], None]
"""Says how far the reading is: percent of it, and in words."""
Check = Callable[[Findings], None]
"""Raises where what was found must not be written."""
R = TypeVar("R")
P = TypeVar("P", bound="Plan")
_LONGEST_FILE_NAME = 200
_LARGE = 1000
log = logging.getLogger("firstbell.imports")


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose file it is, and when: ``today`` is the school's day, ``now`` its instant. ``part``: the file is a part of
    the roll, and nobody leaves for not being in it."""

    organisation_id: int
    school_id: int
    school_code: str
    today: date
    now: datetime
    actor: Actor
    allow_fictional: bool = False
    part: bool = False


class ReadFile(Protocol):
    """What a file says, whatever it holds."""

    @property
    def rejections(self) -> tuple[Rejection, ...]: ...

    @property
    def left_out(self) -> int: ...

    @property
    def count(self) -> int: ...

    @property
    def sample(self) -> Sample: ...


class Plan(Protocol):
    """What writing a file would do."""

    @property
    def findings(self) -> Findings: ...


@dataclass(frozen=True, slots=True)
class Importer:
    """One kind of file. ``read`` opens no transaction that writes; ``compare`` only reads; ``write`` compares anew in
    the caller's transaction, lets ``check`` look at what it found, and writes."""

    kind: ImportKind
    read: Callable[[Scope, bytes, Tell], ReadFile]
    compare: Callable[[Connection, Scope, Any], Findings]
    write: Callable[[Connection, Scope, Any, Check], Findings]
    tables: tuple[str, ...] = ()
    """What a large file fills, so that the planner learns of it afterwards."""


_importers: dict[ImportKind, Importer] = {}


def register(importer: Importer) -> None:
    """Add a kind; the same one again changes nothing."""
    _importers[importer.kind] = importer


def get_importer(kind: ImportKind) -> Importer:
    """Raises LookupError for a kind that nobody has registered."""
    return _importers[kind]


def importer_of(
    kind: ImportKind,
    read: Callable[[Scope, bytes], ReadFile],
    plan: Callable[[Connection, Scope, Any], P],
    write: Callable[[Connection, Scope, P], None],
    *tables: type[Base],
) -> Importer:
    """An importer whose plan is made from what the database holds, and written as planned."""

    def read_file(scope: Scope, data: bytes, tell: Tell) -> ReadFile:
        tell(0, "Reading the file")
        return read(scope, data)

    def compare(db: Connection, scope: Scope, reading: Any) -> Findings:
        return plan(db, scope, reading).findings

    def plan_and_write(tx: Connection, scope: Scope, reading: Any, check: Check) -> Findings:
        # Two files of one school at once would plan from the same rows.
        tx.execute(
            select(School.id)
            .where(School.organisation_id == scope.organisation_id, School.id == scope.school_id)
            .with_for_update(key_share=True)
        )
        planned = plan(tx, scope, reading)
        check(planned.findings)
        write(tx, scope, planned)
        return planned.findings

    return Importer(kind, read_file, compare, plan_and_write, tuple(table.__tablename__ for table in tables))


def make_scope(
    organisation_id: int, school_id: int, actor: Actor, *, allow_fictional: bool = False, part: bool = False
) -> Scope:
    """The scope of a file that comes in now. Raises LookupError for a school that is not there."""
    with read_door() as db:
        code = db.scalar(select(School.code).where(School.organisation_id == organisation_id, School.id == school_id))
    if code is None:
        raise LookupError(f"no school {school_id} in organisation {organisation_id}")
    today, now = clock.school_today(), clock.school_now()
    return Scope(organisation_id, school_id, code, today, now, actor, allow_fictional, part)


def import_file(
    scope: Scope, kind: ImportKind, file_name: str, data: bytes, *, dry_run: bool = False, confirmed: bool = False,
    tell: Tell = lambda _percent, _words: None,
) -> Findings:  # fmt: skip
    """Bring a file in at once, all or nothing, and keep a run of it; with ``dry_run`` only say what it would do.

    Raises FileRefused for a file that cannot be read, ImportRefused for rows that are rejected, ConfirmationNeeded for
    one that would take more than a tenth away unless ``confirmed``; nothing was written then.
    """
    importer = get_importer(kind)
    reading = importer.read(scope, data, tell)
    if dry_run or reading.rejections:
        return checked(importer, scope, reading)
    tell(80, "Writing")
    with unit_of_work() as tx:
        run_id = insert_row(
            tx, ImportRun, organisation_id=scope.organisation_id, public_id=ids.public_id(), school_id=scope.school_id,
            kind=kind.value, state=RunState.APPLYING.value, file_name=file_name[:_LONGEST_FILE_NAME],
            confirmed=confirmed, counts={}, preview={}, staged_at=clock.school_now(), **actor_values(scope.actor),
        )  # fmt: skip
        findings = write_in(tx, scope, kind, reading, run_id, confirmed=confirmed)
        staged = staged_by(scope.actor, part=scope.part)
        finish_run(tx, scope.organisation_id, run_id, findings, Preview.of(reading.sample, findings, staged))
    forget()
    analyse(kind, findings.counts)
    return findings


def checked(importer: Importer, scope: Scope, reading: ReadFile) -> Findings:
    """What a file would do here. Raises ImportRefused with the rejections of the file and of the comparison."""
    with read_door() as db:
        found = importer.compare(db, scope, reading)
    findings = with_file(found, reading)
    if findings.rejections:
        raise ImportRefused(findings)
    return findings


def with_file(found: Findings, reading: ReadFile) -> Findings:
    """Findings with what the file itself says: its rows, those left out, and its own rejections."""
    rejections = tuple(sorted((*reading.rejections, *found.rejections), key=lambda each: each.line))
    counts = replace(
        found.counts, rows=reading.count, left_out=found.counts.left_out + reading.left_out, rejected=len(rejections)
    )
    return replace(found, counts=counts, rejections=rejections)


def write_in(
    tx: Connection, scope: Scope, kind: ImportKind, reading: ReadFile, run_id: int, *, confirmed: bool,
    chosen_by: str = "",
) -> Findings:  # fmt: skip
    """Write a file in the caller's transaction, with its trail: who brings it in, and ``chosen_by`` who had chosen it.
    Raises ImportRefused or ConfirmationNeeded."""

    def check(found: Findings) -> None:
        findings = with_file(found, reading)
        if findings.rejections:
            raise ImportRefused(findings)
        if findings.counts.asks and not confirmed:
            raise ConfirmationNeeded(findings)

    found = get_importer(kind).write(tx, scope, reading, check)
    findings = with_file(found, reading)
    trail.write(
        tx, scope.organisation_id, scope.actor,
        Deed(
            f"imported_{kind.value}", "import_run", run_id, scope.school_id,
            detail={**asdict(findings.counts), "part": scope.part, "chosen_by": chosen_by or scope.actor.name},
        ),
    )  # fmt: skip
    return findings


def finish_run(tx: Connection, organisation_id: int, run_id: int, findings: Findings, preview: Preview) -> None:
    """Note on a run that it was applied, and what it did."""
    tx.execute(
        update(ImportRun)
        .where(ImportRun.organisation_id == organisation_id, ImportRun.id == run_id)
        .values(
            state=RunState.APPLIED.value, counts=counts_json(findings.counts), preview=preview.as_json(),
            applied_at=clock.school_now(), file_id=None, version=ImportRun.version + 1,
        )
    )  # fmt: skip


def counts_json(counts: Counts) -> dict[str, int]:
    return asdict(counts)


def preview_json(reading: ReadFile, findings: Findings, staged: Staged) -> dict[str, Any]:
    return Preview.of(reading.sample, findings, staged).as_json()


def staged_by(actor: Actor, *, part: bool) -> Staged:
    return Staged(actor.name, actor.kind.value, actor.id, part)


def actor_values(actor: Actor) -> dict[str, Any]:
    """The columns of a run that say who brought it."""
    return {
        "actor_kind": actor.kind.value, "actor_id": actor.id, "actor_name": actor.name,
        "actor_position": actor.position,
    }  # fmt: skip


def forget() -> None:
    """Drop kept calendars and schools, so that pages show what was brought in."""
    current().memo.forget()


def analyse(kind: ImportKind, counts: Counts) -> None:
    """After a large file, let PostgreSQL count anew what it holds: the board took 35 times as long until it had.

    In a transaction of its own, because the file is in already; where it cannot be done, the server does it by and by.
    """
    tables = get_importer(kind).tables
    if not tables or current().is_sqlite or counts.new + counts.changed < _LARGE:
        return
    try:
        with unit_of_work() as tx:
            tx.execute(text(f"ANALYZE {', '.join(tables)}"))
    except SQLAlchemyError:
        log.warning("no new statistics after a file of %s", kind.value, exc_info=True)
