"""Staff's passwords: signing in with one, setting one by a link, and asking for a link when it is forgotten.

An address that nobody has gets the same page, and the same number of hashes; nothing slow stands in a transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from cryptography.fernet import MultiFernet
from sqlalchemy import Connection, insert, select, update

from notifications.rules.message_kinds import MessageName
from webapp.accounts.models import StaffEntry, StaffLink, StaffLogin
from webapp.accounts.queries.staff import StaffKey
from webapp.accounts.queries.staff_entries import find_staff_link
from webapp.accounts.queries.staff_logins import LoginRow, find_login, logins_of, places_of, takes_code_alone
from webapp.accounts.rules.limits import Deed as Counted
from webapp.accounts.rules.limits import Per, Tally, check, network, tallies
from webapp.accounts.rules.links import looks_like_token
from webapp.accounts.rules.passwords import LONGEST, plain, read_password
from webapp.accounts.services import counters
from webapp.accounts.services.endings import end_staff_sessions_in
from webapp.accounts.services.staff_entries import actor_of, begin_in
from webapp.accounts.services.staff_messages import LOCKED, PASSWORD_SET, send_link_in, send_news_in
from webapp.accounts.services.tokens import (
    code_matches,
    hash_code,
    is_outdated,
    new_link_token,
    token_hash,
)
from webapp.foundation.clock import machine_now, school_today
from webapp.foundation.db import read_door, take_ids, unit_of_work
from webapp.foundation.trail import FIRSTBELL, Actor, Deed, write
from webapp.people.rules.refusals import Refused

INVITATION_LIFETIME = timedelta(days=7)
PASSWORD_LINK_LIFETIME = timedelta(minutes=30)
_HASHES = 2
"""So many hashes each try costs, whether the address has no post, one, or one at each of two trusts."""
_LIFETIMES = {"invitation": INVITATION_LIFETIME, "password": PASSWORD_LINK_LIFETIME}
_NAMES = {"invitation": MessageName.STAFF_INVITATION, "password": MessageName.NEW_PASSWORD}


class WrongPassword(Refused):
    """Address and password do not belong together; which of the two is wrong is not said."""

    def __init__(self) -> None:
        super().__init__("password", "The address or the password is not right. Try again, or set a new password.")


class LinkOver(Refused):
    """A link that sets no password any more."""

    def __init__(self) -> None:
        super().__init__("link", "This link was used, has run out, or is not whole. Ask for a new one.")


@cache
def _nobodys_hash() -> str:
    return hash_code(new_link_token())


def enter_with_password(email: str, typed: str, address: str, box: MultiFernet, *, shared: bool = False) -> str:
    """Begin a sign-in with address and password; returns the token of the sign-in under way. ``shared``: on a computer
    that others use too.

    Raises ``WrongPassword``, and ``TooMany`` once there were too many wrong ones, of which the owner is told.
    """
    now, today = machine_now(), school_today()
    wrong = tallies(Counted.WRONG_PASSWORD, {Per.POINT: f"staff:{email}", Per.ADDRESS: network(address)})
    with unit_of_work() as tx:
        check(counters.one_more(counters.counted(tx, wrong, now)))
        # Counted as wrong before it is looked at, and given back if it was right: guesses at once cannot slip by.
        counters.count_in(tx, wrong, now)
    with read_door() as db:
        posts = logins_of(db, email, today)
    password = plain(typed)
    right = _matching(posts, password)
    if not right:
        _tell_if_locked(posts, wrong, now)
        raise WrongPassword()
    fresh = {one.key: hash_code(password) for one in right if is_outdated(one.password_hash or "")}
    with unit_of_work() as tx:
        counters.count_in(tx, wrong, now, -1)
        for key, hashed in fresh.items():
            _rehash_in(tx, key, hashed)
        return begin_in(tx, right, "password", box, now, shared=shared)


def _matching(posts: tuple[LoginRow, ...], password: str) -> list[LoginRow]:
    having = [post for post in posts if post.password_hash]
    if len(password) > LONGEST:
        password, having = "", []
    right = [post for post in having if code_matches(post.password_hash or "", password)]
    for _ in range(_HASHES - len(having)):
        code_matches(_nobodys_hash(), password)
    return right


def check_password(login: LoginRow, typed: str, address: str) -> Callable[[Connection], None]:
    """Look at the password of somebody who is signed in; what is returned takes the count of the try back.

    Raises ``Refused``, and ``TooMany`` once there were too many wrong ones at sign-in or here.
    """
    now = machine_now()
    wrong = tallies(Counted.WRONG_PASSWORD, {Per.POINT: f"staff:{login.email}", Per.ADDRESS: network(address)})
    with unit_of_work() as tx:
        check(counters.one_more(counters.counted(tx, wrong, now)))
        counters.count_in(tx, wrong, now)
    password = plain(typed)
    if login.password_hash is None or len(password) > LONGEST or not code_matches(login.password_hash, password):
        _tell_if_locked((login,), wrong, now)
        raise Refused("password", "That is not your password. Try again.")
    return lambda tx: counters.count_in(tx, wrong, now, -1)


def _tell_if_locked(posts: tuple[LoginRow, ...], wrong: tuple[Tally, ...], now: datetime) -> None:
    with read_door() as db:
        counts = counters.counted(db, [one for one in wrong if one.limit.per is Per.POINT], now)
    full = [tally for tally, count in counts if count >= tally.limit.most]
    if full and posts:
        with unit_of_work() as tx:
            tell_locked_in(tx, posts, full[0], now)


def tell_locked_in(tx: Connection, posts: tuple[LoginRow, ...], full: Tally, now: datetime) -> None:
    """The owner hears that their sign-in is locked, once an hour at most; the trail keeps it."""
    for post in posts:
        deed = Deed("sign_in_locked", "staff", post.key.staff_id)
        write(tx, post.key.organisation_id, FIRSTBELL, deed)
        send_news_in(tx, post, LOCKED, f"locked:{now:%Y%m%d%H}:{full.limit.deed}", school_today())


def _rehash_in(tx: Connection, key: StaffKey, hashed: str) -> None:
    tx.execute(
        update(StaffLogin)
        .where(StaffLogin.organisation_id == key.organisation_id, StaffLogin.staff_id == key.staff_id)
        .values(password_hash=hashed)
    )


def issue_link_in(tx: Connection, login: LoginRow, purpose: str, by: Actor, *, send: bool = True) -> str:
    """A new link for somebody; those given out before die. Sent by e-mail, or only returned (a code was just typed)."""
    now, token, number = machine_now(), new_link_token(), take_ids(tx, StaffLink)[0]
    organisation_id, staff_id = login.key.organisation_id, login.key.staff_id
    _end_links_in(tx, login.key, now)
    tx.execute(
        insert(StaffLink).values(
            organisation_id=organisation_id, id=number, staff_id=staff_id, purpose=purpose, created_at=now,
            token_hash=token_hash(token), expires_at=now + (_LIFETIMES[purpose] if send else PASSWORD_LINK_LIFETIME),
        )
    )  # fmt: skip
    if send:
        send_link_in(tx, login, _NAMES[purpose], number, token, school_today())
    deed = "invited" if purpose == "invitation" else "asked_for_password_link"
    write(tx, organisation_id, by, Deed(deed, "staff", staff_id))
    return token


def _end_links_in(tx: Connection, key: StaffKey, now: datetime) -> None:
    tx.execute(
        update(StaffLink)
        .where(
            StaffLink.organisation_id == key.organisation_id, StaffLink.staff_id == key.staff_id,
            StaffLink.used_at.is_(None),
        )
        .values(used_at=now)
    )  # fmt: skip


def ask_new_password(email: str, address: str) -> None:
    """Send a link to an address that has a password. Of one that nobody has nothing is told. Raises ``TooMany``."""
    now, today = machine_now(), school_today()
    asked = tallies(Counted.ASK_PASSWORD, {Per.POINT: f"staff:{email}", Per.ADDRESS: network(address)})
    with unit_of_work() as tx:
        check(counters.one_more(counters.counted(tx, asked, now)))
        counters.count_in(tx, asked, now)
        for login in logins_of(tx, email, today):
            # Whoever has none yet proves the address by a code, or waits for an invitation.
            if login.password_hash is not None:
                issue_link_in(tx, login, "password", actor_of(login))


@dataclass(frozen=True, slots=True)
class PasswordLink:
    """A living link: for whom, and the names that are no secret."""

    login: LoginRow
    purpose: str
    own: tuple[str, ...]


def open_password_link(token: str) -> PasswordLink:
    """What a link is for; looking uses nothing up. Raises ``LinkOver``."""
    with read_door() as db:
        return _open_in(db, token)


def _open_in(db: Connection, token: str) -> PasswordLink:
    today = school_today()
    link = find_staff_link(db, token_hash(token), machine_now()) if looks_like_token(token) else None
    login = find_login(db, link.key, today) if link is not None else None
    if link is None or login is None:
        raise LinkOver()
    schools = tuple(name for place in places_of(db, login.key, today) for name in (place.name, place.sms_name))
    return PasswordLink(login, link.purpose, (login.first_name, login.last_name, login.email, *schools))


def set_password(token: str, typed: str, again: str, box: MultiFernet) -> str:
    """Set a password with a link, which is used up; every session of the person ends, and a sign-in begins.

    Returns the token of the sign-in under way: a second factor is asked for as always. Raises ``LinkOver``, and
    ``Refused`` for a password that will not do, which costs nothing.
    """
    password = read_password(typed, again, open_password_link(token).own)
    hashed, now = hash_code(password), machine_now()
    with unit_of_work() as tx:
        found = _open_in(tx, token)
        used = tx.execute(
            update(StaffLink)
            .where(StaffLink.token_hash == token_hash(token), StaffLink.used_at.is_(None))
            .values(used_at=now)
        )
        if used.rowcount != 1:
            raise LinkOver()
        key = found.login.key
        end_ways_under_way_in(tx, key, now)
        end_staff_sessions_in(tx, key.organisation_id, key.staff_id)
        login_row_in(tx, key)
        tx.execute(
            update(StaffLogin)
            .where(StaffLogin.organisation_id == key.organisation_id, StaffLogin.staff_id == key.staff_id)
            .values(password_hash=hashed, password_set_at=now)
        )
        write(tx, key.organisation_id, actor_of(found.login), Deed("set_password", "staff", key.staff_id))
        send_news_in(tx, found.login, PASSWORD_SET, f"password:{now:%Y%m%d%H%M%S}", school_today())
        return begin_in(tx, [found.login], found.purpose, box, now)


def own_password_link(key: StaffKey) -> str:
    """The token of a link for somebody signed in with a provider's account who wants a password as well.

    Raises ``Refused`` for somebody who has one, or has no such account.
    """
    with unit_of_work() as tx:
        login = find_login(tx, key, school_today())
        if login is None or login.linked_to is None:
            raise Refused("account", "Sign in with a code by e-mail and set a password there.")
        if login.password_hash is not None:
            raise Refused("account", "You have a password already.")
        return issue_link_in(tx, login, "password", actor_of(login), send=False)


def end_ways_under_way_in(tx: Connection, key: StaffKey, now: datetime) -> None:
    """Links that were sent to somebody and sign-ins of theirs under way lead nowhere any more."""
    _end_links_in(tx, key, now)
    _end_entries_in(tx, key, now)


def _end_entries_in(tx: Connection, key: StaffKey, now: datetime) -> None:
    tx.execute(
        update(StaffEntry)
        .where(
            StaffEntry.organisation_id == key.organisation_id, StaffEntry.staff_id == key.staff_id,
            StaffEntry.used_at.is_(None),
        )
        .values(used_at=now)
    )  # fmt: skip


def login_row_in(tx: Connection, key: StaffKey) -> None:
    """The person's row, held until the transaction ends; made if it is not there."""
    mine = (StaffLogin.organisation_id == key.organisation_id, StaffLogin.staff_id == key.staff_id)
    if tx.scalar(select(StaffLogin.staff_id).where(*mine).with_for_update()) is None:
        tx.execute(insert(StaffLogin).values(organisation_id=key.organisation_id, staff_id=key.staff_id))


def after_code_in(tx: Connection, email: str, box: MultiFernet) -> tuple[str, str]:
    """A code by e-mail was right: (token of a link to set the first password, "") or ("", token of the sign-in)."""
    now, today = machine_now(), school_today()
    posts = [login for login in logins_of(tx, email, today) if takes_code_alone(tx, login, today)]
    new = [login for login in posts if login.password_hash is None]
    if not posts:
        raise WrongPassword()
    if len(new) == len(posts):
        return issue_link_in(tx, new[0], "password", actor_of(new[0]), send=False), ""
    return "", begin_in(tx, [login for login in posts if login.password_hash], "code", box, now)


