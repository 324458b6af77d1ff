"""A case on the board: ring, log the call, here now, tell the DSL, close; and the run of first-day texts."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace

from flask import abort, request
from werkzeug.wrappers import Response

from blueprints.staff import blueprint
from blueprints.staff.board import board
from blueprints.staff.decisions import asked_day, back_to_board
from blueprints.staff.frame import Here, around, here, show
from blueprints.staff.no_search import no_search
from blueprints.staff.panel import contact_lines
from blueprints.staff.search import load_search
from blueprints.staff.typed import is_number, typed_again, typed_key
from webapp.access import current_staff, saw
from webapp.first_day.queries.pupil_now import PupilToday, find_pupil_today
from webapp.first_day.rules import CallOutcome, CaseRefused
from webapp.first_day.services.handling import (
    Caseworker,
    add_note,
    claim_ringing,
    close_case,
    end_alarm,
    log_call,
    skip_step,
    tell_dsl,
    tell_police,
)
from webapp.first_day.services.handling import here_now as see_here_now
from webapp.first_day.services.run import RunRefused, run_first_day
from webapp.foundation.clock import school_now
from webapp.foundation.db import read_door
from webapp.people.queries import family_of, times_of
from webapp.people.rules import Refused
from webapp.people.rules.roles import Permission, Role
from webapp.record.queries.registers import sightings_of
from webapp.record.rules import CaseOutcome, RecordRefused, SightingKind
from webapp.record.services.sightings import Desk, strike

Errors = list[dict[str, str]]
CALL_OUTCOMES = (
    (CallOutcome.SPOKE.value, "Spoke to them"),
    (CallOutcome.VOICEMAIL.value, "Left a message"),
    (CallOutcome.NO_ANSWER.value, "No answer"),
    (CallOutcome.WRONG_NUMBER.value, "Wrong number"),
)
_CASE_DEEDS = {
    "tell-dsl": Permission.TELL_DSL, "skip": Permission.LOG_CALLS, "note": Permission.LOG_CALLS,
    "police": Permission.STOP_MESSAGES, "alarm-over": Permission.CLOSE_CASES, "close": Permission.CLOSE_CASES,
}  # fmt: skip
_EMPTY = {
    "skip": "Write why this step is passed over", "police": "Write whom you called and what was said",
    "alarm-over": "Write who spoke to the family and what they said", "close": "Write how the child was found",
    "note": "Write the note",
}  # fmt: skip
CASE_OUTCOMES = (
    (CaseOutcome.LOCATED.value, "Found, and not in school"),
    (CaseOutcome.EXPLAINED.value, "Explained by a report or a code"),
    (CaseOutcome.OPENED_IN_ERROR.value, "The mark was wrong"),
)


def find_pupil_here(at: Here, public_id: str) -> PupilToday:
    """The child of the address, on this school's roll; else 404."""
    with read_door() as db:
        found = find_pupil_today(db, *at.keys, public_id.replace("\x00", ""), at.on, at.half.index) or abort(404)
    saw(found.pupil_id)
    return found


def has_begun(at: Here) -> bool:
    """The register of the session has opened."""
    with read_door() as db:
        return school_now() >= times_of(db, *at.keys, at.on).register_opens(at.on, at.half)


def desk(at: Here) -> Desk:
    return Desk(*at.keys, current_staff().actor)


def caseworker(at: Here) -> Caseworker:
    return Caseworker(*at.keys, current_staff().actor, bool(at.school.roles & {Role.DSL, Role.DEPUTY_DSL}))


@blueprint.post("/staff/<school>/first-day", endpoint="run_first_day")
def run_first_day_now(school: str) -> Response | tuple[str, int]:
    at = asked_day()
    try:
        run_first_day(*at.keys, at.on, at.half, by=current_staff().actor)
    except RunRefused as refused:
        return board(at, errors=[{"text": refused.mend, "href": "#unexplained"}]), 409
    return back_to_board(at)


@blueprint.post("/staff/<school>/here-now")
def here_now(school: str) -> Response | tuple[str, int]:
    """Seen in school: the search ends, and a family that had a text is told that it was wrong."""
    at = asked_day()
    pupil = find_pupil_here(at, request.form.get("pupil", ""))
    if not has_begun(at):
        words = "This session has not begun. Press Here now on the board of the session that is on."
        return board(at, errors=[{"text": words, "href": "#unexplained"}]), 409
    try:
        see_here_now(caseworker(at), pupil.enrolment_id)
    except RecordRefused as refused:
        return board(at, errors=[{"text": f"{refused} {refused.mend}", "href": "#unexplained"}]), 409
    return back_to_board(at)


@blueprint.post("/staff/<school>/here-now/undo")
def undo_here_now(school: str) -> Response | tuple[str, int]:
    """Strike the newest sighting of this child that the board made: it was somebody else."""
    at = asked_day()
    pupil = find_pupil_here(at, request.form.get("pupil", ""))
    with read_door() as db:
        seen = next(
            (
                row.public_id
                for row in sightings_of(db, *at.keys, at.on)
                if row.enrolment_id == pupil.enrolment_id and row.struck_at is None
                and row.kind == SightingKind.SEEN_ELSEWHERE_IN_SCHOOL
            ),
            "",
        )  # fmt: skip
    try:
        strike(desk(at), seen, "Undone on the board")
    except RecordRefused as refused:
        return board(at, errors=[{"text": f"{refused} {refused.mend}", "href": "#unexplained"}]), 409
    return back_to_board(at)


@blueprint.post("/staff/<school>/ring")
def ring(school: str) -> Response | tuple[str, int]:
    """Hold the case for the viewer, and show whom to ring."""
    at = asked_day()
    pupil = find_pupil_here(at, request.form.get("pupil", ""))
    if pupil.has_case and pupil.case_public_id is not None:
        try:
            claim_ringing(caseworker(at), pupil.case_public_id)
        except Refused as refused:
            return board(at, errors=[{"text": refused.mend, "href": "#unexplained"}]), 409
    return back_to_board(at, pupil=pupil.public_id)


@blueprint.post("/staff/<school>/tell-dsl")
def tell_dsl_now(school: str) -> Response | tuple[str, int]:
    """The row's own button, where this is the step that is due."""
    at = asked_day()
    pupil = find_pupil_here(at, request.form.get("pupil", ""))
    try:
        if not pupil.has_case:
            raise CaseRefused("case", f"Nobody is looking for {pupil.name} now.")
        tell_dsl(caseworker(at), _case_of(pupil))
    except Refused as refused:
        return board(at, errors=[{"text": refused.mend, "href": "#unexplained"}]), 409
    return back_to_board(at)


@blueprint.get("/staff/<school>/pupils/<pupil>/call")
def call(school: str, pupil: str) -> str:
    return _call_page(here(), pupil)


@blueprint.post("/staff/<school>/pupils/<pupil>/call")
def log_call_made(school: str, pupil: str) -> Response | tuple[str, int]:
    at, form = here(), request.form
    found, errors = find_pupil_here(at, pupil), _call_errors()
    if not found.has_case:
        return no_search(at, found), 409
    if errors:
        return _call_page(at, pupil, errors), 422
    case_id, by, words = _case_of(found), replace(caseworker(at), key=typed_key()), form.get("words", "")
    contact, outcome = int(form["contact"]), CallOutcome(form["outcome"])
    try:
        log_call(by, case_id, contact, outcome, words=words, number=_number_of(at, found, contact))
    except Refused as refused:
        return _call_page(at, pupil, [{"text": refused.mend, "href": f"#{refused.field}"}]), 422
    if form.get("located") and outcome is CallOutcome.SPOKE and at.may(Permission.CLOSE_CASES):
        return _in_case(at, pupil, "close", lambda: close_case(by, case_id, CaseOutcome.LOCATED, words))
    return back_to_board(at)


def _call_errors() -> Errors:
    errors: Errors = []
    contact = request.form.get("contact", "")
    if not contact:
        errors.append({"text": "Choose whom you rang", "href": "#contact"})
    elif not is_number(contact):
        abort(400)
    if request.form.get("outcome") not in {value for value, _ in CALL_OUTCOMES}:
        errors.append({"text": "Choose how the call ended", "href": "#outcome"})
    return errors


def _case_of(pupil: PupilToday) -> str:
    """The open case of a child who is looked for."""
    assert pupil.case_public_id is not None
    return pupil.case_public_id


def _number_of(at: Here, pupil: PupilToday, contact_id: int) -> str:
    """The number that the page showed for this contact."""
    with read_door() as db:
        family = family_of(db, at.school.organisation_id, [pupil.pupil_id])
    lines = contact_lines(family, pupil.pupil_id, at.on, held=True)
    return next((line["phone"] for line in lines if line["id"] == contact_id), "")


def _call_page(at: Here, public_id: str, errors: Errors | None = None) -> str:
    found = find_pupil_here(at, public_id)
    if not found.has_case:
        return no_search(at, found)
    with read_door() as db:
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
        family = family_of(db, at.school.organisation_id, [found.pupil_id])
        search = load_search(db, at, found)
    held = at.may(Permission.STOP_MESSAGES)
    contacts = contact_lines(family, found.pupil_id, at.on, found.next_contact_id, held=held)
    typed = typed_again()
    chosen = typed.get("contact") or request.args.get("contact") or str(found.next_contact_id or "")
    return show(
        "staff/calls/call.html", at, seen, times, "today", pupil=found, contacts=contacts, search=search,
        chosen=chosen, choices=[(str(each["id"]), each["name"]) for each in contacts if each["phone"]],
        outcomes=CALL_OUTCOMES, outcome=request.values.get("outcome", ""), words=typed.get("words", ""),
        located=bool(request.form.get("located")), errors=errors or [],
        may_close=at.may(Permission.CLOSE_CASES), key=secrets.token_urlsafe(18),
    )  # fmt: skip


@blueprint.get("/staff/<school>/pupils/<pupil>/case")
def case(school: str, pupil: str) -> str:
    """Tell the safeguarding lead, pass over a step with a reason, write a note, or close the case."""
    return _case_page(here(), pupil)


@blueprint.post("/staff/<school>/pupils/<pupil>/case/<deed>")
def do_in_case(school: str, pupil: str, deed: str) -> Response | tuple[str, int]:
    at = here()
    needs, form = _CASE_DEEDS.get(deed), request.form
    if needs is None:
        abort(404)
    if not at.may(needs):
        abort(403)
    found = find_pupil_here(at, pupil)
    if not found.has_case:
        return no_search(at, found), 409
    case_id, by = _case_of(found), replace(caseworker(at), key=typed_key())
    words = form.get("words", "")
    if deed == "close" and form.get("outcome") not in {value for value, _ in CASE_OUTCOMES}:
        return _case_page(at, pupil, [{"text": "Choose how it ended", "href": "#outcome"}], deed), 422
    deeds: dict[str, Callable[[], None]] = {
        "tell-dsl": lambda: tell_dsl(by, case_id, words),
        "skip": lambda: skip_step(by, case_id, form.get("reason", "")),
        "note": lambda: add_note(by, case_id, words),
        "police": lambda: tell_police(by, case_id, words),
        "alarm-over": lambda: end_alarm(by, case_id, words),
        "close": lambda: close_case(by, case_id, CaseOutcome(form["outcome"]), words),
    }
    return _in_case(at, pupil, deed, deeds[deed])


def _in_case(at: Here, pupil: str, deed: str, do: Callable[[], None]) -> Response | tuple[str, int]:
    try:
        do()
    except Refused as refused:
        field = refused.field if deed == "close" else f"{deed}-{refused.field}"
        typed = request.form.get(refused.field, "x").strip()
        text = refused.mend if typed else _EMPTY.get(deed, refused.mend)
        href = f"#{field}" if _is_offered(find_pupil_here(at, pupil), deed) else "#main"
        return _case_page(at, pupil, [{"text": text, "href": href}], deed), 422
    return back_to_board(at)


def _is_offered(pupil: PupilToday, deed: str) -> bool:
    """The page of the case still has the form of this deed: somebody may have gone on meanwhile."""
    if deed == "tell-dsl":
        return pupil.case_state == "open"
    return deed != "skip" or pupil.next_contact_id is not None


def _case_page(at: Here, public_id: str, errors: Errors | None = None, deed: str = "") -> str:
    found = find_pupil_here(at, public_id)
    if not found.has_case:
        return no_search(at, found)
    with read_door() as db:
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
        search = load_search(db, at, found)
    typed = typed_again()
    return show(
        "staff/calls/case.html", at, seen, times, "today", pupil=found, search=search, outcomes=CASE_OUTCOMES,
        outcome=typed.get("outcome"), words={deed: typed.get("words", "")}, reason=typed.get("reason", ""),
        errors=errors or [], deeds={name for name, needs in _CASE_DEEDS.items() if at.may(needs)},
        is_dsl=caseworker(at).is_dsl, key=secrets.token_urlsafe(18),
    )  # fmt: skip
