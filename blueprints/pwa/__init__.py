"""What makes the site an app: manifest, service worker, push."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("pwa", __name__)

from blueprints.pwa import app, push  # noqa: E402, F401
