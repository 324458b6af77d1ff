"""The schema's history: numbered Alembic migrations, one head, the same on SQLite and PostgreSQL.

The service never migrates itself at start: ``firstbell db upgrade`` does, and ``is_current`` says whether it has.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, NullPool, create_engine, event, inspect, text
from sqlalchemy.engine import make_url

_MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
_ROOTS = ("webapp", "notifications")


class MigrationRefused(RuntimeError):
    """A migration left rows that break a foreign key, or lost rows; nothing of it was kept."""


def load_tables() -> None:
    """Import every module that defines tables, found by its name, so that the metadata is whole."""
    for root in _ROOTS:
        package = importlib.import_module(root)
        for module in pkgutil.walk_packages(package.__path__, f"{root}."):
            if ".models" in module.name or module.name.startswith("webapp.foundation."):
                importlib.import_module(module.name)


def _alembic() -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config


@contextmanager
def _schema_connection(url: str) -> Iterator[Connection]:
    engine = create_engine(make_url(url), poolclass=NullPool)
    if engine.dialect.name == "sqlite":
        # A batch alter rebuilds the table: with foreign keys on, dropping the old one would act on its children.
        event.listen(engine, "connect", _plain_sqlite)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _plain_sqlite(raw: Any, _record: Any) -> None:
    raw.isolation_level = None
    raw.execute("PRAGMA foreign_keys=OFF")
    raw.execute("PRAGMA journal_mode=WAL")


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database at ``url`` up to ``revision``. Raises MigrationRefused when rows would be lost or orphaned."""
    _run(url, lambda config: command.upgrade(config, revision))


def downgrade(url: str, revision: str) -> None:
    """Take the database back to ``revision``; ``base`` empties it."""
    _run(url, lambda config: command.downgrade(config, revision))


def _run(url: str, change: Any) -> None:
    load_tables()
    config = _alembic()
    with _schema_connection(url) as connection:
        before = _row_counts(connection)
        connection.rollback()
        with connection.begin():
            config.attributes["connection"] = connection
            change(config)
            _check(connection, before)


def _row_counts(connection: Connection) -> dict[str, int]:
    names = [name for name in inspect(connection).get_table_names() if name != "alembic_version"]
    count = "SELECT count(*) FROM "
    return {name: connection.execute(text(f'{count}"{name}"')).scalar_one() for name in names}


def _check(connection: Connection, before: dict[str, int]) -> None:
    after = _row_counts(connection)
    for name, rows in before.items():
        if name in after and after[name] != rows:
            raise MigrationRefused(f"table {name} held {rows} rows before and {after[name]} after; nothing was changed")
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise MigrationRefused(f"rows of table {broken[0][0]} would point nowhere; nothing was changed")


def heads() -> list[str]:
    """The newest revisions in the project's history; a test keeps it at one."""
    return list(ScriptDirectory.from_config(_alembic()).get_heads())


def is_current(connection: Connection) -> bool:
    """Whether the database stands at the newest revision."""
    return list(MigrationContext.configure(connection).get_current_heads()) == heads()


def autogenerate(url: str, message: str, number: str) -> None:
    """Write the next migration from the difference between the models and the database at ``url``."""
    load_tables()
    config = _alembic()
    with _schema_connection(url) as connection:
        config.attributes["connection"] = connection
        command.revision(config, message, autogenerate=True, rev_id=number)
