"""Writes the demo trust into an empty database, table by table, as rows that the driver stores."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection

from webapp.foundation import bulk, schema
from webapp.foundation.db import Base, take_ids

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# As in foundation.ids: none is mistaken for another when read out.
_LETTERS = "23456789abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"
_LENGTH = 12


class Writer:
    """Rows into tables by name. The models stay with the floors that own them; here only their names are known."""

    def __init__(self, tx: Connection, seed: int) -> None:
        schema.load_tables()
        self.tx = tx
        self.sqlite = tx.dialect.name == "sqlite"
        self._seed = seed
        self._tables: Mapping[str, Any] = {
            mapper.class_.__tablename__: mapper.class_ for mapper in Base.registry.mappers
        }
        self.counts: dict[str, int] = {}

    def ids(self, table: str, count: int) -> Sequence[int]:
        """Numbers for ``count`` rows of a table."""
        return take_ids(self.tx, self._tables[table], count) if count else ()

    def public_ids(self, table: str) -> Iterator[str]:
        """Public ids for a table, the same for the same seed."""
        rng = random.Random(f"{self._seed}/public/{table}")  # noqa: S311 - a demo that is the same every time
        used: set[str] = set()
        while True:
            name = "".join(rng.choices(_LETTERS, k=_LENGTH))
            if name not in used:
                used.add(name)
                yield name

    def day(self, day: date) -> Any:
        return day.isoformat() if self.sqlite else day

    def instant(self, at: datetime) -> Any:
        return (at - _EPOCH).days * 86_400_000_000 + (at - _EPOCH).seconds * 1_000_000 if self.sqlite else at

    def rows(self, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Append rows given by column name, each with the same columns; dates and instants as Python has them."""
        listed = list(rows)
        if listed:
            columns = tuple(listed[0])
            self.stored(table, columns, [tuple(self._stored(row[column]) for column in columns) for row in listed])

    def stored(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Append rows whose values are what the driver stores, in the order of ``columns``."""
        counted = _Counted(rows)
        quoted = [f'"{column}"' for column in columns]
        bulk.load_rows(self.tx, f'"{table}"', quoted, counted)
        self.counts[table] = self.counts.get(table, 0) + counted.number

    def _stored(self, value: Any) -> Any:
        if not self.sqlite:
            return value
        if isinstance(value, datetime):
            return self.instant(value)
        return value.isoformat() if isinstance(value, date) else value


class _Counted:
    """Rows that are counted while they pass."""

    def __init__(self, rows: Iterable[Sequence[Any]]) -> None:
        self._rows = rows
        self.number = 0

    def __iter__(self) -> Iterator[Sequence[Any]]:
        for row in self._rows:
            self.number += 1
            yield row
