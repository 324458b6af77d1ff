"""Passkeys: what one may be called, when a challenge is over, when a proof is fresh, and how one is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from webapp.accounts.rules.codes import Door
from webapp.people.rules.refusals import Refused

CHALLENGE_LIFETIME = timedelta(minutes=5)
STEP_UP_LASTS = timedelta(minutes=10)
OFFER_EVERY = timedelta(days=30)
LONGEST_PASSKEY_NAME = 60
MOST_PASSKEYS = 10
LONGEST_ANSWER = 16_000
"""Of what a browser sends of a passkey; a real one has less than 3,000 letters."""


class Purpose(StrEnum):
    """What a challenge is for; what was signed for one opens no other."""

    ADD = "add"
    SIGN_IN = "sign_in"
    STEP_UP = "step_up"


class PasskeyRefusal(StrEnum):
    """Why a passkey was not accepted."""

    LATE = "late"
    UNKNOWN = "unknown"
    BROKEN = "broken"
    COPIED = "copied"
    NOT_YOURS = "not_yours"
    THERE_ALREADY = "there_already"
    TOO_MANY = "too_many"


_MENDS = {
    PasskeyRefusal.LATE: "That took too long. Try again.",
    PasskeyRefusal.UNKNOWN: "We cannot use this passkey any more. Sign in with a code.",
    PasskeyRefusal.BROKEN: "The passkey did not work. Try again, or sign in with a code.",
    PasskeyRefusal.COPIED: "Somebody may have copied this passkey, so we did not use it. Sign in with a code and then "
    "remove the passkey. If somebody else has had your phone, ring school.",
    PasskeyRefusal.NOT_YOURS: "This passkey is not yours. Use a code.",
    PasskeyRefusal.THERE_ALREADY: "This phone or computer has a passkey already.",
    PasskeyRefusal.TOO_MANY: f"You have {MOST_PASSKEYS} passkeys. Remove one that you do not use first.",
}


_STAFF_MENDS = {
    PasskeyRefusal.UNKNOWN: "We cannot use this passkey any more. Sign in with your password.",
    PasskeyRefusal.BROKEN: "The passkey did not work. Try again, or sign in with your password.",
    PasskeyRefusal.COPIED: "Somebody may have copied this passkey, so we did not use it. Sign in another way and then "
    "remove the passkey, or ask your administrator. Tell them too if somebody else has had it.",
    PasskeyRefusal.NOT_YOURS: "This passkey is somebody else’s. Use your own.",
}


class PasskeyRefused(Refused):
    """A passkey that opens nothing. ``reason`` says why."""

    def __init__(self, reason: PasskeyRefusal, door: Door = Door.PARENT) -> None:
        staffs = _STAFF_MENDS.get(reason) if door is Door.STAFF else None
        super().__init__("passkey", staffs or _MENDS[reason])
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Site:
    """For whom passkeys are made: the host of the public address, and the address itself."""

    host: str
    origin: str


def site_of(public_url: str) -> Site:
    """The site that passkeys belong to. Another host means that none of them opens anything any more."""
    parts = urlsplit(public_url)
    return Site(parts.hostname or "", f"{parts.scheme}://{parts.netloc}")


def went_back(held: int, shown: int) -> bool:
    """True where the counter of a passkey did not grow: two copies of it are in use. Many passkeys count nothing and
    show 0 for ever."""
    return (held > 0 or shown > 0) and shown <= held


def is_fresh(proved_at: datetime | None, now: datetime) -> bool:
    """True while a code or a passkey has lately proved who is here."""
    return proved_at is not None and now - proved_at < STEP_UP_LASTS
