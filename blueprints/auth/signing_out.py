"""Leaving: at either door, and for good on a phone that others use."""

from __future__ import annotations

from flask import Response, current_app, make_response, redirect, render_template, request, url_for

from blueprints.auth import blueprint
from webapp.accounts.rules.codes import Door
from webapp.accounts.services.endings import end_session, forget
from webapp.security import browser_token, drop_session_token, forget_phone, read_session_token, renew_forms

_LONGEST_ENDPOINT = 500


@blueprint.post("/sign-out")
def sign_out() -> Response:
    return _leave(Door.PARENT)


@blueprint.post("/staff/sign-out")
def staff_sign_out() -> Response:
    return _leave(Door.STAFF)


@blueprint.get("/signed-out")
def signed_out() -> str:
    return render_template("auth/signed_out.html", sign_in=url_for("auth.sign_in"))


@blueprint.get("/staff/signed-out")
def staff_signed_out() -> str:
    return render_template("auth/staff_signed_out.html")


@blueprint.post("/forget-this-phone")
def forget_this_phone() -> Response:
    """The session ends, and the browser empties all that it kept for us, reports not yet sent too."""
    cookies = current_app.extensions["cookies"]
    token = read_session_token(request, cookies, Door.PARENT)
    if token:
        forget(token, browser_token(request, cookies), request.form.get("endpoint", "")[:_LONGEST_ENDPOINT])
    renew_forms()
    response = make_response(redirect(url_for("auth.signed_out")))
    forget_phone(response, cookies)
    return response


def _leave(door: Door) -> Response:
    cookies = current_app.extensions["cookies"]
    token = read_session_token(request, cookies, door)
    if token:
        end_session(token)
    renew_forms()
    left = "auth.staff_signed_out" if door is Door.STAFF else "auth.signed_out"
    response = make_response(redirect(url_for(left)))
    drop_session_token(response, cookies, door)
    return response
