"""Certificates of deletion, as they are kept outside the database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, select

from webapp.insight.models import RetentionRun


def every_certificate(db: Connection) -> Iterator[dict[str, Any]]:
    """Of every school, in the order in which they were confirmed; names of pupils are in none."""
    ended = select(RetentionRun.__table__).where(RetentionRun.state != "running")
    for run in db.execute(ended.order_by(RetentionRun.confirmed_at, RetentionRun.organisation_id, RetentionRun.id)):
        yield {
            "organisation": run.organisation_id, "school": run.school_id, "certificate": run.public_id,
            "plan": run.plan, "result": run.result, "confirmed_by": run.confirmed_by,
            "confirmed_position": run.confirmed_position, "confirmed_at": run.confirmed_at.isoformat(),
        }  # fmt: skip
