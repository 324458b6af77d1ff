"""Rights per child and contact: who may do what, since when and why; a change shows its effect before it is saved."""

from __future__ import annotations

from typing import Any

from flask import abort, redirect, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from blueprints.staff import blueprint
from blueprints.staff.frame import Here, around, here, show
from blueprints.staff.pupil import get_pupil
from blueprints.staff.rights_stops import protector
from blueprints.staff.typed import is_number, typed_again, typed_number, typed_version
from notifications.queries.deliveries import waiting_about
from notifications.rules.message_kinds import KINDS
from webapp.first_day.queries.pupil_now import PupilToday
from webapp.foundation.clock import london
from webapp.foundation.db import read_door
from webapp.foundation.words import short_day_words
from webapp.people.queries import Family, family_of, times_of
from webapp.people.queries.rights import Changed, changes_of
from webapp.people.rules import Refused
from webapp.people.rules.rights import Link, effective_rights
from webapp.people.rules.rights_changes import LONGEST_WHY, TICKS, Change, effects, need_reason, read_ticks
from webapp.people.services.rights import change_rights

Answer = Response | tuple[str, int]


@blueprint.get("/staff/<school>/pupils/<pupil>/rights")
def rights(school: str, pupil: str) -> str:
    """All contacts; with ``contact`` in the address also the form of one."""
    at, chosen = here(), request.args.get("contact", "")
    with read_door() as db:
        return _page(db, at, get_pupil(db, at, pupil), int(chosen) if is_number(chosen) else None)


@blueprint.post("/staff/<school>/pupils/<pupil>/rights")
def save_rights(school: str, pupil: str) -> Answer:
    """The first press shows what the change does; the second saves it."""
    at, contact_id, version = here(), typed_number("contact"), typed_version()
    ticked, reason = request.form.getlist("ticks"), request.form.get("reason", "")
    with read_door() as db:
        found = get_pupil(db, at, pupil)
        link = _link(family_of(db, at.school.organisation_id, [found.pupil_id]), found, contact_id)
    try:
        if request.form.get("sure") != "yes":
            need_reason(reason)
            return _again(at, found, contact_id, 200, change=read_ticks(link, ticked))
        change_rights(protector(at), found.pupil_id, contact_id, ticked, version, reason)
    except Refused as refused:
        return _again(at, found, contact_id, 409 if refused.field == "version" else 422, refused=refused)
    return redirect(url_for("staff.rights", school=school, pupil=pupil, said="saved"), 303)


def _link(family: Family, found: PupilToday, contact_id: int) -> Link:
    """The tie of one of the child's contacts; 404 for anybody else."""
    for link in family.links.get(found.pupil_id, ()):
        if link.contact_id == contact_id and not link.is_pupil:
            return link
    abort(404)


def _again(at: Here, found: PupilToday, contact_id: int, status: int, **more: Any) -> tuple[str, int]:
    with read_door() as db:
        return _page(db, at, found, contact_id, **more), status


def _page(
    db: Connection, at: Here, found: PupilToday, contact_id: int | None, *, change: Change | None = None,
    refused: Refused | None = None,
) -> str:  # fmt: skip
    seen, times = around(db, at), times_of(db, *at.keys, at.today)
    family = family_of(db, at.school.organisation_id, [found.pupil_id])
    changed = changes_of(db, at.school.organisation_id, found.pupil_id)
    # What a pupil may do for themselves comes from age and settings, and not from ticks.
    own = [link for link in family.links.get(found.pupil_id, ()) if not link.is_pupil]
    links = sorted(own, key=lambda link: (link.priority, link.contact_id))
    form = None if contact_id is None else _form(db, at, found, family, contact_id, change, refused)
    moved = refused is not None and refused.field == "version"
    return show(
        "staff/rights_contacts/rights.html", at, seen, times, "find", pupil=found, form=form, longest=LONGEST_WHY,
        people=[_person(at, family, link, changed[link.contact_id]) for link in links],
        version="" if contact_id is None or contact_id not in changed
        else changed[contact_id].version if moved or not request.form else request.form.get("version", ""),
        typed=typed_again(), ticks=TICKS, refused=refused, said=request.args.get("said") == "saved",
        errors=[{"text": refused.mend, "href": f"#{'ticks' if moved else refused.field}"}] if refused else [],
    )  # fmt: skip


def _form(
    db: Connection, at: Here, found: PupilToday, family: Family, contact_id: int, change: Change | None,
    refused: Refused | None,
) -> dict[str, Any]:  # fmt: skip
    link = _link(family, found, contact_id)
    stands = [column for column, _ in TICKS if getattr(link, column)]
    name = family.contacts[contact_id].name
    said: list[str] = []
    if change is not None:
        said = effects(change, family.orders, at.today, name, found.first_name)
        left = effective_rights(change.after, family.orders, at.today).allowed
        denied = [kind.name.value for kind in KINDS.values() if kind.right is not None and kind.right not in left]
        waits = waiting_about(db, at.school.organisation_id, contact_id, found.pupil_id, denied)
        if waits:
            said.append("1 message that waits to be sent will not go." if waits == 1
                        else f"{waits} messages that wait to be sent will not go.")  # fmt: skip
    moved = refused is not None and refused.field == "version"
    chosen = request.form.getlist("ticks") if request.form and not moved else stands
    return {"contact": contact_id, "name": name, "chosen": chosen, "effects": said}


def _person(at: Here, family: Family, link: Link, changed: Changed) -> dict[str, Any]:
    held = effective_rights(link, family.orders, at.today)
    when = short_day_words(london(changed.at).date()) if changed.at else ""
    return {
        "contact": link.contact_id, "name": family.contacts[link.contact_id].name, "relationship": link.relationship,
        "ticked": [words for column, words in TICKS if getattr(link, column)], "limited": held.restricted,
        "changed": f"Changed {when} by {changed.by}: {changed.why}" if when else "As it was brought in.",
    }  # fmt: skip
