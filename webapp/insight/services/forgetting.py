"""Deleting rows of each kind, children before what they point at, set by set; nothing cascades by itself.

Every function runs in the transaction of one batch and returns the rows that are gone, by table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, select, update

from notifications.services.forgetting import forget_messages_in
from webapp.absence.models import AbsenceReport, ReportDecision, ReportEvent, ReportFile, ReportMessage
from webapp.first_day.models import CaseEvent, FirstDayCase, PupilNote
from webapp.foundation import files
from webapp.foundation.trail import FIRSTBELL
from webapp.foundation.trail.erase import erase
from webapp.insight.models import SubjectLine, SubjectRequest
from webapp.insight.rules.keeping import RecordKind, Schedule
from webapp.insight.services.pupils_gone import forget_pupils_in
from webapp.people.models import ImportRejection, ImportRun, Task
from webapp.record.services.forgetting import forget_sessions_in

Gone = Mapping[str, int]


def forget_units(
    tx: Connection, kind: RecordKind, organisation_id: int, school_id: int, schedule: Schedule, units: list[int]
) -> Gone:
    """Delete a batch of what is due of a kind: ``units`` are its numbers."""
    if kind is RecordKind.REGISTER:
        return forget_sessions_in(tx, organisation_id, units, schedule.before[kind])
    if kind is RecordKind.PUPILS:
        return forget_pupils_in(tx, organisation_id, units)
    return _BY_IDS[kind](tx, organisation_id, units)


def forget_reports_in(tx: Connection, organisation_id: int, report_ids: Collection[int]) -> Gone:
    """Reports with their decisions, talk and papers."""
    of_files = select(ReportFile.file_id).where(
        ReportFile.organisation_id == organisation_id, ReportFile.report_id.in_(report_ids)
    )
    papers = list(tx.scalars(of_files))
    gone = Counter({
        table.__tablename__: _gone(
            tx, table, table.organisation_id == organisation_id, table.report_id.in_(report_ids)
        )
        for table in (ReportDecision, ReportEvent, ReportMessage, ReportFile)
    })  # fmt: skip
    gone["absence_report"] = _gone(
        tx, AbsenceReport, AbsenceReport.organisation_id == organisation_id, AbsenceReport.id.in_(report_ids)
    )
    gone["file"] = files.remove_unused(tx, organisation_id, papers)
    return gone


def forget_cases_in(tx: Connection, organisation_id: int, case_ids: Collection[int]) -> Gone:
    return {
        "case_event": _gone(
            tx, CaseEvent, CaseEvent.organisation_id == organisation_id, CaseEvent.case_id.in_(case_ids)
        ),
        "first_day_case": _gone(
            tx, FirstDayCase, FirstDayCase.organisation_id == organisation_id, FirstDayCase.id.in_(case_ids)
        ),
    }


def _messages(tx: Connection, organisation_id: int, message_ids: Collection[int]) -> Gone:
    # A note keeps its words when the message that it became is gone.
    tx.execute(
        update(PupilNote)
        .where(PupilNote.organisation_id == organisation_id, PupilNote.message_id.in_(message_ids))
        .values(message_id=None)
    )
    return forget_messages_in(tx, organisation_id, message_ids)


def _tasks(tx: Connection, organisation_id: int, task_ids: Collection[int]) -> Gone:
    return {"task": _gone(tx, Task, Task.organisation_id == organisation_id, Task.id.in_(task_ids))}


def _imports(tx: Connection, organisation_id: int, run_ids: Collection[int]) -> Gone:
    mine = (ImportRun.organisation_id == organisation_id, ImportRun.id.in_(run_ids))
    held = [number for number in tx.scalars(select(ImportRun.file_id).where(*mine)) if number is not None]
    gone = {
        "import_rejection": _gone(
            tx, ImportRejection, ImportRejection.organisation_id == organisation_id, ImportRejection.run_id.in_(run_ids)
        ),
        "import_run": _gone(tx, ImportRun, *mine),
    }
    return {**gone, "file": files.remove_unused(tx, organisation_id, held)}


def _requests(tx: Connection, organisation_id: int, request_ids: Collection[int]) -> Gone:
    return {
        "subject_line": _gone(
            tx, SubjectLine, SubjectLine.organisation_id == organisation_id, SubjectLine.request_id.in_(request_ids)
        ),
        "subject_request": _gone(
            tx, SubjectRequest, SubjectRequest.organisation_id == organisation_id, SubjectRequest.id.in_(request_ids)
        ),
    }


def _trail(tx: Connection, organisation_id: int, entry_ids: Collection[int]) -> Gone:
    """What the entries say of people is erased; that something was done and when stays, and the chain verifies."""
    return {"trail_entry": erase(tx, organisation_id, FIRSTBELL, entry_ids)}


_BY_IDS: Mapping[RecordKind, Callable[[Connection, int, Collection[int]], Gone]] = {
    RecordKind.CASES: forget_cases_in, RecordKind.REPORTS: forget_reports_in, RecordKind.MESSAGES: _messages,
    RecordKind.TASKS: _tasks, RecordKind.IMPORTS: _imports, RecordKind.REQUESTS: _requests, RecordKind.TRAIL: _trail,
}  # fmt: skip


def _gone(tx: Connection, table: Any, *where: ColumnElement[bool]) -> int:
    return tx.execute(delete(table).where(*where)).rowcount


