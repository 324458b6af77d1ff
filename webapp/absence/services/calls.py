"""A family asks to be rung: a task for the office, due before school is over."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import Connection, update

from webapp.absence.models import AbsenceReport
from webapp.absence.queries.families import find_own_report
from webapp.absence.rules.times import local_day
from webapp.absence.services.change import ReportNotThere
from webapp.absence.services.rows import add_events
from webapp.absence.services.telling import About
from webapp.accounts.rules.persons import ContactKey
from webapp.foundation.clock import school_now
from webapp.foundation.db import unit_of_work
from webapp.foundation.sessions import Half
from webapp.foundation.trail import Actor, ActorKind
from webapp.people.queries import calendar_of, settings_of
from webapp.people.rules.calendar import SchoolCalendar
from webapp.people.rules.roles import Role
from webapp.people.rules.school_times import SchoolTimes
from webapp.people.services import open_task_in

RING_FAMILY = "ring_family"


def ask_for_call(adults: Collection[ContactKey], public_id: str) -> None:
    """"Shall we ring you? Yes, please." Asking twice is one task. Raises ReportNotThere."""
    with unit_of_work() as tx:
        now = school_now()
        report = find_own_report(tx, adults, public_id, local_day(now), lock=True)
        if report is None:
            raise ReportNotThere("no such report")
        if report.wants_call:
            return
        tx.execute(
            update(AbsenceReport)
            .where(AbsenceReport.organisation_id == report.organisation_id, AbsenceReport.id == report.id)
            .values(wants_call=True, read_first=True, version=report.version + 1)
        )
        add_events(tx, report.organisation_id, now, "asked_for_call", report.told_by, [(report.id, {})])
        about = About(
            report.organisation_id, report.school_id, report.id, report.public_id, report.pupil_id, report.first_name,
            report.contact_id,
        )  # fmt: skip
        want_call_in(tx, about, report.told_by, now)


def want_call_in(tx: Connection, about: About, told_by: str, now: datetime) -> None:
    """Open the office's task to ring the adult who sent the report."""
    calendar = calendar_of(tx, about.organisation_id, about.school_id)
    times = SchoolTimes(settings_of(tx, about.organisation_id, about.school_id, local_day(now)))
    open_task_in(
        tx, about.organisation_id, about.school_id, kind=RING_FAMILY, subject_kind="absence_report",
        subject_id=about.report_id, title=f"Ring {told_by} about {about.first_name}", pupil_id=about.pupil_id,
        owner_role=Role.ATTENDANCE_OFFICER.value, due_at=_due(calendar, times, now),
        actor=Actor(ActorKind.CONTACT, about.contact_id or None, told_by),
    )  # fmt: skip


def _due(calendar: SchoolCalendar, times: SchoolTimes, now: datetime) -> datetime:
    """The end of today's school, or of the next school day's once today's is over."""
    today = local_day(now)
    ends = times.session_ends(today, Half.PM)
    if calendar.is_school_day(today) and now < ends:
        return ends
    following: date | None = calendar.next_school_day(today)
    return times.session_ends(following, Half.PM) if following else ends
