"""Who needs a second proof, what the next step of a sign-in is, and the codes of an authenticator."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import pyotp

from webapp.accounts.rules.links import LETTERS
from webapp.people.rules.refusals import Refused
from webapp.people.rules.roles import Role

STEP_SECONDS = 30
RECOVERY_CODES = 10
_PART = 4
_WITHOUT: frozenset[Role] = frozenset({Role.TEACHER, Role.COVER_TEACHER, Role.GOVERNOR})
"""Roles that need no second proof by themselves: a teacher sees one form, cover one for a day, a governor no child."""


class Step(StrEnum):
    """What a sign-in under way asks for next."""

    OVER = "over"
    CHOOSE = "choose"
    PROVE = "prove"
    SET_UP = "set_up"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of one post of whoever signs in. ``everybody``: one of their schools asks it of everybody.
    ``done``: the provider that signed them in made the second check, and the organisation relies on it.

    A passkey counts as set up also while it is doubted: a password alone must not replace it.
    """

    roles: frozenset[Role]
    has_app: bool = False
    everybody: bool = False
    has_passkey: bool = False
    done: bool = False

    @property
    def has_factor(self) -> bool:
        return self.has_app or self.has_passkey


def is_required(roles: Iterable[Role], *, everybody: bool = False) -> bool:
    """True if one of the roles needs a second proof; somebody with no role is asked too."""
    held = frozenset(roles)
    return everybody or not held or bool(held - _WITHOUT)


def next_step(posts: Iterable[Standing], *, by_passkey: bool = False) -> Step:
    """The step after a first proof. Whoever has set up a second factor is asked for it, needed or not, unless their
    provider has made a second check that counts.

    ``by_passkey``: the first proof was a passkey that has verified its user, something held with something known or of
    the body, which is both proofs at once. It is for one post, so that nobody has to choose.
    """
    found = tuple(posts)
    if len(found) != 1:
        return Step.CHOOSE if found else Step.OVER
    one = found[0]
    if by_passkey:
        # One that was taken away meanwhile opens nothing.
        return Step.DONE if one.has_passkey else Step.OVER
    if one.done:
        return Step.DONE
    if one.has_factor:
        return Step.PROVE
    return Step.SET_UP if is_required(one.roles, everybody=one.everybody) else Step.DONE


def matching_step(secret: str, code: str, now: datetime, after: int) -> int | None:
    """The half-minute whose code this is: now's, the one before or after, and later than the last one used."""
    totp, current = pyotp.TOTP(secret), int(now.timestamp()) // STEP_SECONDS
    for step in (current - 1, current, current + 1):
        if step > after and pyotp.utils.strings_equal(totp.generate_otp(step), code):
            return step
    return None


def looks_like_recovery(typed: str) -> bool:
    return bool(re.search(r"[^\W\d_]", typed))


def read_recovery(typed: str) -> tuple[str, str]:
    """(selector, secret) of a recovery code; spaces and hyphens are passed over. Raises ``Refused``."""
    bare = re.sub(r"[\s-]", "", typed)
    if len(bare) != 3 * _PART or set(bare) - set(LETTERS):
        raise Refused("code", "Enter the 6 digits, or a recovery code like Kd7m-Rw2Q-xZ9p.")
    return bare[:_PART], bare[_PART:]


def shown_recovery(selector: str, secret: str) -> str:
    return f"{selector}-{secret[:_PART]}-{secret[_PART:]}"


def shown_secret(secret: str) -> str:
    """A key in groups of four, to be typed into an authenticator."""
    return " ".join(secret[start : start + _PART] for start in range(0, len(secret), _PART))


def address_of(secret: str, email: str) -> str:
    """The ``otpauth:`` address that authenticators on the same phone open."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name="Firstbell")
