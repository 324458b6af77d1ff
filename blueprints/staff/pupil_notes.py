"""Write something down about a pupil, or write to one of the pupil's contacts."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from blueprints.staff import blueprint
from blueprints.staff.frame import Here, around, here, show
from blueprints.staff.pupil import get_pupil
from blueprints.staff.typed import is_number, typed_key
from notifications import channels, compose
from notifications.rules.message_kinds import MessageName
from webapp.access import current_staff
from webapp.first_day.queries.pupil_now import PupilToday
from webapp.first_day.rules.notes import LONGEST_NOTE, NoteKind, NoteRefused
from webapp.first_day.services.pupil_notes import (
    NoteWriter,
    PupilNamed,
    add_pupil_note,
    writable_contacts,
    write_to_contact,
)
from webapp.foundation.clock import school_now
from webapp.foundation.db import read_door
from webapp.foundation.submissions import SubmissionReused
from webapp.people.queries import times_of
from webapp.people.rules import Refused

_KINDS = (
    (NoteKind.GENERAL.value, "Nothing private", "Everybody sees it who may open this pupil."),
    (NoteKind.HEALTH.value, "Health", "Teachers and reception see no trace of it; the medical room does."),
    (NoteKind.SAFEGUARDING.value, "Safeguarding", "Only those who see safeguarding flags see it."),
)
_Deed = Callable[[NoteWriter, PupilNamed, Mapping[str, str]], str]
_Page = Callable[[Here, PupilToday, Refused | None], str]
_SENT_BEFORE = "This was sent before with other words. Open the page again to write something new."


@blueprint.get("/staff/<school>/pupils/<pupil>/note")
def note(school: str, pupil: str) -> str:
    at = here()
    return _note_page(at, _get(at, pupil))


@blueprint.post("/staff/<school>/pupils/<pupil>/note")
def add_note(school: str, pupil: str) -> Response | tuple[str, int]:
    def keep(by: NoteWriter, named: PupilNamed, form: Mapping[str, str]) -> str:
        kept_as = add_pupil_note(by, named, form.get("kind", ""), form.get("words", ""), typed_key())
        return f"note-{kept_as.value}"

    return _written(pupil, keep, _note_page)


@blueprint.get("/staff/<school>/pupils/<pupil>/message")
def write(school: str, pupil: str) -> str:
    at = here()
    return _message_page(at, _get(at, pupil))


@blueprint.post("/staff/<school>/pupils/<pupil>/message")
def send(school: str, pupil: str) -> Response | tuple[str, int]:
    """Write to the contact who was chosen; what goes out says only that there is something to read."""
    def write_it(by: NoteWriter, named: PupilNamed, form: Mapping[str, str]) -> str:
        contact = form.get("contact", "")
        if not is_number(contact):
            raise NoteRefused("contact", "Choose whom to write to.")
        reached = write_to_contact(by, named, int(contact), form.get("words", ""), typed_key())
        return "message" if reached else "message-ring"

    return _written(pupil, write_it, _message_page)


def _written(pupil: str, deed: _Deed, page: _Page) -> Response | tuple[str, int]:
    """Do what the form asks: then the pupil's page, which says so by the word that the deed gives; else the form."""
    at = here()
    found = _get(at, pupil)
    by, named = NoteWriter(*at.keys, current_staff().actor), PupilNamed(found.pupil_id, found.public_id)
    try:
        said = deed(by, named, request.form)
    except SubmissionReused:
        return page(at, found, NoteRefused("words", _SENT_BEFORE)), 409
    except Refused as refused:
        return page(at, found, refused), 422
    return redirect(url_for("staff.pupil", school=at.school.code, pupil=pupil, said=said), 303)


def _get(at: Here, public_id: str) -> PupilToday:
    with read_door() as db:
        return get_pupil(db, at, public_id)


def _note_page(at: Here, found: PupilToday, refused: Refused | None = None) -> str:
    with read_door() as db:
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
    return show(
        "staff/pupil/note.html", at, seen, times, "find", pupil=found, typed=_typed(), longest=LONGEST_NOTE,
        kinds=[{"value": value, "text": text, "hint": hint} for value, text, hint in _KINDS],
        key=secrets.token_urlsafe(18), refused=refused, errors=_errors(refused),
    )  # fmt: skip


def _message_page(at: Here, found: PupilToday, refused: Refused | None = None) -> str:
    with read_door() as db:
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
        people = writable_contacts(db, at.school.organisation_id, found.pupil_id, school_now())
    return show(
        "staff/pupil/message.html", at, seen, times, "find", pupil=found, typed=_typed(), longest=LONGEST_NOTE,
        people=[(str(number), f"{name}, {relationship}") for number, (name, relationship) in people.items()],
        key=secrets.token_urlsafe(18), refused=refused, errors=_errors(refused), by=current_staff().actor.name,
        phone_says=compose.sms(
            MessageName.SOMETHING_TO_READ, {"link": f"{channels.current().public_url}/messages"},
            compose.Voice(at.school.sms_name, at.school.phone),
        ).body,
    )  # fmt: skip


def _typed() -> dict[str, str]:
    return {name: value.replace("\x00", "") for name, value in request.form.items()}


def _errors(refused: Refused | None) -> list[dict[str, str]]:
    return [{"text": refused.mend, "href": f"#{refused.field}"}] if refused else []
