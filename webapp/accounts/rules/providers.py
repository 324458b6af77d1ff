"""Providers that sign staff in: which there are, what an administrator types of one, and what one says of itself."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from webapp.people.rules.names import clean_line
from webapp.people.rules.refusals import Refused

MOST_DOMAINS = 20
GOOGLE_ISSUER = "https://accounts.google.com"
_ENTRA_HOST = "login.microsoftonline.com"
_PERSONAL_ACCOUNTS = "9188040d-6c67-4c5b-b112-36a304b66dad"
"""Microsoft's own directory of private accounts, at home in no school."""
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DOMAIN = re.compile(r"(?=.{4,100}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_MAIL_FOR_ALL = frozenset({"gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "hotmail.co.uk", "live.com",
    "live.co.uk", "yahoo.com", "yahoo.co.uk", "icloud.com"})  # fmt: skip


class Kind(StrEnum):
    """Which provider; the value is what is stored and what stands in the address of its page."""

    ENTRA = "entra"
    GOOGLE = "google"
    OTHER = "other"

    @property
    def product(self) -> str:
        return {Kind.ENTRA: "Microsoft Entra ID", Kind.GOOGLE: "Google Workspace", Kind.OTHER: "Another provider"}[self]


class SecondCheck(StrEnum):
    """Whether the provider's own second check is enough."""

    OURS = "ours"
    WHEN_SAID = "when_said"
    ALWAYS = "always"

    @property
    def words(self) -> str:
        return _SECOND_WORDS[self]


_SECOND_WORDS = {
    SecondCheck.OURS: "Firstbell asks for its own second check, as after a password",
    SecondCheck.WHEN_SAID: "Firstbell asks, unless the provider says that it has made a second check",
    SecondCheck.ALWAYS: "The provider always makes one: Firstbell does not ask",
}


class ProviderFaults(Refused):
    """What was typed cannot be; ``errors`` names every field."""

    def __init__(self, errors: list[Refused]) -> None:
        super().__init__(errors[0].field, errors[0].mend)
        self.errors = tuple(errors)


class ProviderTrouble(Exception):
    """A provider that does not answer, or answers what cannot be. The words name no secret and may be logged."""


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """What was typed of a provider, read. ``secret`` is empty where the one that is kept stays."""

    kind: Kind
    name: str
    issuer: str
    tenant: str
    client_id: str
    secret: str
    domains: tuple[str, ...]
    second_check: SecondCheck


@dataclass(frozen=True, slots=True)
class Reach:
    """Which addresses may be asked. ``plain_loopback``: this machine's own over http (the demo and tests).
    ``own_hosts``: hosts of the operator's own network, which need no public address."""

    plain_loopback: bool = False
    own_hosts: Collection[str] = ()

    def allows(self, url: str) -> bool:
        """True for https to a named host; an address in figures, a user name or a fragment is refused."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            return False
        if not host or parts.username is not None or parts.fragment or re.search(r"[\s\\]", url) or port == 0:
            return False
        if self.is_loopback(host):
            return self.plain_loopback
        return parts.scheme == "https" and ("." in host or host in self.own_hosts) and not _in_figures(host)

    def is_loopback(self, host: str) -> bool:
        return host in {"localhost", "127.0.0.1", "::1"} or host.endswith(".localhost")

    def may_connect(self, host: str, address: str) -> bool:
        """Whether the address that a host's name stands for may be connected to: a public one, or one's own."""
        if host in self.own_hosts or (self.plain_loopback and self.is_loopback(host)):
            return True
        try:
            found = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return False
        return found.is_global and not found.is_multicast


def _in_figures(host: str) -> bool:
    return ":" in host or re.fullmatch(r"[0-9a-fx.]*[0-9]", host) is not None


def read_provider(
    kind: Kind, typed: Mapping[str, str], reach: Reach, *, has_secret: bool = False
) -> ProviderSettings:  # fmt: skip
    """What an administrator typed. ``has_secret``: one is kept, so that the field may stay empty.

    Raises ``ProviderFaults`` naming every field that will not do.
    """
    errors: list[Refused] = []

    def read(field: str, reader: Any) -> Any:
        try:
            return reader(typed.get(field, "").strip())
        except Refused as refused:
            errors.append(refused)
            return ""

    tenant = read("tenant", _TENANTS[kind]) if kind in _TENANTS else ""
    issuer = read("issuer", lambda raw: _read_issuer(raw, reach)) if kind is Kind.OTHER else ""
    name = read("name", lambda raw: _line(raw, "name", 40, "Enter the name that staff know it by, like Okta.")) \
        if kind is Kind.OTHER else {Kind.ENTRA: "Microsoft", Kind.GOOGLE: "Google"}[kind]  # fmt: skip
    client_id = read("client_id", lambda raw: _line(raw, "client_id", 300, "Enter the client ID that you were given."))
    secret = read("client_secret", lambda raw: _read_secret(raw, has_secret))
    domains = read("domains", _read_domains)
    second = read("second_check", _read_second)
    if errors:
        raise ProviderFaults(errors)
    if kind is not Kind.OTHER:
        issuer = GOOGLE_ISSUER if kind is Kind.GOOGLE else f"https://{_ENTRA_HOST}/{tenant}/v2.0"
    return ProviderSettings(kind, name, issuer, tenant, client_id, secret, domains, second)


def _line(raw: str, field: str, most: int, mend: str) -> str:
    text = clean_line(raw, most, field)
    if not text:
        raise Refused(field, mend)
    return text


def _read_tenant(raw: str) -> str:
    tenant = raw.lower().strip("{}")
    if tenant in {"common", "organizations", "consumers", _PERSONAL_ACCOUNTS}:
        raise Refused("tenant", "That lets in accounts from anywhere. Enter your own directory's ID.")
    if not _GUID.fullmatch(tenant):
        raise Refused("tenant", "Enter the Directory (tenant) ID, like 1b2c3d4e-0000-4a5b-8c9d-1a2b3c4d5e6f.")
    return tenant


def _read_hosted_domain(raw: str) -> str:
    domain = raw.lower().lstrip("@")
    if not _DOMAIN.fullmatch(domain) or domain in _MAIL_FOR_ALL:
        raise Refused("tenant", "Enter your Workspace's main domain, like hilltrust.org.uk.")
    return domain


_TENANTS = {Kind.ENTRA: _read_tenant, Kind.GOOGLE: _read_hosted_domain}


def _read_issuer(raw: str, reach: Reach) -> str:
    if len(raw) > 300 or "?" in raw or not raw.isascii() or not reach.allows(raw):
        raise Refused("issuer", "Enter the issuer's address, like https://login.hilltrust.org.uk.")
    host = urlsplit(raw).hostname or ""
    if host.endswith(("microsoftonline.com", "microsoftonline.us", "sts.windows.net")) or host == "accounts.google.com":
        raise Refused("issuer", "Go back and choose Microsoft or Google: their accounts need a check of their own.")
    return raw


def _read_secret(raw: str, has_secret: bool) -> str:
    if not raw and has_secret:
        return ""
    if not raw or len(raw) > 500 or re.search(r"[\x00-\x1f\x7f]", raw):
        raise Refused("client_secret", "Enter the client secret: its value, not its ID.")
    return raw


def _read_domains(raw: str) -> tuple[str, ...]:
    found = sorted({part.lower().lstrip("@") for part in re.split(r"[,;\s]+", raw[:4000]) if part})
    if not found or len(found) > MOST_DOMAINS:
        raise Refused("domains", f"Enter the part after the @ of staff's addresses, 1 to {MOST_DOMAINS} of them.")
    for domain in found:
        if not _DOMAIN.fullmatch(domain) or domain in _MAIL_FOR_ALL:
            raise Refused("domains", "Enter domains of your own, like hilltrust.org.uk, with commas between.")
    return tuple(found)


def _read_second(raw: str) -> SecondCheck:
    try:
        return SecondCheck(raw)
    except ValueError:
        raise Refused("second_check", "Say who makes the second check.") from None


def domain_of(email: str) -> str:
    return email.rpartition("@")[2].lower()


@dataclass(frozen=True, slots=True)
class Discovered:
    """What a provider says of itself. ``names_itself``: it puts its issuer into what it sends back (RFC 9207)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    names_itself: bool
    secret_in_body: bool
    prompts: frozenset[str]


def discovery_address(issuer: str) -> str:
    return f"{issuer.rstrip('/')}/.well-known/openid-configuration"


def read_discovery(document: Any, issuer: str, reach: Reach) -> Discovered:
    """The discovery document of an issuer. Raises ``ProviderTrouble`` for one that is not its own or not usable."""
    said = document if isinstance(document, dict) else {}
    if said.get("issuer") != issuer:
        raise ProviderTrouble("it says that it is another issuer")
    found = {}
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        address = said.get(name)
        if not isinstance(address, str) or len(address) > 1000 or not reach.allows(address):
            raise ProviderTrouble(f"its {name} is missing, or is no https address")
        found[name] = address
    methods = _texts(said.get("token_endpoint_auth_methods_supported")) or {"client_secret_basic"}
    if not methods & {"client_secret_post", "client_secret_basic"}:
        raise ProviderTrouble("it takes no client secret")
    return Discovered(
        issuer, **found, names_itself=said.get("authorization_response_iss_parameter_supported") is True,
        secret_in_body="client_secret_post" in methods, prompts=_texts(said.get("prompt_values_supported")),
    )  # fmt: skip


def _texts(value: Any) -> frozenset[str]:
    return frozenset(one for one in value if isinstance(one, str)) if isinstance(value, list) else frozenset()
