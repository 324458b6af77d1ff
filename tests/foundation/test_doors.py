"""The two doors to the database, on both engines."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError

from tests.factories import World
from webapp.foundation import db as doors
from webapp.foundation.db import Database, NestedUnitOfWork, after_commit, insert_row, read_door, take_ids, unit_of_work
from webapp.people.models import Organisation, School


def _names(database: Database) -> list[str]:
    with database.reading() as db:
        return list(db.scalars(select(Organisation.name).order_by(Organisation.id)))


def _row(name: str) -> dict[str, str]:
    return {"public_id": name, "name": name, "kind": "school"}


def test_the_read_door_cannot_write(cloned_db: Database) -> None:
    before = _names(cloned_db)
    with pytest.raises(DBAPIError), read_door() as db:
        db.execute(insert(Organisation).values(id=999, **_row("Sly School")))
    assert _names(cloned_db) == before


def test_a_unit_of_work_is_one_commit(cloned_db: Database) -> None:
    told: list[str] = []
    with unit_of_work() as tx:
        insert_row(tx, Organisation, **_row("New School"))
        after_commit(lambda: told.append("committed"))
        assert not told
    assert told == ["committed"]
    assert "New School" in _names(cloned_db)


def test_an_error_leaves_nothing_and_tells_nobody(cloned_db: Database) -> None:
    told: list[str] = []
    with pytest.raises(RuntimeError, match="halfway"), unit_of_work() as tx:
        insert_row(tx, Organisation, **_row("Half School"))
        after_commit(lambda: told.append("committed"))
        raise RuntimeError("halfway")
    assert "Half School" not in _names(cloned_db)
    assert not told
    with unit_of_work() as tx:
        insert_row(tx, Organisation, **_row("After School"))
    assert "After School" in _names(cloned_db)


def test_nesting_raises_and_the_outer_one_is_undone(cloned_db: Database) -> None:
    with pytest.raises(NestedUnitOfWork), unit_of_work() as tx:
        insert_row(tx, Organisation, **_row("Outer School"))
        with unit_of_work():
            pass
    assert "Outer School" not in _names(cloned_db)


def test_ids_are_unique_under_threads(cloned_db: Database, world: World) -> None:
    taken: list[int] = []

    def take() -> None:
        for _ in range(20):
            with unit_of_work() as tx:
                taken.extend(take_ids(tx, School, 3))

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 240
    assert min(taken) > max(world.hill, world.vale)


def test_a_key_cannot_cross_the_organisation(cloned_db: Database, world: World) -> None:
    from tests.factories import add_form

    with pytest.raises(DBAPIError), unit_of_work() as tx:
        add_form(tx, world.other_organisation, world.hill, "3K")


def test_no_database_is_said_plainly() -> None:
    doors.use(None)
    with pytest.raises(doors.NoDatabase), unit_of_work():
        pass


def test_a_connection_that_died_at_rest_is_replaced(cloned_db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    if cloned_db.is_sqlite:
        return
    monkeypatch.setattr(doors, "_REST_SECONDS", 0.0)
    for door, another in ((cloned_db.reading, cloned_db.writing), (cloned_db.writing, cloned_db.reading)):
        with door() as db:
            server = db.scalar(text("SELECT pg_backend_pid()"))
        with another() as other:
            other.execute(text("SELECT pg_terminate_backend(:server)"), {"server": server})
        with door() as db:
            assert db.scalar(text("SELECT pg_backend_pid()")) != server
