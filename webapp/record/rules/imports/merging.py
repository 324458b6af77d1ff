"""The three-way merge of one mark, in words; the database does the same for half a million at once.

Mine is the mark here, theirs the one in the file, base what the school's own system said last.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

_LATE = frozenset({"L", "U"})


class Outcome(StrEnum):
    """What one mark of a file does here."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class HeldMark:
    """A mark here; ``code`` None was taken away, ``imported`` None was never in a file."""

    code: str | None
    minutes_late: int | None
    imported: str | None


def outcome(theirs: str, minutes_late: int | None, held: HeldMark | None) -> Outcome:
    """What their mark does to the one held. Minutes fill a gap beside the same code and replace none."""
    if held is None:
        return Outcome.NEW
    if held.code == theirs:
        fills = held.minutes_late is None and minutes_late is not None and theirs in _LATE
        return Outcome.CHANGED if fills else Outcome.UNCHANGED
    if held.imported == theirs:
        return Outcome.UNCHANGED
    return Outcome.CHANGED if held.code == held.imported else Outcome.CONFLICT
