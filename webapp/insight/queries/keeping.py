"""What is due to be deleted at a school, kind by kind, and who is held: nothing that is held is ever among it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, or_, select, union

from notifications.models import InboundMessage, Message, MessagePupil
from webapp.absence.models import AbsenceReport
from webapp.first_day.models import FirstDayCase
from webapp.foundation.trail import TrailEntry
from webapp.foundation.trail.entries import ERASURE
from webapp.foundation.work.table import Work
from webapp.insight.models import RecordHold, RetentionCount, RetentionRun, SubjectRequest
from webapp.insight.rules.keeping import RecordKind, Schedule
from webapp.people.models import (
    Enrolment,
    ImportRun,
    MessageStop,
    Pupil,
    PupilContact,
    PupilGroup,
    Task,
    WithheldEntry,
)
from webapp.people.rules.groups import Group
from webapp.record.models import Mark, MarkAmendment

SHOWN = 50
_SEN = (Group.SEN_SUPPORT.value, Group.EHCP.value)


def held_pupils(of: int) -> Any:
    """Pupils of whom nothing is deleted: held by a person, asked about, looked for, or protected."""
    open_case = (
        select(Enrolment.pupil_id)
        .join(
            FirstDayCase,
            and_(FirstDayCase.organisation_id == Enrolment.organisation_id, FirstDayCase.enrolment_id == Enrolment.id),
        )
        .where(Enrolment.organisation_id == of, FirstDayCase.state != "closed")
    )
    return union(
        select(RecordHold.pupil_id).where(
            RecordHold.organisation_id == of, RecordHold.released_at.is_(None), RecordHold.pupil_id.is_not(None)
        ),
        select(SubjectRequest.pupil_id).where(
            SubjectRequest.organisation_id == of, SubjectRequest.state != "closed", SubjectRequest.pupil_id.is_not(None)
        ),
        select(MessageStop.pupil_id).where(MessageStop.organisation_id == of, MessageStop.lifted_at.is_(None)),
        select(WithheldEntry.pupil_id).where(WithheldEntry.organisation_id == of, WithheldEntry.shown_at.is_(None)),
        open_case,
    )


def held_contacts(of: int) -> Any:
    """Contacts of whom nothing is deleted: held by a person, or who ask for what is held about them."""
    return union(
        select(RecordHold.contact_id).where(
            RecordHold.organisation_id == of, RecordHold.released_at.is_(None), RecordHold.contact_id.is_not(None)
        ),
        select(SubjectRequest.contact_id).where(
            SubjectRequest.organisation_id == of, SubjectRequest.state != "closed",
            SubjectRequest.contact_id.is_not(None),
        ),
    )  # fmt: skip


def _free(column: Any, held: Any) -> ColumnElement[bool]:
    return or_(column.is_(None), column.not_in(held))


def instant(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)


def free_texts(of: int) -> tuple[ColumnElement[bool], ...]:
    """Texts that came in from nobody who is held, and about no pupil who is."""
    kept = select(Enrolment.id).where(Enrolment.organisation_id == of, Enrolment.pupil_id.in_(held_pupils(of)))
    return (
        _free(InboundMessage.contact_id, held_contacts(of)), _free(InboundMessage.enrolment_id, kept),
        InboundMessage.state == "settled",
    )  # fmt: skip


def _enrolments(of: int, school_id: int) -> Select[Any]:
    """Enrolments of the school whose pupil is not held."""
    return select(Enrolment.id).where(
        Enrolment.organisation_id == of, Enrolment.school_id == school_id, Enrolment.pupil_id.not_in(held_pupils(of))
    )


@dataclass(frozen=True, slots=True)
class DueRows:
    """Where a kind's due rows are: each with its ``unit`` (what is deleted at once) and its day or instant."""

    table: Any
    unit: Any
    when: Any
    where: Sequence[ColumnElement[bool]]

    def units(self, limit: int) -> Select[Any]:
        """The first units, oldest numbers first."""
        return select(self.unit).where(*self.where).distinct().order_by(self.unit).limit(limit)


def due_rows(kind: RecordKind, of: int, school_id: int, schedule: Schedule) -> DueRows:
    """What is due of a kind at a school."""
    before = schedule.before[kind]
    since = instant(before)
    match kind:
        case RecordKind.REGISTER:
            # Changed later than that: the entry of the change is younger than the session, and keeps it.
            late = exists().where(
                MarkAmendment.organisation_id == of, MarkAmendment.enrolment_id == Mark.enrolment_id,
                MarkAmendment.date < before, MarkAmendment.amended_at >= since,
            )  # fmt: skip
            return DueRows(Mark, Mark.enrolment_id, Mark.date, (
                Mark.organisation_id == of, Mark.date < before, Mark.enrolment_id.in_(_enrolments(of, school_id)),
                ~late,
            ))  # fmt: skip
        case RecordKind.CASES:
            return DueRows(FirstDayCase, FirstDayCase.id, FirstDayCase.date, (
                FirstDayCase.organisation_id == of, FirstDayCase.school_id == school_id, FirstDayCase.date < before,
                FirstDayCase.state == "closed", FirstDayCase.enrolment_id.in_(_enrolments(of, school_id)),
            ))  # fmt: skip
        case RecordKind.REPORTS:
            return DueRows(AbsenceReport, AbsenceReport.id, AbsenceReport.ends_on, (
                AbsenceReport.organisation_id == of, AbsenceReport.school_id == school_id,
                AbsenceReport.ends_on < before, AbsenceReport.sent_at < since,
                AbsenceReport.enrolment_id.in_(_enrolments(of, school_id)),
                _free(AbsenceReport.contact_id, held_contacts(of)),
            ))  # fmt: skip
        case RecordKind.MESSAGES:
            of_held = exists().where(
                MessagePupil.organisation_id == of, MessagePupil.message_id == Message.id,
                MessagePupil.pupil_id.in_(held_pupils(of)),
            )  # fmt: skip
            return DueRows(Message, Message.id, Message.created_at, (
                Message.organisation_id == of, Message.school_id == school_id, Message.created_at < since, ~of_held,
                _free(Message.contact_id, held_contacts(of)),
            ))  # fmt: skip
        case RecordKind.TASKS:
            return DueRows(Task, Task.id, Task.closed_at, (
                Task.organisation_id == of, Task.school_id == school_id, Task.state != "open", Task.closed_at < since,
                _free(Task.pupil_id, held_pupils(of)),
            ))  # fmt: skip
        case RecordKind.IMPORTS:
            return DueRows(ImportRun, ImportRun.id, ImportRun.staged_at, (
                ImportRun.organisation_id == of, ImportRun.school_id == school_id, ImportRun.staged_at < since,
            ))  # fmt: skip
        case RecordKind.REQUESTS:
            return DueRows(SubjectRequest, SubjectRequest.id, SubjectRequest.closed_at, (
                SubjectRequest.organisation_id == of, SubjectRequest.school_id == school_id,
                SubjectRequest.state == "closed", SubjectRequest.closed_at < since,
                SubjectRequest.gathered_file_id.is_(None), _free(SubjectRequest.pupil_id, held_pupils(of)),
                _free(SubjectRequest.contact_id, held_contacts(of)),
            ))  # fmt: skip
        case RecordKind.TRAIL:
            return DueRows(TrailEntry, TrailEntry.id, TrailEntry.at, (
                TrailEntry.organisation_id == of, TrailEntry.at < since,
                # Signing in belongs to no school: it goes with the first that deletes.
                or_(TrailEntry.school_id == school_id, TrailEntry.school_id.is_(None)),
                TrailEntry.erased_at.is_(None), TrailEntry.digest.is_not(None), TrailEntry.action != ERASURE,
                _free(TrailEntry.pupil_id, held_pupils(of)),
            ))  # fmt: skip
    return _pupils(of, school_id, schedule)


def _pupils(of: int, school_id: int, schedule: Schedule) -> DueRows:
    """Who has left every school of the organisation, is old enough, and of whom no register is kept by law any more."""
    mine = and_(Enrolment.organisation_id == of, Enrolment.pupil_id == Pupil.id)
    sen = exists().where(
        PupilGroup.organisation_id == of, PupilGroup.pupil_id == Pupil.id, PupilGroup.group.in_(_SEN)
    )
    tied_to_held = exists().where(
        PupilContact.organisation_id == of, PupilContact.pupil_id == Pupil.id,
        PupilContact.contact_id.in_(held_contacts(of)),
    )  # fmt: skip
    return DueRows(Pupil, Pupil.id, Pupil.date_of_birth, (
        Pupil.organisation_id == of, exists().where(mine, Enrolment.school_id == school_id),
        ~exists().where(mine, or_(Enrolment.ends_on.is_(None), Enrolment.ends_on >= schedule.left_before)),
        or_(
            Pupil.date_of_birth < schedule.sen_born,
            and_(Pupil.date_of_birth < schedule.before[RecordKind.PUPILS], ~sen),
        ),
        Pupil.id.not_in(held_pupils(of)), ~tied_to_held,
    ))  # fmt: skip


@dataclass(frozen=True, slots=True)
class DueCount:
    """How much is due of a kind, and the day of the oldest."""

    kind: RecordKind
    before: date
    due: int
    oldest: date | None


def count_due(db: Connection, kind: RecordKind, of: int, school_id: int, schedule: Schedule) -> DueCount:
    """Counts anew, in one statement."""
    rows = due_rows(kind, of, school_id, schedule)
    row = db.execute(
        select(func.count().label("due"), func.min(rows.when).label("oldest"))
        .select_from(rows.table)
        .where(*rows.where)
    ).one()
    oldest = row.oldest.date() if isinstance(row.oldest, datetime) else row.oldest
    return DueCount(kind, schedule.before[kind], row.due, oldest)


@dataclass(frozen=True, slots=True)
class DueName:
    """One person or thing of which something is due: what, how much, and the oldest day."""

    name: str
    due: int
    oldest: date | None


def list_due(db: Connection, kind: RecordKind, of: int, school_id: int, schedule: Schedule) -> Sequence[DueName]:
    """Of whom something is due, the oldest first, at most ``SHOWN``. Nothing of what it says.

    Of messages and the trail, which are of everybody, there is no list.
    """
    rows = due_rows(kind, of, school_id, schedule)
    name: Any
    statement: Any
    if kind in (RecordKind.REGISTER, RecordKind.CASES, RecordKind.REPORTS):
        name = Pupil.first_name + " " + Pupil.last_name
        statement = (
            select(name, func.count(), func.min(rows.when))
            .select_from(rows.table)
            .join(Enrolment, and_(Enrolment.organisation_id == of, Enrolment.id == rows.table.enrolment_id))
            .join(Pupil, and_(Pupil.organisation_id == of, Pupil.id == Enrolment.pupil_id))
            .where(*rows.where)
            .group_by(Pupil.id, Pupil.first_name, Pupil.last_name)
        )
    elif kind is RecordKind.PUPILS:
        name = Pupil.first_name + " " + Pupil.last_name
        statement = select(name, 1, rows.when).where(*rows.where)
    elif kind is RecordKind.IMPORTS:
        statement = select(ImportRun.file_name, 1, rows.when).where(*rows.where)
    else:
        return ()
    when = func.min(rows.when) if kind not in (RecordKind.PUPILS, RecordKind.IMPORTS) else rows.when
    found = db.execute(statement.order_by(when, rows.unit if when is rows.when else Pupil.id).limit(SHOWN))
    return [DueName(row[0], row[1], row[2].date() if isinstance(row[2], datetime) else row[2]) for row in found]


def last_counts(db: Connection, of: int, school_id: int) -> Mapping[str, Any]:
    """What the night counted, by kind; nothing before the first night."""
    rows = db.execute(
        select(RetentionCount.__table__).where(
            RetentionCount.organisation_id == of, RetentionCount.school_id == school_id
        )
    )
    return {row.kind: row for row in rows}


def list_runs(db: Connection, of: int, school_id: int) -> Sequence[Any]:
    """Deletions of the school with their certificates, newest first."""
    return db.execute(
        select(RetentionRun.__table__)
        .where(RetentionRun.organisation_id == of, RetentionRun.school_id == school_id)
        .order_by(RetentionRun.id.desc())
        .limit(100)
    ).all()


def find_run(db: Connection, of: int, school_id: int, public_id: str) -> Any | None:
    return db.execute(
        select(RetentionRun.__table__).where(
            RetentionRun.organisation_id == of, RetentionRun.school_id == school_id,
            RetentionRun.public_id == public_id,
        )
    ).one_or_none()  # fmt: skip


def run_progress(db: Connection, of: int, run_id: int) -> tuple[int, str]:
    """Percent and words of a deletion under way; 0 where it has not begun."""
    row = db.execute(
        select(Work.percent, Work.progress_words).where(
            Work.kind == "retention_run", Work.subject == f"{of}:{run_id}"
        )
    ).one_or_none()
    return (row.percent or 0, row.progress_words) if row is not None else (0, "")
