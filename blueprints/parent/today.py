"""What stands on Today: a card a child, what waits, and the year; put together from one query each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any

from flask import url_for
from sqlalchemy import Connection

from blueprints.parent.frame import adults, enrolments, main_place, place_words
from blueprints.parent.own_words import in_own_words
from blueprints.parent.repeats import repeat_of
from blueprints.parent.told import said_by_family
from blueprints.pictures import WeekRow, year_picture
from webapp.absence.queries.families import FamilyReport, family_reports
from webapp.absence.rules.cards import Card, CardState, card_sentence
from webapp.absence.rules.drafts import ChildDay
from webapp.absence.rules.kinds import Kind
from webapp.absence.rules.receipts import after_close_words, told_before_words
from webapp.absence.rules.states import State
from webapp.absence.rules.times import clock_words, local_day
from webapp.absence.rules.today import Day, Told, card_facts
from webapp.absence.services.repeat import LOOK_BACK
from webapp.accounts.queries.parents import ParentViewer, ViewerChild, ViewerEnrolment
from webapp.first_day.queries.families import FamilyDay, family_day, read_weeks
from webapp.first_day.queries.told import texts_of_adults
from webapp.first_day.queries.unread_talk import Asked, unread_talk
from webapp.foundation.sessions import Half
from webapp.foundation.words import day_words, short_day_words
from webapp.people.queries import calendar_of, times_of
from webapp.people.rules.rights import Right
from webapp.people.rules.school_times import in_london
from webapp.people.rules.settings import TOO_FEW_SESSIONS
from webapp.record.rules import Tally, half_days_words
from webapp.record.rules.weeks import academic_year, academic_year_bounds

Key = tuple[int, int]
_READS = "A person will read it. You can still tell school here."
_STATUS = {
    CardState.IN: "in", CardState.CAME_IN: "in", CardState.AGREED: "agreed", CardState.KNOWN: "wait",
    CardState.EXPECTED: "wait", CardState.CHECK: "wait", CardState.RECORDED: "quiet", CardState.STARTS: "quiet",
    CardState.NOT_MARKED: "quiet",
}  # fmt: skip
_MAY_BE_POORLY = {CardState.STARTS, CardState.NOT_MARKED, CardState.NO_STATUS, CardState.WHERE}
_NO_NEED = {CardState.CLOSED, CardState.NO_SCHOOL, CardState.OVER, CardState.IN, CardState.CAME_IN, CardState.AGREED}


def load_today(db: Connection, viewer: ParentViewer, now: datetime) -> dict[str, Any]:
    """The cards, what waits and the year's pictures, in three statements."""
    today = local_day(now)
    first, _ = academic_year_bounds(academic_year(today))
    shown = enrolments(viewer, Right.REPORT, Right.VIEW_ATTENDANCE)
    days = family_day(db, adults(viewer), shown, now, weeks_since=first)
    reports = by_enrolment(family_reports(db, adults(viewer), shown, min(first, today - LOOK_BACK), today))
    asked = unread_talk(db, adults(viewer), enrolments(viewer, Right.REPORT))
    wrote = wrote_today(db, viewer, days, today)
    cards = [
        in_own_words(card, child.first_name) if child.rights.link.is_pupil else card
        for child in viewer.children
        if child.may(Right.REPORT) or child.may(Right.VIEW_ATTENDANCE)
        for card in (card_of(db, child, days, reports, now, wrote),)
    ]
    years = _years(db, viewer, days, reports, today)
    return {
        "cards": sorted(cards, key=lambda card: not card["alarm"]),
        "waiting": [_waiting(viewer, one) for one in asked],
        "years": years,
        "told": list(dict.fromkeys(words for one in years for words in one["told"])),
        "unread": sum(one.lines for one in asked),
        "before_title": f"{day_words(today)}, {clock_words(now)}",
    }


def wrote_today(
    db: Connection, viewer: ParentViewer, days: Mapping[Key, FamilyDay], today: date
) -> Mapping[Key, datetime]:
    """When the viewer last texted school about each child who is looked for; asked only where one is."""
    looked_for = {key for key, day in days.items() if day.case_half is not None}
    return texts_of_adults(db, adults(viewer), looked_for, in_london(today, time.min)) if looked_for else {}


def by_enrolment(reports: Iterable[FamilyReport]) -> dict[Key, list[FamilyReport]]:
    found: dict[Key, list[FamilyReport]] = {}
    for report in reports:
        found.setdefault((report.organisation_id, report.enrolment_id), []).append(report)
    return found


def card_of(
    db: Connection, child: ViewerChild, days: dict[Key, FamilyDay], reports: dict[Key, list[FamilyReport]],
    now: datetime, wrote: Mapping[Key, datetime],
) -> dict[str, Any]:  # fmt: skip
    """The card of one child: what is known of today, and what may be done."""
    place = main_place(child)
    keys = (child.organisation_id, place.school.id)
    today = local_day(now)
    times = times_of(db, *keys, today)
    recent = [
        report for report in reports.get((child.organisation_id, place.id), [])
        if report.ends_on >= today - LOOK_BACK
    ]  # fmt: skip
    told = [report for report in recent if report.ends_on >= today]
    day = days.get((child.organisation_id, place.id))
    sees = child.may(Right.VIEW_ATTENDANCE) and not (day is not None and day.quiet)
    facts = card_facts(
        child.first_name, _day(day), [_told(report) for report in told],
        calendar_of(db, *keys), times, place.year_group, now, may_view=sees,
        may_report=child.may(Right.REPORT),
    )  # fmt: skip
    written_at = wrote.get((child.organisation_id, place.id))
    card = card_sentence(replace(facts, written_at=written_at), now)
    mine = next((report for report in told if report.mine and report.state != State.WITHDRAWN), None)
    poorly = None
    if child.may(Right.REPORT) and card.state in _MAY_BE_POORLY and not _knows(told):
        own = ChildDay(child.public_id, child.first_name, calendar_of(db, *keys), times, place.year_group)
        poorly = repeat_of([report for report in recent if report.mine], own, now, looked_for=card.first)
    closes = times.register_closes(today, _looked_for(days, child, place))
    says = _READS if card.first and written_at else _says(child, card, mine, closes, now)
    return {
        "id": child.public_id,
        "name": child.first_name,
        "place": place_words(child),
        "alarm": card.first,
        "title": card.sentence if card.first else None,
        "status": {"kind": _STATUS[card.state], "text": _pill(card)} if card.state in _STATUS else None,
        "says": " ".join(filter(None, [says, poorly["says"] if poorly else ""])),
        "actions": _with_repeat(_actions(child, card, mine), poorly) if child.may(Right.REPORT) else [],
    }


def _knows(told: Iterable[FamilyReport]) -> bool:
    return any(report.state != State.WITHDRAWN for report in told)


def _with_repeat(actions: list[dict[str, Any]], poorly: dict[str, Any] | None) -> list[dict[str, Any]]:
    """One tap first; what was the main button stands beside it."""
    if poorly is None:
        return actions
    return [poorly["action"], {**actions[0], "kind": "secondary"}, *actions[1:]]


def _looked_for(days: dict[Key, FamilyDay], child: ViewerChild, place: ViewerEnrolment) -> Half:
    day = days.get((child.organisation_id, place.id))
    return Half.from_index(day.case_half or 0) if day else Half.AM


def _day(found: FamilyDay | None) -> Day:
    if found is None:
        return Day()
    return Day(
        found.code_am, found.code_pm, found.minutes_late, found.taken_am, found.taken_pm, found.arrived_at,
        found.seen_at, found.leave_until, found.case_half,
    )  # fmt: skip


def _told(report: FamilyReport) -> Told:
    arrives = in_london(report.starts_on, report.arrives_at) if report.arrives_at else None
    return Told(
        State(report.state), Kind(report.kind), report.starts_on, report.ends_on, report.sent_at, arrives,
        report.expected_at,
    )  # fmt: skip


def _pill(card: Card) -> str:
    """The short words of a status; what is longer stands under it."""
    if card.state is CardState.KNOWN:
        return "Away today" if card.sentence.endswith("is away today") else "Part of today"
    return {CardState.CHECK: "Not checked yet", CardState.EXPECTED: "On the way"}.get(card.state, card.sentence)


def _says(child: ViewerChild, card: Card, mine: FamilyReport | None, closed_at: datetime, now: datetime) -> str:
    if card.first:
        return f"{child.first_name} was not in class when the register closed at {clock_words(closed_at)}."
    if card.state in (CardState.KNOWN, CardState.NO_STATUS) and mine is not None:
        return told_before_words(child.first_name, mine.sent_at, local_day(now), by_me=True)
    if card.state in _STATUS and card.sentence == _pill(card):
        return ""
    return card.sentence if card.sentence.endswith(".") or not card.sentence else f"{card.sentence}."


def _actions(child: ViewerChild, card: Card, mine: FamilyReport | None) -> list[dict[str, Any]]:
    name = child.first_name
    away = url_for("parent.quick_report", child=child.public_id)
    other = {
        "text": "Late, early or another day", "kind": "secondary",
        "href": url_for("parent.new_report", children=child.public_id),
    }  # fmt: skip
    if card.first:
        return [
            {"text": f"{name} is away: tell school why", "href": away},
            {
                "text": f"{name} is on the way", "kind": "secondary",
                "href": url_for("parent.on_the_way", child=child.public_id),
            },
            {
                "text": f"I thought {name} was in school", "kind": "warning", "symbol": "warning",
                "post": url_for("parent.thought_in", child=child.public_id),
            },
        ]  # fmt: skip
    if mine is not None:
        see = url_for("parent.receipt", report=mine.public_id)
        return [{"text": "See or change this", "kind": "secondary", "href": see}]
    if card.state in (CardState.KNOWN, CardState.EXPECTED, CardState.CHECK):
        return [{"text": "Tell school something", "kind": "secondary", "href": away}]
    if card.state in _NO_NEED:
        return [other]
    return [{"text": f"{name} is not coming in", "href": away}, other]


def _waiting(viewer: ParentViewer, asked: Asked) -> dict[str, str]:
    child, place = next(
        (child, place)
        for child in viewer.children
        for place in child.enrolments
        if (child.organisation_id, place.id) == (asked.organisation_id, asked.enrolment_id)
    )
    return {
        "text": "Read and answer what school asks",
        "note": f"{place.school.name}, about {child.first_name} on {short_day_words(asked.starts_on)}.",
        "child": child.public_id,
        "href": url_for("parent.receipt", report=asked.public_id, _anchor="talk"),
    }


def _years(
    db: Connection, viewer: ParentViewer, days: dict[Key, FamilyDay], reports: dict[Key, list[FamilyReport]],
    today: date,
) -> list[dict[str, Any]]:  # fmt: skip
    """The picture of each child whose days the viewer may see, with the sentence that says the same."""
    return [
        year_of(
            db, child, days[key], [WeekRow(*week) for week in read_weeks(days[key])], today, reports.get(key, ())
        )
        for child in viewer.children
        if child.may(Right.VIEW_ATTENDANCE) and (key := (child.organisation_id, main_place(child).id)) in days
    ]


def year_of(
    db: Connection, child: ViewerChild, day: FamilyDay, weeks: Sequence[WeekRow], today: date,
    reports: Sequence[FamilyReport],
) -> dict[str, Any]:  # fmt: skip
    """One child's year: name, sentence, detail and picture; ``said`` are the words of sessions that a report covers."""
    place = main_place(child)
    keys = (child.organisation_id, place.school.id)
    calendar, times = calendar_of(db, *keys), times_of(db, *keys, today)
    first, last = academic_year_bounds(academic_year(today))
    terms = [term for term in calendar.terms if first <= term.starts_on <= last]
    counts = Tally(day.possible, day.present, day.authorised, day.unauthorised, day.late, day.unresolved, day.illness)
    few = counts.has_fewer_than(times.settings[TOO_FEW_SESSIONS])
    detail = "" if few else counts.percent_text + (", may change." if counts.provisional else ".")
    said = said_by_family(reports, calendar, times, place.year_group)
    picture = year_picture(
        weeks, terms, calendar, today, for_parent=True, layout="row", year_group=place.year_group,
        since=day.starts_on, until=day.ends_on, told=said.keys(),
    )  # fmt: skip
    return {
        "id": child.public_id,
        "name": child.first_name,
        "says": f"{child.first_name}: {half_days_words(counts)}.",
        "detail": detail,
        "picture": picture,
        "weeks": weeks,
        "said": said,
        "told": list(dict.fromkeys(said.values())) if "year-told" in picture else [],
        "href": url_for("parent.year", child=child.public_id),
    }  # fmt: skip


def notices(
    child: ViewerChild, reports: Sequence[FamilyReport], closes: datetime, now: datetime
) -> list[dict[str, Any]]:
    """What stands above the quick report: school knows already, or the register has closed."""
    found: list[dict[str, Any]] = []
    today = local_day(now)
    standing = [report for report in reports if report.state != State.WITHDRAWN]
    if standing:
        mine = next((report for report in standing if report.mine), None)
        words = told_before_words(child.first_name, (mine or standing[0]).sent_at, today, by_me=mine is not None)
        found.append({"kind": "news", "text": words, "actions": _see_or_add(mine) if mine else []})
    if now >= closes:
        phone = main_place(child).school.phone
        found.append({"kind": "wait", "text": after_close_words(child.first_name, closes, phone), "actions": []})
    return found


def _see_or_add(mine: FamilyReport) -> list[dict[str, str]]:
    see = url_for("parent.receipt", report=mine.public_id)
    add = url_for("parent.receipt", report=mine.public_id, write="yes", _anchor="talk")
    return [{"text": "See it", "href": see}, {"text": "Add to it", "href": add}]
