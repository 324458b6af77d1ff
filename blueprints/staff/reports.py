"""The page of one report for the office: what the family said, the talk, and what school decides."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from flask import abort, redirect, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from blueprints.staff import blueprint
from blueprints.staff.decisions import asked_day, decider
from blueprints.staff.frame import Here, around, here, show
from blueprints.staff.report_changes import changes_shown
from blueprints.staff.typed import fit_to_show, typed_key, typed_version
from webapp.absence.queries.deciding import decisions_of
from webapp.absence.queries.desk import BoardReport, find_school_report
from webapp.absence.queries.families import asked_until_of
from webapp.absence.queries.pages import changes_of, files_of, talk_of
from webapp.absence.queries.statements import day_of, statements_on
from webapp.absence.rules.cover import replaced
from webapp.absence.rules.deciding import codes_to_offer, refused_code
from webapp.absence.rules.kinds import Channel, Kind
from webapp.absence.rules.reasons import Reason
from webapp.absence.rules.sight import shown
from webapp.absence.rules.states import Event, ReportRefused, State, allows
from webapp.absence.services.decide import decide_other_code, not_accept
from webapp.absence.services.deciders import Decision
from webapp.absence.services.desk import mark_read, release
from webapp.absence.services.talk import ask, mark_talk_read
from webapp.access import saw
from webapp.first_day.queries.pupil_now import find_pupil_of
from webapp.foundation.clock import school_now
from webapp.foundation.db import read_door
from webapp.foundation.submissions import SubmissionReused
from webapp.people.queries import times_of
from webapp.people.rules import Refused
from webapp.people.rules.roles import Permission
from webapp.people.rules.school_times import SchoolTimes
from webapp.record.rules import CodeRefused, find_code_ever, half_from_index

Errors = list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed on the page of a report, kept where it was refused."""

    code: str = ""
    note: str = ""
    reason: str = ""
    words: str = ""

    def to_show(self) -> Typed:
        return Typed(*(fit_to_show(value) for value in (self.code, self.note, self.reason, self.words)))


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
    at = asked_day()
    found, form = _get(at, report), request.form
    typed = Typed(form.get("code", "").strip().upper(), form.get("note", ""), form.get("reason", ""))
    refuse = form.get("answer") == "refuse"
    code = refused_code(Reason(found.reason), at.today) if refuse else typed.code or found.suggested_code
    wanted = Decision(found.id, typed_version(), code, form.get("seen") or None, typed.note)
    try:
        mark_read(decider(at), [found.id])
        if refuse:
            outcome = not_accept(decider(at), wanted, typed.reason, session=(at.on, at.half.index))
        else:
            outcome = decide_other_code(decider(at), wanted, session=(at.on, at.half.index))
    except CodeRefused as refused:
        return _page(at, report, typed, [{"text": f"{refused} {refused.mend}", "href": f"#{refused.field}"}]), 422
    except Refused as refused:
        return _page(at, report, typed, [{"text": refused.mend, "href": f"#{refused.field}"}]), 422
    if outcome.left:
        stale = outcome.left[0].stale
        errors = [{"text": outcome.left[0].sentence, "href": f"#{outcome.left[0].field}"}]
        return _page(at, report, typed, errors, mine=code if stale else ""), 409 if stale else 422
    return redirect(at.board, 303)


@blueprint.post("/staff/<school>/reports/<report>/ask")
def ask_family(school: str, report: str) -> Response | tuple[str, int]:
    at = here()
    found, typed = _get(at, report), Typed(words=request.form.get("words", ""))
    try:
        mark_read(decider(at), [found.id])
        ask(decider(at), found.id, typed.words, typed_key())
    except SubmissionReused as refused:
        return _page(
            at, report, typed, [{"text": f"{str(refused)[:1].upper()}{str(refused)[1:]}.", "href": "#words"}]
        ), 409
    except Refused as refused:
        return _page(at, report, typed, [{"text": refused.mend, "href": "#words"}]), 422
    return _back(at, report)


@blueprint.post("/staff/<school>/reports/<report>/release")
def release_report(school: str, report: str) -> Response | tuple[str, int]:
    at = here()
    found = _get(at, report)
    try:
        release(decider(at), found.id, typed_version())
    except ReportRefused as refused:
        return _page(at, report, errors=[{"text": refused.mend}]), 409
    return _back(at, report)


def _back(at: Here, report: str) -> Response:
    return redirect(url_for("staff.report", school=at.school.code, report=report), 303)


def _get(at: Here, public_id: str) -> BoardReport:
    with read_door() as db:
        found = find_school_report(db, *at.keys, public_id.replace("\x00", ""))
    if found is None or (found.danger and not at.may(Permission.SEE_SAFEGUARDING_FLAGS)):
        abort(404)
    return found


def _page(at: Here, public_id: str, typed: Typed | None = None, errors: Errors | None = None, mine: str = "") -> str:
    found = _get(at, public_id)
    with read_door() as db:
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
        pupil = find_pupil_of(db, *at.keys, found.enrolment_id, at.today, at.half.index)
        if pupil is not None:
            saw(pupil.pupil_id)
        decisions = decisions_of(db, at.school.organisation_id, [found.id])
        since = _said_since(db, at, found, times)
        changes = changes_of(db, at.school.organisation_id, found.id)
        asked_until = asked_until_of(db, at.school.organisation_id, found.id, found.ends_on)
        talk, files = (
            talk_of(db, at.school.organisation_id, found.id),
            files_of(db, at.school.organisation_id, found.id),
        )
    state = State(found.state)
    text = shown(
        reason=found.reason, symptoms=found.symptoms, words=found.words, danger=found.danger,
        permissions=at.permissions,
    )  # fmt: skip
    standing = [row for row in decisions if row.undone_at is None]
    return show(
        "staff/reports/report.html", at, seen, times, "inbox", report=found, pupil=pupil, text=text, talk=talk,
        changes=changes_shown(changes, danger=found.danger, permissions=at.permissions), asked_until=asked_until,
        files=files, decisions=decisions, standing=standing[-1] if standing else None,
        typed=(typed or Typed()).to_show(), errors=errors or [], mine=fit_to_show(mine), since=since,
        key=secrets.token_urlsafe(18), state=state,
        channel=Channel(found.channel).words,
        kind=Kind(found.kind).label, can_release=allows(state, Event.RELEASE),
        can_decide=at.may(Permission.CONFIRM_CODES) and (allows(state, Event.ACCEPT)),
        begun=school_now() >= times.register_opens(at.today, at.half) and found.starts_on <= at.today <= found.ends_on,
        codes=_codes(at), meaning=_meaning(found.suggested_code),
        refused_as=refused_code(Reason(found.reason), at.today),
        can_ask=at.may(Permission.WRITE_TO_FAMILIES) and found.contact_id is not None and state is not State.HELD,
        hold_note="The family is told 2 minutes after you decide. Until then, Undo tells nobody.",
    )  # fmt: skip


def _said_since(db: Connection, at: Here, found: BoardReport, times: SchoolTimes) -> dict[str, str] | None:
    """What the same adult has said about today in place of this report."""
    said = statements_on(db, *at.keys, [found.enrolment_id], at.today, at.today)
    if found.id not in replaced(said, day_of(at.today, times)):
        return None
    newest = [each for each in said if each.contact_id == found.contact_id][-1]
    return {
        "words": f"{newest.told_by} has said something else since, {Kind(newest.kind).label.lower()}.",
        "href": url_for("staff.report", school=at.school.code, report=newest.public_id),
    }  # fmt: skip


def _codes(at: Here) -> list[tuple[str, str]]:
    return [
        (code.code, f"{code.code}  {code.meaning}")
        for code in codes_to_offer(at.today, half_from_index(at.half.index), decider(at).setter)
    ]


def _meaning(code: str) -> str:
    found = find_code_ever(code)
    return found.meaning if found else ""
