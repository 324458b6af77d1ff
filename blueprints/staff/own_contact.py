"""A pupil's own number and e-mail: what school holds, whether they can sign in with it, and changing it."""

from __future__ import annotations

from typing import Any

from flask import current_app, redirect, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from blueprints.staff import blueprint
from blueprints.staff.frame import Here, around, here, show
from blueprints.staff.pupil import get_pupil
from blueprints.staff.typed import typed_again, typed_version
from webapp.access import current_staff
from webapp.accounts.queries.own_voice import is_shared
from webapp.first_day.queries.pupil_now import PupilToday
from webapp.foundation.db import read_door
from webapp.foundation.words import day_words
from webapp.people.queries import settings_of, times_of
from webapp.people.queries.own_voice import OwnContact, find_own_contact
from webapp.people.rules import Refused
from webapp.people.rules.ages import school_leaving_date
from webapp.people.rules.contact_points import PointKind, ReadPoint, national, read_email, read_mobile
from webapp.people.rules.own_voice import answers, is_adult, parents_see
from webapp.people.rules.settings import PUPIL_REPORTS_FROM_AGE
from webapp.people.services.own_voice import Keeper, OwnContactMoved, set_own_points

_SEE = {
    "everything": "Parents see what the pupil tells school.", "fact": "Parents see that the pupil is away, not why.",
    "emergencies": "Parents see nothing; they are asked about a missing pupil.",
}  # fmt: skip


@blueprint.get("/staff/<school>/pupils/<pupil>/own-contact")
def own_contact(school: str, pupil: str) -> str:
    at = here()
    with read_door() as db:
        return _page(db, at, get_pupil(db, at, pupil))


@blueprint.post("/staff/<school>/pupils/<pupil>/own-contact")
def save_own_contact(school: str, pupil: str) -> Response | tuple[str, int]:
    at, version = here(), typed_version()
    with read_door() as db:
        found = get_pupil(db, at, pupil)
    try:
        set_own_points(Keeper(*at.keys, current_staff().actor), found.pupil_id, _read(), version)
    except Refused as refused:
        with read_door() as db:
            return _page(db, at, found, refused), 409 if isinstance(refused, OwnContactMoved) else 422
    return redirect(url_for("staff.own_contact", school=school, pupil=pupil, said="saved"), 303)


def _read() -> list[ReadPoint]:
    """The points as typed; raises ContactPointRefused naming the field."""
    fictional = current_app.extensions["settings"].fictional_numbers
    mobile, email = request.form.get("mobile", "").strip(), request.form.get("email", "").strip()
    points = []
    if mobile:
        points.append(ReadPoint(PointKind.MOBILE, read_mobile(mobile, allow_fictional=fictional)))
    if email:
        points.append(read_email(email, allow_fictional=fictional))
    return points


def _page(db: Connection, at: Here, found: PupilToday, refused: Refused | None = None) -> str:
    seen, times = around(db, at), times_of(db, *at.keys, at.today)
    held = find_own_contact(db, at.school.organisation_id, found.pupil_id)
    points = [point for point in held.points if point.state != "bad"] if held else []
    moved = isinstance(refused, OwnContactMoved)
    stands = {point.kind: point.value if point.kind == PointKind.EMAIL else national(point.value) for point in points}
    typed = typed_again() if refused and not moved else {}
    return show(
        "staff/pupil/own_contact.html", at, seen, times, "find", pupil=found, refused=refused,
        said=request.args.get("said") == "saved", status=_status(at, db, found, held),
        mobile=typed.get("mobile", stands.get("mobile", "")), email=typed.get("email", stands.get("email", "")),
        version=held.version if held else 0, shared=[
            point.value if point.kind == PointKind.EMAIL else national(point.value)
            for point in points
            if held and is_shared(db, at.school.organisation_id, held.id, point.value)
        ],
        errors=[{"text": refused.mend, "href": f"#{refused.field}"}] if refused else [],
    )  # fmt: skip


def _status(at: Here, db: Connection, found: PupilToday, held: OwnContact | None) -> list[str]:
    """In words: whether the pupil may sign in, from when, and what their parents then see."""
    settings = settings_of(db, *at.keys, at.today)
    name, born = found.first_name, found.date_of_birth
    if settings[PUPIL_REPORTS_FROM_AGE] is None:
        return [f"{at.school.name} does not let pupils answer for themselves. It is in Settings, Families and pupils."]
    leaves = school_leaving_date(born)
    if not answers(born, at.today, settings):
        until = f"{name} is of compulsory school age until {day_words(leaves)} {leaves.year}"
        return [f"{until}, and cannot sign in." if leaves >= at.today else f"{name} is not 18 yet, and cannot sign in."]
    see: Any = parents_see(born, at.today, settings, held.parents_see if held else "")
    own = " This is the pupil's own choice." if held and held.parents_see and is_adult(born, at.today) else ""
    signs_in = f"{name} answers for themselves: signs in with a code to the number or address here."
    return [signs_in, _SEE[see.value] + own]
