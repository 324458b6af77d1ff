"""What a person reads when something is not there, not theirs, or broken: short, true, and with the way on.

Each page carries the id of its request, under which the logs say what happened; nothing of the code, and in an answer
to a form the words that were in it.
"""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, Response, current_app, g, jsonify, make_response, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError
from werkzeug.exceptions import HTTPException

from webapp.errors.frames import audience, render, use_frame
from webapp.errors.typed import sent_again, written
from webapp.errors.words import SENT_AGAIN, STALE_FORM, Words, words_of
from webapp.foundation import logs
from webapp.foundation.db import is_deadlock, is_unreachable, misses_a_table, read_door

log = logging.getLogger("firstbell.errors")

__all__ = ["error_page", "init_app", "use_frame"]
_RETRY_AFTER = {429: 60, 503: 30}
"""Seconds, where nobody knows better."""


def init_app(app: Flask) -> None:
    """Answer every error with a page of ours, or with JSON where the caller asked for it."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(Exception, _broken)
    app.after_request(_say_when)


def _say_when(response: Response) -> Response:
    if response.status_code in _RETRY_AFTER and "Retry-After" not in response.headers:
        response.headers["Retry-After"] = str(_RETRY_AFTER[response.status_code])
    return response


def _http(error: HTTPException) -> Response:
    if error.response is not None:
        return error.response  # type: ignore[return-value]
    status = error.code or 500
    own = error.description if status in (403, 429) and error.description != type(error).description else ""
    answer = error_page(status, mend=own or "")
    wait = getattr(error, "retry_after", None)
    if wait is not None:
        answer.headers["Retry-After"] = str(wait)
    return answer


def _stale_form(_error: CSRFError) -> Response:
    return _say(400, STALE_FORM)


def _broken(error: Exception) -> Response:
    if is_deadlock(error) and not g.get("tried_again"):
        return _once_more()
    # PostgreSQL keeps no NUL; whatever form brought one past its own checks has changed nothing.
    if isinstance(error, DataError) and any("\x00" in value for _, value in request.form.items(multi=True)):
        return error_page(400)
    log.error("unhandled %s on %s", type(error).__name__, request.endpoint, exc_info=error)
    if is_unreachable(error) or (misses_a_table(error) and _is_behind()):
        return _say(503, words_of(503), with_database=False)
    return _say(500, words_of(500), with_database=not misses_a_table(error))


def _is_behind() -> bool:
    # Here, not above: a web process needs the history of the schema at no other time.
    from webapp.foundation import schema

    try:
        with read_door() as db:
            return not schema.is_current(db)
    except Exception:
        return True


def _once_more() -> Response:
    """Of two transactions that waited for each other the database ends one, which has then changed nothing: the view
    runs again, with the form that it was given, and the other is done by now."""
    g.tried_again = True
    log.warning("%s met another transaction and is tried again", request.endpoint)
    view = current_app.ensure_sync(current_app.view_functions[request.endpoint or ""])
    try:
        return current_app.make_response(view(**(request.view_args or {})))
    except HTTPException as error:
        return _http(error)
    except Exception as error:
        return _broken(error)


def error_page(status: int, title: str = "", mend: str = "") -> Response:
    """The answer for a status in the visitor's own frame; with words of one's own where a door knows better."""
    usual = words_of(status)
    return _say(status, Words(title or usual.title, mend or usual.mend, "" if mend else usual.staff, usual.form))


def _say(status: int, words: Words, *, with_database: bool = True) -> Response:
    typed = {} if status == 413 else written()
    mend = (words.staff if audience() == "staff" else "") or words.mend
    if request.method == "POST" and words.form:
        mend = words.form if status == 401 else f"{mend} {words.form}"
    if _wants_json():
        answer = jsonify(error=words.title, mend=mend, reference=logs.request_id())
    else:
        context: dict[str, Any] = {
            "title": words.title, "words": mend, "status": status, "reference": logs.request_id(),
            "written": [value for value in typed.values() if _is_prose(value)],
            "again": sent_again(typed) if status in SENT_AGAIN and typed else None,
            "with_files": bool(typed) and status in SENT_AGAIN and (request.mimetype == "multipart/form-data"),
        }  # fmt: skip
        answer = make_response(render(context, with_database=with_database))
    answer.status_code = status
    answer.headers["Cache-Control"] = "no-store"
    if audience() == "link":
        answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer


def _is_prose(value: str) -> bool:
    return " " in value.strip() and not value.lstrip().startswith(("{", "["))


def _wants_json() -> bool:
    return request.accept_mimetypes.best == "application/json" or request.mimetype == "application/json"
