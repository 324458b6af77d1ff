"""The quick way: today, all day; a reason, and sent. The receipt is the check."""

from __future__ import annotations

from typing import Any

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from blueprints.parent import blueprint
from blueprints.parent.frame import adults, child_day, frame, main_place
from blueprints.parent.today import notices
from blueprints.parent.typed import (
    by_field,
    new_key,
    quick_items,
    read_date,
    read_typed,
    receipt_url,
    summary,
)
from webapp.absence.queries.families import family_reports
from webapp.absence.rules.drafts import FieldError, Refusals, TypedReport
from webapp.absence.rules.kinds import Kind
from webapp.absence.rules.states import ReportRefused
from webapp.absence.rules.times import local_day, read_day
from webapp.absence.services.repeat import repeat_yesterday
from webapp.absence.services.report import ChildNotThere, Reported, Reporter, report_absence
from webapp.access import child_for, current_parent
from webapp.accounts.queries.parents import ParentViewer, ViewerChild
from webapp.foundation.clock import school_now
from webapp.foundation.db import read_door
from webapp.foundation.submissions import SubmissionReused
from webapp.foundation.words import day_words
from webapp.people.rules.rights import Right

Answer = str | tuple[str, int] | Response


@blueprint.get("/children/<child>/away-today")
def quick_report(child: str) -> Answer:
    found = child_for(child, Right.REPORT)
    today = local_day(school_now()).isoformat()
    return _show(found, TypedReport((child,), Kind.ALL_DAY, today), new_key())


@blueprint.post("/children/<child>/away-today")
def send_quick_report(child: str) -> Answer:
    found = child_for(child, Right.REPORT)
    today = local_day(school_now()).isoformat()
    # A form that was opened yesterday still speaks of yesterday.
    typed = read_typed(
        request.form, children=(child, *request.form.getlist("also")), kind=Kind.ALL_DAY.value,
        starts_on=read_date(request.form, "starts_on") or today, ends_on="", back_on="",
    )  # fmt: skip
    return send(typed, lambda errors: (_show(found, typed, request.form.get("submission_key", ""), errors), 422))


@blueprint.post("/children/<child>/still-poorly")
def still_poorly(child: str) -> Answer:
    """One tap repeats yesterday; where it cannot be repeated, the quick report asks."""
    child_for(child, Right.REPORT)
    viewer = current_parent()
    key = request.form.get("submission_key", "")
    try:
        done = repeat_yesterday(reporter(viewer), child, key)
    except (ReportRefused, SubmissionReused):
        return redirect(url_for("parent.quick_report", child=child))
    except ChildNotThere:
        abort(404)
    if isinstance(done, Refusals):
        return redirect(url_for("parent.quick_report", child=child))
    return _to_receipt(done, key)


def send(typed: TypedReport, refused: Any) -> Answer:
    """Send the report and show its receipt; ``refused`` makes the page of the errors."""
    viewer = current_parent()
    key = request.form.get("submission_key", "")
    try:
        done = report_absence(typed, reporter(viewer), key)
    except ChildNotThere:
        abort(404)
    except SubmissionReused:
        return render_template("parent/sent_before.html", **frame(viewer)), 409
    except ReportRefused as refusal:
        done = Refusals((FieldError(refusal.field, refusal.mend),), typed)
    if isinstance(done, Refusals):
        answer: Answer = refused(done.errors)
        return answer
    return _to_receipt(done, key)


def reporter(viewer: ParentViewer) -> Reporter:
    return Reporter(adults(viewer), viewer.session_id)


def _to_receipt(done: Reported, key: str) -> Response:
    """To the receipt of the first child; it names the others that were sent with it."""
    first = done.children[0]
    more = {"sent": key}
    if first.already:
        more["before"] = "added" if first.added else "same"
    if any(child.asked_until for child in done.children):
        more["long"] = "yes"
    return redirect(receipt_url(first.report, **more), 303)


def _show(child: ViewerChild, typed: TypedReport, key: str, errors: tuple[FieldError, ...] = ()) -> str:
    viewer, now = current_parent(), school_now()
    today = local_day(now)
    on = read_day(typed.starts_on) or today
    with read_door() as db:
        day = child_day(db, child, today)
        reports = family_reports(db, adults(viewer), [(child.organisation_id, main_place(child).id)], on, on)
    others = [one for one in viewer.children if one.public_id != child.public_id and one.may(Right.REPORT)]
    return render_template(
        "parent/quick_report.html", child=child, typed=typed, key=key, reasons=quick_items(typed),
        others=[(one.public_id, one.first_name) for one in others], errors=summary(errors), faults=by_field(errors),
        day=day_words(on), is_today=on == today, closed="" if day.calendar.is_school_day(on, day.year_group) else "yes",
        notices=notices(child, reports, day.times.cut_off(today), now) if on == today else [],
        back={"href": "/home"}, action=url_for("parent.send_quick_report", child=child.public_id),
        another_day=url_for("parent.new_report", children=child.public_id), **frame(viewer),
    )  # fmt: skip
