"""Marks that staff corrected here and a file would change: both codes are shown, and a person says which stands."""

from __future__ import annotations

from datetime import date

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from blueprints.admin import blueprint
from blueprints.staff.frame import Here, around, here, show
from blueprints.staff.typed import typed_number
from webapp.access import current_staff
from webapp.foundation.db import read_door
from webapp.foundation.words import short_day_words
from webapp.people.queries import times_of
from webapp.people.queries.imports import names_of_enrolments
from webapp.record.queries import open_conflicts
from webapp.record.rules import RecordRefused
from webapp.record.services import UnknownEnrolment
from webapp.record.services.conflicts import Keep, settle_conflict

_SHOWN = 100
_HALVES = ("morning", "afternoon")
_REASON = "The school's own system has the right code"


@blueprint.get("/staff/<school>/imports/conflicts")
def conflicts(school: str) -> str:
    return _page(here())


@blueprint.post("/staff/<school>/imports/conflicts")
def settle(school: str) -> Response | tuple[str, int]:
    at, form = here(), request.form
    if form.get("keep") not in list(Keep):
        return _page(at, [{"text": "Choose which code stands", "href": "#conflicts"}]), 422
    try:
        on = date.fromisoformat(form.get("date", ""))
    except ValueError:
        abort(400)
    try:
        settle_conflict(
            *at.keys, typed_number("enrolment"), on, typed_number("half"), Keep(form["keep"]), current_staff().actor,
            _REASON, seen=(form.get("ours") or None, form.get("theirs", "")),
        )  # fmt: skip
    except UnknownEnrolment:
        abort(404)
    except RecordRefused as refused:
        return _page(at, [{"text": f"{refused} {refused.mend}", "href": "#conflicts"}]), 409
    return redirect(url_for("admin.conflicts", school=school), 303)


def _page(at: Here, errors: list[dict[str, str]] | None = None) -> str:
    with read_door() as db:
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
        found = open_conflicts(db, *at.keys)
        names = names_of_enrolments(db, at.school.organisation_id, {row.enrolment_id for row in found[:_SHOWN]})
    rows = [
        (row, names[row.enrolment_id], f"{short_day_words(row.date)} {row.date.year}", _HALVES[row.half])
        for row in found[:_SHOWN]
    ]
    return show(
        "admin/imports/conflicts.html", at, seen, times, "imports", rows=rows, count=len(found), errors=errors or [],
    )  # fmt: skip
