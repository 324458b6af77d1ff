"""What a family has told of sessions for which school has recorded no reason yet."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from webapp.absence.queries.families import FamilyReport
from webapp.absence.rules.cover import Away, sessions_covered
from webapp.absence.rules.kinds import Kind
from webapp.absence.rules.states import State
from webapp.foundation.sessions import Half
from webapp.people.rules.calendar import SchoolCalendar
from webapp.people.rules.school_times import SchoolTimes

YOU_TOLD = "You told us. School has not recorded it yet"
_OTHER_TOLD = "School was told. It has not recorded it yet"


def said_by_family(
    reports: Iterable[FamilyReport], calendar: SchoolCalendar, times: SchoolTimes, year_group: int | None
) -> dict[tuple[date, Half], str]:
    """The words of each session that a report covers which was not taken back; the reader's own report goes first."""
    found: dict[tuple[date, Half], str] = {}
    for report in reports:
        if report.state == State.WITHDRAWN:
            continue
        away = Away(Kind(report.kind), report.starts_on, report.ends_on, report.leaves_at, report.arrives_at)
        for session in sessions_covered(away, calendar, times, year_group):
            if report.mine:
                found[session.date, session.half] = YOU_TOLD
            else:
                found.setdefault((session.date, session.half), _OTHER_TOLD)
    return found
