"""Static files under names that carry their hash: kept for ever by the browser, never stale, compressed at start."""

from __future__ import annotations

import gzip
import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from wsgiref.headers import Headers

from flask import Flask
from whitenoise import WhiteNoise

from webapp.foundation.config import Config
from webapp.security import static_headers

STATIC = Path(__file__).resolve().parents[2] / "static"
_COMPRESSED = {".css", ".js", ".svg", ".json", ".html", ".webmanifest"}
_SOURCES = {".scss", ".md"}
_PARTS = STATIC / "css" / "parts"
# A page loads one file of ours; later parts win over earlier ones.
STYLES = {
    "css/parent.css": ("tokens", "base", "controls", "pieces", "parent", "modes"),
    "css/staff.css": ("tokens", "base", "controls", "pieces", "staff", "modes"),
}


def style_sheet(name: str) -> bytes:
    """One of STYLES, its parts one after the other."""
    return b"".join((_PARTS / f"{part}.css").read_bytes() for part in STYLES[name])


def _contents() -> Iterator[tuple[str, bytes]]:
    """Each file that is served: its name below static/, and what it holds."""
    for name in STYLES:
        yield name, style_sheet(name)
    for source in sorted(STATIC.rglob("*")):
        if source.is_file() and source.suffix not in _SOURCES and source.parent != _PARTS:
            yield source.relative_to(STATIC).as_posix(), source.read_bytes()


def init_app(app: Flask, settings: Config) -> None:
    """Serve ``static/`` under /static/ and give templates ``asset("css/parent.css")``.

    A CSS file names other assets never; so each file can be named by its own content alone.
    """
    guards = static_headers(settings)

    def add_headers(headers: Headers, _path: str, _url: str) -> None:
        for name, value in guards:
            headers[name] = value

    names: dict[str, str] = {}
    served = Path(tempfile.mkdtemp(prefix="firstbell-static-"))
    for name, content in _contents():
        suffix = Path(name).suffix
        digest = hashlib.sha256(content).hexdigest()[:12]
        hashed = f"{name.removesuffix(suffix)}.{digest}{suffix}"
        names[name] = f"/static/{hashed}"
        target = served / hashed
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        if suffix in _COMPRESSED:
            target.with_name(target.name + ".gz").write_bytes(gzip.compress(content, 9, mtime=0))
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=served,
        prefix="static/",
        immutable_file_test=lambda path, url: True,
        allow_all_origins=False,
        add_headers_function=add_headers,
    )
    app.extensions["assets"] = names

    @app.template_global()
    def asset(name: str) -> str:
        """The address of a static file. Raises KeyError for a name that is not there."""
        return names[name]
