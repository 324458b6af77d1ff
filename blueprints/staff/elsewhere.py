"""A pupil planned at another place is there: staff keep who there said so."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from blueprints.staff import blueprint
from blueprints.staff.board import board
from blueprints.staff.calls import caseworker, find_pupil_here
from blueprints.staff.decisions import asked_day, back_to_board
from webapp.first_day.queries.pupil_now import PupilToday
from webapp.first_day.services.elsewhere import confirm_at_other_place
from webapp.people.rules import Refused
from webapp.people.rules.names import TextRefused


@blueprint.post("/staff/<school>/confirmed-elsewhere")
def confirm_elsewhere(school: str) -> Response | tuple[str, int]:
    """``pupil`` and ``told_by``: the name of whoever at the other place said so."""
    at = asked_day()
    pupil = find_pupil_here(at, request.form.get("pupil", ""))
    try:
        confirm_at_other_place(caseworker(at), pupil.enrolment_id, at.on, at.half, request.form.get("told_by", ""))
    except TextRefused as refused:
        typed = request.form.get("told_by", "").strip()
        text = refused.mend if typed else "Write who there said so"
        return board(at, errors=[{"text": text, "href": "#told_by" if _shows_panel(pupil) else "#unexplained"}]), 422
    except Refused as refused:
        return board(at, errors=[{"text": refused.mend, "href": "#unexplained"}]), 422
    return back_to_board(at)


def _shows_panel(pupil: PupilToday) -> bool:
    """The form of the panel names its pupil in the address too, so that the answer shows the panel again."""
    return request.args.get("pupil") == pupil.public_id
