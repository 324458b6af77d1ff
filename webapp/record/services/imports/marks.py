"""A file of marks: compared with the register for a preview, merged into it three ways when it is applied."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, text

from webapp.foundation.sessions import Half
from webapp.people.queries.imports import names_of_enrolments
from webapp.people.rules.files import Counts, Findings, ImportKind
from webapp.people.rules.files.runs import Conflict
from webapp.people.services.imports import Importer, Scope
from webapp.people.services.imports.flow import Check
from webapp.record.rules.imports import HeldMark, Outcome, outcome
from webapp.record.services.batches import MarkBatch, MarkSource
from webapp.record.services.counts import NUMBER_OF
from webapp.record.services.imports.reading import MarkReading, read_marks
from webapp.record.services.marks import IMPORT_REASON, write_imported_marks_in
from webapp.record.services.notes import write_notes
from webapp.record.services.registers import note_import_in
from webapp.record.services.stage import SESSION_SHIFT, day_number, unpack_session

_CODES = {number: code for code, number in NUMBER_OF.items() if code is not None}
_CODE_SHIFT, _CODE_MASK, _MINUTES_MASK = 9, 63, 511
_CLASHES_SHOWN = 200
# A register of last week came in late; older ones are nobody's task any more.
_REGISTERS_SINCE = timedelta(days=7)
_HELD = (
    "SELECT m.enrolment_id, m.date, m.half, m.code, m.minutes_late, m.imported_code FROM enrolment e CROSS JOIN mark m"
    " WHERE e.organisation_id = :organisation_id AND e.school_id = :school_id"
    " AND m.organisation_id = e.organisation_id AND m.enrolment_id = e.id AND m.date BETWEEN :first AND :last"
)
# Every change is an amendment and no first entry is: so the two are told apart.
_LAST_AMENDMENT = text("SELECT max(id) FROM mark_amendment WHERE organisation_id = :organisation_id")
_AMENDED = text(
    "SELECT count(*) FROM mark_amendment a JOIN enrolment e ON e.organisation_id = a.organisation_id"
    " AND e.id = a.enrolment_id WHERE a.organisation_id = :organisation_id AND a.id > :before"
    " AND a.source = 'import' AND e.school_id = :school_id"
)


def compare_marks(db: Connection, scope: Scope, reading: MarkReading) -> Findings:
    """What the marks of a file would do, without writing."""
    packed = reading.stage.sort()
    if reading.rejections or not packed:
        return Findings(Counts())
    staged = {key >> SESSION_SHIFT: key for key in packed}
    found: Counter[Outcome] = Counter()
    clashes: list[tuple[int, str, str]] = []
    days = reading.stage.days()
    for session, held in _held(db, scope, days[0], days[-1]):
        key = staged.pop(session, None)
        if key is None:
            continue
        minutes, code = (key & _MINUTES_MASK) - 1, _CODES[key >> _CODE_SHIFT & _CODE_MASK]
        result = outcome(code, minutes if minutes >= 0 else None, held)
        found[result] += 1
        if result is Outcome.CONFLICT and len(clashes) < _CLASHES_SHOWN:
            clashes.append((session, held.code or "", code))
    counts = _counts(len(staged), found[Outcome.CHANGED], found[Outcome.UNCHANGED], found[Outcome.CONFLICT])
    return Findings(counts, conflicts=_named(db, scope, clashes))


def _named(db: Connection, scope: Scope, clashes: list[tuple[int, str, str]]) -> tuple[Conflict, ...]:
    """Conflicts by session, latest day first, with the pupil's name."""
    if not clashes:
        return ()
    found = [(*unpack_session(session), ours, theirs) for session, ours, theirs in clashes]
    names = names_of_enrolments(db, scope.organisation_id, {enrolment_id for enrolment_id, *_ in found})
    rows = [
        (names[enrolment_id], on.isoformat(), Half.from_index(half).value, ours, theirs)
        for enrolment_id, on, half, ours, theirs in found
    ]
    return tuple(sorted(sorted(rows), key=lambda row: row[1], reverse=True))


def write_marks_of_file(tx: Connection, scope: Scope, reading: MarkReading, check: Check) -> Findings:
    """Merge the marks of a file into the register, with their notes, and note the registers that came in."""
    check(Findings(Counts()))
    keys = (scope.organisation_id, scope.school_id)
    before = tx.scalar(_LAST_AMENDMENT, {"organisation_id": scope.organisation_id}) or 0
    written = write_imported_marks_in(tx, *keys, reading.stage, scope.actor)
    span = {"organisation_id": scope.organisation_id, "school_id": scope.school_id, "before": before}
    amended = tx.scalar(_AMENDED, span) or 0
    batch = MarkBatch(*keys, (), scope.actor, IMPORT_REASON, MarkSource.IMPORT)
    write_notes(tx, batch, reading.notes, {(each.enrolment_id, each.date, each.half) for each in reading.notes})
    for on, half in sorted(reading.sessions):
        if scope.today - _REGISTERS_SINCE <= on <= scope.today:
            note_import_in(tx, *keys, on, half, scope.now)
    return Findings(_counts(written.changed - amended, amended, written.unchanged, written.conflicts))


def _counts(new: int, changed: int, unchanged: int, conflicts: int) -> Counts:
    return Counts(new=new, changed=changed, unchanged=unchanged, conflicts=conflicts)


def _held(db: Connection, scope: Scope, first: date, last: date) -> Iterator[tuple[int, HeldMark]]:
    """The school's marks of these days, each by its session as the stage packs it."""
    span: dict[str, Any] = {"organisation_id": scope.organisation_id, "school_id": scope.school_id}
    # The driver's own dates: half a million need not become objects on SQLite.
    as_stored = date.isoformat if db.dialect.name == "sqlite" else lambda on: on
    rows = db.execute(text(_HELD), {**span, "first": as_stored(first), "last": as_stored(last)})
    numbers: dict[Any, int] = {}
    for enrolment_id, on, half, code, minutes, imported in rows:
        number = numbers.get(on)
        if number is None:
            number = numbers[on] = day_number(date.fromisoformat(on) if isinstance(on, str) else on)
        yield enrolment_id << 17 | number << 1 | half, HeldMark(code, minutes, imported)


MARK_IMPORTER = Importer(
    ImportKind.MARKS, read_marks, compare_marks, write_marks_of_file,
    ("mark", "mark_amendment", "mark_conflict", "pupil_week", "pupil_year", "register"),
)  # fmt: skip
