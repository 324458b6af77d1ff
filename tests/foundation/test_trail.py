"""The sealed trail: what was altered, removed or slipped in is named, and what was erased still verifies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, text, update

from tests.factories import World
from webapp.foundation import trail
from webapp.foundation.clock import machine_now
from webapp.foundation.db import Database, read_door, unit_of_work
from webapp.foundation.trail import Actor, ActorKind, Deed, TrailEntry, TrailHead, TrailSeal, digests, seals
from webapp.foundation.trail.erase import erase
from webapp.foundation.trail.verify import Fault, Finding, find_head, has_been, verify
from webapp.foundation.work import fresh_kinds, run_due
from webapp.foundation.work.intake import NewWork, enqueue
from webapp.foundation.work.table import Work

VERA = Actor(ActorKind.STAFF, 7, "Vera Moss", "Attendance officer")
SOON = timedelta(minutes=5)


@pytest.fixture(autouse=True)
def clean(db: Database, world: World) -> None:
    with unit_of_work() as tx:
        for table in (TrailSeal, TrailHead, TrailEntry):
            tx.execute(delete(table))


def deed(number: int = 0, **detail: Any) -> Deed:
    return Deed("confirmed_code", "absence_report", number, pupil_id=3, detail={"to": "I", **detail})


def write(organisation: int, *deeds: Deed) -> list[int]:
    with unit_of_work() as tx:
        trail.write(tx, organisation, VERA, *deeds)
    with read_door() as door:
        return list(door.scalars(select(TrailEntry.id).order_by(TrailEntry.id)))


def found(organisation: int) -> list[tuple[Fault, int]]:
    with read_door() as door:
        return [(each.fault, each.number) for each in verify(door, organisation, machine_now() + SOON)]


def change(number: int, **values: Any) -> None:
    with unit_of_work() as tx:
        tx.execute(update(TrailEntry).where(TrailEntry.id == number).values(**values))


def test_a_trail_that_nobody_touched_is_whole(world: World) -> None:
    write(world.organisation, deed(1), deed(2))
    assert seals.seal_new() == 2
    write(world.organisation, deed(3))
    assert seals.seal_new() == 1
    assert seals.seal_new() == 0
    assert found(world.organisation) == []


ALTERED = [
    {"at": datetime(2026, 1, 1, tzinfo=UTC)},
    {"school_id": 99},
    {"actor_kind": "system"},
    {"actor_id": 8},
    {"actor_name": "Somebody Else"},
    {"actor_position": "Headteacher"},
    {"action": "undid_code"},
    {"subject_kind": "mark"},
    {"subject_id": 77},
    {"pupil_id": None},
    {"detail": {"to": "O"}},
    {"salt": digests.new_salt()},
    {"digest": "0" * 64},
]


def test_the_table_alters_every_column_that_says_something() -> None:
    named = {name for change in ALTERED for name in change}
    assert named == {column.name for column in TrailEntry.__table__.c} - {
        "organisation_id", "id", "erased_digest", "erased_at",
    }  # fmt: skip


@pytest.mark.parametrize("values", ALTERED, ids=lambda values: next(iter(values)))
def test_an_altered_entry_is_named(world: World, values: dict[str, Any]) -> None:
    _, second, _ = write(world.organisation, deed(1), deed(2), deed(3))
    seals.seal_new()
    change(second, **values)
    assert found(world.organisation) == [(Fault.ALTERED, second)]


def test_one_altered_with_a_digest_that_fits_is_named_all_the_same(world: World) -> None:
    first, _ = write(world.organisation, deed(1), deed(2))
    seals.seal_new()
    with read_door() as door:
        row = dict(door.execute(select(TrailEntry.__table__).where(TrailEntry.id == first)).mappings().one())
    row["actor_name"] = "Somebody Else"
    fitting = digests.digest_of(digests.personal_digest(row["salt"], row), row)
    change(first, actor_name=row["actor_name"], digest=fitting)
    assert found(world.organisation) == [(Fault.ALTERED, first)]


def test_a_missing_entry_is_named(world: World) -> None:
    _, second, _ = write(world.organisation, deed(1), deed(2), deed(3))
    seals.seal_new()
    with unit_of_work() as tx:
        tx.execute(delete(TrailEntry).where(TrailEntry.id == second))
    assert found(world.organisation) == [(Fault.MISSING, second)]


def test_one_slipped_in_long_ago_is_named(world: World) -> None:
    write(world.organisation, deed(1))
    seals.seal_new()
    with unit_of_work() as tx:
        (row,) = tx.execute(select(TrailEntry.__table__)).mappings()
        tx.execute(insert(TrailEntry).values({**row, "id": 9999, "at": row["at"] - timedelta(days=3)}))
    assert seals.seal_new() == 0
    assert found(world.organisation) == [(Fault.NOT_SEALED, 9999)]


def seal_each(organisation: int, count: int) -> None:
    for number in range(count):
        write(organisation, deed(number))
        seals.seal_new()


def test_seals_that_are_altered_removed_or_cut_off_are_named(world: World) -> None:
    seal_each(world.organisation, 4)
    with unit_of_work() as tx:
        tx.execute(update(TrailSeal).where(TrailSeal.position == 2).values(sealed_at=machine_now() - SOON))
    assert found(world.organisation) == [(Fault.SEAL_BROKEN, 2)]
    with unit_of_work() as tx:
        tx.execute(delete(TrailSeal).where(TrailSeal.position == 2))
    assert [fault for fault, _ in found(world.organisation)] == [Fault.SEAL_MISSING, Fault.NOT_SEALED]
    with unit_of_work() as tx:
        tx.execute(delete(TrailSeal).where(TrailSeal.position == 4))
    assert (Fault.HEAD_DIFFERS, 4) in found(world.organisation)


def test_a_chain_made_anew_is_told_by_a_head_kept_elsewhere(world: World) -> None:
    seal_each(world.organisation, 2)
    with read_door() as door:
        kept = find_head(door, world.organisation)
        assert has_been(door, str(kept))
    seal_each(world.organisation, 1)
    with read_door() as door:
        assert has_been(door, str(kept)), "it has only grown"
    with unit_of_work() as tx:
        tx.execute(update(TrailEntry).values(actor_name="Somebody Else", digest=None))
        tx.execute(delete(TrailSeal))
        tx.execute(delete(TrailHead))
    seals.seal_new(since=datetime(2000, 1, 1, tzinfo=UTC))
    assert found(world.organisation) == [], "made anew it is whole in itself"
    with read_door() as door:
        assert not has_been(door, str(kept))


@pytest.mark.parametrize("nonsense", ["", "x", "1:2", "1:x:y", "²:1:a"])
def test_a_head_that_is_none_has_never_been(db: Database, nonsense: str) -> None:
    with read_door() as door:
        assert not has_been(door, nonsense)


def test_an_erased_content_still_verifies(world: World) -> None:
    first, _ = write(world.organisation, deed(1), deed(2))
    seals.seal_new()
    with unit_of_work() as tx:
        assert erase(tx, world.organisation, VERA, [first]) == 1
    seals.seal_new()
    with read_door() as door:
        row = door.execute(select(TrailEntry.__table__).where(TrailEntry.id == first)).mappings().one()
    assert (row["actor_name"], row["pupil_id"], row["detail"], row["salt"]) == ("erased", None, {}, None)
    assert row["action"] == "confirmed_code"
    assert found(world.organisation) == []
    change(first, action="undid_code")
    assert found(world.organisation) == [(Fault.ALTERED, first)]


def test_an_entry_is_not_erased_twice_and_an_erasure_never(world: World) -> None:
    (first,) = write(world.organisation, deed(1))
    with unit_of_work() as tx:
        assert erase(tx, world.organisation, VERA, [first]) == 1
        assert erase(tx, world.organisation, VERA, [first]) == 0
    with read_door() as door:
        both = list(door.scalars(select(TrailEntry.id).order_by(TrailEntry.id)))
    with unit_of_work() as tx:
        assert erase(tx, world.organisation, VERA, both) == 0


def test_one_emptied_without_an_erasure_is_named(world: World) -> None:
    first, _ = write(world.organisation, deed(1), deed(2))
    seals.seal_new()
    with read_door() as door:
        row = door.execute(select(TrailEntry.__table__).where(TrailEntry.id == first)).mappings().one()
    emptied = {"actor_id": None, "actor_name": "erased", "actor_position": "", "subject_id": None, "pupil_id": None}
    personal = digests.personal_digest(row["salt"], row)
    change(first, **emptied, detail={}, salt=None, erased_digest=personal, erased_at=machine_now())
    assert found(world.organisation) == [(Fault.ALTERED, first)]


def test_chains_of_two_organisations_do_not_touch(world: World) -> None:
    write(world.organisation, deed(1))
    write(world.other_organisation, deed(2))
    seals.seal_new()
    with unit_of_work() as tx:
        tx.execute(update(TrailEntry).where(TrailEntry.subject_id == 1).values(actor_name="Somebody Else"))
    assert [fault for fault, _ in found(world.organisation)] == [Fault.ALTERED]
    assert found(world.other_organisation) == []


def test_one_committed_late_is_sealed_in_a_later_round(world: World) -> None:
    """Its number and its time are earlier than what is sealed already: a long transaction of PostgreSQL."""
    seal_each(world.organisation, 2)
    with unit_of_work() as tx:
        trail.write(tx, world.organisation, VERA, deed(9))
        late = text("UPDATE trail_entry SET at = (SELECT min(at) FROM trail_entry) WHERE subject_id = 9")
        tx.execute(update(TrailEntry).where(TrailEntry.subject_id == 9).values(digest=None))
        tx.execute(late)
    assert seals.seal_new() == 1
    assert found(world.organisation) == []


def test_entries_of_an_older_version_get_a_digest_and_a_seal(world: World) -> None:
    write(world.organisation, deed(1), deed(2))
    with unit_of_work() as tx:
        tx.execute(update(TrailEntry).values(salt=None, digest=None))
    assert seals.seal_new() == 2
    assert found(world.organisation) == []


def test_many_are_sealed_in_pages_and_parts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seals, "AT_ONCE", 7)
    monkeypatch.setattr(seals, "IN_A_SEAL", 3)
    write(world.organisation, *(deed(number) for number in range(20)))
    assert seals.seal_new() == 20
    assert found(world.organisation) == []
    with read_door() as door:
        sizes = [len(entries) for entries in door.scalars(select(TrailSeal.entries).order_by(TrailSeal.position))]
    assert sizes == [3, 3, 1, 3, 3, 1, 3, 3]


def test_the_sealing_is_one_row_of_work_that_comes_round(world: World) -> None:
    write(world.organisation, deed(1))
    with fresh_kinds():
        seals.schedule()
        with unit_of_work() as tx:
            enqueue(tx, NewWork(kind=seals.KIND, subject=""))
        assert run_due([seals.KIND]) == 1
    with read_door() as door:
        ((state, attempts, due),) = door.execute(
            select(Work.state, Work.attempts, Work.due_at).where(Work.kind == seals.KIND)
        )
        assert door.scalar(select(TrailHead.position)) == 1
    assert (state, attempts) == ("waiting", 0)
    assert timedelta(0) < due - machine_now() <= seals.EVERY


words = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(detail=st.dictionaries(st.sampled_from(["to", "from", "é", "1"]), plain, max_size=3))
def test_what_the_database_made_of_a_detail_has_the_same_digest(world: World, detail: dict[str, Any]) -> None:
    with unit_of_work() as tx:
        trail.write(tx, world.organisation, VERA, Deed("x", "mark", 1, detail=detail))
    with read_door() as door:
        row = door.execute(select(TrailEntry.__table__).order_by(TrailEntry.id.desc()).limit(1)).mappings().one()
    assert digests.digest_of(digests.personal_digest(row["salt"], row), row) == row["digest"]


def test_a_finding_says_which_organisation_and_entry() -> None:
    assert str(Finding(3, Fault.MISSING, 12)) == "organisation 3: entry 12 was sealed and is no longer there"
