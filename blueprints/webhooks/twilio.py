"""Twilio: reports on texts that we sent, and texts that came in."""

from __future__ import annotations

from functools import wraps
from typing import Any

from flask import Response, abort, current_app, request
from twilio.request_validator import (
    SIGNATURE_HEADER,
    SIGNATURE_SETTINGS_HEADER,
    RequestValidator,
    get_signature_algorithm,
)
from twilio.twiml.messaging_response import MessagingResponse

from blueprints.webhooks import blueprint
from notifications.services import receive_status, receive_text


def _signed(view: Any) -> Any:
    """Let in what Twilio signed, and nothing else: 404 where Twilio is not configured, 403 for a wrong signature.

    The address that was signed is our own public one; what a proxy says of it is not asked.
    """

    @wraps(view)
    def checked(**arguments: Any) -> Any:
        settings = current_app.extensions["settings"]
        if settings.twilio is None:
            abort(404)
        query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
        address = f"{settings.public_url}{request.path}{query}"
        given = request.headers.get(SIGNATURE_HEADER, "")
        algorithm = get_signature_algorithm(request.headers.get(SIGNATURE_SETTINGS_HEADER))
        try:
            valid = RequestValidator(settings.twilio.auth_token).validate(address, request.form, given, algorithm)
        except ValueError:
            valid = False
        if not valid:
            current_app.logger.warning("a request to %s was not signed by Twilio", request.endpoint)
            abort(403)
        return view(**arguments)

    return checked


@blueprint.post("/webhooks/twilio/status")
@_signed
def twilio_status() -> tuple[str, int]:
    """A report on one of our texts; ``o`` in the address is the delivery's token. The same again changes nothing."""
    form = request.form
    receive_status(
        provider="twilio", token=request.args.get("o", ""), provider_id=form.get("MessageSid", ""),
        status=form.get("MessageStatus", ""), code=form.get("ErrorCode", ""),
    )  # fmt: skip
    return "", 204


@blueprint.post("/webhooks/twilio/inbound")
@_signed
def twilio_inbound() -> Response:
    """A text that came in: kept once by its id and read by a person. Only a number that nobody holds is answered."""
    form = request.form
    received = receive_text(
        provider="twilio", provider_id=form.get("MessageSid", ""), sender=form.get("From", ""),
        words=form.get("Body", ""), opt_out_type=form.get("OptOutType", ""),
    )  # fmt: skip
    answer = MessagingResponse()
    if received.reply:
        answer.message(received.reply)
    return Response(str(answer), mimetype="text/xml")
