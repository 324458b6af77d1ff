"""The same adult sends a form for the same day again: what is new in it, as words for the talk on the report."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from webapp.absence.rules.cover import Away
from webapp.absence.rules.kinds import WHOLE_DAYS
from webapp.absence.rules.reasons import Reason, Symptom, why_words
from webapp.absence.rules.receipts import when_words


@dataclass(frozen=True, slots=True)
class Said:
    """What one form says of one child."""

    away: Away
    reason: Reason
    symptoms: Collection[Symptom]
    words: str


def is_same_hours(before: Away, again: Away) -> bool:
    """The second form needs no report of its own: whole days do where one of them is new, and other kinds do."""
    if before.kind in WHOLE_DAYS and again.kind in WHOLE_DAYS:
        return before.starts_on <= again.starts_on and again.ends_on <= before.ends_on
    return before.kind == again.kind


def new_words(before: Said, again: Said, today: date) -> str:
    """Days or times, reason and words that the first form did not say; empty where the second says the same."""
    found = []
    if again.away != before.away:
        found.append(when_words(again.away, today))
    if again.reason != before.reason or not frozenset(again.symptoms) <= frozenset(before.symptoms):
        found.append(why_words(again.reason, again.symptoms))
    if again.words != before.words:
        found.append(again.words)
    return ". ".join(words for words in found if words)
