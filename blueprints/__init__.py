"""The doors: one folder an audience, one file a capability."""

from __future__ import annotations

from flask import Flask

from blueprints import admin, auth, demo, links, parent, pwa, staff, webhooks
from webapp.foundation.config import Config


def init_app(app: Flask, settings: Config) -> None:
    """Open every door. The demo's stand only in the demo."""
    for audience in (admin, auth, links, parent, pwa, staff, webhooks):
        app.register_blueprint(audience.blueprint)
    if settings.is_demo:
        app.register_blueprint(demo.blueprint)
