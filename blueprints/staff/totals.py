"""Totals of a school: whole for staff who see its pupils, without a child for governors and trust."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from blueprints.staff import blueprint
from blueprints.staff.frame import Here, around, here, show
from blueprints.staff.panel import tally_of
from webapp.first_day.queries.around import Around
from webapp.foundation.db import read_door
from webapp.foundation.words import short_day_words
from webapp.people.queries import calendar_of, settings_of, times_of
from webapp.people.rules.calendar import SchoolCalendar
from webapp.people.rules.roles import Permission
from webapp.people.rules.settings import SMALLEST_GROUP
from webapp.record.queries import school_week_reasons, school_weeks, school_year_groups
from webapp.record.rules import Tally
from webapp.record.rules.small_groups import count_words, hidden_groups, shown_counts
from webapp.record.rules.weeks import academic_year, week_start


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of days: its figures, None where nothing was marked in it, or for too few pupils."""

    name: str
    since: str
    counts: Tally | None
    too_few: bool = False
    sees_pupils: bool = False
    """The reader sees every child of the school anyway: no figure is left out."""

    @property
    def away(self) -> list[dict[str, str]]:
        """The sessions away, by what is known of them; a count that would speak of a child is left out."""
        if self.counts is None:
            return []
        found = _away_of(self.counts)
        hidden = frozenset() if self.sees_pupils else shown_counts(found).hidden
        return [
            {"value": "Left out" if unit in hidden else f"{count:,}", "unit": unit,
             "note": "so that no child is shown" if unit in hidden else _NOTES.get(unit, "")}
            for unit, count in found.items()
        ]  # fmt: skip

    @property
    def shows_whole(self) -> bool:
        return self.counts is not None and (self.sees_pupils or shown_counts(_away_of(self.counts)).whole)


_NOT_SETTLED = "sessions away, not settled yet"
_NOTES = {_NOT_SETTLED: "no reason yet, or one that school has still to confirm"}


def _away_of(counts: Tally) -> dict[str, int]:
    return {
        "sessions away, reason accepted": counts.authorised,
        "sessions away, not accepted": counts.unauthorised - counts.unresolved, _NOT_SETTLED: counts.unresolved,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class YearGroup:
    """One year group; ``counts`` None where it is too small to be shown."""

    name: str
    pupils: str
    counts: Tally | None
    persistent: str


@blueprint.get("/staff/<school>/totals")
def totals(school: str) -> str:
    at = here()
    year, sees_pupils = academic_year(at.today), at.may(Permission.VIEW_ANY_PUPIL)
    with read_door() as db:
        seen, times, calendar = around(db, at), times_of(db, *at.keys, at.today), calendar_of(db, *at.keys)
        reasons = {row.week: row for row in school_week_reasons(db, *at.keys, year)}
        weeks = [(row, reasons.get(row.week)) for row in school_weeks(db, *at.keys, year)]
        groups = school_year_groups(db, *at.keys, year, at.today)
        # Who sees each child hides nothing by hiding a number.
        smallest = 0 if sees_pupils else settings_of(db, *at.keys, at.today)[SMALLEST_GROUP]
    return show(
        "staff/totals/totals.html", at, seen, times, "totals", registers=_registers(seen),
        spans=_spans(at, weeks, calendar, smallest), groups=_groups(groups, smallest),
        too_small=sum(row.pupils for row in groups) < smallest, sees_pupils=sees_pupils,
    )  # fmt: skip


def _spans(at: Here, weeks: list[tuple[Any, Any]], calendar: SchoolCalendar, smallest: int) -> list[Span]:
    monday = week_start(at.today)
    spans = [("This week", short_day_words(monday), monday)]
    term = next((term for term in reversed(calendar.terms) if term.starts_on <= at.today), None)
    year = ("This school year", "September", date.min)
    if term is None:
        spans.append(year)
    else:
        first, since = week_start(term.starts_on), short_day_words(term.starts_on)
        if all(row.week >= first for row, _ in weeks):
            # The first term is the year so far: the same figures twice would look like two.
            spans.append((f"{term.name} term, the school year so far", since, first))
        else:
            spans += [(f"{term.name} term", since, first), year]
    return [_span(name, since, weeks, first, smallest) for name, since, first in spans]


def _span(name: str, since: str, weeks: Iterable[tuple[Any, Any]], first: date, smallest: int) -> Span:
    inside = [(row, reason) for row, reason in weeks if row.week >= first]
    # A morning on which one small class alone is marked speaks of that class.
    too_few = 0 < max((row.pupils for row, _ in inside), default=0) < smallest
    return Span(name, since, None if too_few else _sum(inside), too_few, not smallest)


def _sum(weeks: Iterable[tuple[Any, Any]]) -> Tally | None:
    found = Tally()
    for row, reason in weeks:
        possible = row.present + row.authorised + row.unauthorised
        more = (reason.late, reason.unresolved, reason.illness) if reason else (0, 0, 0)
        found += Tally(possible, row.present, row.authorised, row.unauthorised, *more)
    return found if found.possible else None


def _groups(rows: Iterable[Any], smallest: int) -> list[YearGroup]:
    by_year = {row.year_group: row for row in rows if row.year_group is not None}
    away = {year: row.authorised + row.unauthorised for year, row in by_year.items()}
    hidden = hidden_groups({year: row.pupils for year, row in by_year.items()}, away, smallest) if smallest else ()
    return [
        YearGroup(_year_words(year), "", None, "") if year in hidden else _group(year, row, sees_pupils=not smallest)
        for year, row in sorted(by_year.items())
    ]


def _group(year: int, row: Any, *, sees_pupils: bool) -> YearGroup:
    persistent = str(row.persistent or "none") if sees_pupils else count_words(row.persistent)
    return YearGroup(_year_words(year), str(row.pupils), tally_of(row), persistent)


def _year_words(year: int) -> str:
    return f"Year {year}" if year > 0 else "Reception"


def _registers(seen: Around) -> str:
    return f"{seen.forms - seen.forms_open} of {seen.forms}"
