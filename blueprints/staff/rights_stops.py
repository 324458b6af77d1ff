"""The DSL's stop: one tap ends automatic messages about a child; lifting it is a second look, with a reason."""

from __future__ import annotations

from flask import redirect, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from blueprints.staff import blueprint
from blueprints.staff.frame import Here, around, here, show
from blueprints.staff.panel import to_stop
from blueprints.staff.pupil import STOPPED, get_pupil
from blueprints.staff.typed import is_number, typed_again
from webapp.access import current_staff, is_fresh_here
from webapp.accounts.rules.freshness import Fresh
from webapp.first_day.queries.pupil_now import PupilToday
from webapp.foundation.clock import london
from webapp.foundation.db import read_door
from webapp.foundation.words import short_day_words, staff_time
from webapp.people.queries import family_of, times_of
from webapp.people.queries.stops import StopRow, stops_of
from webapp.people.rules import Refused
from webapp.people.rules.protections import LONGEST_REASON, ProtectionRefused
from webapp.people.services.stops import Protector, lift_stop, say_why_stopped, stop_messages

EVERYBODY = "everybody"
Answer = Response | tuple[str, int]
_SAID = {
    **STOPPED,
    "why": "The reason is saved. Only those who may stop messages can read it.",
    "lifted": "Messages may go again. What was stopped is not sent after all.",
}


@blueprint.get("/staff/<school>/pupils/<pupil>/stops")
def stops(school: str, pupil: str) -> str:
    at = here()
    with read_door() as db:
        return _page(db, at, get_pupil(db, at, pupil))


@blueprint.post("/staff/<school>/pupils/<pupil>/stops")
def stop(school: str, pupil: str) -> Answer:
    """One tap: to one contact, or to everybody."""
    at, chosen = here(), request.form.get("contact", "")
    found = _get(at, pupil)
    try:
        if chosen != EVERYBODY and not is_number(chosen):
            raise ProtectionRefused("contact", "Choose to whom messages stop.")
        contact_id = None if chosen == EVERYBODY else int(chosen)
        new = stop_messages(protector(at), found.pupil_id, contact_id, request.form.get("reason", ""))
    except Refused as refused:
        return _refused(at, found, refused)
    return _back(at, found, "stopped" if new else "stood")


@blueprint.post("/staff/<school>/pupils/<pupil>/stops/why")
def say_why(school: str, pupil: str) -> Answer:
    at, form = here(), request.form
    found = _get(at, pupil)
    try:
        say_why_stopped(protector(at), found.pupil_id, form.get("stop", ""), form.get("reason", ""))
    except Refused as refused:
        return _refused(at, found, refused)
    return _back(at, found, "why")


@blueprint.post("/staff/<school>/pupils/<pupil>/stops/lift")
def lift(school: str, pupil: str) -> Answer:
    at, form = here(), request.form
    found = _get(at, pupil)
    try:
        lift_stop(protector(at), found.pupil_id, form.get("stop", ""), form.get("reason", ""))
    except Refused as refused:
        return _refused(at, found, refused, lifting=form.get("stop", ""))
    return _back(at, found, "lifted")


def protector(at: Here) -> Protector:
    """The viewer, as whoever keeps something from a contact."""
    return Protector(*at.keys, current_staff().actor)


def _get(at: Here, public_id: str) -> PupilToday:
    with read_door() as db:
        return get_pupil(db, at, public_id)


def _back(at: Here, found: PupilToday, said: str) -> Response:
    # A stop asks for no proof; the page of reasons does, so that whoever has none reads on the pupil's that it stands.
    if said in ("stopped", "stood") and not is_fresh_here(Fresh.SAFEGUARDING):
        return redirect(url_for("staff.pupil", school=at.school.code, pupil=found.public_id, said=said), 303)
    return redirect(url_for("staff.stops", school=at.school.code, pupil=found.public_id, said=said), 303)


def _refused(at: Here, found: PupilToday, refused: Refused, lifting: str = "") -> tuple[str, int]:
    with read_door() as db:
        status = 409 if refused.field == "stop" else 422
        return _page(db, at, found, refused, lifting=lifting), status


def _page(
    db: Connection, at: Here, found: PupilToday, refused: Refused | None = None, lifting: str | None = None
) -> str:
    seen, times = around(db, at), times_of(db, *at.keys, at.today)
    family = family_of(db, at.school.organisation_id, [found.pupil_id])
    every = stops_of(db, at.school.organisation_id, found.pupil_id)
    living = [row for row in every if row.lifted_at is None]
    asked = request.args.get("lift", "") if lifting is None else lifting
    return show(
        "staff/rights_stops/stops.html", at, seen, times, "find", pupil=found,
        living=[(row, _when(row)) for row in living],
        lifted=[(row, _when(row)) for row in every if row.lifted_at is not None],
        people=to_stop(family, found.pupil_id), everybody=any(row.contact_id is None for row in living),
        lifting=asked, typed=typed_again(), longest=LONGEST_REASON, refused=refused,
        errors=[{"text": refused.mend, "href": _field(refused, asked, living)}] if refused else [],
        said=_SAID.get(request.args.get("said", "")),
    )  # fmt: skip


def _field(refused: Refused, lifting: str, living: list[StopRow]) -> str:
    """The control at fault, where the page has it still."""
    stood = {row.public_id for row in living}
    if refused.field == "reason" and lifting in stood:
        return "#reason"
    return f"#reason-{request.form.get('stop')}" if request.form.get("stop") in stood else "#main"


def _when(row: StopRow) -> str:
    at = london(row.stopped_at)
    return f"{short_day_words(at.date())} {staff_time(at)}"
