"""The trail, searched: who did and who saw what, at a school, in the organisation, and about one pupil."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, make_response, request
from sqlalchemy import Connection

from blueprints.staff import blueprint
from blueprints.staff.frame import Here, around, here, show
from blueprints.staff.pupil import get_pupil
from blueprints.staff.trail_words import FIELDS, HEADINGS, KINDS, Asked, deeds_of, key_of, lines, read_asked
from webapp.access import current_staff
from webapp.foundation.db import read_door
from webapp.insight.queries.trail import Wanted, schools_of_organisation, search_trail
from webapp.insight.rules.readers import Reader, reader_of
from webapp.insight.services.looking import note_search
from webapp.people.queries import times_of
from webapp.people.queries.pupils import roll_of
from webapp.people.rules.files.rejections import table_as_csv
from webapp.people.rules.roles import Permission, permissions_of

ON_A_PAGE = 50
IN_A_FILE = 20_000


@blueprint.get("/staff/<school>/trail")
def trail(school: str) -> str:
    """The newest entries that fit, fifty a page; that somebody looked is the newest of all."""
    at = here()
    with read_door() as db:
        names = schools_of_organisation(db, at.school.organisation_id)
        reader = _reader(at, names)
        asked = read_asked(db, at.school.organisation_id, reader)
        _note(at, asked)
        rows = search_trail(db, at.school.organisation_id, reader, asked.wanted, ON_A_PAGE + 1)
        return _page(db, at, reader, names, asked, list(rows))


@blueprint.get("/staff/<school>/trail.csv")
def trail_file(school: str) -> Response:
    """The same as a file, at most twenty thousand lines."""
    at = here()
    with read_door() as db:
        names = schools_of_organisation(db, at.school.organisation_id)
        reader = _reader(at, names)
        asked = read_asked(db, at.school.organisation_id, reader)
        if asked.errors:
            abort(400, description=asked.errors[0]["text"])
        _note(at, asked, exported=True)
        rows = search_trail(db, at.school.organisation_id, reader, asked.wanted, IN_A_FILE + 1)
    found = lines(rows[:IN_A_FILE], reader, names, school)
    cells = [(f"{each['day']} {each['time']}", *(each[name] for name in ("who", "what", "whom", "more", "school")))
             for each in found]  # fmt: skip
    if len(rows) > IN_A_FILE:
        cells.append(("There is more", "", f"The newest {IN_A_FILE:,} entries. Ask for fewer days.", "", "", ""))
    return _csv(table_as_csv(HEADINGS, cells))


@blueprint.get("/staff/<school>/pupils/<pupil>/trail")
def pupil_trail(school: str, pupil: str) -> str:
    """Who did and who saw what about one pupil, fifty a page."""
    at = here()
    with read_door() as db:
        found = get_pupil(db, at, pupil)
        names = schools_of_organisation(db, at.school.organisation_id)
        reader = reader_of({at.school.id: at.permissions})
        asked = read_asked(db, at.school.organisation_id, reader)
        wanted = Wanted(pupils=[found.pupil_id], after=asked.wanted.after)
        note_search(*at.keys, current_staff().actor, {}, pupil_id=found.pupil_id)
        rows = search_trail(db, at.school.organisation_id, reader, wanted, ON_A_PAGE + 1)
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
    return show(
        "staff/trail/pupil.html", at, seen, times, "find", pupil=found,
        found=lines(rows[:ON_A_PAGE], reader, names, school), paged=asked.wanted.after is not None,
        older=key_of(rows[ON_A_PAGE - 1]) if len(rows) > ON_A_PAGE else "",
    )  # fmt: skip


def _reader(at: Here, names: dict[int, str]) -> Reader:
    """The reader of this school; of the whole organisation where they ask for it and read the trail of every school."""
    viewer = current_staff()
    held = {each.id: permissions_of(each.roles) for each in viewer.schools}
    if request.args.get("of") == "organisation":
        if not may_read_all(held, names):
            abort(403)
        return reader_of(held, whole=True)
    return reader_of({at.school.id: at.permissions})


def may_read_all(held: dict[int, Any], names: dict[int, str]) -> bool:
    return all(Permission.VIEW_TRAIL in held.get(school, ()) for school in names)


def _note(at: Here, asked: Asked, *, exported: bool = False) -> None:
    note_search(*at.keys, current_staff().actor, asked.kept, pupil_id=asked.pupil_id, exported=exported)


def _page(
    db: Connection, at: Here, reader: Reader, names: dict[int, str], asked: Asked, rows: list[Any]
) -> str:
    seen, times = around(db, at), times_of(db, *at.keys, at.today)
    on_roll: set[str] = set()
    if reader.children and at.may(Permission.VIEW_PUPIL_TRAIL):
        on_roll = {row.public_id for row in roll_of(db, *at.keys, at.today)}
    held = {each.id: permissions_of(each.roles) for each in current_staff().schools}
    return show(
        "staff/trail/trail.html", at, seen, times, "trail", typed=asked.typed, errors=asked.errors, kinds=KINDS,
        deeds=deeds_of(reader), found=lines(rows[:ON_A_PAGE], reader, names, at.school.code, on_roll),
        older=key_of(rows[ON_A_PAGE - 1]) if len(rows) > ON_A_PAGE else "", whole=reader.whole,
        may_read_all=len(names) > 1 and may_read_all(held, names), sees_children=bool(reader.children),
        asks={name: asked.typed[name] for name in FIELDS if asked.typed[name]},
        paged=asked.wanted.after is not None,
    )  # fmt: skip


def _csv(data: bytes) -> Response:
    answer = make_response(data)
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = 'attachment; filename="trail.csv"'
    answer.headers["Cache-Control"] = "no-store"
    return answer
