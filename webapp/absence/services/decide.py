"""Staff set codes from reports, or do not accept one; the family hears of it when the hold is over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from webapp.absence.models import ReportDecision
from webapp.absence.queries.deciding import (
    DecisionRow,
    ReportToDecide,
    SessionFacts,
    decisions_of,
    reports_to_decide,
    session_facts,
)
from webapp.absence.queries.statements import replaced_on
from webapp.absence.rules.deciding import (
    MARKED_MEANWHILE,
    SAID_SINCE,
    Choice,
    School,
    SessionNow,
    choose_sessions,
    why_not_confirm,
)
from webapp.absence.rules.states import Event, ReportRefused, State, next_state
from webapp.absence.rules.talk import LONGEST_REASON, need_words, told_due
from webapp.absence.rules.times import local_day
from webapp.absence.services.deciders import (
    Decided,
    Decider,
    Decision,
    NotDecided,
    Outcome,
    decided_event,
    move_reports,
    to_decide,
)
from webapp.absence.services.outcomes import queue_outcome_in
from webapp.absence.services.rows import add_events, add_rows
from webapp.foundation import events, trail
from webapp.foundation.clock import school_now
from webapp.foundation.db import unit_of_work
from webapp.foundation.sessions import Half
from webapp.foundation.trail import Deed
from webapp.people.queries import calendar_of, groups_of, settings_of
from webapp.people.rules.names import clean_text
from webapp.people.rules.school_times import SchoolTimes
from webapp.people.rules.session_days import SchoolSession
from webapp.people.rules.settings import Settings
from webapp.record.rules.codes import get_code
from webapp.record.services import MarkBatch, MarkChange, MarkSource, write_marks_in

_MARK_REASON = "Decided on the family's report"


@dataclass(frozen=True, slots=True)
class _Chosen:
    report: ReportToDecide
    wanted: Decision
    sessions: tuple[SchoolSession, ...]


@dataclass(frozen=True, slots=True)
class _Standing:
    """Marks, leave and this report's own decisions, read in the transaction."""

    facts: SessionFacts
    decisions: Mapping[int, Sequence[DecisionRow]]

    def of(self, report: ReportToDecide) -> dict[SchoolSession, SessionNow]:
        decided = {
            (row.date, row.half): row.code for row in self.decisions.get(report.id, ()) if row.undone_at is None
        }
        keys = {(day, half) for enrolment, day, half in [*self.facts.codes, *self.facts.leave]
                if enrolment == report.enrolment_id} | set(decided)  # fmt: skip
        return {
            SchoolSession(day, Half.from_index(half)): SessionNow(
                code=self.code(report, day, half), decided=decided.get((day, half)),
                leave_granted=(report.enrolment_id, day, half) in self.facts.leave,
            )
            for day, half in keys
        }  # fmt: skip

    def code(self, report: ReportToDecide, day: date, half: int) -> str | None:
        return self.facts.codes.get((report.enrolment_id, day, half), (None, None))[0]

    def minutes(self, report: ReportToDecide, day: date, half: int) -> int | None:
        return self.facts.codes.get((report.enrolment_id, day, half), (None, None))[1]


def confirm(
    by: Decider, wanted: Sequence[Decision], *, session: tuple[date, int] | None = None
) -> Outcome:
    """Set codes from reports: one, or many at once; each by itself, so that a stale one holds back no other.

    ``session`` (date, half 0 or 1) is the one that the board shows; without it, every session of the report that may
    have the code now. More than one report is a bulk, and what must be read first is left out of it.
    """
    with unit_of_work() as tx:
        return _decide(tx, by, wanted, session, accepted=True, reason="", on_board=True)


def decide_other_code(by: Decider, wanted: Decision, *, session: tuple[date, int] | None = None) -> Outcome:
    """Set a code on the report's own page, where all that the family said is seen.

    Raises RecordRefused for a code that is none, TextRefused on field "note".
    """
    code = get_code(wanted.code, session[0] if session else local_day(school_now())).code
    exact = replace(wanted, code=code, note=clean_text(wanted.note, LONGEST_REASON, "note"))
    with unit_of_work() as tx:
        return _decide(tx, by, [exact], session, accepted=True, reason="")


def not_accept(
    by: Decider, wanted: Decision, reason: str, *, session: tuple[date, int] | None = None
) -> Outcome:
    """Do not accept the reason that the family gave. ``reason`` is what the family reads.

    Raises WordsRefused or TextRefused on field "reason".
    """
    words = need_words(reason, "reason", "Write the reason that the family will read.", LONGEST_REASON)
    with unit_of_work() as tx:
        return _decide(tx, by, [wanted], session, accepted=False, reason=words)


def _decide(
    tx: Connection, by: Decider, wanted: Sequence[Decision], session: tuple[date, int] | None, *, accepted: bool,
    reason: str, on_board: bool = False,
) -> Outcome:  # fmt: skip
    now = school_now()
    settings = settings_of(tx, by.organisation_id, by.school_id, local_day(now))
    reports = {
        row.id: row
        for row in reports_to_decide(tx, by.organisation_id, by.school_id, [w.report_id for w in wanted], lock=True)
    }
    left: list[NotDecided] = []
    fresh: list[tuple[ReportToDecide, Decision]] = []
    for each in {one.report_id: one for one in wanted}.values():
        report = reports.get(each.report_id)
        fault = _fault(report, each, accepted=accepted)
        if fault is not None or report is None:
            left.append(fault or NotDecided(each.report_id, "This report is not there."))
        else:
            fresh.append((report, each))
    if not fresh:
        return Outcome((), tuple(left))
    if on_board:
        on = session[0] if session else local_day(now)
        enrolments = {report.enrolment_id for report, _ in fresh}
        old = replaced_on(tx, by.organisation_id, by.school_id, enrolments, on, SchoolTimes(settings))
        left += [NotDecided(report.id, SAID_SINCE, report, stale=True) for report, _ in fresh if report.id in old]
        fresh = [(report, each) for report, each in fresh if report.id not in old]
        if not fresh:
            return Outcome((), tuple(left))
    chosen, refused = _choose(tx, by, fresh, session, settings, now, in_bulk=len(wanted) > 1)
    left += refused
    written, stale = _write_marks(tx, by, chosen)
    left += stale
    decided = _keep(tx, by, written, settings, now, accepted=accepted, reason=reason) if written else []
    return Outcome(tuple(decided), tuple(left))


def _fault(report: ReportToDecide | None, wanted: Decision, *, accepted: bool) -> NotDecided | None:
    if report is None:
        return None
    if report.version != wanted.version:
        return NotDecided(report.id, "Somebody changed this report. Look at it again.", report, stale=True)
    try:
        next_state(State(report.state), Event.ACCEPT if accepted else Event.REFUSE)
    except ReportRefused as refused:
        return NotDecided(report.id, refused.mend, report)
    return None


def _choose(
    tx: Connection, by: Decider, fresh: Sequence[tuple[ReportToDecide, Decision]], session: tuple[date, int] | None,
    settings: Settings, now: datetime, *, in_bulk: bool,
) -> tuple[list[tuple[_Chosen, _Standing]], list[NotDecided]]:  # fmt: skip
    reports = [report for report, _ in fresh]
    first, last = min(report.starts_on for report in reports), max(report.ends_on for report in reports)
    decisions: dict[int, list[DecisionRow]] = defaultdict(list)
    for row in decisions_of(tx, by.organisation_id, [report.id for report in reports]):
        decisions[row.report_id].append(row)
    standing = _Standing(
        session_facts(tx, by.organisation_id, [report.enrolment_id for report in reports], first, last), decisions
    )
    groups: Mapping[int, frozenset[str]] = {}
    if in_bulk:
        groups = groups_of(tx, by.organisation_id, {report.pupil_id for report in reports}, local_day(now))
    school = School(
        calendar_of(tx, by.organisation_id, by.school_id), SchoolTimes(settings), now, local_day(now), by.setter
    )
    only = SchoolSession(session[0], Half.from_index(session[1])) if session else None
    chosen: list[tuple[_Chosen, _Standing]] = []
    left: list[NotDecided] = []
    for report, wanted in fresh:
        seen = to_decide(report, groups.get(report.pupil_id, frozenset()))
        why = why_not_confirm(seen, in_bulk=in_bulk)
        choice = Choice(refusal=why) if why else choose_sessions(
            seen, wanted.code, school, standing.of(report), only=only, seen=wanted.seen, note=wanted.note
        )  # fmt: skip
        if choice.sessions:
            chosen.append((_Chosen(report, wanted, choice.sessions), standing))
        else:
            stale = choice.refusal == MARKED_MEANWHILE
            left.append(NotDecided(report.id, choice.refusal, report, stale=stale, field=choice.field))
    return chosen, left


def _write_marks(
    tx: Connection, by: Decider, chosen: Sequence[tuple[_Chosen, _Standing]]
) -> tuple[list[tuple[_Chosen, _Standing]], list[NotDecided]]:
    """Write through the one door; a session whose mark changed in between is taken out of its decision."""
    taken: set[tuple[int, date, int]] = set()
    changes, expected = [], []
    for one, standing in chosen:
        for day, half in one.sessions:
            key = (one.report.enrolment_id, day, half.index)
            if key in taken:
                # Both parents reported: the first of the two decides.
                continue
            taken.add(key)
            changes.append(MarkChange(*key, get_code(one.wanted.code, day).code, note=one.wanted.note or None))
            expected.append(standing.code(one.report, day, half.index))
    batch = MarkBatch(
        by.organisation_id, by.school_id, changes, by.actor, _MARK_REASON, MarkSource.REPORT, expected
    )
    stale = {(each.enrolment_id, each.date, each.half) for each in write_marks_in(tx, batch).stale}
    written, left = [], []
    for one, standing in chosen:
        sessions = tuple(s for s in one.sessions if (one.report.enrolment_id, s.date, s.half.index) not in stale)
        if sessions:
            written.append((_Chosen(one.report, one.wanted, sessions), standing))
        else:
            left.append(NotDecided(one.report.id, MARKED_MEANWHILE, one.report, stale=True))
    return written, left


def _keep(
    tx: Connection, by: Decider, written: Sequence[tuple[_Chosen, _Standing]], settings: Settings, now: datetime, *,
    accepted: bool, reason: str,
) -> list[Decided]:  # fmt: skip
    due = told_due(now, settings)
    rows: list[dict[str, Any]] = []
    for one, standing in written:
        for day, half in one.sessions:
            rows.append(
                {
                    "organisation_id": by.organisation_id, "report_id": one.report.id, "date": day, "half": half.index,
                    "code": get_code(one.wanted.code, day).code,
                    "previous_code": standing.code(one.report, day, half.index),
                    "previous_minutes_late": standing.minutes(one.report, day, half.index), "accepted": accepted,
                    "reason": reason, "decided_at": now, "decided_by_id": by.actor.id or 0,
                    "decided_by": by.actor.name, "told_due_at": due,
                }
            )  # fmt: skip
    numbers = add_rows(tx, ReportDecision, rows, ("report_id", "date", "half"))
    of_report: dict[int, list[int]] = defaultdict(list)
    for number, row in zip(numbers, rows, strict=True):
        of_report[row["report_id"]].append(number)
    kind, state = ("accepted", State.RECORDED) if accepted else ("not_accepted", State.NOT_ACCEPTED)
    move_reports(
        tx, by.organisation_id, [one.report.id for one, _ in written], state, read_by=by.actor.name, now=now
    )
    add_events(
        tx, by.organisation_id, now, kind, by.actor.name,
        [(one.report.id, {"decisions": of_report[one.report.id]}) for one, _ in written],
    )  # fmt: skip
    trail.write(
        tx, by.organisation_id, by.actor,
        *(
            Deed(f"{kind}_report", "absence_report", one.report.id, by.school_id, one.report.pupil_id,
                 {"sessions": len(one.sessions)})
            for one, _ in written
        ),
    )  # fmt: skip
    queue_outcome_in(tx, by.organisation_id, by.school_id, numbers, due)
    for one, _ in written:
        events.emit(tx, decided_event(by, one.report, state, one.sessions, accepted=accepted))
    return [
        Decided(one.report.id, one.wanted.code, tuple(of_report[one.report.id]), one.sessions, due)
        for one, _ in written
    ]
