"""A family's phone begins and ends to take pushes."""

from __future__ import annotations

import base64
import secrets
from functools import lru_cache
from typing import Any

from flask import Response, current_app, jsonify, request

from blueprints.pwa import blueprint
from notifications.channels.web_push import public_key
from notifications.services import SubscriptionRefused, subscribe_in, unsubscribe_in
from webapp.access import current_parent
from webapp.accounts.rules.devices import device_words
from webapp.accounts.rules.limits import MINUTE, TooMany
from webapp.accounts.services.push_trial import try_push
from webapp.foundation.db import unit_of_work

_LONGEST = 1000
_ASKED_FOR = (
    "We have asked for one. It can take a minute. If nothing comes, messages do not reach this phone. Texts still come."
)


@blueprint.app_template_global()
def push_key() -> str:
    """The key with which browsers subscribe, base64url; empty where pushes are not set up."""
    settings = current_app.extensions["settings"]
    return _public(settings.push.private_key) if settings.push else ""


@lru_cache(maxsize=2)
def _public(private_pem: str) -> str:
    return base64.urlsafe_b64encode(public_key(private_pem)).rstrip(b"=").decode()


@blueprint.post("/push/subscriptions")
def subscribe() -> tuple[Response | str, int]:
    """This browser takes pushes for whoever is signed in; called again whenever the page of messages is opened."""
    given, keys = _given(), _given().get("keys")
    keys = keys if isinstance(keys, dict) else {}
    viewer = current_parent()
    words = device_words(request.user_agent.string)
    try:
        with unit_of_work() as tx:
            for contact in viewer.contacts:
                subscribe_in(
                    tx, contact.organisation_id, actor=contact.actor, endpoint=_text(given, "endpoint"),
                    p256dh=_text(keys, "p256dh"), auth=_text(keys, "auth"), device_words=words, contact_id=contact.id,
                )  # fmt: skip
    except SubscriptionRefused as refused:
        return jsonify(error=refused.mend), 400
    return "", 204


@blueprint.post("/push/subscriptions/remove")
def unsubscribe() -> tuple[str, int]:
    """This browser takes no more pushes; texts come instead."""
    endpoint, viewer = _text(_given(), "endpoint"), current_parent()
    with unit_of_work() as tx:
        for contact in viewer.contacts:
            unsubscribe_in(tx, contact.organisation_id, endpoint, actor=contact.actor, contact_id=contact.id)
    return "", 204


@blueprint.app_template_global()
def push_trial_key() -> str:
    """The submission key of one trial."""
    return secrets.token_urlsafe(18)


@blueprint.post("/push/trial")
def send_trial() -> tuple[Response, int]:
    """One push to the signed-in family's own phones. That it was asked for is all that can be said of it here."""
    key = _text(_given(), "submission_key")
    if not 8 <= len(key) <= 64 or not (key.isascii() and key.isprintable()):
        return jsonify(error="Open this page again, then try once more."), 400
    try:
        sent = try_push(current_parent(), key)
    except TooMany as refused:
        wait = "a minute" if refused.retry_after <= MINUTE else "an hour"
        return jsonify(error=f"You have just asked for one. Try again in {wait}."), 429
    if not sent:
        return jsonify(error="No phone of yours takes messages from school. Turn them on first."), 409
    return jsonify(says=_ASKED_FOR), 202


def _given() -> dict[str, Any]:
    found = request.get_json(silent=True)
    return found if isinstance(found, dict) else {}


def _text(given: dict[str, Any], name: str) -> str:
    found = given.get(name)
    return found[:_LONGEST] if isinstance(found, str) and "\0" not in found else ""
