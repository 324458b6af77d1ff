"""The one door to the record: marks are written here and nowhere else."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection

from webapp.foundation.db import unit_of_work
from webapp.foundation.trail import Actor
from webapp.record.services.batches import MarkBatch, MarkSource, WrittenMarks
from webapp.record.services.few import write_few
from webapp.record.services.many import write_imported, write_many
from webapp.record.services.stage import MarkStage

FEW = 200
_FEW_DAYS = 60
IMPORT_REASON = "Changed in the school's own system; the reason is held there"
_NOTHING = WrittenMarks(0, 0, 0, ())


def write_marks(batch: MarkBatch) -> WrittenMarks:
    """Write what differs from the register, with amendments, caches, trail and ``MarksChanged``, in one commit.

    The first entry of a session is no amendment; every later change is, and needs ``batch.reason``. Callers ask
    ``record.rules.marking`` beforehand whether a code may be written; here only its being in force that day is checked.
    Raises CodeRefused, SessionRefused, UnknownEnrolment, DuplicateChange or ReasonNeeded, and then writes nothing.
    """
    with unit_of_work() as tx:
        return write_marks_in(tx, batch)


def write_marks_in(tx: Connection, batch: MarkBatch) -> WrittenMarks:
    """As ``write_marks``, in the caller's transaction."""
    if not batch.changes:
        return _NOTHING
    if batch.expected is not None and len(batch.expected) != len(batch.changes):
        raise ValueError(f"expected must hold one code a change: {len(batch.expected)} for {len(batch.changes)}")
    days = [change.date for change in batch.changes]
    is_few = len(days) <= FEW and max(days) - min(days) <= dt.timedelta(days=_FEW_DAYS)
    return write_few(tx, batch) if is_few else write_many(tx, batch)


def write_imported_marks(
    organisation_id: int, school_id: int, stage: MarkStage, actor: Actor, *, reason: str = IMPORT_REASON
) -> WrittenMarks:
    """Merge the marks of the school's own system, three ways, in one commit.

    Mine is the mark here, theirs the staged one, base what that system said last. Theirs as base: mine stays. Mine as
    base, or no mine: theirs is taken, as an amendment where an entry stood. Both the same: only base moves. Otherwise a
    conflict is kept to be shown and nothing is overwritten; it ends when a later import finds both sides agreed. Late
    minutes fill a gap and never replace ours. The same file again changes nothing.
    Raises UnknownEnrolment or DuplicateChange, and then writes nothing.
    """
    # Sorting half a million marks is no work for inside the write door.
    stage.sort()
    with unit_of_work() as tx:
        return write_imported_marks_in(tx, organisation_id, school_id, stage, actor, reason=reason)


def write_imported_marks_in(
    tx: Connection, organisation_id: int, school_id: int, stage: MarkStage, actor: Actor, *, reason: str = IMPORT_REASON
) -> WrittenMarks:
    """As ``write_imported_marks``, in the caller's transaction."""
    if not len(stage):
        return _NOTHING
    batch = MarkBatch(organisation_id, school_id, (), actor, reason, MarkSource.IMPORT)
    return write_imported(tx, batch, stage)
