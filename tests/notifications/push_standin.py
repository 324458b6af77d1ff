"""A stand-in for a browser and its push service: it makes subscriptions, takes pushes, opens them as a phone does."""

from __future__ import annotations

import base64
import json
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from tests.notifications.servers import serving


def vapid_key() -> str:
    """A new private key, as the setting holds it."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@dataclass
class Phone:
    """A subscription with its private key."""

    endpoint: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    secret: bytes = field(default_factory=lambda: os.urandom(16))

    @property
    def p256dh(self) -> str:
        return _base64(self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))

    @property
    def auth(self) -> str:
        return _base64(self.secret)

    def opened(self, body: bytes) -> Any:
        """What was meant (RFC 8291 section 3.4, RFC 8188 section 2), written down apart from the sender's library."""
        salt, (size, length) = body[:16], struct.unpack("!LB", body[16:21])
        assert size == 4096
        sender, sealed = body[21 : 21 + length], body[21 + length :]
        shared = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender))
        mine = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        secret = HKDF(SHA256(), 32, self.secret, b"WebPush: info\0" + mine + sender).derive(shared)
        key = HKDF(SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(secret)
        nonce = HKDF(SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(secret)
        plain = AESGCM(key).decrypt(nonce, sealed, None)
        assert plain.endswith(b"\x02")
        return json.loads(plain[:-1])


@dataclass
class PushStandIn:
    url: str = ""
    taken: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)

    def phone(self, name: str = "one") -> Phone:
        """A new subscription of this service."""
        return Phone(f"{self.url}/push/{name}")


@contextmanager
def push_service() -> Iterator[PushStandIn]:
    """The stand-in, running. Like a strict service it refuses a push without its headers."""
    stand_in = PushStandIn()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            stand_in.taken.append((self.path, headers, body))
            status, more = stand_in.answers.pop(0) if stand_in.answers else (201, {"Location": f"{stand_in.url}/m/1"})
            needed = {"ttl", "content-encoding", "authorization", "content-type", "urgency"}
            if needed - set(headers) or headers["content-type"] != "application/octet-stream":
                status, more = 400, {}
            self.send_response(status)
            self.send_header("Content-Length", "0")
            for name, value in more.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with serving(Handler) as url:
        stand_in.url = url
        yield stand_in
