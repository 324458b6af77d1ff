"""Showing a pupil's case to a welfare officer, for a time: what may be typed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from webapp.people.rules.names import clean_text
from webapp.people.rules.refusals import Refused

LONGEST_REASON = 1000
LONGEST = timedelta(days=366)


class ReferralRefused(Refused):
    """A referral that cannot be made or ended so; ``mend`` says what to do."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Until when, both days included, and why."""

    ends_on: date
    reason: str


def read_referral(until: str, reason: str, today: date) -> Wanted:
    """What was typed. Raises ReferralRefused naming ``until`` or ``reason``, TextRefused."""
    text = clean_text(reason, LONGEST_REASON, "reason")
    if not text:
        raise ReferralRefused("reason", "Write why the case is referred. The officer reads it.")
    try:
        last = date.fromisoformat(until.strip())
    except ValueError:
        raise ReferralRefused("until", "Enter the last day on which the officer may see the case.") from None
    if last < today:
        raise ReferralRefused("until", "Choose today or a day to come.")
    if last - today > LONGEST:
        raise ReferralRefused("until", "Choose a day within a year. You can refer the case again then.")
    return Wanted(last, text)


def stands(starts_on: date, ends_on: date, *, ended: bool, today: date) -> bool:
    """True while the officer may see the case."""
    return not ended and starts_on <= today <= ends_on
