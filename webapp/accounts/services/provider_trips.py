"""Round trips to a provider: begun in one browser, and ended once, in it, with an account that was proved."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from authlib.common.security import generate_token
from cryptography.fernet import InvalidToken, MultiFernet
from sqlalchemy import insert, update

from webapp.accounts.models import ProviderTrip
from webapp.accounts.queries.providers import ProviderRow, TripRow, find_provider_named, find_trip
from webapp.accounts.rules.id_tokens import Expected, Proved, TokenFault, TokenRefused, read_id_token
from webapp.accounts.rules.limits import Deed as Counted
from webapp.accounts.rules.limits import Per, check, network, tallies
from webapp.accounts.rules.provider_refusals import ProviderRefusal, ProviderRefused
from webapp.accounts.rules.providers import Kind, ProviderTrouble
from webapp.accounts.services import counters
from webapp.accounts.services.challenges import Asker
from webapp.accounts.services.provider_web import Client, ProviderWeb
from webapp.accounts.services.tokens import token_hash
from webapp.foundation.clock import machine_now
from webapp.foundation.db import read_door, take_ids, unit_of_work
from webapp.foundation.trail import FIRSTBELL, Deed, write

TRIP_LIFETIME = timedelta(minutes=15)
_LONGEST = 4000
_LONGEST_CODE = 8000


class TripPurpose(StrEnum):
    """What comes of a trip."""

    ENTER = "enter"
    INVITED = "invited"
    CONNECT = "connect"
    TRY = "try"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a trip is begun for. ``hint``: the address that the person typed, told to the provider."""

    purpose: TripPurpose
    then: str = ""
    hint: str = ""
    session_id: int | None = None
    link_token: str | None = None


@dataclass(frozen=True, slots=True)
class Gate:
    """The way out and back: the providers, the box that opens secrets, and our address before ``/<organisation>``."""

    web: ProviderWeb
    box: MultiFernet
    back: str

    def client(self, provider: ProviderRow) -> Client:
        """Raises ``ProviderTrouble`` where the keys of the service no longer open the secret."""
        try:
            secret = self.box.decrypt(provider.secret.encode()).decode()
        except InvalidToken:
            raise ProviderTrouble("its secret cannot be opened with the keys of this service") from None
        return Client(provider.client_id, secret, back_of(self, provider.public_id))


def back_of(gate: Gate, organisation: str) -> str:
    """The address to which the provider sends people back: one for each organisation, so that what one provider hands
    out is never taken to another (RFC 9700 section 4.4)."""
    return f"{gate.back}/{organisation}"


@dataclass(frozen=True, slots=True)
class Away:
    """Where the browser goes now, and the host for the page to say."""

    url: str
    host: str


def begin_trip(provider: ProviderRow, wish: Wish, asker: Asker, gate: Gate) -> Away:
    """Begin a trip in this browser. Raises ``TooMany``, and ``ProviderRefused`` where the provider is silent."""
    now, browser = machine_now(), token_hash(asker.browser_token)
    asked = tallies(Counted.PROVIDER_TRIP, {Per.BROWSER: browser, Per.ADDRESS: network(asker.address)})
    with unit_of_work() as tx:
        counters.count_in(tx, asked, now)
        check(counters.counted(tx, asked, now))
    state, nonce, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(32), generate_token(64)
    trying = wish.purpose is TripPurpose.TRY
    try:
        url = gate.web.address(
            provider.issuer, gate.client(provider), state=state, nonce=nonce, verifier=verifier,
            more=_more(provider, wish, gate),
        )  # fmt: skip
    except ProviderTrouble as trouble:
        raise _refused(ProviderRefusal.NOT_NOW, provider, str(trouble), wish.then, trying=trying) from None
    with unit_of_work() as tx:
        tx.execute(
            insert(ProviderTrip).values(
                organisation_id=provider.organisation_id, id=take_ids(tx, ProviderTrip)[0],
                purpose=wish.purpose.value, state_hash=token_hash(state), browser_hash=browser,
                sealed=gate.box.encrypt(json.dumps([nonce, verifier]).encode()).decode(), issuer=provider.issuer,
                client_id=provider.client_id, session_id=wish.session_id,
                link_hash=token_hash(wish.link_token) if wish.link_token else None, next_path=wish.then[:500],
                created_at=now, expires_at=now + TRIP_LIFETIME,
            )
        )  # fmt: skip
    return Away(url, urlsplit(url).hostname or "")


def _more(provider: ProviderRow, wish: Wish, gate: Gate) -> dict[str, str]:
    more = {"login_hint": wish.hint} if wish.hint else {}
    if provider.kind is Kind.GOOGLE:
        more["hd"] = provider.tenant
    # On a shared computer a colleague may still be signed in there: the person says which account is theirs.
    if provider.kind is not Kind.OTHER or "select_account" in gate.web.discover(provider.issuer).prompts:
        more["prompt"] = "select_account"
    return more


@dataclass(frozen=True, slots=True)
class Returned:
    """Somebody came back, and the provider says whose account they have."""

    trip: TripRow
    purpose: TripPurpose
    provider: ProviderRow
    proved: Proved


def end_trip(organisation: str, said: Mapping[str, str], browser_token: str, gate: Gate) -> Returned:
    """End the trip whose state came back to this organisation's address, in the browser that began it.

    Raises ``ProviderRefused``; whatever comes of it, a trip is used up once it is found.
    """
    provider, trip = _take(organisation, said.get("state", ""), browser_token)
    trying = trip.purpose == TripPurpose.TRY
    try:
        proved = _prove(provider, trip, said, gate)
    except ProviderTrouble as trouble:
        raise _refused(ProviderRefusal.NOT_NOW, provider, str(trouble), trip.next_path, trying=trying) from None
    except TokenRefused as token:
        tenant = token.fault is TokenFault.TENANT
        reason = ProviderRefusal.OTHER_TENANT if tenant else ProviderRefusal.NOT_TRUSTED
        raise _refused(reason, provider, token.fault.words, trip.next_path, trying=trying) from None
    except ProviderRefused as refused:
        raise _refused(refused.reason, provider, refused.why, trip.next_path, trying=trying) from None
    return Returned(trip, TripPurpose(trip.purpose), provider, proved)


def _take(organisation: str, state: str, browser_token: str) -> tuple[ProviderRow, TripRow]:
    now = machine_now()
    if not state or len(state) > _LONGEST:
        raise ProviderRefused(ProviderRefusal.OVER)
    with unit_of_work() as tx:
        provider = find_provider_named(tx, organisation)
        if provider is None:
            raise ProviderRefused(ProviderRefusal.OVER)
        trip = find_trip(tx, provider.organisation_id, token_hash(state), token_hash(browser_token), now)
        # Its settings were changed meanwhile: what was begun with the old ones ends.
        if trip is None or (trip.issuer, trip.client_id) != (provider.issuer, provider.client_id):
            raise ProviderRefused(ProviderRefusal.OVER)
        used = tx.execute(
            update(ProviderTrip)
            .where(
                ProviderTrip.organisation_id == trip.organisation_id, ProviderTrip.id == trip.id,
                ProviderTrip.used_at.is_(None),
            )
            .values(used_at=now)
        )  # fmt: skip
        if used.rowcount != 1:
            raise ProviderRefused(ProviderRefusal.OVER)
    return provider, trip


def _prove(provider: ProviderRow, trip: TripRow, said: Mapping[str, str], gate: Gate) -> Proved:
    names_itself = gate.web.discover(provider.issuer).names_itself
    if said.get("iss", "" if names_itself else provider.issuer) != provider.issuer:
        raise TokenRefused(TokenFault.ISSUER)
    error, code = said.get("error", ""), said.get("code", "")
    if error:
        stopped = error in {"access_denied", "consent_required", "interaction_required", "login_required"}
        raise ProviderRefused(ProviderRefusal.DENIED if stopped else ProviderRefusal.NOT_NOW, why=_short(error))
    if not code or len(code) > _LONGEST_CODE:
        raise ProviderTrouble("it sent no code")
    try:
        nonce, verifier = json.loads(gate.box.decrypt(trip.sealed.encode()))
    except InvalidToken:
        # The keys of the service were changed meanwhile.
        raise ProviderRefused(ProviderRefusal.OVER) from None
    token = gate.web.redeem(provider.issuer, gate.client(provider), code=code, verifier=verifier)
    expected = Expected(provider.kind, provider.issuer, provider.tenant, provider.client_id, nonce)
    try:
        return read_id_token(token, gate.web.keys(provider.issuer), expected, machine_now())
    except TokenRefused as refused:
        if refused.fault is not TokenFault.UNKNOWN_KEY:
            raise
    return read_id_token(token, gate.web.keys(provider.issuer, anew=True), expected, machine_now())


def _short(error: str) -> str:
    """The provider's word for what went wrong, if it is one of the words that the standard has (RFC 6749)."""
    return f"it says: {error}" if error.isascii() and error.replace("_", "").isalnum() and len(error) < 60 else ""


def _refused(
    reason: ProviderRefusal, provider: ProviderRow, why: str, then: str, *, trying: bool
) -> ProviderRefused:  # fmt: skip
    """The refusal with the provider's name, kept in the trail where it tells something."""
    refused = ProviderRefused(reason, provider.name, why, trying=trying, then=then)
    keep_refusal(provider, refused)
    return refused


def keep_refusal(provider: ProviderRow, refused: ProviderRefused) -> None:
    """Write into the organisation's trail that somebody was not let in, and why."""
    if refused.is_kept:
        detail = {"why": refused.reason.value, "words": refused.why}
        with unit_of_work() as tx:
            deed = Deed("sign_in_refused", "identity_provider", provider.organisation_id, detail=detail)
            write(tx, provider.organisation_id, FIRSTBELL, deed)


def provider_named(organisation: str) -> ProviderRow | None:
    """The provider of an organisation, if staff are offered it."""
    with read_door() as db:
        found = find_provider_named(db, organisation)
    return found if found is not None and found.tried_at is not None else None
