"""Erasing what an entry says of people, as data law may ask, without breaking the proof that it was there."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, bindparam, select, update

from webapp.foundation.clock import machine_now
from webapp.foundation.trail.digests import personal_digest
from webapp.foundation.trail.entries import ERASED, ERASURE, Actor, Deed, TrailEntry, write
from webapp.foundation.types import Instant

_HELD = select(TrailEntry.__table__).where(
    TrailEntry.organisation_id == bindparam("of"), TrailEntry.id.in_(bindparam("numbers", expanding=True)),
    TrailEntry.digest.is_not(None), TrailEntry.erased_at.is_(None), TrailEntry.action != ERASURE,
)  # fmt: skip
_ERASE = (
    update(TrailEntry)
    .where(TrailEntry.organisation_id == bindparam("of"), TrailEntry.id == bindparam("number"))
    .values(
        **ERASED, salt=None, erased_digest=bindparam("personal"), erased_at=bindparam("now", type_=Instant())
    )
)


def erase(tx: Connection, organisation_id: int, by: Actor, entries: Collection[int]) -> int:
    """Take away who acted, on whom and how; what was done, when and the digest stay. Returns how many there were.

    The salt goes as well, so that nobody can try contents until one fits. That they were erased, and by whom, is an
    entry of its own: without it ``verify`` holds an emptied entry for an altered one.
    """
    held = tx.execute(_HELD, {"of": organisation_id, "numbers": list(entries)}).mappings().all()
    if not held:
        return 0
    now = machine_now()
    tx.execute(
        _ERASE,
        [
            {"of": organisation_id, "number": row["id"], "personal": personal_digest(row["salt"], row), "now": now}
            for row in held
        ],
    )
    numbers = sorted(row["id"] for row in held)
    write(tx, organisation_id, by, Deed(ERASURE, "trail_entry", detail={"entries": numbers}))
    return len(numbers)
