"""What the planners of every kind of people's files share: what they reject, what they change in words, and counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from webapp.people.rules.files import Counts, FieldChange, Findings, Rejection, in_words
from webapp.people.rules.files.columns import Layout
from webapp.people.rules.files.rejections import shown
from webapp.people.rules.files.words import language_words

DAY = timedelta(days=1)
_LANGUAGES = ("language", "first_language")
Reject = Callable[[int, str, str, str], None]
"""Line, field, value and mend of what cannot be."""


class Planner:
    """Goes through the rows of a file, and gathers what is found."""

    def __init__(self, layout: Layout, words: Mapping[str, str]) -> None:
        """``words`` name the columns that no file has."""
        self._labels = {**{field.name: field.label for field in layout.fields}, **words}
        self.rejections: list[Rejection] = []
        self._changes: dict[str, list[FieldChange]] = {}
        self._new = self._changed = self._unchanged = 0

    def reject(self, line: int, field: str, value: str, mend: str) -> None:
        self.rejections.append(Rejection(line, field, shown(value), mend))

    def count(self, *, new: bool, changed: bool) -> None:
        """Count a row; what is new is not changed too."""
        self._new += new
        self._changed += changed and not new
        self._unchanged += not new and not changed

    def note(self, who: str, what: str, before: Any, after: Any, needs: str = "") -> None:
        """Say that this was ``before`` and becomes ``after``; ``what`` is a column, or words."""
        change = FieldChange(who, self._labels.get(what, what), in_words(before), in_words(after), needs)
        self._changes.setdefault(who, []).append(change)

    def changed_values(self, who: str, held: object, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """Those of the wanted values that differ from what is held, each noted."""
        values = {name: value for name, value in wanted.items() if getattr(held, name) != value}
        for name, value in values.items():
            words: Callable[[Any], str] = language_words if name in _LANGUAGES else in_words
            self.note(who, name, words(getattr(held, name)), words(value))
        return values

    def findings(
        self, *, removed: Sequence[str] = (), of: int = 0, conflicts: int = 0, notes: Iterable[str] = ()
    ) -> Findings:
        """What was found; changes by name, as lists of people stand everywhere."""
        counts = Counts(
            new=self._new, changed=self._changed, unchanged=self._unchanged, conflicts=conflicts, removed=len(removed),
            of=of,
        )  # fmt: skip
        changes = tuple(change for who in sorted(self._changes) for change in self._changes[who])
        return Findings(counts, tuple(self.rejections), tuple(removed), tuple(notes), changes=changes)
