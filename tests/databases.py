"""Databases for tests: one migrated template an engine and run, cloned or rolled back: no test sees another's rows."""

from __future__ import annotations

import os
import shutil
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.engine import URL, make_url

from tests.factories import World, build_world
from webapp.foundation import schema
from webapp.foundation.config import driver_url
from webapp.foundation.db import Database

_USUAL = "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"


def postgres_url() -> str | None:
    """The server that the tests may use: FIRSTBELL_TEST_POSTGRES, or one that answers on the usual local port."""
    wanted = os.environ.get("FIRSTBELL_TEST_POSTGRES")
    url = make_url(driver_url(wanted) if wanted else _USUAL)
    try:
        with socket.create_connection((url.host or "127.0.0.1", url.port or 5432), timeout=1):
            pass
        engine = create_engine(url, poolclass=NullPool)
        with engine.connect() as connection:
            allowed = connection.execute(text("SELECT rolcreatedb FROM pg_roles WHERE rolname = current_user")).scalar()
    except Exception:
        if wanted:
            raise
        return None
    return url.render_as_string(hide_password=False) if allowed else None


class Template:
    """A migrated database holding the test world, from which tests take copies."""

    def __init__(self, kind: str, folder: Path, server: str | None) -> None:
        self.kind = kind
        self.folder = folder
        self.server = make_url(server) if server else None
        self.name = f"firstbell_test_{uuid.uuid4().hex[:10]}"
        self.clones = 0
        self.url = self._make_empty(self.name)
        schema.upgrade(self.url)
        database = Database(self.url)
        with database.writing() as tx:
            self.world: World = build_world(tx)
        database.dispose()

    def clone(self) -> str:
        """The URL of a fresh copy."""
        self.clones += 1
        name = f"{self.name}_{self.clones}"
        if self.kind == "sqlite":
            target = self.folder / f"{name}.sqlite3"
            shutil.copyfile(self.folder / f"{self.name}.sqlite3", target)
            return f"sqlite:///{target}"
        self._admin(f'CREATE DATABASE "{name}" TEMPLATE "{self.name}"')
        return self._url(name)

    def empty(self) -> str:
        """The URL of a fresh database with no tables."""
        self.clones += 1
        return self._make_empty(f"{self.name}_{self.clones}")

    def drop(self, url: str) -> None:
        """Remove a copy."""
        name = make_url(url).database or ""
        if self.kind == "sqlite":
            for end in ("", "-wal", "-shm"):
                Path(name + end).unlink(missing_ok=True)
            return
        self._admin(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _make_empty(self, name: str) -> str:
        if self.kind == "sqlite":
            return f"sqlite:///{self.folder / name}.sqlite3"
        self._admin(f'CREATE DATABASE "{name}" TEMPLATE template0')
        return self._url(name)

    def _url(self, name: str) -> str:
        assert self.server is not None
        return self.server.set(database=name).render_as_string(hide_password=False)

    def _admin(self, statement: str) -> None:
        assert isinstance(self.server, URL)
        engine = create_engine(self.server, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))


class RolledBack(Database):
    """A database whose units of work are savepoints of one transaction that is never committed.

    Reads see the writes of the same test. The doors themselves are tested on clones, where they are real.
    """

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._connection: Connection | None = None

    @contextmanager
    def held(self) -> Iterator[RolledBack]:
        with self.write_engine.connect() as connection:
            outer = connection.begin()
            self._connection = connection
            self.memo.forget()
            try:
                yield self
            finally:
                self._connection = None
                outer.rollback()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        assert self._connection is not None
        yield self._connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        assert self._connection is not None
        with self._connection.begin_nested():
            yield self._connection
