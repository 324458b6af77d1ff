"""The demo's school clock: moved forwards only, and with it all that waits for school time."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from webapp.foundation import clock, work
from webapp.foundation.clock import machine_now
from webapp.foundation.db import read_door, unit_of_work
from webapp.people.models import SchoolClock
from webapp.people.rules import Refused

_ONLY = 1
_MICROSECOND = timedelta(microseconds=1)
_OFFSET = select(SchoolClock.offset_microseconds).where(SchoolClock.id == _ONLY)


class ClockRefused(Refused):
    """School time cannot be moved so."""


def read_offset() -> timedelta:
    """How far school time stands from machine time; nothing where no clock was ever set."""
    with read_door() as db:
        return timedelta(microseconds=db.scalar(_OFFSET) or 0)


def start_clock_in(tx: Connection, at: datetime) -> None:
    """Let school time be ``at`` now; for a demo that begins, where no clock has run before."""
    offset = (at - machine_now()) // _MICROSECOND
    changed = tx.execute(
        update(SchoolClock).where(SchoolClock.id == _ONLY).values(offset_microseconds=offset, moved_at=machine_now())
    )
    if changed.rowcount == 0:
        tx.execute(insert(SchoolClock).values(id=_ONLY, offset_microseconds=offset, moved_at=machine_now()))
    work.redue_for_school_clock(tx, offset * _MICROSECOND)


def move_clock(to: datetime) -> None:
    """Move school time forwards to ``to``; what waits for school time is due anew in the same transaction.

    Raises ClockRefused for a time that has been.
    """
    with unit_of_work() as tx:
        offset = timedelta(microseconds=tx.scalar(_OFFSET) or 0)
        if to < machine_now() + offset:
            raise ClockRefused("time", "School time only goes forwards. Choose a later time.")
        start_clock_in(tx, to)
    clock.use_school_offset(read_offset)
