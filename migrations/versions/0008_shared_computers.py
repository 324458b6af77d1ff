"""shared computers: named machines, sessions that lock themselves, PINs, and forms kept while a machine is locked

Expand: a process of the version before starts sessions that never lock themselves.
"""

import sqlalchemy as sa
from alembic import op

from webapp.foundation import types

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("session", "machine_id", sa.Integer(), None),
    ("session", "idle_minutes", sa.SmallInteger(), None),
    ("session", "locked_at", types.Instant(), None),
    ("session", "pin_tries", sa.SmallInteger(), "0"),
    ("staff_login", "pin_hash", sa.String(length=400), None),
    ("staff_entry", "shared", sa.Boolean(), "0"),
)
"""Table, column, type, and what stands in it for rows of before; None leaves it empty."""


def upgrade() -> None:
    op.create_table(
        "shared_machine",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("named_by", sa.String(length=200), nullable=False),
        sa.Column("named_at", types.Instant(), nullable=False),
        sa.Column("removed_at", types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id", "school_id"], ["school.organisation_id", "school.id"],
            name=op.f("fk_shared_machine_organisation_id_school_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_shared_machine")),
        sa.UniqueConstraint(
            "organisation_id", "public_id", name=op.f("uq_shared_machine_organisation_id_public_id")
        ),
    )
    op.create_index("ix_shared_machine_token_hash", "shared_machine", ["token_hash"])
    op.create_table(
        "kept_form",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("kept_at", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "session_id", name=op.f("pk_kept_form")),
    )
    op.create_index("ix_kept_form_session", "kept_form", ["session_id"])
    for table, name, kind, default in _COLUMNS:
        op.add_column(table, sa.Column(name, kind, nullable=default is None, server_default=default))
    op.create_index("ix_session_machine", "session", ["staff_organisation_id", "machine_id"])


def downgrade() -> None:
    op.drop_index("ix_session_machine", "session")
    for table, name, _kind, _default in reversed(_COLUMNS):
        op.drop_column(table, name)
    op.drop_index("ix_kept_form_session", "kept_form")
    op.drop_table("kept_form")
    op.drop_index("ix_shared_machine_token_hash", "shared_machine")
    op.drop_table("shared_machine")
