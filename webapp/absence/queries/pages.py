"""The page of one report, for the adult who sent it: what school made of it, the talk, the files."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, or_, select

from webapp.absence.models import ReportDecision, ReportEvent, ReportFile, ReportMessage
from webapp.absence.queries.families import OwnReport, find_own_report
from webapp.accounts.rules.persons import ContactKey
from webapp.foundation.types import Instant
from webapp.people.models import WithheldEntry
from webapp.people.queries import SchoolRow, calendar_of, get_school, settings_of
from webapp.people.rules.calendar import SchoolCalendar
from webapp.people.rules.school_times import SchoolTimes


@dataclass(frozen=True, slots=True)
class ToldDecision:
    """What school decided, told and not undone."""

    date: date
    half: int
    code: str
    accepted: bool
    reason: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class TalkLine:
    """One line of the talk on a report. ``side`` is school or family."""

    id: int
    side: str
    author: str
    words: str
    at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class FileLine:
    """A photo or paper on a report."""

    public_id: str
    file_id: int
    name: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class ReportPage:
    """Everything on the page of one report."""

    report: OwnReport
    school: SchoolRow
    calendar: SchoolCalendar
    times: SchoolTimes
    told: tuple[ToldDecision, ...]
    talk: tuple[TalkLine, ...]
    files: tuple[FileLine, ...]
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One change by the family: when, who, and the fields as they were until then, dates and times as ISO text."""

    at: datetime
    by: str
    before: dict[str, Any]


_TOLD = (
    select(
        ReportDecision.date, ReportDecision.half, ReportDecision.code, ReportDecision.accepted, ReportDecision.reason,
        ReportDecision.decided_at,
    )
    .where(
        ReportDecision.organisation_id == bindparam("organisation_id"),
        ReportDecision.report_id == bindparam("report_id"),
        ReportDecision.undone_at.is_(None),
        ReportDecision.told_due_at <= bindparam("now", type_=Instant()),
    )
    .order_by(ReportDecision.decided_at, ReportDecision.id)
)  # fmt: skip
_WITHHELD = (
    select(WithheldEntry.id)
    .where(
        WithheldEntry.organisation_id == ReportDecision.organisation_id,
        WithheldEntry.enrolment_id == bindparam("enrolment_id"), WithheldEntry.kind == "mark",
        WithheldEntry.date == ReportDecision.date, WithheldEntry.half == ReportDecision.half,
        WithheldEntry.shown_at.is_(None),
        or_(WithheldEntry.contact_id.is_(None), WithheldEntry.contact_id == bindparam("contact_id")),
    )
    .correlate(ReportDecision)
    .exists()
)  # fmt: skip
_TOLD = _TOLD.where(~_WITHHELD)
_TALK = (
    select(
        ReportMessage.id, ReportMessage.side, ReportMessage.author, ReportMessage.words, ReportMessage.at,
        ReportMessage.read_at,
    )
    .where(
        ReportMessage.organisation_id == bindparam("organisation_id"),
        ReportMessage.report_id == bindparam("report_id"),
    )
    .order_by(ReportMessage.at, ReportMessage.id)
)  # fmt: skip
_FILES = (
    select(ReportFile.public_id, ReportFile.file_id, ReportFile.name, ReportFile.added_at)
    .where(
        ReportFile.organisation_id == bindparam("organisation_id"),
        ReportFile.report_id == bindparam("report_id"),
        ReportFile.removed_at.is_(None),
    )
    .order_by(ReportFile.id)
)


_WITHDRAWN_AT = select(func.max(ReportEvent.at)).where(
    ReportEvent.organisation_id == bindparam("organisation_id"), ReportEvent.report_id == bindparam("report_id"),
    ReportEvent.kind == "withdrawn",
)  # fmt: skip

_CHANGES = (
    select(ReportEvent.at, ReportEvent.by, ReportEvent.before)
    .where(
        ReportEvent.organisation_id == bindparam("organisation_id"), ReportEvent.report_id == bindparam("report_id"),
        ReportEvent.kind.in_(("changed", "back_on")),
    )
    .order_by(ReportEvent.at, ReportEvent.id)
)  # fmt: skip


def find_report_page(
    db: Connection, adults: Collection[ContactKey], public_id: str, on: date, now: datetime
) -> ReportPage | None:
    """The page of one report in four statements, and one more for one that was taken back. A held report tells nothing
    of what school makes of it."""
    report = find_own_report(db, adults, public_id, on)
    if report is None:
        return None
    keys = {"organisation_id": report.organisation_id, "report_id": report.id}
    reader = {"enrolment_id": report.enrolment_id, "contact_id": report.contact_id}
    told = db.execute(_TOLD, {**keys, **reader, "now": now}).all() if report.state != "held" else []
    return ReportPage(
        report=report,
        school=get_school(db, report.organisation_id, report.school_id),
        calendar=calendar_of(db, report.organisation_id, report.school_id),
        times=SchoolTimes(settings_of(db, report.organisation_id, report.school_id, on)),
        told=tuple(ToldDecision(*row) for row in told),
        talk=tuple(TalkLine(*row) for row in db.execute(_TALK, keys)),
        files=tuple(FileLine(*row) for row in db.execute(_FILES, keys)),
        withdrawn_at=db.scalar(_WITHDRAWN_AT, keys) if report.state == "withdrawn" else None,
    )


def files_of(db: Connection, organisation_id: int, report_id: int) -> Sequence[FileLine]:
    """The files of a report whose reader has been checked."""
    keys = {"organisation_id": organisation_id, "report_id": report_id}
    return [FileLine(*row) for row in db.execute(_FILES, keys)]


def changes_of(db: Connection, organisation_id: int, report_id: int) -> Sequence[ChangeLine]:
    """What a report said before each of its family's changes, oldest first; its reader has been checked."""
    keys = {"organisation_id": organisation_id, "report_id": report_id}
    return [ChangeLine(row.at, row.by, row.before or {}) for row in db.execute(_CHANGES, keys)]


def talk_of(db: Connection, organisation_id: int, report_id: int) -> Sequence[TalkLine]:
    """The talk on a report whose reader has been checked, oldest first."""
    keys = {"organisation_id": organisation_id, "report_id": report_id}
    return [TalkLine(*row) for row in db.execute(_TALK, keys)]
