"""The children: each one's year, every day as a list, and what was told school about them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from flask import render_template, url_for

from blueprints.parent import blueprint
from blueprints.parent.frame import adults, child_day, frame, main_place, place_words, unread_lines
from blueprints.parent.repeats import repeat_of
from blueprints.parent.report_parts import away_of
from blueprints.parent.today import year_of
from blueprints.pictures import WeekRow
from webapp.absence.queries.families import OwnReport, history_of
from webapp.absence.rules.reasons import REASONS, Reason
from webapp.absence.rules.receipts import when_words
from webapp.absence.rules.times import local_day
from webapp.absence.services.repeat import LOOK_BACK
from webapp.access import child_for, current_parent
from webapp.accounts.queries.parents import ViewerChild
from webapp.first_day.queries.families import family_day, read_weeks
from webapp.foundation.clock import school_now
from webapp.foundation.db import read_door
from webapp.foundation.sessions import BOTH_HALVES
from webapp.foundation.words import day_words, short_day_words
from webapp.people.queries import calendar_of
from webapp.people.rules.calendar import SchoolCalendar
from webapp.people.rules.rights import Right
from webapp.record.rules.codes import find_code_ever
from webapp.record.rules.weeks import academic_year, academic_year_bounds, unpack_week

_SEEN_REPORTS = 20


@blueprint.get("/children")
def children() -> str:
    viewer = current_parent()
    with read_door() as db:
        unread = unread_lines(db, viewer)
    rows = [
        {
            "text": child.first_name, "note": place_words(child),
            "href": url_for("parent.child", child=child.public_id),
        }
        for child in viewer.children
    ]  # fmt: skip
    return render_template("parent/children.html", rows=rows, **frame(viewer, "children", unread))


@blueprint.get("/children/<child>")
def child(child: str) -> str:
    """One child: the year, and what this adult told school."""
    viewer, today = current_parent(), local_day(school_now())
    found = _visible(child)
    with read_door() as db:
        unread = unread_lines(db, viewer)
        year = _year(db, found, today)[0] if found.may(Right.VIEW_ATTENDANCE) else None
        since = academic_year_bounds(academic_year(today))[0]
        reports = history_of(db, adults(viewer), child, since, today) if found.may(Right.REPORT) else []
        recent = [report for report in reports if report.ends_on >= today - LOOK_BACK]
        poorly = repeat_of(recent, child_day(db, found, today), school_now())
    return render_template(
        "parent/child.html", child=found, place=place_words(found), year=year, poorly=poorly,
        reports=[_report_row(report, today) for report in reports[:_SEEN_REPORTS]],
        may_report=found.may(Right.REPORT), back={"href": "/children", "text": "Children"},
        **frame(viewer, "children", unread),
    )  # fmt: skip


@blueprint.get("/children/<child>/year")
def year(child: str) -> str:
    """Every day as a list: the table of the picture, newest week first."""
    viewer, today = current_parent(), local_day(school_now())
    found = child_for(child, Right.VIEW_ATTENDANCE)
    with read_door() as db:
        unread = unread_lines(db, viewer)
        shown, weeks, calendar = _year(db, found, today)
    return render_template(
        "parent/year.html", child=found, year=shown,
        months=_months(weeks, calendar, main_place(found).year_group, today),
        back={"href": url_for("parent.child", child=child), "text": found.first_name},
        **frame(viewer, "children", unread),
    )  # fmt: skip


def _visible(public_id: str) -> ViewerChild:
    """Any child of the viewer's own."""
    viewer = current_parent()
    found = viewer.find_child(public_id)
    return found if found is not None else child_for(public_id, Right.VIEW_ATTENDANCE)


def _year(db: Any, found: ViewerChild, today: date) -> tuple[dict[str, Any], Sequence[WeekRow], SchoolCalendar]:
    place = main_place(found)
    key = (found.organisation_id, place.id)
    first, _ = academic_year_bounds(academic_year(today))
    day = family_day(db, [key], school_now(), weeks_since=first)[key]
    weeks = [WeekRow(*week) for week in read_weeks(day)]
    return year_of(db, found, day, weeks, today), weeks, calendar_of(db, found.organisation_id, place.school.id)


def _report_row(report: OwnReport, today: date) -> dict[str, str]:
    return {
        "text": when_words(away_of(report), today), "note": REASONS[Reason(report.reason)].label,
        "href": url_for("parent.receipt", report=report.public_id),
    }  # fmt: skip


def _months(
    weeks: Iterable[WeekRow], calendar: SchoolCalendar, year_group: int | None, today: date
) -> list[dict[str, Any]]:
    """The days of each month, newest first: (day, morning, afternoon) in words; a day without school is left out."""
    months: list[dict[str, Any]] = []
    for week in sorted(weeks, reverse=True):
        marks = unpack_week(week.codes, week.week)
        by_session = {(day, half.value): code for (day, half), code in marks.items()}
        for number in range(4, -1, -1):
            day = week.week + timedelta(days=number)
            if day > today or not calendar.is_school_day(day, year_group):
                continue
            said = [
                _words(by_session.get((day, half.value)), calendar.is_open(day, half, year_group), day == today)
                for half in BOTH_HALVES
            ]
            name = day_words(day).rsplit(" ", 1)[1] + f" {day.year}"
            if not months or months[-1]["name"] != name:
                months.append({"name": name, "days": []})
            months[-1]["days"].append((short_day_words(day).rsplit(" ", 1)[0], *said))
    return months


def _words(symbol: str | None, is_open: bool, is_today: bool) -> str:
    code = find_code_ever(symbol or "")
    if code is not None:
        return code.parent_words
    if not is_open:
        return "No school"
    return "Not marked yet" if is_today else "No reason yet"
