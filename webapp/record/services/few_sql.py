"""The statements that write a few marks at once, for SQLite and PostgreSQL: one round trip each for all rows."""
# ruff: noqa: S608 - the statements are built from names of our own schema; values are bound

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Date, Executable, Integer, SmallInteger, String, bindparam, column, text

from webapp.record.services.counts import COUNTS
from webapp.record.services.sql import (
    DIALECTS,
    add_to_years,
    among,
    insert_amendments,
    lock_enrolments,
    rows_of,
    upsert_weeks,
)

_SESSION = {"enrolment_id": "int", "date": "date", "half": "smallint"}
_COUNTS = dict.fromkeys(COUNTS, "int")
_KEY = "organisation_id, enrolment_id, date, half"


@dataclass(frozen=True, slots=True)
class FewStatements:
    lock: Executable
    read: Executable
    marks: Executable
    amendments: Executable
    weeks: Executable
    empty_weeks: Executable
    years: Executable
    empty_years: Executable


def _statements(dialect: str) -> FewStatements:
    def rows(columns: Mapping[str, str]) -> str:
        return rows_of(dialect, columns)

    counts = ", ".join(f"r.{name}" for name in COUNTS)
    amended = {
        **_SESSION, "original_code": "varchar(2)", "original_minutes_late": "smallint", "amended_code": "varchar(2)",
        "amended_minutes_late": "smallint",
    }  # fmt: skip
    return FewStatements(
        lock=text(lock_enrolments(dialect)),
        read=text(
            "SELECT e.id, e.pupil_id, m.date, m.half, m.code, m.minutes_late FROM enrolment e LEFT JOIN mark m"
            " ON m.organisation_id = e.organisation_id AND m.enrolment_id = e.id AND m.date BETWEEN :first AND :last"
            " WHERE e.organisation_id = :organisation_id AND e.school_id = :school_id"
            f" AND {among(dialect, 'e.id')}"
        )
        .bindparams(bindparam("first", type_=Date), bindparam("last", type_=Date))
        .columns(
            column("id", Integer),
            column("pupil_id", Integer),
            column("date", Date),
            column("half", SmallInteger),
            column("code", String),
            column("minutes_late", SmallInteger),
        ),
        marks=text(
            f"INSERT INTO mark ({_KEY}, code, minutes_late)"
            " SELECT :organisation_id, r.enrolment_id, r.date, r.half, r.code, r.minutes_late"
            f" FROM {rows({**_SESSION, 'code': 'varchar(2)', 'minutes_late': 'smallint'})} WHERE true"
            f" ON CONFLICT ({_KEY}) DO UPDATE SET code = excluded.code, minutes_late = excluded.minutes_late"
        ),
        amendments=insert_amendments(
            dialect,
            "r.id",
            "r.enrolment_id, r.date, r.half, r.original_code, r.original_minutes_late, r.amended_code,"
            " r.amended_minutes_late",
            rows({**amended, "id": "bigint"} if dialect == "sqlite" else amended),
        ),
        weeks=text(
            upsert_weeks(
                f"SELECT :organisation_id, :school_id, r.week, r.enrolment_id, {counts}, r.codes"
                f" FROM {rows({'week': 'date', 'enrolment_id': 'int', **_COUNTS, 'codes': 'varchar(14)'})} WHERE true"
            )
        ),
        empty_weeks=text(
            "DELETE FROM pupil_week WHERE organisation_id = :organisation_id AND school_id = :school_id"
            f" AND codes = :empty AND week BETWEEN :first AND :last AND {among(dialect, 'enrolment_id')}"
        ).bindparams(bindparam("first", type_=Date), bindparam("last", type_=Date)),
        years=text(
            add_to_years(
                f"SELECT :organisation_id, :school_id, r.year, r.enrolment_id, {counts}"
                f" FROM {rows({'year': 'smallint', 'enrolment_id': 'int', **_COUNTS})} WHERE true"
            )
        ),
        empty_years=text(
            "DELETE FROM pupil_year WHERE organisation_id = :organisation_id AND school_id = :school_id"
            " AND year BETWEEN :first_year AND :last_year AND possible = 0 AND NOT brought_in"
            f" AND {among(dialect, 'enrolment_id')}"
        ),
    )


FEW_SQL = {dialect: _statements(dialect) for dialect in DIALECTS}
