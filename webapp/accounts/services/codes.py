"""Asking for a code and trying it.

A number that nobody holds gets the same page, the same hash and the same statements; only no message leaves. A try is
taken from the code before the code is looked at, so that a hundred guesses at once are still five.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from webapp.accounts.models import Session, SignInCode
from webapp.accounts.queries.points import Addressee, find_addressee
from webapp.accounts.rules.codes import (
    CODE_LIFETIME,
    CODE_TRIES,
    CodeRefusal,
    CodeRefused,
    Door,
    abroad_refused,
    is_abroad,
    read_code,
)
from webapp.accounts.rules.limits import Deed, Per, Tally, check, network, tallies
from webapp.accounts.services import counters
from webapp.accounts.services.notices import tell_locked_in
from webapp.accounts.services.sessions import SignedIn, sign_in_in
from webapp.accounts.services.tokens import code_matches, hash_code, new_code, token_hash
from webapp.foundation.clock import machine_now, school_today
from webapp.foundation.db import read_door, take_ids, unit_of_work
from webapp.people.queries.setting_rows import organisations_that_text
from webapp.people.rules.contact_points import PointKind, ReadPoint


@dataclass(frozen=True, slots=True)
class CodeMessage:
    """A code on its way to the number or address that was typed. ``sign_in_code_id`` makes it one message."""

    to: Addressee
    point: ReadPoint
    code: str
    sign_in_code_id: int
    expires_at: datetime


SendCode = Callable[[Connection, CodeMessage], None]
"""Queues the message in the transaction that it is given."""


Onward = Callable[[Connection, str], tuple[str, str]]
"""What follows a right code, in its transaction: the address that it proved leads to a link, or a sign-in under way."""


@dataclass(frozen=True, slots=True)
class CodeAsked:
    """A code was asked for; it says nothing of whether anybody holds the number."""

    point: ReadPoint
    expires_at: datetime


def ask_code(door: Door, point: ReadPoint, browser_token: str, address: str, *, send: SendCode) -> CodeAsked:
    """Make a code for a number or address, bound to the browser, and queue it if somebody holds the point.

    ``address`` is the network address that asks. Raises ``TooMany`` and, for a mobile of a country
    that nobody texts, ``ContactPointRefused``; what is refused is not counted.
    """
    now, today = machine_now(), school_today()
    browser_hash = token_hash(browser_token)
    asked = _tallies(door, point, browser_hash, address)
    # A flood is turned away before it costs a hash.
    with read_door() as db:
        among = organisations_that_text(db, point.value, today) if is_abroad(point) else None
        if among is not None and not among:
            raise abroad_refused()
        check(counters.one_more(counters.counted(db, asked, now)), door)
    code = new_code()
    code_hash = hash_code(code)
    with unit_of_work() as tx:
        _count_in(tx, asked, now, door)
        return _ask_in(tx, door, point, browser_hash, code, code_hash, now, today, send, among)


def _tallies(door: Door, point: ReadPoint, browser_hash: str, address: str) -> tuple[Tally, ...]:
    who = {Per.POINT: f"{door}:{point.value}", Per.BROWSER: browser_hash, Per.ADDRESS: network(address)}
    asked = tallies(Deed.ASK, who)
    asked = (*asked, *_tried(door, [point.value]))
    if point.kind is PointKind.EMAIL:
        return asked
    # Every number is held to the cap, whoever holds it; only texts that go out are counted towards it.
    return (*asked, *tallies(Deed.TEXT, {Per.SERVICE: "texts"}))


def _count_in(tx: Connection, asked: tuple[Tally, ...], now: datetime, door: Door) -> None:
    counters.count_in(tx, [tally for tally in asked if tally.limit.deed is Deed.ASK], now)
    check(
        (
            (tally, count if tally.limit.deed is Deed.ASK else count + 1)
            for tally, count in counters.counted(tx, asked, now)
        ),
        door,
    )


def _ask_in(
    tx: Connection, door: Door, point: ReadPoint, browser_hash: str, code: str, code_hash: str, now: datetime,
    today: date, send: SendCode, among: frozenset[int] | None,
) -> CodeAsked:  # fmt: skip
    to = find_addressee(tx, door, point.kind, point.value, today, among)
    code_id = take_ids(tx, SignInCode)[0]
    expires_at = now + CODE_LIFETIME
    tx.execute(
        insert(SignInCode).values(
            id=code_id, door=door.value, browser_hash=browser_hash, point_kind=point.kind.value,
            point_value=point.value, known=to is not None, code_hash=code_hash, tries_left=CODE_TRIES, created_at=now,
            expires_at=expires_at,
        )
    )  # fmt: skip
    if point.kind is not PointKind.EMAIL:
        counters.count_in(tx, tallies(Deed.TEXT, {Per.SERVICE: "texts" if to is not None else "not sent"}), now)
    if to is not None:
        send(tx, CodeMessage(to, point, code, code_id, expires_at))
    return CodeAsked(point, expires_at)


def check_code(
    door: Door, browser_token: str, typed: str, address: str, *, user_agent: str = "", old_token: str | None = None,
    onward: Onward | None = None,
) -> SignedIn | tuple[str, str]:  # fmt: skip
    """Sign in with a code that was asked for in this browser; any of its living codes will do.

    ``onward``: the code is the first proof only, and this says what comes next (staff, but for the demo).
    ``old_token`` is the session that the browser had at this door; it ends. Raises ``Refused`` for what is no code,
    ``TooMany``, and ``CodeRefused`` naming the reason; only the right code at the right time is used up.
    """
    found, now, today = _right_code(door, browser_token, typed, address), machine_now(), school_today()
    with unit_of_work() as tx:
        point = _use_in(tx, found, door, browser_token, address, now)
        if onward is not None:
            return onward(tx, point.value)
        return sign_in_in(tx, door, point, user_agent=user_agent, now=now, today=today, old_token=old_token)


def step_up_with_code(
    door: Door, session_id: int, point: ReadPoint, browser_token: str, typed: str, address: str
) -> None:
    """Prove again who is here, with a code to the number or address that the session proved. Raises as ``check_code``
    does; a code that went elsewhere is no code for this."""
    found, now = _right_code(door, browser_token, typed, address), machine_now()
    with unit_of_work() as tx:
        if _use_in(tx, found, door, browser_token, address, now) != point:
            raise CodeRefused(CodeRefusal.NONE_ASKED)
        tx.execute(
            update(Session).where(Session.id == session_id, Session.ended_at.is_(None)).values(stepped_up_at=now)
        )


def _right_code(door: Door, browser_token: str, typed: str, address: str) -> Row[*tuple[Any, ...]]:
    code = read_code(typed)
    now = machine_now()
    wrong = tallies(Deed.WRONG_TRY, {Per.ADDRESS: network(address)})
    with unit_of_work() as tx:
        check(counters.one_more(counters.counted(tx, wrong, now)))
        # Counted as wrong before it is looked at, and given back if it was right: guesses at once cannot slip by.
        counters.count_in(tx, wrong, now)
        living = _take_try_in(tx, door, token_hash(browser_token), now)
        tried = _count_tried_in(tx, door, living, now)
    found = next((row for row in living if code_matches(row.code_hash, code) and row.known), None)
    if found is None:
        _tell_if_locked(door, living, tried, now)
        newest = max(living, key=lambda row: row.id)
        reason = CodeRefusal.WRONG if newest.tries_left else CodeRefusal.NO_TRIES_LEFT
        raise CodeRefused(reason, newest.tries_left)
    return found


def _tried(door: Door, values: Iterable[str]) -> tuple[Tally, ...]:
    """The counters of wrong codes for some numbers or addresses, in the order of their names."""
    found = [tally for value in set(values) for tally in tallies(Deed.WRONG_CODE, {Per.POINT: f"{door}:{value}"})]
    return tuple(sorted(found, key=lambda tally: tally.name))


def _count_tried_in(
    tx: Connection, door: Door, living: list[Row[*tuple[Any, ...]]], now: datetime
) -> list[tuple[Tally, int]]:
    """One more try for each number or address that a living code is for, wrong until it was right; the counts as they
    are now. Raises ``TooMany`` for one that is locked, whoever holds it."""
    tried = _tried(door, (row.point_value for row in living))
    counters.count_in(tx, tried, now)
    counts = counters.counted(tx, tried, now)
    check(counts, door)
    return counts


def _tell_if_locked(
    door: Door, living: list[Row[*tuple[Any, ...]]], counts: list[tuple[Tally, int]], now: datetime
) -> None:
    """This wrong try was the last that a number or address has for now: whoever holds it is told."""
    full = {tally for tally, count in counts if count >= tally.limit.most}
    locked = {row.point_value: row for row in living if not full.isdisjoint(_tried(door, [row.point_value]))}
    if not locked:
        return
    with unit_of_work() as tx:
        for value, row in sorted(locked.items()):
            tell_locked_in(tx, door, PointKind(row.point_kind), value, row.id, now)


def _take_try_in(tx: Connection, door: Door, browser_hash: str, now: datetime) -> list[Row[*tuple[Any, ...]]]:
    """One try from each living code of the browser. Raises ``CodeRefused`` if there is none."""
    living = tx.execute(
        update(SignInCode)
        .where(
            SignInCode.browser_hash == browser_hash,
            SignInCode.door == door.value,
            SignInCode.used_at.is_(None),
            SignInCode.expires_at > now,
            SignInCode.tries_left > 0,
        )
        .values(tries_left=SignInCode.tries_left - 1)
        .returning(
            SignInCode.id, SignInCode.code_hash, SignInCode.known, SignInCode.tries_left, SignInCode.point_kind,
            SignInCode.point_value,
        )
    ).all()  # fmt: skip
    if not living:
        raise CodeRefused(_why_none(tx, door, browser_hash, now))
    return list(living)


def _why_none(tx: Connection, door: Door, browser_hash: str, now: datetime) -> CodeRefusal:
    newest = tx.execute(
        select(SignInCode.used_at, SignInCode.expires_at)
        .where(SignInCode.browser_hash == browser_hash, SignInCode.door == door.value)
        .order_by(SignInCode.created_at.desc(), SignInCode.id.desc())
        .limit(1)
    ).one_or_none()
    if newest is None:
        return CodeRefusal.NONE_ASKED
    if newest.used_at is not None:
        return CodeRefusal.USED
    return CodeRefusal.EXPIRED if newest.expires_at <= now else CodeRefusal.NO_TRIES_LEFT


def _use_in(
    tx: Connection, found: Row[*tuple[Any, ...]], door: Door, browser_token: str, address: str, now: datetime
) -> ReadPoint:
    """Use the code up, and with it the browser's others; what it proves. Raises ``CodeRefused``: somebody was first."""
    # Counter before code, as above: two who come at once must not each hold what the other waits for.
    counters.count_in(tx, tallies(Deed.WRONG_TRY, {Per.ADDRESS: network(address)}), now, -1)
    used = tx.scalars(
        update(SignInCode)
        .where(
            SignInCode.browser_hash == token_hash(browser_token), SignInCode.door == door.value,
            SignInCode.used_at.is_(None),
        )
        .values(used_at=now)
        .returning(SignInCode.id)
    ).all()  # fmt: skip
    if found.id not in used:
        raise CodeRefused(CodeRefusal.USED)
    counters.count_in(tx, _tried(door, [found.point_value]), now, -1)
    return ReadPoint(PointKind(found.point_kind), found.point_value)
