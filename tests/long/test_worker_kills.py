"""Workers killed at random between call and commit: no message is lost, and only calls under way go out twice."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import select

from tests import standin
from webapp.foundation.db import Database, read_door, unit_of_work
from webapp.foundation.work import NewWork, WorkState, enqueue_many
from webapp.foundation.work.table import Work

MESSAGES = 500
KILLS = 20
WORKERS = 2
IN_FLIGHT = 16


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2])
def test_twenty_kills_over_five_hundred_messages(cloned_db: Database, seed: int) -> None:
    with unit_of_work() as tx:
        enqueue_many(tx, [NewWork(kind=standin.CALL, subject=str(n)) for n in range(MESSAGES)])
    with (
        standin.provider(delay_ms=300) as provider,
        standin.workers(WORKERS, cloned_db, provider, in_flight=IN_FLIGHT, lease_seconds=5) as started,
    ):
        killed = standin.run_under_kills(
            cloned_db, provider, started, kind=standin.CALL, messages=MESSAGES, kills=KILLS, seed=seed,
            within_seconds=300,
        )  # fmt: skip
    with read_door() as db:
        ended = Counter(db.scalars(select(Work.state).where(Work.kind == standin.CALL)).all())
    print(
        f"{cloned_db.url.get_backend_name()}: {killed.calls.total()} calls for {MESSAGES} messages, "
        f"{killed.doubles.total()} doubled, {killed.held.total()} under way at {KILLS} kills"
    )
    assert ended == {WorkState.DONE: MESSAGES}
    assert set(killed.calls) == {str(n) for n in range(MESSAGES)}
    assert not killed.unexplained
    assert killed.doubles.total() <= killed.held.total() <= KILLS * IN_FLIGHT
