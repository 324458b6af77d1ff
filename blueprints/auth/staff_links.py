"""Setting a password by a link from an e-mail, and asking for such a link."""

from __future__ import annotations

from flask import current_app, redirect, render_template, request, url_for

from blueprints.auth import blueprint, providers, staff_steps, steps
from webapp.accounts.rules.codes import Door, read_point
from webapp.accounts.services.staff_passwords import LinkOver, ask_new_password, open_password_link, set_password
from webapp.people.rules.names import clean_line
from webapp.people.rules.refusals import Refused
from webapp.security import client_address

_LONGEST = 400


@blueprint.get("/staff/sign-in/forgotten")
def staff_forgotten() -> str:
    return _ask_page()


@blueprint.post("/staff/sign-in/forgotten")
def staff_ask_link() -> steps.Answer:
    """Whether anybody has the address changes nothing that can be seen."""
    try:
        raw = request.form.get("contact_point", "")[:_LONGEST]
        typed = clean_line(raw, 4 * len(raw), "contact_point")
        point = read_point(Door.STAFF, typed, allow_fictional=current_app.extensions["settings"].fictional_numbers)
        ask_new_password(point.value, client_address())
    except Refused as refused:
        return _ask_page(raw.replace("\x00", ""), refused.mend), steps.status(refused)
    return redirect(url_for("auth.staff_link_sent"), 303)


@blueprint.get("/staff/sign-in/sent")
def staff_link_sent() -> str:
    return render_template("auth/link_sent.html")


@blueprint.get("/staff/sign-in/t/<token>")
def staff_link(token: str) -> steps.Answer:
    """Looking uses nothing up: mail scanners look too."""
    try:
        return _password_page(token)
    except LinkOver as over:
        return _over_page(over)


@blueprint.post("/staff/sign-in/t/<token>")
def staff_set_password(token: str) -> steps.Answer:
    form = request.form
    try:
        entry = set_password(token, form.get("password", ""), form.get("again", ""), staff_steps.box())
    except LinkOver as over:
        return _over_page(over)
    except Refused as refused:
        return _password_page(token, refused), 422
    return staff_steps.onward(entry)


def _ask_page(typed: str = "", error: str = "") -> str:
    return render_template(
        "auth/forgotten.html", typed=typed, error=error, action=url_for("auth.staff_ask_link"),
        errors=[{"text": error, "href": "#contact_point"}] if error else [],
    )  # fmt: skip


def _password_page(token: str, refused: Refused | None = None) -> str:
    link = open_password_link(token)
    provider = providers.offered_to(link.login.key) if link.purpose == "invitation" else None
    return render_template(
        "auth/set_password.html", link=link, action=url_for("auth.staff_set_password", token=token),
        provider=provider.name if provider else None, wrong=refused.field if refused else "",
        error=refused.mend if refused else "",
        errors=[{"text": refused.mend, "href": f"#{refused.field}"}] if refused else [],
    )  # fmt: skip


def _over_page(over: LinkOver) -> tuple[str, int]:
    return render_template("auth/link_over.html", words=over.mend), 410
