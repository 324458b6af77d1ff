"""One session of one school, and the lock that lets one transaction at a time decide who is missing in it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, text

from webapp.first_day.rules import LadderSettings
from webapp.foundation.clock import london
from webapp.foundation.sessions import Half
from webapp.people.queries import settings_of, times_of
from webapp.people.rules.settings import RING_AFTER_MINUTES, TELL_DSL_AFTER_MINUTES

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


@dataclass(frozen=True, slots=True)
class SchoolSession:
    """A morning or an afternoon of a school."""

    organisation_id: int
    school_id: int
    on: date
    half: Half

    @property
    def slot(self) -> str:
        """Its name in the queue."""
        return f"{self.on.isoformat()}:{self.half.index}"


def lock_session(tx: Connection, session: SchoolSession) -> None:
    """Wait until nobody else decides about this school's day; to be called before its state is read. Morning and
    afternoon share the lock, as they share cases.

    A report that comes in while the first-day run works would else be missed by both. SQLite has one writer anyway.
    """
    if tx.dialect.name == "postgresql":
        tx.execute(_LOCK, {"name": f"first-day/{session.organisation_id}/{session.school_id}/{session.on.isoformat()}"})


def lock_sessions(tx: Connection, sessions: Collection[SchoolSession]) -> None:
    """``lock_session`` for several, in the one order in which everybody takes them."""
    for _, session in sorted({(one.organisation_id, one.school_id, one.on): one for one in sessions}.items()):
        lock_session(tx, session)


def opens_at(db: Connection, session: SchoolSession) -> datetime:
    """When the register of the session opens."""
    return times_of(db, session.organisation_id, session.school_id, session.on).register_opens(
        session.on, session.half
    )


def closes_at(db: Connection, session: SchoolSession) -> datetime:
    """When the register of the session closes."""
    return times_of(db, session.organisation_id, session.school_id, session.on).register_closes(
        session.on, session.half
    )


def ends_at(db: Connection, session: SchoolSession) -> datetime:
    """When the session ends."""
    return times_of(db, session.organisation_id, session.school_id, session.on).session_ends(session.on, session.half)


def is_on(db: Connection, session: SchoolSession, now: datetime) -> bool:
    """From the opening of its register until nobody can be missing from it any more: lunch is the morning's."""
    times = times_of(db, session.organisation_id, session.school_id, session.on)
    return times.register_opens(session.on, session.half) <= now < times.seen_until(session.on, session.half)


def ladder_settings(db: Connection, session: SchoolSession) -> LadderSettings:
    """The school's ladder as of the day that the session belongs to."""
    settings = settings_of(db, session.organisation_id, session.school_id, session.on)
    return LadderSettings(ring_after=settings[RING_AFTER_MINUTES], dsl_after=settings[TELL_DSL_AFTER_MINUTES])


def day_of(now: datetime) -> date:
    """The school day that an instant falls on."""
    return london(now).date()
