"""Who is not reached: why, and what the office does next. Pure facts about one contact, said in words."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from webapp.people.rules.refusals import Refused

MOST_INVITATIONS = 3
BETWEEN_INVITATIONS = timedelta(days=14)
DONE_HOLDS = timedelta(days=28)
"""For so long a contact whom the office has dealt with stands on the list no more, unless a message fails after it."""


class Gap(StrEnum):
    """Why somebody is on the list; the first that holds is shown first."""

    NO_POINT = "no_point"
    WRONG_NUMBER = "wrong_number"
    OPTED_OUT = "opted_out"
    FAILED = "failed"
    NEVER_OPENED = "never_opened"


class Next(StrEnum):
    """What the office does next."""

    LETTER = "letter"
    RING = "ring"
    INVITE = "invite"


class ReachNoteKind(StrEnum):
    """What the office did; the value is what is stored."""

    INVITED = "invited"
    RANG = "rang"
    ASKED = "asked"
    LETTER = "letter"
    DONE = "done"


GAP_WORDS = {
    Gap.NO_POINT: "No mobile or e-mail", Gap.WRONG_NUMBER: "Wrong number", Gap.OPTED_OUT: "Stopped our texts",
    Gap.FAILED: "Last message did not arrive", Gap.NEVER_OPENED: "Never opened Firstbell",
}  # fmt: skip
NEXT_WORDS = {
    Next.LETTER: "Send a letter home and ask for a number", Next.RING: "Ring them", Next.INVITE: "Invite by text",
}  # fmt: skip


class ReachRefused(Refused):
    """Somebody cannot be invited now."""


@dataclass(frozen=True, slots=True)
class Reached:
    """What is known of one contact. ``points``: (kind, state). ``failed``: the last message arrived by no way;
    ``invited``: when they were invited; ``done``: when the office last said that it is dealt with."""

    points: Collection[tuple[str, str]]
    opened: bool
    failed: bool = False
    failed_at: datetime | None = None
    invited: tuple[datetime, ...] = ()
    done: datetime | None = None
    may_report: bool = True


def gaps(one: Reached) -> tuple[Gap, ...]:
    """Every reason for which the contact stands on the list; none for who is reached."""
    found = []
    written = [state for kind, state in one.points if kind != "landline"]
    if not any(state != "bad" for state in written):
        found.append(Gap.WRONG_NUMBER if written else Gap.NO_POINT)
    elif not any(state == "usable" for state in written):
        found.append(Gap.OPTED_OUT)
    if one.failed:
        found.append(Gap.FAILED)
    if not one.opened:
        found.append(Gap.NEVER_OPENED)
    return tuple(found)


def is_done(one: Reached, now: datetime) -> bool:
    """The office has dealt with it lately, and no message has failed since."""
    if one.done is None or now - one.done >= DONE_HOLDS:
        return False
    return one.failed_at is None or one.failed_at <= one.done


def next_step(one: Reached, now: datetime) -> Next:
    """What to do about who stands on the list."""
    why = gaps(one)
    if Gap.NO_POINT in why or Gap.WRONG_NUMBER in why:
        return Next.RING if any(kind == "landline" and state != "bad" for kind, state in one.points) else Next.LETTER
    if why == (Gap.NEVER_OPENED,) and why_not_invited(one, now) == "":
        return Next.INVITE
    return Next.RING


def why_not_invited(one: Reached, now: datetime) -> str:
    """Why no invitation goes now, as a sentence; empty where one may go."""
    if one.opened:
        return "They have opened Firstbell already."
    if not one.may_report:
        return "They may not tell school about the child, so that there is nothing to invite them to."
    if not any(state == "usable" and kind != "landline" for kind, state in one.points):
        return "There is no mobile or e-mail to invite them by. Ask for one."
    if len(one.invited) >= MOST_INVITATIONS:
        return f"They have been invited {MOST_INVITATIONS} times. Ring them instead."
    if one.invited and now - max(one.invited) < BETWEEN_INVITATIONS:
        return f"They were invited less than {BETWEEN_INVITATIONS.days} days ago. Wait, or ring them."
    return ""
