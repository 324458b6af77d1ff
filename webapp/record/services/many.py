"""Many marks at once (an import, a closure, a term of a trip): staged, compared and written by set-based statements."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import (
    Connection,
    Date,
    Executable,
    Integer,
    SmallInteger,
    String,
    bindparam,
    column,
    delete,
    select,
    text,
)

from webapp.foundation import events, trail
from webapp.foundation.clock import school_now
from webapp.foundation.db import take_ids
from webapp.people.models import Enrolment
from webapp.record.models import MarkAmendment, MarkConflict
from webapp.record.rules.weeks import EMPTY_WEEK, academic_year, week_start
from webapp.record.services.batches import (
    ChangedMark,
    MarkBatch,
    MarksChanged,
    MarkSource,
    StaleMark,
    WrittenMarks,
    check_change,
    check_enrolments,
    check_reason,
)
from webapp.record.services.counts import NUMBER_OF, WEIGHT_OF
from webapp.record.services.many_sql import CONFLICT, MANY, STALE, TABLES
from webapp.record.services.notes import write_notes
from webapp.record.services.sql import amended_by, ids_value, rows_value
from webapp.record.services.stage import SESSION_SHIFT, MarkStage, day_number, session_key

_CODE_FACTS = rows_value({"n": number, "code": code, "weight": WEIGHT_OF[code]} for code, number in NUMBER_OF.items())

_BLOCK = 500

_TOLD = (
    text(
        "SELECT c.enrolment_id, e.pupil_id, c.date, c.half, c.old_code, c.code FROM mark_change c JOIN enrolment e"
        " ON e.organisation_id = :organisation_id AND e.id = c.enrolment_id WHERE c.kind <= 1 AND c.date >= :since"
    )
    .bindparams(bindparam("since", type_=Date))
    .columns(
        column("enrolment_id", Integer), column("pupil_id", Integer), column("date", Date),
        column("half", SmallInteger), column("old_code", String), column("code", String),
    )
)  # fmt: skip
_OF_KIND = text(
    "SELECT enrolment_id, date, half, old_code FROM mark_change WHERE kind = :kind ORDER BY enrolment_id, date, half"
).columns(
    column("enrolment_id", Integer), column("date", Date), column("half", SmallInteger), column("old_code", String)
)

_CHANGED = text("SELECT enrolment_id, date, half FROM mark_change WHERE kind <= 1").columns(
    column("enrolment_id", Integer), column("date", Date), column("half", SmallInteger)
)


@dataclass(frozen=True, slots=True)
class _Difference:
    """How many staged marks differ from the register in which way; between which days marks will change."""

    first_entries: int
    changes: int
    imported_words: int
    conflicts: int
    stale: int
    first: dt.date | None
    last: dt.date | None


@contextmanager
def scratch(tx: Connection) -> Iterator[None]:
    """The temporary tables of one batch, gone when the block ends well; a rollback takes them too."""
    for name in TABLES:
        tx.exec_driver_sql(f"DROP TABLE IF EXISTS {_temporary(tx)}.{name}")
    if tx.dialect.name == "postgresql":
        # Half a million marks sort and hash in memory instead of on disk.
        tx.exec_driver_sql("SET LOCAL work_mem = '64MB'")
    for statement in MANY[tx.dialect.name].create:
        tx.exec_driver_sql(statement)
    yield
    for name in TABLES:
        tx.exec_driver_sql(f"DROP TABLE IF EXISTS {_temporary(tx)}.{name}")


def _temporary(tx: Connection) -> str:
    return "pg_temp" if tx.dialect.name == "postgresql" else "temp"


def analyse(tx: Connection, *tables: str) -> None:
    """Tell PostgreSQL's planner how large the scratch tables are."""
    if tx.dialect.name == "postgresql":
        for table in tables:
            tx.exec_driver_sql(f"ANALYZE {table}")


def load_facts(tx: Connection, days: Sequence[dt.date]) -> None:
    """Fill ``day_fact`` and ``code_fact``."""
    sql = MANY[tx.dialect.name]
    rows = (
        {"day": day_number(on), "date": on, "week": week_start(on), "year": academic_year(on), "shift": 6 * number}
        for on in days
        for number in (on.weekday(),)
    )
    tx.execute(sql.day_facts, {"rows": rows_value(rows)})
    tx.execute(sql.code_facts, {"rows": _CODE_FACTS})
    analyse(tx, "day_fact", "code_fact")


def write_caches(tx: Connection, scope: dict[str, Any], first: dt.date, last: dt.date, years: tuple[int, int]) -> None:
    """Bring ``pupil_week`` and ``pupil_year`` up to what ``week_change`` holds of these days and years."""
    sql = MANY[tx.dialect.name]
    analyse(tx, "week_change")
    tx.execute(sql.weeks, {**scope, "empty": EMPTY_WEEK})
    tx.execute(sql.empty_weeks, {**scope, "empty": EMPTY_WEEK, "first": week_start(first), "last": last})
    span = {**scope, "first_year": years[0], "last_year": years[1]}
    tx.execute(sql.years, span)
    tx.execute(sql.empty_years, span)


def write_many(tx: Connection, batch: MarkBatch) -> WrittenMarks:
    """Write a batch of any size; see ``write_marks``."""
    stage = MarkStage()
    stage.load_changes(batch.changes)
    noted = [each for each in batch.changes if each.note is not None]
    for each in noted:
        check_change(each)
    sql = MANY[tx.dialect.name]
    with scratch(tx):
        if batch.expected is not None:
            rows = (
                {"session": session_key(each.enrolment_id, each.date, each.half), "expected": expected or ""}
                for each, expected in zip(batch.changes, batch.expected, strict=True)
            )
            tx.execute(sql.expected, {"rows": rows_value(rows)})
            analyse(tx, "mark_expected")
        differs = _compare(tx, batch, stage, sql.compare_write if batch.expected is None else sql.compare_expected)
        stale = _stale(tx, batch) if differs.stale else ()
        changed = _apply(tx, batch, differs, imported=False)
        lost = {(each.enrolment_id, each.date, each.half) for each in stale}
        kept = [each for each in noted if (each.enrolment_id, each.date, each.half) not in lost]
        told = {tuple(row) for row in tx.execute(_CHANGED)} if kept else set()
        changed += write_notes(tx, batch, kept, told)
    return WrittenMarks(changed, len(stage) - changed - len(stale), 0, stale)


def write_imported(tx: Connection, batch: MarkBatch, stage: MarkStage) -> WrittenMarks:
    """Merge staged marks of the school's own system; ``batch.changes`` is empty. See ``write_imported_marks``."""
    sql = MANY[tx.dialect.name]
    with scratch(tx):
        differs = _compare(tx, batch, stage, sql.compare_import)
        changed = _apply(tx, batch, differs, imported=True)
        if differs.conflicts:
            tx.execute(sql.conflicts, {"organisation_id": batch.organisation_id, "at": school_now()})
        _end_conflicts(tx, batch, stage)
    return WrittenMarks(changed, len(stage) - changed - differs.conflicts, differs.conflicts, ())


def _compare(tx: Connection, batch: MarkBatch, stage: MarkStage, statement: Executable) -> _Difference:
    sql = MANY[tx.dialect.name]
    packed, ids, days = stage.sort(), stage.enrolments(), stage.days()
    scope = {"organisation_id": batch.organisation_id, "school_id": batch.school_id, "ids": ids_value(tx, ids)}
    check_enrolments(ids, [row.id for row in tx.execute(sql.lock, scope)])
    _load_stage(tx, packed)
    load_facts(tx, days)
    analyse(tx, "mark_stage")
    tx.execute(statement, {**scope, "first": days[0], "last": days[-1]})
    return _Difference(*tx.execute(sql.count).one())


def _load_stage(tx: Connection, packed: Sequence[int]) -> None:
    """Whole numbers alone load in blocks twice as fast as ``foundation.bulk`` loads rows, and others wait meanwhile."""
    raw: Any = tx.connection.driver_connection
    blocks = (packed[start : start + _BLOCK] for start in range(0, len(packed), _BLOCK))
    if tx.dialect.name == "postgresql":
        with raw.cursor() as cursor, cursor.copy("COPY mark_stage (k) FROM STDIN") as copy:
            for block in blocks:
                copy.write("".join(f"{key}\n" for key in block))
        return
    for size, group in groupby(blocks, len):
        marks = ",".join(["(?)"] * size)
        raw.executemany(f"INSERT INTO mark_stage VALUES {marks}", group)  # noqa: S608 - question marks


def _apply(tx: Connection, batch: MarkBatch, differs: _Difference, *, imported: bool) -> int:
    """Write first entries and changes with their amendments, caches, trail and event; the number of changed marks."""
    sql = MANY[tx.dialect.name]
    scope = {"organisation_id": batch.organisation_id, "school_id": batch.school_id}
    if differs.changes:
        check_reason(batch.reason)
        amended = amended_by(batch)
        if tx.dialect.name == "sqlite":
            amended["first_id"] = take_ids(tx, MarkAmendment, differs.changes)[0]
        tx.execute(sql.amendments, amended)
    if differs.first_entries:
        tx.execute(sql.first_entries, {**scope, "imported": int(imported)})
    if imported and (differs.changes or differs.imported_words):
        tx.execute(sql.imported_changes, scope)
    elif differs.changes:
        tx.execute(sql.changes, scope)
    if differs.first is None or differs.last is None:
        return 0
    count = differs.first_entries + differs.changes
    tx.execute(sql.gains, scope)
    write_caches(tx, scope, differs.first, differs.last, (academic_year(differs.first), academic_year(differs.last)))
    _tell(tx, batch, differs.first, differs.last, count)
    return count


def _tell(tx: Connection, batch: MarkBatch, first: dt.date, last: dt.date, count: int) -> None:
    detail = {"source": batch.source.value, "changed": count, "first": first.isoformat(), "last": last.isoformat()}
    trail.write(
        tx, batch.organisation_id, batch.actor,
        trail.Deed("wrote_marks", "mark", school_id=batch.school_id, detail=detail),
    )  # fmt: skip

    def since(day: dt.date) -> list[ChangedMark]:
        rows = tx.execute(_TOLD, {"organisation_id": batch.organisation_id, "since": day})
        return [ChangedMark(*row) for row in rows]

    events.emit(
        tx,
        MarksChanged(
            batch.organisation_id, batch.school_id, MarkSource(batch.source), batch.actor, first, last, count, since
        ),
    )


def _stale(tx: Connection, batch: MarkBatch) -> tuple[StaleMark, ...]:
    seen = {
        (each.enrolment_id, each.date, each.half): expected
        for each, expected in zip(batch.changes, batch.expected or (), strict=True)
    }
    return tuple(
        StaleMark(row.enrolment_id, row.date, row.half, seen[row.enrolment_id, row.date, row.half], row.old_code)
        for row in tx.execute(_OF_KIND, {"kind": STALE})
    )


def _end_conflicts(tx: Connection, batch: MarkBatch, stage: MarkStage) -> None:
    """Take away conflicts of staged sessions on which both sides agree by now."""
    open_now = tx.execute(
        select(MarkConflict.enrolment_id, MarkConflict.date, MarkConflict.half)
        .join(
            Enrolment,
            (Enrolment.organisation_id == MarkConflict.organisation_id) & (Enrolment.id == MarkConflict.enrolment_id),
        )
        .where(MarkConflict.organisation_id == batch.organisation_id, Enrolment.school_id == batch.school_id)
    ).all()
    if not open_now:
        return
    staged = {key >> SESSION_SHIFT for key in stage.sort()}
    still = {(row.enrolment_id, row.date, row.half) for row in tx.execute(_OF_KIND, {"kind": CONFLICT})}
    ended = [
        {"o": batch.organisation_id, "e": row.enrolment_id, "d": row.date, "h": row.half}
        for row in open_now
        if session_key(*row) in staged and tuple(row) not in still
    ]
    if ended:
        tx.execute(
            delete(MarkConflict).where(
                MarkConflict.organisation_id == bindparam("o"), MarkConflict.enrolment_id == bindparam("e"),
                MarkConflict.date == bindparam("d"), MarkConflict.half == bindparam("h"),
            ),
            ended,
        )  # fmt: skip
