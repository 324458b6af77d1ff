"""Changes that contacts ask for about themselves: the list, old and new side by side, and the office's answer."""

from __future__ import annotations

from typing import Any

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from blueprints.staff import blueprint
from blueprints.staff.frame import Here, around, here, show
from blueprints.staff.typed import typed_again, typed_version
from webapp.access import current_staff
from webapp.accounts.queries.details import ChangeRow, find_change, open_changes
from webapp.accounts.services.details import Answerer, ChangeNotThere, answer_change
from webapp.foundation.clock import london
from webapp.foundation.db import read_door
from webapp.foundation.words import short_day_words, staff_time
from webapp.people.queries import times_of
from webapp.people.rules import Refused
from webapp.people.rules.details import Detail, shown

_STATES = {
    "asked": "Waits", "accepted": "Accepted", "refused": "Refused", "withdrawn": "Taken back by the contact",
}  # fmt: skip


@blueprint.get("/staff/<school>/details")
def detail_changes(school: str) -> str:
    at = here()
    with read_door() as db:
        found = open_changes(db, *at.keys, at.today)
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
    said = request.args.get("said") == "answered"
    return show("staff/details/changes.html", at, seen, times, "tasks", rows=[_line(row) for row in found], said=said)


@blueprint.get("/staff/<school>/details/<change>")
def detail_change(school: str, change: str) -> str:
    at = here()
    return _page(at, _get(at, change))


@blueprint.post("/staff/<school>/details/<change>")
def decide_change(school: str, change: str) -> Response | tuple[str, int]:
    at, form = here(), request.form
    found, accept = _get(at, change), form.get("accept", "")
    if accept not in ("yes", "no"):
        return _page(at, found, Refused("accept", "Choose Accept or Refuse.")), 422
    by = Answerer(*at.keys, current_staff().actor)
    try:
        answer_change(by, change, typed_version(), accept=accept == "yes", answer=form.get("answer", ""))
    except ChangeNotThere:
        abort(404)
    except Refused as refused:
        return _page(at, _get(at, change), refused), 409 if refused.field == "change" else 422
    return redirect(url_for("staff.detail_changes", school=school, said="answered"), 303)


def _get(at: Here, public_id: str) -> ChangeRow:
    with read_door() as db:
        found = find_change(db, *at.keys, public_id, at.today)
    if found is None:
        abort(404)
    return found


def _line(row: ChangeRow) -> dict[str, Any]:
    asked = london(row.asked_at)
    return {
        "row": row, "what": Detail(row.detail).label, "old": shown(row.detail, row.old),
        "new": shown(row.detail, row.new), "at": f"{short_day_words(asked.date())} {staff_time(asked)}",
        "state": _STATES[row.state], "is_address": row.detail == Detail.ADDRESS,
    }  # fmt: skip


def _page(at: Here, found: ChangeRow, refused: Refused | None = None) -> str:
    with read_door() as db:
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
    # Once it is answered there is no form for the error to lead to.
    place = refused.field if refused and found.state == "asked" else "change"
    return show(
        "staff/details/change.html", at, seen, times, "tasks", line=_line(found), refused=refused, typed=typed_again(),
        errors=[{"text": refused.mend, "href": f"#{place}"}] if refused else [],
    )  # fmt: skip
