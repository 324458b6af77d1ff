"""Show again that it is you: asked before pages that a session alone does not open; what was typed is not lost."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import current_app, jsonify, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from blueprints.auth import blueprint, staff_steps, steps
from blueprints.auth.passkeys import asker, options_answer, refused_options, site
from blueprints.auth.staff_passkeys import mine
from webapp.access import current_staff, use_proving
from webapp.accounts.queries.staff_logins import find_login
from webapp.accounts.rules.freshness import Fresh
from webapp.accounts.rules.passkeys import Purpose
from webapp.accounts.services.staff_passkeys import options_to_prove, prove_again_with_passkey
from webapp.accounts.services.staff_proofs import prove_again
from webapp.foundation.clock import school_today
from webapp.foundation.db import read_door
from webapp.people.rules.refusals import Refused
from webapp.security import client_address, safe_next

_HOME = "/staff"
_HELD = "held."
_NOT_HELD = frozenset({"csrf_token", "password", "again", "pin", "code", "credential"})
_WHY = {
    Fresh.SAFEGUARDING.value: "This page holds what only a few may see.",
    Fresh.EXPORT.value: "This takes data out of Firstbell.",
    Fresh.ACCESS.value: "This changes who can sign in, and with what.",
}
Fields = list[tuple[str, str]]


def _ask(fresh: Fresh) -> Response:
    """Somebody's proof is too old for what they ask for: a page leads there and back, a form is kept on the page."""
    back = url_for("auth.staff_proof", next=_came_from(), why=fresh.value)
    if request.accept_mimetypes.best == "application/json" or "HX-Request" in request.headers:
        answer = jsonify(error="First show that it is you.", go=back)
        answer.status_code = 403
        return answer
    if request.method in {"GET", "HEAD"}:
        # A file is asked for again from its page: a download leaves the browser where it is.
        wanted = _came_from() if fresh is Fresh.EXPORT else request.full_path.rstrip("?")
        return redirect(url_for("auth.staff_proof", next=wanted, why=fresh.value))
    held = [(name, value) for name, value in request.form.items(multi=True) if name not in _NOT_HELD]
    return make_response(_page(fresh.value, held=held, held_to=request.full_path.rstrip("?"), then=_came_from()), 403)


use_proving(_ask)


def _came_from() -> str:
    parts = urlsplit(request.referrer or "")
    query = f"?{parts.query}" if parts.query else ""
    ours = parts.netloc == request.host
    return (safe_next(parts.path + query) if ours else None) or _HOME


@blueprint.get("/staff/prove")
def staff_proof() -> str:
    return _page(request.args.get("why", ""), then=steps.wanted() or _HOME)


@blueprint.post("/staff/prove")
def staff_give_proof() -> steps.Answer:
    """By password or code; then on to where the person was going, or to what they had typed."""
    form = request.form
    try:
        prove_again(
            mine(), current_staff().session_id, form.get("password", ""), form.get("code", ""), client_address(),
            staff_steps.box(),
        )  # fmt: skip
    except Refused as refused:
        return _again(refused), steps.status(refused)
    return _onward()


@blueprint.post("/staff/prove/passkey/options")
def staff_proof_options() -> Response | tuple[dict[str, str], int]:
    by, _ = asker(), mine()
    try:
        return options_answer(options_to_prove(Purpose.STEP_UP, by, site(), current_staff().session_id), by)
    except Refused as refused:
        return refused_options(refused)


@blueprint.post("/staff/prove/passkey")
def staff_proof_passkey() -> steps.Answer:
    try:
        prove_again_with_passkey(
            mine(), current_staff().session_id, asker(), site(), request.form.get("credential", "")
        )
    except Refused as refused:
        return _again(refused), steps.status(refused)
    return _onward()


def _onward() -> steps.Answer:
    held_to = safe_next(request.form.get("held_to"))
    if held_to is None:
        return redirect(steps.wanted() or _HOME, 303)
    held = _held()
    return render_template(
        "auth/send_now.html", action=held_to, back={"href": steps.wanted() or _HOME}, held=held,
        typed=[(name.replace("_", " ").capitalize(), value) for name, value in held if _is_words(name, value)],
    )  # fmt: skip


def _is_words(name: str, value: str) -> bool:
    """What somebody may have typed, as far as can be told from outside: no keys and versions."""
    return bool(value.strip()) and name not in {"submission_key", "version", "sure"} and not name.endswith("_id")


def _held() -> Fields:
    fields = request.form.items(multi=True)
    return [(name.removeprefix(_HELD), value) for name, value in fields if name.startswith(_HELD)]


def _again(refused: Refused) -> str:
    form = request.form
    return _page(
        form.get("why", ""), held=_held(), held_to=safe_next(form.get("held_to")) or "", then=steps.wanted() or _HOME,
        refused=refused,
    )  # fmt: skip


def _page(
    why: str, *, then: str, held: Fields | None = None, held_to: str = "", refused: Refused | None = None
) -> str:
    with read_door() as db:
        login = find_login(db, mine(), school_today())
    field = "prove" if refused is not None and refused.field == "passkey" else refused.field if refused else ""
    return render_template(
        "auth/prove_again.html", why=_WHY.get(why, ""), kind=why, next=then, held_to=held_to,
        held=[(_HELD + name, value) for name, value in held or []],
        has_password=bool(login and login.password_hash), linked_to=login.linked_to if login else None,
        has_app=bool(login and login.totp_secret), has_passkey=bool(login and login.passkeys),
        wrong=field, error=refused.mend if refused else "", is_demo=current_app.extensions["settings"].is_demo,
        errors=[{"text": refused.mend, "href": f"#{field}"}] if refused else [],
    )  # fmt: skip
