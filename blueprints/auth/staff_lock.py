"""A computer that several people use: who may come back to it, locking it, and the form that was half written."""

from __future__ import annotations

import json
from typing import Any, cast

from cryptography.fernet import MultiFernet
from flask import Response, current_app, jsonify, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from blueprints.auth import blueprint, staff_steps, steps
from blueprints.auth.staff_passkeys import mine
from webapp.access import current_staff, find_staff_here
from webapp.accounts.queries.machines import Machine, PersonHere, find_machine, people_here
from webapp.accounts.rules.codes import Door
from webapp.accounts.services.endings import end_session
from webapp.accounts.services.kept_forms import Fields, find_path, give_back, keep_form
from webapp.accounts.services.pins import NotHere, come_back, lock
from webapp.accounts.services.tokens import token_hash
from webapp.foundation.clock import machine_now, school_today
from webapp.foundation.db import read_door
from webapp.people.rules.refusals import Refused
from webapp.security import (
    drop_session_token,
    put_session_token,
    read_machine_token,
    read_session_token,
    renew_forms,
    safe_next,
)

_HOME = "/staff"
_LONGEST_SENT = 40_000


def _box() -> MultiFernet:
    return cast(MultiFernet, current_app.extensions["seal"].box("kept-form"))


def _tokens() -> tuple[str | None, str | None]:
    """(of the computer, of the session that the browser had last)."""
    cookies = current_app.extensions["cookies"]
    return read_machine_token(request, cookies), read_session_token(request, cookies, Door.STAFF)


@blueprint.app_template_global()
def shared_computer() -> dict[str, Any] | None:
    """For the frame of staff's pages: how the computer locks, None where it is nobody else's."""
    viewer = find_staff_here()
    return {"minutes": viewer.idle_minutes} if viewer is not None and viewer.idle_minutes else None


@blueprint.get("/staff/lock")
def staff_locked() -> steps.Answer:
    """The names of those who have signed in here today. A computer without a name, or with nobody, asks to sign in."""
    machine, people = _here()
    if machine is None or not people:
        return redirect(url_for("auth.staff_sign_in", next=steps.wanted()), 303)
    return _page(machine, people)


@blueprint.post("/staff/lock")
def staff_lock() -> AnyResponse:
    """Lock, with what stood half written; on a shared computer without a name this signs out.

    The form key is renewed when somebody comes back, not here: all tabs lock at once, and each shows the names.
    """
    _, token = _tokens()
    if token and not lock(token):
        end_session(token)
        renew_forms()
        response = make_response(redirect(url_for("auth.staff_sign_in"), 303))
        drop_session_token(response, current_app.extensions["cookies"], Door.STAFF)
        return response
    path, fields = safe_next(request.form.get("path")), _sent()
    if token and path and fields:
        keep_form(token, path, fields, _box())
    return redirect(url_for("auth.staff_locked"), 303)


def _sent() -> Fields:
    """The fields that the script has sent; what is no such list is passed over."""
    try:
        said = json.loads(request.form.get("kept", "")[:_LONGEST_SENT])
        return [(str(name), str(value)) for name, value in said]
    except (ValueError, TypeError):
        return []


@blueprint.post("/staff/lock/back")
def staff_come_back() -> steps.Answer:
    """With a PIN. The page of before is shown to its own person alone."""
    machine, old = _tokens()
    form = request.form
    try:
        back = come_back(machine, form.get("who", ""), form.get("pin", ""), staff_steps.box(), old_token=old)
    except Refused as refused:
        found, people = _here()
        if found is None or not people:
            return redirect(url_for("auth.staff_sign_in"), 303)
        return _page(found, people, refused), 409 if isinstance(refused, NotHere) else steps.status(refused)
    kept = find_path(back.session_id, _box())
    then = f"{kept}#kept" if kept else (steps.wanted() if back.same else None) or _HOME
    renew_forms()
    response = make_response(redirect(then, 303))
    put_session_token(response, current_app.extensions["cookies"], Door.STAFF, back.token)
    return response


@blueprint.get("/staff/awake")
def staff_awake() -> tuple[str, int]:
    """Somebody is typing: the gate has noted that the session is in use."""
    mine()
    return "", 204


@blueprint.post("/staff/kept")
def staff_kept() -> Response:
    """What was half written on this page when the computer locked itself, once."""
    mine()
    given = give_back(current_staff().session_id, _box())
    return jsonify(fields=given.fields if given else [])


def _here() -> tuple[Machine | None, tuple[PersonHere, ...]]:
    token, _ = _tokens()
    with read_door() as db:
        machine = find_machine(db, token_hash(token)) if token else None
        people = people_here(db, machine, machine_now(), school_today()) if machine is not None else ()
    return machine, people


def _page(machine: Machine, people: tuple[PersonHere, ...], refused: Refused | None = None) -> str:
    with_pin = [one for one in people if one.pin_hash]
    chosen = request.form.get("who") or (with_pin[0].public_id if len(with_pin) == 1 else "")
    field = ("who" if refused.field == "who" else "pin") if refused else ""
    return render_template(
        "auth/lock.html", machine=machine, chosen=chosen, wrong=field, error=refused.mend if refused else "",
        people=[{"value": one.public_id, "text": one.name, "hint": one.position} for one in with_pin],
        others=[one.name for one in people if not one.pin_hash], next=steps.wanted() or "",
        errors=[{"text": refused.mend, "href": f"#{field}"}] if refused else [],
    )  # fmt: skip
