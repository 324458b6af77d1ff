"""Adding new reports with their first event: one statement on PostgreSQL, for the rush before school."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Connection, Select, bindparam, column, func, insert, literal, select
from sqlalchemy.dialects.postgresql import JSONB

from webapp.absence.models import AbsenceReport, ReportEvent
from webapp.absence.services.rows import add_events, add_rows

FIRST_EVENT = "sent"
_FIELDS = (
    "organisation_id", "public_id", "school_id", "enrolment_id", "contact_id", "told_by", "channel", "kind",
    "starts_on", "ends_on", "leaves_at", "arrives_at", "reason", "symptoms", "words", "wants_call", "back_on",
    "suggested_code", "read_first", "not_sure", "danger", "after_close", "state", "sent_at", "phone_time",
)  # fmt: skip


def _together() -> Select[int, str]:
    """Reports and events from one list of rows; the events take the numbers that the reports were given."""
    columns = AbsenceReport.__table__.c
    given = (
        func.jsonb_to_recordset(bindparam("rows", type_=JSONB))
        .table_valued(*(column(name, columns[name].type) for name in _FIELDS))
        .render_derived(name="given", with_types=True)
    )
    sent = (
        insert(AbsenceReport)
        .from_select(
            [*_FIELDS, "read_by", "version"],
            select(*(given.c[name] for name in _FIELDS), literal(""), literal(1)),
            include_defaults=False,
        )
        .returning(
            AbsenceReport.organisation_id, AbsenceReport.id, AbsenceReport.public_id, AbsenceReport.sent_at,
            AbsenceReport.told_by,
        )
        .cte("sent")
    )  # fmt: skip
    said = (
        insert(ReportEvent)
        .from_select(
            ["organisation_id", "report_id", "at", "kind", "by", "before"],
            select(
                sent.c.organisation_id, sent.c.id, sent.c.sent_at, literal(FIRST_EVENT), sent.c.told_by,
                func.coalesce(
                    func.jsonb_extract_path(bindparam("befores", type_=JSONB), sent.c.public_id),
                    func.jsonb_build_object(),
                ),
            ),
            include_defaults=False,
        )
        .cte("said")
    )  # fmt: skip
    return select(sent.c.id, sent.c.public_id).add_cte(said)


_TOGETHER = _together()


def add_reports(
    tx: Connection, rows: Sequence[dict[str, Any]], befores: Sequence[dict[str, Any]], now: datetime
) -> Sequence[int]:
    """Insert reports of one organisation and one adult, each with its event, and return their ids in order.

    ``befores`` holds what each event keeps, {} for most.
    """
    if tx.dialect.name != "postgresql":
        numbers = add_rows(tx, AbsenceReport, rows, ("public_id",))
        told_by = rows[0]["told_by"]
        add_events(tx, rows[0]["organisation_id"], now, FIRST_EVENT, told_by, list(zip(numbers, befores, strict=True)))
        return numbers
    kept = {row["public_id"]: before for row, before in zip(rows, befores, strict=True) if before}
    plain = [{name: _plain(value) for name, value in row.items()} for row in rows]
    number_of = {row.public_id: row.id for row in tx.execute(_TOGETHER, {"rows": plain, "befores": kept})}
    return [number_of[row["public_id"]] for row in rows]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | time) else value
