"""Sign-in codes: who can be sent one, how one is typed, and how one is refused.

Six digits, ten minutes, one use, five tries, bound to the browser that asked (OWASP ASVS 5, 6.5 and 6.6).
"""

from __future__ import annotations

import re
import unicodedata
from datetime import timedelta
from enum import StrEnum

from webapp.people.rules.contact_points import (
    ContactPointRefused,
    PointKind,
    ReadPoint,
    read_contact_point,
    read_email,
)
from webapp.people.rules.refusals import Refused

CODE_DIGITS = 6
CODE_LIFETIME = timedelta(minutes=10)
CODE_TRIES = 5
HOME_COUNTRY = "+44"
"""Where texts go without asking: every other country costs more, and is where SMS pumping earns its money."""


class Door(StrEnum):
    """Which of the two doors somebody comes through; a teacher who is also a parent uses both, one at a time."""

    PARENT = "parent"
    STAFF = "staff"


class CodeRefusal(StrEnum):
    """Why a code was not accepted."""

    NONE_ASKED = "none_asked"
    WRONG = "wrong"
    NO_TRIES_LEFT = "no_tries_left"
    EXPIRED = "expired"
    USED = "used"


_MENDS = {
    CodeRefusal.NONE_ASKED: "Ask for a code first, on this phone or computer.",
    CodeRefusal.NO_TRIES_LEFT: "That was not the code, and it can no longer be used. Ask for a new one.",
    CodeRefusal.EXPIRED: "This code was sent more than 10 minutes ago. Ask for a new one.",
    CodeRefusal.USED: "This code has been used. Ask for a new one.",
}


class CodeRefused(Refused):
    """A code that does not open the door. ``tries_left`` counts what is left of the newest one."""

    def __init__(self, reason: CodeRefusal, tries_left: int = 0) -> None:
        super().__init__("code", code_mend(reason, tries_left))
        self.reason = reason
        self.tries_left = tries_left


def code_mend(reason: CodeRefusal, tries_left: int = 0) -> str:
    """What to do instead, in a sentence or two."""
    if reason is CodeRefusal.WRONG:
        tries = "1 try" if tries_left == 1 else f"{tries_left} tries"
        return f"That is not the code. Check the newest message. You have {tries} left."
    return _MENDS[reason]


def read_code(raw: str) -> str:
    """The six digits of what somebody typed or pasted; spaces and hyphens are passed over.

    Raises ``Refused`` for anything else, which costs no try.
    """
    plain = unicodedata.normalize("NFKC", raw)
    digits = re.sub(r"[\s\u200b-\u200f\u202a-\u202e\u2010-\u2015\u2060-\u2069\u2212-]", "", plain)
    digits = "".join(str(unicodedata.decimal(character, character)) for character in digits)
    if not re.fullmatch(rf"[0-9]{{{CODE_DIGITS}}}", digits):
        raise Refused("code", f"Enter the {CODE_DIGITS} digits from the message.")
    return digits


def is_abroad(point: ReadPoint) -> bool:
    """A mobile of another country: only organisations that list the country text it."""
    return point.kind is PointKind.MOBILE and not point.value.startswith(HOME_COUNTRY)


def abroad_refused() -> ContactPointRefused:
    """Nobody on this service texts that country, whoever holds the number."""
    return ContactPointRefused(
        "contact_point", "We cannot text numbers in that country. Enter your e-mail address instead."
    )


def read_point(door: Door, raw: str, *, allow_fictional: bool = False) -> ReadPoint:
    """The mobile or e-mail address that a code can go to; staff use their e-mail address at school.

    Raises ``ContactPointRefused`` for what no code can reach, whoever holds it, so that nothing is told by it.
    """
    if door is Door.STAFF:
        return read_email(raw, allow_fictional=allow_fictional)
    point = read_contact_point(raw, allow_fictional=allow_fictional)
    if point.kind is PointKind.LANDLINE:
        raise ContactPointRefused("contact_point", "This is a landline. Enter a mobile number or an e-mail address.")
    return point
