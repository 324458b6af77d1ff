"""The demo's school clock: what time it is at school, and moving it forwards."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from blueprints.demo import blueprint
from webapp.absence.rules.times import read_time
from webapp.foundation.clock import london, school_now, school_today
from webapp.foundation.db import read_door
from webapp.foundation.sessions import BOTH_HALVES, Half
from webapp.foundation.words import time_words
from webapp.people.queries import list_schools, times_of
from webapp.people.rules import Refused
from webapp.people.rules.names import clean_text
from webapp.people.rules.school_times import in_london
from webapp.people.services.school_clock import move_clock

_STEPS = {"5": "5 minutes", "15": "15 minutes", "60": "1 hour"}
_REGISTER = {Half.AM: "morning", Half.PM: "afternoon"}


@blueprint.get("/demo/clock")
def school_clock() -> str:
    """What time it is at school, and the moments still to come today."""
    return _page()


@blueprint.post("/demo/clock")
def move_school_clock() -> tuple[str, int] | Response:
    """Move school time forwards by minutes, or to a time of today."""
    typed = clean_text(request.form.get("time", "")[:40], 160)
    minutes = request.form.get("minutes", "")
    try:
        move_clock(_by(minutes) if minutes in _STEPS else _to(typed))
    except Refused as refused:
        return _page(error=refused.mend, typed=typed), 400
    return redirect(url_for("demo.school_clock"), 303)


def _by(minutes: str) -> datetime:
    return school_now() + timedelta(minutes=int(minutes))


def _to(typed: str) -> datetime:
    """Raises ``Refused`` for what is no time of day."""
    at = read_time(typed)
    if at is None:
        raise Refused("time", "Enter a time, like 9:20am.")
    return in_london(school_today(), at)


def _page(error: str = "", typed: str = "") -> str:
    now = school_now()
    return render_template(
        "demo/school_clock.html", now=now, steps=_STEPS, closes=_still_to_come(now), error=error, typed=typed,
        errors=[{"text": error, "href": "#time"}] if error else [],
    )  # fmt: skip


def _still_to_come(now: datetime) -> list[tuple[str, str]]:
    """Each register that has yet to close today: the time for the form, and the words of its button."""
    today, found = school_today(), []
    with read_door() as db:
        for school in list_schools(db):
            times = times_of(db, school.organisation_id, school.id, today)
            found += [
                (closes, f"{school.name}: the {_REGISTER[half]} register closes")
                for half in BOTH_HALVES
                if (closes := times.register_closes(today, half)) > now
            ]
    return [(time_words(london(closes)), words) for closes, words in sorted(found)]
