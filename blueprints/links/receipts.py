"""What an adult has just answered by a link, for a quarter of an hour; and on to the next child."""

from __future__ import annotations

from datetime import datetime

from flask import current_app, redirect, render_template, url_for
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from blueprints.links import blueprint
from blueprints.links.frame import frame
from webapp.accounts.services.links import open_link
from webapp.first_day.queries.cases import answered_by, cases_by_id
from webapp.first_day.services.answers import Answered
from webapp.foundation.clock import school_now
from webapp.foundation.db import read_door
from webapp.people.rules.names import starting

_SHOWN_SECONDS = 900
"""After that the page behind a used link says no more than that school has an answer."""


def _signer() -> URLSafeTimedSerializer:
    signer: URLSafeTimedSerializer = current_app.extensions["seal"].signer("told-by-link")
    return signer


def lead_to(token: str, case: str, done: Answered) -> Response:
    """To the receipt of an answer. What it says stands signed in its address, and names nobody."""
    told = _signer().dumps([token, case, done.answer.value, done.in_school, school_now().isoformat()])
    return redirect(url_for("links.told", token=token, receipt=told), 303)


@blueprint.get("/t/<token>/told/<receipt>")
def told(token: str, receipt: str) -> str | Response:
    """The receipt; later, or with another link, the link's own page."""
    try:
        of, case, answer, in_school, at = _signer().loads(receipt, max_age=_SHOWN_SECONDS)
    except BadData:
        return redirect(url_for("links.opened", token=token))
    link = open_link(token)
    with read_door() as db:
        row = next((row for row in cases_by_id(db, link.organisation_id, link.subjects) if row.public_id == case), None)
        done = answered_by(db, link.organisation_id, link.subjects, link.contact_id)
    if row is None or of != token:
        return redirect(url_for("links.opened", token=token))
    child = "your child" if link.child_words == "your_child" else row.first_name
    return render_template(
        "links/told.html", token=token, child=child, starting=starting(child), answer=answer, in_school=in_school,
        at=datetime.fromisoformat(at), more_to_answer=set(link.subjects) - done, **frame(link),
    )  # fmt: skip
