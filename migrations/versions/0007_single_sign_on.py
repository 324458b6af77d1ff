"""single sign-on: the provider of an organisation, whose account is whose, round trips under way

Expand: a process of the version before signs staff in as it did, and no sign-in that it begins has its second check done.
"""

import sqlalchemy as sa
from alembic import op

from webapp.foundation import types

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def _of_organisation(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organisation_id"], ["organisation.id"], name=op.f(f"fk_{table}_organisation_id")
    )


def upgrade() -> None:
    op.create_table(
        "identity_provider",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("issuer", sa.String(length=300), nullable=False),
        sa.Column("tenant", sa.String(length=100), server_default="", nullable=False),
        sa.Column("client_id", sa.String(length=300), nullable=False),
        sa.Column("client_secret", sa.String(length=2000), nullable=False),
        sa.Column("domains", types.Json(), nullable=False),
        sa.Column("second_check", sa.String(length=12), nullable=False),
        sa.Column("saved_at", types.Instant(), nullable=False),
        sa.Column("saved_by", sa.String(length=200), nullable=False),
        sa.Column("tried_at", types.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("kind IN ('entra', 'google', 'other')", name=op.f("ck_identity_provider_kind")),
        sa.CheckConstraint(
            "second_check IN ('ours', 'when_said', 'always')", name=op.f("ck_identity_provider_second_check")
        ),
        _of_organisation("identity_provider"),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_identity_provider")),
    )
    op.create_table(
        "staff_identity",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("issuer", sa.String(length=300), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("linked_at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "staff_id"], ["staff.organisation_id", "staff.id"],
            name=op.f("fk_staff_identity_organisation_id_staff_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "staff_id", name=op.f("pk_staff_identity")),
        sa.UniqueConstraint(
            "organisation_id", "issuer", "subject", name=op.f("uq_staff_identity_organisation_id_issuer_subject")
        ),
    )
    op.create_table(
        "provider_trip",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("id", types.BigId, sa.Identity(always=False), nullable=False),
        sa.Column("purpose", sa.String(length=8), nullable=False),
        sa.Column("state_hash", sa.String(length=64), nullable=False),
        sa.Column("browser_hash", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.String(length=1000), nullable=False),
        sa.Column("issuer", sa.String(length=300), nullable=False),
        sa.Column("client_id", sa.String(length=300), nullable=False),
        sa.Column("session_id", sa.BigInteger(), nullable=True),
        sa.Column("link_hash", sa.String(length=64), nullable=True),
        sa.Column("next_path", sa.String(length=500), server_default="", nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("expires_at", types.Instant(), nullable=False),
        sa.Column("used_at", types.Instant(), nullable=True),
        sa.CheckConstraint(
            "purpose IN ('enter', 'invited', 'connect', 'try')", name=op.f("ck_provider_trip_purpose")
        ),
        _of_organisation("provider_trip"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_provider_trip")),
        sa.UniqueConstraint(
            "organisation_id", "state_hash", name=op.f("uq_provider_trip_organisation_id_state_hash")
        ),
    )
    op.create_index("ix_provider_trip_created_at", "provider_trip", ["created_at"])
    op.add_column("staff_entry", sa.Column("second_done", sa.Boolean(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("staff_entry", "second_done")
    for table in ("provider_trip", "staff_identity", "identity_provider"):
        op.drop_table(table)
