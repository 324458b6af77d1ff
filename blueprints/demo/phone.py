"""The demo phone: every text, push and e-mail that would have gone out, and answering them in words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from flask import abort, current_app, redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from blueprints.demo import blueprint
from notifications.queries.demo_phone import PhoneEntry, PhoneRow, list_phones, phone_entries
from notifications.services import receive_text
from webapp.foundation.db import read_door
from webapp.foundation.ids import public_id
from webapp.people.rules import ContactPointRefused
from webapp.people.rules.contact_points import read_contact_point, read_mobile
from webapp.people.rules.names import clean_text

_ADDRESS = re.compile(r"(https?://[^\s<>]+?)(?=[.,;:)]*(?:\s|$))")
_CHANNELS = {"sms": "Text", "push": "App message", "email": "E-mail", "answer": "Sent from this phone"}
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
    fault: str


@blueprint.get("/demo/phone")
def phone_list() -> str | Response:
    """Every number and address at which something arrived; a number that is typed leads to its phone."""
    typed = clean_text(request.args.get("number", "")[:100], 400)
    error = ""
    if typed:
        try:
            return redirect(url_for("demo.phone", address=read_contact_point(typed, allow_fictional=True).value), 303)
        except ContactPointRefused as refused:
            error = refused.mend
    with read_door() as db:
        phones = [(row, shown_number(row.address)) for row in list_phones(db)]
    errors = [{"text": error, "href": "#number"}] if error else []
    return render_template("demo/phone_list.html", phones=phones, typed=typed, error=error, errors=errors)


@blueprint.get("/demo/phone/<address>")
def phone(address: str) -> str:
    """What one number or address shows."""
    return _page(_read(address))


@blueprint.post("/demo/phone/<address>")
def answer_from_phone(address: str) -> tuple[str, int] | Response:
    """Text school from this phone, through the same code as a text that a provider brings."""
    number, words = _read(address), clean_text(request.form.get("words", "")[: 2 * _LONGEST], 8 * _LONGEST)
    if not _texts(number):
        abort(404)
    if not words or len(words) > _LONGEST:
        error = "Write what you would text" if not words else f"Write {_LONGEST} characters or fewer"
        return _page(number, error, words), 400
    key = request.form.get("submission_key", "")[:40] or public_id()
    received = receive_text(provider="demo", provider_id=f"demo-{key}", sender=number, words=words)
    if received.reply:
        return _page(number, received.reply, words), 400
    return redirect(url_for("demo.phone", address=number), 303)


def shown_number(address: str) -> str:
    """07700 900001; an e-mail address as it is."""
    return f"0{address[3:7]} {address[7:]}" if address.startswith("+44") else address


def _read(address: str) -> str:
    try:
        return read_contact_point(address, allow_fictional=True).value
    except ContactPointRefused:
        abort(404)


def _texts(address: str) -> bool:
    try:
        return read_mobile(address, allow_fictional=True) == address
    except ContactPointRefused:
        return False


def _page(address: str, error: str = "", words: str = "") -> str:
    with read_door() as db:
        name = _name(db, address)
        shown = [_shown(entry) for entry in phone_entries(db, address)]
    return render_template(
        "demo/phone.html", address=address, name=name, number=shown_number(address), texts=_texts(address),
        shown=shown, error=error, words=words, submission_key=public_id(),
        errors=[{"text": error, "href": "#words"}] if error else [],
    )  # fmt: skip


def _name(db: Connection, address: str) -> str:
    row: PhoneRow | None = next((row for row in list_phones(db) if row.address == address), None)
    return row.name if row else ""


def _shown(entry: PhoneEntry) -> Shown:
    pieces = [(piece, _own(piece)) for piece in _ADDRESS.split(entry.words) if piece]
    if entry.link:
        pieces.append(("Open", _own(entry.link)))
    fault = f"Not delivered: {entry.error_words}" if entry.state == "failed" else ""
    return Shown(_CHANNELS[entry.channel], entry.title, tuple(pieces), entry.at, entry.channel == "answer", fault)


def _own(piece: str) -> str:
    """The path of an address of ours, so that the demo is reached by whatever name its machine has; else nothing."""
    ours = current_app.extensions["settings"].public_url
    if piece == ours:
        return "/"
    return piece.removeprefix(ours) if piece.startswith(f"{ours}/") else ""
