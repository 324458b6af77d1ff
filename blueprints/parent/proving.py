"""Show that it is you: a fresh code or a passkey, asked for before what a borrowed phone must not do."""

from __future__ import annotations

from typing import cast

from flask import Response, current_app, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from blueprints.auth import steps
from blueprints.auth.passkeys import asker, options_answer, refused_options, site
from blueprints.parent import blueprint
from blueprints.parent.you import you_page
from webapp.access import current_parent
from webapp.accounts.queries.passkeys import passkeys as passkeys_of
from webapp.accounts.rules.codes import Door
from webapp.accounts.rules.limits import TooMany
from webapp.accounts.rules.passkeys import Purpose, is_fresh
from webapp.accounts.services.code_messages import send_code_in
from webapp.accounts.services.codes import ask_code, step_up_with_code
from webapp.accounts.services.passkeys import options_to_prove as options_of
from webapp.accounts.services.passkeys import step_up_with_passkey
from webapp.foundation.clock import machine_now
from webapp.foundation.db import read_door
from webapp.people.rules.contact_points import PointKind, ReadPoint, national
from webapp.people.rules.refusals import Refused
from webapp.security import client_address, put_browser_token

Answer = Response | AnyResponse | str | tuple[str, int]


def is_proved() -> bool:
    """Whether a code or a passkey has shown within ten minutes who is here."""
    return is_fresh(current_parent().stepped_up_at, machine_now())


def to_prove(then: str) -> AnyResponse:
    """To the page that asks for it, and on from there to ``then``."""
    return redirect(url_for("parent.prove", next=then), 303)


@blueprint.get("/you/prove")
def prove() -> str:
    return _page()


@blueprint.post("/you/prove/send")
def send_proof() -> Answer:
    """Send a code to the number or address with which this person signed in, and to no other."""
    by, point = asker(), _point()
    try:
        ask_code(Door.PARENT, point, by.browser_token, by.address, send=send_code_in)
    except Refused as refused:
        return _page(refused.mend), _status(refused)
    response = redirect(url_for("parent.proof_code", next=steps.wanted()), 303)
    put_browser_token(cast(Response, response), current_app.extensions["cookies"], by.browser_token)
    return response


@blueprint.get("/you/prove/code")
def proof_code() -> str:
    return _code_page()


@blueprint.post("/you/prove/code")
def enter_proof() -> Answer:
    by, typed = asker(), request.form.get("code", "")
    try:
        step_up_with_code(
            Door.PARENT, current_parent().session_id, _point(), by.browser_token, typed, client_address()
        )
    except Refused as refused:
        return _code_page(refused.mend), _status(refused)
    return redirect(steps.wanted() or url_for("parent.you"), 303)


@blueprint.post("/you/prove/passkey/options")
def options_to_prove() -> Response | tuple[dict[str, str], int]:
    by = asker()
    try:
        return options_answer(options_of(Purpose.STEP_UP, by, site(), current_parent().session_id), by)
    except Refused as refused:
        return refused_options(refused)


@blueprint.post("/you/prove/passkey")
def prove_by_passkey() -> Answer:
    try:
        step_up_with_passkey(current_parent().session_id, asker(), site(), request.form.get("credential", ""))
    except Refused as refused:
        return _page(refused.mend), 422
    return redirect(steps.wanted() or url_for("parent.you"), 303)


def _point() -> ReadPoint:
    viewer = current_parent()
    return ReadPoint(PointKind(viewer.point_kind), viewer.point_value)


def _page(error: str = "") -> str:
    with read_door() as db:
        has_passkey = bool(passkeys_of(db, current_parent().session_id))
    return you_page(
        "prove", sent_to=_readable(), next=steps.wanted() or "", has_passkey=has_passkey, error=error,
        errors=[{"text": error, "href": "#prove"}] if error else [],
    )  # fmt: skip


def _code_page(error: str = "") -> str:
    return you_page(
        "prove_code", sent_to=_readable(), next=steps.wanted() or "", error=error,
        errors=[{"text": error, "href": "#code"}] if error else [],
    )  # fmt: skip


def _readable() -> str:
    point = _point()
    return point.value if point.kind is PointKind.EMAIL else national(point.value)


def _status(refused: Refused) -> int:
    return 429 if isinstance(refused, TooMany) else 422
