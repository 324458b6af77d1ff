"""A list as one bound value and a table to begin from: the statement's text stays the same whatever its length.

``column IN (:a, :b, …)`` is put together anew at each call, and every length is another statement to PostgreSQL; SQLite
finds no index for pairs, and for two lists walks the whole organisation. From a table both engines look each item up.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import ARRAY, Date, Dialect, Integer, Text, bindparam, column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.selectable import TableValuedAlias
from sqlalchemy.types import TypeDecorator, TypeEngine

_COLUMNS = ((1, "organisation_id"), (2, "id"))


class _PairList(TypeDecorator[Any]):
    """Pairs of whole numbers: JSON on SQLite, an array of "1:20" on PostgreSQL, which guesses ten items for a list."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(Text()) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Collection[tuple[int, int]] | None, dialect: Dialect) -> Any:
        if dialect.name == "postgresql":
            return [f"{first}:{second}" for first, second in value or ()]
        return json.dumps(list(value or ()))


class _DayList(TypeDecorator[Any]):
    """Dates: JSON on SQLite, an array on PostgreSQL."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(Date()) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Collection[date] | None, dialect: Dialect) -> Any:
        if dialect.name == "postgresql":
            return list(value or ())
        return json.dumps([day.isoformat() for day in value or ()])


class _Pairs(FunctionElement[Any]):
    inherit_cache = True


class _Days(FunctionElement[Any]):
    inherit_cache = True


def pairs(name: str) -> TableValuedAlias:
    """The pairs that ``name`` binds: columns ``organisation_id`` and ``id``."""
    made = _Pairs(bindparam(name, type_=_PairList()))
    return made.table_valued(column("organisation_id", Integer), column("id", Integer), name=f"asked_{name}")


def days(name: str) -> TableValuedAlias:
    """The dates that ``name`` binds: column ``day``."""
    return _Days(bindparam(name, type_=_DayList())).table_valued(column("day", Date), name=f"asked_{name}")


@compiles(_Pairs, "postgresql")
def _pairs_of_array(element: Any, compiler: Any, **words: Any) -> str:
    found = ", ".join(f"CAST(split_part(pair, ':', {at}) AS integer) AS {name}" for at, name in _COLUMNS)
    return f"(SELECT {found} FROM unnest({compiler.process(element.clauses, **words)}) AS pair)"  # noqa: S608 - no values


@compiles(_Pairs, "sqlite")
def _pairs_of_json(element: Any, compiler: Any, **words: Any) -> str:
    found = ", ".join(f"json_extract(value, '$[{at - 1}]') AS {name}" for at, name in _COLUMNS)
    return f"(SELECT {found} FROM json_each({compiler.process(element.clauses, **words)}))"  # noqa: S608 - no values


@compiles(_Days, "postgresql")
def _days_of_array(element: Any, compiler: Any, **words: Any) -> str:
    return f"(SELECT day FROM unnest({compiler.process(element.clauses, **words)}) AS day)"  # noqa: S608 - no values


@compiles(_Days, "sqlite")
def _days_of_json(element: Any, compiler: Any, **words: Any) -> str:
    listed = compiler.process(element.clauses, **words)
    return f"(SELECT value AS day FROM json_each({listed}))"  # noqa: S608 - no values
