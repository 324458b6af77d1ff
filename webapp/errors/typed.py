"""What somebody had typed into a form that was not taken, so that no words are lost with it."""

from __future__ import annotations

from typing import Any

from flask import current_app, request
from werkzeug.exceptions import HTTPException

from webapp.access.table import Audience
from webapp.people.rules.names import clean_text
from webapp.security import check_origin

_MOST_FIELDS = 100
_MOST_CHARACTERS = 20_000
_OWN = frozenset({"csrf_token"})
# A page that repeats what opens a door would leave it in a browser's memory.
_SECRET = ("password", "code", "secret", "token", "credential", "assertion", "pin")
_AUDIENCES = frozenset({Audience.PARENT, Audience.STAFF, Audience.LINK})


def written() -> dict[str, str]:
    """The fields of the form in hand, by name; empty where none was sent, where another site's page sent it, at the
    doors of signing in, and where one holds a secret or there are too many to give back whole."""
    rule = current_app.extensions["access"].get(request.endpoint)
    if request.method != "POST" or rule is None or rule.audience not in _AUDIENCES:
        return {}
    try:
        check_origin(request, current_app.extensions["settings"])
        fields = [(name, value) for name, value in request.form.items(multi=True) if name not in _OWN]
    except HTTPException:
        return {}
    too_much = len(fields) > _MOST_FIELDS or sum(len(value) for _, value in fields) > _MOST_CHARACTERS
    if too_much or any(part in name.lower() for name, _ in fields for part in _SECRET):
        return {}
    # Controls that no page may hold would break the one that says so.
    return {f"{place}:{name}": clean_text(value, 4 * len(value), "typed") for place, (name, value) in enumerate(fields)}


def sent_again(typed: dict[str, str]) -> dict[str, Any]:
    """The form once more: where it goes, and its fields; with a list where one name has several values."""
    fields: dict[str, Any] = {}
    for key, value in typed.items():
        fields.setdefault(key.partition(":")[2], []).append(value)
    path = request.full_path if request.query_string else request.path
    return {"action": path, "fields": fields}
