"""What providers tell us."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("webhooks", __name__)

from blueprints.webhooks import twilio  # noqa: E402, F401
