"""What is written down when something is kept from a contact, and what is refused."""

from __future__ import annotations

from datetime import date

from webapp.people.rules.names import clean_text
from webapp.people.rules.refusals import Refused

LONGEST_REASON = 1000


class ProtectionRefused(Refused):
    """A stop or a withheld entry that cannot be made or ended so; ``mend`` says what to do."""


def need_why(words: str, mend: str, field: str = "reason") -> str:
    """The reason as it is kept. Raises ProtectionRefused where there is none, TextRefused where it is too long."""
    text = clean_text(words, LONGEST_REASON, field)
    if not text:
        raise ProtectionRefused(field, mend)
    return text


def need_review(typed: str, today: date) -> date:
    """The day on which somebody looks again: after today, within a year. Raises ProtectionRefused."""
    try:
        day = date.fromisoformat(typed.strip())
    except ValueError:
        raise ProtectionRefused("review", "Choose the day on which you look at this again.") from None
    if day <= today:
        raise ProtectionRefused("review", "Choose a day after today.")
    if day.toordinal() - today.toordinal() > 366:
        raise ProtectionRefused("review", "Choose a day within a year. You can choose another then.")
    return day
