"""What staff decide on the board: confirm, one or many; undo; open a report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from blueprints.staff import blueprint
from blueprints.staff.board import board
from blueprints.staff.frame import WORD_OF, Here, here
from blueprints.staff.typed import is_number
from webapp.absence.queries.deciding import decisions_of, reports_to_decide
from webapp.absence.services.decide import confirm
from webapp.absence.services.deciders import Decider, Decision, Outcome
from webapp.absence.services.desk import mark_read
from webapp.absence.services.talk import mark_talk_read
from webapp.absence.services.undo import undo
from webapp.access import current_staff
from webapp.foundation.db import read_door
from webapp.people.rules.roles import Role
from webapp.record.rules import Setter


def decider(at: Here) -> Decider:
    """The viewer as the record knows them: a head decides leave by writing its code."""
    roles = at.school.roles
    setter = Setter.OFFICE
    if Role.HEAD in roles:
        setter = Setter.HEAD
    elif Role.DEPUTY_HEAD in roles:
        setter = Setter.SCHOOL_LEADER
    return Decider(*at.keys, current_staff().actor, setter)


def asked_day() -> Here:
    """The session that a form of the board speaks of. 409 for another day: there a change asks for its reason."""
    at = here(request.form.get("on"), {"am": "morning", "pm": "afternoon"}.get(request.form.get("half", "")))
    if not at.is_today:
        abort(409)
    return at


def back_to_board(at: Here, **more: Any) -> Response:
    kept: dict[str, Any] = {name: request.form[name] for name in ("year", "form", "list") if request.form.get(name)}
    address = url_for("staff.day", school=at.school.code, on=at.on.isoformat(), half=WORD_OF[at.half], **kept, **more)
    return redirect(address, 303)


@blueprint.post("/staff/<school>/reports/confirm")
def confirm_reports(school: str) -> Response | tuple[str, int]:
    at = asked_day()
    if "all" in request.form:
        return back_to_board(at, all="1")
    values = [request.form["confirm"]] if "confirm" in request.form else request.form.getlist("report")
    wanted = [_read_choice(value) for value in values]
    if not wanted:
        return board(at, errors=[{"text": "Select at least one report", "href": "#to_confirm"}]), 422
    if not _as_offered(at, wanted):
        errors = [{"text": "This row offers another code now. Look at it again.", "href": "#to_confirm"}]
        return board(at, errors=errors), 409
    outcome = confirm(decider(at), wanted, session=(at.on, at.half.index))
    return _after(at, wanted, outcome)


def _as_offered(at: Here, wanted: Sequence[Decision]) -> bool:
    """One tap confirms what the row suggests; any other code is decided on the report's own page."""
    with read_door() as db:
        rows = reports_to_decide(db, *at.keys, [each.report_id for each in wanted])
    offered = {row.id: row.suggested_code for row in rows}
    return all(each.code == offered.get(each.report_id, each.code) for each in wanted)


def _read_choice(value: str) -> Decision:
    parts = value.split(".")
    if len(parts) != 4 or not (is_number(parts[0], 18) and is_number(parts[1], 8)):
        abort(400)
    return Decision(int(parts[0]), int(parts[1]), parts[2], None if parts[3] == "-" else parts[3])


def _after(at: Here, wanted: Sequence[Decision], outcome: Outcome) -> Response | tuple[str, int]:
    """Back to the board; what was left is said in words, and nothing else of it has changed."""
    code_of = {each.report_id: each.code for each in wanted}
    left = [each for each in outcome.left if not _same_already(at, each, code_of.get(each.report_id, ""))]
    if not left:
        return back_to_board(at)
    errors = [
        {
            "text": f"{each.current.first_name}: {each.sentence}" if each.current else each.sentence,
            "href": "#to_confirm",
        }
        for each in left
    ]
    return board(at, errors=errors, said=f"{len(outcome.decided)} confirmed"), 409


def _same_already(at: Here, left: Any, code: str) -> bool:
    """A second tap, or Back and Send again: the report stands as was asked."""
    if not left.stale or left.current is None:
        return False
    with read_door() as db:
        rows = decisions_of(db, at.school.organisation_id, [left.report_id])
    return any(
        row.undone_at is None and row.code == code and row.date == at.on and row.half == at.half.index for row in rows
    )


@blueprint.post("/staff/<school>/reports/undo")
def undo_decision(school: str) -> Response | tuple[str, int]:
    at = asked_day()
    numbers = [int(value) for value in request.form.getlist("undo") if is_number(value, 18)]
    done = undo(decider(at), numbers)
    if done.left:
        errors = [{"text": each.sentence, "href": "#to_confirm"} for each in done.left]
        return board(at, errors=errors), 409
    return back_to_board(at)


@blueprint.post("/staff/<school>/reports/open")
def open_report(school: str) -> Response:
    """Being opened by staff is what the family reads as "Read by the attendance office"."""
    at = asked_day()
    number = request.form.get("report", "")
    if not is_number(number, 18):
        abort(400)
    with read_door() as db:
        found = reports_to_decide(db, *at.keys, [int(number)])
    if not found:
        abort(404)
    mark_read(decider(at), [found[0].id])
    mark_talk_read(at.school.organisation_id, found[0].id, "family")
    return redirect(url_for("staff.report", school=school, report=found[0].public_id), 303)
