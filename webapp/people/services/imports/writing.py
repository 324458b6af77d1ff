"""Inserts and updates of many rows, a statement for all that are alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, insert, update

from webapp.foundation.db import Base, take_ids
from webapp.people.services.imports.flow import Scope


def insert_all(tx: Connection, table: type[Base], scope: Scope, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows of the scope's organisation; none is no statement."""
    if rows:
        tx.execute(insert(table), [{"organisation_id": scope.organisation_id, **row} for row in rows])


def update_all(
    tx: Connection, table: type[Base], scope: Scope, changes: Iterable[tuple[Mapping[str, Any], Mapping[str, Any]]]
) -> None:
    """Change rows found by key: pairs of (key columns, changed columns). ``version`` goes up where there is one."""
    columns = table.__table__.c
    alike: dict[tuple[tuple[str, ...], tuple[str, ...]], list[dict[str, Any]]] = defaultdict(list)
    for key, values in changes:
        row = {f"key_{name}": value for name, value in key.items()}
        row |= {f"new_{name}": value for name, value in values.items()}
        alike[tuple(key), tuple(values)].append(row)
    for (keys, names), rows in alike.items():
        new: dict[str, Any] = {name: bindparam(f"new_{name}", type_=columns[name].type) for name in names}
        if "version" in columns:
            new["version"] = columns["version"] + 1
        statement = update(table).where(
            columns["organisation_id"] == scope.organisation_id,
            *(columns[name] == bindparam(f"key_{name}", type_=columns[name].type) for name in keys),
        )
        tx.execute(statement.values(new), rows)


def take(tx: Connection, table: type[Base], count: int) -> Sequence[int]:
    """``count`` ids, which may be none."""
    return take_ids(tx, table, count) if count else ()
