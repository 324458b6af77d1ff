"""Static files under names that carry their hash: kept for ever by the browser, never stale, compressed at start."""

from __future__ import annotations

import gzip
import hashlib
import shutil
import tempfile
from pathlib import Path
from wsgiref.headers import Headers

from flask import Flask
from whitenoise import WhiteNoise

from webapp.security import STATIC_HEADERS

STATIC = Path(__file__).resolve().parents[2] / "static"
_COMPRESSED = {".css", ".js", ".svg", ".json", ".html", ".webmanifest"}
_SOURCES = {".scss", ".md"}


def _add_headers(headers: Headers, _path: str, _url: str) -> None:
    for name, value in STATIC_HEADERS:
        headers[name] = value


def init_app(app: Flask) -> None:
    """Serve ``static/`` under /static/ and give templates ``asset("css/parent.css")``.

    A CSS file names other assets never; so each file can be named by its own content alone.
    """
    names: dict[str, str] = {}
    served = Path(tempfile.mkdtemp(prefix="firstbell-static-"))
    for source in sorted(STATIC.rglob("*")):
        if not source.is_file() or source.suffix in _SOURCES:
            continue
        name = source.relative_to(STATIC).as_posix()
        content = source.read_bytes()
        digest = hashlib.sha256(content).hexdigest()[:12]
        hashed = f"{name.removesuffix(source.suffix)}.{digest}{source.suffix}"
        names[name] = f"/static/{hashed}"
        target = served / hashed
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        if source.suffix in _COMPRESSED:
            target.with_name(target.name + ".gz").write_bytes(gzip.compress(content, 9, mtime=0))
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=served,
        prefix="static/",
        immutable_file_test=lambda path, url: True,
        add_headers_function=_add_headers,
    )
    app.extensions["assets"] = names

    @app.template_global()
    def asset(name: str) -> str:
        """The address of a static file. Raises KeyError for a name that is not there."""
        return names[name]
