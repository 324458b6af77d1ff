"""Trust in the proxies that stand before the service, as many as the settings say and no more."""

from __future__ import annotations

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from webapp.foundation.config import Config


def init_app(app: Flask, settings: Config) -> None:
    """Read address, scheme and host from forwarded headers only where proxies are configured."""
    count = settings.trusted_proxies
    if count:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
