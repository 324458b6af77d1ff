"""What the board says of the families who were asked: who was written to, how and when, and who has no way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from notifications.rules.policy import CallReason, Channel
from webapp.foundation.words import staff_time
from webapp.people.rules.school_times import LONDON

NOBODY_TO_RING = "No number that works: home visit, or tell the DSL"
_NO_TEXT = {
    # Something was sent another way, so that there is an address.
    CallReason.NO_WAY: "no number", CallReason.FAILED: "",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Written:
    """What became of the question to one adult. ``channels`` are the ways taken, ``call`` why somebody must ring."""

    name: str
    channels: Sequence[str] = ()
    call: CallReason | None = None
    again: bool = False


def asked_words(written: Sequence[Written], at: datetime, *, can_ring: bool) -> str:
    """One line for all who were asked at ``at``: texts first. ``can_ring``: anybody has a telephone that works."""
    texted = [one for one in written if Channel.SMS in one.channels]
    others = [one for one in written if Channel.SMS not in one.channels]
    said = [f"{'Second text' if one.again else 'Text'} to {one.name} {_time(at)}{_asks(one)}" for one in texted]
    said += [_other(one, at) for one in sorted(others, key=lambda one: not one.channels)]
    if not written:
        said.append("Nobody to text")
    return ". ".join(said if can_ring else [*said, NOBODY_TO_RING])


def failed_words(name: str, why: str, others: Sequence[str], *, can_ring: bool) -> str:
    """Nothing that was sent to somebody went through; ``others`` were written to as well, and there it did."""
    said = [f"Text to {name} failed: {why}" if name else f"Text failed: {why}"]
    said += [f"We have written to {' and '.join(others)}"] if others else []
    return ". ".join(said if can_ring else [*said, NOBODY_TO_RING])


def _asks(one: Written) -> str:
    return f", {one.call.words}" if one.call is CallReason.PREFERS_VOICE else ""


def _other(one: Written, at: datetime) -> str:
    why = one.call.words if one.call else "no text"
    if not one.channels:
        return f"{one.name}: {why}"
    way = "E-mail" if Channel.EMAIL in one.channels else "Push"
    why = _NO_TEXT.get(one.call, why) if one.call else ""
    return f"{way} to {one.name} {_time(at)}" + (f", {why}" if why else "")


def _time(at: datetime) -> str:
    return staff_time(at.astimezone(LONDON))
