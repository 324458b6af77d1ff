"""Where is the child? The page behind a first-day text: three buttons, one child after the other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from blueprints.links import blueprint
from blueprints.links.frame import LinkClosed, closed_since, frame, open_living
from webapp.absence.rules.reasons import QUICK, SYMPTOMS
from webapp.accounts.queries.links import Link
from webapp.accounts.rules.links import LinkRefused
from webapp.accounts.services.links import open_link
from webapp.first_day.queries.cases import answered_by, cases_by_id, events_of
from webapp.first_day.rules.answers import WHERE_IS_CHILD, Answer
from webapp.first_day.services.answers import answer_by_link
from webapp.foundation.clock import london, school_now, school_today
from webapp.foundation.db import read_door
from webapp.foundation.sessions import Half
from webapp.foundation.words import day_words, time_words
from webapp.people.queries import times_of
from webapp.people.rules import Refused
from webapp.record.rules import CaseOutcome

_FOUND = frozenset({CaseOutcome.SEEN_IN_SCHOOL, CaseOutcome.LOCATED, CaseOutcome.OPENED_IN_ERROR})
_LONGEST_SHOWN = 5000
_TOLD_FOR = timedelta(minutes=15)
"""After that the page behind a used link says no more than that school has an answer."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One child that the link asks about. ``case`` names it in addresses; ``found``: school knows where the child is."""

    id: int
    case: str
    child: str
    on: date
    half: Half
    closed_at: datetime
    answered: bool
    found: bool

    @property
    def when(self) -> str:
        """This morning; on Tuesday morning, once the day is over."""
        part = "morning" if self.half is Half.AM else "afternoon"
        return f"this {part}" if self.on == school_today() else f"on {day_words(self.on).split()[0]} {part}"

    @property
    def is_today(self) -> bool:
        return self.on == school_today()

    @property
    def closed_words(self) -> str:
        return time_words(london(self.closed_at))


def show(token: str, link: Link) -> str:
    """The next child who is still to be answered for."""
    children = _children(link)
    waiting = [child for child in children if not child.answered and not child.found]
    if not waiting:
        return render_template("links/nothing_to_do.html", children=[child.child for child in children], **frame(link))
    return render_template("links/where.html", token=token, asked=waiting[0], **frame(link))


@blueprint.get("/t/<token>/away/<case>")
def away(token: str, case: str) -> str:
    """The reasons of the quick report."""
    link = open_living(token, WHERE_IS_CHILD)
    return _away_page(token, link, _child(link, case))


@blueprint.post("/t/<token>/away/<case>")
def answer_away(token: str, case: str) -> tuple[str, int] | Response:
    """The child is away, and why: a report like any other."""
    form = request.form
    typed = form.get("words", "")
    given = {"reason": form.get("reason", ""), "symptoms": tuple(form.getlist("symptom")), "words": typed}
    try:
        link = open_living(token, WHERE_IS_CHILD)
        asked = _child(link, case)
        answer_by_link(token, asked.id, Answer.AWAY, **given)
    except LinkClosed as closed:
        raise LinkClosed(closed.link, typed[:_LONGEST_SHOWN]) from None
    except LinkRefused:
        raise closed_since(token, typed[:_LONGEST_SHOWN]) from None
    except Refused as refused:
        return _away_page(token, link, asked, given, refused), 400
    return redirect(url_for("links.told", token=token, case=case), 303)


@blueprint.get("/t/<token>/on-the-way/<case>")
def on_the_way(token: str, case: str) -> str:
    """When the child will be in school."""
    link = open_living(token, WHERE_IS_CHILD)
    return _way_page(token, link, _child(link, case))


@blueprint.post("/t/<token>/on-the-way/<case>")
def answer_on_the_way(token: str, case: str) -> tuple[str, int] | Response:
    """The child is expected at that time; when it has passed and nobody has seen them, they are unexplained again."""
    typed = request.form.get("time", "")
    link = open_living(token, WHERE_IS_CHILD)
    asked = _child(link, case)
    try:
        answer_by_link(token, asked.id, Answer.ON_THE_WAY, arrives_at=typed)
    except LinkRefused:
        raise closed_since(token) from None
    except Refused as refused:
        return _way_page(token, link, asked, typed, refused.mend), 400
    return redirect(url_for("links.told", token=token, case=case), 303)


@blueprint.post("/t/<token>/thought-in/<case>")
def answer_thought_in(token: str, case: str) -> Response:
    """The parent thought that the child was in school: the alarm is on the board before this page is."""
    link = open_living(token, WHERE_IS_CHILD)
    asked = _child(link, case)
    try:
        answer_by_link(token, asked.id, Answer.THOUGHT_IN)
    except LinkRefused:
        raise closed_since(token) from None
    return redirect(url_for("links.told", token=token, case=case), 303)


@blueprint.post("/t/<token>/wrong-number")
def answer_wrong_number(token: str) -> Response | str:
    """Whoever holds this phone is not the child's parent or carer: nothing more is sent to it."""
    link = open_living(token, WHERE_IS_CHILD)
    asked = _children(link)[0]
    try:
        answer_by_link(token, asked.id, Answer.WRONG_NUMBER)
    except LinkRefused:
        raise closed_since(token) from None
    return render_template("links/wrong_number.html", **frame(link))


@blueprint.get("/t/<token>/told/<case>")
def told(token: str, case: str) -> str | Response:
    """What this adult has just answered, for a quarter of an hour; and on to the next child."""
    link = open_link(token)
    children = _children(link)
    asked = next((child for child in children if child.case == case), None) or abort(404)
    with read_door() as db:
        answers = [
            event for event in events_of(db, link.organisation_id, asked.id)
            if event.kind == "answer" and event.contact_id == link.contact_id
        ]  # fmt: skip
    if not answers or school_now() - answers[-1].at > _TOLD_FOR:
        return redirect(url_for("links.opened", token=token))
    following = next((child for child in children if not child.answered and not child.found), None)
    return render_template(
        "links/told.html", token=token, asked=asked, answer=answers[-1].outcome, at=answers[-1].at, next=following,
        **frame(link),
    )  # fmt: skip


def _children(link: Link) -> list[Asked]:
    with read_door() as db:
        rows = cases_by_id(db, link.organisation_id, link.subjects)
        answered = answered_by(db, link.organisation_id, link.subjects, link.contact_id)
        closes = {
            (row.date, row.half): times_of(db, link.organisation_id, row.school_id, row.date).register_closes(
                row.date, _half(row.half)
            )
            for row in rows
        }
    return [
        Asked(
            row.id, row.public_id, row.first_name, row.date, _half(row.half), closes[row.date, row.half],
            row.id in answered, row.state == "closed" and row.outcome in _FOUND,
        )
        for row in rows
    ]  # fmt: skip


def _half(index: int) -> Half:
    return next(half for half in Half if half.index == index)


def _child(link: Link, case: str) -> Asked:
    return next((child for child in _children(link) if child.case == case), None) or abort(404)


def _away_page(
    token: str, link: Link, asked: Asked, given: dict[str, Any] | None = None, refused: Refused | None = None
) -> str:
    given = given or {"reason": "", "symptoms": (), "words": ""}
    reasons = [
        {
            "value": row.reason.value, "text": row.label,
            "chips": {
                "name": "symptom", "legend": "What is wrong?", "hint": "Tap any that fit", "chosen": given["symptoms"],
                "items": [(symptom.value, SYMPTOMS[symptom].label) for symptom in row.symptoms],
            } if row.symptoms else None,
        }
        for row in QUICK
    ]  # fmt: skip
    fault = {refused.field: refused.mend} if refused else {}
    return render_template(
        "links/away.html", token=token, asked=asked, reasons=reasons, given=given, fault=fault,
        errors=[{"text": mend, "href": f"#{field}"} for field, mend in fault.items()], **frame(link),
    )  # fmt: skip


def _way_page(token: str, link: Link, asked: Asked, typed: str = "", error: str = "") -> str:
    return render_template(
        "links/on_the_way.html", token=token, asked=asked, times=_next_times(london(school_now())), typed=typed,
        error=error, errors=[{"text": error, "href": "#time"}] if error else [], **frame(link),
    )  # fmt: skip


def _next_times(now: datetime) -> list[str]:
    """The next two half hours that are at least five minutes away, as their buttons say them."""
    soonest = now + timedelta(minutes=5)
    first = datetime.combine(soonest.date(), time(soonest.hour), soonest.tzinfo)
    while first < soonest:
        first += timedelta(minutes=30)
    return [time_words(first), time_words(first + timedelta(minutes=30))]
