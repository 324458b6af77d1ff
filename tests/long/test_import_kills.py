"""Workers killed while a file is checked and while it is applied: nothing half done, and the file comes in once."""

from __future__ import annotations

import os
import time

import pytest
from sqlalchemy import select

from tests import standin
from tests.factories import World
from tests.people.imports.filing import OFFICER, as_file, rows_of
from tests.people.imports.test_pupils import NOOR, TOM, pupil
from webapp.foundation.clock import monotonic
from webapp.foundation.db import Database, read_door
from webapp.foundation.work.table import Work
from webapp.people.models import ImportRun, Pupil
from webapp.people.queries.imports import RunRow, find_run
from webapp.people.rules.files import ImportKind, RunState
from webapp.people.services.imports import apply_import, load_handlers, stage_import

PUPILS = 800
LEASE = 3.0


def load_slow_imports() -> None:
    """Named on the command line of the worker: each step waits a second before it commits, so that a kill falls in."""
    from webapp.people.services.imports import working

    finish = working.work.finish

    def late(*args: object) -> None:
        time.sleep(1.0)
        finish(*args)  # type: ignore[arg-type]

    working.work.finish = late
    load_handlers(lease_seconds=float(os.environ["STANDIN_LEASE"]))


def look(world: World, public_id: str) -> RunRow:
    with read_door() as db:
        found = find_run(db, world.organisation, world.hill, public_id)
    assert found is not None
    return found


def wait_for(world: World, public_id: str, state: RunState) -> RunRow:
    until = monotonic() + 60
    while (run := look(world, public_id)).state is not state:
        assert monotonic() < until, f"still {run.state}"
        time.sleep(0.05)
    return run


def kill_in_the_middle(database: Database, worker: standin.WorkerProcess) -> None:
    """Kill the worker a while after it has taken the job, and start another life of it."""
    until = monotonic() + 30
    while True:
        with read_door() as db:
            taken = db.scalar(select(Work.id).where(Work.worker == worker.name))
        if taken is not None:
            break
        assert monotonic() < until, "nobody took the job"
        time.sleep(0.01)
    time.sleep(0.6)
    assert worker.kill_at_work(database)
    worker.start()


@pytest.mark.long
def test_a_kill_while_checking_and_one_while_applying(cloned_db: Database, world: World) -> None:
    data = as_file([TOM, NOOR, *(pupil(number) for number in range(100, 100 + PUPILS))])
    load = "tests.long.test_import_kills:load_slow_imports"
    with (
        standin.provider(delay_ms=1) as provider,
        standin.workers(1, cloned_db, provider, in_flight=2, lease_seconds=LEASE, load=load) as (worker,),
    ):
        public_id = stage_import(
            world.organisation, world.hill, ImportKind.PUPILS, "roll.csv", data, OFFICER, allow_fictional=True
        )
        kill_in_the_middle(cloned_db, worker)
        assert look(world, public_id).state is RunState.CHECKING
        ready = wait_for(world, public_id, RunState.READY)
        assert (ready.counts.new, len(rows_of(Pupil, Pupil.last_name == "Okafor"))) == (PUPILS, 0)

        apply_import(world.organisation, world.hill, public_id, ready.version, OFFICER, allow_fictional=True)
        kill_in_the_middle(cloned_db, worker)
        assert look(world, public_id).state is RunState.APPLYING
        assert rows_of(Pupil, Pupil.last_name == "Okafor") == []
        done = wait_for(world, public_id, RunState.APPLIED)
    assert done.counts.new == PUPILS
    assert len(rows_of(Pupil, Pupil.last_name == "Okafor")) == PUPILS
    assert [row.state for row in rows_of(ImportRun)] == ["applied"]
    with read_door() as db:
        assert sorted(db.scalars(select(Work.attempts).where(Work.kind.like("import_%")))) == [2, 2]
