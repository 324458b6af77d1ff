"""What the service writes about itself: one JSON object a line, to standard error, with the id of its request or job.

No line holds a secret or a person. Of an exception stand its type, its SQLSTATE and the places that it went through,
never its words (they repeat values: psycopg's "Key (value)=(+44…) already exists"), never locals or source. What is
left in a line is searched for numbers, addresses and tokens all the same. Other libraries write warnings only: some
write whole requests at "info".
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType, TracebackType
from typing import Any

LEVELS = ("debug", "info", "warning", "error")
FORMATS = ("json", "text")
_OURS = ("firstbell", "webapp", "gunicorn")
_ROOTS = ("/site-packages/", "/lib/python3", "/webapp/", "/blueprints/", "/notifications/")
_MOST_FRAMES = 30
# Their words name things of the code and no value.
_SPEAK_OF_CODE = (NameError, AttributeError, ImportError)

_MASKS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"[\w.+'-]+@[\w-]+(\.[\w-]+)+"), "<e-mail>"),
    (re.compile(r"/t/[^\s/?\"']+"), "/t/<token>"),
    (re.compile(r"\?[^\s\"']*=[^\s\"']*"), "?<query>"),
    (re.compile(r"(?<![\w.:-])(?!\d{4}-\d\d-\d\d)\+?\d[\d ()-]{8,}\d(?![\w:])"), "<number>"),
    (re.compile(r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[A-Za-z0-9_-]{20,}(?![\w-])"), "<token>"),
)

_NOTHING: Mapping[str, Any] = MappingProxyType({})
_about: ContextVar[Mapping[str, Any]] = ContextVar("logs_about", default=_NOTHING)


def speak_of(**about: Any) -> None:
    """From now on every line of this thread or task carries these, such as ``request="…"``."""
    _about.set(about)


def request_id() -> str:
    """The id of the request in hand; "" outside one."""
    return str(_about.get().get("request", ""))


def scrub(text: str) -> str:
    """The text without e-mail addresses, telephone numbers, tokens and queries."""
    for pattern, instead in _MASKS:
        text = pattern.sub(instead, text)
    return text


def places(trace: TracebackType | None) -> list[str]:
    """Where an exception went through, the outermost first: ``webapp/x.py:12 in f``; no source and no values."""
    frames = [(code.co_filename, line, code.co_name) for code, line in _frames(trace)][-_MOST_FRAMES:]
    return [f"{_short(name)}:{line} in {function}" for name, line, function in frames]


def _frames(trace: TracebackType | None) -> Iterator[tuple[Any, int]]:
    for frame, line in traceback.walk_tb(trace):
        yield frame.f_code, line


def _short(path: str) -> str:
    for root in _ROOTS:
        _, found, after = path.rpartition(root)
        if found:
            return after if root == "/site-packages/" else f"{root.strip('/')}/{after}"
    return path.rpartition("/")[2]


def told(error: BaseException) -> list[dict[str, Any]]:
    """An exception and what caused it, the newest first, each with its type and places."""
    found: list[dict[str, Any]] = []
    seen: set[int] = set()
    each: BaseException | None = error
    while each is not None and id(each) not in seen:
        seen.add(id(each))
        kind = type(each)
        one: dict[str, Any] = {"type": f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")}
        state = getattr(each, "sqlstate", None) or getattr(each, "sqlite_errorname", None)
        if state:
            one["state"] = str(state)
        if isinstance(each, _SPEAK_OF_CODE):
            one["words"] = scrub(str(each))
        one["at"] = places(each.__traceback__)
        found.append(one)
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
    return found


class Lines(logging.Formatter):
    """One line of JSON a record, or with ``as_text`` one for a person's eye. Line ends in a message are escaped."""

    def __init__(self, *, as_text: bool = False) -> None:
        super().__init__()
        self._as_text = as_text

    def format(self, record: logging.LogRecord) -> str:
        fields = getattr(record, "fields", None)
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "log": record.name,
            # Fields are ours, name by name; a message may repeat what somebody sent.
            "said": record.msg if fields is not None else scrub(record.getMessage()),
            **_about.get(),
            **(fields or {}),
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = told(record.exc_info[1])
        if not self._as_text:
            return json.dumps(line, separators=(",", ":"), default=str)
        at, level, _log, said = (str(line.pop(key)) for key in ("at", "level", "log", "said"))
        rest = " ".join(f"{key}={json.dumps(value, default=str)}" for key, value in line.items())
        return f"{at[11:23]} {level:<7} {json.dumps(said, ensure_ascii=False)[1:-1]} {rest}".rstrip()


def handler(form: str) -> logging.Handler:
    """Where lines go: standard error, as ``json`` or ``text``."""
    made = logging.StreamHandler(sys.stderr)
    made.setFormatter(Lines(as_text=form == "text"))
    return made


def configure(level: str, form: str) -> None:
    """Set up this process's logs: ours from ``level`` (one of LEVELS) on, other libraries' warnings, and what nobody
    caught."""
    root = logging.getLogger()
    root.handlers[:] = [handler(form)]
    root.setLevel(logging.WARNING)
    for name in _OURS:
        logging.getLogger(name).setLevel(level.upper())
    logging.captureWarnings(True)
    sys.excepthook = _uncaught
    threading.excepthook = lambda gone: _uncaught(gone.exc_type, gone.exc_value, gone.exc_traceback)


def _uncaught(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("firstbell").critical("nobody caught this", exc_info=(kind, error or kind(), trace))
