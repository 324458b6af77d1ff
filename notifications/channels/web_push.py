"""Web Push: encrypted and signed by ``webpush``, posted by us (RFC 8030, 8291, 8292)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from urllib.parse import urlsplit

import requests
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from webpush import WebPush, WebPushSubscription

from notifications.channels.shape import Looked, LookedUp, Outcome, Parcel
from notifications.channels.web import TIMEOUT, Sessions, retry_after
from notifications.rules.errors import Effect, Failure, of_push
from webapp.foundation.clock import machine_now
from webapp.foundation.config import Push

LONGEST = 3993
"""Plaintext bytes in one record of 4,096 (86 of header, 16 of tag, 1 delimiter)."""

_SERVICES = ("fcm.googleapis.com", "jmt17.google.com")
_SERVICES_BELOW = (".push.services.mozilla.com", ".push.apple.com", ".notify.windows.com")
_TAKEN = frozenset({200, 201, 202, 204})
_BAD_KEYS = Failure(Effect.GONE, "the phone's keys cannot be used")
_STRANGE = Failure(Effect.GONE, "not a push service that is known")
_TOO_LONG = Failure(Effect.NEXT_WAY, "too long for a push", True)


def is_push_service(endpoint: str) -> bool:
    """True for the push services of the browsers; anything else could be an address inside our own network."""
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    known = host in _SERVICES or host.endswith(_SERVICES_BELOW)
    return parts.scheme == "https" and port in (None, 443) and parts.username is None and known


def public_key(private_pem: str) -> bytes:
    """The public key that browsers are given, 65 bytes. Raises ValueError for what is no P-256 key."""
    return _private(private_pem).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _private(pem: str) -> EllipticCurvePrivateKey:
    # An environment variable often carries the line ends of a PEM as \n.
    key = load_pem_private_key(pem.replace("\\n", "\n").encode(), password=None)
    if not isinstance(key, EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
        raise ValueError("the Web Push key must be a P-256 key; make one with: firstbell vapid new")
    return key


class WebPushes:
    """All browsers' push services. ``allowed`` is asked before each call, as it is when a phone subscribes."""

    provider = "web_push"

    def __init__(self, settings: Push, *, allowed: Callable[[str], bool] = is_push_service) -> None:
        key = _private(settings.private_key)
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        # Every option of a single message is set in our own headers: webpush would keep it for the next one too.
        self._web_push = WebPush(settings.private_key.replace("\\n", "\n").encode(), public, settings.contact)
        self._encrypting = threading.Lock()
        self._allowed = allowed
        self._sessions = Sessions(trust_environment=allowed is is_push_service)

    def send(self, parcel: Parcel) -> Outcome:
        """Post it. ACCEPTED says that the push service took it, and nothing of the phone."""
        if not self._allowed(parcel.address):
            return Outcome.permanent(_STRANGE, "")
        payload = parcel.body.encode()
        if len(payload) > LONGEST:
            return Outcome.permanent(_TOO_LONG, "413")
        try:
            encrypted, headers = self._sealed(parcel, payload)
        except ValueError:
            return Outcome.permanent(_BAD_KEYS, "")
        try:
            answer = self._sessions.mine().post(
                parcel.address, data=encrypted, headers=headers, timeout=TIMEOUT, allow_redirects=False
            )
        except requests.RequestException as error:
            # The same topic and tag replace the first, so a second call does no harm.
            return Outcome.retry(type(error).__name__)
        if answer.status_code in _TAKEN:
            return Outcome.accepted(answer.headers.get("Location", "")[-80:])
        failure = of_push(answer.status_code)
        if failure.effect is Effect.RETRY:
            wait = retry_after(answer.headers.get("Retry-After"), machine_now)
            return Outcome.retry(failure.words, str(answer.status_code), wait)
        return Outcome.permanent(failure, str(answer.status_code))

    def find(self, parcel: Parcel) -> LookedUp:
        """No push service can be asked; sending again replaces what is there."""
        return LookedUp(Looked.NOT_THERE)

    def _sealed(self, parcel: Parcel, payload: bytes) -> tuple[bytes, dict[str, str]]:
        if parcel.keys is None:
            raise ValueError("a push needs the keys of its subscription")
        keys = {"p256dh": parcel.keys.p256dh, "auth": parcel.keys.auth}
        subscription = WebPushSubscription.model_validate({"endpoint": parcel.address, "keys": keys})
        with self._encrypting:
            sealed = self._web_push.get(message=payload, subscription=subscription)
        headers = {
            **sealed.headers,
            "ttl": str(max(0, int(parcel.worth.total_seconds()))),
            "urgency": "high" if parcel.urgent else "normal",
            "content-type": "application/octet-stream",
        }
        if parcel.topic:
            headers["topic"] = parcel.topic
        return sealed.encrypted, headers
