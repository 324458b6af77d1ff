"""In whose frame an error is shown: that of whoever is signed in, of the link that was opened, or the plain one."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from flask import render_template, request

log = logging.getLogger("firstbell.errors")

Frame = Callable[[], dict[str, Any] | None]
"""The context of an audience's layout for whoever asks; None where nobody of the audience does."""

# Written out: an address cannot be made for a host that is none of ours, and that is an error too. A link's page is
# used without signing in, so nothing is to be opened from there.
_HOMES = {"parent": ("/home", "/"), "staff": ("/staff", "/staff/sign-in"), "link": ("", "")}
_frames: dict[str, Frame] = {}


def use_frame(audience: str, frame: Frame) -> None:
    """Say how the frame of ``parent``, ``staff`` or ``link`` is made. Called once, at import."""
    _frames[audience] = frame


def audience() -> str:
    """Whose part of the service was asked for."""
    path = request.path
    if path.startswith("/t/"):
        return "link"
    return "staff" if path == "/staff" or path.startswith("/staff/") else "parent"


def render(context: dict[str, Any], *, with_database: bool) -> str:
    """The page. Without the database, or where it fails here too, in the plain frame."""
    wanted = audience()
    if with_database and wanted in _frames:
        try:
            found = _frames[wanted]()
            if found is not None:
                return render_template(f"errors/{wanted}.html", **found, home=_HOMES[wanted][0], **context)
        except Exception:
            log.warning("the frame of an error page could not be made", exc_info=True)
    home = _HOMES[wanted][1]
    return render_template("errors/plain.html", home=home, home_href=home or "/", **context)
