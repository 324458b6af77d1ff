"""A sign-in of staff under way: begun by a first proof, led on step by step, and ended by a session."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pyotp
from cryptography.fernet import MultiFernet
from sqlalchemy import Connection, insert, update

from webapp.accounts.models import StaffEntry
from webapp.accounts.queries.staff_entries import EntryRow, entries_of
from webapp.accounts.queries.staff_logins import LoginRow, find_login, standing_of
from webapp.accounts.rules.codes import Door
from webapp.accounts.rules.second_factors import Step, next_step
from webapp.accounts.services.machines import make_room_in
from webapp.accounts.services.sessions import SignedIn, start_session_in
from webapp.accounts.services.tokens import new_session_token, token_hash
from webapp.foundation.clock import machine_now, school_today
from webapp.foundation.db import read_door, take_ids, unit_of_work
from webapp.foundation.trail import Actor, ActorKind, Deed, write
from webapp.people.rules.contact_points import PointKind, ReadPoint
from webapp.people.rules.refusals import Refused

ENTRY_LIFETIME = timedelta(minutes=15)


class EntryOver(Refused):
    """The sign-in under way is over: too old, finished, or of somebody who works here no longer."""

    def __init__(self) -> None:
        super().__init__("contact_point", "This took too long, or is done already. Sign in again.")


@dataclass(frozen=True, slots=True)
class Browser:
    """Who asks: the network address, what the browser calls itself, and the session that it had.

    ``machine_token``: the browser is that of a computer which a school has named as shared.
    """

    address: str
    user_agent: str = ""
    old_token: str | None = None
    machine_token: str | None = None


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A sign-in under way with its one post. ``login`` is as it stands now."""

    entry: EntryRow
    login: LoginRow
    step: Step


def actor_of(login: LoginRow) -> Actor:
    """The person themselves, as the trail names them."""
    return Actor(ActorKind.STAFF, login.key.staff_id, login.name, login.position)


def begin_in(
    tx: Connection, logins: Sequence[LoginRow], way: str, box: MultiFernet, now: datetime,
    second_done: Collection[int] = (), *, shared: bool = False,
) -> str:  # fmt: skip
    """Begin a sign-in for these posts of one person; returns its token for the browser.

    ``second_done``: organisations for which the provider's second check stands for ours. ``shared``: the person says
    that others use the computer too.
    """
    token = new_session_token()
    rows = [
        {
            "organisation_id": login.key.organisation_id, "id": number, "staff_id": login.key.staff_id,
            "token_hash": token_hash(token), "way": way, "created_at": now, "expires_at": now + ENTRY_LIFETIME,
            "new_secret": box.encrypt(pyotp.random_base32().encode()).decode(), "shared": shared,
            "second_done": login.key.organisation_id in second_done,
        }
        for login, number in zip(logins, take_ids(tx, StaffEntry, len(logins)), strict=True)
    ]  # fmt: skip
    tx.execute(insert(StaffEntry), rows)
    return token


def find_step(token: str | None) -> Step:
    """What the sign-in of a token asks for next."""
    with read_door() as db:
        return _step(db, token)[0]


def posts_of(token: str | None) -> tuple[LoginRow, ...]:
    """The posts between which the person chooses."""
    with read_door() as db:
        return _posts(db, token)


def under_way(token: str | None, step: Step) -> UnderWay:
    """The sign-in of a token where it stands at that step. Raises ``EntryOver``."""
    with read_door() as db:
        return under_way_in(db, token, step)


def under_way_in(db: Connection, token: str | None, step: Step) -> UnderWay:
    found, login = _step(db, token)
    entries = entries_of(db, token_hash(token), machine_now()) if token else ()
    if found is not step or login is None or len(entries) != 1:
        raise EntryOver()
    return UnderWay(entries[0], login, found)


def choose_post(token: str | None, public_id: str) -> None:
    """Go on as one of the posts; the others fall away. Raises ``EntryOver`` for a post that is not among them."""
    now, today = machine_now(), school_today()
    with unit_of_work() as tx:
        entries = entries_of(tx, token_hash(token), now) if token else ()
        mine = {entry.id: find_login(tx, entry.key, today) for entry in entries}
        chosen = next((entry.id for entry in entries if (one := mine[entry.id]) and one.public_id == public_id), None)
        if chosen is None:
            raise EntryOver()
        for entry in entries:
            if entry.id != chosen:
                _use_in(tx, entry, now)


def finish(token: str | None, browser: Browser) -> SignedIn:
    """The session of a sign-in that asks for nothing more. Raises ``EntryOver``."""
    with unit_of_work() as tx:
        now = under_way_in(tx, token, Step.DONE)
        return finish_in(tx, now, browser)


def finish_in(tx: Connection, at: UnderWay, browser: Browser) -> SignedIn:
    """End the sign-in and begin the session, whose proofs are all given. Of two at once one wins."""
    now = machine_now()
    if not _use_in(tx, at.entry, now):
        raise EntryOver()
    return let_in_in(tx, at.login, at.entry.way, browser, shared=at.entry.shared)


def let_in_in(
    tx: Connection, login: LoginRow, way: str, browser: Browser, *, shared: bool = False, passkey_id: int | None = None
) -> SignedIn:
    """Begin the session of somebody who has given every proof, on a shared computer as one of its people."""
    now = machine_now()
    sharing = make_room_in(tx, login, browser.machine_token, browser.old_token, shared, now)
    session_id, token = start_session_in(
        tx, Door.STAFF, now=now, user_agent=browser.user_agent, staff=login.key,
        point=ReadPoint(PointKind.EMAIL, login.email), passkey_id=passkey_id, sharing=sharing,
    )  # fmt: skip
    deed = Deed("signed_in", "session", session_id, detail={"way": way})
    write(tx, login.key.organisation_id, actor_of(login), deed)
    return SignedIn(token, session_id, Door.STAFF, chosen=True)


def _use_in(tx: Connection, entry: EntryRow, now: datetime) -> bool:
    used = tx.execute(
        update(StaffEntry)
        .where(
            StaffEntry.organisation_id == entry.organisation_id, StaffEntry.id == entry.id,
            StaffEntry.used_at.is_(None),
        )
        .values(used_at=now)
    )  # fmt: skip
    return used.rowcount == 1


def _posts(db: Connection, token: str | None, on: date | None = None) -> tuple[LoginRow, ...]:
    return tuple(login for _, login in _open(db, token, on or school_today()))


def _open(db: Connection, token: str | None, on: date) -> list[tuple[EntryRow, LoginRow]]:
    entries = entries_of(db, token_hash(token), machine_now()) if token else ()
    found = ((entry, find_login(db, entry.key, on)) for entry in entries)
    return [(entry, login) for entry, login in found if login is not None]


def _step(db: Connection, token: str | None) -> tuple[Step, LoginRow | None]:
    today = school_today()
    posts = _open(db, token, today)
    step = next_step(standing_of(db, login, today, done=entry.second_done) for entry, login in posts)
    return step, posts[0][1] if len(posts) == 1 else None
