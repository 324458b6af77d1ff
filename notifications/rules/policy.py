"""Who is told by which channel, and when. Every choice of a channel or an hour in the house is made here.

Instants are aware and of the school's clock; quiet hours are London's.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from notifications.rules.message_kinds import MessageKind, Urgency, Ways
from webapp.people.rules.contact_points import PointKind
from webapp.people.rules.school_times import LONDON


class Channel(StrEnum):
    """A way out; the value is what is stored."""

    SMS = "sms"
    PUSH = "push"
    EMAIL = "email"


class CallReason(StrEnum):
    """Why somebody must ring instead, or as well."""

    NO_WAY = "no_way"
    LANDLINE_ONLY = "landline_only"
    OPTED_OUT = "opted_out"
    BAD_NUMBER = "bad_number"
    PREFERS_VOICE = "prefers_voice"
    NOT_ALLOWED = "not_allowed"
    FAILED = "failed"

    @property
    def words(self) -> str:
        """For staff."""
        return _CALL_WORDS[self]


_CALL_WORDS = {
    CallReason.NO_WAY: "no number or address to write to",
    CallReason.LANDLINE_ONLY: "landline only",
    CallReason.OPTED_OUT: "has stopped our texts",
    CallReason.BAD_NUMBER: "the number does not work",
    CallReason.PREFERS_VOICE: "asks to be rung",
    CallReason.NOT_ALLOWED: "not to be written to; ask the DSL",
    CallReason.FAILED: "nothing that we sent went through",
}


@dataclass(frozen=True, slots=True)
class Point:
    """A number or address of a person, ``state`` usable, bad or opted_out."""

    kind: str
    value: str
    state: str = "usable"


@dataclass(frozen=True, slots=True)
class Reach:
    """How one person can be reached: ``points`` best first, ``pushes`` the endpoints of living subscriptions."""

    points: tuple[Point, ...] = ()
    pushes: tuple[str, ...] = ()
    prefers_voice: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One delivery to be made. ``not_before`` None means at once; ``unless_seen``: only without a sign of the push."""

    channel: Channel
    address: str
    not_before: datetime | None = None
    unless_seen: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do about one message for one person; ``call`` is why the office must ring."""

    steps: tuple[Step, ...]
    call: CallReason | None = None


@dataclass(frozen=True, slots=True)
class Hours:
    """The school's settings: nothing ordinary from ``quiet_from`` to ``quiet_to``, London; ``head_start`` of a push."""

    quiet_from: time = time(20)
    quiet_to: time = time(7)
    head_start: timedelta = timedelta(minutes=10)


def not_quiet(at: datetime, hours: Hours) -> datetime:
    """The instant itself, or the end of the quiet hours that it falls in."""
    local = at.astimezone(LONDON)
    evening, early = local.time() >= hours.quiet_from, local.time() < hours.quiet_to
    if not evening and not early:
        return at
    day = local.date() + timedelta(days=1) if evening else local.date()
    return datetime.combine(day, hours.quiet_to, LONDON).astimezone(at.tzinfo)


def plan(kind: MessageKind, reach: Reach, now: datetime, hours: Hours, *, given: Point | None = None) -> Plan:
    """The deliveries of one message, and whether somebody must ring.

    For a missing child the text and the push go at once at any hour; who cannot be texted, or has stopped our texts, is
    named to the office. Elsewhere the push goes first and the text after the head start.
    """
    if kind.ways is Ways.GIVEN_POINT:
        if given is None:
            raise ValueError(f"{kind.name}: needs the number or address that it goes to")
        return Plan((Step(_channel_of(given), given.value),))
    start = now if kind.urgency.wakes else not_quiet(now, hours)
    not_before = None if start == now else start
    pushes = tuple(Step(Channel.PUSH, endpoint, not_before) for endpoint in reach.pushes)
    text, mail = _first(reach, Channel.SMS, ()), _first(reach, Channel.EMAIL, ())
    written = text or mail
    if kind.ways is Ways.PUSH:
        # Nobody rings because a trial could not be made: the page says so.
        return Plan(pushes)
    if kind.ways is Ways.TEXT:
        steps = _steps(written, not_before)
    elif kind.ways is Ways.EVERYTHING:
        steps = (*_steps(text, not_before), *pushes, *_steps(mail, not_before))
    elif kind.ways is Ways.TOGETHER or not pushes:
        steps = (*_steps(written, not_before), *pushes)
    else:
        later = not_quiet(start + hours.head_start, hours)
        steps = (*pushes, *_steps(written, later, unless_seen=True))
    return Plan(steps, _call(kind, reach, steps))


def next_way(kind: MessageKind, reach: Reach, tried: Collection[tuple[str, str]]) -> Step | None:
    """After a text or e-mail has failed: the person's next number, then their e-mail; None when nothing is left.

    ``tried`` holds (channel, address) of every delivery of the message. A failed push has its text waiting already.
    """
    if kind.ways in (Ways.GIVEN_POINT, Ways.PUSH):
        return None
    for channel in (Channel.SMS, Channel.EMAIL):
        point = _first(reach, channel, tried)
        if point is not None:
            return Step(channel, point.value)
    return None


def call_reason(reach: Reach) -> CallReason:
    """Why a person cannot be texted; for one who can, that what was sent did not go through."""
    states = {point.state for point in reach.points if point.kind == PointKind.MOBILE}
    if "usable" in states:
        return CallReason.FAILED
    if "opted_out" in states:
        return CallReason.OPTED_OUT
    if "bad" in states:
        return CallReason.BAD_NUMBER
    if any(point.kind == PointKind.LANDLINE for point in reach.points):
        return CallReason.LANDLINE_ONLY
    return CallReason.NO_WAY


def _call(kind: MessageKind, reach: Reach, steps: tuple[Step, ...]) -> CallReason | None:
    texted = any(step.channel is Channel.SMS for step in steps)
    if kind.urgency is Urgency.MISSING and not texted:
        # A push or an e-mail may lie unread all morning: neither counts as having told a parent.
        return call_reason(reach)
    if kind.urgency is Urgency.MISSING and reach.prefers_voice:
        return CallReason.PREFERS_VOICE
    return None if steps else call_reason(reach)


def _first(reach: Reach, channel: Channel, tried: Collection[tuple[str, str]]) -> Point | None:
    wanted = PointKind.MOBILE if channel is Channel.SMS else PointKind.EMAIL
    for point in reach.points:
        if point.kind == wanted and point.state == "usable" and (channel.value, point.value) not in tried:
            return point
    return None


def _steps(point: Point | None, not_before: datetime | None, *, unless_seen: bool = False) -> tuple[Step, ...]:
    return () if point is None else (Step(_channel_of(point), point.value, not_before, unless_seen),)


def _channel_of(point: Point) -> Channel:
    return Channel.EMAIL if point.kind == PointKind.EMAIL else Channel.SMS
