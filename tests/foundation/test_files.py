"""Files as rows by hash, on both engines."""

from __future__ import annotations

import hashlib
import threading

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from tests.factories import World
from webapp.foundation import files
from webapp.foundation.db import Database, read_door, unit_of_work
from webapp.foundation.files import File, FileMissing
from webapp.foundation.work import NewWork, claim, enqueue, finish

EVERY_BYTE = bytes(range(256)) * 300


def put(organisation_id: int, data: bytes, content_type: str = "image/jpeg") -> int:
    with unit_of_work() as tx:
        return files.put(tx, organisation_id, data, content_type)


@pytest.mark.parametrize("data", [b"", b"\0", EVERY_BYTE])
def test_what_goes_in_comes_out(db: Database, world: World, data: bytes) -> None:
    file_id = put(world.organisation, data)
    with read_door() as door:
        kept = files.get(door, world.organisation, file_id)
        facts = files.get_facts(door, world.organisation, file_id)
    assert kept.data == data
    assert kept.facts == facts
    assert (facts.id, facts.size, facts.content_type) == (file_id, len(data), "image/jpeg")
    assert facts.sha256 == hashlib.sha256(data).hexdigest()


def test_the_same_bytes_are_kept_once_in_an_organisation(db: Database, world: World) -> None:
    first = put(world.organisation, EVERY_BYTE, "image/jpeg")
    assert put(world.organisation, EVERY_BYTE, "application/octet-stream") == first
    assert put(world.organisation, EVERY_BYTE[:-1]) != first
    elsewhere = put(world.other_organisation, EVERY_BYTE)
    with read_door() as door:
        assert door.execute(select(func.count()).select_from(File)).scalar_one() == 3
        assert files.get_facts(door, world.organisation, first).content_type == "image/jpeg"
        assert files.get(door, world.other_organisation, elsewhere).data == EVERY_BYTE


def test_a_hash_taken_before_is_believed(db: Database, world: World) -> None:
    with unit_of_work() as tx:
        early = files.put(tx, world.organisation, EVERY_BYTE, "image/jpeg", sha256=files.digest(EVERY_BYTE))
    assert put(world.organisation, EVERY_BYTE) == early


def test_another_organisations_file_is_missing(db: Database, world: World) -> None:
    file_id = put(world.organisation, b"a letter")
    for read in (files.get, files.get_facts):
        with pytest.raises(FileMissing), read_door() as door:
            read(door, world.other_organisation, file_id)


def test_two_at_once_keep_one(cloned_db: Database, world: World) -> None:
    ids: list[int] = []
    together = threading.Barrier(4)

    def keep() -> None:
        together.wait()
        ids.append(put(world.organisation, EVERY_BYTE))

    threads = [threading.Thread(target=keep) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 4
    assert len(set(ids)) == 1


def test_a_file_is_destroyed_when_nothing_refers_to_it(cloned_db: Database, world: World) -> None:
    result, loose = put(world.organisation, b"a report"), put(world.organisation, b"a photo")
    with unit_of_work() as tx:
        enqueue(tx, NewWork(kind="report", subject="1", organisation_id=world.organisation))
    finish(claim("test", None, 1)[0], result_file_id=result)
    with unit_of_work() as tx:
        files.remove(tx, world.organisation, loose)
    with pytest.raises(IntegrityError), unit_of_work() as tx:
        files.remove(tx, world.organisation, result)
    with read_door() as door:
        assert files.get(door, world.organisation, result).data == b"a report"
        with pytest.raises(FileMissing):
            files.get(door, world.organisation, loose)
