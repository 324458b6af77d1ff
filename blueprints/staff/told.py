"""What each parent was shown about a pupil, by time, and every page drawn again as it stood at a moment."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import abort, request
from sqlalchemy import Connection

from blueprints.staff import blueprint
from blueprints.staff.frame import Here, around, here, show
from blueprints.staff.pupil import get_pupil
from blueprints.staff.trail_words import deeds_of, instant_of, key_of_instant
from notifications.rules.hiding import hide_links
from webapp.access import current_staff
from webapp.first_day.queries.pupil_now import PupilToday
from webapp.foundation.clock import london, school_now
from webapp.foundation.db import read_door
from webapp.foundation.words import day_words, short_day_words, staff_time
from webapp.insight.queries.shown import ContactRow, Happened, Page, contacts_ever, pages_at, told_about
from webapp.insight.rules.deeds import words_of
from webapp.insight.rules.pages import page_words
from webapp.insight.rules.readers import reader_of
from webapp.insight.rules.shown import drawn_days
from webapp.insight.services.looking import note_shown_read
from webapp.people.queries import times_of
from webapp.people.rules.school_times import in_london

ON_A_PAGE = 50
_SOON = timedelta(minutes=1)
_SAME_MINUTE = timedelta(seconds=59)
_WAYS = {"sms": "Text", "push": "Notification", "email": "E-mail"}
_CAME = {
    "waiting": "waiting to go", "unknown": "sent, no receipt", "sent": "sent", "delivered": "delivered",
    "failed": "failed", "cancelled": "not sent: no longer true", "expired": "not sent in time",
}  # fmt: skip


@blueprint.get("/staff/<school>/pupils/<pupil>/told")
def told(school: str, pupil: str) -> str:
    """The pupil's contacts; or for the one asked for, everything that they were shown and told, newest first."""
    at = here()
    with read_door() as db:
        found = get_pupil(db, at, pupil)
        people = contacts_ever(db, at.school.organisation_id, found.pupil_id)
        contact = _contact(people, request.args["contact"]) if "contact" in request.args else None
        rows: list[Happened] = []
        if contact is not None:
            note_shown_read(*at.keys, current_staff().actor, contact.id, found.pupil_id)
            before = instant_of(request.args.get("before", "")) or school_now() + _SOON
            keys = (at.school.organisation_id, contact.id, found.pupil_id)
            rows = told_about(db, *keys, deeds_of(reader_of({at.school.id: at.permissions})), before, ON_A_PAGE + 1)
        return _page(
            db, at, "told", found, contact, people=people, lines=[_line(row) for row in rows[:ON_A_PAGE]],
            older=key_of_instant(rows[ON_A_PAGE - 1].at) if len(rows) > ON_A_PAGE else "",
        )  # fmt: skip


@blueprint.get("/staff/<school>/pupils/<pupil>/told/<adult>")
def told_page(school: str, pupil: str, adult: str) -> str:
    """Each page as it last stood for the contact at the moment of the address."""
    at = here()
    typed = request.args.get("at", "")[:40]
    moment = instant_of(typed) or _typed_moment(typed)
    with read_door() as db:
        found = get_pupil(db, at, pupil)
        whom = _contact(contacts_ever(db, at.school.organisation_id, found.pupil_id), adult)
        note_shown_read(*at.keys, current_staff().actor, whom.id, found.pupil_id, when=moment or school_now())
        pages = pages_at(db, at.school.organisation_id, whom.id, found.pupil_id, moment or school_now())
        mend = {"text": "Enter a day and a time, like 2026-06-16T08:10.", "href": "#at"}
        errors = [mend] if typed and moment is None else []
        stood = london(moment or school_now())
        return _page(
            db, at, "page", found, whom, errors=errors, pages=[_drawn(page) for page in pages],
            stood=_when(stood), typed=typed if errors else stood.strftime("%Y-%m-%dT%H:%M"),
        )  # fmt: skip


def _typed_moment(typed: str) -> datetime | None:
    """The end of the minute that was typed, of the school's clock."""
    try:
        naive = datetime.fromisoformat(typed)
    except ValueError:
        return None
    if not 2000 <= naive.year <= 2199:
        return None
    return in_london(naive.date(), naive.time()) + _SAME_MINUTE if naive.tzinfo is None else None


def _contact(people: Any, public_id: str) -> ContactRow:
    return next((one for one in people if one.public_id == public_id), None) or abort(404)


def _page(
    db: Connection, at: Here, name: str, found: PupilToday, contact: ContactRow | None, errors: Any = (), **more: Any
) -> str:
    seen, times = around(db, at), times_of(db, *at.keys, at.today)
    return show(
        f"staff/told/{name}.html", at, seen, times, "find", pupil=found, contact=contact, errors=list(errors), **more,
    )  # fmt: skip


def _when(at: datetime) -> str:
    return f"{short_day_words(at.date())} {at.year} {staff_time(at)}"


def _line(row: Happened) -> dict[str, Any]:
    at = london(row.at)
    line: dict[str, Any] = {"when": _when(at), "kind": row.kind, "ways": [], "quote": "", "key": ""}
    if row.kind == "page":
        return {**line, "what": f"Was shown {page_words(row.what)}", "key": key_of_instant(row.at)}
    if row.kind == "deed":
        said = words_of(row.what).words
        return {**line, "what": said[0].upper() + said[1:]}
    ways = [
        f"{_WAYS.get(channel, channel)} {_CAME.get(state, state)}{f' {_when(london(done))}' if done else ''}"
        for channel, state, done, _ in row.ways
    ]
    ways += [f"Opened {_when(london(row.read_at))}"] if row.read_at else []
    texts = list(dict.fromkeys(hide_links(text) for *_, text in row.ways)) or [row.what]
    if row.what and hide_links(row.what) not in texts:
        texts.insert(0, row.what)
    return {**line, "what": "Message", "ways": ways, "quote": texts}


def _drawn(page: Page) -> dict[str, Any]:
    return {
        "name": page_words(page.page), "since": _when(london(page.at)), "version": page.version,
        "lines": page.facts.get("lines", []), "proven": page.is_proven, "about_pupil": page.about_pupil,
        "days": [(f"{day_words(day)} {day.year}", am, pm) for day, am, pm in drawn_days(page.facts)],
    }  # fmt: skip

