"""Adding many rows of a table at once, with their numbers; and the events that every deed on a report leaves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from webapp.absence.models import ReportEvent
from webapp.foundation.db import Base, take_ids
from webapp.foundation.statements import adding


def add_rows(
    tx: Connection, table: type[Base], rows: Sequence[dict[str, Any]], key: Sequence[str]
) -> Sequence[int]:
    """Insert the rows, in one statement on PostgreSQL, and return their ids in the order of the rows.

    ``key`` names columns that tell the rows of one call apart.
    """
    if not rows:
        return []
    if tx.dialect.name == "sqlite":
        ids = take_ids(tx, table, len(rows))
        tx.execute(adding(table), [{**row, "id": number} for number, row in zip(ids, rows, strict=True)])
        return ids
    columns = table.__table__.c
    added = tx.execute(adding(table).returning(columns.id, *(columns[name] for name in key)), list(rows))
    number_of = {tuple(row[1:]): row[0] for row in added}
    return [number_of[tuple(row[name] for name in key)] for row in rows]


def add_events(
    tx: Connection, organisation_id: int, at: datetime, kind: str, by: str,
    reports: Sequence[tuple[int, dict[str, Any]]],
) -> None:  # fmt: skip
    """Say what happened to each report; with it, what the deed replaced."""
    rows = [
        {"organisation_id": organisation_id, "report_id": report_id, "at": at, "kind": kind, "by": by, "before": before}
        for report_id, before in reports
    ]
    if not rows:
        return
    if tx.dialect.name == "sqlite":
        ids = take_ids(tx, ReportEvent, len(rows))
        rows = [{**row, "id": number} for number, row in zip(ids, rows, strict=True)]
    tx.execute(adding(ReportEvent), rows)
