"""The trail searched on both databases: who finds what, by key, with the same statements and the right index."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import insert, text

from tests.factories import World
from webapp.foundation.db import Database, take_ids, use
from webapp.foundation.trail import Actor, ActorKind, Deed, TrailEntry, write
from webapp.insight.queries.trail import (
    Wanted,
    actors_named,
    pupils_named,
    schools_of_organisation,
    search_trail,
    trail_statement,
)
from webapp.insight.rules.readers import Reader, reader_of
from webapp.people.rules.roles import Role, permissions_of

NOON = datetime(2026, 6, 16, 11, tzinfo=UTC)


@pytest.fixture
def who(world: World, db: Database) -> dict[str, Reader]:
    use(db)
    hill, both = world.hill, (world.hill, world.vale)
    return {
        "administrator": reader_of({hill: permissions_of([Role.ADMINISTRATOR])}),
        "head": reader_of({hill: permissions_of([Role.HEAD])}),
        "dsl": reader_of({hill: permissions_of([Role.DSL])}),
        "administrator of both": reader_of({each: permissions_of([Role.ADMINISTRATOR]) for each in both}, whole=True),
        "dsl of both": reader_of({each: permissions_of([Role.DSL]) for each in both}, whole=True),
        "dsl of hill": reader_of(
            {world.hill: permissions_of([Role.DSL]), world.vale: permissions_of([Role.ADMINISTRATOR])}, whole=True
        ),
    }  # fmt: skip


@pytest.fixture
def filled(db: Database, world: World, who: dict[str, Reader]) -> None:
    saira = Actor(ActorKind.STAFF, world.officer, "Saira Khan", "Attendance officer")
    alice = Actor(ActorKind.CONTACT, world.alice, "Alice Ahmed")
    with db.writing() as tx:
        for number, (actor, deed) in enumerate([
            (saira, Deed("changed_setting", "school_setting", 1, world.hill)),
            (saira, Deed("changed_mark", "mark", 1, world.hill, world.tom)),
            (alice, Deed("reported_absence", "absence_report", 1, world.hill, world.tom)),
            (saira, Deed("withheld_entry", "withheld_entry", 1, world.hill, world.tom)),
            (saira, Deed("a_deed_of_tomorrow", "thing", 1, world.hill, world.noor)),
            (saira, Deed("changed_mark", "mark", 2, world.vale, world.ella)),
            (saira, Deed("stopped_messages", "message_stop", 1, world.vale, world.ella)),
            (alice, Deed("signed_in", "session", 1)),
        ]):  # fmt: skip
            with time_machine.travel(NOON + timedelta(minutes=number), tick=False):
                write(tx, world.organisation, actor, deed)
        otto = Actor(ActorKind.STAFF, world.other_officer, "Otto Dale")
        theirs = Deed("changed_mark", "mark", 9, world.other_school, world.other_pupil)
        write(tx, world.other_organisation, otto, theirs)


def found(db: Database, world: World, reader: Reader, **wanted: Any) -> list[str]:
    with db.reading() as connection:
        rows = search_trail(connection, world.organisation, reader, Wanted(**wanted), 50)
    return [f"{row.action} {row.pupil_name}".strip() for row in rows]


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("administrator", ["reported_absence", "changed_mark", "changed_setting"]),
        ("head", ["reported_absence", "changed_mark", "changed_setting"]),
        ("dsl", ["a_deed_of_tomorrow", "withheld_entry", "reported_absence", "changed_mark", "changed_setting"]),
        ("administrator of both", ["signed_in", "changed_mark", "reported_absence", "changed_mark", "changed_setting"]),
        ("dsl of hill", ["signed_in", "changed_mark", "a_deed_of_tomorrow", "withheld_entry", "reported_absence",
                         "changed_mark", "changed_setting"]),
        ("dsl of both", ["signed_in", "stopped_messages", "changed_mark", "a_deed_of_tomorrow", "withheld_entry",
                         "reported_absence", "changed_mark", "changed_setting"]),
    ],
)  # fmt: skip
def test_each_reader_finds_what_is_theirs(
    db: Database, world: World, who: dict[str, Reader], name: str, expected: list[str]
) -> None:
    assert [each.split()[0] for each in found(db, world, who[name])] == expected


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    "wanted",
    [
        {"action": "changed_mark"}, {"action": "reported_absence"}, {"action": "withheld_entry"}, {"pupils": "tom"},
        {"actors": "alice"},
    ],
    ids=repr,
)  # fmt: skip
def test_a_search_tells_an_administrator_no_more_than_a_line(
    db: Database, world: World, who: dict[str, Reader], wanted: dict[str, Any]
) -> None:
    """To ask for one deed, one pupil or one parent would say of a line what it does not say itself."""
    asked = {
        "pupils": {"pupils": [world.tom]}, "actors": {"actors": [("contact", world.alice)]},
    }.get(next(iter(wanted)), wanted)  # fmt: skip
    assert found(db, world, who["administrator"], **asked) == []
    assert found(db, world, who["dsl"], **asked) != []
    mixed = found(db, world, who["dsl of hill"], **asked)
    assert "Ella" not in " ".join(mixed), "she is at the other school, where this reader sees no child"


@pytest.mark.usefixtures("filled")
def test_the_filters(db: Database, world: World, who: dict[str, Reader]) -> None:
    dsl = who["dsl"]
    assert found(db, world, dsl, pupils=[world.noor]) == ["a_deed_of_tomorrow Noor Shah"]
    assert found(db, world, dsl, pupils=[]) == []
    assert found(db, world, dsl, pupils=[world.ella]) == [], "what was done at her school is read there"
    assert found(db, world, dsl, kind="contact") == ["reported_absence Tom Ahmed"]
    assert found(db, world, dsl, actors={("contact", world.alice)}) == ["reported_absence Tom Ahmed"]
    assert found(db, world, dsl, actors=set()) == []
    since = NOON + timedelta(minutes=2)
    assert found(db, world, dsl, since=since, until=since + timedelta(minutes=1)) == ["reported_absence Tom Ahmed"]


@pytest.mark.usefixtures("filled")
def test_names_find_people_of_ones_own_schools(db: Database, world: World, who: dict[str, Reader]) -> None:
    with db.reading() as connection:
        def actors(name: str, words: str) -> set[tuple[str, int]]:
            return actors_named(connection, world.organisation, who[name], words)

        assert actors("dsl", "ali") == {("contact", world.alice)}
        assert actors("dsl", "KHAN") == {("staff", world.officer)}
        assert actors("administrator", "ali") == set(), "an administrator searches for no parent"
        assert actors("administrator", "khan") == {("staff", world.officer)}
        assert actors("dsl", "moss") == set(), "she works at the other school"
        assert actors("dsl", "%") == set()
        assert pupils_named(connection, world.organisation, who["dsl"], "tom") == [world.tom]
        assert pupils_named(connection, world.organisation, who["dsl"], "ella") == []
        assert pupils_named(connection, world.organisation, who["administrator"], "tom") == []
        assert pupils_named(connection, world.other_organisation, who["dsl"], "mal") == []
        assert set(schools_of_organisation(connection, world.organisation)) == {world.hill, world.vale}


def many(tx: Any, world: World, count: int) -> None:
    """Entries as years make them: two schools, many deeds, most of them about a child."""
    actions = [
        "viewed_list", "viewed_child", "changed_mark", "reported_absence", "was_shown", "signed_in", "withheld_entry",
    ]  # fmt: skip
    ids = take_ids(tx, TrailEntry, count)
    rows = [
        {
            "organisation_id": world.organisation, "id": number, "at": NOON + timedelta(seconds=place // 5),
            "school_id": (world.hill, world.vale)[place % 3 == 0], "actor_kind": ("staff", "contact")[place % 7 == 0],
            "actor_id": 1 + place % 40, "actor_name": "Jo", "actor_position": "",
            "action": actions[place % len(actions)],
            "subject_kind": "mark", "subject_id": place, "pupil_id": (world.tom, world.noor, None)[place % 3],
            "detail": {}, "salt": None, "digest": "0" * 64,
        }
        for place, number in enumerate(ids)
    ]  # fmt: skip
    tx.execute(insert(TrailEntry.__table__), rows)


def test_every_page_by_key_once_and_none_twice(db: Database, world: World, who: dict[str, Reader]) -> None:
    with db.writing() as tx:
        many(tx, world, 500)
    with db.reading() as connection:
        whole = [row.id for row in search_trail(connection, world.organisation, who["dsl"], Wanted(), 1000)]
        paged: list[int] = []
        after = None
        while rows := search_trail(connection, world.organisation, who["dsl"], Wanted(after=after), 37):
            paged += [row.id for row in rows]
            after = (rows[-1].at, rows[-1].id)
    assert paged == whole
    assert len(whole) > 300


@pytest.mark.parametrize(
    ("name", "wanted", "index"),
    [
        ("dsl", {}, "ix_trail_entry_school"),
        ("head", {}, "ix_trail_entry_school"),
        ("administrator", {"since": NOON, "until": NOON + timedelta(minutes=5)}, "ix_trail_entry_school"),
        ("dsl of both", {}, "ix_trail_entry_organisation"),
        ("dsl", {"pupils": "tom"}, "ix_trail_entry_pupil"),
        ("head", {"pupils": "tom"}, "ix_trail_entry_pupil"),
        ("administrator", {"action": "changed_setting"}, "ix_trail_entry_action"),
        ("dsl", {"actors": {("staff", 7)}}, "ix_trail_entry_actor"),
        ("dsl of both", {"action": "erased_trail_entries"}, "ix_trail_entry_action"),
    ],
    ids=str,
)  # fmt: skip
def test_the_index_that_is_used(
    db: Database, world: World, who: dict[str, Reader], name: str, wanted: dict[str, Any], index: str
) -> None:
    asked = {**wanted, "pupils": [world.tom]} if "pupils" in wanted else wanted
    with db.writing() as tx:
        plain = tx.dialect.name == "sqlite"
        statement = trail_statement(world.organisation, who[name], Wanted(**asked), plain=plain).limit(51)
        many(tx, world, 20_000)
        if tx.dialect.name == "postgresql":
            tx.execute(text("ANALYZE trail_entry"))
        written = str(statement.compile(tx, compile_kwargs={"literal_binds": True, "render_postcompile": True}))
        how = "EXPLAIN " if tx.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN "
        plan = "\n".join(str(row[-1]) for row in tx.execute(text(how + written.replace(":", "\\:"))))
    assert index in plan, plan
    assert "Seq Scan on trail_entry" not in plan, plan
    assert "SCAN trail_entry" not in plan.replace("SCAN trail_entry USING INDEX", ""), plan
