"""Made-up trusts for the bench, generated inside the database and kept between runs.

Each pupil has 380 sessions, Monday 1 September 2025 to Friday 17 July 2026. Codes are dealt by a fixed hash, with two
pupils in eleven away often; every mark counts as imported, the larger case.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, NoResultFound

from webapp.foundation import db as doors
from webapp.foundation import schema
from webapp.foundation.db import Database
from webapp.record.services import rebuild_caches

PUPILS = 1500
FORM_SIZE = 30
FIRST_DAY, LAST_DAY = date(2025, 9, 1), date(2026, 7, 17)
SCHOOL_DAYS = 190
YEAR = 2025
ORGANISATION = 1
_GENERATION = 4
_BREAKS = (
    (date(2025, 10, 27), date(2025, 10, 31)), (date(2025, 12, 22), date(2026, 1, 2)),
    (date(2026, 2, 16), date(2026, 2, 20)), (date(2026, 3, 30), date(2026, 4, 10)),
    (date(2026, 5, 25), date(2026, 5, 29)), (date(2026, 5, 4), date(2026, 5, 4)),
)  # fmt: skip

# A thousand cards each: codes by their share, the rest present.
_SELDOM, _OFTEN = "I" * 30 + "M" * 6 + "O" * 6 + "L" * 18 + "U" * 2 + "N" * 2, "I" * 110 + "O" * 50 + "L" * 40 + "G" * 9

_PEOPLE = (
    "INSERT INTO organisation (id, public_id, name, kind) VALUES (1, 'bench', 'Bench Trust', 'trust')",
    "INSERT INTO school (organisation_id, id, public_id, code, name, sms_name, phone)"
    " SELECT 1, n, 's' || n, 's' || n, 'School ' || n, 'School ' || n, '01632 960000' FROM ({schools}) i",
    "INSERT INTO form (organisation_id, id, school_id, name)"
    f" SELECT 1, n, (n - 1) / {PUPILS // FORM_SIZE} + 1, 'F' || n FROM ({{forms}}) i",
    "INSERT INTO pupil (organisation_id, id, public_id, legal_first_name, first_name, last_name, date_of_birth, sex)"
    " SELECT 1, n, 'p' || n, 'Pupil', 'Pupil', 'No ' || n, '2012-01-01', 'F' FROM ({pupils}) i",
    "INSERT INTO enrolment (organisation_id, id, pupil_id, school_id, starts_on)"
    f" SELECT 1, n, n, (n - 1) / {PUPILS} + 1, '2025-09-01' FROM ({{pupils}}) i",
    "INSERT INTO placement (organisation_id, school_id, enrolment_id, starts_on, year_group, form_id)"
    f" SELECT 1, (n - 1) / {PUPILS} + 1, n, '2025-09-01', 7 + (n - 1) / 300 % 5, (n - 1) / {FORM_SIZE} + 1"
    " FROM ({pupils}) i",
)
_MARKS = (
    "INSERT INTO mark (organisation_id, enrolment_id, date, half, minutes_late, code, imported_code)"
    " SELECT 1, enrolment_id, date, half, CASE WHEN code = 'L' THEN 5 END, code, code FROM"
    " (SELECT e.id AS enrolment_id, d.number, d.date, d.half, substr(CASE WHEN e.id % 11 < 2 THEN d.often"
    " ELSE d.seldom END, CAST(((CAST(e.id AS bigint) * 2654435761 + d.number * 2654404609) % 4294967296 * 1103515245"
    " + 12345) % 2147483648 / 65536 % 1000 + 1 AS int), 1) AS code"
    " FROM {source} WHERE e.organisation_id = 1 AND e.school_id = :school_id) dealt"
)


@dataclass(frozen=True)
class Trust:
    """A generated database: ``schools`` with marks and one more, the newcomer, with pupils only.

    ``made`` are the figures of its making: seconds, mark_bytes and cache_bytes, table and index.
    """

    database: Database
    schools: int
    made: dict[str, float]

    @property
    def newcomer(self) -> int:
        """The id of the school that has no marks yet."""
        return self.schools + 1

    def enrolments(self, school_id: int) -> range:
        """The ids of a school's enrolments; each thirty in a row are a form."""
        return range((school_id - 1) * PUPILS + 1, school_id * PUPILS + 1)


@contextmanager
def using(trust: Trust) -> Iterator[Trust]:
    """Work on this trust's database meanwhile."""
    before = doors._database
    doors.use(trust.database)
    try:
        yield trust
    finally:
        doors.use(before)


def school_days(count: int = SCHOOL_DAYS) -> list[date]:
    """The first ``count`` school days of the year."""
    days = [FIRST_DAY + timedelta(days=number) for number in range((LAST_DAY - FIRST_DAY).days + 1)]
    open_days = [day for day in days if day.weekday() < 5 and not any(first <= day <= last for first, last in _BREAKS)]
    return open_days[:count]


def sequence(count: int) -> str:
    """A SELECT of the numbers 1 to ``count`` as ``n``."""
    return f"WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {count}) SELECT n FROM s"


class Store:
    """Where scratch databases are kept: files in a folder, or databases on a server whose names begin alike."""

    def __init__(self, engine: str, folder: Path, server: str | None) -> None:
        self.engine, self.folder, self.server = engine, folder, server
        self.key = hashlib.sha256(
            b"".join(path.read_bytes() for path in sorted(schema_files())) + bytes([_GENERATION])
        ).hexdigest()[:16]

    def trust(self, name: str, schools: int, *, by_day: bool = False, fresh: bool = False) -> Trust:
        """The database ``name``, generated unless it stands as wished. ``by_day`` enters marks as days bring them."""
        url = self._url(name)
        wished = f"{self.key}/{schools}/{by_day}"
        made = None if fresh else self._kept(url, wished)
        if made is not None:
            return Trust(Database(url), schools, made)
        self._make_empty(name)
        schema.upgrade(url)
        trust = Trust(Database(url), schools, {})
        start = time.perf_counter()
        _generate(trust, by_day=by_day)
        trust.made["seconds"] = round(time.perf_counter() - start, 1)
        trust.made.update(_sizes(trust.database))
        with trust.database.writing() as tx:
            tx.execute(text("CREATE TABLE bench_data (wished varchar(60), made varchar(500))"))
            values = {"wished": wished, "made": json.dumps(trust.made)}
            tx.execute(text("INSERT INTO bench_data VALUES (:wished, :made)"), values)
        return trust

    def _url(self, name: str) -> str:
        if self.engine == "sqlite":
            return f"sqlite:///{self.folder / name}.sqlite3"
        assert self.server is not None
        return make_url(self.server).set(database=name).render_as_string(hide_password=False)

    def _kept(self, url: str, wished: str) -> dict[str, float] | None:
        """What an earlier run noted about the database, if it stands there just as wished."""
        if self.engine == "sqlite" and not Path(make_url(url).database or "").exists():
            return None
        engine = create_engine(url, poolclass=NullPool)
        try:
            with engine.connect() as connection:
                row = connection.execute(text("SELECT wished, made FROM bench_data")).one()
        except (DBAPIError, NoResultFound):
            return None
        return json.loads(row.made) if row.wished == wished else None

    def _make_empty(self, name: str) -> None:
        if self.engine == "sqlite":
            self.folder.mkdir(parents=True, exist_ok=True)
            for end in ("", "-wal", "-shm"):
                (self.folder / f"{name}.sqlite3{end}").unlink(missing_ok=True)
            return
        assert self.server is not None
        engine = create_engine(self.server, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
            connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE template0'))


def schema_files() -> list[Path]:
    """The migrations that the scratch databases are made by."""
    return list((schema._MIGRATIONS / "versions").glob("*.py"))


def _generate(trust: Trust, *, by_day: bool) -> None:
    schools = trust.schools + 1
    counts = {
        "schools": sequence(schools), "forms": sequence(schools * PUPILS // FORM_SIZE),
        "pupils": sequence(schools * PUPILS),
    }  # fmt: skip
    with trust.database.writing() as tx:
        for statement in _PEOPLE:
            tx.execute(text(statement.format(**counts)))
        _deal(tx)
    for school_id in range(1, trust.schools + 1):
        with trust.database.writing() as tx:
            _enter(tx, school_id, by_day=by_day)
        with using(trust):
            rebuild_caches(ORGANISATION, school_id, FIRST_DAY, LAST_DAY)
    with trust.database.writing() as tx:
        tx.execute(text("DROP TABLE bench_day"))
    settle(trust.database)


def _deal(tx: Connection) -> None:
    tx.execute(
        text("CREATE TABLE bench_day (number int, date date, half smallint, seldom varchar(1000), often varchar(1000))")
    )
    for number, day in enumerate(school_days()):
        for half, present in enumerate("/\\"):
            tx.execute(
                text("INSERT INTO bench_day VALUES (:number, CAST(:date AS varchar(10)), :half, :seldom, :often)")
                if tx.dialect.name == "sqlite"
                else text("INSERT INTO bench_day VALUES (:number, CAST(:date AS date), :half, :seldom, :often)"),
                {
                    "number": 2 * number + half, "date": day.isoformat(), "half": half,
                    "seldom": _SELDOM.ljust(1000, present), "often": _OFTEN.ljust(1000, present),
                },
            )  # fmt: skip


def _enter(tx: Connection, school_id: int, *, by_day: bool) -> None:
    days = "bench_day d CROSS JOIN enrolment e" if by_day else "enrolment e CROSS JOIN bench_day d"
    statement = _MARKS.format(source=days)
    if tx.dialect.name == "postgresql":
        tx.exec_driver_sql("SET LOCAL work_mem = '128MB'")
        tx.exec_driver_sql("SET LOCAL synchronous_commit = off")
        statement += " ORDER BY number, enrolment_id" if by_day else " ORDER BY enrolment_id, number"
    tx.execute(text(statement), {"school_id": school_id})


def _sizes(database: Database) -> dict[str, float]:
    with database.reading() as db:

        def size(*tables: str) -> int:
            if database.is_sqlite:
                names = ", ".join(f"'{table}'" for table in tables)
                return int(db.execute(text(f"SELECT sum(pgsize) FROM dbstat WHERE name IN ({names})")).scalar_one())
            parts = " + ".join(f"pg_table_size('{table}') + pg_indexes_size('{table}')" for table in tables)
            return int(db.execute(text(f"SELECT {parts}")).scalar_one())

        return {"mark_bytes": size("mark"), "cache_bytes": size("pupil_week", "pupil_year")}


def settle(database: Database, *tables: str) -> None:
    """Leave the tables (none named: all) as the database's own upkeep would."""
    if database.is_sqlite:
        with database.read_engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")
        return
    with database.write_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"VACUUM (ANALYZE) {', '.join(tables)}")
