"""What a person reads when something is not there, not theirs, or broken: short, true, and with the way on."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, current_app, g, jsonify, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError
from werkzeug.exceptions import HTTPException

from webapp.foundation.db import is_deadlock

_WORDS: dict[int, tuple[str, str]] = {
    400: ("We could not read that", "Go back and try again. Nothing was changed."),
    401: ("You are not signed in", "Sign in, then send it once more. Nothing that you wrote is lost on your side."),
    403: ("You cannot open this page", "It is not yours to see. If you think it should be, ask the school office."),
    404: ("We cannot find that page", "Check the address, or go back and try another way."),
    405: ("That does not work here", "Go back and use the buttons on the page."),
    409: ("Somebody changed this first", "Open it again to see what it says now. Nothing of yours was saved."),
    410: ("This page has been used or has run out", "Ring school if there is something you need to say."),
    413: ("That file is too big", "Choose one under 10 MB. Nothing else was changed."),
    429: ("Please wait a little", "There were too many tries. Wait a few minutes and try again."),
    500: (
        "Something went wrong here",
        "It is our fault and not yours. Try again, or ring school if it is about today.",
    ),
    503: ("Firstbell is not ready", "Try again in a moment, or ring school if it is about today."),
}


def init_app(app: Flask) -> None:
    """Answer every error with a page of ours, or with JSON where the caller asked for it."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(Exception, _broken)


def _http(error: HTTPException) -> Response:
    if error.response is not None:
        return error.response  # type: ignore[return-value]
    own = error.description if error.code == 403 and error.description != type(error).description else ""
    return _page(error.code or 500, words=own or "")


def _stale_form(_error: CSRFError) -> Response:
    return _page(400, "This page was open for too long", "Go back, open the page again and send it once more.")


def _broken(error: Exception) -> Response:
    if is_deadlock(error) and not g.get("tried_again"):
        return _once_more()
    # PostgreSQL keeps no NUL; whatever form brought one past its own checks has changed nothing.
    if isinstance(error, DataError) and any("\x00" in value for _, value in request.form.items(multi=True)):
        return _page(400)
    current_app.logger.exception("unhandled %s on %s", type(error).__name__, request.path)
    return _page(500)


def _once_more() -> Response:
    """Of two transactions that waited for each other the database ends one, which has then changed nothing: the view
    runs again, with the form that it was given, and the other is done by now."""
    g.tried_again = True
    current_app.logger.warning("%s met another transaction and is tried again", request.path)
    view = current_app.ensure_sync(current_app.view_functions[request.endpoint or ""])
    try:
        return current_app.make_response(view(**(request.view_args or {})))
    except HTTPException as error:
        return _http(error)
    except Exception as error:
        return _broken(error)


def _page(status: int, title: str = "", words: str = "") -> Response:
    usual: Any = _WORDS.get(status, _WORDS[500])
    title, words = title or usual[0], words or usual[1]
    if request.accept_mimetypes.best == "application/json":
        answer = jsonify(error=title, mend=words)
    else:
        answer = current_app.make_response(render_template("errors/error.html", title=title, words=words))
    answer.status_code = status
    answer.headers["Cache-Control"] = "no-store"
    return answer
