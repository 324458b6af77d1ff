"""The inbox: reports nobody has read, what families wrote on them, and texts that came in."""

from __future__ import annotations

import secrets
from typing import Any

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from blueprints.staff import blueprint
from blueprints.staff.board_reports import report_who
from blueprints.staff.decisions import decider
from blueprints.staff.frame import Here, around, here, show
from blueprints.staff.typed import typed_key
from notifications.services.inbound import InboundRefused, settle_text
from webapp.absence.queries.desk import reports_inbox
from webapp.absence.rules.drafts import Refusals, TypedReport
from webapp.absence.rules.kinds import Kind
from webapp.absence.rules.reasons import REASONS, Reason
from webapp.absence.rules.sight import shown
from webapp.absence.rules.states import ReportRefused
from webapp.absence.services.desk import report_from_text
from webapp.access import current_staff
from webapp.first_day.queries.inbox import TextIn, find_text_in, texts_inbox
from webapp.foundation.db import read_door
from webapp.foundation.submissions import SubmissionReused
from webapp.people.queries import roll_of, times_of
from webapp.people.rules import Refused
from webapp.people.rules.roles import Permission

Errors = list[dict[str, str]]


@blueprint.get("/staff/<school>/inbox")
def inbox(school: str) -> str:
    return _page(here())


def _page(at: Here, errors: Errors | None = None) -> str:
    with read_door() as db:
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
        reports = reports_inbox(db, *at.keys, at.today)
        texts = texts_inbox(db, *at.keys)
        names = {pupil.enrolment_id: pupil for pupil in roll_of(db, *at.keys, at.today)}
    flags = at.may(Permission.SEE_SAFEGUARDING_FLAGS)
    return show(
        "staff/inbox/inbox.html", at, seen, times, "inbox", errors=errors or [],
        reports=[
            (row, names[row.enrolment_id], _shown(at, row), report_who(row))
            for row in reports
            if row.enrolment_id in names and (flags or not row.danger)
        ],
        texts=[text for text in texts if flags or not text.danger],
        reasons=[(reason.value, kind.staff) for reason, kind in REASONS.items() if kind.fits(Kind.ALL_DAY)],
        key=secrets.token_urlsafe(18),
    )  # fmt: skip


def _shown(at: Here, row: Any) -> Any:
    return shown(
        reason=row.reason, symptoms=row.symptoms, words=row.words, danger=row.danger, permissions=at.permissions
    )


def _text(at: Here, public_id: str) -> TextIn:
    with read_door() as db:
        found = find_text_in(db, *at.keys, public_id)
    if found is None or (found.danger and not at.may(Permission.SEE_SAFEGUARDING_FLAGS)):
        abort(404)
    return found


@blueprint.post("/staff/<school>/inbox/<text>/settle")
def settle_inbound(school: str, text: str) -> Response | tuple[str, int]:
    at = here()
    found = _text(at, text)
    try:
        settle_text(at.school.organisation_id, found.id, actor=current_staff().actor)
    except InboundRefused as refused:
        return _page(at, [{"text": refused.mend, "href": "#texts"}]), 409
    return redirect(url_for("staff.inbox", school=school), 303)


@blueprint.post("/staff/<school>/inbox/<text>/report")
def report_of_text(school: str, text: str) -> Response | tuple[str, int]:
    """What staff read in a text becomes a report; the reader of replies only suggests."""
    at = here()
    found, reason = _text(at, text), request.form.get("reason", "")
    if not found.pupil_public_id:
        return _page(at, [{"text": "Say first which child the text is about", "href": "#texts"}]), 422
    if reason not in set(Reason):
        return _page(at, [{"text": "Choose a reason", "href": f"#reason-{found.public_id}"}]), 422
    typed = TypedReport(
        children=(found.pupil_public_id,), kind=Kind.ALL_DAY.value, starts_on=at.today.isoformat(), reason=reason,
        words=found.body,
    )  # fmt: skip
    try:
        done = report_from_text(decider(at), typed, typed_key(), contact_id=found.contact_id, inbound_id=found.id)
    except InboundRefused as refused:
        return _page(at, [{"text": refused.mend, "href": "#texts"}]), 409
    except (ReportRefused, SubmissionReused, Refused) as refused:
        return _page(at, [{"text": getattr(refused, "mend", str(refused)), "href": "#texts"}]), 422
    if isinstance(done, Refusals):
        return _page(at, [{"text": each.sentence, "href": "#texts"} for each in done.errors]), 422
    return redirect(url_for("staff.inbox", school=school), 303)
