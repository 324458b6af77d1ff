"""The manifest, the service worker, and the page for when there is no signal."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from flask import Response, current_app, jsonify, render_template, request

from blueprints.pwa import blueprint

_SCRIPT = Path(__file__).resolve().parents[2] / "static" / "service-worker.js"
_SHELL = (
    "vendor/govuk-frontend-6.3.0.subset.min.css", "css/parent.css", "js/on-site-store.js", "js/offline.js",
    "icons/logo.svg", "icons/badge-96.png", "icons/logo-192.png",
)  # fmt: skip
_ICONS = (
    ("icons/logo-192.png", "192x192", "any"), ("icons/logo-512.png", "512x512", "any"),
    ("icons/maskable-192.png", "192x192", "maskable"), ("icons/maskable-512.png", "512x512", "maskable"),
)  # fmt: skip


@blueprint.get("/manifest.webmanifest")
def manifest() -> Response:
    """What a phone asks for when somebody puts Firstbell on it."""
    names = current_app.extensions["assets"]
    answer = jsonify(
        id="/", name="Firstbell", short_name="Firstbell", description="Tell school, and hear from school.",
        lang="en-GB", start_url="/home", scope="/", display="standalone", background_color="#FFFAF3",
        theme_color="#FFFFFF",
        icons=[
            {"src": names[name], "sizes": sizes, "type": "image/png", "purpose": purpose}
            for name, sizes, purpose in _ICONS
        ],
    )  # fmt: skip
    answer.mimetype = "application/manifest+json"
    answer.headers["Cache-Control"] = "public, max-age=3600"
    return answer


@blueprint.get("/service-worker.js")
def service_worker() -> Response:
    """The service worker with the names of what it keeps; asked for anew each time, and sent only when it changed."""
    names = current_app.extensions["assets"]
    shell = {name: names[name] for name in _SHELL}
    script = _SCRIPT.read_text("utf-8")
    version = hashlib.sha256(f"{json.dumps(shell)}{script}".encode()).hexdigest()[:12]
    answer = Response(
        f"const VERSION = {json.dumps(version)};\nconst SHELL = {json.dumps(shell)};\n{script}",
        mimetype="text/javascript",
    )
    answer.headers["Cache-Control"] = "no-cache"
    answer.set_etag(version)
    answer.make_conditional(request)
    return answer


@blueprint.get("/offline")
def offline() -> str:
    """What a phone keeps to show without signal; ``sending`` is for a form that could not leave. It holds no data."""
    return render_template("pwa/offline.html", sending="sending" in request.args)
