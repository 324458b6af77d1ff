"""Still poorly? One tap sends yesterday's report for today."""

from __future__ import annotations

from datetime import timedelta

from webapp.absence.queries.families import FamilyReport, OwnReport, history_of
from webapp.absence.queries.reporting import find_reportable
from webapp.absence.rules.drafts import ChildDay, Refusals, TypedReport
from webapp.absence.rules.kinds import Kind
from webapp.absence.rules.reasons import Reason
from webapp.absence.rules.repeats import Earlier, asks_to_talk, find_repeatable
from webapp.absence.rules.states import ReportRefused, State
from webapp.absence.rules.times import local_day
from webapp.absence.services.report import ChildNotThere, Reported, Reporter, report_absence
from webapp.foundation.clock import school_now
from webapp.foundation.db import read_door

LOOK_BACK = timedelta(days=45)
"""The longest run that a school may set, with a fortnight of holidays in it."""


def repeat_yesterday(by: Reporter, child: str, key: str) -> Reported | Refusals:
    """Report the child (their name in URLs) ill today as on the school day before, without the words of then.

    A run longer than the school's setting is sent all the same, and the office reads it before it is confirmed.
    Raises ChildNotThere, SubmissionReused, and ReportRefused where there is nothing to repeat.
    """
    now = school_now()
    today = local_day(now)
    with read_door() as db:
        found = find_reportable(
            db, by.adults, [child], on=today, first=today, last=today, actor="", anchor=0, key=""
        ).children
        if not found:
            raise ChildNotThere("one of the children is not there")
        reports = history_of(db, by.adults, child, today - LOOK_BACK, today)
    one = found[0]
    day = ChildDay(one.key, one.first_name, one.calendar, one.times, one.year_group)
    # A second tap, or a retry: today's report is there already, and the same form leads to it.
    before_today = [as_earlier(report) for report in reports if report.starts_on < today]
    last = find_repeatable(before_today, day, today)
    if last is None:
        raise ReportRefused("report", "Please tell school why, or talk to us.")
    symptoms = next(report.symptoms for report in reports if report.public_id == last.public_id)
    typed = TypedReport(
        children=(child,), kind=Kind.ALL_DAY.value, starts_on=today.isoformat(), reason=Reason.ILL.value,
        symptoms=tuple(filter(None, symptoms.split(","))),
    )  # fmt: skip
    return report_absence(typed, by, key, long_run=asks_to_talk(before_today, day, today))


def as_earlier(report: OwnReport | FamilyReport) -> Earlier:
    """The row as the rules see it."""
    return Earlier(
        report.public_id, State(report.state), Reason(report.reason), Kind(report.kind), report.starts_on,
        report.ends_on,
    )  # fmt: skip
