"""Where is the child? The page behind a first-day text: three buttons, one child after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import abort, render_template, request
from werkzeug.wrappers import Response

from blueprints.links import blueprint, receipts
from blueprints.links.frame import LinkClosed, closed_since, frame, note_page, typed
from webapp.absence.rules.drafts import FieldError, Refusals
from webapp.absence.rules.reasons import QUICK, SYMPTOMS
from webapp.absence.services.report import ChildNotThere
from webapp.accounts.rules.links import LinkRefused, LinkState
from webapp.first_day.rules.answers import Answer, times_to_offer
from webapp.first_day.services.answers import (
    Answered,
    AnswerLost,
    AskedChild,
    AskedPage,
    LinkAnswer,
    answer_by_link,
    read_link,
)
from webapp.foundation.clock import london, school_now, school_today
from webapp.foundation.db import read_door
from webapp.foundation.sessions import Half
from webapp.foundation.words import day_words, time_words
from webapp.people.queries import times_of
from webapp.people.rules.names import starting

_SOONEST = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Asked:
    """One child as the page speaks of them: ``child`` inside a sentence, ``starting`` at its start."""

    case: str
    child: str
    is_today: bool
    when: str
    day: str
    closed: str
    times: tuple[str, ...]

    @property
    def starting(self) -> str:
        return starting(self.child)


def show(token: str) -> str:
    """The next child who is still to be answered for."""
    page = _page(token)
    waiting = next((child for child in page.children if not child.answered), None)
    if waiting is None:
        raise closed_since(token, LinkState.USED)
    asked = _asked(page, waiting)
    note_page(
        page.link, waiting.pupil_id, f"Where {'is' if asked.is_today else 'was'} {asked.child} {asked.when}?",
        f"{asked.starting} was not in class when the register closed at {asked.closed}.",
    )  # fmt: skip
    return render_template("links/where.html", token=token, asked=asked, **frame(page.link))


@blueprint.get("/t/<token>/away/<case>")
def away(token: str, case: str) -> str:
    """The reasons of the quick report."""
    return _away_page(token, case, LinkAnswer(Answer.AWAY))


@blueprint.post("/t/<token>/away/<case>")
def answer_away(token: str, case: str) -> tuple[str, int] | Response:
    """The child is away, and why: a report like any other."""
    form = request.form
    given = LinkAnswer(
        Answer.AWAY, form.get("reason", ""), tuple(form.getlist("symptom")), typed("words"),
        form.get("wants_call") == "yes",
    )  # fmt: skip
    done = _answer(token, case, given)
    if isinstance(done, Refusals):
        return _away_page(token, case, given, done.errors), 400
    return receipts.lead_to(token, case, done)


@blueprint.get("/t/<token>/on-the-way/<case>")
def on_the_way(token: str, case: str) -> str:
    """When the child will be in school."""
    return _way_page(token, case)


@blueprint.post("/t/<token>/on-the-way/<case>")
def answer_on_the_way(token: str, case: str) -> tuple[str, int] | Response:
    """The child is expected at that time; when it has passed and nobody has seen them, they are unexplained again."""
    given = LinkAnswer(Answer.ON_THE_WAY, arrives_at=typed("arrives_at"))
    done = _answer(token, case, given)
    if isinstance(done, Refusals):
        return _way_page(token, case, given.arrives_at, done.errors), 400
    return receipts.lead_to(token, case, done)


@blueprint.post("/t/<token>/thought-in/<case>")
def answer_thought_in(token: str, case: str) -> Response:
    """The parent thought that the child was in school: the alarm is on the board before this page is."""
    return receipts.lead_to(token, case, _taken(_answer(token, case, LinkAnswer(Answer.THOUGHT_IN))))


@blueprint.post("/t/<token>/wrong-number")
def answer_wrong_number(token: str) -> Response:
    """Whoever holds this phone is not the child's parent or carer: nothing more is sent to it, about any child."""
    try:
        waiting = [child.case for child in _page(token).children if not child.answered]
    except LinkClosed as closed:
        other = closed.link.state is LinkState.USED and closed.link.outcome != Answer.WRONG_NUMBER
        raise LinkClosed(closed.link, lost=other) from None
    done = [_taken(_answer(token, case, LinkAnswer(Answer.WRONG_NUMBER))) for case in waiting]
    if not done:
        raise closed_since(token, LinkState.USED, lost=True)
    return receipts.lead_to(token, waiting[-1], done[-1])


def _answer(token: str, case: str, given: LinkAnswer) -> Answered | Refusals:
    """Raises ``LinkClosed`` with the words that did not go where the link acts no longer."""
    try:
        return answer_by_link(token, case, given)
    except LinkRefused as refused:
        if refused.state is LinkState.ALTERED:
            raise
        raise closed_since(token, refused.state, given.words, lost=isinstance(refused, AnswerLost)) from None
    except ChildNotThere:
        raise closed_since(token, LinkState.WITHDRAWN, given.words) from None


def _taken(done: Answered | Refusals) -> Answered:
    """Of an answer with nothing to type there is nothing to refuse."""
    return abort(400) if isinstance(done, Refusals) else done


def _page(token: str) -> AskedPage:
    """Raises ``LinkClosed`` for a link that acts no longer."""
    try:
        return read_link(token)
    except LinkRefused as refused:
        if refused.state is LinkState.ALTERED:
            raise
        raise closed_since(token, refused.state) from None


def _child(page: AskedPage, case: str) -> AskedChild:
    return next((child for child in page.children if child.case == case), None) or abort(404)


def _asked(page: AskedPage, child: AskedChild) -> Asked:
    link, half, today = page.link, Half.from_index(child.half), school_today()
    with read_door() as db:
        times = times_of(db, link.organisation_id, link.school_id, child.on)
    now = school_now()
    # A search that the morning began goes on in the afternoon, and so does the way to school.
    until = Half.PM if now >= times.register_opens(child.on, Half.PM) else half
    offered = times_to_offer(now + _SOONEST, times.session_ends(child.on, until))
    part = "morning" if half is Half.AM else "afternoon"
    when = f"this {part}" if child.on == today else f"on {day_words(child.on).split()[0]} {part}"
    return Asked(
        child.case, child.first_name, child.on == today, when, day_words(child.on),
        time_words(london(times.register_closes(child.on, half))), tuple(time_words(london(at)) for at in offered),
    )  # fmt: skip


def _away_page(token: str, case: str, given: LinkAnswer, errors: Sequence[FieldError] = ()) -> str:
    page = _page(token)
    return render_template(
        "links/away.html", token=token, asked=_asked(page, _child(page, case)), reasons=_reasons(given), given=given,
        **_faults(errors, "reason", "words"), **frame(page.link),
    )  # fmt: skip


def _reasons(given: LinkAnswer) -> list[dict[str, Any]]:
    return [
        {
            "value": row.reason.value, "text": row.label, "asks": row.asks_call, "after": row.after,
            "chips": {
                "name": "symptom", "legend": "What is wrong?", "hint": "Tap any that fit", "chosen": given.symptoms,
                "items": [(symptom.value, SYMPTOMS[symptom].label) for symptom in row.symptoms],
            } if row.symptoms else None,
        }
        for row in QUICK
    ]  # fmt: skip


def _way_page(token: str, case: str, arrives_at: str = "", errors: Sequence[FieldError] = ()) -> str:
    page = _page(token)
    return render_template(
        "links/on_the_way.html", token=token, asked=_asked(page, _child(page, case)), arrives_at=arrives_at,
        **_faults(errors, "arrives_at"), **frame(page.link),
    )  # fmt: skip


def _faults(errors: Sequence[FieldError], *shown: str) -> dict[str, Any]:
    """The error summary, and each sentence by its field; what the page does not ask for leads nowhere."""
    return {
        "fault": {error.field: error.sentence for error in errors},
        "errors": [
            {"text": error.sentence, "href": f"#{error.field}" if error.field in shown else ""} for error in errors
        ],
    }
