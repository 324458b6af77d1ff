"""What a provider says about whoever it signed in: an ID token, believed once every part of it is right."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from webapp.accounts.rules.providers import Kind, SecondCheck

ALGORITHMS = ("RS256", "PS256", "ES256")
"""Signatures with a key of which we hold the public half only. Entra and Google use the first."""
SHORTEST_KEY = {"RSA": 2048, "EC": 256}
SKEW = timedelta(seconds=60)
OLDEST = timedelta(minutes=10)
"""A token is read seconds after it was made; an old one was kept by somebody."""
LONGEST_TOKEN = 60_000
_STRONG = frozenset({"phr", "phrh", "http://schemas.openid.net/pape/policies/2007/06/multi-factor",
    "http://schemas.microsoft.com/claims/multipleauthn"})  # fmt: skip


class TokenFault(StrEnum):
    """What is wrong with a token; the trail keeps it, and whoever tries the settings is told."""

    BROKEN = "broken"
    SIGNATURE = "signature"
    UNKNOWN_KEY = "unknown_key"
    ISSUER = "issuer"
    AUDIENCE = "audience"
    TIME = "time"
    NONCE = "nonce"
    SUBJECT = "subject"
    TENANT = "tenant"

    @property
    def words(self) -> str:
        return _WORDS[self]


_WORDS = {
    TokenFault.BROKEN: "It is no ID token that can be read.",
    TokenFault.SIGNATURE: "Its signature is not right.",
    TokenFault.UNKNOWN_KEY: "It is signed with a key that the provider does not publish.",
    TokenFault.ISSUER: "It comes from another issuer.",
    TokenFault.AUDIENCE: "It is meant for another client ID.",
    TokenFault.TIME: "It is too old, or from the future: compare the clock of the server.",
    TokenFault.NONCE: "It belongs to another sign-in.",
    TokenFault.SUBJECT: "It does not say whose account it is.",
    TokenFault.TENANT: "The account belongs to another directory or domain than yours.",
}


class TokenRefused(Exception):
    """A token that proves nothing."""

    def __init__(self, fault: TokenFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Expected:
    """What the token has to say: that of this provider's settings, and of this sign-in (``nonce``)."""

    kind: Kind
    issuer: str
    tenant: str
    client_id: str
    nonce: str


@dataclass(frozen=True, slots=True)
class Proved:
    """Whose account it is. ``second_said``: the provider says that it has made a second check."""

    issuer: str
    subject: str
    second_said: bool


def read_id_token(raw: object, keys: Sequence[Mapping[str, Any]], expected: Expected, now: datetime) -> Proved:
    """Check an ID token whole (OpenID Connect Core 3.1.3.7). ``keys``: the provider's published ones.

    Raises ``TokenRefused``; with ``UNKNOWN_KEY`` the keys may be fetched anew, once.
    """
    if not isinstance(raw, str) or len(raw) > LONGEST_TOKEN or raw.count(".") != 2:
        raise TokenRefused(TokenFault.BROKEN)
    claims = _verified(raw, keys)
    _check_whom(claims, expected)
    _check_times(claims, now)
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode(), expected.nonce.encode()):
        raise TokenRefused(TokenFault.NONCE)
    _check_tenant(claims, expected)
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= 255 or not subject.isascii() or "\x00" in subject:
        raise TokenRefused(TokenFault.SUBJECT)
    return Proved(expected.issuer, subject, _second_said(claims))


def second_done(said: bool, second_check: SecondCheck) -> bool:
    """Whether the provider's second check stands for ours."""
    return second_check is SecondCheck.ALWAYS or (second_check is SecondCheck.WHEN_SAID and said)


def _verified(raw: str, keys: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    try:
        head = raw.partition(".")[0]
        header = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
        algorithm, kid = header.get("alg"), header.get("kid")
    except (ValueError, AttributeError, RecursionError):
        raise TokenRefused(TokenFault.BROKEN) from None
    # Asked before any key is looked for: "none", and a public key taken for a shared secret, end here.
    if algorithm not in ALGORITHMS:
        raise TokenRefused(TokenFault.SIGNATURE)
    usable = [key for key in keys if _may_sign(key, algorithm)]
    found = [key for key in usable if key.get("kid") == kid] if kid is not None else usable
    if len(found) != 1:
        raise TokenRefused(TokenFault.UNKNOWN_KEY)
    try:
        key = (ECKey if found[0]["kty"] == "EC" else RSAKey).import_key(dict(found[0]))
        # Of a key too short the library only warns.
        if key.raw_value.key_size < SHORTEST_KEY[found[0]["kty"]]:
            raise TokenRefused(TokenFault.SIGNATURE)
        return dict(jwt.decode(raw, key, algorithms=list(ALGORITHMS)).claims)
    except (JoseError, ValueError, TypeError, KeyError, RecursionError):
        raise TokenRefused(TokenFault.SIGNATURE) from None


def _may_sign(key: Mapping[str, Any], algorithm: str) -> bool:
    fits = key.get("kty") == ("EC" if algorithm.startswith("ES") else "RSA")
    return fits and key.get("use") in (None, "sig") and key.get("alg") in (None, algorithm)


def _check_whom(claims: Mapping[str, Any], expected: Expected) -> None:
    if claims.get("iss") != expected.issuer:
        raise TokenRefused(TokenFault.ISSUER)
    audience = claims.get("aud")
    meant = audience if isinstance(audience, list) else [audience]
    authorised = claims.get("azp")
    if expected.client_id not in meant or authorised not in (None, expected.client_id):
        raise TokenRefused(TokenFault.AUDIENCE)
    if len(meant) > 1 and authorised is None:
        raise TokenRefused(TokenFault.AUDIENCE)


def _check_times(claims: Mapping[str, Any], now: datetime) -> None:
    at, skew = now.timestamp(), SKEW.total_seconds()
    expires, issued = _seconds(claims.get("exp")), _seconds(claims.get("iat"))
    from_then = _seconds(claims.get("nbf", issued))
    late = expires <= at - skew or issued < at - OLDEST.total_seconds() - skew
    if late or max(issued, from_then) > at + skew:
        raise TokenRefused(TokenFault.TIME)


def _seconds(value: Any) -> float:
    """Seconds since 1970. Raises ``TokenRefused`` for what is no number."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) < 1e12:
        raise TokenRefused(TokenFault.TIME)
    return float(value)


def _check_tenant(claims: Mapping[str, Any], expected: Expected) -> None:
    """An Entra account's directory, a Google account's domain: a private account has none of the organisation's."""
    name = {Kind.ENTRA: "tid", Kind.GOOGLE: "hd"}.get(expected.kind)
    if name is not None and (not expected.tenant or str(claims.get(name, "")).lower() != expected.tenant):
        raise TokenRefused(TokenFault.TENANT)


def _second_said(claims: Mapping[str, Any]) -> bool:
    methods, level = claims.get("amr"), claims.get("acr")
    return (isinstance(methods, list) and "mfa" in methods) or (isinstance(level, str) and level in _STRONG)
