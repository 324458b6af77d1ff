"""An authenticator made of numbers: what a phone's fingerprint reader does, written from the standard.

It says what it is told to say, also what no honest phone would.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import struct
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, BACKUP, CREDENTIAL = 0x01, 0x04, 0x18, 0x40


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _head(major: int, number: int) -> bytes:
    if number < 24:
        return bytes([major << 5 | number])
    return bytes([major << 5 | 24, number]) if number < 256 else struct.pack(">BH", major << 5 | 25, number)


def cbor(value: Any) -> bytes:
    """The little of RFC 8949 that a registration needs."""
    if isinstance(value, int):
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    if isinstance(value, bytes):
        return _head(2, len(value)) + value
    if isinstance(value, str):
        return _head(3, len(value.encode())) + value.encode()
    return _head(5, len(value)) + b"".join(cbor(key) + cbor(one) for key, one in value.items())


@dataclass
class SoftKey:
    """One passkey at one site. ``counts`` False is a key that shows 0 for ever, as those of phones do."""

    origin: str = "http://localhost:8000"
    host: str = "localhost"
    counts: bool = True
    counter: int = 0
    id: bytes = field(default_factory=lambda: secrets.token_bytes(20))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def _client_data(self, kind: str, options: str) -> bytes:
        challenge = json.loads(options)["challenge"]
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def _data(self, flags: int) -> bytes:
        if self.counts:
            self.counter += 1
        return hashlib.sha256(self.host.encode()).digest() + struct.pack(">BI", flags, self.counter)

    def _answer(self, response: dict[str, Any]) -> str:
        return json.dumps(
            {"id": b64(self.id), "rawId": b64(self.id), "type": "public-key", "response": response,
             "clientExtensionResults": {}, "authenticatorAttachment": "platform"}
        )  # fmt: skip

    def make(self, options: str, flags: int = PRESENT | VERIFIED | BACKUP) -> str:
        """What the browser sends for a new passkey."""
        numbers = self.key.public_key().public_numbers()
        public = cbor({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})
        about = bytes(16) + struct.pack(">H", len(self.id)) + self.id + public
        whole = {"fmt": "none", "attStmt": {}, "authData": self._data(flags | CREDENTIAL) + about}
        return self._answer(
            {"clientDataJSON": b64(self._client_data("webauthn.create", options)),
             "attestationObject": b64(cbor(whole)), "transports": ["internal", "hybrid", "no such way"]}
        )  # fmt: skip

    def use(self, options: str, flags: int = PRESENT | VERIFIED | BACKUP) -> str:
        """What the browser sends for a passkey that is used."""
        client, data = self._client_data("webauthn.get", options), self._data(flags)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._answer(
            {"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature),
             "userHandle": None}
        )  # fmt: skip
