"""Many rows at once: COPY on PostgreSQL, executemany on SQLite. The rows must fit the columns' storage already."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection


def load_rows(tx: Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Append ``rows`` (values in the order of ``columns``) to ``table``, a name of our own schema.

    Instants are aware datetimes on PostgreSQL and microseconds on SQLite: the caller passes what the driver stores.
    """
    names = ", ".join(columns)
    raw: Any = tx.connection.driver_connection
    if tx.dialect.name == "postgresql":
        with raw.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            write = copy.write_row
            for row in rows:
                write(row)
        return
    marks = ", ".join("?" * len(columns))
    raw.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)  # noqa: S608 - our own names
