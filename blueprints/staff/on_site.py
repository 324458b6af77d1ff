"""Who is on site: in school, not known, away, by form. Prints on its own, and is kept on enrolled devices."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import Response, abort, jsonify, make_response, redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response as AnyResponse

from blueprints.staff import blueprint
from blueprints.staff.frame import Here, around, here, show
from blueprints.staff.typed import typed_key
from webapp.access import current_staff
from webapp.accounts.queries.on_site import may_still_keep, on_site_devices
from webapp.accounts.rules.devices import device_words
from webapp.accounts.rules.on_site import kept_for
from webapp.accounts.services.on_site import enrol_on_site_device, note_list_given, remove_on_site_device
from webapp.first_day.queries.morning import Morning, load_morning
from webapp.foundation.clock import london, school_now, school_today
from webapp.foundation.db import read_door
from webapp.foundation.submissions import SubmissionReused
from webapp.foundation.words import day_words, short_day_words, staff_time
from webapp.people.queries import PupilRow, roll_of, times_of
from webapp.people.rules import Refused
from webapp.record.queries import code_in, session_facts
from webapp.record.rules import Whereabouts
from webapp.record.rules.session_view import SEEN_CODES

Answer = str | tuple[str, int] | Response | tuple[Response, int] | AnyResponse


@dataclass(slots=True)
class SiteForm:
    """One form on the list for a fire: who is here, and who may be."""

    here: list[str] = field(default_factory=list)
    not_known: list[str] = field(default_factory=list)
    away: list[str] = field(default_factory=list)


@blueprint.get("/staff/<school>/on-site")
def on_site(school: str) -> str:
    return _page(here())


@blueprint.post("/staff/<school>/on-site/devices")
def enrol_on_site(school: str) -> Answer:
    """Enrol the browser that asks. Its script asks for JSON; the list itself it fetches afterwards."""
    at, name = here(), request.form.get("name", "").replace("\x00", "")
    by_script = request.accept_mimetypes.best == "application/json"
    try:
        device = enrol_on_site_device(*at.keys, current_staff().actor, name, typed_key())
    except SubmissionReused:
        mend = "This form was sent before with another name. Load the page again."
        return (jsonify(error=mend), 409) if by_script else (_page(at, mend, name), 409)
    except Refused as refused:
        return (jsonify(error=refused.mend), 422) if by_script else (_page(at, refused.mend, name), 422)
    return (jsonify(device=device), 201) if by_script else _back(at)


@blueprint.post("/staff/<school>/on-site/devices/<device>/remove")
def remove_on_site(school: str, device: str) -> AnyResponse:
    """Take one of one's own devices off; one that is off already stays so."""
    at = here()
    if _is_name(device):
        remove_on_site_device(*at.keys, current_staff().actor, device)
    return _back(at)


@blueprint.post("/staff/<school>/on-site/copy")
def on_site_copy(school: str) -> Response:
    """The list for an enrolled device, which locks it away. 404 tells a device that is none to delete what it holds."""
    at, now = here(), school_now()
    device = request.form.get("device", "")
    if not _is_name(device) or not note_list_given(*at.keys, current_staff().staff_id, device):
        abort(404)
    with read_door() as db:
        forms = _load(db, at, now)
    when = london(now)
    return jsonify(
        school=at.school.name, as_of=staff_time(when), day=day_words(when.date()),
        seconds=kept_for(now).total_seconds(),
        forms=[
            {"name": name, "here": form.here, "not_known": form.not_known, "away": form.away}
            for name, form in forms.items()
        ],
    )  # fmt: skip


@blueprint.get("/on-site/devices/<device>")
def on_site_device(device: str) -> Response:
    """What a device asks that is signed in no longer: 204 to keep what it holds until midnight, 410 to delete it."""
    with read_door() as db:
        keeps = _is_name(device) and may_still_keep(db, device, school_today())
    return make_response("", 204 if keeps else 410)


@blueprint.get("/on-site/offline")
def on_site_offline() -> str:
    """The page that a device shows without a network. It holds nobody's data; its script unlocks what was kept."""
    return render_template("staff/reception/on_site_offline.html")


def _is_name(device: str) -> bool:
    return 0 < len(device) <= 16 and device.isascii() and device.isprintable()


def _back(at: Here) -> AnyResponse:
    return redirect(url_for("staff.on_site", school=at.school.code, _anchor="devices"), 303)


def _page(at: Here, error: str = "", name: str = "") -> str:
    now = school_now()
    with read_door() as db:
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
        forms = _load(db, at, now)
        devices = on_site_devices(db, *at.keys, current_staff().staff_id)
    return show(
        "staff/reception/on_site.html", at, seen, times, "on_site", forms=forms, now=now,
        here=sum(len(form.here) for form in forms.values()),
        not_known=sum(len(form.not_known) for form in forms.values()),
        devices=[
            (device, f"{short_day_words(london(device.seen_at).date())}, {staff_time(london(device.seen_at))}")
            for device in devices
        ],
        name=name or device_words(request.headers.get("User-Agent", "")), key=secrets.token_urlsafe(18),
        error=error, errors=[{"text": error, "href": "#name"}] if error else [],
    )  # fmt: skip


def _load(db: Connection, at: Here, now: datetime) -> Mapping[str, SiteForm]:
    morning = load_morning(db, *at.keys, at.today, at.half, now)
    roll = roll_of(db, *at.keys, at.today)
    symbols = {row.enrolment_id: row.symbols for row in session_facts(db, *at.keys, at.today)}
    return _by_form(at, morning, roll, symbols)


def _by_form(
    at: Here, morning: Morning, roll: Sequence[PupilRow], symbols: Mapping[int, Any]
) -> Mapping[str, SiteForm]:
    told = {pupil.row.enrolment_id: pupil.state.state for pupil in morning.pupils}
    forms: dict[str, SiteForm] = defaultdict(SiteForm)
    for pupil in roll:
        code = code_in(symbols.get(pupil.enrolment_id), at.half.index)
        state = told.get(pupil.enrolment_id) or (
            Whereabouts.IN_SCHOOL if code in SEEN_CODES else Whereabouts.NOT_KNOWN
        )
        place = forms[pupil.form or "No form"]
        if state is Whereabouts.IN_SCHOOL:
            place.here.append(pupil.name)
        elif state is Whereabouts.EXPLAINED:
            place.away.append(pupil.name)
        else:
            # Nobody has said where an unexplained child is: at the meeting point they are looked for too.
            place.not_known.append(pupil.name)
    return dict(sorted(forms.items()))
