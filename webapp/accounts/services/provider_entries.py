"""What comes of an account that a provider has proved: a sign-in, an account connected, or a trial that went well."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cryptography.fernet import MultiFernet
from sqlalchemy import Connection, delete, insert, select, update

from webapp.accounts.models import IdentityProvider, StaffIdentity
from webapp.accounts.queries.providers import find_provider, holders_of, session_staff
from webapp.accounts.queries.staff import StaffKey
from webapp.accounts.queries.staff_entries import find_staff_link
from webapp.accounts.queries.staff_logins import LoginRow, find_login
from webapp.accounts.rules.id_tokens import second_done
from webapp.accounts.rules.provider_refusals import ProviderRefusal, ProviderRefused
from webapp.accounts.services.endings import end_staff_sessions_in
from webapp.accounts.services.provider_trips import Returned, TripPurpose, keep_refusal
from webapp.accounts.services.staff_entries import actor_of, begin_in
from webapp.accounts.services.staff_messages import ACCOUNT_CONNECTED, ACCOUNT_DISCONNECTED, send_news_in
from webapp.accounts.services.staff_passwords import LinkOver, end_ways_under_way_in
from webapp.foundation.clock import machine_now, school_today
from webapp.foundation.db import unit_of_work
from webapp.foundation.trail import Actor, Deed, write
from webapp.people.rules.refusals import Refused

WAY = "provider"


@dataclass(frozen=True, slots=True)
class Outcome:
    """``entry``: the token of a sign-in under way, None where somebody signed in stays so. ``then``: where they go."""

    purpose: TripPurpose
    entry: str | None
    then: str


def complete(returned: Returned, session_id: int | None, box: MultiFernet) -> Outcome:
    """Do what the trip was begun for. ``session_id``: the open staff session of the browser.

    Raises ``ProviderRefused``, which the trail keeps, and ``LinkOver`` for an invitation that is over.
    """
    try:
        with unit_of_work() as tx:
            entry = _DEEDS[returned.purpose](tx, returned, session_id, box)
    except ProviderRefused as refused:
        named = ProviderRefused(
            refused.reason, returned.provider.name, trying=returned.purpose is TripPurpose.TRY,
            then=returned.trip.next_path,
        )
        keep_refusal(returned.provider, named)
        raise named from None
    return Outcome(returned.purpose, entry, returned.trip.next_path)


def _enter_in(tx: Connection, returned: Returned, _session_id: int | None, box: MultiFernet) -> str:
    """Begin a sign-in for whoever the account is connected to; an address decides nothing."""
    today = school_today()
    found = [find_login(tx, key, today) for key in holders_of(tx, returned.provider, returned.proved.subject)]
    posts = [login for login in found if login is not None]
    if not posts:
        raise ProviderRefused(ProviderRefusal.UNKNOWN)
    return _begin_in(tx, posts, returned, box)


def _accept_invitation_in(tx: Connection, returned: Returned, _session_id: int | None, box: MultiFernet) -> str:
    """Connect the account to whoever was invited; the invitation is used up, and a sign-in begins."""
    now, today = machine_now(), school_today()
    link = find_staff_link(tx, returned.trip.link_hash or "", now)
    login = find_login(tx, link.key, today) if link is not None else None
    if link is None or login is None or not _fits(returned, link.key) or link.purpose != "invitation":
        raise LinkOver()
    _connect_in(tx, login, returned, now)
    end_ways_under_way_in(tx, link.key, now)
    return _begin_in(tx, [login], returned, box)


def _connect_own_in(tx: Connection, returned: Returned, session_id: int | None, _box: MultiFernet) -> None:
    """Connect the account to whoever began the trip, signed in, and still is in the same session."""
    key = session_staff(tx, session_id) if session_id is not None else None
    login = find_login(tx, key, school_today()) if key is not None and _fits(returned, key) else None
    if login is None or session_id != returned.trip.session_id:
        raise ProviderRefused(ProviderRefusal.SIGNED_OUT)
    _connect_in(tx, login, returned, machine_now())


def _tried_in(tx: Connection, returned: Returned, session_id: int | None, _box: MultiFernet) -> None:
    """Whoever began the trial came back: from here on staff are offered the provider."""
    key = session_staff(tx, session_id) if session_id is not None else None
    login = find_login(tx, key, school_today()) if key is not None and _fits(returned, key) else None
    if login is None or session_id != returned.trip.session_id:
        raise ProviderRefused(ProviderRefusal.SIGNED_OUT)
    provider = returned.provider
    tried = tx.execute(
        update(IdentityProvider)
        .where(
            IdentityProvider.organisation_id == provider.organisation_id, IdentityProvider.version == provider.version
        )
        .values(tried_at=machine_now())
    )
    if tried.rowcount != 1:
        raise ProviderRefused(ProviderRefusal.OVER)
    deed = Deed("tried_provider", "identity_provider", provider.organisation_id)
    write(tx, provider.organisation_id, actor_of(login), deed)


_DEEDS = {
    TripPurpose.ENTER: _enter_in,
    TripPurpose.INVITED: _accept_invitation_in,
    TripPurpose.CONNECT: _connect_own_in,
    TripPurpose.TRY: _tried_in,
}


def _fits(returned: Returned, key: StaffKey) -> bool:
    return key.organisation_id == returned.provider.organisation_id


def _begin_in(tx: Connection, posts: list[LoginRow], returned: Returned, box: MultiFernet) -> str:
    done = set()
    for post in posts:
        # Each organisation says for itself whether it relies on the provider's second check.
        provider = find_provider(tx, post.key.organisation_id)
        if provider is not None and second_done(returned.proved.second_said, provider.second_check):
            done.add(post.key.organisation_id)
    return begin_in(tx, posts, WAY, box, machine_now(), done)


def _connect_in(tx: Connection, login: LoginRow, returned: Returned, now: datetime) -> None:
    """Tie the account to this post. Raises ``ProviderRefused`` if it is a colleague's."""
    provider, proved, key = returned.provider, returned.proved, login.key
    # Two who connect one account at once wait for each other here.
    tx.execute(
        select(IdentityProvider.version)
        .where(IdentityProvider.organisation_id == key.organisation_id)
        .with_for_update()
    )  # fmt: skip
    holder = tx.scalar(
        select(StaffIdentity.staff_id).where(
            StaffIdentity.organisation_id == key.organisation_id, StaffIdentity.issuer == proved.issuer,
            StaffIdentity.subject == proved.subject,
        )
    )  # fmt: skip
    if holder is not None and holder != key.staff_id:
        if find_login(tx, StaffKey(key.organisation_id, holder), school_today()) is not None:
            raise ProviderRefused(ProviderRefusal.TAKEN)
        # Whoever had it works here no longer: somebody who came back has a new post.
        _drop_in(tx, StaffKey(key.organisation_id, holder))
    _drop_in(tx, key)
    tx.execute(
        insert(StaffIdentity).values(
            organisation_id=key.organisation_id, staff_id=key.staff_id, issuer=proved.issuer, subject=proved.subject,
            linked_at=now,
        )
    )  # fmt: skip
    deed = Deed("connected_account", "staff", key.staff_id, detail={"issuer": proved.issuer})
    write(tx, key.organisation_id, actor_of(login), deed)
    news = ACCOUNT_CONNECTED.format(name=provider.name)
    send_news_in(tx, login, news, f"connected:{now:%Y%m%d%H%M%S}", school_today())


def _drop_in(tx: Connection, key: StaffKey) -> None:
    tx.execute(
        delete(StaffIdentity).where(
            StaffIdentity.organisation_id == key.organisation_id, StaffIdentity.staff_id == key.staff_id
        )
    )


def disconnect_own(key: StaffKey) -> None:
    """Sign in with the provider no more. Raises ``Refused`` where that is the only way in, or none is connected."""
    with unit_of_work() as tx:
        login = find_login(tx, key, school_today())
        if login is None or login.linked_to is None:
            raise Refused("account", "No account is connected.")
        if login.password_hash is None:
            raise Refused("account", "Set a password first: this is your only way to sign in.")
        _disconnect_in(tx, login, actor_of(login), {})


def disconnect(key: StaffKey, reason: str, by: Actor, school_id: int) -> None:
    """Take a colleague's account from their sign-in: it is lost, or another's. Their sessions end, and they are told.

    Raises ``Refused`` without a reason, for oneself, and where there is none.
    """
    words = " ".join(reason.split())[:200]
    if len(words) < 3:
        raise Refused("why_disconnect", "Say why, such as: they have a new account.")
    if by.id == key.staff_id:
        raise Refused("why_disconnect", "Use Your sign-in for your own account.")
    with unit_of_work() as tx:
        login = find_login(tx, key, school_today())
        if login is None or login.linked_to is None:
            raise Refused("why_disconnect", "There is nothing to take away: no account is connected.")
        end_staff_sessions_in(tx, key.organisation_id, key.staff_id)
        _disconnect_in(tx, login, by, {"reason": words}, school_id)


def _disconnect_in(
    tx: Connection, login: LoginRow, by: Actor, detail: dict[str, str], school_id: int | None = None
) -> None:  # fmt: skip
    now, key = machine_now(), login.key
    _drop_in(tx, key)
    end_ways_under_way_in(tx, key, now)
    deed = Deed("disconnected_account", "staff", key.staff_id, school_id=school_id, detail=detail)
    write(tx, key.organisation_id, by, deed)
    news = ACCOUNT_DISCONNECTED.format(name=login.linked_to)
    send_news_in(tx, login, news, f"disconnected:{now:%Y%m%d%H%M%S}", school_today())
