"""Withheld entries: keep a mark, a sign-out or a message from a contact for a time, and show it again."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import redirect, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from blueprints.staff import blueprint
from blueprints.staff.frame import HALF_OF, Here, around, here, show
from blueprints.staff.panel import to_stop
from blueprints.staff.pupil import get_pupil
from blueprints.staff.rights_stops import EVERYBODY, protector
from blueprints.staff.typed import is_number, typed_again
from webapp.first_day.queries.keepable import Keepable, keepable_of
from webapp.first_day.queries.pupil_now import PupilToday
from webapp.foundation.clock import london, school_now
from webapp.foundation.db import read_door
from webapp.foundation.words import short_day_words, staff_time
from webapp.people.queries import family_of, times_of
from webapp.people.queries.withheld import WithheldRow, withheld_of
from webapp.people.rules import Refused
from webapp.people.rules.protections import LONGEST_REASON, ProtectionRefused
from webapp.people.services.withholding import Entry, show_again, withhold

_OFFERED = timedelta(days=30)
_SAID = {
    "withheld": "It is kept back from now on. Nothing on the family's pages shows that it is.",
    "stood": "This was kept back already.",
    "shown": "It can be seen again.",
}
_SIGHTINGS = {"arrived": "Signed in", "left": "Signed out", "sent_home": "Sent home"}


@blueprint.get("/staff/<school>/pupils/<pupil>/withheld")
def withheld(school: str, pupil: str) -> str:
    at = here()
    with read_door() as db:
        return _page(db, at, get_pupil(db, at, pupil))


@blueprint.post("/staff/<school>/pupils/<pupil>/withheld")
def withhold_entry(school: str, pupil: str) -> Response | tuple[str, int]:
    at, form = here(), request.form
    with read_door() as db:
        found = get_pupil(db, at, pupil)
        offered = _offered(db, at, found)
    try:
        entry = _entry(found, offered)
        contact_id = _contact(form.get("contact", ""))
        new = withhold(protector(at), entry, contact_id, form.get("review", ""), form.get("reason", ""))
    except Refused as refused:
        return _refused(at, pupil, refused)
    return _back(at, found, "withheld" if new else "stood")


@blueprint.post("/staff/<school>/pupils/<pupil>/withheld/show")
def show_entry(school: str, pupil: str) -> Response | tuple[str, int]:
    at, form = here(), request.form
    with read_door() as db:
        found = get_pupil(db, at, pupil)
    try:
        show_again(protector(at), found.pupil_id, form.get("entry", ""), form.get("why", ""))
    except Refused as refused:
        return _refused(at, pupil, refused)
    return _back(at, found, "shown")


def _contact(chosen: str) -> int | None:
    if chosen == EVERYBODY:
        return None
    if not is_number(chosen):
        raise ProtectionRefused("contact", "Choose from whom it is kept.")
    return int(chosen)


def _entry(found: PupilToday, offered: list[Keepable]) -> Entry:
    """What was chosen; a sighting or message only of those that the page offers."""
    what = request.form.get("what", "")
    if what == "mark":
        half = HALF_OF.get(request.form.get("half", ""))
        try:
            on = date.fromisoformat(request.form.get("on", ""))
        except ValueError:
            raise ProtectionRefused("on", "Choose the day of the mark.") from None
        if half is None:
            raise ProtectionRefused("half", "Choose morning or afternoon.")
        return Entry("mark", found.pupil_id, found.enrolment_id, on, half.index)
    chosen = next((each for each in offered if f"{each.kind}:{each.id}" == what), None)
    if chosen is None:
        raise ProtectionRefused("what", "Choose what is kept back.")
    return Entry(chosen.kind, found.pupil_id, found.enrolment_id, subject_id=chosen.id)


def _offered(db: Connection, at: Here, found: PupilToday) -> list[Keepable]:
    keys = (at.school.organisation_id, found.enrolment_id, found.pupil_id)
    return list(keepable_of(db, *keys, at.today - _OFFERED, school_now() - _OFFERED))


def _back(at: Here, found: PupilToday, said: str) -> Response:
    return redirect(url_for("staff.withheld", school=at.school.code, pupil=found.public_id, said=said), 303)


def _refused(at: Here, public_id: str, refused: Refused) -> tuple[str, int]:
    with read_door() as db:
        return _page(db, at, get_pupil(db, at, public_id), refused), 409 if refused.field == "entry" else 422


def _page(db: Connection, at: Here, found: PupilToday, refused: Refused | None = None) -> str:
    seen, times = around(db, at), times_of(db, *at.keys, at.today)
    family = family_of(db, at.school.organisation_id, [found.pupil_id])
    offered = _offered(db, at, found)
    named = {(each.kind, each.id): _words(each) for each in offered}
    standing = [(row, _said(row, named)) for row in withheld_of(db, at.school.organisation_id, found.pupil_id)]
    people = [(str(number), words) for number, words, _ in to_stop(family, found.pupil_id)]
    what = [("mark", "The mark of a half day"), *((f"{each.kind}:{each.id}", _words(each)) for each in offered)]
    fields = {"what", "on", "half", "contact", "review", "reason"}
    href = f"#{refused.field}" if refused and refused.field in fields else "#main"
    return show(
        "staff/rights_withheld/withheld.html", at, seen, times, "find", pupil=found, standing=standing,
        people=[*people, (EVERYBODY, "Everybody")], what=what, typed=typed_again(), longest=LONGEST_REASON,
        refused=refused, errors=[{"text": refused.mend, "href": href}] if refused else [],
        halves=[("morning", "Morning"), ("afternoon", "Afternoon")], said=_SAID.get(request.args.get("said", "")),
    )  # fmt: skip


def _words(each: Keepable) -> str:
    at = london(each.at)
    when = f"{short_day_words(at.date())} {staff_time(at)}"
    if each.kind == "sighting":
        return f"{_SIGHTINGS.get(each.words, 'Seen in school')}, {when}"
    return f"Message to {each.whom}, {when}: {each.words.replace('_', ' ')}"


def _said(row: WithheldRow, named: dict[tuple[str, int], str]) -> dict[str, Any]:
    if row.on is not None:
        words = f"Mark of {short_day_words(row.on)}, {'afternoon' if row.half else 'morning'}"
    else:
        older = "An older message" if row.kind == "message" else "An older sign-out"
        words = named.get((row.kind, row.subject_id or 0), older)
    made = london(row.withheld_at)
    return {
        "words": words, "review": short_day_words(row.review_on),
        "made": f"{short_day_words(made.date())} {staff_time(made)}",
    }  # fmt: skip
