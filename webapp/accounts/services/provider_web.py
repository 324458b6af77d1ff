"""Speaking to the providers that sign staff in: what one says of itself, its keys, and a code made into an ID token.

Every call has a time limit and a size limit, follows no redirect, and goes to https addresses of public hosts only (see
``rules.providers.Reach``). Nothing here stands in a transaction.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from requests.adapters import HTTPAdapter

from webapp.accounts.rules.providers import Discovered, ProviderTrouble, Reach, discovery_address, read_discovery
from webapp.foundation.clock import machine_now, monotonic

TIMEOUT = (3.0, 5.0)
"""Seconds to connect, and to wait for each piece of an answer."""
LONGEST_ANSWER = 10.0
LARGEST_ANSWER = 256 * 1024
KEPT_FOR = timedelta(hours=1)
KEYS_ANEW_AFTER = timedelta(minutes=1)
"""A token with an unknown key makes us ask again, but not for each token that somebody sends."""
SILENT_FOR = timedelta(seconds=10)
"""A provider that does not answer is not asked again at once: each try holds a thread."""
_MOST_KEPT = 500


class _Bounded(HTTPAdapter):
    """Sends one request and reads a bounded answer."""

    def __init__(self, reach: Reach) -> None:
        super().__init__(max_retries=0)
        self._reach = reach

    def send(  # type: ignore[no-untyped-def]
        self, request, stream=False, timeout=None, verify=True, cert=None, proxies=None
    ) -> requests.Response:  # fmt: skip
        if not self._reach.allows(request.url or ""):
            raise ProviderTrouble("its address may not be asked")
        if not proxies:
            self._check_host(request.url or "")
        response = super().send(request, stream=True, timeout=TIMEOUT, verify=verify, cert=cert, proxies=proxies)
        try:
            if response.is_redirect or response.is_permanent_redirect:
                raise ProviderTrouble("it sends elsewhere, which is not followed")
            response._content = _read(response)
        finally:
            response.close()
        return response

    def _check_host(self, url: str) -> None:
        host, port = urlsplit(url).hostname or "", urlsplit(url).port or 443
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise ProviderTrouble("its host is not found") from None
        if not all(self._reach.may_connect(host, str(one[4][0])) for one in found):
            raise ProviderTrouble("its host stands in a private network (see FIRSTBELL_SIGN_IN_HOSTS)")


def _read(response: requests.Response) -> bytes:
    until, read = monotonic() + LONGEST_ANSWER, bytearray()
    for piece in response.iter_content(16 * 1024):
        read += piece
        if len(read) > LARGEST_ANSWER or monotonic() > until:
            raise ProviderTrouble("its answer is too long")
    return bytes(read)


@dataclass(frozen=True, slots=True)
class Client:
    """What we are to a provider. ``secret`` in clear: it is kept nowhere but here."""

    client_id: str
    secret: str
    back: str


@dataclass(frozen=True, slots=True)
class _Kept:
    value: Any
    at: datetime


class ProviderWeb:
    """The providers as one process knows them. What they say is kept for an hour; threads share it."""

    def __init__(self, reach: Reach) -> None:
        self.reach = reach
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, str], _Kept] = {}
        self._silent: dict[str, datetime] = {}

    def discover(self, issuer: str, *, anew: bool = False) -> Discovered:
        """What the issuer says of itself. Raises ``ProviderTrouble``."""

        def ask() -> Discovered:
            return read_discovery(self._get(discovery_address(issuer)), issuer, self.reach)

        return self._keep(("discovery", issuer), ask, timedelta(0) if anew else KEPT_FOR)  # type: ignore[no-any-return]

    def keys(self, issuer: str, *, anew: bool = False) -> list[Mapping[str, Any]]:
        """The issuer's published keys; ``anew`` for one that was not among them. Raises ``ProviderTrouble``."""

        def ask() -> list[Mapping[str, Any]]:
            said = self._get(self.discover(issuer).jwks_uri)
            keys = said.get("keys") if isinstance(said, dict) else None
            if not isinstance(keys, list) or len(keys) > 100:
                raise ProviderTrouble("it publishes no keys that can be read")
            return [key for key in keys if isinstance(key, dict)]

        age = KEYS_ANEW_AFTER if anew else KEPT_FOR
        return self._keep(("keys", issuer), ask, age)  # type: ignore[no-any-return]

    def address(
        self, issuer: str, client: Client, *, state: str, nonce: str, verifier: str, more: Mapping[str, str]
    ) -> str:  # fmt: skip
        """Where the browser goes to sign in. Raises ``ProviderTrouble``."""
        found = self.discover(issuer)
        with self._session(client, "none", issuer) as session:
            url, _ = session.create_authorization_url(
                found.authorization_endpoint, state=state, nonce=nonce, code_verifier=verifier, **more
            )
        return str(url)

    def redeem(self, issuer: str, client: Client, *, code: str, verifier: str) -> object:
        """The ID token for a code, unread. Raises ``ProviderTrouble``, also where the provider refuses the code."""
        found = self.discover(issuer)
        method = "client_secret_post" if found.secret_in_body else "client_secret_basic"
        with self._session(client, method, issuer) as session:
            try:
                token = session.fetch_token(found.token_endpoint, code=code, code_verifier=verifier)
            except (requests.RequestException, AuthlibBaseError, ValueError) as error:
                # The provider's own words may carry what was sent: its short code is enough.
                said = getattr(error, "error", None) or type(error).__name__
                raise ProviderTrouble(f"it did not take our code: {str(said)[:60]}") from None
        return token.get("id_token")

    def _session(self, client: Client, method: str, issuer: str) -> OAuth2Session:
        session = OAuth2Session(
            client.client_id, client.secret, token_endpoint_auth_method=method, scope="openid",
            redirect_uri=client.back, code_challenge_method="S256",
        )  # fmt: skip
        return self._bounded(session, issuer)

    def _bounded(self, session: Any, url: str) -> Any:
        # A proxy of the machine is used for real providers, never for a stand-in on this machine.
        session.trust_env = not self.reach.is_loopback(urlsplit(url).hostname or "")
        for scheme in ("https://", "http://"):
            session.mount(scheme, _Bounded(self.reach))
        return session

    def _get(self, url: str) -> Any:
        with self._bounded(requests.Session(), url) as session:
            try:
                response = session.get(url, headers={"Accept": "application/json"}, allow_redirects=False)
            except requests.RequestException as error:
                raise ProviderTrouble(f"it does not answer: {type(error).__name__}") from None
        if response.status_code != 200:
            raise ProviderTrouble(f"it answers with status {response.status_code}")
        try:
            return json.loads(response.content)
        except (ValueError, RecursionError):
            raise ProviderTrouble("its answer cannot be read") from None

    def _keep(self, key: tuple[str, str], ask: Callable[[], Any], for_: timedelta) -> Any:
        now, issuer = machine_now(), key[1]
        with self._lock:
            held, silent = self._kept.get(key), self._silent.get(issuer)
        if held is not None and timedelta(0) <= now - held.at < for_:
            return held.value
        if silent is not None and timedelta(0) <= now - silent < SILENT_FOR:
            raise ProviderTrouble("it did not answer just now")
        try:
            value = ask()
        except ProviderTrouble:
            with self._lock:
                self._silent[issuer] = now
            raise
        with self._lock:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
                self._silent.clear()
            self._kept[key] = _Kept(value, now)
            self._silent.pop(issuer, None)
        return value
