"""Files that schools bring in: how they are read, what is wrong with them, and the life of one import."""

from webapp.people.rules.files.changes import FieldChange, changes_as_csv, in_words
from webapp.people.rules.files.kinds import PERMISSION_OF, ImportKind
from webapp.people.rules.files.rejections import FileRefused, Rejection, as_csv
from webapp.people.rules.files.runs import (
    ConfirmationNeeded,
    Counts,
    Findings,
    ImportRefused,
    LookNeeded,
    Preview,
    RunEvent,
    RunRefused,
    RunState,
    Staged,
    step,
)
from webapp.people.rules.files.tables import Sample
from webapp.people.rules.files.text import MOST_BYTES, check_size

__all__ = [
    "MOST_BYTES", "PERMISSION_OF", "ConfirmationNeeded", "Counts", "FieldChange", "FileRefused", "Findings",
    "ImportKind", "ImportRefused", "LookNeeded", "Preview", "Rejection", "RunEvent", "RunRefused", "RunState", "Sample",
    "Staged", "as_csv", "changes_as_csv", "check_size", "in_words", "step",
]  # fmt: skip
