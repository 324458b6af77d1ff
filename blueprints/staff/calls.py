"""A case on the board: ring, log the call, here now, tell the safeguarding lead, close; and the run of first-day texts."""

from __future__ import annotations

from typing import Any

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from blueprints.staff import blueprint
from blueprints.staff.board import board
from blueprints.staff.decisions import asked_day, back_to_board
from blueprints.staff.frame import Here, around, here, show
from blueprints.staff.panel import contact_lines
from blueprints.staff.typed import typed_version
from webapp.access import current_staff
from webapp.first_day.queries.pupil_now import PupilToday, find_pupil_today
from webapp.first_day.rules import CallOutcome
from webapp.first_day.services.calls import claim_ringing, close_case, log_call, skip_step, tell_dsl
from webapp.first_day.services.run import RunRefused, run_first_day
from webapp.foundation.db import read_door
from webapp.people.queries import family_of, times_of
from webapp.people.rules import Refused
from webapp.people.rules.roles import Permission
from webapp.record.rules import CaseOutcome, RecordRefused
from webapp.record.services.sightings import Desk, seen_elsewhere, strike

CALL_OUTCOMES = (
    (CallOutcome.SPOKE.value, "Spoke to them"),
    (CallOutcome.VOICEMAIL.value, "Left a message"),
    (CallOutcome.NO_ANSWER.value, "No answer"),
    (CallOutcome.WRONG_NUMBER.value, "Wrong number"),
)
CASE_OUTCOMES = (
    (CaseOutcome.LOCATED.value, "Found, and not in school"),
    (CaseOutcome.SEEN_IN_SCHOOL.value, "Seen in school"),
    (CaseOutcome.OPENED_IN_ERROR.value, "The mark was wrong"),
)


def find_pupil_here(at: Here, public_id: str) -> PupilToday:
    """The child of the address, on this school's roll; else 404."""
    with read_door() as db:
        found = find_pupil_today(db, *at.keys, public_id, at.on, at.half.index)
    if found is None:
        abort(404)
    return found


def desk(at: Here) -> Desk:
    return Desk(*at.keys, current_staff().actor)


@blueprint.post("/staff/<school>/first-day")
def run_first_day_now(school: str) -> Response | tuple[str, int]:
    at = asked_day()
    try:
        run_first_day(*at.keys, at.on, at.half, by=current_staff().actor)
    except RunRefused as refused:
        return board(at, errors=[{"text": refused.mend, "href": "#unexplained"}]), 409
    return back_to_board(at)
