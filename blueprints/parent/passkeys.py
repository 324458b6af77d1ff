"""A parent's own passkeys: the list, a new one, another name, an end."""

from __future__ import annotations

from flask import Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from blueprints.auth import steps
from blueprints.auth.passkeys import asker, options_answer, refused_options, site
from blueprints.parent import blueprint
from blueprints.parent.proving import is_proved, to_prove
from blueprints.parent.you import you_page
from webapp.absence.rules.times import local_day
from webapp.access import current_parent
from webapp.accounts.queries.passkeys import PasskeyRow, find_passkey
from webapp.accounts.queries.passkeys import passkeys as passkeys_of
from webapp.accounts.services import passkeys as services
from webapp.foundation.db import read_door
from webapp.foundation.words import short_day_words
from webapp.people.rules.refusals import Refused

Answer = Response | AnyResponse | str | tuple[str, int]


@blueprint.get("/you/passkeys")
def passkeys() -> str:
    return _list()


def _list(error: str = "", at: str = "passkeys") -> str:
    viewer = current_parent()
    with read_door() as db:
        found = passkeys_of(db, viewer.session_id)
    return you_page(
        "passkeys", rows=[_row(one) for one in found], proved=is_proved(), error=error, error_at=at,
        prove=url_for("parent.prove", next=url_for("parent.passkeys")),
        errors=[{"text": error, "href": f"#{at}"}] if error else [],
    )  # fmt: skip


def _row(one: PasskeyRow) -> dict[str, object]:
    used = short_day_words(local_day(one.used_at)) if one.used_at else ""
    return {
        "id": one.public_id, "name": one.name, "made": short_day_words(local_day(one.created_at)), "used": used,
        "doubted": one.doubted_at is not None,
    }  # fmt: skip


@blueprint.post("/you/passkeys/options")
def options_to_add() -> Response | tuple[dict[str, str], int]:
    by = asker()
    if not is_proved():
        return {"error": "First show that it is you.", "go": url_for("parent.prove", next="/you/passkeys")}, 403
    try:
        return options_answer(services.options_to_add(current_parent(), by, site()), by)
    except Refused as refused:
        return refused_options(refused)


@blueprint.post("/you/passkeys")
def add_passkey() -> Answer:
    if not is_proved():
        return to_prove("/you/passkeys")
    try:
        services.add_passkey(current_parent(), asker(), site(), request.form.get("credential", ""))
    except Refused as refused:
        return _list(refused.mend), 422
    return redirect(steps.wanted() or url_for("parent.passkeys"), 303)


@blueprint.post("/you/passkeys/<passkey>/rename")
def rename_passkey(passkey: str) -> Answer:
    try:
        if not services.rename_passkey(current_parent().session_id, passkey, request.form.get("name", "")):
            abort(404)
    except Refused as refused:
        return _list(refused.mend, f"name-{passkey}"), 422
    return redirect(url_for("parent.passkeys"), 303)


@blueprint.get("/you/passkeys/<passkey>/remove")
def before_removing(passkey: str) -> str:
    """A second look, before it is gone for good."""
    with read_door() as db:
        found = find_passkey(db, current_parent().session_id, passkey)
    if found is None:
        abort(404)
    return you_page("passkey_remove", passkey=_row(found))


@blueprint.post("/you/passkeys/<passkey>/remove")
def remove_passkey(passkey: str) -> AnyResponse:
    if not services.remove_passkey(current_parent().session_id, passkey):
        abort(404)
    return redirect(url_for("parent.passkeys"), 303)
