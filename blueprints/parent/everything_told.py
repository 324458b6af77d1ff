"""What school told me, and when: every message to this adult, the words as sent, and what became of each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import abort, render_template, request, url_for

from blueprints.parent import blueprint
from blueprints.parent.frame import frame, unread_lines
from blueprints.parent.shown import note_messages
from notifications.queries.told import ToldRow, told_to
from notifications.rules.told_words import instants_of, way_words
from webapp.absence.rules.times import clock_words, local_day
from webapp.access import current_parent
from webapp.accounts.queries.parents import ParentViewer, ViewerChild
from webapp.foundation.clock import school_now
from webapp.foundation.db import read_door
from webapp.foundation.words import short_day_words
from webapp.people.queries import get_school
from webapp.people.rules.rights import Right

ON_A_PAGE = 30
_KEY = re.compile(r"([0-9]{10,16})-([0-9]{1,18})")
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


@blueprint.get("/messages/all")
def everything_told() -> str:
    """Thirty a page. Rights of now decide: what an adult may no longer read is not there, and leaves no gap."""
    viewer = current_parent()
    child = _child(viewer, request.args.get("child", ""))
    found = _KEY.fullmatch(request.args.get("before", ""))
    before = (_EPOCH + int(found[1]) * _MICROSECOND, int(found[2])) if found else None
    pairs = [(contact.organisation_id, contact.id) for contact in viewer.contacts]
    with read_door() as db:
        about = (child.organisation_id, child.id) if child else None
        told = told_to(db, pairs, _readable(viewer), ON_A_PAGE + 1, before=before, about=about)
        schools = {key: get_school(db, *key).name for key in {(one.organisation_id, one.school_id) for one in told}}
        unread = unread_lines(db, viewer)
    shown = told[:ON_A_PAGE]
    made = {(one.organisation_id, one.id): _row(one, schools) for one in shown}
    note_messages(
        viewer, "told",
        ((one.organisation_id, one.school_id, one.pupils, _lines(made[one.organisation_id, one.id])) for one in shown),
    )  # fmt: skip
    return render_template(
        "parent/everything_told.html", rows=_beside(made), child=child, children=viewer.children,
        paged=before is not None, older=_key(shown[-1]) if len(told) > ON_A_PAGE else "",
        back={"href": url_for("parent.messages"), "text": "Messages"}, **frame(viewer, "messages", unread),
    )  # fmt: skip


def _child(viewer: ParentViewer, public_id: str) -> ViewerChild | None:
    """The child asked for, None for all of them; 404 for one who is not the viewer's."""
    if not public_id:
        return None
    return viewer.find_child(public_id) or abort(404)


def _readable(viewer: ParentViewer) -> dict[Right, list[tuple[int, int]]]:
    return {
        right: [(child.organisation_id, child.id) for child in viewer.children if child.may(right)] for right in Right
    }


def _key(row: ToldRow) -> str:
    return f"{(row.at - _EPOCH) // _MICROSECOND}-{row.id}"


def _beside(made: Mapping[tuple[int, int], dict[str, Any]]) -> list[dict[str, Any]]:
    """Newest first; a correction stands beside what it corrects, where both are on the page."""
    for (organisation_id, _), row in list(made.items()):
        first = made.get((organisation_id, row["corrects"] or 0))
        if first is not None:
            first["corrections"].insert(0, row)
            row["beside"] = True
    return [row for row in made.values() if not row["beside"]]


def _row(one: ToldRow, schools: Mapping[tuple[int, int], str]) -> dict[str, Any]:
    when = {at: _at(at) for at in instants_of(one.ways)}
    ways = list(dict.fromkeys(way_words(way, when) for way in one.ways))
    if one.read_at is not None:
        ways.append(f"You opened it {_at(one.read_at)}")
    return {
        "at": _at(one.at), "school": schools[one.organisation_id, one.school_id], "by": one.by,
        "texts": one.texts, "ways": ways, "href": url_for("parent.message", message=one.public_id),
        "corrects": one.corrects, "corrections": [], "beside": False,
    }  # fmt: skip


def _lines(row: Mapping[str, Any]) -> list[str]:
    return [f"{row['at']}: {text}" for text in row["texts"]] + list(row["ways"])


def _at(at: datetime) -> str:
    day, today = local_day(at), local_day(school_now())
    year = f" {day.year}" if day.year != today.year else ""
    return clock_words(at) if day == today else f"{short_day_words(day)}{year}, {clock_words(at)}"
