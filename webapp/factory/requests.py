"""One line a request, and its id: in the line, in every other line of the request, on its error page and in its answer.

The line names the endpoint and its rule and never the address, which may hold a link's token; nobody's network address
stands in it. Who did what is in the trail.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, Response, g, request

from webapp.access.visitors import find_parent_here, find_staff_here
from webapp.foundation import logs
from webapp.foundation.clock import monotonic
from webapp.foundation.config import Config

log = logging.getLogger("firstbell.web")

_HEADER = "X-Request-Id"
_WELL_FORMED = re.compile(r"[A-Za-z0-9_-]{8,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"})
_SEEN = "firstbell.seen"
_Answer = Callable[..., Any]


def init_app(app: Flask, settings: Config) -> None:
    """Put the line around everything else, static files too. The last of the factory's parts."""
    app.after_request(_note)
    app.wsgi_app = _Line(app.wsgi_app, trusted=settings.trusted_proxies > 0)  # type: ignore[method-assign]


class _Line:
    def __init__(self, inner: _Answer, *, trusted: bool) -> None:
        self._inner, self._trusted = inner, trusted

    def __call__(self, environ: dict[str, Any], start_response: _Answer) -> Iterable[bytes]:
        given = str(environ.get("HTTP_X_REQUEST_ID", "")) if self._trusted else ""
        this = given if _WELL_FORMED.fullmatch(given) else secrets.token_hex(6)
        logs.speak_of(request=this)
        started, status = monotonic(), 500

        def start(line: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            nonlocal status
            status = int(line[:3])
            headers.append((_HEADER, this))
            return start_response(line, headers, *rest)

        try:
            return self._inner(environ, start)
        finally:
            if log.isEnabledFor(logging.INFO):
                self._write(environ, status, monotonic() - started)

    @staticmethod
    def _write(environ: dict[str, Any], status: int, seconds: float) -> None:
        seen = environ.get(_SEEN)
        if seen is None:
            seen = {"endpoint": "static" if environ.get("PATH_INFO", "").startswith("/static/") else ""}
        method = environ.get("REQUEST_METHOD", "")
        fields = {"method": method if method in _METHODS else "other", "status": status, "ms": round(seconds * 1000, 1)}
        log.info("request", extra={"fields": {**fields, **seen}})


def _note(response: Response) -> Response:
    """What the line is to say beside method and status: all of it names of ours and numbers."""
    rule = request.url_rule
    seen: dict[str, Any] = {"endpoint": request.endpoint or "", "rule": rule.rule if rule is not None else ""}
    staff, parent = find_staff_here(), find_parent_here()
    if staff is not None:
        seen |= {"audience": "staff", "organisation": staff.organisation_id, "session": staff.session_id}
    elif parent is not None:
        organisations = sorted({contact.organisation_id for contact in parent.contacts})
        seen |= {"audience": "parent", "organisation": organisations[0] if len(organisations) == 1 else organisations}
        seen["session"] = parent.session_id
    else:
        seen["audience"] = g.get("audience", "nobody")
        if "organisation_id" in g:
            seen["organisation"] = g.organisation_id
    if "event" in g:
        seen["event"] = g.event
    request.environ[_SEEN] = seen
    return response
