"""A small OpenID provider on this machine: real keys, real signatures, a real socket. It believes whoever it is told
to, and can be told to lie in every way that a test needs."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.notifications.servers import serving

KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
STRANGERS_KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
SECRET = "the+secret of/the client%"

Signer = Callable[[dict[str, Any]], str]


def signed(claims: dict[str, Any], key: RSAKey = KEY, alg: str = "RS256", kid: str = "one") -> str:
    return jwt.encode({"alg": alg, "kid": kid}, claims, key)


def unsigned(claims: dict[str, Any]) -> str:
    """"alg": "none"."""
    parts = ({"alg": "none", "typ": "JWT"}, claims)
    return ".".join(_bare(json.dumps(part).encode()) for part in parts) + "."


def signed_with_public_key(claims: dict[str, Any]) -> str:
    """HS256, with the published key as the shared secret."""
    said = ".".join(_bare(json.dumps(part).encode()) for part in ({"alg": "HS256", "kid": "one"}, claims))
    return f"{said}.{_bare(hmac.digest(KEY.as_pem(private=False), said.encode(), 'sha256'))}"


def _bare(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@dataclass
class OpenIdStandIn:
    """``subject``: who is signed in there. ``claims``: said instead of the truth; None leaves one out."""

    url: str = ""
    client_id: str = "firstbell"
    subject: str = "subject-of-saira"
    claims: dict[str, Any] = field(default_factory=dict)
    sign: Signer = signed
    error: str = ""
    discovery: dict[str, Any] = field(default_factory=dict)
    status: dict[str, int] = field(default_factory=dict)
    """Status by path, instead of an answer."""
    filler: int = 0
    """So many bytes of nothing after each answer."""
    elsewhere: str = ""
    """Redirect every call there."""
    keys: list[RSAKey] = field(default_factory=lambda: [KEY])
    asked: list[str] = field(default_factory=list)
    """Every path that was asked for, in order."""
    authorizations: list[dict[str, str]] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def issuer(self) -> str:
        return f"{self.url}/trust"

    def authorize(self, url: str) -> str:
        """What a browser that follows the address is sent back to."""
        sent = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        self.authorizations.append(sent)
        assert sent["response_type"] == "code" and sent["code_challenge_method"] == "S256" and sent["scope"] == "openid"
        assert sent["client_id"] == self.client_id
        if self.error:
            back = {"error": self.error, "state": sent["state"]}
        else:
            code = secrets.token_urlsafe(12)
            self.codes[code] = sent
            back = {"code": code, "state": sent["state"]}
        return f"{sent['redirect_uri']}?{urlencode(back)}"

    def document(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer, "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token", "jwks_uri": f"{self.url}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post"], **self.discovery,
        }  # fmt: skip

    def redeem(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """A code is good once, for the client, the address and the verifier for which it was given out."""
        asked = self.codes.pop(form.get("code", ""), None)
        challenge = _bare(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if form.get("client_secret") != SECRET or form.get("client_id") != self.client_id:
            return 401, {"error": "invalid_client"}
        if asked is None or asked["code_challenge"] != challenge or asked["redirect_uri"] != form.get("redirect_uri"):
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        truth = {
            "iss": self.issuer, "sub": self.subject, "aud": self.client_id, "exp": now + 300, "iat": now,
            "nonce": asked["nonce"], **self.claims,
        }  # fmt: skip
        claims = {name: value for name, value in truth.items() if value is not None}
        return 200, {"access_token": "unused", "token_type": "Bearer", "id_token": self.sign(claims)}

    def published(self) -> dict[str, Any]:
        return {"keys": [key.as_dict(private=False) for key in self.keys]}


@contextmanager
def open_id() -> Iterator[OpenIdStandIn]:
    """A provider for as long as the block."""
    stand_in = OpenIdStandIn()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            ways = {"/trust/.well-known/openid-configuration": stand_in.document, "/keys": stand_in.published}
            way = ways.get(self.path)
            self._answer(200 if way else 404, way() if way else {})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            form = {name: values[0] for name, values in parse_qs(body, keep_blank_values=True).items()}
            given = self.headers.get("Authorization", "")
            if given.startswith("Basic "):
                form["client_id"], _, form["client_secret"] = (
                    base64.b64decode(given.removeprefix("Basic ")).decode().partition(":")
                )
            self._answer(*stand_in.redeem(form))

        def _answer(self, status: int, content: dict[str, Any]) -> None:
            stand_in.asked.append(self.path)
            data = json.dumps(content).encode() + b" " * stand_in.filler
            self.send_response(302 if stand_in.elsewhere else stand_in.status.get(self.path, status))
            if stand_in.elsewhere:
                self.send_header("Location", stand_in.elsewhere)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with serving(Handler) as url:
        stand_in.url = url
        yield stand_in
