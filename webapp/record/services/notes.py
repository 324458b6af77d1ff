"""Notes beside marks: the nature of a provision or cause, which the regulations ask for with some codes."""
# ruff: noqa: S608 - the statements are built from names of our own schema; values are bound

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from sqlalchemy import Connection, Date, Integer, SmallInteger, column, select, text

from webapp.foundation import trail
from webapp.people.models import Enrolment
from webapp.record.services.batches import MarkBatch, MarkChange, check_change
from webapp.record.services.sql import DIALECTS, rows_of, rows_value

_COLUMNS = {
    "enrolment_id": "int", "date": "date", "half": "smallint", "code": "varchar(2)", "note": "varchar(500)",
}  # fmt: skip
_WRITE = {
    dialect: text(
        "INSERT INTO mark_note (organisation_id, enrolment_id, date, half, code, note)"
        " SELECT :organisation_id, r.enrolment_id, r.date, r.half, r.code, r.note"
        f" FROM {rows_of(dialect, _COLUMNS)} WHERE true"
        " ON CONFLICT (organisation_id, enrolment_id, date, half, code) DO UPDATE SET note = excluded.note"
        " WHERE mark_note.note <> excluded.note RETURNING enrolment_id, date, half"
    ).columns(column("enrolment_id", Integer), column("date", Date), column("half", SmallInteger))
    for dialect in DIALECTS
}


def write_notes(
    tx: Connection, batch: MarkBatch, changes: Sequence[MarkChange], changed: Collection[tuple[int, dt.date, int]]
) -> int:
    """Keep the notes of these changes, each for its session and code; how many sessions changed in their note alone.

    Those leave a deed in the trail here; sessions in ``changed`` have theirs with the mark.
    """
    rows = [
        {"enrolment_id": each.enrolment_id, "date": each.date, "half": each.half, "code": check_change(each),
         "note": each.note}
        for each in changes
        if each.note is not None and each.code is not None
    ]  # fmt: skip
    if not rows:
        return 0
    values = {"organisation_id": batch.organisation_id, "rows": rows_value(rows)}
    written = [(row.enrolment_id, row.date, row.half) for row in tx.execute(_WRITE[tx.dialect.name], values)]
    alone = [session for session in written if session not in changed]
    if not alone:
        return 0
    enrolments = select(Enrolment.id, Enrolment.pupil_id).where(
        Enrolment.organisation_id == batch.organisation_id, Enrolment.id.in_({session[0] for session in alone})
    )
    pupils = {row.id: row.pupil_id for row in tx.execute(enrolments)}
    deeds = [
        trail.Deed(
            "noted_mark", "mark", enrolment_id, batch.school_id, pupils[enrolment_id],
            {"date": on.isoformat(), "half": half, "source": batch.source.value},
        )
        for enrolment_id, on, half in alone
    ]  # fmt: skip
    trail.write(tx, batch.organisation_id, batch.actor, *deeds)
    return len(alone)
