"""When a member of staff is away, by half days, and what may be typed for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from webapp.foundation.sessions import Half
from webapp.people.rules.refusals import Refused

LONGEST = timedelta(days=400)
"""Longer than a year away is a role that ends."""
_HALVES = {"morning": Half.AM, "afternoon": Half.PM}


class CoverRefused(Refused):
    """A cover or an absence that cannot be; ``mend`` says what to do."""


@dataclass(frozen=True, slots=True)
class Away:
    """From one half day to another, both included; ``ends_on`` None: until they are back."""

    starts_on: date
    starts_half: Half = Half.AM
    ends_on: date | None = None
    ends_half: Half = Half.PM

    def holds(self, on: date, half: Half) -> bool:
        """True if the half day is one of these."""
        now = (on, half.index)
        if now < (self.starts_on, self.starts_half.index):
            return False
        return self.ends_on is None or now <= (self.ends_on, self.ends_half.index)

    def is_over(self, on: date, half: Half) -> bool:
        return self.ends_on is not None and (self.ends_on, self.ends_half.index) < (on, half.index)


def read_away(starts: str, starts_half: str, ends: str, ends_half: str, today: date, half: Half) -> Away:
    """The absence that was typed: ISO days, "morning" or "afternoon"; an empty last day is none.

    ``half`` is the one that it is now. Raises CoverRefused naming ``starts_on`` or ``ends_on``.
    """
    first = _day(starts, "starts_on", "Enter the first day away, such as 22 June 2026.")
    if first < today:
        raise CoverRefused("starts_on", "Choose today or a day to come. What was due before is done or late.")
    since = _HALVES.get(starts_half, Half.AM)
    if first == today and half is Half.PM:
        # The morning is over: what was due in it is done or late.
        since = Half.PM
    if not ends.strip():
        return Away(first, since)
    last = _day(ends, "ends_on", "Enter the last day away, or leave it empty.")
    until = _HALVES.get(ends_half, Half.PM)
    if (last, until.index) < (first, since.index):
        raise CoverRefused("ends_on", "The last half day away is before the first. Check both.")
    if last - first > LONGEST:
        raise CoverRefused("ends_on", "Choose a last day within a year. You can say more then.")
    return Away(first, since, last, until)


def _day(typed: str, field: str, mend: str) -> date:
    try:
        return date.fromisoformat(typed.strip())
    except ValueError:
        raise CoverRefused(field, mend) from None
