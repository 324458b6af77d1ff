"""The application, put together. Each line is one part; each part configures itself."""

from __future__ import annotations

from flask import Flask

import blueprints
from webapp import access, errors, reactions, security
from webapp.factory import assets, pages, proxies, requests
from webapp.foundation import config, db


def create_app(settings: config.Config | None = None, database: db.Database | None = None) -> Flask:
    """The web service for the settings of the environment, or for those given. Raises ConfigRefused."""
    settings = settings or config.load()
    app = Flask("webapp", template_folder=str(pages.TEMPLATES), static_folder=None)
    db.use(database or db.Database(settings.database_url, read_url=settings.read_database_url))
    security.init_app(app, settings)
    pages.init_app(app, settings)
    assets.init_app(app, settings)
    reactions.wire(settings)
    blueprints.init_app(app, settings)
    access.init_app(app)
    errors.init_app(app)
    proxies.init_app(app, settings)
    requests.init_app(app, settings)
    return app
