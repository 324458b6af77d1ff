"""The answer to "Back when?": how it lengthens or shortens what was reported."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from webapp.absence.rules.cover import Away
from webapp.absence.rules.drafts import ChildDay, FieldError, latest_back_on
from webapp.absence.rules.kinds import WHOLE_DAYS, Kind
from webapp.absence.rules.times import read_day
from webapp.foundation.sessions import Half


@dataclass(frozen=True, slots=True)
class Back:
    """When the child is back, and the days away that follow from it. ``back_on`` None: the family is not sure, or the
    run would be too long; then ``asked_until`` is the last day that it would have had."""

    away: Away
    back_on: date | None
    asked_until: date | None = None


def read_back_on(
    child: ChildDay, away: Away, typed: str, today: date, *, asked_until: date | None = None
) -> Back | FieldError:
    """The days away until the school day before the one typed; "not_sure" leaves them as they are.

    A day that has begun stays reported: the child was away on it. ``away`` must be of whole days; ``asked_until`` is
    what the family asked for before, beyond them.
    """
    if away.kind not in WHOLE_DAYS:
        return FieldError("back_on", f"{child.first_name} is away for part of a day. Change the time instead")
    if typed.strip() == "not_sure":
        return Back(away, None, asked_until)
    back_on = read_day(typed)
    if back_on is None:
        if typed.strip():
            return FieldError("back_on", "Enter a real day, like 16 6 2026")
        return FieldError("back_on", f"Enter the day {child.first_name} will be back")
    if back_on <= max(away.starts_on, today):
        return FieldError("back_on", "The day back must be after today and after the first day away")
    if not child.calendar.is_school_day(back_on, child.year_group):
        return FieldError("back_on", child.calendar.session(back_on, Half.AM, child.year_group).sentence)
    last_away = child.calendar.previous_school_day(back_on, child.year_group) or away.starts_on
    latest = latest_back_on(child, away.starts_on)
    asked = None
    if latest is not None and back_on > latest:
        asked, back = last_away, None
        last_away = child.calendar.previous_school_day(latest, child.year_group) or last_away
        # What stands already is not taken away by asking for more.
        last_away = max(last_away, away.ends_on)
    else:
        back = back_on
    last_away = max(last_away, away.starts_on)
    kind = Kind.DAYS if last_away > away.starts_on else Kind.ALL_DAY
    return Back(replace(away, kind=kind, ends_on=last_away), back, asked)

