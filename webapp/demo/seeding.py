"""Fills an empty database with the demo trust."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from webapp.demo.trust import SEED, Trust, build_trust, demo_moment
from webapp.demo.writing import Writer
from webapp.demo.writing_cover import write_cover
from webapp.demo.writing_people import Ids, write_people
from webapp.demo.writing_record import write_record
from webapp.foundation import trail
from webapp.foundation.clock import LONDON, machine_now
from webapp.foundation.db import Database
from webapp.foundation.trail import FIRSTBELL, Deed

_ANYBODY = text("SELECT 1 FROM organisation LIMIT 1")


class NotEmpty(RuntimeError):
    """The database holds an organisation already; the demo trust goes into an empty one only."""


@dataclass(frozen=True, slots=True)
class Seeded:
    """What was made. ``at`` is the instant at which school time starts, UTC; ``rows`` counts by table."""

    at: datetime
    organisation_id: int
    school_ids: dict[str, int]
    rows: dict[str, int]
    trust: Trust
    ids: Ids


def seed(database: Database, *, at: datetime | None = None, seed: int = SEED) -> Seeded:
    """``seed_in`` through the write door of ``database``."""
    with database.writing() as tx:
        seeded = seed_in(tx, at=at, seed=seed)
    database.memo.forget()
    return seeded


def seed_in(tx: Connection, *, at: datetime | None = None, seed: int = SEED) -> Seeded:
    """Write Hill Primary and Vale Academy with this year's marks up to ``at`` (aware).

    By default the moment is 08:52 on the latest school day not after today. The same moment and seed write the same
    rows. Moving the school clock there is the caller's. Raises ``NotEmpty``.
    """
    if tx.execute(_ANYBODY).first() is not None:
        raise NotEmpty("the database is not empty; the demo trust needs one of its own")
    trust = build_trust(demo_moment(at, machine_now().astimezone(LONDON).date()), seed)
    writer = Writer(tx, seed)
    ids = write_people(writer, trust)
    write_cover(writer, trust, ids)
    write_record(writer, trust, ids)
    if tx.dialect.name == "postgresql":
        # Without statistics the planner reads whole tables for the first minutes of a database.
        tx.execute(text("ANALYZE"))
    trail.write(tx, ids.organisation, FIRSTBELL, Deed("seeded_demo", "organisation", ids.organisation))
    return Seeded(trust.at, ids.organisation, dict(ids.schools), dict(writer.counts), trust, ids)
