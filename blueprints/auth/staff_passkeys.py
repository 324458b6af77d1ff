"""Staff's passkeys: signing in with one, giving the second proof with one, and one's own list of them."""

from __future__ import annotations

from typing import Any

from flask import abort, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from blueprints.auth import blueprint, staff_steps, steps
from blueprints.auth.passkeys import asker, options_answer, refused_options, site
from blueprints.auth.staff import ENTRANCE
from webapp.access import current_staff
from webapp.accounts.queries.passkeys import PasskeyRow
from webapp.accounts.queries.passkeys import staff_passkeys as passkeys_of
from webapp.accounts.queries.staff import StaffKey
from webapp.accounts.rules.passkeys import Purpose
from webapp.accounts.services import staff_passkeys as services
from webapp.accounts.services.staff_entries import EntryOver
from webapp.foundation.clock import london
from webapp.foundation.db import read_door
from webapp.foundation.words import short_day_words
from webapp.people.rules.refusals import Refused
from webapp.security import read_entry_token

Options = Response | tuple[dict[str, str], int]


@blueprint.post("/staff/sign-in/passkey/options")
def staff_passkey_options() -> Options:
    by = asker()
    try:
        return options_answer(services.options_to_prove(Purpose.SIGN_IN, by, site()), by)
    except Refused as refused:
        return refused_options(refused)


@blueprint.post("/staff/sign-in/passkey")
def staff_use_passkey() -> steps.Answer:
    """The whole sign-in: a passkey is both proofs."""
    form = request.form
    try:
        signed_in = services.sign_in_with_passkey(
            asker(), site(), form.get("credential", ""), staff_steps.browser(), shared=form.get("shared") == "1"
        )
    except Refused as refused:
        return steps.show_ask(ENTRANCE, error=refused.mend), steps.status(refused)
    return staff_steps.let_in(signed_in)


@blueprint.post("/staff/sign-in/second/passkey")
def staff_prove_passkey() -> steps.Answer:
    try:
        signed_in = services.prove_with_passkey(
            _token(), asker(), site(), request.form.get("credential", ""), staff_steps.browser()
        )
    except EntryOver:
        return staff_steps.onward(_token())
    except Refused as refused:
        return staff_steps.second_page(refused.mend, "passkey"), steps.status(refused)
    return staff_steps.let_in(signed_in)


@blueprint.post("/staff/sign-in/set-up/passkey/options")
def staff_set_up_passkey_options() -> Options:
    by = asker()
    try:
        return options_answer(services.options_for_set_up(_token(), by, site()), by)
    except EntryOver as over:
        return {"error": over.mend, "go": url_for("auth.staff_sign_in")}, 422
    except Refused as refused:
        return refused_options(refused)


@blueprint.post("/staff/sign-in/set-up/passkey")
def staff_set_up_passkey() -> steps.Answer:
    """The recovery codes are on the answer itself: nowhere can they be seen again."""
    try:
        made = services.set_up_with_passkey(
            _token(), asker(), site(), request.form.get("credential", ""), staff_steps.browser()
        )
    except EntryOver:
        return staff_steps.onward(_token())
    except Refused as refused:
        return staff_steps.set_up_page(refused.mend, "passkey"), steps.status(refused)
    return staff_steps.show_recovery(made)


def _token() -> str | None:
    return read_entry_token(request, current_app.extensions["cookies"])


@blueprint.get("/staff/you/passkeys")
def staff_passkeys() -> str:
    return _list()


@blueprint.post("/staff/you/passkeys/options")
def staff_options_to_add() -> Options:
    by = asker()
    try:
        return options_answer(services.options_to_add(mine(), current_staff().session_id, by, site()), by)
    except Refused as refused:
        return refused_options(refused)


@blueprint.post("/staff/you/passkeys")
def staff_add_passkey() -> steps.Answer:
    """Whoever has no second check yet gets recovery codes with it, on the answer itself."""
    try:
        codes = services.add_passkey(
            mine(), current_staff().session_id, asker(), site(), request.form.get("credential", "")
        )
    except Refused as refused:
        return _list(refused.mend), steps.status(refused)
    if codes:
        return render_template("auth/recovery_codes.html", codes=codes, onward=url_for("auth.staff_passkeys"))
    return redirect(url_for("auth.staff_passkeys"), 303)


@blueprint.post("/staff/you/passkeys/<passkey>/rename")
def staff_rename_passkey(passkey: str) -> steps.Answer:
    try:
        if not services.rename_passkey(mine(), passkey, request.form.get("name", "")):
            abort(404)
    except Refused as refused:
        return _list(refused.mend, f"name-{passkey}"), 422
    return redirect(url_for("auth.staff_passkeys"), 303)


@blueprint.get("/staff/you/passkeys/<passkey>/remove")
def staff_before_removing(passkey: str) -> str:
    """A second look, before it is gone for good."""
    with read_door() as db:
        found = next((one for one in passkeys_of(db, mine()) if one.public_id == passkey), None)
    if found is None:
        abort(404)
    return render_template("auth/passkey_remove.html", passkey=_row(found), home_href="/staff")


@blueprint.post("/staff/you/passkeys/<passkey>/remove")
def staff_remove_passkey(passkey: str) -> Response:
    if not services.remove_passkey(mine(), current_staff().session_id, passkey):
        abort(404)
    return redirect(url_for("auth.staff_passkeys"), 303)


def mine() -> StaffKey:
    """The post of whoever asks; somebody with no role at a school today has none."""
    viewer = current_staff()
    if not viewer.schools:
        abort(403, description="You have no role at a school today. Ask your administrator.")
    return StaffKey(viewer.organisation_id, viewer.staff_id)


def _list(error: str = "", at: str = "passkeys") -> str:
    with read_door() as db:
        found = passkeys_of(db, mine())
    return render_template(
        "auth/passkeys.html", rows=[_row(one) for one in found], error=error, error_at=at, home_href="/staff",
        errors=[{"text": error, "href": f"#{at}"}] if error else [],
    )  # fmt: skip


def _row(one: PasskeyRow) -> dict[str, Any]:
    used = short_day_words(london(one.used_at).date()) if one.used_at else ""
    return {
        "id": one.public_id, "name": one.name, "made": short_day_words(london(one.created_at).date()), "used": used,
        "doubted": one.doubted_at is not None,
    }  # fmt: skip
