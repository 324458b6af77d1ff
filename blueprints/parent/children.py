"""The children: each one's year, every day as a list, and what was told school about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from flask import render_template, url_for

from blueprints.parent import blueprint
from blueprints.parent.frame import adults, frame, main_place, place_words, unread_lines
from blueprints.parent.own_words import in_own_words
from blueprints.parent.report_parts import away_of, symptoms_of
from blueprints.parent.shown import card_lines, note_child, note_days
from blueprints.parent.today import by_enrolment, card_of, wrote_today, year_of
from blueprints.pictures import WeekRow
from webapp.absence.queries.families import FamilyReport, OwnReport, family_reports, history_of
from webapp.absence.queries.own_voice import pupils_reports
from webapp.absence.rules.cover import Away
from webapp.absence.rules.kinds import Kind
from webapp.absence.rules.reasons import REASONS, Reason, why_words
from webapp.absence.rules.receipts import when_words
from webapp.absence.rules.times import local_day
from webapp.absence.services.repeat import LOOK_BACK
from webapp.access import child_for, current_parent
from webapp.accounts.queries.parents import ParentViewer, ViewerChild
from webapp.first_day.queries.families import FamilyDay, family_day, read_weeks
from webapp.foundation.clock import school_now
from webapp.foundation.db import read_door
from webapp.foundation.sessions import BOTH_HALVES, Half
from webapp.foundation.words import day_words, short_day_words
from webapp.people.queries import calendar_of
from webapp.people.rules.calendar import SchoolCalendar
from webapp.people.rules.own_voice import born_by
from webapp.people.rules.rights import Right
from webapp.record.rules.codes import YearLook, find_code_ever
from webapp.record.rules.weeks import academic_year, academic_year_bounds, unpack_week

Key = tuple[int, int]
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
    """One child: today, the year, and what this adult told school."""
    viewer, now = current_parent(), school_now()
    found, today = _visible(child), local_day(now)
    with read_door() as db:
        unread = unread_lines(db, viewer)
        days, told = _known(db, viewer, found, now)
        wrote = wrote_today(db, viewer, days, today)
        card = card_of(db, found, days, told, now, wrote) if _sees_today(found) else None
        card = in_own_words(card, found.first_name) if card and viewer.is_pupil else card
        year = _year(db, found, days, told, today)[0] if found.may(Right.VIEW_ATTENDANCE) else None
        since = academic_year_bounds(academic_year(today))[0]
        reports = history_of(db, adults(viewer), child, since, today) if found.may(Right.REPORT) else []
        own = _own_reports(db, viewer, found, since, today)
    rows = [_report_row(report, today) for report in reports[:_SEEN_REPORTS]]
    note_child(found, "child", [*card_lines(card), *(f"{row['text']}: {row['note']}" for row in rows)], year)
    return render_template(
        "parent/child.html", child=found, place=place_words(found), year=year, card=card, reports=rows,
        may_report=found.may(Right.REPORT), own=own,
        back={"href": "/home", "text": "Today"} if viewer.is_pupil else {"href": "/children", "text": "Children"},
        **frame(viewer, "children", unread),
    )  # fmt: skip


@blueprint.get("/children/<child>/year")
def year(child: str) -> str:
    """Every day as a list: the table of the picture, newest week first."""
    viewer, now = current_parent(), school_now()
    found, today = child_for(child, Right.VIEW_ATTENDANCE), local_day(now)
    with read_door() as db:
        unread = unread_lines(db, viewer)
        shown, weeks, calendar = _year(db, found, *_known(db, viewer, found, now), today)
    months = _months(weeks, calendar, main_place(found).year_group, today, shown["said"])
    note_days(found, shown, months)
    return render_template(
        "parent/year.html", child=found, year=shown, months=months,
        back={"href": url_for("parent.child", child=child), "text": found.first_name},
        **frame(viewer, "children", unread),
    )  # fmt: skip


def _visible(public_id: str) -> ViewerChild:
    """Any child of the viewer's own."""
    viewer = current_parent()
    found = viewer.find_child(public_id)
    return found if found is not None else child_for(public_id, Right.VIEW_ATTENDANCE)


def _sees_today(found: ViewerChild) -> bool:
    return found.may(Right.REPORT) or found.may(Right.VIEW_ATTENDANCE)


def _known(
    db: Any, viewer: ParentViewer, found: ViewerChild, now: datetime
) -> tuple[dict[Key, FamilyDay], dict[Key, list[FamilyReport]]]:
    """The child's day with the weeks of this year, and what the family told; nothing for who may see neither."""
    keys = [(found.organisation_id, place.id) for place in found.enrolments] if _sees_today(found) else []
    today = local_day(now)
    first, _ = academic_year_bounds(academic_year(today))
    told = family_reports(db, adults(viewer), keys, min(first, today - LOOK_BACK), today)
    return family_day(db, adults(viewer), keys, now, weeks_since=first), by_enrolment(told)


def _year(
    db: Any, found: ViewerChild, days: dict[Key, FamilyDay], told: dict[Key, list[FamilyReport]], today: date
) -> tuple[dict[str, Any], Sequence[WeekRow], SchoolCalendar]:
    place = main_place(found)
    key = (found.organisation_id, place.id)
    day = days[key]
    weeks = [WeekRow(*week) for week in read_weeks(day)]
    shown = year_of(db, found, day, weeks, today, told.get(key, ()))
    return shown, weeks, calendar_of(db, found.organisation_id, place.school.id)


def _report_row(report: OwnReport, today: date) -> dict[str, str]:
    return {
        "text": when_words(away_of(report), today), "note": REASONS[Reason(report.reason)].label,
        "href": url_for("parent.receipt", report=report.public_id),
    }  # fmt: skip


def _own_reports(
    db: Any, viewer: ParentViewer, found: ViewerChild, since: date, today: date
) -> list[dict[str, str]]:
    """What a pupil over compulsory school age told school for themselves, as their parents may see it."""
    if viewer.is_pupil or found.date_of_birth > born_by(today, 16) or not found.may(Right.VIEW_ATTENDANCE):
        return []
    keys = [(found.organisation_id, place.id) for place in found.enrolments]
    return [
        {
            "when": when_words(
                Away(Kind(one.kind), one.starts_on, one.ends_on, one.leaves_at, one.arrives_at), today
            ),
            "why": why_words(Reason(one.reason), symptoms_of(one.symptoms)) if one.reason else "", "words": one.words,
        }
        for one in pupils_reports(db, adults(viewer), keys, since, found.parents_see)[:_SEEN_REPORTS]
    ]  # fmt: skip


def _months(
    weeks: Iterable[WeekRow], calendar: SchoolCalendar, year_group: int | None, today: date,
    told: Mapping[tuple[date, Half], str],
) -> list[dict[str, Any]]:  # fmt: skip
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
                _words(
                    by_session.get((day, half.value)), calendar.is_open(day, half, year_group), day == today,
                    told.get((day, half), ""),
                )
                for half in BOTH_HALVES
            ]  # fmt: skip
            name = day_words(day).rsplit(" ", 1)[1] + f" {day.year}"
            if not months or months[-1]["name"] != name:
                months.append({"name": name, "days": []})
            months[-1]["days"].append((short_day_words(day).rsplit(" ", 1)[0], *said))
    return months


def _words(symbol: str | None, is_open: bool, is_today: bool, told: str) -> str:
    """``told`` stands in the place of "No reason yet": the family gave one, and school has not recorded it."""
    code = find_code_ever(symbol or "")
    if code is not None:
        return told if told and code.picture is YearLook.NO_REASON else code.parent_words
    if not is_open:
        return "No school"
    return "Not marked yet" if is_today else told or "No reason yet"
