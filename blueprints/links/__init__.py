"""Single-task links: one thing, no sign-in."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("links", __name__)

from blueprints.links import opening, question, receipts, where  # noqa: E402, F401
