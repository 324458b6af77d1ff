"""How much of a report a member of staff may read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from webapp.absence.rules.reasons import REASONS, Reason, Symptom, why_words
from webapp.people.rules.roles import Permission

HELD_BY_OFFICE = "Reason held by the office"
HELD_BY_DSL = "Held by the safeguarding lead"


@dataclass(frozen=True, slots=True)
class Shown:
    """``why`` is the reason in a few words, ``words`` what the family wrote, each empty or hidden for some roles."""

    why: str
    words: str
    hidden: bool = False


def shown(
    *, reason: str, symptoms: str, words: str, danger: bool, permissions: Collection[Permission]
) -> Shown:
    """The reason is health data; words of danger are for those alone who see safeguarding flags."""
    if Permission.SEE_HEALTH_REASONS not in permissions:
        return Shown(HELD_BY_OFFICE, "", hidden=True)
    if danger and Permission.SEE_SAFEGUARDING_FLAGS not in permissions:
        return Shown(HELD_BY_DSL, "", hidden=True)
    chips = [Symptom(chip) for chip in symptoms.split(",") if chip in set(Symptom)]
    why = why_words(Reason(reason), chips) if chips else REASONS[Reason(reason)].staff
    return Shown(why, words)
