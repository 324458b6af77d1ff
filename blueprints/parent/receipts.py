"""The receipt: what was sent, read and recorded; and the report's page for life, with its conversation."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from blueprints.parent import blueprint
from blueprints.parent.frame import adults, frame
from blueprints.parent.report_parts import (
    advice_of,
    away_of,
    clocks_of,
    look_of,
    parts_of,
    symptoms_of,
    title_of,
)
from blueprints.parent.shown import note_child
from blueprints.parent.typed import fit_to_show, new_key, receipt_url
from webapp.absence.queries.families import OwnReport, family_reports
from webapp.absence.queries.pages import ReportPage, find_report_page
from webapp.absence.rules.reasons import REASONS, Reason, why_words
from webapp.absence.rules.receipts import (
    asked_words,
    changed_words,
    expected_words,
    has_it_words,
    long_run_words,
    told_before_words,
)
from webapp.absence.rules.states import State
from webapp.absence.rules.talk import WordsRefused
from webapp.absence.rules.times import clock_words, local_day
from webapp.absence.services.change import ReportNotThere
from webapp.absence.services.talk import mark_talk_read, write_to_school
from webapp.access import current_parent
from webapp.accounts.queries.parents import ParentViewer
from webapp.foundation.clock import school_now
from webapp.foundation.db import read_door
from webapp.foundation.words import short_day_words
from webapp.insight.rules.shown import lines_of
from webapp.people.rules.refusals import Refused
from webapp.people.rules.settings import LONG_RUN_DAYS

Answer = str | tuple[str, int] | Response
_PLEASE_RING = "Please ring me about how long {child} will be away."
_NEAR = timedelta(days=14)


@blueprint.get("/absence-reports/<report>")
def receipt(report: str) -> Answer:
    return show(report)


@blueprint.post("/absence-reports/<report>/messages")
def write(report: str) -> Answer:
    return _say(report, fit_to_show(request.form.get("words", ""), whole=True), request.form.get("submission_key", ""))


@blueprint.post("/absence-reports/<report>/ring-me")
def ring_me(report: str) -> Answer:
    """A long run asks for a conversation: the family asks to be rung."""
    page = get_page(current_parent(), report, school_now())
    return _say(report, _PLEASE_RING.format(child=page.report.first_name), request.form.get("submission_key", ""))


def _say(report: str, words: str, key: str) -> Answer:
    try:
        write_to_school(adults(current_parent()), report, words, key)
    except ReportNotThere:
        abort(404)
    except (WordsRefused, Refused) as refused:
        return show(report, words=words, error=refused.mend), 422
    return redirect(receipt_url(report, _anchor="talk"), 303)


def get_page(viewer: ParentViewer, report: str, now: datetime) -> ReportPage:
    """The adult's own report, else 404."""
    with read_door() as db:
        page = find_report_page(db, adults(viewer), report, local_day(now), now)
    if page is None:
        abort(404)
    return page


def show(report: str, *, words: str = "", error: str = "", key: str = "") -> str:
    """The page of one report; with ``error`` what was written stands in it still."""
    viewer, now = current_parent(), school_now()
    with read_door() as db:
        page = find_report_page(db, adults(viewer), report, local_day(now), now)
        if page is None:
            abort(404)
        others = _sent_with(db, viewer, page.report, now)
    if any(line.side == "school" and line.read_at is None for line in page.talk):
        mark_talk_read(page.report.organisation_id, page.report.id, "school")
    context, notice = receipt_context(viewer, page, others, now), _notice(page, now)
    _note_shown(viewer, page, context, notice)
    return render_template(
        "parent/receipt.html", **context, typed_words=words, error=error, notice=notice,
        errors=[{"text": error, "href": "#words"}] if error else [], key=key or new_key(),
        sent_key=request.args.get("sent", "")[:64], writing="write" in request.args,
        back={"href": "/home", "text": "Today"}, **frame(viewer),
    )  # fmt: skip


def receipt_context(
    viewer: ParentViewer, page: ReportPage, others: list[ReportPage], now: datetime
) -> dict[str, Any]:
    """What the receipt says: of the report, and of the others that the same form sent."""
    one, today = page.report, local_day(now)
    title = title_of(one, today)
    if others and one.state == State.WITHDRAWN:
        title += f" for {one.first_name}"
    children = [parts_of(each, now) for each in (page, *others)]
    standing = [child for child in children if child["stands"]]
    return {
        "report": one, "school": page.school, "children": children, "clocks": clocks_of(children),
        "advice": advice_of([child["report"] for child in standing]),
        "nhs": next((child["nhs"] for child in standing if child["nhs"]), ""), "title": title,
        "look": look_of(State(one.state)),
        "has_it": [words for each in (page, *others) for words in _sentences(each, today)],
        "talk": [_line(line, today) for line in page.talk],
        "school_wrote": any(line.side == "school" for line in page.talk),
        "ask_leave": REASONS[Reason(one.reason)].asks_leave, "action": url_for("parent.write", report=one.public_id),
    }  # fmt: skip


def _note_shown(
    viewer: ParentViewer, page: ReportPage, context: dict[str, Any], notice: dict[str, Any] | None
) -> None:
    """The page of a report about several children is noted of each of them."""
    steps = [f"{step['title']} {step['text']}" for clock in context["clocks"] for step in clock["steps"]]
    facts = [f"{name}: {words}" for one in context["children"] for name, words in one["facts"]]
    talk = [f"{line['who']}, {line['at']}: {line['words']}" for line in context["talk"]]
    lines = lines_of(
        notice["text"] if notice else None, context["title"], context["has_it"], steps, context["advice"],
        context["nhs"], facts, talk,
    )  # fmt: skip
    for one in (page.report, *(each["report"] for each in context["children"][1:])):
        child = viewer.find_child(one.child)
        if child is not None:
            note_child(child, "receipt", lines)


def _sentences(page: ReportPage, today: date) -> list[str]:
    """Vale Academy has it: Ella is away today."""
    one = page.report
    if one.state == State.HELD:
        return ["School will check this with you first. Please ring the office."]
    if one.state == State.WITHDRAWN:
        coming = one.expected_at is not None and local_day(one.expected_at) == today
        return [expected_words(one.first_name, one.expected_at)] if coming and one.expected_at else []
    return [has_it_words(page.school.name, one.first_name, away_of(one), today)]


def _sent_with(db: Connection, viewer: ParentViewer, one: OwnReport, now: datetime) -> list[ReportPage]:
    """The reports about the other children of the same form."""
    others = [
        (child.organisation_id, place.id)
        for child in viewer.children
        for place in child.enrolments
        if place.id != one.enrolment_id
    ]
    # A change may have moved one of them to other days.
    reports = family_reports(db, adults(viewer), others, one.starts_on - _NEAR, one.ends_on + _NEAR)
    pages = [
        find_report_page(db, adults(viewer), other.public_id, local_day(now), now)
        for other in reports
        if other.mine and other.sent_at == one.sent_at
    ]
    return [page for page in pages if page is not None]


def _line(line: Any, today: date) -> dict[str, str]:
    day = local_day(line.at)
    when = clock_words(line.at) if day == today else f"{short_day_words(day)}, {clock_words(line.at)}"
    return {"who": line.author if line.side == "school" else "You", "side": line.side, "words": line.words, "at": when}


def _notice(page: ReportPage, now: datetime) -> dict[str, Any] | None:
    one = page.report
    if request.args.get("before"):
        words = told_before_words(one.first_name, one.sent_at, local_day(now), by_me=True)
        added = request.args["before"] == "added"
        more = "What you said now was added for school to read." if added else "School has it."
        return {"kind": "news", "text": f"{words} {more}", "action": None}
    if one.state != State.WITHDRAWN and (one.asked_until or request.args.get("long")):
        return {"kind": "wait", "text": _long_words(page), "action": _ring_me(page)}
    if request.args.get("changed"):
        why = why_words(Reason(one.reason), symptoms_of(one.symptoms))
        text = changed_words(away_of(one), why, one.changed_at, local_day(now))
        return {"kind": "good", "text": text, "action": None}
    return None


def _long_words(page: ReportPage) -> str:
    one = page.report
    if one.asked_until is None:
        return long_run_words(page.times.settings[LONG_RUN_DAYS])
    days = len(page.calendar.school_days(one.starts_on, one.ends_on, one.year_group))
    return asked_words(one.starts_on, one.asked_until, days)


def _ring_me(page: ReportPage) -> dict[str, Any] | None:
    """Offered until the family has asked for it."""
    one = page.report
    wish = _PLEASE_RING.format(child=one.first_name)
    if any(line.side == "family" and line.words == wish for line in page.talk):
        return None
    return {
        "text": "Ask school to ring me", "post": url_for("parent.ring_me", report=one.public_id),
        "fields": {"submission_key": f"ring-{one.public_id}"},
    }  # fmt: skip
