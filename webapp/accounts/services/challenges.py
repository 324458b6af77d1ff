"""Challenges: random bytes that a passkey signs, once, within five minutes, in the browser that asked.

They serve both doors. A challenge is used up before what was signed is looked at, so that nothing is tried twice.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from webapp.accounts.models import PasskeyChallenge
from webapp.accounts.rules.codes import Door
from webapp.accounts.rules.limits import Deed, Per, check, network, tallies
from webapp.accounts.rules.passkeys import (
    CHALLENGE_LIFETIME,
    LONGEST_ANSWER,
    PasskeyRefusal,
    PasskeyRefused,
    Purpose,
)
from webapp.accounts.services import counters
from webapp.accounts.services.tokens import token_hash
from webapp.foundation.clock import machine_now
from webapp.foundation.db import unit_of_work


@dataclass(frozen=True, slots=True)
class Asker:
    """The browser that a passkey is used in: its token, its network address and what it calls itself."""

    browser_token: str
    address: str
    user_agent: str = ""


def new_challenge(door: Door, purpose: Purpose, asker: Asker, session_id: int | None = None) -> bytes:
    """A challenge bound to the browser, and to a session where there is one. Raises ``TooMany``."""
    challenge, now = secrets.token_bytes(32), machine_now()
    browser = token_hash(asker.browser_token)
    asked = tallies(Deed.CHALLENGE, {Per.BROWSER: browser, Per.ADDRESS: network(asker.address)})
    with unit_of_work() as tx:
        counters.count_in(tx, asked, now)
        check(counters.counted(tx, asked, now))
        tx.execute(
            insert(PasskeyChallenge).values(
                door=door.value, purpose=purpose.value, challenge=bytes_to_base64url(challenge), browser_hash=browser,
                session_id=session_id, created_at=now, expires_at=now + CHALLENGE_LIFETIME,
            )
        )  # fmt: skip
    return challenge


def take_challenge(
    door: Door, purpose: Purpose, asker: Asker, answer: str, session_id: int | None = None
) -> bytes:
    """Use up the challenge that ``answer`` says it has signed. Raises ``PasskeyRefused``."""
    signed = _challenge_in(answer)
    with unit_of_work() as tx:
        if not _take_in(tx, door, purpose, token_hash(asker.browser_token), signed, session_id):
            raise PasskeyRefused(PasskeyRefusal.LATE)
    return base64url_to_bytes(signed)


def _take_in(
    tx: Connection, door: Door, purpose: Purpose, browser_hash: str, signed: str, session_id: int | None
) -> bool:
    now = machine_now()
    mine = select(PasskeyChallenge.id).where(
        PasskeyChallenge.challenge == signed, PasskeyChallenge.door == door.value,
        PasskeyChallenge.purpose == purpose.value, PasskeyChallenge.browser_hash == browser_hash,
        PasskeyChallenge.session_id.is_not_distinct_from(session_id), PasskeyChallenge.expires_at > now,
    )  # fmt: skip
    taken = tx.execute(
        update(PasskeyChallenge)
        .where(PasskeyChallenge.id.in_(mine), PasskeyChallenge.used_at.is_(None))
        .values(used_at=now)
    )
    return taken.rowcount == 1


def _challenge_in(answer: str) -> str:
    """The challenge named in what a browser sent. Raises ``PasskeyRefused`` for anything that is no such thing."""
    try:
        if len(answer) > LONGEST_ANSWER:
            raise ValueError
        said = json.loads(base64url_to_bytes(json.loads(answer)["response"]["clientDataJSON"]))["challenge"]
        # Read and written again: the one spelling that is stored.
        return bytes_to_base64url(base64url_to_bytes(said))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise PasskeyRefused(PasskeyRefusal.BROKEN) from None
