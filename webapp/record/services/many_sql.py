"""The statements that write many marks at once, for SQLite and PostgreSQL.

Temporary tables carry a batch: ``mark_stage`` (packed marks), ``mark_change`` (what differs from the register, and how)
and ``week_change`` (what each touched week gains and loses). ``day_fact`` and ``code_fact`` spell the packing out.
"""
# ruff: noqa: S608 - the statements are built from names of our own schema; values are bound

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Date, Executable, Integer, bindparam, column, text

from webapp.record.services.counts import BITS, COUNTS, REMOVED, SYMBOLS
from webapp.record.services.sql import (
    AT,
    DIALECTS,
    add_to_years,
    insert_amendments,
    lock_enrolments,
    rows_of,
    upsert_weeks,
)

KINDS = range(5)
FIRST, CHANGED, IMPORTED_WORD, CONFLICT, STALE = KINDS
TABLES = ("mark_stage", "mark_expected", "mark_change", "week_change", "day_fact", "code_fact")

_KEY = "organisation_id, enrolment_id, date, half"
_SPAN = (bindparam("first", type_=Date), bindparam("last", type_=Date))
_CODES = f"substr('{SYMBOLS}', CAST({{bits}} >> {{shift}} & {REMOVED} AS integer) + 1, 1)"


@dataclass(frozen=True, slots=True)
class ManyStatements:
    lock: Executable
    create: tuple[str, ...]
    day_facts: Executable
    code_facts: Executable
    expected: Executable
    compare_import: Executable
    compare_write: Executable
    compare_expected: Executable
    count: Executable
    first_entries: Executable
    changes: Executable
    imported_changes: Executable
    amendments: Executable
    conflicts: Executable
    gains: Executable
    gains_of_marks: Executable
    weeks: Executable
    empty_weeks: Executable
    years: Executable
    empty_years: Executable


def _compare(dialect: str, minutes: str, kind: str, extra: str = "") -> Executable:
    """Fill ``mark_change`` with the staged marks that differ from the register.

    The stage is loaded in the order of the register's key and read in it, so that the index grows at its end.
    """
    postgresql = dialect == "postgresql"
    into = "CREATE TEMP TABLE mark_change AS" if postgresql else "INSERT INTO mark_change"
    # PostgreSQL is shown the few enrolments and days, or it would read the whole register to join half a million.
    mark = (
        "(SELECT * FROM mark WHERE organisation_id = :organisation_id AND enrolment_id = ANY(:ids)"
        " AND date BETWEEN :first AND :last) m"
        " ON m.enrolment_id = s.enrolment_id AND m.date = d.date AND m.half = s.half"
        if postgresql
        else "mark m ON m.organisation_id = :organisation_id AND m.enrolment_id = s.enrolment_id AND m.date = d.date"
        " AND m.half = s.half"
    )
    statement = text(
        f"{into} SELECT * FROM (SELECT s.enrolment_id, d.week, d.year, d.date, s.half, d.shift, s.n, f.code, f.weight,"
        f" CAST(CASE WHEN f.code IN ('L', 'U') THEN {minutes} END AS smallint) AS minutes_late, m.code AS old_code,"
        f" m.minutes_late AS old_minutes_late, {kind} AS kind"
        " FROM (SELECT CAST(k >> 32 AS integer) AS enrolment_id, CAST(k >> 16 & 65535 AS integer) AS day,"
        " CAST(k >> 15 & 1 AS smallint) AS half, CAST(k >> 9 & 63 AS smallint) AS n,"
        f" CAST(nullif(k & 511, 0) - 1 AS smallint) AS minutes, k >> 15 AS session FROM mark_stage) s"
        f" CROSS JOIN day_fact d CROSS JOIN code_fact f LEFT JOIN {mark}{extra}"
        " WHERE d.day = s.day AND f.n = s.n) compared WHERE kind IS NOT NULL"
    )
    return statement.bindparams(*_SPAN) if postgresql else statement


_IMPORTED_MINUTES = "CASE WHEN m.code = f.code THEN coalesce(m.minutes_late, s.minutes) ELSE s.minutes END"
_WRITTEN_MINUTES = "coalesce(s.minutes, CASE WHEN m.code = f.code THEN m.minutes_late END)"

# Mine is code, theirs the staged code, base imported_code, the school system's last word.
_THREE_WAY = f"""CASE WHEN m.enrolment_id IS NULL THEN {FIRST}
 WHEN m.code = f.code THEN CASE WHEN m.minutes_late IS NULL AND s.minutes IS NOT NULL AND f.code IN ('L', 'U')
 THEN {CHANGED} WHEN m.imported_code IS DISTINCT FROM f.code THEN {IMPORTED_WORD} END
 WHEN m.imported_code = f.code THEN NULL
 WHEN m.code IS NOT DISTINCT FROM m.imported_code THEN {CHANGED} ELSE {CONFLICT} END"""
_ONE_WAY = f"""CASE {{stale}}WHEN m.enrolment_id IS NULL THEN CASE WHEN f.code IS NOT NULL THEN {FIRST} END
 WHEN m.code IS DISTINCT FROM f.code OR m.minutes_late IS DISTINCT FROM
 CASE WHEN f.code IN ('L', 'U') THEN {_WRITTEN_MINUTES} END THEN {CHANGED} END"""


def _gains(dialect: str, source: str, loss: str) -> Executable:
    """Fill ``week_change``: the counts and codes that each enrolment's week gains, packed, and the counts it loses."""
    into = "CREATE TEMP TABLE week_change AS" if dialect == "postgresql" else "INSERT INTO week_change"
    together = "bit_or" if dialect == "postgresql" else "sum"
    codes = ", ".join(
        f"coalesce({together}(CAST(c.n AS bigint) << c.shift) FILTER (WHERE c.half = {half}), 0) AS {name}"
        for half, name in ((0, "am"), (1, "pm"))
    )
    return text(
        f"{into} SELECT c.enrolment_id, c.week, c.year, sum(c.weight) AS gain, {loss} AS loss, {codes}"
        f" FROM {source} GROUP BY c.enrolment_id, c.week, c.year"
    )


def _weeks(dialect: str) -> str:
    together = "bit_or" if dialect == "postgresql" else "sum"
    counts = ", ".join(
        f"coalesce(max(w.{name}), 0) + sum(c.gain >> {BITS * place} & 15) - sum(c.loss >> {BITS * place} & 15)"
        f" AS {name}"
        for place, name in enumerate(COUNTS)
    )
    slots = [
        f"CASE WHEN ({half} >> {6 * day} & {REMOVED}) = 0 THEN substr(old, {2 * day + place + 1}, 1)"
        f" ELSE {_CODES.format(bits=half, shift=6 * day)} END"
        for day in range(7)
        for place, half in enumerate(("am", "pm"))
    ]
    # A weekend is hardly ever touched: one test instead of four.
    weekend = f"CASE WHEN (am | pm) >> 30 = 0 THEN substr(old, 11) ELSE {' || '.join(slots[10:])} END"
    codes = " || ".join([*slots[:10], weekend])
    return upsert_weeks(
        f"SELECT :organisation_id, :school_id, week, enrolment_id, {', '.join(COUNTS)}, {codes} FROM"
        f" (SELECT c.week, c.enrolment_id, {counts}, {together}(c.am) AS am, {together}(c.pm) AS pm,"
        " coalesce(max(w.codes), :empty) AS old FROM week_change c LEFT JOIN pupil_week w"
        " ON w.organisation_id = :organisation_id AND w.school_id = :school_id AND w.week = c.week"
        " AND w.enrolment_id = c.enrolment_id GROUP BY c.week, c.enrolment_id) x WHERE true ORDER BY week, enrolment_id"
    )


def _years() -> str:
    counts = ", ".join(
        f"sum(gain >> {BITS * place} & 15) - sum(loss >> {BITS * place} & 15)" for place in range(len(COUNTS))
    )
    return add_to_years(
        f"SELECT :organisation_id, :school_id, year, enrolment_id, {counts} FROM week_change"
        " WHERE year BETWEEN :first_year AND :last_year GROUP BY year, enrolment_id"
    )


# Dates are DATE here too: SQLite uses an index only where both sides of a join have the same affinity.
_CREATE_SQLITE = (
    "CREATE TEMP TABLE mark_stage (k INTEGER PRIMARY KEY)",
    "CREATE TEMP TABLE mark_expected (session INTEGER PRIMARY KEY, expected TEXT)",
    "CREATE TEMP TABLE mark_change (enrolment_id INTEGER, week DATE, year INTEGER, date DATE, half INTEGER,"
    " shift INTEGER, n INTEGER, code TEXT, weight INTEGER, minutes_late INTEGER, old_code TEXT,"
    " old_minutes_late INTEGER, kind INTEGER, PRIMARY KEY (enrolment_id, week, year, date, half)) WITHOUT ROWID",
    "CREATE TEMP TABLE week_change (enrolment_id INTEGER, week DATE, year INTEGER, gain INTEGER, loss INTEGER,"
    " am INTEGER, pm INTEGER, PRIMARY KEY (enrolment_id, week, year)) WITHOUT ROWID",
    "CREATE TEMP TABLE day_fact (day INTEGER PRIMARY KEY, date DATE UNIQUE, week DATE, year INTEGER, shift INTEGER)",
    "CREATE TEMP TABLE code_fact (n INTEGER PRIMARY KEY, code TEXT UNIQUE, weight INTEGER)",
)
_CREATE_POSTGRESQL = (
    "CREATE TEMP TABLE mark_stage (k bigint)",
    "CREATE TEMP TABLE mark_expected (session bigint PRIMARY KEY, expected text)",
    "CREATE TEMP TABLE day_fact (day int, date date, week date, year smallint, shift smallint)",
    "CREATE TEMP TABLE code_fact (n smallint, code varchar(2), weight int)",
)


def _statements(dialect: str) -> ManyStatements:
    stale = f"WHEN coalesce(m.code, '') <> x.expected THEN {STALE} "
    expected = " LEFT JOIN mark_expected x ON x.session = s.session"
    mark = f"INSERT INTO mark ({_KEY}, minutes_late, code, imported_code)"
    taken = "SELECT :organisation_id, enrolment_id, date, half, minutes_late, code"
    days = {"day": "int", "date": "date", "week": "date", "year": "smallint", "shift": "smallint"}
    codes = {"n": "smallint", "code": "varchar(2)", "weight": "int"}
    lost = f"mark_change c LEFT JOIN code_fact o ON o.code = c.old_code WHERE c.kind <= {CHANGED}"
    kinds = ", ".join(f"count(*) FILTER (WHERE kind = {kind}) AS kind_{kind}" for kind in KINDS)
    held = (
        "(SELECT e.id AS enrolment_id, d.week, d.year, d.shift, m.half, f.n, f.weight FROM enrolment e"
        " CROSS JOIN mark m CROSS JOIN day_fact d CROSS JOIN code_fact f WHERE e.organisation_id = :organisation_id"
        " AND e.school_id = :school_id AND m.organisation_id = e.organisation_id AND m.enrolment_id = e.id"
        " AND m.date BETWEEN :first AND :last AND d.date = m.date AND f.code = m.code) c"
    )
    return ManyStatements(
        lock=text(lock_enrolments(dialect)),
        create=_CREATE_SQLITE if dialect == "sqlite" else _CREATE_POSTGRESQL,
        day_facts=text(
            f"INSERT INTO day_fact SELECT r.day, r.date, r.week, r.year, r.shift FROM {rows_of(dialect, days)}"
        ),
        code_facts=text(f"INSERT INTO code_fact SELECT r.n, r.code, r.weight FROM {rows_of(dialect, codes)}"),
        expected=text(
            "INSERT INTO mark_expected SELECT r.session, r.expected"
            f" FROM {rows_of(dialect, {'session': 'bigint', 'expected': 'text'})}"
        ),
        compare_import=_compare(dialect, _IMPORTED_MINUTES, _THREE_WAY),
        compare_write=_compare(dialect, _WRITTEN_MINUTES, _ONE_WAY.format(stale="")),
        compare_expected=_compare(dialect, _WRITTEN_MINUTES, _ONE_WAY.format(stale=stale), expected),
        count=text(
            f"SELECT {kinds}, min(date) FILTER (WHERE kind <= {CHANGED}) AS first,"
            f" max(date) FILTER (WHERE kind <= {CHANGED}) AS last FROM mark_change"
        ).columns(*(column(f"kind_{kind}", Integer) for kind in KINDS), column("first", Date), column("last", Date)),
        first_entries=text(
            f"{mark} {taken}, CASE WHEN :imported = 1 THEN code END FROM mark_change WHERE kind = {FIRST}"
        ),
        changes=text(
            f"{mark} {taken}, NULL FROM mark_change WHERE kind = {CHANGED}"
            f" ON CONFLICT ({_KEY}) DO UPDATE SET code = excluded.code, minutes_late = excluded.minutes_late"
        ),
        imported_changes=text(
            f"{mark} {taken}, code FROM mark_change WHERE kind IN ({CHANGED}, {IMPORTED_WORD})"
            f" ON CONFLICT ({_KEY}) DO UPDATE SET code = excluded.code, minutes_late = excluded.minutes_late,"
            " imported_code = excluded.imported_code"
        ),
        amendments=insert_amendments(
            dialect,
            ":first_id + row_number() OVER () - 1",
            "enrolment_id, date, half, old_code, old_minutes_late, code, minutes_late",
            f"mark_change WHERE kind = {CHANGED}",
        ),
        conflicts=text(
            f"INSERT INTO mark_conflict ({_KEY}, ours, theirs, found_at)"
            " SELECT :organisation_id, enrolment_id, date, half, old_code, code, :at FROM mark_change"
            f" WHERE kind = {CONFLICT}"
            f" ON CONFLICT ({_KEY}) DO UPDATE SET ours = excluded.ours, theirs = excluded.theirs,"
            " found_at = excluded.found_at WHERE mark_conflict.theirs <> excluded.theirs"
            " OR mark_conflict.ours IS DISTINCT FROM excluded.ours"
        ).bindparams(AT),
        gains=_gains(dialect, lost, "sum(coalesce(o.weight, 0))"),
        gains_of_marks=_gains(dialect, held, "0").bindparams(*_SPAN),  # type: ignore[attr-defined]
        weeks=text(_weeks(dialect)),
        empty_weeks=text(
            "DELETE FROM pupil_week WHERE organisation_id = :organisation_id AND school_id = :school_id"
            " AND week BETWEEN :first AND :last AND codes = :empty"
        ).bindparams(*_SPAN),
        years=text(_years()),
        empty_years=text(
            "DELETE FROM pupil_year WHERE organisation_id = :organisation_id AND school_id = :school_id"
            " AND year BETWEEN :first_year AND :last_year AND possible = 0 AND NOT brought_in"
        ),
    )


MANY = {dialect: _statements(dialect) for dialect in DIALECTS}
