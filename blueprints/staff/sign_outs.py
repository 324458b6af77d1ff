"""Pupils who answer for themselves ask to leave: agreed, refused and seen off at reception."""

from __future__ import annotations

from typing import Any

from flask import abort, redirect, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from blueprints.staff import blueprint
from blueprints.staff.calls import desk
from blueprints.staff.frame import Here, around, here, show
from blueprints.staff.typed import typed_again, typed_version
from webapp.absence.queries.sign_outs import SignOutRow, find_sign_out, sign_outs_on
from webapp.absence.services.sign_outs import SignOutNotThere, answer_sign_out, see_go
from webapp.access import saw
from webapp.foundation.db import read_door
from webapp.foundation.words import staff_time
from webapp.people.queries import times_of
from webapp.people.rules import Refused
from webapp.people.rules.roles import Permission
from webapp.record.rules import RecordRefused

Answer = Response | tuple[str, int]
_STATES = {"asked": "Waits for an answer", "agreed": "Agreed", "gone": "Gone"}


@blueprint.get("/staff/<school>/reception/leaving/<request_id>")
def sign_out_request(school: str, request_id: str) -> str:
    at = here()
    return _page(at, _get(at, request_id))


@blueprint.post("/staff/<school>/reception/leaving/<request_id>/answer")
def answer_leaving(school: str, request_id: str) -> Answer:
    at, form = here(), request.form
    agree = form.get("agree", "")
    if agree not in ("yes", "no"):
        return _page(at, _get(at, request_id), Refused("agree", "Choose Agree or Refuse.")), 422
    return _do(
        at, request_id,
        lambda: answer_sign_out(
            desk(at), request_id, typed_version(), agree=agree == "yes", answer=form.get("answer", ""), leads=_leads(at)
        ),
    )  # fmt: skip


@blueprint.post("/staff/<school>/reception/leaving/<request_id>/gone")
def saw_leave(school: str, request_id: str) -> Answer:
    at = here()
    return _do(at, request_id, lambda: see_go(desk(at), request_id, typed_version(), leads=_leads(at)))


def sign_out_lines(db: Connection, at: Here) -> list[dict[str, Any]]:
    """What stands at reception, in the order of the time asked for."""
    return [_line(row, at) for row in sign_outs_on(db, *at.keys, at.today)]


def _leads(at: Here) -> bool:
    return at.may(Permission.STOP_MESSAGES)


def _line(row: SignOutRow, at: Here) -> dict[str, Any]:
    held = row.danger or row.dsl_leads
    return {
        "row": row, "leaves": f"{row.leaves_at:%H:%M}", "back": f"{row.back_at:%H:%M}" if row.back_at else "",
        # Words of danger, and why the DSL leads, are nobody else's.
        "reason": "For the safeguarding lead" if row.danger and not _leads(at) else row.reason,
        "state": _STATES.get(row.state, row.state), "dsl": held, "may": not held or _leads(at),
        "gone": staff_time(row.gone_at) if row.gone_at else "",
    }  # fmt: skip


def _get(at: Here, request_id: str) -> SignOutRow:
    with read_door() as db:
        found = find_sign_out(db, at.school.organisation_id, request_id, school_id=at.school.id)
    if found is None or found.on != at.today:
        abort(404)
    saw(found.pupil_id)
    return found


def _do(at: Here, request_id: str, deed: Any) -> Answer:
    found = _get(at, request_id)
    try:
        deed()
    except SignOutNotThere:
        abort(404)
    except RecordRefused as refused:
        return _page(at, found, Refused("request", f"{refused} {refused.mend}")), 422
    except Refused as refused:
        return _page(at, _get(at, request_id), refused), 409 if refused.field == "request" else 422
    return redirect(url_for("staff.reception", school=at.school.code), 303)


def _page(at: Here, found: SignOutRow, refused: Refused | None = None) -> str:
    with read_door() as db:
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
    line = _line(found, at)
    # Where the form is not there, the error leads to what is known of the request.
    answerable = line["may"] and found.state in ("asked", "agreed")
    place = refused.field if refused and answerable else "request"
    return show(
        "staff/reception/leaving.html", at, seen, times, "reception", line=line, typed=typed_again(),
        refused=refused, errors=[{"text": refused.mend, "href": f"#{place}"}] if refused else [],
    )  # fmt: skip
