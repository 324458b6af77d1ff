"""The demo trust in a database: the same rows every time, on both engines, with caches that are true."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import pytest
from sqlalchemy import Connection, func, select, text

from tests.databases import Template
from webapp.demo.cards import Door, sign_in_cards
from webapp.demo.seeding import NotEmpty, Seeded, seed
from webapp.foundation import db as doors
from webapp.foundation import schema
from webapp.foundation.clock import LONDON
from webapp.foundation.db import Base, Database
from webapp.foundation.sessions import Half
from webapp.people.queries.schools import calendar_of, list_schools, settings_of
from webapp.people.rules.settings import AM_REGISTER_CLOSES, REGISTER_KEPT_IN
from webapp.record.rules.arithmetic import tally
from webapp.record.services import rebuild_caches_in

AT = datetime(2026, 11, 20, 8, 52, tzinfo=LONDON)
CACHES = ("pupil_week", "pupil_year")


@dataclass(frozen=True)
class Filled:
    database: Database
    seeded: Seeded


def _fill(url: str) -> Filled:
    schema.upgrade(url)
    database = Database(url)
    return Filled(database, seed(database, at=AT))


@pytest.fixture(scope="module")
def filled(db_kind: str, templates: dict[str, Template]) -> Iterator[Filled]:
    """A database of its own with the demo trust, one an engine."""
    url = templates[db_kind].empty()
    filled = _fill(url)
    yield filled
    filled.database.dispose()
    templates[db_kind].drop(url)


def _table(name: str):
    return Base.metadata.tables[name]


def _digest(tx: Connection, name: str) -> str:
    """Every value of a table but for the machine's own time, and the trail's salts and what follows from them."""
    table = _table(name)
    mine = {("trail_entry", column) for column in ("at", "salt", "digest")}
    columns = [column for column in table.columns if (name, column.name) not in mine]
    digest = hashlib.sha256()
    for row in tx.execute(select(*columns).order_by(*table.primary_key.columns)):
        digest.update(repr(tuple(row)).encode())
    return digest.hexdigest()


def _digests(database: Database) -> dict[str, str]:
    with database.reading() as db:
        return {
            name: _digest(db, name) for name, table in Base.metadata.tables.items()
            if name != "id_sequence" and db.scalar(select(func.count()).select_from(table))
        }  # fmt: skip


def test_every_row_is_there(filled: Filled):
    with filled.database.reading() as db:
        counted = {name: db.scalar(select(func.count()).select_from(_table(name))) for name in filled.seeded.rows}
    assert counted == filled.seeded.rows
    assert counted["pupil"] == counted["enrolment"] == 1570
    assert counted["mark"] == sum(code != "" for sheet in filled.seeded.trust.sheets for code in sheet.codes)
    assert counted["mark_amendment"] > 500 and counted["register"] > 5000 and counted["court_order"] > 5


def test_a_database_with_people_in_it_is_left_alone(filled: Filled):
    before = _digests(filled.database)
    with pytest.raises(NotEmpty, match="not empty"):
        seed(filled.database, at=AT)
    assert _digests(filled.database) == before


def test_seeding_again_writes_the_same_on_either_engine(filled: Filled, templates: dict[str, Template]):
    url = templates["sqlite"].empty()
    again = _fill(url)
    try:
        assert _digests(again.database) == _digests(filled.database)
    finally:
        again.database.dispose()
        templates["sqlite"].drop(url)


_IN_ANOTHER_PROCESS = """
import hashlib
from datetime import UTC, datetime
from webapp.demo.trust import build_trust
trust = build_trust(datetime(2026, 11, 20, 8, 52, tzinfo=UTC))
parts = [trust.sheets, trust.today, trust.amendments, trust.years_before, trust.people.links, trust.people.points]
parts += [[(p.number, p.first_name, p.last_name, p.born, sorted(p.groups)) for p in trust.people.pupils]]
print(hashlib.sha256(repr(parts).encode()).hexdigest())
"""


def test_the_order_of_sets_plays_no_part():
    digests = set()
    for hash_seed in ("1", "2"):
        made = subprocess.run(
            [sys.executable, "-c", _IN_ANOTHER_PROCESS], env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        digests.add(made.stdout)
    assert len(digests) == 1


def test_the_caches_equal_a_recount(filled: Filled):
    organisation = filled.seeded.organisation_id
    with filled.database.write_engine.connect() as tx:
        before = {name: _digest(tx, name) for name in CACHES}
        for school in filled.seeded.school_ids.values():
            rebuild_caches_in(tx, organisation, school, filled.seeded.trust.day, filled.seeded.trust.day)
        after = {name: _digest(tx, name) for name in CACHES}
        tx.rollback()
    assert after == before


def test_a_year_is_counted_from_the_pupils_own_marks(filled: Filled):
    mark, year = _table("mark"), _table("pupil_year")
    with filled.database.reading() as db:
        codes: dict[int, list[str]] = {}
        for enrolment, code in db.execute(select(mark.c.enrolment_id, mark.c.code)):
            codes.setdefault(enrolment, []).append(code)
        rows = db.execute(select(year).where(year.c.year == 2026)).mappings().all()
    assert {row["enrolment_id"] for row in rows} == set(codes)
    for row in rows:
        counted = tally(codes[row["enrolment_id"]])
        assert all(row[name] == getattr(counted, name) for name in ("possible", "present", "late", "illness"))
        assert (row["authorised"], row["unauthorised"]) == (counted.authorised, counted.unauthorised)
        assert row["unresolved"] == counted.unresolved and not row["brought_in"]


def test_no_foreign_key_points_nowhere(filled: Filled, db_kind: str):
    unchecked = {
        "sqlite": "PRAGMA foreign_key_check",
        "postgresql": "SELECT conname FROM pg_constraint WHERE contype = 'f' AND NOT convalidated",
    }
    with filled.database.reading() as db:
        assert db.execute(text(unchecked[db_kind])).fetchall() == []


def test_the_next_row_gets_a_number_of_its_own(filled: Filled):
    with filled.database.write_engine.connect() as tx:
        for name in ("pupil", "enrolment", "contact", "staff", "mark_amendment"):
            model = next(each.class_ for each in Base.registry.mappers if each.class_.__tablename__ == name)
            highest = tx.scalar(select(func.max(_table(name).c.id)))
            assert doors.take_ids(tx, model)[0] > highest
        tx.rollback()


def test_the_schools_and_their_calendars_are_read_as_they_were_written(filled: Filled):
    trust, ids = filled.seeded.trust, filled.seeded.school_ids
    doors.use(filled.database)
    try:
        with filled.database.reading() as db:
            assert {school.code: school.phone for school in list_schools(db)} == {
                "hill": "01632 960001", "vale": "01632 960002",
            }  # fmt: skip
            for code, school_id in ids.items():
                calendar = calendar_of(db, filled.seeded.organisation_id, school_id)
                assert calendar.terms == trust.calendars[code].terms
                for year_group in (None, 3, 9):
                    first, last = trust.calendars[code].terms[0].starts_on, trust.calendars[code].terms[-1].ends_on
                    written = calendar.open_sessions(first, last, year_group)
                    assert written == trust.calendars[code].open_sessions(first, last, year_group)
            hill = settings_of(db, filled.seeded.organisation_id, ids["hill"], trust.day)
            vale = settings_of(db, filled.seeded.organisation_id, ids["vale"], trust.day)
    finally:
        doors.use(None)
    assert (f"{hill[AM_REGISTER_CLOSES]:%H:%M}", f"{vale[AM_REGISTER_CLOSES]:%H:%M}") == ("09:15", "08:45")
    assert (hill[REGISTER_KEPT_IN], vale[REGISTER_KEPT_IN]) == ("firstbell", "school_system")


def test_marks_say_where_they_came_from(filled: Filled):
    mark, enrolment = _table("mark"), _table("enrolment")
    changed = {
        (filled.seeded.ids.enrolments[each.pupil], each.date, each.half): each.original_code
        for each in filled.seeded.trust.amendments
    }
    with filled.database.reading() as db:
        rows = db.execute(
            select(mark, enrolment.c.school_id).join(
                enrolment, (enrolment.c.id == mark.c.enrolment_id)
            ).where((mark.c.code == "I") | (mark.c.code == "N"))
        ).all()  # fmt: skip
    hill = filled.seeded.school_ids["hill"]
    assert {row.imported_code for row in rows if row.school_id == hill} == {None}
    for row in rows:
        if row.school_id != hill:
            assert row.imported_code == changed.get((row.enrolment_id, row.date, row.half), row.code)


def test_registers_of_the_day_stand_as_they_are(filled: Filled):
    register = _table("register")
    with filled.database.reading() as db:
        rows = db.execute(select(register)).all()
    today = [row for row in rows if row.date == filled.seeded.trust.day]
    assert {row.state for row in rows if row.date < filled.seeded.trust.day} == {"closed"}
    assert sorted({row.state for row in today}) == ["due", "taken"]
    assert all((row.taken_at is not None) is (row.state == "taken") for row in today)
    assert sum(row.state == "taken" for row in today if row.half == Half.AM.index) == 45


def test_a_card_leads_to_one_person(filled: Filled):
    point, staff = _table("contact_point"), _table("staff")
    with filled.database.reading() as db:
        for card in sign_in_cards():
            column = staff.c.email if card.door is Door.STAFF else point.c.value
            assert db.scalar(select(func.count()).where(column == card.point)) == 1, card.key
