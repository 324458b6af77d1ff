"""The second proof of staff: setting it up, giving it, recovery codes, and taking it away when it is lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from cryptography.fernet import MultiFernet
from sqlalchemy import Connection, delete, update

from webapp.accounts.models import Passkey, RecoveryCode, StaffLogin
from webapp.accounts.queries.staff import StaffKey
from webapp.accounts.queries.staff_entries import find_recovery
from webapp.accounts.queries.staff_logins import LoginRow, find_login
from webapp.accounts.rules.codes import read_code
from webapp.accounts.rules.limits import Deed as Counted
from webapp.accounts.rules.limits import Per, Tally, check, network, tallies
from webapp.accounts.rules.second_factors import (
    Step,
    looks_like_recovery,
    matching_step,
    read_recovery,
)
from webapp.accounts.services import counters
from webapp.accounts.services.endings import end_staff_sessions_in
from webapp.accounts.services.recovery_codes import keep_recovery_in, make_recovery, of_staff
from webapp.accounts.services.sessions import SignedIn
from webapp.accounts.services.staff_entries import Browser, EntryOver, actor_of, finish_in, under_way, under_way_in
from webapp.accounts.services.staff_messages import FACTOR_RESET, FACTOR_SET, RECOVERY_USED, send_news_in
from webapp.accounts.services.staff_passwords import login_row_in, tell_locked_in
from webapp.accounts.services.tokens import code_matches
from webapp.foundation.clock import machine_now, school_today
from webapp.foundation.db import read_door, unit_of_work
from webapp.foundation.trail import Actor, Deed, write
from webapp.people.rules.refusals import Refused


class WrongFactor(Refused):
    """A code that proves nothing; it may have been right and used before."""

    def __init__(self) -> None:
        super().__init__("code", "That is not the code, or it was used before. Wait for the next one and try again.")


@dataclass(frozen=True, slots=True)
class FactorSetUp:
    """A second factor was set up: the session that begins, and the recovery codes, which are shown this once."""

    signed_in: SignedIn
    recovery: tuple[str, ...]


def new_secret_of(token: str | None, box: MultiFernet) -> tuple[str, str]:
    """(the secret that is being set up, the address it is for). Raises ``EntryOver``."""
    at = under_way(token, Step.SET_UP)
    return box.decrypt(at.entry.new_secret.encode()).decode(), at.login.email


def set_up(token: str | None, typed: str, browser: Browser, box: MultiFernet) -> FactorSetUp:
    """Confirm the authenticator with a code of it, and sign in. Raises ``EntryOver``, ``WrongFactor``, ``TooMany``."""
    code = read_code(typed)
    at, now = under_way(token, Step.SET_UP), machine_now()
    wrong = _count_try(at.login, browser.address, now)
    secret = box.decrypt(at.entry.new_secret.encode()).decode()
    step = matching_step(secret, code, now, 0)
    if step is None:
        raise WrongFactor()
    made = make_recovery()
    with unit_of_work() as tx:
        at = under_way_in(tx, token, Step.SET_UP)
        login_row_in(tx, at.login.key)
        _give_back_in(tx, wrong, now)
        _change_in(tx, at.login.key, totp_secret=at.entry.new_secret, totp_since=now, totp_step=step)
        keep_recovery_in(tx, at.login.key, made)
        write(tx, at.login.key.organisation_id, actor_of(at.login), _deed("set_up_second_factor", at.login.key))
        send_news_in(tx, at.login, FACTOR_SET, f"factor:{now:%Y%m%d%H%M%S}", school_today())
        return FactorSetUp(finish_in(tx, at, browser), made.shown)


def prove(token: str | None, typed: str, browser: Browser, box: MultiFernet) -> SignedIn:
    """Give the second proof and sign in: the six digits of now, or a recovery code.

    Raises ``EntryOver``, ``WrongFactor``, ``TooMany``, and ``Refused`` for what is no code, which costs no try.
    """
    at, now = under_way(token, Step.PROVE), machine_now()
    proof = _read(typed)
    wrong = _count_try(at.login, browser.address, now)
    found = _look(at.login, proof, box, now)
    if found is None:
        _tell_if_locked(at.login, wrong, now)
        raise WrongFactor()
    with unit_of_work() as tx:
        at = under_way_in(tx, token, Step.PROVE)
        _use_in(tx, at.login, found, now)
        _give_back_in(tx, wrong, now)
        return finish_in(tx, at, browser)


def renew_recovery(key: StaffKey, typed: str, address: str, box: MultiFernet) -> tuple[str, ...]:
    """Ten new recovery codes for whoever gives the six digits of now; those from before no longer work.

    Raises ``WrongFactor``, ``TooMany``, and ``EntryOver`` for somebody without a second factor.
    """
    code, now = read_code(typed), machine_now()
    with read_door() as db:
        login = find_login(db, key, school_today())
    if login is None or login.totp_secret is None:
        raise EntryOver()
    wrong = _count_try(login, address, now)
    step = _look(login, (code, ""), box, now)
    if step is None:
        raise WrongFactor()
    made = make_recovery()
    with unit_of_work() as tx:
        _use_in(tx, login, step, now)
        _give_back_in(tx, wrong, now)
        keep_recovery_in(tx, key, made)
        write(tx, key.organisation_id, actor_of(login), _deed("made_recovery_codes", key))
    return made.shown


def renew_recovery_of_keys(key: StaffKey) -> tuple[str, ...]:
    """Ten new recovery codes for whoever has passkeys and no app; the caller has seen a fresh proof.

    Raises ``EntryOver`` for anybody else.
    """
    made = make_recovery()
    with unit_of_work() as tx:
        login = find_login(tx, key, school_today())
        if login is None or login.totp_secret is not None or not login.passkeys:
            raise EntryOver()
        keep_recovery_in(tx, key, made)
        write(tx, key.organisation_id, actor_of(login), _deed("made_recovery_codes", key))
    return made.shown


def reset_factor(key: StaffKey, reason: str, by: Actor, school_id: int) -> None:
    """Take away second factors that were lost, app, passkeys and PIN: the person sets up a new one at the next sign-in,
    and is told.

    Raises ``Refused`` without a reason, for oneself, and where there is none.
    """
    words = " ".join(reason.split())[:200]
    if len(words) < 3:
        raise Refused("reason", "Say why, such as: new phone, asked in person.")
    if by.id == key.staff_id:
        raise Refused("reason", "Ask another administrator: nobody takes away their own second check.")
    now = machine_now()
    with unit_of_work() as tx:
        login = find_login(tx, key, school_today())
        if login is None or not login.has_factor:
            raise Refused("reason", "There is nothing to take away: no second check is set up.")
        login_row_in(tx, key)
        _change_in(tx, key, totp_secret=None, totp_since=None, pin_hash=None)
        tx.execute(delete(RecoveryCode).where(*of_staff(key)))
        theirs = Passkey.staff_organisation_id == key.organisation_id, Passkey.staff_id == key.staff_id
        tx.execute(update(Passkey).where(*theirs, Passkey.removed_at.is_(None)).values(removed_at=now))
        end_staff_sessions_in(tx, key.organisation_id, key.staff_id)
        deed = Deed("reset_second_factor", "staff", key.staff_id, school_id=school_id, detail={"reason": words})
        write(tx, key.organisation_id, by, deed)
        send_news_in(tx, login, FACTOR_RESET, f"reset:{now:%Y%m%d%H%M%S}", school_today())


_Proof = tuple[str, str]
"""(six digits, "") or (selector, secret) of a recovery code."""


def _read(typed: str) -> _Proof:
    bare = re.sub(r"\s", "", typed)[:100]
    return read_recovery(bare) if looks_like_recovery(bare) else (read_code(bare), "")


@dataclass(frozen=True, slots=True)
class _Found:
    """What a proof turned out to be: a half-minute's code, or a recovery code of that number."""

    step: int = 0
    recovery_id: int = 0


def _look(login: LoginRow, proof: _Proof, box: MultiFernet, now: datetime) -> _Found | None:
    """Slow for a recovery code: never inside a unit of work."""
    first, secret = proof
    if not secret:
        # Whoever has passkeys alone has no app whose digits could be right.
        if login.totp_secret is None:
            return None
        key = box.decrypt(login.totp_secret.encode()).decode()
        step = matching_step(key, first, now, login.totp_step)
        return _Found(step=step) if step is not None else None
    with read_door() as db:
        row = find_recovery(db, login.key, first)
    return _Found(recovery_id=row.id) if row is not None and code_matches(row.code_hash, secret) else None


def _use_in(tx: Connection, login: LoginRow, found: _Found, now: datetime) -> None:
    """Use the proof up. Raises ``WrongFactor`` if somebody was first."""
    key = login.key
    if found.recovery_id:
        used = tx.execute(
            update(RecoveryCode)
            .where(*of_staff(key), RecoveryCode.id == found.recovery_id, RecoveryCode.used_at.is_(None))
            .values(used_at=now)
        )
        write(tx, key.organisation_id, actor_of(login), _deed("used_recovery_code", key))
        send_news_in(tx, login, RECOVERY_USED, f"recovery:{found.recovery_id}", school_today())
    else:
        used = tx.execute(
            update(StaffLogin)
            .where(
                StaffLogin.organisation_id == key.organisation_id, StaffLogin.staff_id == key.staff_id,
                StaffLogin.totp_step < found.step, StaffLogin.totp_secret == login.totp_secret,
            )
            .values(totp_step=found.step)
        )  # fmt: skip
    if used.rowcount != 1:
        raise WrongFactor()


def check_code(login: LoginRow, typed: str, address: str, box: MultiFernet) -> Callable[[Connection], None]:
    """Look at six digits or a recovery code of somebody who is signed in; what is returned uses it up in a transaction.

    Raises as ``prove`` does, but for ``EntryOver``.
    """
    proof, now = _read(typed), machine_now()
    wrong = _count_try(login, address, now)
    found = _look(login, proof, box, now)
    if found is None:
        _tell_if_locked(login, wrong, now)
        raise WrongFactor()

    def use_in(tx: Connection) -> None:
        _use_in(tx, login, found, now)
        _give_back_in(tx, wrong, now)

    return use_in


def _count_try(login: LoginRow, address: str, now: datetime) -> tuple[Tally, ...]:
    """Count a wrong try before it is looked at; ``_give_back_in`` takes it back. Raises ``TooMany``."""
    who = {Per.POINT: f"staff:{login.key.organisation_id}:{login.key.staff_id}", Per.ADDRESS: network(address)}
    wrong = tallies(Counted.WRONG_FACTOR, who)
    with unit_of_work() as tx:
        check(counters.one_more(counters.counted(tx, wrong, now)))
        counters.count_in(tx, wrong, now)
    return wrong


def _give_back_in(tx: Connection, wrong: tuple[Tally, ...], now: datetime) -> None:
    counters.count_in(tx, wrong, now, -1)


def _tell_if_locked(login: LoginRow, wrong: tuple[Tally, ...], now: datetime) -> None:
    with read_door() as db:
        counts = counters.counted(db, [one for one in wrong if one.limit.per is Per.POINT], now)
    full = [tally for tally, count in counts if count >= tally.limit.most]
    if full:
        with unit_of_work() as tx:
            tell_locked_in(tx, (login,), full[0], now)


def _change_in(tx: Connection, key: StaffKey, **values: object) -> None:
    tx.execute(
        update(StaffLogin)
        .where(StaffLogin.organisation_id == key.organisation_id, StaffLogin.staff_id == key.staff_id)
        .values(**values)
    )


def _deed(action: str, key: StaffKey) -> Deed:
    return Deed(action, "staff", key.staff_id)
