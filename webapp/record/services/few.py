"""A few marks at once (a register, a confirmation, a report): few round trips, sums done here."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from webapp.foundation import events, trail
from webapp.foundation.db import take_ids
from webapp.record.models import MarkAmendment
from webapp.record.rules.weeks import EMPTY_WEEK, NO_MARK, SLOTS, SYMBOL_OF, academic_year, week_start
from webapp.record.services.batches import (
    LATE_CODES,
    ChangedMark,
    MarkBatch,
    MarkChange,
    MarksChanged,
    MarkSource,
    StaleMark,
    WrittenMarks,
    check_change,
    check_enrolments,
    check_reason,
    duplicate,
)
from webapp.record.services.counts import COUNTS, step, week_counts
from webapp.record.services.few_sql import FEW_SQL, FewStatements
from webapp.record.services.notes import write_notes
from webapp.record.services.sql import amended_by, ids_value, rows_value

_Session = tuple[int, dt.date, int]
_Entry = tuple[str | None, int | None]


@dataclass(frozen=True, slots=True)
class _Change:
    session: _Session
    pupil_id: int
    is_first: bool
    before: _Entry
    after: _Entry


def write_few(tx: Connection, batch: MarkBatch) -> WrittenMarks:
    """Write a batch of up to a few hundred changes; see ``write_marks``."""
    codes = [check_change(change) for change in batch.changes]
    ids = sorted({change.enrolment_id for change in batch.changes})
    first = week_start(min(change.date for change in batch.changes))
    last = week_start(max(change.date for change in batch.changes)) + dt.timedelta(days=6)
    sql = FEW_SQL[tx.dialect.name]
    scope = {"organisation_id": batch.organisation_id, "school_id": batch.school_id}
    span = {**scope, "ids": ids_value(tx, ids), "first": first, "last": last}
    if tx.dialect.name == "postgresql":
        tx.execute(sql.lock, {**scope, "ids": ids})
    entries: dict[_Session, _Entry] = {}
    pupils: dict[int, int] = {}
    for row in tx.execute(sql.read, span):
        pupils[row.id] = row.pupil_id
        if row.date is not None:
            entries[row.id, row.date, row.half] = (row.code, row.minutes_late)
    check_enrolments(ids, list(pupils))

    changes, stale, notes = _differences(batch, codes, entries, pupils)
    if any(not change.is_first for change in changes):
        check_reason(batch.reason)
    noted = write_notes(tx, batch, notes, {change.session for change in changes})
    if changes:
        _write(tx, batch, changes, sql)
        _refresh_weeks(tx, sql, span, entries, changes)
        _refresh_years(tx, sql, span, changes)
        _tell(tx, batch, changes)
    changed = len(changes) + noted
    return WrittenMarks(changed, len(codes) - changed - len(stale), 0, tuple(stale))


def _differences(
    batch: MarkBatch, codes: list[str | None], entries: dict[_Session, _Entry], pupils: dict[int, int]
) -> tuple[list[_Change], list[StaleMark], list[MarkChange]]:
    changes: list[_Change] = []
    stale: list[StaleMark] = []
    notes: list[MarkChange] = []
    seen: set[_Session] = set()
    for index, (wanted, code) in enumerate(zip(batch.changes, codes, strict=True)):
        session = (wanted.enrolment_id, wanted.date, wanted.half)
        if session in seen:
            raise duplicate(*session)
        seen.add(session)
        before = entries.get(session, (None, None))
        if batch.expected is not None and batch.expected[index] != before[0]:
            stale.append(StaleMark(*session, expected=batch.expected[index], stands=before[0]))
            continue
        if wanted.note is not None:
            notes.append(wanted)
        minutes = wanted.minutes_late if code in LATE_CODES else None
        if minutes is None and code == before[0]:
            minutes = before[1]
        if (code, minutes) != before:
            is_first = session not in entries
            changes.append(_Change(session, pupils[session[0]], is_first, before, (code, minutes)))
    return changes, stale, notes


def _write(tx: Connection, batch: MarkBatch, changes: list[_Change], sql: FewStatements) -> None:
    rows = [
        {"enrolment_id": each.session[0], "date": each.session[1], "half": each.session[2], "code": each.after[0],
         "minutes_late": each.after[1]}
        for each in changes
    ]  # fmt: skip
    tx.execute(sql.marks, {"organisation_id": batch.organisation_id, "rows": rows_value(rows)})
    amended = [each for each in changes if not each.is_first]
    if not amended:
        return
    ids = take_ids(tx, MarkAmendment, len(amended)) if tx.dialect.name == "sqlite" else [0] * len(amended)
    rows = [
        {"id": number, "enrolment_id": each.session[0], "date": each.session[1], "half": each.session[2],
         "original_code": each.before[0], "original_minutes_late": each.before[1],
         "amended_code": each.after[0], "amended_minutes_late": each.after[1]}
        for number, each in zip(ids, amended, strict=True)
    ]  # fmt: skip
    tx.execute(sql.amendments, {**amended_by(batch), "rows": rows_value(rows)})


def _refresh_weeks(
    tx: Connection,
    sql: FewStatements,
    span: Mapping[str, object],
    entries: dict[_Session, _Entry],
    changes: list[_Change],
) -> None:
    """Count the touched weeks anew from their marks."""
    for each in changes:
        entries[each.session] = each.after
    rows = []
    for enrolment_id, monday in sorted({(each.session[0], week_start(each.session[1])) for each in changes}):
        days = [monday + dt.timedelta(days=slot // 2) for slot in range(SLOTS)]
        codes = [entries.get((enrolment_id, day, slot % 2), (None, None))[0] for slot, day in enumerate(days)]
        text_of_week = "".join(NO_MARK if code is None else SYMBOL_OF[code] for code in codes)
        rows.append({"week": monday, "enrolment_id": enrolment_id, **week_counts(codes), "codes": text_of_week})
    tx.execute(sql.weeks, {**span, "rows": rows_value(rows)})
    if any(row["codes"] == EMPTY_WEEK for row in rows):
        tx.execute(sql.empty_weeks, {**span, "empty": EMPTY_WEEK})


def _refresh_years(tx: Connection, sql: FewStatements, span: Mapping[str, object], changes: list[_Change]) -> None:
    """Add the differences to the touched years, so that July costs what September does."""
    sums: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0] * len(COUNTS))
    for each in changes:
        total = sums[each.session[0], academic_year(each.session[1])]
        for place, difference in enumerate(step(each.before[0], each.after[0])):
            total[place] += difference
    rows = [
        {"year": year, "enrolment_id": enrolment_id, **dict(zip(COUNTS, total, strict=True))}
        for (enrolment_id, year), total in sorted(sums.items())
        if any(total)
    ]
    if rows:
        tx.execute(sql.years, {**span, "rows": rows_value(rows)})
    if any(row["possible"] < 0 for row in rows):
        years = [row["year"] for row in rows]
        tx.execute(sql.empty_years, {**span, "first_year": min(years), "last_year": max(years)})


def _tell(tx: Connection, batch: MarkBatch, changes: list[_Change]) -> None:
    """The trail holds which sessions, not which codes: those stand in the amendments, behind their own rights."""
    first, last = min(each.session[1] for each in changes), max(each.session[1] for each in changes)
    source = batch.source.value
    if batch.source is MarkSource.STAFF:
        deeds = [
            trail.Deed(
                "changed_mark", "mark", subject_id=each.session[0], school_id=batch.school_id, pupil_id=each.pupil_id,
                detail={"date": each.session[1].isoformat(), "half": each.session[2], "source": source},
            )
            for each in changes
        ]  # fmt: skip
    else:
        pupils = {each.pupil_id for each in changes}
        detail = {"source": source, "changed": len(changes), "first": first.isoformat(), "last": last.isoformat()}
        only = pupils.pop() if len(pupils) == 1 else None
        deeds = [trail.Deed("wrote_marks", "mark", school_id=batch.school_id, pupil_id=only, detail=detail)]
    trail.write(tx, batch.organisation_id, batch.actor, *deeds)
    told = [
        ChangedMark(each.session[0], each.pupil_id, each.session[1], each.session[2], each.before[0], each.after[0])
        for each in changes
    ]
    events.emit(
        tx,
        MarksChanged(
            batch.organisation_id, batch.school_id, batch.source, batch.actor, first, last, len(told),
            lambda day: [each for each in told if each.date >= day],
        ),
    )  # fmt: skip
