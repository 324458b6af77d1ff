"""Files that schools bring in: how they are read, what is wrong with them, and the life of one import."""

from webapp.people.rules.files.kinds import PERMISSION_OF, ImportKind
from webapp.people.rules.files.rejections import FileRefused, Rejection, as_csv
from webapp.people.rules.files.runs import (
    ConfirmationNeeded,
    Counts,
    Findings,
    ImportRefused,
    Preview,
    RunEvent,
    RunRefused,
    RunState,
    step,
)
from webapp.people.rules.files.tables import Sample
from webapp.people.rules.files.text import MOST_BYTES, check_size

__all__ = [
    "MOST_BYTES", "PERMISSION_OF", "ConfirmationNeeded", "Counts", "FileRefused", "Findings", "ImportKind",
    "ImportRefused", "Preview", "Rejection", "RunEvent", "RunRefused", "RunState", "Sample", "as_csv", "check_size",
    "step",
]  # fmt: skip
