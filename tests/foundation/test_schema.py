"""The schema's history, on both engines."""

from __future__ import annotations

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text

from webapp.foundation import schema
from webapp.foundation.db import Base, Database


def test_one_head() -> None:
    assert len(schema.heads()) == 1


def test_up_down_up(empty_db_url: str) -> None:
    schema.upgrade(empty_db_url)
    schema.downgrade(empty_db_url, "base")
    engine = create_engine(empty_db_url)
    assert inspect(engine).get_table_names() == ["alembic_version"]
    schema.upgrade(empty_db_url)
    with engine.connect() as connection:
        assert schema.is_current(connection)
    engine.dispose()


def test_migrations_and_models_agree(cloned_db: Database) -> None:
    schema.load_tables()
    with cloned_db.write_engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_marks_have_no_row_id_on_sqlite(cloned_db: Database) -> None:
    if not cloned_db.is_sqlite:
        return
    with cloned_db.reading() as db:
        made = db.execute(text("SELECT sql FROM sqlite_master WHERE name = 'mark'")).scalar_one()
    assert "WITHOUT ROWID" in made.upper()


def test_every_tenant_table_carries_the_organisation_in_every_unique_key() -> None:
    schema.load_tables()
    for table in Base.metadata.sorted_tables:
        if table.name in SERVICE_WIDE:
            continue
        keys: list[Any] = [table.primary_key, *(c for c in table.constraints if type(c).__name__ == "UniqueConstraint")]
        keys += [index for index in table.indexes if index.unique]
        for key in keys:
            assert "organisation_id" in key.columns, f"{table.name}: {[c.name for c in key.columns]}"
        for foreign in table.foreign_key_constraints:
            assert "organisation_id" in foreign.column_keys, f"{table.name}: {foreign.column_keys}"
            assert foreign.ondelete is None


SERVICE_WIDE = frozenset(
    ("channel_pause", "counter", "id_sequence", "organisation", "school_clock", "session", "sign_in_code", "work")
) | {"worker_beat", "passkey", "passkey_challenge"}
"""The tested list of tables that belong to no organisation; everything else is a tenant's."""
