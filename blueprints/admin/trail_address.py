"""Who outside keeps the daily proof of the trail, and what became of each day's."""

from __future__ import annotations

from typing import Any

from flask import abort, current_app, redirect, request, url_for
from werkzeug.wrappers import Response

from blueprints.admin import blueprint
from blueprints.staff.frame import Here, around, here, show
from blueprints.staff.typed import typed_again
from notifications.queries.trail_heads import address_of, heads_out
from notifications.services.trail_heads import set_trail_address
from webapp.access import current_staff
from webapp.foundation.clock import london
from webapp.foundation.db import read_door
from webapp.foundation.words import short_day_words, staff_time
from webapp.insight.queries.trail import schools_of_organisation
from webapp.people.queries import times_of
from webapp.people.rules.contact_points import read_email
from webapp.people.rules.refusals import Refused
from webapp.people.rules.roles import Permission


@blueprint.get("/staff/<school>/trail/outside")
def trail_address(school: str) -> str:
    return _page(here())


@blueprint.post("/staff/<school>/trail/outside")
def set_address(school: str) -> Response | tuple[str, int]:
    """For who keeps the settings of every school of the organisation: the address is the organisation's."""
    at = here()
    if not _may_set(at):
        abort(403)
    try:
        is_demo = current_app.extensions["settings"].is_demo
        point = read_email(request.form.get("email", "")[:300], allow_fictional=is_demo)
    except Refused as refused:
        return _page(at, [{"text": refused.mend, "href": "#email"}]), 422
    set_trail_address(*at.keys, point.value, current_staff().actor)
    return redirect(url_for("admin.trail_address", school=school, said="set"), 303)


def _may_set(at: Here) -> bool:
    held = {each.id for each in current_staff().schools_where(Permission.MANAGE_SETTINGS)}
    with read_door() as db:
        return set(schools_of_organisation(db, at.school.organisation_id)) <= held


def _page(at: Here, errors: list[dict[str, str]] | None = None) -> str:
    may_set = _may_set(at)
    with read_door() as db:
        held = address_of(db, at.school.organisation_id)
        days = heads_out(db, at.school.organisation_id)
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
    return show(
        "admin/trail_address/address.html", at, seen, times, "trail", held=held, may_set=may_set, errors=errors or [],
        typed=typed_again(), days=[_day(row) for row in days], said=request.args.get("said") == "set",
    )  # fmt: skip


def _day(row: Any) -> dict[str, str]:
    at = london(row.at)
    state = "Sent" if row.state == "sent" else f"Not sent: {row.why}"
    return {"day": f"{short_day_words(row.day)} {row.day.year}", "state": state, "at": staff_time(at),
            "to": row.email, "head": f"{row.organisation_id}:{row.position}:{row.link}"}  # fmt: skip
