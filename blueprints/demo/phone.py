"""The demo phone: every text, push and e-mail that would have gone out, and answering them in words."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime

from flask import abort, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from blueprints.demo import blueprint
from notifications.services import receive_text
from webapp.demo.queries.phones import Held, Phone, find_phone, find_phone_of_number, list_phones, read_phone
from webapp.foundation.db import read_door
from webapp.foundation.ids import public_id
from webapp.people.rules import ContactPointRefused
from webapp.people.rules.contact_points import read_mobile

_ADDRESS = re.compile(r"(https?://[^\s<>]+?)(?=[.,;:)]*(?:\s|$))")
_CHANNELS = {"sms": "Text", "push": "App message", "email": "E-mail"}
_LONGEST = 1600
"""Characters in ten parts, the longest text that a provider joins."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One thing on the phone, ready to be read. ``pieces`` are its words, each with the address that it leads to."""

    channel: str
    title: str
    pieces: tuple[tuple[str, str], ...]
    at: datetime
    mine: bool


@blueprint.get("/demo/phone")
def phone_list() -> str | Response:
    """Every phone on which something arrived; a number leads to its own."""
    typed = request.args.get("number", "").strip()
    error, found = _look_up(typed) if typed else ("", None)
    if found is not None:
        return redirect(url_for("demo.phone", person=found.public_id), 303)
    with read_door() as db:
        rows = [(ringing, _shown(ringing.newest)) for ringing in list_phones(db)]
    errors = [{"text": error, "href": "#number"}] if error else []
    return render_template("demo/phone_list.html", rows=rows, typed=typed, error=error, errors=errors)


@blueprint.get("/demo/phone/<person>")
def phone(person: str) -> str:
    """One person's phone."""
    return _page(_get_phone(person))


@blueprint.post("/demo/phone/<person>")
def answer_from_phone(person: str) -> tuple[str, int] | Response:
    """Text school from this phone, through the same code as a text that a provider brings."""
    held, words = _get_phone(person), request.form.get("words", "").strip()
    if not held.mobiles:
        abort(404)
    if not words or len(words) > _LONGEST:
        error = "Write what you would text" if not words else f"Write {_LONGEST} characters or fewer"
        return _page(held, error, words), 400
    key = request.form.get("submission_key", "")[:40] or public_id()
    receive_text(provider="demo", provider_id=f"demo-{key}", sender=held.mobiles[0], words=words)
    return redirect(url_for("demo.phone", person=person), 303)


def _look_up(typed: str) -> tuple[str, Phone | None]:
    try:
        number = read_mobile(typed, allow_fictional=True, field="number")
    except ContactPointRefused as refused:
        return refused.mend, None
    with read_door() as db:
        found = find_phone_of_number(db, number)
    return ("" if found else "Nobody at these schools has this number."), found


def _get_phone(person: str) -> Phone:
    with read_door() as db:
        return find_phone(db, person) or abort(404)


def _page(held: Phone, error: str = "", words: str = "") -> str:
    with read_door() as db:
        shown = [_shown(one) for one in read_phone(db, held)]
    return render_template(
        "demo/phone.html", phone=held, shown=shown, error=error, words=words, submission_key=public_id(),
        errors=[{"text": error, "href": "#words"}] if error else [],
    )  # fmt: skip


def _shown(held: Held) -> Shown:
    title, body, leads_to = held.subject, held.body, ""
    if held.channel == "push":
        notification = json.loads(held.body)["notification"]
        title, body, leads_to = notification["title"], notification["body"], notification["navigate"]
    pieces = [(piece, _own(piece)) for piece in _ADDRESS.split(body) if piece]
    if leads_to:
        pieces.append(("Open", _own(leads_to)))
    return Shown("Your answer" if held.mine else _CHANNELS[held.channel], title, tuple(pieces), held.at, held.mine)


def _own(piece: str) -> str:
    """The path of an address of ours, so that the demo is reached by whatever name its machine has; else nothing."""
    ours = current_app.extensions["settings"].public_url
    if piece == ours:
        return "/"
    return piece.removeprefix(ours) if piece.startswith(f"{ours}/") else ""
