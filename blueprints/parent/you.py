"""You: phones that are signed in, how messages come, the language, and what school holds to reach you."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from blueprints.parent import blueprint
from blueprints.parent.frame import frame, unread_lines
from webapp.absence.rules.times import clock_words, local_day
from webapp.access import current_parent, find_parent_here
from webapp.accounts.queries.devices import devices
from webapp.accounts.services.endings import end_device, end_other_sessions
from webapp.foundation.clock import machine_now, school_now
from webapp.foundation.db import read_door
from webapp.foundation.words import short_day_words
from webapp.people.queries import family_of
from webapp.people.rules.contact_points import PointKind, national
from webapp.people.rules.languages import language_name, own_language_name
from webapp.people.rules.refusals import Refused
from webapp.people.services.contacts import set_child_words

KINDS = {PointKind.MOBILE: "Mobile", PointKind.LANDLINE: "Landline", PointKind.EMAIL: "E-mail"}
STATES = {"usable": "", "bad": "Does not work. Ring the office", "opted_out": "You have stopped our texts"}


@blueprint.get("/you")
def you() -> str:
    return you_page("you")


@blueprint.get("/you/phones")
def phones() -> str:
    viewer = current_parent()
    with read_door() as db:
        found = devices(db, viewer.session_id, machine_now())
    today = local_day(school_now())
    rows = [
        {
            "id": device.public_id, "words": device.words, "here": device.here,
            "seen": clock_words(device.seen_at) if local_day(device.seen_at) == today
            else short_day_words(local_day(device.seen_at)),
        }
        for device in found
    ]  # fmt: skip
    return you_page("phones", rows=rows)


@blueprint.post("/you/phones/<phone>/sign-out")
def sign_out_phone(phone: str) -> Response:
    """Another phone of the same person; one that is not theirs, or is over already, changes nothing."""
    end_device(current_parent().session_id, phone)
    return redirect(url_for("parent.phones"), 303)


@blueprint.post("/you/phones/others/sign-out")
def sign_out_others() -> Response:
    end_other_sessions(current_parent().session_id)
    return redirect(url_for("parent.phones"), 303)


@blueprint.get("/you/forget")
def before_forgetting() -> str:
    """A second look: what is on this phone alone goes with it."""
    return you_page("forget")


@blueprint.get("/you/notifications")
def notifications() -> str:
    return _notifications()


@blueprint.post("/you/notifications/words")
def set_words() -> Response | tuple[str, int]:
    """What texts may call the child; each organisation's texts alike."""
    wanted = request.form.get("child_words", "")
    try:
        for one in current_parent().contacts:
            set_child_words(one.organisation_id, one.id, wanted, actor=one.actor)
    except Refused as refused:
        return _notifications(refused.mend), 422
    return redirect(url_for("parent.notifications"), 303)


def _notifications(error: str = "") -> str:
    held = {one.child_words for one in current_parent().contacts}
    return you_page(
        "notifications", child_words="your_child" if "your_child" in held else "name", error=error,
        errors=[{"text": error, "href": "#child_words"}] if error else [],
    )  # fmt: skip


@blueprint.get("/you/language")
def language() -> str:
    viewer = current_parent()
    codes = dict.fromkeys(contact.language for contact in viewer.contacts)
    return you_page("language", held=[(code, language_name(code), own_language_name(code)) for code in codes])


@blueprint.get("/you/contact")
def contact() -> str:
    """What school holds of this adult; of nobody else."""
    viewer = current_parent()
    points: dict[str, dict[str, str]] = {}
    with read_door() as db:
        for one in viewer.contacts:
            pupils = [child.id for child in viewer.children if child.organisation_id == one.organisation_id]
            held = family_of(db, one.organisation_id, pupils).contacts.get(one.id) if pupils else None
            for point in held.points if held else ():
                value = point.value if point.kind == PointKind.EMAIL else national(point.value)
                points.setdefault(value, {"kind": KINDS[PointKind(point.kind)], "state": STATES[point.state]})
    return you_page("contact", points=points, names=list(dict.fromkeys(one.name for one in viewer.contacts)))


@blueprint.get("/help")
def help() -> str:
    return _open_page("help")


@blueprint.get("/accessibility")
def accessibility() -> str:
    return _open_page("accessibility")


def _open_page(name: str) -> str:
    """For anybody; who is signed in keeps the tabs and "Ring school"."""
    viewer = find_parent_here()
    if viewer is not None:
        return you_page(name)
    back = {"href": url_for("auth.sign_in"), "text": "Sign in"}
    return render_template(f"parent/you_{name}.html", viewer=None, back=back)


def you_page(name: str, **context: Any) -> str:
    """One page under You, with the tabs."""
    viewer = current_parent()
    with read_door() as db:
        unread = unread_lines(db, viewer)
    back = None if name == "you" else {"href": "/you", "text": "You"}
    name = name if name == "you" else f"you_{name}"
    return render_template(f"parent/{name}.html", back=back, viewer=viewer, **context, **frame(viewer, "you", unread))
