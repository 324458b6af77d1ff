"""Files as schools send them, and bringing them in."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple
from typing import Any

import time_machine
from sqlalchemy import Connection, Table, select

from tests.factories import TODAY, World
from webapp.foundation.db import Base, read_door
from webapp.foundation.trail import Actor, ActorKind
from webapp.people.rules.files import Findings, ImportKind, Rejection
from webapp.people.services.imports import Scope, import_file, make_scope

OFFICER = Actor(ActorKind.STAFF, 1, "Saira Khan", "Attendance officer")
NOON = f"{TODAY.isoformat()}T11:00:00+00:00"
"""Noon in London on the day of the tests."""


def as_file(rows: Iterable[Mapping[str, Any]], *, delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    """Rows by heading as a CSV file; a heading that a row lacks is an empty cell."""
    every = list(rows)
    headings = list(dict.fromkeys(heading for row in every for heading in row))
    written = io.StringIO()
    writer = csv.DictWriter(written, headings, restval="", delimiter=delimiter)
    writer.writeheader()
    writer.writerows(every)
    return written.getvalue().encode(encoding)


def scope_of(
    world: World, school: int | None = None, *, on: str = NOON, part: bool = False, actor: Actor = OFFICER
) -> Scope:
    with time_machine.travel(on, tick=False):
        return make_scope(world.organisation, school or world.hill, actor, allow_fictional=True, part=part)


def bring(
    world: World, kind: ImportKind, rows: Iterable[Mapping[str, Any]] | bytes, *, school: int | None = None,
    on: str = NOON, part: bool = False, actor: Actor = OFFICER, **options: bool,
) -> Findings:  # fmt: skip
    """Bring rows in at a school (Hill Primary)."""
    data = rows if isinstance(rows, bytes) else as_file(rows)
    with time_machine.travel(on, tick=False):
        return import_file(scope_of(world, school, on=on, part=part, actor=actor), kind, "file.csv", data, **options)


def told(rejections: Sequence[Rejection]) -> list[tuple[int, str]]:
    """Line and field of each rejection."""
    return [(each.line, each.field) for each in rejections]


def changed(findings: Findings) -> list[tuple[str, ...]]:
    """Who changes, what, from what to what."""
    return [astuple(each)[:4] for each in findings.changes]


def snapshot(db: Connection, *tables: type[Base]) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of these tables."""
    found = {}
    for each in tables:
        table = each.__table__
        assert isinstance(table, Table)
        found[table.name] = sorted(map(tuple, db.execute(select(table))), key=repr)
    return found


def rows_of(table: type[Base], *where: Any) -> list[Any]:
    """The rows of one table."""
    with read_door() as db:
        return list(db.execute(select(table.__table__).where(*where)))
