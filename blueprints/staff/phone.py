"""A report that somebody gives by telephone, written down while they speak."""

from __future__ import annotations

import secrets

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from blueprints.staff import blueprint
from blueprints.staff.calls import find_pupil_here
from blueprints.staff.decisions import decider
from blueprints.staff.frame import Here, around, here, show
from blueprints.staff.typed import is_number, typed_again, typed_key
from webapp.absence.rules.drafts import Refusals, TypedReport
from webapp.absence.rules.kinds import Kind
from webapp.absence.rules.reasons import REASONS
from webapp.absence.rules.states import ReportRefused
from webapp.absence.services.desk import log_phone_report
from webapp.absence.services.said_again import AlreadyTold
from webapp.foundation.db import read_door
from webapp.foundation.submissions import SubmissionReused
from webapp.people.queries import family_of, times_of
from webapp.people.rules import Refused
from webapp.people.rules.roles import Permission

Errors = list[dict[str, str]]
_PLACES = {"arrives_at": "at_time", "leaves_at": "at_time"}
_KINDS = (Kind.ALL_DAY, Kind.LATE, Kind.EARLY)


@blueprint.get("/staff/<school>/pupils/<pupil>/report")
def take_down(school: str, pupil: str) -> str:
    return _page(here(), pupil)


@blueprint.post("/staff/<school>/pupils/<pupil>/report")
def took_down(school: str, pupil: str) -> Response | tuple[str, int]:
    at, form = here(), request.form
    find_pupil_here(at, pupil)
    contact = form.get("contact", "")
    if contact != "other" and not is_number(contact):
        return _page(at, pupil, [{"text": "Choose who is speaking", "href": "#contact"}]), 422
    number = int(contact) if is_number(contact) else None
    caller, add = form.get("caller", "") if number is None else "", "add" in form
    try:
        done = log_phone_report(decider(at), _typed(at, pupil), typed_key(), contact_id=number, caller=caller, add=add)
    except AlreadyTold as told:
        return _page(at, pupil, [{"text": told.mend, "href": _where(at, told)}], told=_where(at, told)), 409
    except SubmissionReused:
        again = "This was sent before with other words. Send it once more"
        return _page(at, pupil, [{"text": again, "href": "#words"}]), 409
    except Refused as refused:
        field = "contact" if isinstance(refused, ReportRefused) else refused.field
        return _page(at, pupil, [{"text": refused.mend, "href": f"#{field}"}]), 422
    if isinstance(done, Refusals):
        errors = [{"text": one.sentence, "href": f"#{_PLACES.get(one.field, one.field)}"} for one in done.errors]
        return _page(at, pupil, errors), 422
    return redirect(at.board, 303)


def _where(at: Here, told: AlreadyTold) -> str:
    """The report that stands, for those who may open it."""
    if not at.may(Permission.SEE_HEALTH_REASONS):
        return "#contact"
    return url_for("staff.report", school=at.school.code, report=told.report.public_id)


def _typed(at: Here, pupil: str) -> TypedReport:
    form = request.form
    kind, at_time = form.get("kind", ""), form.get("at_time", "")
    return TypedReport(
        children=(pupil,), kind=kind, starts_on=at.today.isoformat(), reason=form.get("reason", ""),
        words=form.get("words", ""), leaves_at=at_time if kind == Kind.EARLY else "",
        arrives_at=at_time if kind == Kind.LATE else "",
    )  # fmt: skip


def _page(at: Here, public_id: str, errors: Errors | None = None, told: str = "") -> str:
    found = find_pupil_here(at, public_id)
    with read_door() as db:
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
        family = family_of(db, at.school.organisation_id, [found.pupil_id])
    ring = family.to_reach(found.pupil_id, at.today).ring
    people = [(str(link.contact_id), f"{family.contacts[link.contact_id].name}, {link.relationship}") for link in ring]
    return show(
        "staff/phone/phone.html", at, seen, times, "today", pupil=found, people=people, errors=errors or [],
        typed=typed_again(), kinds=[(kind.value, kind.label) for kind in _KINDS],
        reasons=[(reason.value, row.staff) for reason, row in REASONS.items()], key=secrets.token_urlsafe(18),
        told=told,
    )  # fmt: skip
