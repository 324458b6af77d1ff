"""Statements of hot pages, built once at module level."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Insert, Select, insert
from sqlalchemy.sql.util import _deep_deannotate


def plain(statement: Any) -> Select[*tuple[Any, ...]]:
    """The same statement over the tables' own columns.

    A column named through a mapped class has its hash worked out in Python, each time that the statement is looked up
    among those compiled: a twentieth of a hot page.
    """
    made: Select[*tuple[Any, ...]] = _deep_deannotate(statement)
    return made


@cache
def adding(model: type[Any]) -> Insert:
    """The insert of rows into a model's table: one statement, built once."""
    return insert(model.__table__)
