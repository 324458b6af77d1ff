"""An import in steps, as pages drive it: staged, checked by the worker, applied or given up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple
from datetime import timedelta
from itertools import product

import pytest
import time_machine
from sqlalchemy import event, update

from tests.factories import World
from tests.people.imports.filing import NOON, OFFICER, as_file, rows_of
from tests.people.imports.test_pupils import NOOR, TOM, pupil
from webapp.foundation import work
from webapp.foundation.clock import use_school_offset
from webapp.foundation.db import Database, read_door, unit_of_work
from webapp.foundation.files import File
from webapp.foundation.trail import Actor, ActorKind, TrailEntry
from webapp.foundation.work.table import Work
from webapp.people.models import Enrolment, ImportRun, Pupil
from webapp.people.queries.imports import RunRow, find_run, last_applied, list_runs, rejections_of
from webapp.people.rules.files import (
    ConfirmationNeeded,
    FileRefused,
    ImportKind,
    LookNeeded,
    RunEvent,
    RunRefused,
    RunState,
    step,
)
from webapp.people.rules.files.runs import TRANSITIONS
from webapp.people.services.imports import (
    abandon_import,
    apply_import,
    check_import_again,
    load_handlers,
    stage_import,
)

HEAD = Actor(ActorKind.STAFF, 3, "Grace Osei", "Headteacher")
GOOD = as_file([TOM, NOOR, pupil(1)])


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    with work.fresh_kinds(), time_machine.travel(NOON, tick=False):
        load_handlers()
        yield
    use_school_offset(None)


def stage(world: World, data: bytes = GOOD, kind: ImportKind = ImportKind.PUPILS, name: str = "pupils.csv") -> str:
    return stage_import(world.organisation, world.hill, kind, name, data, OFFICER, allow_fictional=True)


def look(world: World, public_id: str) -> RunRow:
    with read_door() as db:
        found = find_run(db, world.organisation, world.hill, public_id)
    assert found is not None
    return found


def apply(world: World, run: RunRow, **options: bool) -> None:
    """By the head, who has looked at what the officer chose."""
    apply_import(world.organisation, world.hill, run.public_id, run.version, HEAD, **{"looked": True, **options})


def test_staged_checked_and_applied(db: Database, world: World):
    public_id = stage(world, name="C:\\Downloads\\pupils.csv")
    staged = look(world, public_id)
    assert (staged.state, staged.percent, staged.file_name) == (RunState.CHECKING, 0, "pupils.csv")

    assert work.run_due() == 1
    ready = look(world, public_id)
    assert ready.state is RunState.READY
    assert (ready.counts.rows, ready.counts.new, ready.counts.changed) == (3, 1, 2)
    assert ready.preview.headings[:4] == ("UPN", "Adno", "Forename", "Surname")
    assert [row[2] for row in ready.preview.rows] == ["Tom", "Noor", "Ada"]
    assert rows_of(Pupil, Pupil.last_name == "Okafor") == []

    apply(world, ready)
    assert look(world, public_id).state is RunState.APPLYING
    assert work.run_due() == 1

    done = look(world, public_id)
    assert (done.state, done.counts.new, done.actor_name) == (RunState.APPLIED, 1, "Grace Osei")
    assert len(rows_of(Pupil, Pupil.last_name == "Okafor")) == 1
    # The file is not kept beside the rows that it became.
    assert rows_of(File) == []
    staging, applying = rows_of(TrailEntry, TrailEntry.subject_kind == "import_run")
    assert (staging.action, staging.actor_name) == ("staged_import", "Saira Khan")
    assert (applying.action, applying.actor_name) == ("imported_pupils", "Grace Osei")
    assert applying.detail["chosen_by"] == "Saira Khan"
    with read_door() as connection:
        assert last_applied(connection, world.organisation, world.hill, ImportKind.PUPILS) == done.applied_at
        assert [run.public_id for run in list_runs(connection, world.organisation, world.hill)] == [public_id]
        assert list_runs(connection, world.organisation, world.vale) == []


def test_the_worker_says_how_far_it_is(db: Database, world: World, monkeypatch: pytest.MonkeyPatch):
    seen: list[tuple[int, str]] = []
    public_id = stage(world)
    comparing = work.progress

    def note(job: work.Job, percent: int, words: str = "") -> None:
        comparing(job, percent, words)
        seen.append((look(world, public_id).percent, look(world, public_id).words))

    monkeypatch.setattr(work, "progress", note)
    work.run_due()

    assert seen == [(0, "Reading the file"), (60, "Comparing with what is here")]


def test_what_is_wrong_is_kept_by_line_and_nothing_is_applied(db: Database, world: World):
    public_id = stage(world, as_file([TOM, NOOR, pupil(1, DOB="x"), pupil(2, Gender="?")]))
    work.run_due()

    run = look(world, public_id)
    assert (run.state, run.counts.rejected) == (RunState.REFUSED, 2)
    with read_door() as connection:
        assert [(each.line, each.field) for each in rejections_of(connection, world.organisation, run.id)] == [
            (4, "DOB"), (5, "Gender"),
        ]  # fmt: skip
        assert len(rejections_of(connection, world.organisation, run.id, limit=1)) == 1
    with pytest.raises(RunRefused):
        apply(world, run)


@pytest.mark.parametrize("data", [b"one,two\n1,2\n", b"\0\0\0", b"PK\x03\x04not a workbook"])
def test_a_file_that_cannot_be_read_is_one_rejection_of_the_whole(db: Database, world: World, data: bytes):
    public_id = stage(world, data)
    work.run_due()

    run = look(world, public_id)
    assert run.state is RunState.REFUSED
    with read_door() as connection:
        (found,) = rejections_of(connection, world.organisation, run.id)
    assert (found.line, found.mend.endswith(".")) == (0, True)


@pytest.mark.parametrize("size", [0, 40_000_001])
def test_a_size_that_cannot_be_is_refused_at_once(db: Database, world: World, size: int):
    with pytest.raises(FileRefused):
        stage(world, b"x" * size)

    assert rows_of(ImportRun) == []


def test_more_than_a_tenth_asks_before_it_is_applied(db: Database, world: World):
    public_id = stage(world, as_file([TOM]))
    work.run_due()
    run = look(world, public_id)
    assert (run.counts.asks, run.preview.removing) == (True, ("Shah, Noor",))

    with pytest.raises(ConfirmationNeeded):
        apply(world, run)
    apply(world, run, confirmed=True)
    with pytest.raises(RunRefused):
        apply(world, run, confirmed=True)
    work.run_due()

    assert look(world, public_id).state is RunState.APPLIED


def test_what_changed_since_the_check_is_asked_about_again(db: Database, world: World):
    public_id = stage(world, as_file([TOM, NOOR]))
    work.run_due()
    # Meanwhile another file enrols a pupil, whom this one would now take away.
    other = stage(world, as_file([TOM, NOOR, pupil(1)]))
    work.run_due()
    apply(world, look(world, other))
    work.run_due()

    apply(world, look(world, public_id))
    work.run_due()

    run = look(world, public_id)
    assert (run.state, run.counts.removed, run.counts.asks) == (RunState.READY, 1, True)
    apply(world, run, confirmed=True)
    work.run_due()
    assert look(world, public_id).state is RunState.APPLIED


def test_whoever_did_not_choose_a_file_takes_a_second_look(db: Database, world: World):
    public_id = stage(world)
    work.run_due()
    run = look(world, public_id)
    assert (run.staged.by, run.staged.is_by("staff", OFFICER.id)) == ("Saira Khan", True)

    with pytest.raises(LookNeeded, match="Saira Khan chose this file"):
        apply(world, run, looked=False)
    assert look(world, public_id).state is RunState.READY
    apply_import(world.organisation, world.hill, public_id, run.version, OFFICER)
    assert look(world, public_id).state is RunState.APPLYING


def test_school_time_is_kept_and_not_the_machines(db: Database, world: World):
    use_school_offset(lambda: timedelta(hours=-3))
    public_id = stage(world)
    work.run_due()
    apply(world, look(world, public_id))
    work.run_due()

    done = look(world, public_id)
    assert (done.staged_at.isoformat(), done.applied_at) == ("2026-06-16T08:00:00+00:00", done.staged_at)


def test_a_part_of_the_roll_is_a_part_when_it_is_checked_again_and_applied(db: Database, world: World):
    data = as_file([pupil(1)])
    public_id = stage_import(world.organisation, world.hill, ImportKind.PUPILS, "one.csv", data, OFFICER, part=True)
    work.run_due()
    check_import_again(world.organisation, world.hill, public_id, look(world, public_id).version, HEAD)
    work.run_due()
    ready = look(world, public_id)
    assert (ready.counts.new, ready.counts.removed, ready.counts.asks, ready.staged.part) == (1, 0, False, True)
    apply(world, ready)
    work.run_due()

    assert look(world, public_id).state is RunState.APPLIED
    assert [row.ends_on for row in rows_of(Enrolment, Enrolment.school_id == world.hill)] == [None] * 3


def test_what_would_change_is_kept_for_a_page_and_forgotten_with_the_file(db: Database, world: World):
    public_id = stage(world, as_file([TOM, {**NOOR, "Reg": "4M"}]))
    work.run_due()
    run = look(world, public_id)
    assert ("Shah, Noor", "Form", "3K", "4M") in [astuple(each)[:4] for each in run.preview.changes]
    with read_door() as connection:
        (listed,) = list_runs(connection, world.organisation, world.hill)
    assert listed.preview.changes == ()

    abandon_import(world.organisation, world.hill, public_id, run.version, HEAD)
    kept = look(world, public_id)
    assert (kept.preview.changes, kept.preview.rows, kept.staged.by) == ((), (), "Saira Khan")


def test_a_run_that_is_given_up_forgets_its_file(db: Database, world: World):
    first, second = stage(world), stage(world)
    work.run_due()
    run = look(world, first)

    abandon_import(world.organisation, world.hill, first, run.version, OFFICER)
    # The same bytes wait in another run.
    assert len(rows_of(File)) == 1
    with pytest.raises(RunRefused):
        apply(world, look(world, first))

    abandon_import(world.organisation, world.hill, second, look(world, second).version, OFFICER)
    assert rows_of(File) == []


def test_another_schools_or_organisations_run_is_not_there(db: Database, world: World):
    public_id = stage(world)
    work.run_due()
    version = look(world, public_id).version

    with read_door() as connection:
        assert find_run(connection, world.organisation, world.vale, public_id) is None
        assert find_run(connection, world.other_organisation, world.other_school, public_id) is None
    for organisation, school in ((world.organisation, world.vale), (world.other_organisation, world.other_school)):
        with pytest.raises(RunRefused):
            apply_import(organisation, school, public_id, version, HEAD)


def test_a_worker_that_gives_up_says_so_on_the_run(db: Database, world: World, monkeypatch: pytest.MonkeyPatch):
    public_id = stage(world)
    with unit_of_work() as tx:
        tx.execute(update(Work).values(max_attempts=1))

    def breaks(*_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr("webapp.people.services.imports.working.files.get", breaks)
    work.run_due()

    assert look(world, public_id).state is RunState.FAILED


@pytest.mark.parametrize(("state", "event"), list(product(RunState, RunEvent)))
def test_every_state_and_event(state: RunState, event: RunEvent):
    after = TRANSITIONS.get((state, event))
    if after is None:
        with pytest.raises(RunRefused):
            step(state, event)
        return
    assert step(state, event) is after
    # What was applied or given up is over, and nothing is applied without a check.
    assert state not in (RunState.APPLIED, RunState.ABANDONED)
    if after is RunState.APPLIED:
        assert state is RunState.APPLYING
    if after is RunState.APPLYING:
        assert state is RunState.READY


def test_a_form_sent_twice_is_one_run_and_one_application(db: Database, world: World):
    def send(data: bytes = GOOD) -> str:
        return stage_import(
            world.organisation, world.hill, ImportKind.PUPILS, "pupils.csv", data, OFFICER, submission_key="a-key-of-8"
        )

    public_id = send()
    assert send() == public_id
    with pytest.raises(RunRefused):
        send(GOOD + b"\n")
    work.run_due()
    run = look(world, public_id)
    for _ in range(2):
        apply_import(
            world.organisation, world.hill, public_id, run.version, HEAD, looked=True, allow_fictional=True,
            submission_key="another-key",
        )  # fmt: skip
    assert work.run_due() == 1
    assert len(rows_of(ImportRun)) == 1


def test_one_file_of_a_school_comes_in_at_a_time(db: Database, world: World):
    first, second = stage(world), stage(world, as_file([TOM, NOOR, pupil(2)]))
    work.run_due()
    apply(world, look(world, first))
    with pytest.raises(RunRefused, match="Another file"):
        apply(world, look(world, second))
    work.run_due()
    apply(world, look(world, second))
    assert look(world, second).state is RunState.APPLYING


@pytest.mark.parametrize("state", [RunState.READY, RunState.REFUSED])
def test_a_kept_file_is_checked_again(db: Database, world: World, state: RunState):
    public_id = stage(world, GOOD if state is RunState.READY else as_file([TOM, pupil(1, DOB="x")]))
    work.run_due()
    run = look(world, public_id)
    assert run.state is state
    check_import_again(world.organisation, world.hill, public_id, run.version, HEAD, allow_fictional=True)
    assert look(world, public_id).state is RunState.CHECKING
    with pytest.raises(RunRefused):
        check_import_again(world.organisation, world.hill, public_id, run.version, HEAD)
    assert work.run_due() == 1
    assert look(world, public_id).state is state


class Killed(BaseException):
    """Nothing catches it, as nothing catches a kill."""


@pytest.mark.parametrize("after", [RunState.READY, RunState.APPLIED])
def test_a_worker_that_dies_leaves_nothing_half_done_and_another_goes_on(
    db: Database, world: World, monkeypatch: pytest.MonkeyPatch, after: RunState
):
    public_id = stage(world)
    if after is RunState.APPLIED:
        work.run_due()
        apply(world, look(world, public_id))

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as killing:
        # The last thing before the commit of either.
        killing.setattr("webapp.people.services.imports.working.work.finish", die)
        with pytest.raises(Killed):
            work.run_due()
    under_way = RunState.CHECKING if after is RunState.READY else RunState.APPLYING
    assert look(world, public_id).state is under_way
    assert rows_of(Pupil, Pupil.last_name == "Okafor") == []
    assert work.run_due() == 0

    with time_machine.travel(f"{NOON[:11]}11:05:01+00:00", tick=False):
        assert work.run_due() == 1
        assert look(world, public_id).state is after
    assert len(rows_of(Pupil, Pupil.last_name == "Okafor")) == (after is RunState.APPLIED)


def test_a_large_file_gets_new_statistics_where_the_engine_has_them(
    db: Database, world: World, monkeypatch: pytest.MonkeyPatch
):
    told: list[str] = []
    monkeypatch.setattr("webapp.people.services.imports.flow._LARGE", 1)
    for engine in (db.read_engine, db.write_engine):
        event.listen(engine, "before_cursor_execute", lambda *args: told.append(args[2]))
    public_id = stage(world)
    work.run_due()
    apply(world, look(world, public_id))
    work.run_due()
    counted = [statement for statement in told if statement.startswith("ANALYZE")]
    assert counted == ([] if db.is_sqlite else ["ANALYZE pupil, enrolment, placement, pupil_group"])
