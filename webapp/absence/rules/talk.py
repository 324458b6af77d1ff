"""What may be written on a report, and when what school decided reaches the family."""

from __future__ import annotations

from datetime import datetime, timedelta

from webapp.people.rules.names import LONGEST_TEXT, clean_text
from webapp.people.rules.refusals import Refused
from webapp.people.rules.settings import CONFIRM_HOLD_MINUTES, Settings

LONGEST_REASON = 500
# What stands in the register while nobody knows: these a decision may replace without asking.
NOT_YET_KNOWN: frozenset[str | None] = frozenset({None, "N"})


class WordsRefused(Refused):
    """Nothing was written where words are needed."""


def need_words(typed: str, field: str, mend: str, longest: int = LONGEST_TEXT) -> str:
    """Cleaned words. Raises WordsRefused when nothing is left, TextRefused when there are too many."""
    words = clean_text(typed, longest, field)
    if not words:
        raise WordsRefused(field, mend)
    return words


def told_due(decided_at: datetime, settings: Settings) -> datetime:
    """When the family is told of a decision; until then Undo tells nobody."""
    return decided_at + timedelta(minutes=settings[CONFIRM_HOLD_MINUTES])
