"""The two doors to the database, for SQLite and PostgreSQL alike.

``read_door`` is autocommit and cannot write. ``unit_of_work`` is the one way to write: one transaction, one commit;
nesting raises. Nothing slow (hashing, images, rendering, HTTP) happens inside it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import BigInteger, Connection, Engine, MetaData, String, create_engine, event, insert, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from webapp.foundation.clock import monotonic
from webapp.foundation.memo import Memo

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
_BUSY_MS = 10_000
_REST_SECONDS = 5.0


class Base(DeclarativeBase):
    """Every table. Rows are read and written with Core statements; there is no session and no lazy load."""

    metadata = MetaData(naming_convention=NAMING)


class NestedUnitOfWork(RuntimeError):
    """A service opened the write door inside another service; pass the open transaction instead."""


class NoDatabase(RuntimeError):
    """The process did not say which database it works on."""


class Database:
    """One database with its read and its write engine.

    ``url`` and the optional ``read_url`` (a replica) are SQLAlchemy URLs with ``sqlite`` or ``postgresql+psycopg``.
    """

    def __init__(self, url: str | URL, *, read_url: str | URL | None = None, pool_size: int = 8) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._one_writer = threading.Lock()
        self.memo = Memo()
        if self.is_sqlite:
            self._read = create_engine(self.url, pool_size=pool_size, max_overflow=32, hide_parameters=True)
            self._write = create_engine(self.url, pool_size=1, max_overflow=0, hide_parameters=True)
            event.listen(self._read, "connect", _sqlite_reader)
            event.listen(self._write, "connect", _sqlite_writer)
            event.listen(self._write, "begin", _begin_immediate)
        else:
            common: dict[str, Any] = {"pool_size": pool_size, "max_overflow": 32, "hide_parameters": True}
            self._read = create_engine(
                make_url(read_url) if read_url else self.url,
                isolation_level="AUTOCOMMIT",
                connect_args={"options": "-c default_transaction_read_only=on -c timezone=UTC -c jit=off"},
                skip_autocommit_rollback=True,
                **common,
            )
            self._write = create_engine(self.url, connect_args={"options": "-c timezone=UTC -c jit=off"}, **common)
            for engine in (self._read, self._write):
                event.listen(engine, "checkin", _note_rest)
                event.listen(engine, "checkout", _ask_after_rest)

    @property
    def read_engine(self) -> Engine:
        return self._read

    @property
    def write_engine(self) -> Engine:
        return self._write

    def dispose(self) -> None:
        """Close every connection; the next use opens new ones."""
        self._read.dispose()
        self._write.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with self._read.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        if not self.is_sqlite:
            with self._write.begin() as connection:
                yield connection
            return
        # Threads queue here in order, so that none of them spins on SQLite's busy handler.
        with self._one_writer, self._write.begin() as connection:
            yield connection


def _sqlite_pragmas(raw: Any, *, read_only: bool) -> None:
    raw.isolation_level = None
    for pragma in (
        "foreign_keys=ON", "journal_mode=WAL", "synchronous=FULL", f"busy_timeout={_BUSY_MS}",
        "temp_store=MEMORY", "cache_size=-32768", "mmap_size=268435456",
    ):  # fmt: skip
        raw.execute(f"PRAGMA {pragma}")
    if read_only:
        raw.execute("PRAGMA query_only=ON")


def _sqlite_reader(raw: Any, _record: Any) -> None:
    _sqlite_pragmas(raw, read_only=True)


def _sqlite_writer(raw: Any, _record: Any) -> None:
    _sqlite_pragmas(raw, read_only=False)


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _note_rest(_raw: Any, record: Any) -> None:
    record.info["rests_since"] = monotonic()


def _ask_after_rest(raw: Any, record: Any, _proxy: Any) -> None:
    """Ask a connection that has rested whether it still lives; asking at every use would cost a round trip a page."""
    if monotonic() - record.info.get("rests_since", monotonic()) < _REST_SECONDS:
        return
    try:
        raw.execute("SELECT 1")
        if not raw.autocommit:
            raw.rollback()
    except Exception as error:
        raise DisconnectionError from error


_database: Database | None = None
_open: ContextVar[list[Callable[[], None]] | None] = ContextVar("open_unit_of_work", default=None)


def use(database: Database | None) -> None:
    """Say which database this process works on."""
    global _database
    _database = database


def current() -> Database:
    """The database in use. Raises NoDatabase before ``use``."""
    if _database is None:
        raise NoDatabase("no database is open; start through the factory, the worker or a firstbell command")
    return _database


@contextmanager
def read_door() -> Iterator[Connection]:
    """A connection that only reads, each statement on its own."""
    with current().reading() as connection:
        yield connection


@contextmanager
def unit_of_work() -> Iterator[Connection]:
    """One write transaction: committed when the block ends, rolled back when it raises.

    Callables given to ``after_commit`` run once it is committed. Raises NestedUnitOfWork inside another one.
    """
    if _open.get() is not None:
        raise NestedUnitOfWork("a unit of work is open already; pass its transaction on")
    after: list[Callable[[], None]] = []
    token = _open.set(after)
    try:
        with current().writing() as connection:
            yield connection
    finally:
        _open.reset(token)
    for call in after:
        call()


def is_deadlock(error: BaseException) -> bool:
    """Two transactions waited for each other and PostgreSQL ended this one (SQLSTATE 40P01): nothing of it stands, and
    it may be done again. SQLite has one writer at a time and never says so."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) == "40P01"


_AWAY = ("08", "53", "57P")
_SQLITE_AWAY = ("SQLITE_CANTOPEN", "SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_IOERR", "SQLITE_FULL", "SQLITE_NOTADB")
_NOT_THERE = frozenset({"42P01", "42703"})


def is_unreachable(error: BaseException) -> bool:
    """The database does not answer, or takes no more for now: nothing is wrong with what was asked of it."""
    if isinstance(error, (DisconnectionError, PoolTimeout, NoDatabase)):
        return True
    if not isinstance(error, DBAPIError):
        return False
    name = getattr(error.orig, "sqlite_errorname", None)
    if name is not None:
        return str(name).startswith(_SQLITE_AWAY)
    state = getattr(error.orig, "sqlstate", None)
    # psycopg gives no state where no connection came about.
    return error.connection_invalidated or (str(state).startswith(_AWAY) if state else _is_operational(error))


def _is_operational(error: DBAPIError) -> bool:
    return isinstance(error, (OperationalError, InterfaceError))


def misses_a_table(error: BaseException) -> bool:
    """A table or column is not there: the schema may be older than this version of the service."""
    if not isinstance(error, DBAPIError):
        return False
    if getattr(error.orig, "sqlite_errorname", None) is not None:
        return str(error.orig).startswith(("no such table", "no such column", "table "))
    return getattr(error.orig, "sqlstate", None) in _NOT_THERE


def after_commit(call: Callable[[], None]) -> None:
    """Run ``call`` when the open unit of work has committed, never if it is rolled back."""
    after = _open.get()
    if after is None:
        raise RuntimeError("after_commit needs an open unit of work")
    after.append(call)


class IdSequence(Base):
    """On SQLite, the next number of each table (one writer at a time makes it safe); PostgreSQL has sequences."""

    __tablename__ = "id_sequence"

    table_name: Mapped[str] = mapped_column(String(63), primary_key=True)
    next_id: Mapped[int] = mapped_column(BigInteger)


# Built once: each ``text`` is searched for its parameters when it is made.
_TAKE_SERIAL = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)")
_TAKE_COUNTED = text(
    "INSERT INTO id_sequence (table_name, next_id) VALUES (:name, 1 + :count)"
    " ON CONFLICT (table_name) DO UPDATE SET next_id = next_id + :count RETURNING next_id"
)


def take_ids(tx: Connection, table: type[Base], count: int = 1) -> Sequence[int]:
    """Reserve ``count`` numbers for rows of ``table``; they are unique, ascending, and may leave gaps."""
    keys = {"name": table.__tablename__, "count": count}
    if tx.dialect.name == "postgresql":
        return tx.scalars(_TAKE_SERIAL, keys).all()
    end = tx.execute(_TAKE_COUNTED, keys).scalar_one()
    return range(end - count, end)


def insert_row(tx: Connection, table: type[Base], **values: Any) -> int:
    """Insert one row into a table keyed (organisation_id, id) and return its id."""
    if tx.dialect.name != "postgresql":
        values["id"] = take_ids(tx, table)[0]
        tx.execute(insert(table).values(values))
        return int(values["id"])
    return int(tx.execute(insert(table).values(values).returning(table.__table__.c.id)).scalar_one())
