"""A pupil who answers for themselves asks to leave during the day: what may be asked, and what follows what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from webapp.absence.rules.times import read_time
from webapp.people.rules.danger import speaks_of_danger
from webapp.people.rules.names import clean_text
from webapp.people.rules.own_voice import SignOut
from webapp.people.rules.refusals import Refused

LONGEST_REASON = 300
EARLY = timedelta(minutes=10)
"""How long before the time that school agreed to a pupil may go."""
GRACE = timedelta(minutes=30)
"""How long after it their phone may sign them out; later they see reception."""


class SignOutState(StrEnum):
    """Where a request stands; the value is what is stored."""

    ASKED = "asked"
    AGREED = "agreed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    GONE = "gone"


class SignOutDeed(StrEnum):
    """What somebody does to a request."""

    AGREE = "agree"
    REFUSE = "refuse"
    TAKE_BACK = "take_back"
    GO = "go"


S, D = SignOutState, SignOutDeed
_NEXT = {
    (S.ASKED, D.AGREE): S.AGREED,
    (S.ASKED, D.REFUSE): S.REFUSED,
    (S.ASKED, D.TAKE_BACK): S.WITHDRAWN,
    (S.AGREED, D.TAKE_BACK): S.WITHDRAWN,
    # Something has changed since school agreed: until the pupil has gone it may still say no.
    (S.AGREED, D.REFUSE): S.REFUSED,
    (S.AGREED, D.GO): S.GONE,
}


class SignOutRefused(Refused):
    """The request cannot be made, or not be moved on."""


def after(state: SignOutState, deed: SignOutDeed) -> SignOutState:
    """Raises ``SignOutRefused`` for a deed that does not fit the state."""
    try:
        return _NEXT[state, deed]
    except KeyError:
        raise SignOutRefused("request", "Somebody has dealt with this already. Look at it again.") from None


@dataclass(frozen=True, slots=True)
class ReadSignOut:
    """A request that may be made. ``danger``: the words are for the DSL, and for nobody else."""

    leaves_at: time
    back_at: time | None
    reason: str
    danger: bool


def read_sign_out(leaves: str, back: str, reason: str, now: time, ends: time) -> ReadSignOut:
    """What was typed. ``now`` and ``ends`` are London's clock now and the end of the school day.

    Raises ``SignOutRefused`` naming the field: no time, one that is past, one after the end of the day, no reason.
    """
    leaves_at = read_time(leaves)
    if leaves_at is None:
        raise SignOutRefused("leaves_at", "Enter the time you want to leave, like 1:10pm.")
    if leaves_at < now.replace(second=0, microsecond=0):
        raise SignOutRefused("leaves_at", "That time has gone. Enter a time later today.")
    if leaves_at >= ends:
        raise SignOutRefused("leaves_at", "School is over by then. You do not need to ask.")
    back_at = read_time(back) if back.strip() else None
    if back.strip() and back_at is None:
        raise SignOutRefused("back_at", "Enter the time you will be back, like 2:15pm, or leave it empty.")
    if back_at is not None and back_at <= leaves_at:
        raise SignOutRefused("back_at", "You will be back after you leave. Check both times.")
    words = clean_text(reason, LONGEST_REASON, "reason")
    if not words:
        raise SignOutRefused("reason", "Tell school why you want to leave.")
    return ReadSignOut(leaves_at, back_at, words, speaks_of_danger(words))


def phone_may_go(how: SignOut, state: SignOutState, leaves_at: datetime, now: datetime) -> bool:
    """True if the pupil's own phone may sign them out now: the school lets it, has agreed, and it is about time."""
    return how is SignOut.PHONE and state is S.AGREED and leaves_at - EARLY <= now <= leaves_at + GRACE
