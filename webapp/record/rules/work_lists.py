"""Which of the board's six lists a pupil stands on, which flags, and which report is meant.

A list is work, not a state: a pupil in school may still be late, or reported away. Settled means that the record of
the session is finished; explained without a final code still has to be confirmed.
"""

from __future__ import annotations

from datetime import datetime

from webapp.record.rules.facts import Flag, Report, ReportState, Whereabouts, Why, WorkList
from webapp.record.rules.marking import CLOSURE_CODES
from webapp.record.rules.session_view import (
    PRESENT_CODES,
    SEEN_CODES,
    SessionView,
    covers_register,
    explains,
    is_about,
    is_elsewhere,
    looked_at,
    why_not_due,
)

# Somebody in the office still has to open it.
_PENDING = frozenset({ReportState.SENT, ReportState.READ, ReportState.HELD})
_PLANNED = frozenset({Why.LEAVE, Why.PLANNED, Why.PLANNED_ELSEWHERE, Why.CONFIRMED_ELSEWHERE, Why.EXPECTED})


def find_clash(view: SessionView, state: Whereabouts | None) -> bool:
    """What the school saw contradicts what it was told or has recorded."""
    if state is None:
        return view.facts.session_open and view.letter in CLOSURE_CODES
    if state is not Whereabouts.IN_SCHOOL:
        return False
    marked_away = view.letter not in SEEN_CODES and (view.says_why_away or is_elsewhere(view.letter))
    return (
        marked_away
        or view.facts.leave_granted
        or _contradicts_plan(view)
        or any(_contradicts(view, report) for report in view.reports)
    )


def is_dealt_with(view: SessionView) -> bool:
    """Of a clash: staff know of it, and have said what is so.

    Either somebody went and saw the pupil in school after everything that contradicts it was said; or staff decided
    each such report, the mark still is what they chose, and nobody saw the pupil since.
    """
    seen = looked_at(view)
    against = [report for report in view.reports if _contradicts(view, report)]
    if not all(_was_checked(report, seen) or _was_decided(view, report) for report in against):
        return False
    return seen is not None or (bool(against) and not view.facts.leave_granted and not _contradicts_plan(view))


def _was_checked(report: Report, seen: datetime | None) -> bool:
    return seen is not None and report.said_at is not None and report.said_at < seen


def _was_decided(view: SessionView, report: Report) -> bool:
    decided = report.decided_at
    if decided is None or report.decided_as != view.letter:
        return False
    return all(seen.at <= decided for seen in view.facts.sightings if seen.at < view.register.ends_at)


def _contradicts_plan(view: SessionView) -> bool:
    """Here, and planned to be away from the session's start; a pupil may be here before a later trip or dentist."""
    plan = view.plan
    if plan is None:
        return False
    if is_elsewhere(plan.code) and plan.confirmed:
        return True
    # Somebody with an appointment may come in after it: only present at the start contradicts.
    at_start = is_elsewhere(plan.code) or view.letter in PRESENT_CODES
    return at_start and plan.starts_at <= view.register.starts_at


def _contradicts(view: SessionView, report: Report) -> bool:
    """Reported away at the register, and here. Late or leaving early as they said is no clash."""
    if report.state is ReportState.WITHDRAWN or report.expected_at is not None:
        return False
    if not covers_register(view.register, report):
        return False
    whole = report.covers_to is None or report.covers_to >= view.register.ends_at
    return whole or view.letter in PRESENT_CODES


def report_at_hand(view: SessionView, state: Whereabouts | None) -> Report | None:
    """The report that explains or clashes, else one that waits; among equals the one that somebody must still open.

    One in whose place the same adult has said something else is not at hand: its code would be written for a child who
    is on the way. It stays in the inbox until somebody has opened it, and on the pupil's page.
    """
    if state is None:
        return None
    if state is Whereabouts.IN_SCHOOL:
        chosen = [report for report in view.reports if _contradicts(view, report)]
    else:
        chosen = [report for report in view.reports if explains(view, report)]
    if not any(report.state in _PENDING for report in chosen):
        waiting = [r for r in view.reports if r.state in _PENDING and is_about(view.register, r)]
        chosen = waiting + chosen
    return min(chosen, key=lambda report: report.state not in _PENDING, default=None)


def work_list_of(
    view: SessionView, state: Whereabouts | None, why: Why, *, clash: bool, report: Report | None
) -> WorkList | None:
    if state is None:
        return None
    if state is Whereabouts.UNEXPLAINED:
        return WorkList.UNEXPLAINED
    waits = report is not None and report.state in _PENDING
    if state is Whereabouts.IN_SCHOOL:
        if clash and not is_dealt_with(view):
            return WorkList.REPORTED_MARKED_IN
        if view.letter not in PRESENT_CODES:
            # L, U, or seen by somebody while the mark does not say so yet.
            return WorkList.LATE
        return WorkList.TO_CONFIRM if waits else None
    if waits:
        return WorkList.TO_CONFIRM
    return _explained_list(view, why) if state is Whereabouts.EXPLAINED else None


def _explained_list(view: SessionView, why: Why) -> WorkList:
    if view.taken_back and why is Why.EXPECTED:
        # The mark says otherwise than the family does now: somebody has to look at it.
        return WorkList.TO_CONFIRM
    if view.says_why_away or view.letter in SEEN_CODES:
        return WorkList.SETTLED
    if why is Why.CONFIRMED_ELSEWHERE and is_elsewhere(view.letter):
        return WorkList.SETTLED
    if why in _PLANNED:
        return WorkList.PLANNED
    return WorkList.SETTLED if view.letter == "O" else WorkList.TO_CONFIRM


def flags_of(view: SessionView, state: Whereabouts | None, *, clash: bool) -> frozenset[Flag]:
    facts = view.facts
    about = [report for report in facts.reports if is_about(view.register, report)]
    standing = [report for report in about if report.state is not ReportState.WITHDRAWN]
    search = facts.case is not None and facts.case.is_open
    raised = {
        Flag.CLASH: clash,
        Flag.NOT_DUE: state is not None and why_not_due(view) is not None,
        Flag.LOOK_FIRST: facts.look_first,
        Flag.DANGER: facts.danger,
        Flag.READ_FIRST: any(report.read_first for report in standing),
        Flag.NOT_SURE: any(report.not_sure for report in standing),
        Flag.HELD_REPORT: any(report.state is ReportState.HELD for report in about),
        Flag.ALARM: search and facts.case is not None and facts.case.alarm,
        Flag.CASE_OPEN: search,
    }
    return frozenset(flag for flag, is_raised in raised.items() if is_raised)
