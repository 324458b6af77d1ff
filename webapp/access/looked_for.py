"""Who is signed in, for pages that are shown whether or not the gate was reached: those of errors."""

from __future__ import annotations

from flask import current_app, request

from webapp.access.visitors import find_parent_here, find_staff_here
from webapp.accounts.queries.parents import ParentViewer, find_parent
from webapp.accounts.queries.staff import StaffViewer, find_staff
from webapp.accounts.rules.codes import Door
from webapp.accounts.rules.sessions import idle_since
from webapp.accounts.services.tokens import token_hash
from webapp.foundation.clock import machine_now, school_today
from webapp.foundation.db import read_door
from webapp.security import read_session_token


def look_for_parent() -> ParentViewer | None:
    """The parent whom the gate let in, or whose cookie comes with the request."""
    here, token = find_parent_here(), _token(Door.PARENT)
    if here is not None or token is None:
        return here
    with read_door() as db:
        return find_parent(db, token_hash(token), machine_now(), school_today())


def look_for_staff() -> StaffViewer | None:
    """The member of staff whom the gate let in, or whose cookie comes with the request."""
    here, token, now = find_staff_here(), _token(Door.STAFF), machine_now()
    if here is not None or token is None:
        return here
    with read_door() as db:
        return find_staff(db, token_hash(token), now, idle_since(now), school_today())


def _token(door: Door) -> str | None:
    return read_session_token(request, current_app.extensions["cookies"], door)
