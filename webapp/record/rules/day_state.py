"""Where is this child this session? One answer for board, first-day run, DSL sheet and close of day.

The first row that applies decides. Within an hour a child can be reported, marked, seen and searched for; what the
school has seen itself stands above what it was told, and doubt stands above both.

 row | what is so                                                              | answer
-----|-------------------------------------------------------------------------|-------------------------------------
  1  | not enrolled; school closed to the pupil; X Z # Y4; and nobody looks    | not due
     | for the pupil (an open case, one carried on, or row 2)                  |
  2  | left with nobody known, and not since located                           | unexplained
  3  | seen in this session, or marked / \\ L U, and not gone since             | in school
  4  | open case in which an adult thought that the pupil was in school        | unexplained
  5  | left or sent home, and not yet due back                                 | explained
  6  | a code that says why away (not N, O or a place elsewhere), unless it    | explained
     | rests on a report that the family has taken back since                  |
  7  | a trusted report that covers this moment, accepted or not; or coming,   | explained
     | and the time given has not come                                         |
  8  | leave granted                                                           | explained
  9  | case closed as located                                                  | explained
 10  | O, with none of 7–9 behind it                                           | unexplained
 11  | planned elsewhere (B D K P V W): until 20 minutes after its start, or   | explained
     | confirmed; any other planned code                                       |
     | planned elsewhere, 20 minutes gone, nobody confirmed                    | unexplained
 12  | open case, or one that was carried on                                   | unexplained
 13  | register closed, and a time given for coming (back) has passed          | unexplained
 14  | register not yet closed                                                 | not known
 15  | N; or the register was taken and this pupil has no mark                 | unexplained
 16  | register not taken                                                      | not known

Odd rows. 1: a child who is looked for stays on the board when school closes at eleven, a code says "not required", or
the child leaves the roll: the rows below decide, 12 at the latest, and the flag `not_due` says that it is so. Only a
person ends the search: one who closes the case, sees the child, or says where the child is. 2: a report or code cannot
say who took the child; only finding them can. 3: only sightings inside the session count, so that neither breakfast
club nor a morning stands for a lesson that the child is not in; but who is seen at lunch is looked for no more because
of the morning (`seen_until`), and who goes at lunch was here for it, unless nobody known took the child: then row 2
holds at once, until the afternoon begins or the search ends. 4 stands above reports, because two adults who
disagree are doubt. 6: "ill", confirmed, and then "coming at ten": the mark stands in the register, and the child is
expected all the same, and looked for at ten (`statements.is_taken_back`). 7: a report that begins after the register's
close (leaving early) does not say why the pupil was missing at it; of what one adult said about the same hours the
latest holds, so that "on the way" after "ill" is looked for when its time has passed (`statements`). 12 stands below
explanations, so that an answer ends the search; the flag `case_open` stays until somebody closes the case. 13: a time
that passes while the register is being taken waits for its close; nobody is late yet. 1, # and Y4 on a session that the
calendar calls open: flagged as a clash.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from webapp.record.rules.facts import (
    CaseOutcome,
    DayState,
    ReportState,
    SessionFacts,
    SightingKind,
    Whereabouts,
    Why,
)
from webapp.record.rules.registers import TAKEN_STATES, check_aware
from webapp.record.rules.session_view import (
    CONFIRM_WITHIN,
    PRESENT_CODES,
    SEEN_CODES,
    SessionView,
    coming_at,
    explains,
    is_elsewhere,
    turning_points,
    view_session,
    why_not_due,
)
from webapp.record.rules.work_lists import find_clash, flags_of, report_at_hand, work_list_of

# Every reason stands for one state, so that a pupil can never be in two.
STATE_OF: Mapping[Why, Whereabouts | None] = MappingProxyType(
    {
        Why.NOT_ENROLLED: None,
        Why.SESSION_CLOSED: None,
        Why.NOT_REQUIRED: None,
        Why.MARKED_IN: Whereabouts.IN_SCHOOL,
        Why.SEEN: Whereabouts.IN_SCHOOL,
        Why.LEFT: Whereabouts.EXPLAINED,
        Why.SENT_HOME: Whereabouts.EXPLAINED,
        Why.CODE: Whereabouts.EXPLAINED,
        Why.REPORT: Whereabouts.EXPLAINED,
        Why.EXPECTED: Whereabouts.EXPLAINED,
        Why.LEAVE: Whereabouts.EXPLAINED,
        Why.LOCATED: Whereabouts.EXPLAINED,
        Why.PLANNED: Whereabouts.EXPLAINED,
        Why.PLANNED_ELSEWHERE: Whereabouts.EXPLAINED,
        Why.CONFIRMED_ELSEWHERE: Whereabouts.EXPLAINED,
        Why.COLLECTOR_NOT_KNOWN: Whereabouts.UNEXPLAINED,
        Why.THOUGHT_IN_SCHOOL: Whereabouts.UNEXPLAINED,
        Why.NO_GOOD_REASON: Whereabouts.UNEXPLAINED,
        Why.NOT_CONFIRMED_ELSEWHERE: Whereabouts.UNEXPLAINED,
        Why.CASE_OPEN: Whereabouts.UNEXPLAINED,
        Why.CASE_CARRIED: Whereabouts.UNEXPLAINED,
        Why.DID_NOT_COME: Whereabouts.UNEXPLAINED,
        Why.NO_REASON: Whereabouts.UNEXPLAINED,
        Why.NO_MARK: Whereabouts.UNEXPLAINED,
        Why.REGISTER_NOT_CLOSED: Whereabouts.NOT_KNOWN,
        Why.REGISTER_NOT_TAKEN: Whereabouts.NOT_KNOWN,
    }
)

_PLAINLY_IN = DayState(Whereabouts.IN_SCHOOL, Why.MARKED_IN, None, frozenset())


def day_state(facts: SessionFacts, now: datetime) -> DayState:
    """The one answer at `now`. Asks no clock and changes nothing.

    Raises RegisterTimesWrong for a `now` without its zone.
    """
    check_aware("now", now)
    if _is_plainly_in(facts):
        return _PLAINLY_IN
    answer = _answer(facts, now)
    until = next((at for at in sorted(turning_points(facts)) if at > now and _answer(facts, at) != answer), None)
    return answer if until is None else replace(answer, until=until)


def _is_plainly_in(facts: SessionFacts) -> bool:
    """Marked present and nothing else known: most pupils on most days, so the board does not walk the rows for them."""
    if facts.code not in PRESENT_CODES or not facts.enrolled or not facts.session_open:
        return False
    told = facts.sightings or facts.reports or facts.leave_granted or facts.expectation or facts.case
    return not (told or facts.look_first or facts.danger)


def _answer(facts: SessionFacts, now: datetime) -> DayState:
    view = view_session(facts, now)
    why = next(why for row in _ROWS if (why := row(view)) is not None)
    state = STATE_OF[why]
    clash = find_clash(view, state)
    report = report_at_hand(view, state)
    return DayState(
        state=state,
        why=why,
        work_list=work_list_of(view, state, why, clash=clash, report=report),
        flags=flags_of(view, state, clash=clash),
        report_id=report.id if report is not None else None,
    )


def _not_due(view: SessionView) -> Why | None:
    why, case = why_not_due(view), view.facts.case
    if why is None or (case is not None and case.is_live) or _taken_by_nobody_known(view):
        return None
    return why


def _taken_by_nobody_known(view: SessionView) -> Why | None:
    lost = view.gone is not None and not view.gone.collector_known and not _located(view)
    return Why.COLLECTOR_NOT_KNOWN if lost else None


def _seen(view: SessionView) -> Why | None:
    if not view.is_seen:
        return None
    return Why.MARKED_IN if view.letter in SEEN_CODES else Why.SEEN


def _alarm(view: SessionView) -> Why | None:
    case = view.facts.case
    return Why.THOUGHT_IN_SCHOOL if case is not None and case.is_open and case.alarm else None


def _gone(view: SessionView) -> Why | None:
    gone = view.gone
    if gone is None or not gone.collector_known or view.has_passed(gone.back_by):
        return None
    return Why.SENT_HOME if gone.kind is SightingKind.SENT_HOME else Why.LEFT


def _coded(view: SessionView) -> Why | None:
    return Why.CODE if view.says_why_away and not view.taken_back else None


def _reported(view: SessionView) -> Why | None:
    standing = [report for report in view.reports if explains(view, report)]
    if not standing:
        return None
    return Why.EXPECTED if all(report.state is ReportState.WITHDRAWN for report in standing) else Why.REPORT


def _on_leave(view: SessionView) -> Why | None:
    return Why.LEAVE if view.facts.leave_granted else None


def _located(view: SessionView) -> Why | None:
    case = view.facts.case
    return Why.LOCATED if case is not None and case.outcome is CaseOutcome.LOCATED else None


def _no_good_reason(view: SessionView) -> Why | None:
    return Why.NO_GOOD_REASON if view.letter == "O" else None


def _planned(view: SessionView) -> Why | None:
    plan = view.plan
    if plan is None:
        return None
    if not is_elsewhere(plan.code):
        return Why.PLANNED
    if plan.confirmed:
        return Why.CONFIRMED_ELSEWHERE
    return Why.PLANNED_ELSEWHERE if view.now < plan.starts_at + CONFIRM_WITHIN else Why.NOT_CONFIRMED_ELSEWHERE


def _searched_for(view: SessionView) -> Why | None:
    case = view.facts.case
    if case is None:
        return None
    if case.outcome is None:
        return Why.CASE_OPEN
    return Why.CASE_CARRIED if case.outcome.is_carried else None


def _did_not_come(view: SessionView) -> Why | None:
    if not view.register.is_closed(view.now):
        return None
    times = [coming_at(view.register, report) for report in view.reports]
    times.append(view.gone.back_by if view.gone is not None else None)
    return Why.DID_NOT_COME if any(view.has_passed(at) for at in times) else None


def _by_register(view: SessionView) -> Why:
    register = view.register
    if not register.is_closed(view.now):
        return Why.REGISTER_NOT_CLOSED
    if view.letter == "N":
        return Why.NO_REASON
    return Why.NO_MARK if register.state in TAKEN_STATES else Why.REGISTER_NOT_TAKEN


_ROWS: tuple[Callable[[SessionView], Why | None], ...] = (
    _not_due,
    _taken_by_nobody_known,
    _seen,
    _alarm,
    _gone,
    _coded,
    _reported,
    _on_leave,
    _located,
    _no_good_reason,
    _planned,
    _searched_for,
    _did_not_come,
    _by_register,
)
