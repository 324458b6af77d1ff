"""Counting deeds in the database, so that every web process counts together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from webapp.accounts.models import Counter
from webapp.accounts.rules.limits import Tally


def count_in(tx: Connection, tallies: Sequence[Tally], now: datetime, deeds: int = 1) -> None:
    """Count so many deeds for each tally, in one statement; -1 gives one back. The tallies come sorted."""
    rows = [{"name": tally.name, "window_start": tally.limit.step(now), "count": deeds} for tally in tallies]
    # The two have the same clause and share no type.
    dialect: Any = postgresql if tx.dialect.name == "postgresql" else sqlite
    upsert = dialect.insert(Counter).values(rows)
    tx.execute(
        upsert.on_conflict_do_update(
            index_elements=["name", "window_start"], set_={"count": Counter.count + upsert.excluded.count}
        )
    )


def counted(db: Connection, tallies: Sequence[Tally], now: datetime) -> list[tuple[Tally, int]]:
    """How often each tally was counted in the window that ends now, in one statement."""
    rows = db.execute(
        select(Counter.name, func.sum(Counter.count))
        .where(
            or_(
                *(
                    and_(Counter.name == tally.name, Counter.window_start > tally.limit.since(now))
                    for tally in tallies
                )
            )
        )
        .group_by(Counter.name)
    )
    sums = {name: int(total) for name, total in rows}
    return [(tally, sums.get(tally.name, 0)) for tally in tallies]


def one_more(counts: Sequence[tuple[Tally, int]]) -> list[tuple[Tally, int]]:
    """The counts as they would be with the deed in hand."""
    return [(tally, count + 1) for tally, count in counts]
