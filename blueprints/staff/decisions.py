"""What staff decide on reports: confirm, another code, not accepted, undo, ask; and the page of one report."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from blueprints.staff import blueprint
from blueprints.staff.board import board
from blueprints.staff.frame import WORD_OF, Here, around, here, show
from webapp.absence.queries.deciding import decisions_of
from webapp.absence.queries.desk import BoardReport, find_school_report
from webapp.absence.queries.pages import files_of
from webapp.absence.queries.talking import talk_of
from webapp.absence.rules.kinds import Channel, Kind
from webapp.absence.rules.reasons import Reason
from webapp.absence.rules.deciding import refused_code
from webapp.absence.rules.sight import shown
from webapp.absence.rules.states import OPEN_STATES, Event, ReportRefused, State, allows
from webapp.absence.services.deciders import Decider, Decision, Outcome
from webapp.absence.services.decide import confirm, decide_other_code, not_accept
from webapp.absence.services.desk import mark_read, release
from webapp.absence.services.talk import ask, mark_talk_read
from webapp.absence.services.undo import undo
from webapp.access import current_staff
from webapp.foundation.clock import school_now
from webapp.foundation.db import read_door
from webapp.foundation.submissions import SubmissionReused
from webapp.people.queries import times_of
from webapp.people.rules import Refused
from webapp.people.rules.roles import Permission, Role
from webapp.record.rules import CodeRefused, RecordRefused, Setter, codes_in_force, find_code_ever

Errors = list[dict[str, str]]


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
    """The session that a form of the board speaks of."""
    return here(request.form.get("on"), {"am": "morning", "pm": "afternoon"}.get(request.form.get("half", "")))


def back_to_board(at: Here, **more: str) -> Response:
    kept = {name: request.form[name] for name in ("year", "form", "list") if request.form.get(name)}
    address = url_for(
        "staff.day", school=at.school.code, on=at.on.isoformat(), half=WORD_OF[at.half], **kept, **more
    )
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
    outcome = confirm(decider(at), wanted, session=(at.on, at.half.index))
    return _after(at, wanted, outcome)


def _read_choice(value: str) -> Decision:
    parts = value.split(".")
    if len(parts) != 4 or not (parts[0].isdigit() and parts[1].isdigit() and len(parts[0]) < 19 and len(parts[1]) < 9):
        abort(400)
    return Decision(int(parts[0]), int(parts[1]), parts[2], None if parts[3] == "-" else parts[3])


def _after(at: Here, wanted: Sequence[Decision], outcome: Outcome) -> Response | tuple[str, int]:
    """Back to the board; what was left is said in words, and nothing else of it has changed."""
    code_of = {each.report_id: each.code for each in wanted}
    left = [each for each in outcome.left if not _same_already(at, each, code_of.get(each.report_id, ""))]
    if not left:
        return back_to_board(at, done=str(len(outcome.decided)))
    errors = [
        {"text": f"{each.current.first_name}: {each.sentence}" if each.current else each.sentence, "href": "#to_confirm"}
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
    numbers = [int(value) for value in request.form.getlist("undo") if value.isdigit() and len(value) < 19]
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
    if not number.isdigit() or len(number) > 18:
        abort(400)
    mark_read(decider(at), [int(number)])
    with read_door() as db:
        public_id = report_address(db, *at.keys, int(number))
    if public_id is None:
        abort(404)
    return redirect(url_for("staff.report", school=school, report=public_id), 303)


def report_address(db: Any, organisation_id: int, school_id: int, number: int) -> str | None:
    from webapp.absence.queries.deciding import reports_to_decide

    found = reports_to_decide(db, organisation_id, school_id, [number])
    return found[0].public_id if found else None


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed on the page of a report, kept where it was refused."""

    code: str = ""
    note: str = ""
    reason: str = ""
    words: str = ""


@blueprint.get("/staff/<school>/reports/<report>")
def report(school: str, report: str) -> str:
    return _page(here(), report)


@blueprint.post("/staff/<school>/reports/<report>/read")
def read_report(school: str, report: str) -> Response:
    at = here()
    found = _get(at, report)
    mark_read(decider(at), [found.id])
    mark_talk_read(at.school.organisation_id, found.id, "family")
    return _back(at, report)


@blueprint.post("/staff/<school>/reports/<report>/decide")
def decide_report(school: str, report: str) -> Response | tuple[str, int]:
    at = here()
    found, form = _get(at, report), request.form
    typed = Typed(form.get("code", "").strip().upper(), form.get("note", ""), form.get("reason", ""))
    refuse = form.get("answer") == "refuse"
    code = refused_code(Reason(found.reason), at.today) if refuse else typed.code or found.suggested_code
    wanted = Decision(found.id, _version(), code, form.get("seen") or None, typed.note)
    try:
        mark_read(decider(at), [found.id])
        if refuse:
            outcome = not_accept(decider(at), wanted, typed.reason, session=(at.today, at.half.index))
        else:
            outcome = decide_other_code(decider(at), wanted, session=(at.today, at.half.index))
    except CodeRefused as refused:
        return _page(at, report, typed, [{"text": f"{refused} {refused.mend}", "href": f"#{refused.field}"}]), 422
    except Refused as refused:
        return _page(at, report, typed, [{"text": refused.mend, "href": f"#{refused.field}"}]), 422
    if outcome.left:
        stale = outcome.left[0].stale
        errors = [{"text": outcome.left[0].sentence, "href": "#note" if typed.code and not stale else "#code"}]
        return _page(at, report, typed, errors, mine=code if stale else ""), 409 if stale else 422
    return redirect(at.board, 303)


@blueprint.post("/staff/<school>/reports/<report>/ask")
def ask_family(school: str, report: str) -> Response | tuple[str, int]:
    at = here()
    found, typed = _get(at, report), Typed(words=request.form.get("words", ""))
    try:
        mark_read(decider(at), [found.id])
        ask(decider(at), found.id, typed.words, _key())
    except SubmissionReused as refused:
        return _page(at, report, typed, [{"text": f"{str(refused)[:1].upper()}{str(refused)[1:]}.", "href": "#words"}]), 409
    except Refused as refused:
        return _page(at, report, typed, [{"text": refused.mend, "href": "#words"}]), 422
    return _back(at, report)


@blueprint.post("/staff/<school>/reports/<report>/release")
def release_report(school: str, report: str) -> Response | tuple[str, int]:
    at = here()
    found = _get(at, report)
    try:
        release(decider(at), found.id, _version())
    except ReportRefused as refused:
        return _page(at, report, errors=[{"text": refused.mend, "href": "#release"}]), 409
    return _back(at, report)


def _key() -> str:
    key = request.form.get("submission_key", "")
    if not 8 <= len(key) <= 64:
        abort(400)
    return key


def _version() -> int:
    version = request.form.get("version", "")
    if not version.isdigit() or len(version) > 9:
        abort(400)
    return int(version)


def _back(at: Here, report: str) -> Response:
    return redirect(url_for("staff.report", school=at.school.code, report=report), 303)


def _get(at: Here, public_id: str) -> BoardReport:
    with read_door() as db:
        found = find_school_report(db, *at.keys, public_id)
    if found is None or (found.danger and not at.may(Permission.SEE_SAFEGUARDING_FLAGS)):
        abort(404)
    return found


def _page(at: Here, public_id: str, typed: Typed | None = None, errors: Errors | None = None, mine: str = "") -> str:
    found = _get(at, public_id)
    with read_door() as db:
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
        pupil = pupil_of(db, at, found.enrolment_id)
        decisions = decisions_of(db, at.school.organisation_id, [found.id])
        talk, files = talk_of(db, at.school.organisation_id, found.id), files_of(db, at.school.organisation_id, found.id)
    state = State(found.state)
    text = shown(
        reason=found.reason, symptoms=found.symptoms, words=found.words, danger=found.danger,
        permissions=at.permissions,
    )  # fmt: skip
    standing = [row for row in decisions if row.undone_at is None]
    return show(
        "staff/decisions/report.html", at, seen, times, "inbox", report=found, pupil=pupil, text=text, talk=talk,
        files=files, decisions=decisions, standing=standing[-1] if standing else None, typed=typed or Typed(),
        errors=errors or [], mine=mine, key=secrets.token_urlsafe(18), state=state, channel=Channel(found.channel).words,
        kind=Kind(found.kind).label, is_open=state in OPEN_STATES, can_release=allows(state, Event.RELEASE),
        can_decide=at.may(Permission.CONFIRM_CODES) and (allows(state, Event.ACCEPT)),
        begun=school_now() >= times.register_opens(at.today, at.half) and found.starts_on <= at.today <= found.ends_on,
        codes=_codes(at), meaning=_meaning(found.suggested_code), refused_as=refused_code(Reason(found.reason), at.today),
        can_ask=at.may(Permission.WRITE_TO_FAMILIES) and found.contact_id is not None and state is not State.HELD,
        hold_note="The family is told 2 minutes after you decide. Until then, Undo tells nobody.",
    )  # fmt: skip


def pupil_of(db: Any, at: Here, enrolment_id: int) -> Any:
    """The child of a report, with form and today's mark."""
    from webapp.first_day.queries.pupil_now import find_pupil_of

    return find_pupil_of(db, *at.keys, enrolment_id, at.today, at.half.index)


def _codes(at: Here) -> list[tuple[str, str]]:
    return [
        (code.code, f"{code.code}  {code.meaning}")
        for code in codes_in_force(at.today)
        if Setter.OFFICE in code.setters and at.half.value in {half.value for half in code.halves}
    ]


def _meaning(code: str) -> str:
    found = find_code_ever(code)
    return found.meaning if found else ""


__all__: Sequence[str] = ["asked_day", "back_to_board", "decider"]
_UNUSED: Mapping[str, Any] = {}
_ERRORS = (RecordRefused,)
