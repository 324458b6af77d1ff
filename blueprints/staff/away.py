"""Who covers for me, and when I am away; for those who arrange cover, the same of everybody at the school."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from blueprints.staff import blueprint
from blueprints.staff.frame import Here, around, here, show
from blueprints.staff.typed import typed_again
from webapp.access import current_staff
from webapp.foundation.db import read_door
from webapp.foundation.sessions import Half
from webapp.foundation.words import short_day_words
from webapp.people.queries import times_of
from webapp.people.queries.covering import AwayRow, away_from, cover_of, staff_number
from webapp.people.queries.staff import StaffRow, get_staff, names_here
from webapp.people.rules import Refused
from webapp.people.rules.absences import Away
from webapp.people.rules.roles import Permission
from webapp.people.services.covering import Arranger, may_cover, name_cover, say_away, say_back

Answer = Response | tuple[str, int]
Errors = list[dict[str, str]]
_SAID = {
    "cover": "Saved. Whoever was chosen is told by e-mail.",
    "away": "Saved. The cover is told by e-mail, and what is due then stands among their tasks.",
    "back": "Saved. What is due is back; what the cover has begun stays with the cover.",
}


@dataclass(frozen=True, slots=True)
class Span:
    """Half days away as the page lists them. ``cover``: who does the work now or is named to."""

    public_id: str
    person: str
    name: str
    words: str
    said_by: str
    now: bool
    cover: str


@blueprint.get("/staff/<school>/away")
def away(school: str) -> str:
    return _page(here(), current_staff().staff_public_id)


@blueprint.get("/staff/<school>/away/<person>")
def away_of(school: str, person: str) -> str:
    return _page(here(), person)


@blueprint.post("/staff/<school>/away/<person>/cover")
def choose_cover(school: str, person: str) -> Answer:
    chosen = request.form.get("cover", "")
    at = here()

    def deed(by: Arranger, staff_id: int) -> None:
        name_cover(by, staff_id, _chosen(at, chosen))

    return _done(at, person, deed, "cover")


@blueprint.post("/staff/<school>/away/<person>")
def be_away(school: str, person: str) -> Answer:
    typed = [request.form.get(name, "")[:40] for name in ("starts_on", "starts_half", "ends_on", "ends_half")]

    def deed(by: Arranger, staff_id: int) -> None:
        say_away(by, staff_id, *typed)

    return _done(here(), person, deed, "away")


@blueprint.post("/staff/<school>/away/<person>/back")
def be_back(school: str, person: str) -> Answer:
    def deed(by: Arranger, staff_id: int) -> None:
        say_back(by, staff_id, request.form.get("away", ""))

    return _done(here(), person, deed, "back")


def _done(at: Here, person: str, deed: Callable[[Arranger, int], None], said: str) -> Answer:
    staff_id = _person(at, person).id
    try:
        deed(Arranger(*at.keys, current_staff().actor), staff_id)
    except Refused as refused:
        return _page(at, person, [{"text": refused.mend, "href": f"#{refused.field}"}]), 422
    return redirect(url_for("staff.away_of", school=at.school.code, person=person, said=said), 303)


def _chosen(at: Here, public_id: str) -> int | None:
    """The number of who was chosen; 0, which nobody has, for a name that is none. An empty choice is nobody."""
    if not public_id:
        return None
    with read_door() as db:
        return staff_number(db, at.school.organisation_id, public_id[:16].replace("\x00", "")) or 0


def _person(at: Here, public_id: str) -> StaffRow:
    """The viewer, or for those who arrange cover anybody with a role here today; of anybody else nothing is said."""
    viewer = current_staff()
    with read_door() as db:
        number = staff_number(db, at.school.organisation_id, public_id.replace("\x00", ""))
        mine = number == viewer.staff_id
        if number is None or number not in at.standing.members or not (mine or at.may(Permission.ARRANGE_COVER)):
            abort(404)
        return get_staff(db, at.school.organisation_id, number)


def _page(at: Here, public_id: str, errors: Errors | None = None) -> str:
    person, arranges = _person(at, public_id), at.may(Permission.ARRANGE_COVER)
    with read_door() as db:
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
        cover = cover_of(db, *at.keys, person.id)
        rows = away_from(db, *at.keys, at.today)
        names = names_here(db, *at.keys, at.today)
    mine = person.id == current_staff().staff_id
    spans = [_span(at, row) for row in rows]
    return show(
        "staff/away/away.html", at, seen, times, "away", who=person, mine=mine, errors=errors or [],
        covers=[(names[one.id].public_id, f"{one.name}, {names[one.id].position}")
                for one in may_cover(at.standing, person.id)],
        cover=names[cover].public_id if cover in names else "", gone=cover is not None and cover not in names,
        spans=[span for span in spans if span.person == person.public_id],
        others=[span for span in spans if span.person != person.public_id] if arranges else [],
        staff=sorted((one.name, one.public_id) for one in names.values() if one.id != person.id) if arranges else [],
        typed=typed_again(), said=_SAID.get(request.args.get("said", "")),
        halves=[{"value": "morning", "text": "Morning"}, {"value": "afternoon", "text": "Afternoon"}],
    )  # fmt: skip


def _span(at: Here, row: AwayRow) -> Span:
    half = at.half if at.is_today else Half.AM
    now = row.away.holds(at.today, half)
    holder = at.standing.members.get(at.standing.holder(row.staff_id)) if now else None
    cover = holder.name if holder and holder.id != row.staff_id else ""
    return Span(row.public_id, row.staff_public_id, row.name, _words(row.away), row.said_by, now, cover)


def _words(span: Away) -> str:
    """Tue 16 June, all day; Tue 16 June morning to Thu 18 June; from Tue 16 June afternoon, until back."""
    first = _edge(span.starts_on, span.starts_half is Half.PM, "afternoon")
    if span.ends_on is None:
        return f"From {first}, until back"
    last = _edge(span.ends_on, span.ends_half is Half.AM, "morning")
    if span.starts_on == span.ends_on:
        halves = {(Half.AM, Half.PM): "all day", (Half.AM, Half.AM): "morning"}.get(
            (span.starts_half, span.ends_half), "afternoon"
        )
        return f"{short_day_words(span.starts_on)}, {halves}"
    return f"{first} to {last}"


def _edge(on: date, is_part: bool, part: str) -> str:
    return f"{short_day_words(on)} {part}" if is_part else short_day_words(on)
