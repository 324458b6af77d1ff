"""Messages: what school sent to this adult, and the talk on reports that waits to be read."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template, url_for
from sqlalchemy import Connection

from blueprints.parent import blueprint
from blueprints.parent.frame import adults, enrolments, frame
from notifications.queries.parents import MessageRow, find_message, messages_of
from notifications.services.subscriptions import mark_read_in
from webapp.absence.rules.times import clock_words, local_day
from webapp.access import current_parent
from webapp.accounts.queries.parents import ParentViewer
from webapp.first_day.queries.families import Asked, unread_talk
from webapp.foundation.clock import school_now
from webapp.foundation.db import read_door, unit_of_work
from webapp.foundation.words import short_day_words
from webapp.people.queries import get_school
from webapp.people.rules.rights import Right


@blueprint.get("/messages")
def messages() -> str:
    viewer = current_parent()
    with read_door() as db:
        asked = unread_talk(db, adults(viewer), enrolments(viewer, Right.REPORT))
        rows = [_row(db, row) for row in messages_of(db, _pairs(viewer))]
    unread = sum(one.lines for one in asked)
    return render_template(
        "parent/messages.html", rows=rows, waiting=[_waiting(viewer, one) for one in asked],
        **frame(viewer, "messages", unread),
    )  # fmt: skip


@blueprint.get("/messages/<message>")
def message(message: str) -> str:
    """One message. That it was opened is kept, so that no text follows a push that has been seen."""
    viewer = current_parent()
    with read_door() as db:
        found = find_message(db, _pairs(viewer), message)
        row = _row(db, found) if found else {}
        asked = unread_talk(db, adults(viewer), enrolments(viewer, Right.REPORT))
    if found is None:
        abort(404)
    if found.read_at is None:
        with unit_of_work() as tx:
            mark_read_in(tx, found.organisation_id, contact_id=found.contact_id, public_id=message)
    return render_template(
        "parent/message.html", row=row, back={"href": "/messages", "text": "Messages"},
        **frame(viewer, "messages", sum(one.lines for one in asked)),
    )  # fmt: skip


def _pairs(viewer: ParentViewer) -> list[tuple[int, int]]:
    return [(contact.organisation_id, contact.id) for contact in viewer.contacts]


def _row(db: Connection, found: MessageRow) -> dict[str, Any]:
    day, today = local_day(found.created_at), local_day(school_now())
    at = clock_words(found.created_at)
    return {
        "school": get_school(db, found.organisation_id, found.school_id).name, "words": found.words,
        "at": at if day == today else f"{short_day_words(day)}, {at}", "new": found.read_at is None,
        "href": url_for("parent.message", message=found.public_id),
    }  # fmt: skip


def _waiting(viewer: ParentViewer, asked: Asked) -> dict[str, str]:
    names = {
        (child.organisation_id, place.id): (child.first_name, place.school.name)
        for child in viewer.children
        for place in child.enrolments
    }
    name, school = names[asked.organisation_id, asked.enrolment_id]
    return {
        "text": f"{school} asks about {name}",
        "note": f"On what you told school for {short_day_words(asked.starts_on)}",
        "href": url_for("parent.receipt", report=asked.public_id, _anchor="talk"),
    }
