"""Sealing: every few seconds the new entries of each organisation become the next link of its chain.

A chain inside the transaction of each deed would have all deeds wait for one another (measured: 3,289 commits/s fall to
194). So the worker seals afterwards, and ``LATE`` says for how long a deed's transaction may still be open when entries
written later are sealed; ``verify`` names what even that missed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Connection, ForeignKey, Index, String, bindparam, func, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from webapp.foundation.clock import machine_now
from webapp.foundation.db import Base, read_door, unit_of_work
from webapp.foundation.statements import adding
from webapp.foundation.trail.digests import FIRST_LINK, Sealed, digest_of, link_of, new_salt, personal_digest
from webapp.foundation.trail.entries import TrailEntry
from webapp.foundation.types import Instant, Json
from webapp.foundation.work import Job, again, every, extend, handler

KIND = "trail_seal"
EVERY = timedelta(seconds=3)
LATE = timedelta(minutes=1)
AT_ONCE = 5000
IN_A_SEAL = 500


class TrailHead(Base):
    """Where the chain of one organisation stands: how many seals, and the last link."""

    __tablename__ = "trail_head"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger)
    link: Mapped[str] = mapped_column(String(64))
    sealed_at: Mapped[datetime] = mapped_column(Instant)


class TrailSeal(Base):
    """One link: ``entries`` lists the number and digest of each entry, ``link`` chains them to all before."""

    __tablename__ = "trail_seal"
    __table_args__ = (Index("ix_trail_seal_sealed_at", "sealed_at"),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    sealed_at: Mapped[datetime] = mapped_column(Instant)
    entries: Mapped[list[list[object]]] = mapped_column(Json)
    link: Mapped[str] = mapped_column(String(64))


_SINCE = bindparam("since", type_=Instant())
_NEWEST = select(func.max(TrailHead.sealed_at, type_=Instant()))
_SEALED = select(TrailSeal.organisation_id, TrailSeal.entries).where(TrailSeal.sealed_at >= _SINCE)
_PAGE = (
    select(TrailEntry.organisation_id, TrailEntry.id, TrailEntry.at, TrailEntry.digest)
    .where(TrailEntry.digest.is_not(None))
    .where(TrailEntry.at >= _SINCE, or_(TrailEntry.at > _SINCE, TrailEntry.id > bindparam("after")))
    .order_by(TrailEntry.at, TrailEntry.id)
    .limit(bindparam("count"))
)
_HEADS = select(TrailHead.organisation_id, TrailHead.position, TrailHead.link).where(
    TrailHead.organisation_id.in_(bindparam("organisations", expanding=True))
)
_MOVE = (
    update(TrailHead)
    .where(TrailHead.organisation_id == bindparam("of"))
    .values(position=bindparam("new_position"), link=bindparam("new_link"), sealed_at=bindparam("now", type_=Instant()))
)
_BARE = select(TrailEntry.__table__).where(TrailEntry.digest.is_(None)).order_by(TrailEntry.id).limit(AT_ONCE)
_GIVE = (
    update(TrailEntry)
    .where(TrailEntry.organisation_id == bindparam("of"), TrailEntry.id == bindparam("number"))
    .values(salt=bindparam("new_salt"), digest=bindparam("new_digest"))
)
_BEGINNING = datetime.fromisoformat("2000-01-01T00:00:00+00:00")

_Page = Sequence[Any]


def seal_new(job: Job | None = None, *, since: datetime | None = None) -> int:
    """Seal every entry that no seal holds yet, each page in a transaction of its own; returns how many.

    Looks at what was written from ``since`` on, None for a little before the newest seal. Where two do it at once, one
    raises IntegrityError and has written nothing of that page: a position of a chain is taken once.
    """
    _give_digests()
    with read_door() as db:
        newest = db.scalar(_NEWEST)
        start = since or (newest - LATE if newest else _BEGINNING)
        held = {(of, entry[0]) for of, entries in db.execute(_SEALED, {"since": start}) for entry in entries}
    count = 0
    for page in _pages(start):
        new = [row for row in page if (row.organisation_id, row.id) not in held]
        if new:
            with unit_of_work() as tx:
                _seal(tx, new)
        count += len(new)
        if job is not None:
            extend(job)
    return count


def _give_digests() -> None:
    """To entries that an older version wrote, which are then sealed as the rest."""
    while True:
        with read_door() as db:
            bare = db.execute(_BARE).mappings().all()
        if not bare:
            return
        given = []
        for row in bare:
            salt = new_salt()
            digest = digest_of(personal_digest(salt, row), row)
            given.append({"of": row["organisation_id"], "number": row["id"], "new_salt": salt, "new_digest": digest})
        with unit_of_work() as tx:
            tx.execute(_GIVE, given)


def _pages(since: datetime) -> Iterator[_Page]:
    after = 0
    while True:
        with read_door() as db:
            page = db.execute(_PAGE, {"since": since, "after": after, "count": AT_ONCE}).all()
        yield page
        if len(page) < AT_ONCE:
            return
        since, after = page[-1].at, page[-1].id


def _seal(tx: Connection, new: _Page) -> None:
    now = machine_now()
    entries_of: dict[int, list[Sealed]] = defaultdict(list)
    for row in new:
        entries_of[row.organisation_id].append((row.id, row.digest))
    heads = {row.organisation_id: row for row in tx.execute(_HEADS, {"organisations": list(entries_of)})}
    seals: list[dict[str, Any]] = []
    moves: list[dict[str, Any]] = []
    for organisation, entries in entries_of.items():
        head = heads.get(organisation)
        position, link = (head.position, head.link) if head else (0, FIRST_LINK)
        for begin in range(0, len(entries), IN_A_SEAL):
            part = sorted(entries)[begin : begin + IN_A_SEAL]
            position, link = position + 1, link_of(link, position + 1, now, part)
            seal = {"organisation_id": organisation, "position": position, "entries": part, "link": link}
            seals.append({**seal, "sealed_at": now})
        moves.append({"of": organisation, "new_position": position, "new_link": link, "now": now})
    tx.execute(adding(TrailSeal), seals)
    if begun := [move for move in moves if move["of"] not in heads]:
        tx.execute(adding(TrailHead), [_head(move) for move in begun])
    if moved := [move for move in moves if move["of"] in heads]:
        tx.execute(_MOVE, moved)


def _head(move: dict[str, Any]) -> dict[str, Any]:
    return {
        "organisation_id": move["of"], "position": move["new_position"], "link": move["new_link"],
        "sealed_at": move["now"],
    }  # fmt: skip


def _round(job: Job) -> None:
    seal_new(job)
    again(job, machine_now() + EVERY)


def schedule() -> None:
    """Register the sealing: one row of work that comes round every few seconds."""
    handler(KIND, max_attempts=30_000, concurrency=1)(_round)
    every(KIND, lambda _now: "")
