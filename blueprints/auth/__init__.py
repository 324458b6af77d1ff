"""Signing in, choosing who one is, signing out."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("auth", __name__)

from blueprints.auth import (  # noqa: E402, F401
    parents,
    passkeys,
    providers,
    signing_out,
    staff,
    staff_account,
    staff_links,
    staff_lock,
    staff_passkeys,
    staff_pins,
    staff_proving,
    staff_steps,
)
