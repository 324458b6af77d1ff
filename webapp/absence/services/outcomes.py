"""When the two minutes are over, the family is told what school decided; an undone decision is told to nobody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, update

from webapp.absence.models import ReportDecision
from webapp.absence.queries.deciding import DecisionRow, decisions_of
from webapp.absence.queries.telling import ReportToTell, outcome_stands, reports_of_decisions
from webapp.absence.rules.deciding import worth_telling
from webapp.absence.services.telling import About, tell_outcome_in
from webapp.foundation import work
from webapp.foundation.clock import school_now
from webapp.foundation.db import unit_of_work
from webapp.foundation.work import Job, NewWork

TELL_OUTCOME = "absence.tell_outcome"


def queue_outcome_in(
    tx: Connection, organisation_id: int, school_id: int, decisions: Sequence[int], due: datetime, *,
    undone: bool = False,
) -> None:  # fmt: skip
    """Have the families of these decisions told once ``due`` (school time) has come, if there is then news."""
    work.enqueue(
        tx,
        NewWork(
            kind=TELL_OUTCOME, subject=f"{organisation_id}:{min(decisions)}", slot="undone" if undone else "",
            organisation_id=organisation_id, school_id=school_id, payload={"decisions": list(decisions)},
            school_due_at=due,
        ),
    )  # fmt: skip


def tell_outcome(job: Job) -> None:
    """Tell what stands now. Done twice it says nothing new: what was told is kept beside the decision."""
    if job.organisation_id is None:
        return
    with unit_of_work() as tx:
        tell_outcomes_in(tx, job.organisation_id, job.payload["decisions"], school_now())
        work.finish(job, tx)


def tell_outcomes_in(tx: Connection, organisation_id: int, decisions: Collection[int], now: datetime) -> int:
    """Tell the families of the reports to which these decisions belong; returns how many messages were made."""
    reports = {row.report_id: row for row in reports_of_decisions(tx, organisation_id, decisions)}
    by_report: dict[int, list[DecisionRow]] = defaultdict(list)
    for row in decisions_of(tx, organisation_id, list(reports)):
        by_report[row.report_id].append(row)
    said: list[int] = []
    count = 0
    for report_id, report in sorted(reports.items()):
        news = _news(by_report[report_id], now)
        if news is None or not outcome_stands(tx, organisation_id, report_id):
            continue
        say, key = news
        said += [row.id for row in by_report[report_id] if _stands(row, now) and row.told_at is None]
        if say and report.contact_id is not None:
            tell_outcome_in(tx, _about(organisation_id, report), key)
            count += 1
    if said:
        tx.execute(
            update(ReportDecision)
            .where(ReportDecision.organisation_id == organisation_id, ReportDecision.id.in_(said))
            .values(told_at=now)
        )
    return count


def _stands(row: DecisionRow, now: datetime) -> bool:
    return row.undone_at is None and row.told_due_at <= now


def _news(rows: Sequence[DecisionRow], now: datetime) -> tuple[bool, str] | None:
    """Whether to say it, and the key that makes it one message; None where nothing has become due.

    What was told and then undone is corrected, once: by the decision that took its place, or by saying so.
    """
    standing = [row for row in rows if _stands(row, now)]
    told = [row for row in rows if row.told_at is not None]
    fresh = [row for row in standing if row.told_at is None]
    if fresh:
        newest = fresh[-1]
        heard = [(row.code, row.accepted) for row in told]
        return worth_telling(newest.code, newest.accepted, heard), f"outcome:{newest.id}"
    taken_back = [row for row in told if row.undone_at is not None]
    coming = any(row.undone_at is None and row.told_due_at > now for row in rows)
    if taken_back and not coming and not any(row.told_at is not None for row in standing):
        return True, f"outcome:{taken_back[-1].id}:undone"
    return None


def _about(organisation_id: int, report: ReportToTell) -> About:
    return About(
        organisation_id, report.school_id, report.report_id, report.public_id, report.pupil_id, report.first_name,
        report.contact_id or 0,
    )  # fmt: skip


work.handler(TELL_OUTCOME, urgent=True)(tell_outcome)
