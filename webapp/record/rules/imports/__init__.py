"""Files of marks: their columns, and what a mark of the school's own system does to the one that stands here."""

from webapp.record.rules.imports.columns import MARKS, NO_MARK_WORDS
from webapp.record.rules.imports.merging import HeldMark, Outcome, outcome

__all__ = ["MARKS", "NO_MARK_WORDS", "HeldMark", "Outcome", "outcome"]
