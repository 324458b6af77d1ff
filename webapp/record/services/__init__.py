"""What the record does: the one door through which marks are written, and the caches that go with it."""

from webapp.record.services.batches import (
    ChangedMark,
    DuplicateChange,
    MarkBatch,
    MarkChange,
    MarksChanged,
    MarkSource,
    ReasonNeeded,
    SessionRefused,
    StaleMark,
    UnknownEnrolment,
    WrittenMarks,
)
from webapp.record.services.caches import rebuild_caches, rebuild_caches_in
from webapp.record.services.conflicts import Keep, NoSuchConflict, settle_conflict, settle_conflict_in
from webapp.record.services.marks import (
    IMPORT_REASON,
    write_imported_marks,
    write_imported_marks_in,
    write_marks,
    write_marks_in,
)
from webapp.record.services.stage import MarkStage

__all__ = [
    "IMPORT_REASON", "ChangedMark", "DuplicateChange", "Keep", "MarkBatch", "MarkChange", "MarkSource", "MarkStage",
    "MarksChanged", "NoSuchConflict", "ReasonNeeded", "SessionRefused", "StaleMark", "UnknownEnrolment", "WrittenMarks",
    "rebuild_caches", "rebuild_caches_in", "settle_conflict", "settle_conflict_in", "write_imported_marks",
    "write_imported_marks_in", "write_marks", "write_marks_in",
]  # fmt: skip
