"""Still poorly? One tap repeats yesterday."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from webapp.absence.rules.drafts import ChildDay
from webapp.absence.rules.kinds import WHOLE_DAYS, Kind
from webapp.absence.rules.reasons import Reason
from webapp.absence.rules.states import State
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


def repeat_words(last_day: date, today: date) -> str:
    """Still poorly? One tap repeats yesterday; on a Monday, Friday."""
    which = "yesterday" if (today - last_day).days == 1 else day_words(last_day).split(" ", 1)[0]
    return f"Still poorly? One tap repeats {which}."


def find_repeatable(reports: Collection[Earlier], child: ChildDay, today: date) -> Earlier | None:
    """The report that one tap may repeat today: the child was ill all day on the school day before.

    None where today is no school day or is reported already, or where the run is so long that school asks to talk.
    """
    if not child.calendar.is_school_day(today, child.year_group):
        return None
    yesterday = child.calendar.previous_school_day(today, child.year_group)
    standing = [report for report in reports if report.state in _STANDS and report.kind in WHOLE_DAYS]
    if yesterday is None or any(report.starts_on <= today <= report.ends_on for report in standing):
        return None
    last = next((r for r in standing if r.starts_on <= yesterday <= r.ends_on and r.reason is Reason.ILL), None)
    if last is None or days_in_run(standing, child, yesterday) >= child.times.settings[LONG_RUN_DAYS]:
        return None
    return last


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
