"""Still poorly? One tap repeats yesterday."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from webapp.absence.rules.drafts import ChildDay
from webapp.absence.rules.kinds import WHOLE_DAYS, Kind
from webapp.absence.rules.reasons import Reason
from webapp.absence.rules.receipts import long_run_words
from webapp.absence.rules.states import State
from webapp.absence.rules.times import clock_words
from webapp.foundation.words import day_words
from webapp.people.rules.settings import LONG_RUN_DAYS

_STANDS = frozenset({State.SENT, State.READ, State.RECORDED})


@dataclass(frozen=True, slots=True)
class Earlier:
    """A report that the same adult sent about the child."""

    public_id: str
    state: State
    reason: Reason
    kind: Kind
    starts_on: date
    ends_on: date


def repeat_words(last_day: date, today: date, *, closed_at: datetime | None = None, long_run: int = 0) -> str:
    """Still poorly? One tap repeats yesterday; on a Monday, Friday.

    ``closed_at``: the register has closed. ``long_run``: the days after which school asks to talk, where they are over.
    """
    which = "yesterday" if (today - last_day).days == 1 else day_words(last_day).split(" ", 1)[0]
    words = [f"Still poorly? One tap repeats {which}."]
    if closed_at is not None:
        words.append(f"The register closed at {clock_words(closed_at)}. You can still tell school here.")
    if long_run:
        words.append(f"{long_run_words(long_run)} Today is sent all the same.")
    return " ".join(words)


def find_repeatable(reports: Collection[Earlier], child: ChildDay, today: date) -> Earlier | None:
    """The report that one tap may repeat today: the child was ill all day on the school day before.

    None where today is no school day or is reported already.
    """
    if not child.calendar.is_school_day(today, child.year_group):
        return None
    yesterday = child.calendar.previous_school_day(today, child.year_group)
    standing = _standing(reports)
    if yesterday is None or any(report.starts_on <= today <= report.ends_on for report in standing):
        return None
    return next((r for r in standing if r.starts_on <= yesterday <= r.ends_on and r.reason is Reason.ILL), None)


def asks_to_talk(reports: Collection[Earlier], child: ChildDay, today: date) -> bool:
    """With today the run is longer than the school's setting. Its days are sent, and school asks for a conversation."""
    yesterday = child.calendar.previous_school_day(today, child.year_group)
    if yesterday is None:
        return False
    return days_in_run(_standing(reports), child, yesterday) >= child.times.settings[LONG_RUN_DAYS]


def _standing(reports: Collection[Earlier]) -> list[Earlier]:
    return [report for report in reports if report.state in _STANDS and report.kind in WHOLE_DAYS]


def days_in_run(standing: Collection[Earlier], child: ChildDay, last_day: date) -> int:
    """How many school days up to ``last_day``, without a gap, the reports cover."""
    count, day = 0, last_day
    while any(report.starts_on <= day <= report.ends_on for report in standing):
        count += 1
        earlier = child.calendar.previous_school_day(day, child.year_group)
        if earlier is None:
            break
        day = earlier
    return count
