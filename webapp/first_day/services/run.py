"""The first-day run: at register close every child who is not accounted for gets a case, and the family a text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from webapp.first_day.models import FirstDayRun
from webapp.first_day.services.school_session import SchoolSession, closes_at, lock_session
from webapp.first_day.services.settle import Settled, settle_in
from webapp.foundation import trail
from webapp.foundation.clock import london, school_now
from webapp.foundation.db import unit_of_work
from webapp.foundation.sessions import Half
from webapp.foundation.trail import FIRSTBELL, Actor, Deed
from webapp.people.rules import Refused

_KEY = ("organisation_id", "school_id", "date", "half")
_INSERT = {
    "sqlite": sqlite_insert(FirstDayRun).on_conflict_do_nothing(index_elements=_KEY),
    "postgresql": postgresql_insert(FirstDayRun).on_conflict_do_nothing(index_elements=_KEY),
}


class RunRefused(Refused):
    """The register is still open: nobody is missing yet."""


@dataclass(frozen=True, slots=True)
class RunResult:
    """What one run did. ``sentence`` is for the person who pressed the button."""

    settled: Settled
    sentence: str


def run_first_day(
    organisation_id: int, school_id: int, on: date, half: Half, *, by: Actor = FIRSTBELL
) -> RunResult:
    """Open a case for each unexplained child of the session and ask the families, in one commit.

    Running it again adds only what is new. A form whose register was not taken is left to the register chaser.
    Raises RunRefused before the register closes.
    """
    with unit_of_work() as tx:
        return run_first_day_in(tx, SchoolSession(organisation_id, school_id, on, half), by)


def run_first_day_in(tx: Connection, session: SchoolSession, by: Actor) -> RunResult:
    """As ``run_first_day``, in the caller's transaction."""
    now = school_now()
    if now < closes_at(tx, session):
        raise RunRefused("run", "The register is still open. Nobody is late yet.")
    if session.on != london(now).date():
        raise RunRefused("run", "That day is over. Open today's board and run it there.")
    lock_session(tx, session)
    key = {
        "organisation_id": session.organisation_id, "school_id": session.school_id, "date": session.on,
        "half": session.half.index,
    }  # fmt: skip
    tx.execute(_INSERT[tx.dialect.name], {**key, "started_at": now, "opened": 0, "messages": 0, "by": by.name})
    settled = settle_in(tx, session, now, by, texts=True)
    tx.execute(
        update(FirstDayRun)
        .where(*(getattr(FirstDayRun, name) == value for name, value in key.items()))
        .values(
            finished_at=now, opened=FirstDayRun.opened + len(settled.opened),
            messages=FirstDayRun.messages + settled.messages,
        )
    )  # fmt: skip
    detail = {
        "date": session.on.isoformat(), "half": session.half.index, "opened": len(settled.opened),
        "messages": settled.messages, "stale": settled.stale_marks,
    }  # fmt: skip
    trail.write(
        tx, session.organisation_id, by, Deed("ran_first_day", "school", session.school_id, session.school_id, None,
                                              detail),
    )  # fmt: skip
    return RunResult(settled, _sentence(settled))


def _sentence(settled: Settled) -> str:
    if settled.stale_marks:
        return "The marks are old. No text goes out until they are updated; the call list is ready."
    if not settled.opened and not settled.messages:
        return "Nobody new is missing."
    children = "1 child is" if len(settled.opened) == 1 else f"{len(settled.opened)} children are"
    families = "1 family has" if settled.messages == 1 else f"{settled.messages} families have"
    return f"{children} not accounted for. {families} been asked."
