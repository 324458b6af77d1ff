"""Signing in as one of the demo's people, by a tap on their card."""

from __future__ import annotations

from flask import abort, current_app, redirect, request
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from blueprints.demo import blueprint
from webapp.accounts.queries.points import candidates
from webapp.accounts.queries.staff import StaffKey, staff_choices
from webapp.accounts.rules.codes import Door
from webapp.accounts.rules.persons import ContactKey
from webapp.accounts.services.machines import sit_down
from webapp.accounts.services.sessions import demo_sign_in
from webapp.demo import cards
from webapp.foundation.clock import school_today
from webapp.foundation.db import read_door
from webapp.people.rules.contact_points import PointKind
from webapp.security import put_session_token, read_machine_token, read_session_token, renew_forms

_STARTS = {Door.PARENT: "/home", Door.STAFF: "/staff"}


@blueprint.app_template_global()
def demo_people(door: str) -> tuple[cards.SignInCard, ...]:
    """The cards of one door, "parent" or "staff", for ``demo/sign_in_cards.html``."""
    return tuple(card for card in cards.sign_in_cards() if card.door == door)


@blueprint.post("/demo/sign-in/<key>")
def sign_in_as(key: str) -> Response:
    """Sign in as the person of the card. 404 for a card that is not there, or whose person this database lacks."""
    card = cards.find_card(key)
    if card is None:
        abort(404)
    with read_door() as db:
        who = _find_person(db, card)
    if who is None:
        abort(404)
    signed_in = demo_sign_in(current_app.extensions["settings"], who, user_agent=request.user_agent.string)
    if isinstance(who, StaffKey):
        cookies = current_app.extensions["cookies"]
        old = read_session_token(request, cookies, signed_in.door)
        sit_down(who, signed_in.session_id, read_machine_token(request, cookies), old)
    renew_forms()
    response = current_app.make_response(redirect(_STARTS[signed_in.door], 303))
    put_session_token(response, current_app.extensions["cookies"], signed_in.door, signed_in.token)
    return response


def _find_person(db: Connection, card: cards.SignInCard) -> ContactKey | StaffKey | None:
    today = school_today()
    if card.door is cards.Door.STAFF:
        return next((choice.key for choice in staff_choices(db, card.point, today)), None)
    persons = candidates(db, PointKind.MOBILE.value, card.point, today)
    return next((person.contacts[0] for person in persons if person.name == card.name), None)
