"""Reception: arrived, leaving, back, sent home, seen elsewhere in school."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from blueprints.staff import blueprint
from blueprints.staff.calls import caseworker, desk, find_pupil_here
from blueprints.staff.frame import Here, around, here, show
from blueprints.staff.sign_outs import sign_out_lines
from blueprints.staff.typed import is_number, typed_again
from webapp.absence.queries.statements import last_said_at
from webapp.absence.rules.times import read_time
from webapp.first_day.services.handling import here_now
from webapp.foundation.clock import school_now
from webapp.foundation.db import read_door
from webapp.people.queries import Family, family_of, search_pupils, times_of
from webapp.people.rules import Refused
from webapp.people.rules.rights import Right, effective_rights, may
from webapp.people.rules.school_times import in_london
from webapp.record.queries.registers import has_gone, sightings_of
from webapp.record.rules import LateSuggestion, RecordRefused, SightingKind
from webapp.record.services.sightings import (
    Collector,
    Stopped,
    back,
    sign_in,
    sign_out,
    strike,
    suggest_arrival,
    walked_out,
)

KIND_WORDS = {
    SightingKind.ARRIVED: "Came in", SightingKind.SEEN_ELSEWHERE_IN_SCHOOL: "Seen in school",
    SightingKind.RETURNED: "Came back", SightingKind.LEFT: "Left", SightingKind.SENT_HOME: "Sent home",
}  # fmt: skip
PLACES = ("Medical room", "Internal exclusion", "Exam", "With a member of staff")
_NOT_ON_RECORD = ("other", "alone", "gone")
_LEAVING = {"reason": "why"}
_FIELDS = ("code", "minutes", "who", "place")
Errors = list[dict[str, str]]


@blueprint.get("/staff/<school>/reception")
def reception(school: str) -> str:
    return _desk_page(here())


def _desk_page(at: Here, errors: Errors | None = None) -> str:
    words = request.args.get("q", "").replace("\x00", "")[:80]
    with read_door() as db:
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
        found = search_pupils(db, *at.keys, words, at.today) if words.strip() else ()
        sightings = sightings_of(db, *at.keys, at.today)
        leaving = sign_out_lines(db, at)
    return show(
        "staff/reception/desk.html", at, seen, times, "reception", found=found, words=words, errors=errors or [],
        leaving=leaving, sightings=[(row, KIND_WORDS[SightingKind(row.kind)]) for row in sightings],
    )  # fmt: skip


@blueprint.post("/staff/<school>/reception/strike")
def strike_sighting(school: str) -> Response | tuple[str, int]:
    at = here()
    # The list's own button sends no reason: pressing it says that the entry was a slip.
    reason = request.form.get("reason", "A slip at reception")
    try:
        strike(desk(at), request.form.get("sighting", "").replace("\x00", ""), reason)
    except RecordRefused as refused:
        return _desk_page(at, [{"text": f"{refused} {refused.mend}", "href": "#today"}]), 409
    except Refused as refused:
        return _desk_page(at, [{"text": f"Reason: {refused.mend}", "href": "#today"}]), 422
    return redirect(url_for("staff.reception", school=school), 303)


@blueprint.get("/staff/<school>/reception/<pupil>")
def reception_pupil(school: str, pupil: str) -> str:
    return _pupil_page(here(), pupil)


@blueprint.post("/staff/<school>/reception/<pupil>/in")
def arrive(school: str, pupil: str) -> Response | tuple[str, int]:
    at = here()
    found, code = find_pupil_here(at, pupil), request.form.get("code", "")
    minutes = request.form.get("minutes", "").strip()
    with read_door() as db:
        said_at = last_said_at(db, *at.keys, found.enrolment_id, at.today)
    if minutes and not is_number(minutes, 3):
        return _pupil_page(at, pupil, [{"text": "Enter the minutes late as a number", "href": "#minutes"}]), 422
    return _do(
        at, pupil,
        lambda: sign_in(
            desk(at), found.enrolment_id, code=code or None, minutes=int(minutes) if minutes else None,
            reason=request.form.get("reason", ""), said_at=said_at,
        ),
    )  # fmt: skip


@blueprint.post("/staff/<school>/reception/<pupil>/out")
def leave(school: str, pupil: str) -> Response | tuple[str, int]:
    """Leaving, or sent home ill. Whoever is not on the child's record as a collector is stopped."""
    at = here()
    found, form = find_pupil_here(at, pupil), request.form
    who, reason = form.get("who", ""), form.get("reason", "")
    if who not in _NOT_ON_RECORD and not is_number(who):
        return _pupil_page(at, pupil, [{"text": "Choose who takes the child", "href": "#who"}]), 422
    if who == "other" and not form.get("name", "").strip():
        # A field that was forgotten is no stranger at the desk: nobody is alarmed about it.
        return _pupil_page(at, pupil, [{"text": f"Enter who takes {found.first_name}", "href": "#name"}]), 422
    if who == "gone":
        return _do(at, pupil, lambda: walked_out(desk(at), found.enrolment_id, reason), _LEAVING)
    typed = form.get("back_by", "").strip()
    time_back = read_time(typed) if typed else None
    if typed and time_back is None:
        return _pupil_page(at, pupil, [{"text": "Enter the time back like 11:30", "href": "#back_by"}]), 422
    back_by = in_london(at.today, time_back) if time_back is not None else None
    ill = "sent_home" in form
    return _do(
        at,
        pupil,
        lambda: sign_out(desk(at), found.enrolment_id, _who(who), reason=reason, back_by=back_by, sent_home=ill),
        _LEAVING,
    )


def _who(typed: str) -> Collector:
    """A contact of the record by number, alone, or somebody by name."""
    if is_number(typed):
        return Collector(contact_id=int(typed))
    return Collector(alone=True) if typed == "alone" else Collector(name=request.form.get("name", ""))


@blueprint.post("/staff/<school>/reception/<pupil>/back")
def come_back(school: str, pupil: str) -> Response | tuple[str, int]:
    at = here()
    found = find_pupil_here(at, pupil)
    return _do(at, pupil, lambda: back(desk(at), found.enrolment_id))


@blueprint.post("/staff/<school>/reception/<pupil>/elsewhere")
def seen_in_school(school: str, pupil: str) -> Response | tuple[str, int]:
    at = here()
    found, place = find_pupil_here(at, pupil), request.form.get("place", "")
    if place not in PLACES:
        return _pupil_page(at, pupil, [{"text": "Choose where in school the child is", "href": "#place"}]), 422
    return _do(at, pupil, lambda: here_now(caseworker(at), found.enrolment_id, place))


def _do(
    at: Here, pupil: str, deed: Any, places: Mapping[str, str] = MappingProxyType({})
) -> Response | tuple[str, int]:
    """``places``: the ids of fields that have another on the page."""
    try:
        done = deed()
    except RecordRefused as refused:
        field = places.get(refused.field, refused.field if refused.field in _FIELDS else "code")
        return _pupil_page(at, pupil, [{"text": f"{refused} {refused.mend}", "href": f"#{field}"}]), 422
    except Refused as refused:
        field = places.get(refused.field, refused.field)
        return _pupil_page(at, pupil, [{"text": refused.mend, "href": f"#{field}"}]), 422
    if isinstance(done, Stopped):
        return _pupil_page(at, pupil, stopped=done.sentence), 403
    return redirect(url_for("staff.reception", school=at.school.code), 303)


def _pupil_page(at: Here, public_id: str, errors: Errors | None = None, stopped: str = "") -> str:
    found = find_pupil_here(at, public_id)
    with read_door() as db:
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
        family = family_of(db, at.school.organisation_id, [found.pupil_id])
        arrival = suggest_arrival(db, desk(at), school_now())
        gone = has_gone(db, *at.keys, found.enrolment_id, at.today)
    return show(
        "staff/reception/pupil.html", at, seen, times, "reception", pupil=found, errors=errors or [], stopped=stopped,
        arrival=arrival, typed=typed_again(), spots=PLACES, collectors=_collectors(family, found.pupil_id, at),
        late=arrival.suggestion in (LateSuggestion.L, LateSuggestion.U), over=arrival.half is None, gone=gone,
    )  # fmt: skip


def _collectors(family: Family, pupil_id: int, at: Here) -> list[tuple[str, str]]:
    """Those who may collect today. Of the others not even the names: somebody else is somebody else."""
    found = []
    for link in family.links.get(pupil_id, ()):
        if may(effective_rights(link, family.orders, at.today), Right.COLLECT):
            found.append((str(link.contact_id), f"{family.contacts[link.contact_id].name}, {link.relationship}"))
    return found
