"""staff sign in: passwords, second factors, links that set a password, and sign-ins under way"""

import sqlalchemy as sa
from alembic import op

from webapp.foundation import types

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def _number() -> sa.Column[int]:
    return sa.Column("id", types.BigId, sa.Identity(always=False), nullable=False)


def _keys(table: str, *keys: str) -> tuple[sa.Constraint, ...]:
    return (
        sa.ForeignKeyConstraint(
            ["organisation_id", "staff_id"], ["staff.organisation_id", "staff.id"],
            name=op.f(f"fk_{table}_organisation_id_staff_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", *keys, name=op.f(f"pk_{table}")),
    )  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "staff_login",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("password_set_at", types.Instant(), nullable=True),
        sa.Column("totp_secret", sa.String(length=400), nullable=True),
        sa.Column("totp_since", types.Instant(), nullable=True),
        sa.Column("totp_step", sa.BigInteger(), server_default="0", nullable=False),
        *_keys("staff_login", "staff_id"),
    )
    op.create_table(
        "staff_link",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        _number(),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("expires_at", types.Instant(), nullable=False),
        sa.Column("used_at", types.Instant(), nullable=True),
        sa.CheckConstraint("purpose IN ('invitation', 'password')", name=op.f("ck_staff_link_purpose")),
        *_keys("staff_link", "id"),
    )
    op.create_index("ix_staff_link_staff", "staff_link", ["organisation_id", "staff_id"])
    op.create_index("ix_staff_link_token_hash", "staff_link", ["token_hash"])
    op.create_table(
        "staff_entry",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        _number(),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("way", sa.String(length=12), nullable=False),
        sa.Column("new_secret", sa.String(length=400), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("expires_at", types.Instant(), nullable=False),
        sa.Column("used_at", types.Instant(), nullable=True),
        *_keys("staff_entry", "id"),
    )
    op.create_index("ix_staff_entry_token_hash", "staff_entry", ["token_hash"])
    op.create_table(
        "recovery_code",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        _number(),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("selector", sa.String(length=8), nullable=False),
        sa.Column("code_hash", sa.String(length=200), nullable=False),
        sa.Column("used_at", types.Instant(), nullable=True),
        *_keys("recovery_code", "id"),
    )
    op.create_index("ix_recovery_code_staff", "recovery_code", ["organisation_id", "staff_id"])


def downgrade() -> None:
    for table in ("recovery_code", "staff_entry", "staff_link", "staff_login"):
        op.drop_table(table)
