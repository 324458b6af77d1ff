"""How often a code may be asked for and tried: one table of windows, counted by number, browser, address and service.

A window slides: it is counted in sixty steps, so that "5 an hour" holds for every hour and not for each one on the
clock.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from webapp.accounts.rules.codes import Door
from webapp.people.rules.refusals import Refused

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STEPS = 60


class Deed(StrEnum):
    """What is counted. ``TEXT`` is a text that really goes out, for the cap against SMS pumping; ``TRIAL`` a push that
    somebody sends themselves to see whether pushes come; ``CHALLENGE`` a passkey that is asked for; ``WRONG_CODE`` a
    wrong code for one number or address, whoever tries it and from wherever; ``PROVIDER_TRIP`` a way to the provider
    that signs staff in."""

    ASK = "ask"
    CHALLENGE = "challenge"
    PROVIDER_TRIP = "provider_trip"
    TRIAL = "trial"
    WRONG_TRY = "wrong_try"
    WRONG_CODE = "wrong_code"
    TEXT = "text"
    WRONG_PASSWORD = "wrong_password"  # noqa: S105 - the name of a counter
    WRONG_FACTOR = "wrong_factor"
    ASK_PASSWORD = "ask_password"  # noqa: S105 - the name of a counter
    # What costs the service or a school something, door by door: see webapp/access/costs.py.
    SEARCH = "search"
    EXPORT = "export"
    UPLOAD = "upload"
    IMPORT = "import"
    WRITE = "write"
    TEXT_FAMILY = "text_family"
    WRONG_LINK = "wrong_link"
    WRONG_SIGNATURE = "wrong_signature"


class Per(StrEnum):
    """By whom it is counted."""

    POINT = "point"
    BROWSER = "browser"
    ADDRESS = "address"
    SERVICE = "service"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``most`` deeds in any stretch of ``within``."""

    deed: Deed
    per: Per
    most: int
    within: timedelta

    def step(self, now: datetime) -> datetime:
        """The start of the step that ``now`` falls in: what the counter's row is kept under."""
        length = self.within / _STEPS
        return _EPOCH + (now - _EPOCH) // length * length

    def since(self, now: datetime) -> datetime:
        """Steps that start after this belong to the window that ends now."""
        return now - self.within - self.within / _STEPS


MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

# A school's guest Wi-Fi on an information evening and a mobile network each show one address for hundreds of people.
LIMITS: tuple[Limit, ...] = (
    Limit(Deed.ASK, Per.POINT, 1, MINUTE),
    Limit(Deed.ASK, Per.POINT, 5, HOUR),
    Limit(Deed.ASK, Per.POINT, 15, DAY),
    Limit(Deed.ASK, Per.BROWSER, 1, MINUTE),
    Limit(Deed.ASK, Per.BROWSER, 5, HOUR),
    Limit(Deed.ASK, Per.ADDRESS, 200, HOUR),
    Limit(Deed.WRONG_TRY, Per.ADDRESS, 60, HOUR),
    Limit(Deed.WRONG_CODE, Per.POINT, 10, HOUR),
    Limit(Deed.WRONG_CODE, Per.POINT, 30, DAY),
    Limit(Deed.CHALLENGE, Per.BROWSER, 60, HOUR),
    Limit(Deed.CHALLENGE, Per.ADDRESS, 2000, HOUR),
    Limit(Deed.PROVIDER_TRIP, Per.BROWSER, 30, HOUR),
    Limit(Deed.PROVIDER_TRIP, Per.ADDRESS, 2000, HOUR),
    Limit(Deed.TEXT, Per.SERVICE, 20_000, DAY),
    Limit(Deed.TRIAL, Per.POINT, 1, MINUTE),
    Limit(Deed.TRIAL, Per.POINT, 10, HOUR),
    Limit(Deed.WRONG_PASSWORD, Per.POINT, 10, HOUR),
    Limit(Deed.WRONG_PASSWORD, Per.POINT, 30, DAY),
    Limit(Deed.WRONG_PASSWORD, Per.ADDRESS, 60, HOUR),
    Limit(Deed.WRONG_FACTOR, Per.POINT, 10, HOUR),
    Limit(Deed.WRONG_FACTOR, Per.POINT, 30, DAY),
    Limit(Deed.WRONG_FACTOR, Per.ADDRESS, 60, HOUR),
    Limit(Deed.ASK_PASSWORD, Per.POINT, 1, MINUTE),
    Limit(Deed.ASK_PASSWORD, Per.POINT, 5, HOUR),
    Limit(Deed.ASK_PASSWORD, Per.ADDRESS, 60, HOUR),
    # Far above what a busy desk does, far below what a program that walks through a school would.
    Limit(Deed.SEARCH, Per.PERSON, 60, MINUTE),
    Limit(Deed.SEARCH, Per.PERSON, 900, HOUR),
    Limit(Deed.EXPORT, Per.PERSON, 30, HOUR),
    Limit(Deed.UPLOAD, Per.PERSON, 60, HOUR),
    Limit(Deed.IMPORT, Per.PERSON, 40, HOUR),
    Limit(Deed.WRITE, Per.PERSON, 60, HOUR),
    Limit(Deed.TEXT_FAMILY, Per.PERSON, 300, HOUR),
    Limit(Deed.WRONG_LINK, Per.ADDRESS, 60, HOUR),
    Limit(Deed.WRONG_SIGNATURE, Per.ADDRESS, 60, HOUR),
)

_MENDS = {
    Per.POINT: "Too many codes were asked for. Look for the newest message, or ask again in {wait}.",
    Per.BROWSER: "Too many codes were asked for. Look for the newest message, or ask again in {wait}.",
    Per.ADDRESS: "Too many people are signing in from your network. Try again in {wait}, or with mobile data.",
    Per.PERSON: "That was done too often in a short time. Wait {wait}, then do it again.",
    Per.SERVICE: "No more texts can be sent today. Use your e-mail address, or ring the school office.",
}
_LOCKED = {
    Deed.WRONG_CODE: (
        "Too many wrong codes were typed for this number or address. Use your fingerprint or face, wait {wait}, or "
        "ring the school office."
    ),
    Deed.WRONG_PASSWORD: "Too many wrong passwords. Try again in {wait}, or ask for a link to set a new password.",
    Deed.WRONG_FACTOR: "Too many wrong codes. Try again in {wait}, or ask your administrator.",
    Deed.SEARCH: "Too many searches in a short time. Wait {wait}, then search again.",
    Deed.EXPORT: "Too many files were taken in a short time. Wait {wait}, then try again.",
    Deed.UPLOAD: "Too many files were sent in a short time. Wait {wait}, then send the next one.",
    Deed.IMPORT: "Too many files were read in a short time. Wait {wait}, then choose it again.",
    Deed.TEXT_FAMILY: "Too many messages to families in a short time. Wait {wait}, then send it again, or ring.",
    Deed.PROVIDER_TRIP: "You have begun to sign in very often. Try again in {wait}.",
    Deed.ASK_PASSWORD: "A link was asked for already. Look for the newest e-mail, or ask again in {wait}.",
}
_STAFF_LOCKED = (
    "Too many wrong codes were typed for this address. Wait {wait}, or sign in with your password or a passkey."
)
_FIELDS = {Deed.WRONG_TRY: "code", Deed.WRONG_PASSWORD: "password", Deed.WRONG_FACTOR: "code"}
_WAITS = {MINUTE: "a minute", HOUR: "an hour", DAY: "a day"}


class TooMany(Refused):
    """A limit is reached; the same is said whether or not anybody holds the number. ``retry_after`` is the longest
    that it can take."""

    def __init__(self, limit: Limit, door: Door = Door.PARENT) -> None:
        words = _MENDS[limit.per] if limit.per is Per.ADDRESS else _LOCKED.get(limit.deed, _MENDS[limit.per])
        if limit.deed is Deed.WRONG_CODE and door is Door.STAFF:
            words = _STAFF_LOCKED
        super().__init__(_FIELDS.get(limit.deed, "contact_point"), words.format(wait=_WAITS[limit.within]))
        self.limit = limit
        self.retry_after = limit.within


@dataclass(frozen=True, slots=True)
class Tally:
    """One limit for one number, browser, address or the service; ``name`` is the counter's, hashed."""

    limit: Limit
    name: str


def tallies(deed: Deed, who: Mapping[Per, str]) -> tuple[Tally, ...]:
    """The counters of one deed, in the order of their names so that two deeds never wait for each other in a ring."""
    found = [Tally(limit, _name(limit, who[limit.per])) for limit in LIMITS if limit.deed is deed and limit.per in who]
    return tuple(sorted(found, key=lambda tally: tally.name))


def _name(limit: Limit, who: str) -> str:
    hashed = hashlib.sha256(f"{limit.per}:{who}".encode()).hexdigest()[:32]
    return f"{limit.deed}:{limit.per}:{int(limit.within.total_seconds())}:{hashed}"


def check(counted: Iterable[tuple[Tally, int]], door: Door = Door.PARENT) -> None:
    """Raises ``TooMany`` if one count, the deed in hand included, is above its limit; of several, the longest wait.

    ``door``: whose words it is said in."""
    over = [tally.limit for tally, count in counted if count > tally.limit.most]
    if over:
        raise TooMany(max(over, key=lambda limit: limit.within), door)


def network(address: str) -> str:
    """What an address is counted under: itself, or for IPv6 the /64 that one household or phone is given."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
