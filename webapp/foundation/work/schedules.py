"""Work that comes round: each time of it is a slot, and the slot's row is fired once however many workers there are."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time

from webapp.foundation.clock import london, machine_now
from webapp.foundation.db import unit_of_work
from webapp.foundation.work.intake import NewWork, enqueue_many
from webapp.foundation.work.table import Priority

log = logging.getLogger("firstbell.work")

SlotOf = Callable[[datetime], str | None]


@dataclass(frozen=True, slots=True)
class _Schedule:
    kind: str
    slot_of: SlotOf
    clock: Callable[[], datetime]
    priority: int


_schedules: dict[str, _Schedule] = {}


def every(
    kind: str, slot_of: SlotOf, *, clock: Callable[[], datetime] = machine_now, priority: int = Priority.ORDINARY
) -> None:
    """Have a row of ``kind`` enqueued for each new slot. The kind needs a handler; saying it again replaces it.

    ``slot_of`` turns an instant of ``clock`` (``machine_now`` or ``school_now``) into the name of the time that stands
    then, None for none. A worker that was away fires the slot that stands when it returns, and none of those before.
    """
    _schedules[kind] = _Schedule(kind, slot_of, clock, priority)


def forget(kind: str) -> None:
    """Take a schedule away; rows that it has enqueued stay."""
    _schedules.pop(kind, None)


def each_minutes(minutes: int = 1) -> SlotOf:
    """A slot every so many minutes of the hour, a divisor of 60.

    The name carries the offset from UTC: in October the hour from 1 to 2 comes twice, and so do its slots.
    """
    if minutes < 1 or 60 % minutes:
        raise ValueError(f"minutes: {minutes} does not divide an hour")

    def slot_of(now: datetime) -> str:
        local = london(now)
        return local.replace(minute=local.minute - local.minute % minutes).isoformat(timespec="minutes")

    return slot_of


def daily(at: time) -> SlotOf:
    """A slot a day, the date in Europe/London, from the wall clock's ``at`` until midnight."""

    def slot_of(now: datetime) -> str | None:
        local = london(now)
        return local.date().isoformat() if local.time() >= at else None

    return slot_of


class Timetable:
    """One worker's memory of the slots that it has enqueued, so that it asks the database once a slot."""

    def __init__(self) -> None:
        self._fired: dict[str, str] = {}

    def fire(self) -> int:
        """Enqueue the slots that are new, and return how many no other worker had enqueued before."""
        new: dict[str, str] = {}
        for schedule in list(_schedules.values()):
            try:
                slot = schedule.slot_of(schedule.clock())
            except Exception:
                log.exception("the schedule of %s does not know its slot", schedule.kind)
                continue
            if slot is not None and self._fired.get(schedule.kind) != slot:
                new[schedule.kind] = slot
        if not new:
            return 0
        with unit_of_work() as tx:
            added = enqueue_many(
                tx,
                [
                    NewWork(kind=kind, subject="", slot=slot, priority=_schedules[kind].priority)
                    for kind, slot in new.items()
                ],
            )
        self._fired.update(new)
        return added
