"""What a file would change, a line each, in words: whom it is about, what, as it stands here and as the file has it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from webapp.people.rules.files.rejections import table_as_csv
from webapp.people.rules.session_days import day_and_month

_HEADINGS = ("Who", "What", "Here now", "In the file")
_HIDDEN = "Something that is not shown to you"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One thing that changes; ``before`` and ``after`` are empty where nothing is said. ``needs`` is the permission
    without which nobody learns what it is."""

    who: str
    what: str
    before: str
    after: str
    needs: str = ""

    def seen_with(self, permissions: Iterable[str]) -> FieldChange:
        """The line as somebody with these permissions sees it: whom it is about, and no more where it is not theirs."""
        if not self.needs or self.needs in permissions:
            return self
        return FieldChange(self.who, _HIDDEN, "", "")


def in_words(value: Any) -> str:
    """A value of a record as pages write it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return f"{day_and_month(value)} {value.year}" if isinstance(value, date) else str(value)


def changes_as_csv(changes: Iterable[FieldChange], removing: Iterable[str], ending: str) -> bytes:
    """Every change as a list to take away; then whoever the file leaves out, with what that means."""
    rows = [(each.who, each.what, each.before, each.after) for each in changes]
    return table_as_csv(_HEADINGS, [*rows, *((who, ending, "", "") for who in removing)])
