"""The school's shared computers: naming the one at which one sits, and taking one away."""

from __future__ import annotations

from flask import abort, current_app, make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from blueprints.admin import blueprint
from blueprints.staff.frame import Here, around, here, show
from webapp.access import current_staff
from webapp.accounts.queries.machines import find_machine, machines_of
from webapp.accounts.services.machines import Namer, name_machine, remove_machine
from webapp.accounts.services.tokens import token_hash
from webapp.foundation.clock import london
from webapp.foundation.db import read_door
from webapp.foundation.words import short_day_words
from webapp.people.queries import settings_of, times_of
from webapp.people.rules.refusals import Refused
from webapp.people.rules.sign_in_settings import LOCK_AFTER_MINUTES
from webapp.security import put_machine_token, read_machine_token


@blueprint.get("/staff/<school>/computers")
def computers(school: str) -> str:
    return _page(here())


@blueprint.post("/staff/<school>/computers")
def name_computer(school: str) -> Response | tuple[str, int]:
    """The computer of the browser that asks."""
    at, viewer = here(), current_staff()
    by = Namer(*at.keys, viewer.session_id, viewer.actor)
    try:
        token = name_machine(by, request.form.get("name", ""), _held())
    except Refused as refused:
        return _page(at, refused), 422
    response = make_response(redirect(url_for("admin.computers", school=school), 303))
    put_machine_token(response, current_app.extensions["cookies"], token)
    return response


@blueprint.post("/staff/<school>/computers/<computer>/remove")
def remove_computer(school: str, computer: str) -> Response:
    """Whoever is signed in on it is signed out, also the one who asks."""
    at = here()
    if not remove_machine(*at.keys, computer, current_staff().actor):
        abort(404)
    return redirect(url_for("admin.computers", school=school), 303)


def _held() -> str | None:
    return read_machine_token(request, current_app.extensions["cookies"])


def _page(at: Here, refused: Refused | None = None) -> str:
    held = _held()
    with read_door() as db:
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
        rows, mine = machines_of(db, *at.keys), find_machine(db, token_hash(held)) if held else None
        minutes = settings_of(db, *at.keys, at.today)[LOCK_AFTER_MINUTES]
    return show(
        "admin/computers/computers.html", at, seen, times, "computers", minutes=minutes,
        rows=[(one, short_day_words(london(one.named_at).date())) for one in rows],
        mine=mine.public_id if mine else "", typed=request.form.get("name", "")[:60].replace("\x00", ""),
        errors=[{"text": refused.mend, "href": "#name"}] if refused else [],
    )  # fmt: skip
