"""The life of one import: checked first, applied whole or not at all; and what each step finds."""

from __future__ import annotations

from dataclasses import asdict, astuple, dataclass, field
from enum import StrEnum
from typing import Any

from webapp.people.rules.files.changes import FieldChange
from webapp.people.rules.files.rejections import Rejection
from webapp.people.rules.files.tables import Sample
from webapp.people.rules.refusals import Refused

_TENTH = 10


class RunState(StrEnum):
    """Where a run stands; the value is what is stored."""

    CHECKING = "checking"
    READY = "ready"
    REFUSED = "refused"
    APPLYING = "applying"
    APPLIED = "applied"
    ABANDONED = "abandoned"
    FAILED = "failed"


class RunEvent(StrEnum):
    """What may happen to a run."""

    FOUND_GOOD = "found_good"
    FOUND_BAD = "found_bad"
    APPLY = "apply"
    APPLIED = "applied"
    ASKED = "asked"
    ABANDON = "abandon"
    GAVE_UP = "gave_up"
    CHECK_AGAIN = "check_again"


# Where a state has no row for an event, the event is refused: nothing is applied unchecked, or twice.
TRANSITIONS: dict[tuple[RunState, RunEvent], RunState] = {
    (RunState.CHECKING, RunEvent.FOUND_GOOD): RunState.READY,
    (RunState.CHECKING, RunEvent.FOUND_BAD): RunState.REFUSED,
    (RunState.CHECKING, RunEvent.ABANDON): RunState.ABANDONED,
    (RunState.CHECKING, RunEvent.GAVE_UP): RunState.FAILED,
    (RunState.READY, RunEvent.APPLY): RunState.APPLYING,
    (RunState.READY, RunEvent.ABANDON): RunState.ABANDONED,
    (RunState.APPLYING, RunEvent.APPLIED): RunState.APPLIED,
    # The school changed since the check: a row that fitted then does not fit now.
    (RunState.APPLYING, RunEvent.FOUND_BAD): RunState.REFUSED,
    # It would now take more away than was agreed to.
    (RunState.APPLYING, RunEvent.ASKED): RunState.READY,
    (RunState.APPLYING, RunEvent.GAVE_UP): RunState.FAILED,
    (RunState.REFUSED, RunEvent.ABANDON): RunState.ABANDONED,
    (RunState.FAILED, RunEvent.ABANDON): RunState.ABANDONED,
    # The file is kept until it is applied or given up, so that whatever stopped it need not be sent again.
    (RunState.READY, RunEvent.CHECK_AGAIN): RunState.CHECKING,
    (RunState.REFUSED, RunEvent.CHECK_AGAIN): RunState.CHECKING,
    (RunState.FAILED, RunEvent.CHECK_AGAIN): RunState.CHECKING,
}


class RunRefused(Refused):
    """Something that cannot be done to a run as it stands."""

    def __init__(self, mend: str) -> None:
        super().__init__("import", mend)


def step(state: RunState, event: RunEvent) -> RunState:
    """The state after an event. Raises RunRefused where the event does not fit the state."""
    after = TRANSITIONS.get((state, event))
    if after is None:
        raise RunRefused("This import has moved on. Look at it again.")
    return after


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows of the file are new, changed or the same here, were passed over, are in conflict or rejected; and
    how many of ``of`` rows here it would take away."""

    rows: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    left_out: int = 0
    conflicts: int = 0
    rejected: int = 0
    removed: int = 0
    of: int = 0

    @property
    def asks(self) -> bool:
        """True if more than a tenth would go, so that a person must say yes first."""
        return self.removed * _TENTH > self.of


Conflict = tuple[str, str, str, str, str]
"""A mark that staff corrected here and the file would change: the pupil as lists name them, the day as YYYY-MM-DD, "am"
or "pm", the code that stands here ("" where it was taken away), and the code of the file."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What a check or an application found. ``removing`` names what goes, ``changes`` what becomes another; ``notes``
    are whole sentences; ``conflicts`` are the first of them."""

    counts: Counts
    rejections: tuple[Rejection, ...] = ()
    removing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    changes: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Staged:
    """How a file came: who chose it, and whether it is a ``part`` of the roll, so that nobody leaves for not being in
    it."""

    by: str = ""
    by_kind: str = ""
    by_id: int | None = None
    part: bool = False

    def is_by(self, kind: str, number: int | None) -> bool:
        return (self.by_kind, self.by_id) == (kind, number)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a page shows beside the counts: the first rows of the columns that are read, what would change and go, and
    where the file and this record disagree."""

    headings: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    unused: tuple[str, ...] = ()
    removing: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())
    conflicts: tuple[Conflict, ...] = field(default=())
    changes: tuple[FieldChange, ...] = field(default=())
    staged: Staged = field(default=Staged())

    @classmethod
    def of(cls, sample: Sample, findings: Findings, staged: Staged) -> Preview:
        return cls(
            sample.headings, sample.rows, sample.unused, findings.removing, findings.notes, findings.conflicts,
            findings.changes, staged,
        )  # fmt: skip

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Preview:
        return cls(
            tuple(value.get("headings", ())), tuple(tuple(row) for row in value.get("rows", ())),
            tuple(value.get("unused", ())), tuple(value.get("removing", ())), tuple(value.get("notes", ())),
            tuple((each[0], each[1], each[2], each[3], each[4]) for each in value.get("conflicts", ())),
            tuple(FieldChange(*each) for each in value.get("changes", ())), Staged(**value.get("staged", {})),
        )  # fmt: skip

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "changes": [astuple(each) for each in self.changes]}


class ImportRefused(RunRefused):
    """Rows of the file are rejected, so that nothing was changed."""

    def __init__(self, findings: Findings) -> None:
        count = len(findings.rejections)
        things = "1 thing in the file needs" if count == 1 else f"{count:,} things in the file need"
        super().__init__(f"Nothing was changed: {things} mending first.")
        self.findings = findings


class LookNeeded(RunRefused):
    """Somebody else chose the file, and whoever applies it has not said that they looked at it."""

    def __init__(self, staged: Staged) -> None:
        super().__init__(f"{staged.by} chose this file. Look at what it changes, and tick that you have.")


class ConfirmationNeeded(RunRefused):
    """The file would take more than a tenth away, and nobody has said yes."""

    def __init__(self, findings: Findings) -> None:
        counts = findings.counts
        super().__init__(
            f"Nothing was changed: the file leaves out {counts.removed:,} of {counts.of:,} that are here now, and they "
            "would end. If that is right, confirm it; if not, export the whole list again."
        )
        self.findings = findings
