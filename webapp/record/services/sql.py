"""Pieces of SQL that differ between SQLite and PostgreSQL. Every name in them is our own schema's."""
# ruff: noqa: S608 - the statements are built from names of our own schema; values are bound

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, TextClause, bindparam, text

from webapp.foundation.clock import school_now
from webapp.foundation.types import Instant
from webapp.record.services.batches import MarkBatch
from webapp.record.services.counts import COUNTS

DIALECTS = ("sqlite", "postgresql")
AT = bindparam("at", type_=Instant)


def rows_of(dialect: str, columns: Mapping[str, str]) -> str:
    """A row source ``r`` over the bound text ``:rows``, a JSON list of objects: one round trip for any number."""
    if dialect == "postgresql":
        typed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        return f"json_to_recordset(CAST(:rows AS json)) AS r({typed})"
    picked = ", ".join(f"value ->> '{name}' AS {name}" for name in columns)
    return f"(SELECT {picked} FROM json_each(:rows)) AS r"


def rows_value(rows: Iterable[Mapping[str, Any]]) -> str:
    """The text for ``:rows``."""
    return json.dumps(list(rows), default=_plain, separators=(",", ":"))


def _plain(value: object) -> str:
    if isinstance(value, dt.date):
        return value.isoformat()
    raise TypeError(f"no JSON for {value!r}")


def insert_amendments(dialect: str, number: str, columns: str, source: str) -> TextClause:
    """Write rows of ``mark_amendment`` from a row source; ``columns`` are session, original and amended entry.

    ``number`` gives the ids on SQLite; PostgreSQL has its sequence.
    """
    identity, given = ("id, ", f"{number}, ") if dialect == "sqlite" else ("", "")
    return text(
        f"INSERT INTO mark_amendment ({identity}organisation_id, enrolment_id, date, half, original_code,"
        " original_minutes_late, amended_code, amended_minutes_late, reason, amended_at, actor_kind, actor_id,"
        f" actor_name, actor_position, source) SELECT {given}:organisation_id, {columns},"
        " CAST(:reason AS text), :at, CAST(:actor_kind AS text), CAST(:actor_id AS integer),"
        " CAST(:actor_name AS text), CAST(:actor_position AS text), CAST(:source AS text)"
        f" FROM {source}"
    ).bindparams(AT)


def amended_by(batch: MarkBatch) -> dict[str, Any]:
    """The bound values of ``insert_amendments`` that are the same for the whole batch."""
    actor = batch.actor
    return {
        "organisation_id": batch.organisation_id, "reason": batch.reason, "at": school_now(),
        "actor_kind": actor.kind.value, "actor_id": actor.id, "actor_name": actor.name,
        "actor_position": actor.position, "source": batch.source.value,
    }  # fmt: skip


def among(dialect: str, column: str) -> str:
    """A test that ``column`` is one of the bound ``:ids``."""
    return f"{column} = ANY(:ids)" if dialect == "postgresql" else f"{column} IN (SELECT value FROM json_each(:ids))"


def ids_value(tx: Connection, ids: Sequence[int]) -> list[int] | str:
    """The value for ``:ids``."""
    return list(ids) if tx.dialect.name == "postgresql" else json.dumps(list(ids))


def lock_enrolments(dialect: str) -> str:
    """Ids and pupils of the school's enrolments among ``:ids``.

    On PostgreSQL their rows are locked in one order: whoever holds an enrolment is alone with its marks and caches.
    """
    lock = " ORDER BY id FOR NO KEY UPDATE" if dialect == "postgresql" else ""
    return (
        "SELECT id, pupil_id FROM enrolment WHERE organisation_id = :organisation_id AND school_id = :school_id"
        f" AND {among(dialect, 'id')}{lock}"
    )


def upsert_weeks(source: str) -> str:
    """Write rows of ``pupil_week`` from a SELECT that gives every column in the order named."""
    kept = ", ".join(f"{name} = excluded.{name}" for name in (*COUNTS, "codes"))
    return (
        f"INSERT INTO pupil_week (organisation_id, school_id, week, enrolment_id, {', '.join(COUNTS)}, codes) {source}"
        f" ON CONFLICT (organisation_id, school_id, week, enrolment_id) DO UPDATE SET {kept}"
    )


def add_to_years(source: str) -> str:
    """Add counts to rows of ``pupil_year`` from a SELECT that gives every column in the order named."""
    added = ", ".join(f"{name} = pupil_year.{name} + excluded.{name}" for name in COUNTS)
    return (
        f"INSERT INTO pupil_year (organisation_id, school_id, year, enrolment_id, {', '.join(COUNTS)}) {source}"
        f" ON CONFLICT (organisation_id, school_id, year, enrolment_id) DO UPDATE SET {added}"
        " WHERE NOT pupil_year.brought_in"
    )
