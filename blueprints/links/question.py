"""School's question on a report, answered without signing in."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from blueprints.links import blueprint
from blueprints.links.frame import LinkClosed, closed_since, frame, note_page, open_living, typed
from webapp.absence.queries.deciding import reports_to_decide
from webapp.absence.queries.pages import ReportPage, find_report_page
from webapp.absence.rules.times import local_day
from webapp.absence.services.talk import answer_by_link
from webapp.absence.services.telling import ANSWER_QUESTION
from webapp.accounts.queries.links import Link
from webapp.accounts.rules.links import LinkRefused, LinkState
from webapp.accounts.rules.persons import ContactKey
from webapp.foundation.clock import school_now
from webapp.foundation.db import read_door
from webapp.people.rules import Refused


def show(token: str, link: Link, error: str = "", words: str = "") -> str:
    """The question, and a field for the answer. Of the talk before it, nothing."""
    page = _page(link)
    asked = next((line for line in reversed(page.talk) if line.side == "school"), None) if page else None
    if page is None or asked is None:
        # The right to speak about this child was taken away since the question was asked.
        raise LinkRefused(LinkState.ALTERED)
    note_page(link, page.report.pupil_id, f"{link.school_name} asks about {page.report.first_name}", asked.words)
    return render_template(
        "links/question.html", token=token, asked=asked, child=page.report.first_name, error=error, words=words,
        errors=[{"text": error, "href": "#words"}] if error else [], **frame(link),
    )  # fmt: skip


@blueprint.post("/t/<token>/question")
def answer_question(token: str) -> tuple[str, int] | Response:
    """The answer goes onto the report, and the link is used up."""
    words = typed("words")
    try:
        link = open_living(token, ANSWER_QUESTION)
        answer_by_link(token, words)
    except LinkClosed as closed:
        raise LinkClosed(closed.link, words) from None
    except LinkRefused as refusal:
        raise closed_since(token, refusal.state, words) from None
    except Refused as refused:
        return show(token, link, refused.mend, words), 400
    return redirect(url_for("links.opened", token=token), 303)


def _page(link: Link) -> ReportPage | None:
    now = school_now()
    with read_door() as db:
        found = reports_to_decide(db, link.organisation_id, link.school_id, link.subjects)
        if not found:
            return None
        adult = ContactKey(link.organisation_id, link.contact_id)
        return find_report_page(db, (adult,), found[0].public_id, local_day(now), now)
