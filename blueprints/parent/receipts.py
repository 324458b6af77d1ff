"""The receipt: what was sent, read and recorded; and the report's page for life, with its conversation."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from blueprints.parent import blueprint
from blueprints.parent.frame import adults, frame
from blueprints.parent.typed import fit_to_show, new_key, receipt_url
from webapp.absence.queries.families import FamilyReport, OwnReport, family_reports
from webapp.absence.queries.pages import ReportPage, find_report_page
from webapp.absence.rules.cover import Away
from webapp.absence.rules.drafts import ChildDay, latest_back_on
from webapp.absence.rules.kinds import WHOLE_DAYS, Kind
from webapp.absence.rules.reasons import NHS_ADVICE, REASONS, Reason, Symptom, after_words, why_words
from webapp.absence.rules.receipts import (
    ReceiptFacts,
    StepName,
    Told,
    expected_words,
    has_it_words,
    headline,
    long_run_words,
    receipt_steps,
    told_before_words,
    when_words,
)
from webapp.absence.rules.states import Event, State, allows
from webapp.absence.rules.talk import WordsRefused
from webapp.absence.rules.times import clock_words, local_day
from webapp.absence.services.change import ReportNotThere
from webapp.absence.services.talk import mark_talk_read, write_to_school
from webapp.access import current_parent
from webapp.accounts.queries.parents import ParentViewer
from webapp.foundation.clock import school_now
from webapp.foundation.db import read_door
from webapp.foundation.submissions import SubmissionReused
from webapp.foundation.words import day_words, short_day_words
from webapp.people.rules.refusals import Refused
from webapp.people.rules.settings import LONG_RUN_DAYS

Answer = str | tuple[str, int] | Response
_PLEASE_RING = "Please ring me about how long {child} will be away."
# The title and what is smaller beside it: "Sent" and "7:41am", "Not read yet" and what follows its full stop.
_TIMED = re.compile(r"(Sent|Read by [^.]*?|Recorded as [^.]*?|Not [^.:]*?)\.? ((?:\w{3} \d+ \w+, )?\d.*|[A-Z].*)")
_STEP_LOOK = {StepName.NOT_ACCEPTED: "refused"}


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
    except SubmissionReused:
        # The words of the first time stand in the talk, for everybody to see.
        return redirect(receipt_url(report, _anchor="talk"), 303)
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
        others = _sent_with(db, viewer, page.report)
    if any(line.side == "school" and line.read_at is None for line in page.talk):
        mark_talk_read(page.report.organisation_id, page.report.id, "school")
    return render_template(
        "parent/receipt.html", **receipt_context(viewer, page, others, now), typed_words=words, error=error,
        errors=[{"text": error, "href": "#words"}] if error else [], key=key or new_key(),
        sent_key=request.args.get("sent", "")[:64], notice=_notice(page, now), back={"href": "/home", "text": "Today"},
        **frame(viewer),
    )  # fmt: skip


def receipt_context(
    viewer: ParentViewer, page: ReportPage, others: list[FamilyReport], now: datetime
) -> dict[str, Any]:
    """What the receipt says, each thing only when it is so."""
    one, today = page.report, local_day(now)
    state, away = State(one.state), away_of(one)
    away_still = state is not State.WITHDRAWN
    return {
        "report": one, "school": page.school, "title": title_of(one, today), "look": look_of(state),
        "has_it": _sentences(viewer, page, away, others, today), "steps": _steps(page, now),
        "advice": advice_of(one) if away_still else (),
        "nhs": NHS_ADVICE if one.reason == Reason.ILL and away_still else "",
        "facts": facts_of(one, today), "talk": [_line(line, today) for line in page.talk],
        "files": [(file.public_id, file.name) for file in page.files],
        "backs": _backs(page, today), "may_change": allows(state, Event.CHANGE) and one.ends_on >= today,
        "may_withdraw": allows(state, Event.WITHDRAW) and one.ends_on >= today,
        "ask_leave": REASONS[Reason(one.reason)].asks_leave, "action": url_for("parent.write", report=one.public_id),
    }  # fmt: skip


def away_of(one: OwnReport) -> Away:
    return Away(Kind(one.kind), one.starts_on, one.ends_on, one.leaves_at, one.arrives_at)


def title_of(one: OwnReport, today: date) -> str:
    """The h1: when it was sent; of one taken back, that."""
    if one.state == State.WITHDRAWN:
        return "You took this back"
    sent_on = local_day(one.sent_at)
    if sent_on == today:
        return headline(one.sent_at)
    return f"Sent to school on {short_day_words(sent_on)}, {clock_words(one.sent_at)}"


def look_of(state: State) -> str:
    if state is State.HELD:
        return "wait"
    return "quiet" if state is State.WITHDRAWN else "in"


def facts_of(one: OwnReport, today: date) -> list[tuple[str, str]]:
    """What you told school."""
    symptoms = [Symptom(chip) for chip in one.symptoms.split(",") if chip in set(Symptom)]
    found = [
        ("Child", one.first_name),
        ("When", when_words(away_of(one), today)),
        ("Why", why_words(Reason(one.reason), symptoms)),
    ]
    if one.back_on:
        found.append(("Back", day_words(one.back_on)))
    if one.words:
        found.append(("Your words", one.words))
    if one.wants_call:
        found.append(("Ring you?", "Yes, please"))
    return found


def advice_of(one: OwnReport) -> tuple[str, ...]:
    symptoms = [Symptom(chip) for chip in one.symptoms.split(",") if chip in set(Symptom)]
    words = after_words(Reason(one.reason), symptoms, one.first_name)
    # The question whether to ring was asked on the form.
    return tuple(line.removesuffix(" Shall we ring you?") for line in words)


def _sentences(
    viewer: ParentViewer, page: ReportPage, away: Away, others: list[FamilyReport], today: date
) -> list[str]:
    """Vale Academy has it: Ella is away today."""
    one = page.report
    if one.state == State.HELD:
        return ["School will check this with you first. Please ring the office."]
    if one.state == State.WITHDRAWN:
        coming = one.expected_at is not None and local_day(one.expected_at) == today
        return [expected_words(one.first_name, one.expected_at)] if coming and one.expected_at else []
    found = [has_it_words(page.school.name, one.first_name, away, today)]
    for other in others:
        name, school = _names(viewer, other)
        also = Away(Kind(other.kind), other.starts_on, other.ends_on)
        if name and also.kind in WHOLE_DAYS:
            found.append(has_it_words(school, name, also, today))
        elif name:
            found.append(f"{school} has it: {name} too.")
    return found


def _sent_with(db: Connection, viewer: ParentViewer, one: OwnReport) -> list[FamilyReport]:
    """The reports about the other children of the same form."""
    others = [
        (child.organisation_id, place.id)
        for child in viewer.children
        for place in child.enrolments
        if place.id != one.enrolment_id
    ]
    reports = family_reports(db, adults(viewer), others, one.starts_on, one.ends_on)
    return [other for other in reports if other.mine and other.sent_at == one.sent_at]


def _names(viewer: ParentViewer, other: FamilyReport) -> tuple[str, str]:
    for child in viewer.children:
        for place in child.enrolments:
            if (child.organisation_id, place.id) == (other.organisation_id, other.enrolment_id):
                return child.first_name, place.school.name
    return "", ""


def _steps(page: ReportPage, now: datetime) -> list[dict[str, str]]:
    one = page.report
    facts = ReceiptFacts(
        State(one.state), one.sent_at, one.read_at, page.times.office_opens(local_day(now)), one.after_close,
        [Told(told.code, told.accepted, told.decided_at, told.reason) for told in page.told], one.expected_at,
        page.withdrawn_at,
    )  # fmt: skip
    steps = []
    for step in receipt_steps(facts, now):
        look = _STEP_LOOK.get(step.name, "done" if step.done else "waiting")
        timed = _TIMED.fullmatch(step.words)
        title, text = (timed[1], timed[2]) if timed else (step.words.removesuffix("."), "")
        found = {"state": look, "title": title, "text": text}
        if step.asks:
            found |= {"href": "#talk", "link": "Ask school about this"}
        steps.append(found)
    return steps


def _line(line: Any, today: date) -> dict[str, str]:
    day = local_day(line.at)
    when = clock_words(line.at) if day == today else f"{short_day_words(day)}, {clock_words(line.at)}"
    return {"who": line.author if line.side == "school" else "You", "side": line.side, "words": line.words, "at": when}


def _backs(page: ReportPage, today: date) -> list[tuple[str, str]]:
    """The days that "Back when?" offers, and "Not sure"; empty where the question makes no sense any more."""
    one = page.report
    whole = Kind(one.kind) in WHOLE_DAYS and allows(State(one.state), Event.SAY_BACK) and one.ends_on >= today
    if not whole:
        return []
    child = ChildDay(one.child, one.first_name, page.calendar, page.times, one.year_group)
    latest = latest_back_on(child, one.starts_on)
    found: list[tuple[str, str]] = []
    day = max(one.starts_on, today)
    while len(found) < 3:
        following = page.calendar.next_school_day(day, one.year_group)
        if following is None or (latest is not None and following > latest):
            break
        day = following
        found.append((day.isoformat(), _day_name(day, today)))
    return [*found, ("not_sure", "Not sure")] if found else []


def _day_name(day: date, today: date) -> str:
    ahead = (day - today).days
    if ahead == 1:
        return "Tomorrow"
    return day_words(day).split(" ", 1)[0] if ahead < 7 else short_day_words(day)


def _notice(page: ReportPage, now: datetime) -> dict[str, Any] | None:
    one = page.report
    if request.args.get("before"):
        words = told_before_words(one.first_name, one.sent_at, local_day(now), by_me=True)
        return {"kind": "news", "text": f"{words} What you wrote now was added.", "action": None}
    if request.args.get("long"):
        action = {
            "text": "Ask school to ring me", "post": url_for("parent.ring_me", report=one.public_id),
            "fields": {"submission_key": f"ring-{one.public_id}"},
        }  # fmt: skip
        return {"kind": "wait", "text": long_run_words(page.times.settings[LONG_RUN_DAYS]), "action": action}
    if request.args.get("changed"):
        return {"kind": "good", "text": "School has what you changed.", "action": None}
    return None
