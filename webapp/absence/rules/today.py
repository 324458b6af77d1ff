"""From what is known of a child's day to the facts of the card on Today."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from webapp.absence.rules.cards import CardFacts, CardReport
from webapp.absence.rules.kinds import Kind
from webapp.absence.rules.states import State
from webapp.absence.rules.times import local_day
from webapp.foundation.sessions import Half
from webapp.people.rules.calendar import SchoolCalendar, Why
from webapp.people.rules.school_times import SchoolTimes
from webapp.record.rules.codes import CodeClass, find_code_ever


@dataclass(frozen=True, slots=True)
class Day:
    """What school holds of the child today: the two codes, when each register was taken, when the child came, and when
    somebody last saw them in school."""

    code_am: str | None = None
    code_pm: str | None = None
    minutes_late: int | None = None
    taken_am: datetime | None = None
    taken_pm: datetime | None = None
    arrived_at: datetime | None = None
    seen_at: datetime | None = None
    leave_until: date | None = None
    case_half: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """A report of the family that touches today."""

    state: State
    kind: Kind
    starts_on: date
    ends_on: date
    sent_at: datetime
    arrives_at: datetime | None = None
    expected_at: datetime | None = None


def card_facts(
    child: str, day: Day, told: Iterable[Told], calendar: SchoolCalendar, times: SchoolTimes, year_group: int | None,
    now: datetime, *, may_view: bool, may_report: bool,
) -> CardFacts:  # fmt: skip
    """The facts of the card. Who may not report is not asked where the child is; the school day is that of ``now``.

    The afternoon's code counts once there is one: what was so this morning is over.
    """
    today = local_day(now)
    is_open = {half: calendar.is_open(today, half, year_group) for half in Half}
    first = Half.AM if is_open[Half.AM] or not is_open[Half.PM] else Half.PM
    last = Half.PM if is_open[Half.PM] or not is_open[Half.AM] else Half.AM
    half = Half.PM if day.code_pm else Half.AM
    code = find_code_ever(day.code_pm or day.code_am or "")
    seen = code is not None and (code.code_class is CodeClass.PRESENT or code.is_late)
    came_in_at = day.arrived_at
    if code is not None and code.is_late and came_in_at is None and day.minutes_late is not None:
        came_in_at = times.register_opens(today, half) + timedelta(minutes=day.minutes_late)
    # What was seen in the morning says nothing of an afternoon that has a mark of its own.
    seen_at = day.seen_at if half is Half.AM or _since(day.seen_at, times.register_opens(today, half)) else None
    if half is Half.PM and not seen and seen_at is None:
        came_in_at = None
    in_school = any(is_open.values())
    report = _of_today(told, today)
    # "Ill" from before the family took it back is not what they last said, nor what school goes by.
    says_why = code is not None and not seen and not code.elsewhere and code.code not in ("N", "O")
    return CardFacts(
        child=child,
        starts_at=times.register_opens(today, first),
        ends_at=times.session_ends(today, last),
        may_view=may_view,
        case_open=may_report and day.case_half is not None,
        closed=not in_school and any(_is_snow(calendar, today, half, year_group) for half in Half),
        no_school=not in_school,
        back_on=calendar.next_school_day(today, year_group),
        marked_in_at=(day.taken_pm if half is Half.PM else day.taken_am) if seen else None,
        came_in_at=came_in_at,
        marked_in=seen,
        seen_at=seen_at,
        agreed_until=day.leave_until,
        report=report,
        recorded=code.parent_words if code is not None and not seen else "",
        taken_back=says_why and report is not None and report.state is State.WITHDRAWN,
    )


def _since(seen_at: datetime | None, opens: datetime) -> bool:
    return seen_at is not None and seen_at >= opens


def _is_snow(calendar: SchoolCalendar, today: date, half: Half, year_group: int | None) -> bool:
    session = calendar.session(today, half, year_group)
    return session.why is Why.CLOSURE and session.unplanned


def _of_today(told: Iterable[Told], today: date) -> CardReport | None:
    """The newest report that speaks of today; one that was taken back speaks only through when the child will come."""
    standing = [one for one in told if one.starts_on <= today <= one.ends_on]
    if not standing:
        return None
    newest = max(standing, key=lambda one: (one.state is not State.WITHDRAWN, one.sent_at))
    expected = newest.expected_at or (newest.arrives_at if newest.kind is Kind.LATE else None)
    return CardReport(newest.state, newest.kind, newest.sent_at, expected)
