"""Answers to "Please tell school where Tom is", from Today."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from blueprints.parent import blueprint
from blueprints.parent.changes import coming_times
from blueprints.parent.frame import child_day, frame, main_place
from blueprints.parent.quick_report import send
from blueprints.parent.typed import fit_to_show, new_key
from webapp.absence.rules.drafts import FieldError, TypedReport
from webapp.absence.rules.kinds import Kind
from webapp.absence.rules.reasons import Reason
from webapp.absence.rules.times import clock_words, local_day
from webapp.access import child_for, current_parent
from webapp.accounts.queries.parents import ViewerChild
from webapp.first_day.services.from_today import say_thought_in
from webapp.foundation.clock import school_now
from webapp.foundation.db import read_door
from webapp.people.rules.rights import Right
from webapp.people.rules.settings import AM_REGISTER_OPENS, PM_SESSION_ENDS

Answer = str | tuple[str, int] | Response


@blueprint.get("/children/<child>/on-the-way")
def on_the_way(child: str) -> Answer:
    return _ask(child_for(child, Right.REPORT), new_key())


@blueprint.post("/children/<child>/on-the-way")
def send_on_the_way(child: str) -> Answer:
    """The child is late: school expects them at the time given, and looks for them when it has passed."""
    found = child_for(child, Right.REPORT)
    at = fit_to_show(request.form.get("arrives_at", "") or request.form.get("arrives_at_other", ""))
    typed = TypedReport(
        (child,), Kind.LATE.value, local_day(school_now()).isoformat(), arrives_at=at[:40],
        reason=Reason.RUNNING_LATE.value,
    )  # fmt: skip
    key = request.form.get("submission_key", "")
    return send(typed, lambda errors: (_ask(found, key, at, errors), 422))


@blueprint.post("/children/<child>/thought-in")
def thought_in(child: str) -> Answer:
    """The alarm: staff hear at once, and the page says to ring."""
    found = child_for(child, Right.REPORT)
    alarmed = say_thought_in(found.organisation_id, main_place(found).id, found.contact.actor)
    return redirect(url_for("parent.told", child=child) if alarmed else "/home", 303)


@blueprint.get("/children/<child>/told")
def told(child: str) -> Answer:
    """The school office has been told."""
    found = child_for(child, Right.REPORT)
    return render_template(
        "parent/told.html", child=found, school=main_place(found).school, at=clock_words(school_now()),
        back={"href": "/home"}, **frame(current_parent()),
    )  # fmt: skip


def _ask(child: ViewerChild, key: str, typed: str = "", errors: tuple[FieldError, ...] = ()) -> str:
    now = school_now()
    with read_door() as db:
        day = child_day(db, child, local_day(now))
    settings = day.times.settings
    times = coming_times(now, settings[AM_REGISTER_OPENS], settings[PM_SESSION_ENDS])
    error = errors[0].sentence if errors else ""
    return render_template(
        "parent/on_the_way.html", child=child, times=times, typed=typed, error=error, key=key,
        errors=[{"text": error, "href": "#arrives_at_other"}] if error else [], back={"href": "/home"},
        action=url_for("parent.send_on_the_way", child=child.public_id), **frame(current_parent()),
    )  # fmt: skip
