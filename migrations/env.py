"""Alembic's door: schema changes run over the connection that ``webapp.foundation.schema`` hands in."""

from alembic import context

from webapp.foundation.db import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
    transaction_per_migration=True,
    user_module_prefix="types.",
)
with context.begin_transaction():
    context.run_migrations()
