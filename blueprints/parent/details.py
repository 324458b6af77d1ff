"""Your details: what school holds about oneself, and asking the office for a change."""

from __future__ import annotations

from typing import Any

from flask import abort, current_app, redirect, request, url_for
from werkzeug.wrappers import Response

from blueprints.parent import blueprint
from blueprints.parent.frame import adults, main_place
from blueprints.parent.proving import is_proved, to_prove
from blueprints.parent.typed import fit_to_show, new_key
from blueprints.parent.you import KINDS, STATES, you_page
from webapp.absence.rules.times import local_day
from webapp.access import current_parent
from webapp.accounts.queries.details import ChangeRow, HeldPoint, held_points, own_changes
from webapp.accounts.queries.parents import ViewerContact
from webapp.accounts.services.details import Asker, ChangeNotThere
from webapp.accounts.services.details import ask_change as keep_change
from webapp.accounts.services.details import take_back_change as take_back
from webapp.foundation.db import read_door
from webapp.foundation.submissions import SubmissionReused
from webapp.foundation.words import short_day_words
from webapp.people.rules.contact_points import PointKind
from webapp.people.rules.details import Detail, read_change, shown
from webapp.people.rules.languages import LANGUAGES, language_name
from webapp.people.rules.refusals import Refused

Answer = str | tuple[str, int] | Response
_FIELDS = ("organisation", "detail", "old", "new", "new_language", "words")
_STATES = {
    "asked": "School has not answered yet", "accepted": "Done", "refused": "School said no",
    "withdrawn": "You took it back",
}  # fmt: skip


@blueprint.get("/you/details")
def details() -> str:
    return _page()


@blueprint.post("/you/details")
def ask_change() -> Answer:
    """One change for one organisation; a borrowed phone must not ask, so that it asks for a fresh proof first."""
    if not is_proved():
        return to_prove(url_for("parent.details"))
    typed = {name: fit_to_show(request.form.get(name, ""), whole=True) for name in _FIELDS}
    contact, key = _contact(typed["organisation"]), request.form.get("submission_key", "")[:64]
    with read_door() as db:
        points = held_points(db, adults(current_parent()))
    held = [(one.kind, one.value) for one in points if one.contact_id == contact.id and one.state != "bad"]
    new = typed["new_language"] if typed["detail"] == Detail.LANGUAGE else typed["new"]
    try:
        asked = read_change(
            {**typed, "new": new}, held, contact.language,
            allow_fictional=current_app.extensions["settings"].fictional_numbers,
        )  # fmt: skip
        keep_change(_asker(contact), asked, key)
    except SubmissionReused:
        return _page(typed, {"detail": "You have sent this already."}), 409
    except Refused as refused:
        return _page(typed, {refused.field: refused.mend}, key), 422
    return redirect(url_for("parent.details", said="asked"), 303)


@blueprint.post("/you/details/<change>/take-back")
def take_back_change(change: str) -> Answer:
    """One's own, that is not answered yet; else it is not there."""
    for contact in current_parent().contacts:
        try:
            take_back(contact.organisation_id, contact.id, change, actor=contact.actor)
        except ChangeNotThere:
            continue
        return redirect(url_for("parent.details"), 303)
    abort(404)


def _contact(organisation: str) -> ViewerContact:
    """As whom the viewer asks; where they are one contact alone, that one."""
    contacts = current_parent().contacts
    found = next((one for one in contacts if one.public_id == organisation), None)
    return found or contacts[0]


def _asker(contact: ViewerContact) -> Asker:
    """404 for who has no child at any school today: there is no office to ask."""
    mine = (child for child in current_parent().children if child.organisation_id == contact.organisation_id)
    child = next(mine, None)
    if child is None:
        abort(404)
    school = main_place(child).school
    return Asker(contact.organisation_id, contact.id, school.id, child.id, contact.actor)


def _page(typed: dict[str, str] | None = None, faults: dict[str, str] | None = None, key: str = "") -> str:
    viewer = current_parent()
    with read_door() as db:
        points, changes = held_points(db, adults(viewer)), own_changes(db, adults(viewer))
    faults = faults or {}
    holders = [_held(contact, points) for contact in viewer.contacts]
    return you_page(
        "details", holders=holders,
        changes=[_change(row) for row in changes], typed=typed or {}, faults=faults, key=key or new_key(),
        said=request.args.get("said") == "asked", proved=is_proved(),
        organisations=[(held["key"], held["schools"]) for held in holders],
        kinds=[(detail.value, detail.label) for detail in Detail],
        olds=[("", "None: it is one more")] + [
            (one.value, f"{KINDS[PointKind(one.kind)]} {shown(one.kind, one.value)}")
            for one in points
            if one.state != "bad"
        ],
        languages=[(code, language_name(code)) for code in LANGUAGES],
        errors=[{"text": words, "href": f"#{field}"} for field, words in faults.items()],
    )  # fmt: skip


def _held(contact: ViewerContact, points: Any) -> dict[str, Any]:
    """What one organisation holds of the viewer, named by the schools at which they have a child."""
    children = [child for child in current_parent().children if child.organisation_id == contact.organisation_id]
    schools = dict.fromkeys(place.school.name for child in children for place in child.enrolments)
    mine: list[HeldPoint] = [
        one for one in points
        if (one.organisation_id, one.contact_id) == (contact.organisation_id, contact.id)
    ]  # fmt: skip
    return {
        "key": contact.public_id, "schools": " and ".join(schools) or "School", "name": contact.name,
        "language": language_name(contact.language),
        "points": [(KINDS[PointKind(one.kind)], shown(one.kind, one.value), STATES[one.state]) for one in mine],
    }  # fmt: skip


def _change(row: ChangeRow) -> dict[str, Any]:
    return {
        "id": row.public_id, "what": Detail(row.detail).label, "old": shown(row.detail, row.old),
        "new": shown(row.detail, row.new), "state": _STATES[row.state], "answer": row.answer,
        "at": short_day_words(local_day(row.asked_at)), "waits": row.state == "asked",
    }  # fmt: skip
