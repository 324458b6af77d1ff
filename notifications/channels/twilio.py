"""Text messages through Twilio's own client."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import requests
from twilio.base.exceptions import TwilioException
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

from notifications.channels.shape import Looked, LookedUp, Outcome, Parcel
from notifications.channels.web import TIMEOUT, Sessions, retry_after, was_never_sent
from notifications.rules.errors import Effect, of_answer
from webapp.foundation.clock import machine_now
from webapp.foundation.config import Twilio

log = logging.getLogger("firstbell.twilio")

STATUS_PATH = "/webhooks/twilio/status"
"""Where Twilio reports to; the delivery's token follows as ``o``."""

_HOST = "https://api.twilio.com"
_LONGEST_VALIDITY = 36_000
_LOOK_AT = 50
_CLOCKS_DIFFER = timedelta(minutes=2)
# With no answer in these, Twilio may have taken the message (its own advice for 500).
_MAY_HAVE_GONE = frozenset({500, 502, 504})
# What smart encoding changes, so that a text found there can be told from ours.
_SMART = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "\u00a0": " "})
# The client would take account, edge and region from the environment; settings have one place.
_NO_ENVIRONMENT: Mapping[str, str] = {"TWILIO": "set by FIRSTBELL_TWILIO_*"}


class _Http(HttpClient):  # type: ignore[misc]
    """Twilio's client over our sessions: a timeout, a stand-in's address, and the Retry-After that it would drop."""

    def __init__(self, url: str | None) -> None:
        super().__init__(log, False, TIMEOUT[1])
        self._url = (url or _HOST).rstrip("/")
        self._sessions = Sessions(trust_environment=url is None)
        self._local = threading.local()

    @property
    def last_retry_after(self) -> str | None:
        return getattr(self._local, "retry_after", None)

    def request(
        self, method: str, url: str, params: Any = None, data: Any = None, headers: Any = None, auth: Any = None,
        timeout: float | None = None, allow_redirects: bool = False,
    ) -> Any:  # fmt: skip
        self._local.retry_after = None
        answer = self._sessions.mine().request(
            method, self._url + url.removeprefix(_HOST), params=params, data=data, headers=headers, auth=auth,
            timeout=TIMEOUT, allow_redirects=allow_redirects,
        )  # fmt: skip
        self._local.retry_after = answer.headers.get("Retry-After")
        return Response(answer.status_code, answer.text, answer.headers)


class TwilioSms:
    """One account with one sender: a Messaging Service (MG…) or a number. ``public_url`` is where reports come back."""

    provider = "twilio"

    def __init__(self, settings: Twilio, public_url: str) -> None:
        self._http = _Http(settings.url)
        self._client = Client(
            settings.account_sid, settings.auth_token, http_client=self._http, environment=dict(_NO_ENVIRONMENT)
        )
        service = settings.sender.startswith("MG")
        self._sender = {"messaging_service_sid" if service else "from_": settings.sender}
        # Twilio refuses an address that it cannot reach from outside.
        self._reports = public_url if settings.url or public_url.startswith("https://") else None

    def send(self, parcel: Parcel) -> Outcome:
        """Create the message. A text has no idempotency key there: a lost answer is UNKNOWN until it is looked up."""
        options: dict[str, Any] = dict(self._sender)
        if self._reports:
            options["status_callback"] = f"{self._reports}{STATUS_PATH}?o={parcel.token}"
        seconds = max(1, min(_LONGEST_VALIDITY, int(parcel.worth.total_seconds())))
        try:
            made = self._client.messages.create(
                to=parcel.address, body=parcel.body, smart_encoded=True, validity_period=seconds, **options
            )
        except TwilioException as error:
            return self._refused(error)
        except requests.RequestException as error:
            name = type(error).__name__
            return Outcome.retry(name) if was_never_sent(error) else Outcome.unknown(name)
        return Outcome.accepted(made.sid)

    def find(self, parcel: Parcel) -> LookedUp:
        """The newest texts to that number, compared by body and time; by when it was made, since one that waits there
        has no time of sending."""
        try:
            sent = self._client.messages.list(to=parcel.address, limit=_LOOK_AT)
        except TwilioException as error:
            return LookedUp(Looked.NO_TELLING if _is_refused(error) else Looked.NOT_NOW)
        except requests.RequestException:
            return LookedUp(Looked.NOT_NOW)
        ours = parcel.body.translate(_SMART).strip()
        since = parcel.first_called_at - _CLOCKS_DIFFER
        for text in sent:
            if text.sid in parcel.known_ids or (text.date_created is not None and text.date_created < since):
                continue
            if (text.body or "").translate(_SMART).strip() == ours:
                return LookedUp(Looked.FOUND, text.sid, str(text.status or ""), _code(text.error_code))
        return LookedUp(Looked.NOT_THERE)

    def _refused(self, error: Any) -> Outcome:
        status = int(getattr(error, "status", 0) or 0)
        number = getattr(error, "code", None)
        code = int(number) if isinstance(number, int) else None
        if status == 0:
            return Outcome.unknown("the answer could not be read")
        failure = of_answer(status, code)
        shown = _code(code if code is not None else status)
        if status in _MAY_HAVE_GONE:
            return Outcome.unknown(failure.words, shown)
        if failure.effect is Effect.RETRY:
            return Outcome.retry(failure.words, shown, retry_after(self._http.last_retry_after, machine_now))
        return Outcome.permanent(failure, shown)


def _is_refused(error: TwilioException) -> bool:
    """We may not look there, now or later; the client hands the answer to a list on as the error's last argument."""
    status = getattr(error.args[-1] if error.args else None, "status_code", 0)
    return 400 <= status < 500 and of_answer(status, None).effect is not Effect.RETRY


def _code(number: Any) -> str:
    return "" if number is None else str(number)
