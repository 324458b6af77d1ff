"""How often somebody was away: stretches of sessions, however long, counted once each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from webapp.record.rules.codes import CodeClass, find_code_ever
from webapp.record.rules.weeks import unpack_week

_AWAY = frozenset({CodeClass.AUTHORISED, CodeClass.UNAUTHORISED})
_THERE = frozenset({CodeClass.PRESENT, CodeClass.APPROVED_ACTIVITY})


def times_away(weeks: Iterable[tuple[date, str]], since: date, until: date, *, away_now: bool = False) -> int:
    """How many times the pupil was away from ``since`` to ``until`` (both included), from (Monday, the week's codes).

    One time lasts until a session at which the pupil was: weekends, holidays and sessions with no mark end nothing.
    ``away_now``: the pupil is away at the end, marked so or not.
    """
    times, away = 0, False
    for monday, text in sorted(weeks):
        for (on, _), code in unpack_week(text, monday).items():
            found = find_code_ever(code)
            if not since <= on <= until or found is None or found.code_class not in _AWAY | _THERE:
                continue
            times += found.code_class in _AWAY and not away
            away = found.code_class in _AWAY
    return times + (away_now and not away)


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th, 11th, 21st."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
