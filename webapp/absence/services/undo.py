"""Undo: the record keeps both entries, the mark goes back, and nobody is told of what nobody had been told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, update

from webapp.absence.models import AbsenceReport, ReportDecision
from webapp.absence.queries.deciding import (
    DecisionRow,
    ReportToDecide,
    decisions_of,
    reports_to_decide,
    standing_after,
)
from webapp.absence.queries.telling import reports_of_decisions
from webapp.absence.rules.deciding import MARKED_MEANWHILE
from webapp.absence.rules.states import State, after_undo
from webapp.absence.rules.talk import told_due
from webapp.absence.rules.times import local_day
from webapp.absence.services.deciders import Decider, NotDecided, decided_event
from webapp.absence.services.outcomes import queue_outcome_in
from webapp.absence.services.rows import add_events
from webapp.foundation import events, trail
from webapp.foundation.clock import school_now
from webapp.foundation.db import unit_of_work
from webapp.foundation.sessions import Half
from webapp.foundation.trail import Deed
from webapp.people.queries import settings_of
from webapp.people.rules.session_days import SchoolSession
from webapp.record.services import MarkBatch, MarkChange, MarkSource, write_marks_in

_MARK_REASON = "The decision on the family's report was undone"


@dataclass(frozen=True, slots=True)
class Undone:
    """What was put back. ``told``: the family had heard of it, and will hear that it has changed."""

    reports: tuple[int, ...]
    told: bool
    left: tuple[NotDecided, ...] = ()


def undo(by: Decider, decisions: Collection[int]) -> Undone:
    """Undo decisions by their numbers, as ``confirm`` gave them. One that was undone already is passed over.

    A session whose mark has changed since, or about which somebody has decided again, is left as it is and named.
    """
    with unit_of_work() as tx:
        now = school_now()
        wanted = set(decisions)
        found = reports_of_decisions(tx, by.organisation_id, wanted)
        reports = {
            row.id: row
            for row in reports_to_decide(
                tx, by.organisation_id, by.school_id, [row.report_id for row in found], lock=True
            )
        }
        every = decisions_of(tx, by.organisation_id, list(reports))
        rows = [row for row in every if row.id in wanted and row.undone_at is None]
        if not rows:
            return Undone((), False)
        kept, left = _put_back(tx, by, reports, rows)
        if not kept:
            return Undone((), False, tuple(left))
        told = any(row.told_at is not None for row in kept)
        _keep(tx, by, reports, every, kept, now)
        if told:
            settings = settings_of(tx, by.organisation_id, by.school_id, local_day(now))
            ids = [row.id for row in kept]
            queue_outcome_in(tx, by.organisation_id, by.school_id, ids, told_due(now, settings), undone=True)
        return Undone(tuple(sorted({row.report_id for row in kept})), told, tuple(left))


def _put_back(
    tx: Connection, by: Decider, reports: dict[int, ReportToDecide], rows: Sequence[DecisionRow]
) -> tuple[list[DecisionRow], list[NotDecided]]:
    def session_of(row: DecisionRow) -> tuple[int, date, int]:
        return reports[row.report_id].enrolment_id, row.date, row.half

    enrolments = {report.enrolment_id for report in reports.values()}
    later = standing_after(tx, by.organisation_id, enrolments, min(row.id for row in rows))
    mine: dict[tuple[int, date, int], list[DecisionRow]] = defaultdict(list)
    for row in rows:
        mine[session_of(row)].append(row)
    # The same code again is another decision: the mark cannot tell the two apart, their numbers can.
    stale = {key for key, held in mine.items() if later.get(key, set()) - {row.id for row in held}}
    changes, expected = [], []
    for key, held in mine.items():
        if key not in stale:
            changes.append(MarkChange(*key, held[0].previous_code, minutes_late=held[0].previous_minutes_late))
            expected.append(held[-1].code)
    if changes:
        batch = MarkBatch(
            by.organisation_id, by.school_id, changes, by.actor, _MARK_REASON, MarkSource.REPORT, expected
        )
        stale |= {(each.enrolment_id, each.date, each.half) for each in write_marks_in(tx, batch).stale}
    kept = [row for row in rows if session_of(row) not in stale]
    gone = {row.report_id for row in rows} - {row.report_id for row in kept}
    return kept, [NotDecided(report_id, MARKED_MEANWHILE, reports[report_id], stale=True) for report_id in sorted(gone)]


def _keep(
    tx: Connection, by: Decider, reports: dict[int, ReportToDecide], every: Sequence[DecisionRow],
    kept: Sequence[DecisionRow], now: datetime,
) -> None:  # fmt: skip
    undone = {row.id for row in kept}
    tx.execute(
        update(ReportDecision)
        .where(ReportDecision.organisation_id == by.organisation_id, ReportDecision.id.in_(sorted(undone)))
        .values(undone_at=now, undone_by=by.actor.name)
    )
    of_report: dict[int, list[DecisionRow]] = defaultdict(list)
    for row in kept:
        of_report[row.report_id].append(row)
    to_state: dict[State, list[int]] = defaultdict(list)
    for report_id in of_report:
        standing = [r for r in every if r.report_id == report_id and r.undone_at is None and r.id not in undone]
        to_state[after_undo(State(reports[report_id].state), standing[-1].accepted if standing else None)].append(
            report_id
        )
    for state, report_ids in to_state.items():
        tx.execute(
            update(AbsenceReport)
            .where(AbsenceReport.organisation_id == by.organisation_id, AbsenceReport.id.in_(sorted(report_ids)))
            .values(state=state.value, version=AbsenceReport.version + 1)
        )
    add_events(
        tx, by.organisation_id, now, "undone", by.actor.name,
        [(report_id, {"decisions": [row.id for row in rows]}) for report_id, rows in of_report.items()],
    )  # fmt: skip
    trail.write(
        tx, by.organisation_id, by.actor,
        *(
            Deed("undid_decision", "absence_report", report_id, by.school_id, reports[report_id].pupil_id,
                 {"sessions": len(rows)})
            for report_id, rows in of_report.items()
        ),
    )  # fmt: skip
    for state, report_ids in to_state.items():
        for report_id in report_ids:
            sessions = [SchoolSession(row.date, Half.from_index(row.half)) for row in of_report[report_id]]
            events.emit(tx, decided_event(by, reports[report_id], state, sessions, accepted=None))
