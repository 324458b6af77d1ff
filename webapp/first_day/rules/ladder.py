"""The ladder of a case, first version: text, ring each contact in order, tell the DSL.

Times are the school's settings; no law sets them. Contact on the first day and every effort until the child is located:
Working together to improve school attendance (DfE, 2024), day-to-day processes; domain reference §5.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Step(StrEnum):
    """What is to be done next, by a person."""

    WAIT_FOR_ANSWER = "wait_for_answer"
    RING = "ring"
    TELL_DSL = "tell_dsl"
    DSL_DECIDES = "dsl_decides"


class Owner(StrEnum):
    """The role that owns a step; each has its cover in ``people.rules.roles``."""

    OFFICE = "attendance_officer"
    DSL = "dsl"


class CallOutcome(StrEnum):
    """How a call ended; the value is stored, the number is the key on the board."""

    SPOKE = "spoke"
    VOICEMAIL = "voicemail"
    NO_ANSWER = "no_answer"
    WRONG_NUMBER = "wrong_number"


@dataclass(frozen=True, slots=True)
class LadderSettings:
    """Minutes. ``ring_after`` counts from the text, ``dsl_after`` from the case's opening; a pupil to look for first
    waits a third as long for the call. ``between_calls`` is the time until the next contact is rung."""

    ring_after: int = 15
    dsl_after: int = 60
    between_calls: int = 10


@dataclass(frozen=True, slots=True)
class NextStep:
    """The next step of an open case: never without a due time and an owner."""

    step: Step
    due_at: datetime
    owner: Owner
    contact_id: int | None = None


def next_step(
    *, opened_at: datetime, now: datetime, to_ring: Sequence[int], calls: Mapping[int, Sequence[CallOutcome]],
    texted: bool, look_first: bool, alarm: bool, carried: bool, settings: LadderSettings, dsl_leads: bool = False,
) -> NextStep:  # fmt: skip
    """What is next for an open or carried case.

    ``to_ring`` are contact ids in the order in which they are rung; ``calls`` what came of each so far. Everybody is
    rung once in order, then a second time; a wrong number is not rung again. Where nobody is left, or the time for it
    has come, the DSL is told. An alarm rings now, and nobody waits. ``dsl_leads``: messages about the child are
    stopped, and every step is the DSL's.
    """
    if carried or dsl_leads:
        return NextStep(Step.DSL_DECIDES, now, Owner.DSL)
    dsl_at = opened_at + timedelta(minutes=settings.dsl_after)
    contact_id = _next_to_ring(to_ring, calls)
    if contact_id is None:
        still_waiting = texted and not calls
        due_at = min(dsl_at, _ring_at(opened_at, look_first, settings)) if still_waiting else now
        return NextStep(Step.TELL_DSL, due_at, Owner.OFFICE)
    if alarm:
        return NextStep(Step.RING, now, Owner.OFFICE, contact_id)
    if not any(calls.values()):
        ring_at = _ring_at(opened_at, look_first, settings) if texted else opened_at
        return NextStep(Step.RING, ring_at, Owner.OFFICE, contact_id)
    if now >= dsl_at and look_first:
        return NextStep(Step.TELL_DSL, dsl_at, Owner.OFFICE)
    return NextStep(Step.RING, now + timedelta(minutes=settings.between_calls), Owner.OFFICE, contact_id)


def is_late(due_at: datetime, now: datetime) -> bool:
    """A step whose time has passed is late, and loud."""
    return now > due_at


def _ring_at(opened_at: datetime, look_first: bool, settings: LadderSettings) -> datetime:
    minutes = settings.ring_after / 3 if look_first else settings.ring_after
    return opened_at + timedelta(minutes=minutes)


def _next_to_ring(to_ring: Sequence[int], calls: Mapping[int, Sequence[CallOutcome]]) -> int | None:
    for times_rung in (0, 1):
        for contact_id in to_ring:
            outcomes = calls.get(contact_id, ())
            if len(outcomes) == times_rung and CallOutcome.WRONG_NUMBER not in outcomes:
                return contact_id
    return None
