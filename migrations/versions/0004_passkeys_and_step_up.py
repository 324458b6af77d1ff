"""passkeys and step-up: keys that phones keep, what they sign, and when a session last proved who is there"""

import sqlalchemy as sa
from alembic import op

from webapp.foundation import types

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_COLUMNS = (("passkey_id", sa.BigInteger()), ("stepped_up_at", types.Instant()))


def upgrade() -> None:
    op.create_table(
        "passkey",
        sa.Column("id", _BIG_ID, sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("door", sa.String(length=8), nullable=False),
        sa.Column("credential_id", sa.String(length=1400), nullable=False),
        sa.Column("public_key", sa.String(length=2000), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("transports", types.Json(), nullable=False),
        sa.Column("device_type", sa.String(length=20), nullable=False),
        sa.Column("backed_up", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("point_kind", sa.String(length=10), nullable=True),
        sa.Column("point_value", sa.String(length=254), nullable=True),
        sa.Column("staff_organisation_id", sa.Integer(), nullable=True),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("used_at", types.Instant(), nullable=True),
        sa.Column("doubted_at", types.Instant(), nullable=True),
        sa.Column("removed_at", types.Instant(), nullable=True),
        sa.CheckConstraint("door IN ('parent', 'staff')", name=op.f("ck_passkey_door")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_passkey_public_id")),
    )
    op.create_index("ix_passkey_staff", "passkey", ["staff_organisation_id", "staff_id"])
    op.create_table(
        "passkey_challenge",
        sa.Column("id", _BIG_ID, sa.Identity(always=False), nullable=False),
        sa.Column("door", sa.String(length=8), nullable=False),
        sa.Column("purpose", sa.String(length=8), nullable=False),
        sa.Column("challenge", sa.String(length=64), nullable=False),
        sa.Column("browser_hash", sa.String(length=64), nullable=False),
        sa.Column("session_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("expires_at", types.Instant(), nullable=False),
        sa.Column("used_at", types.Instant(), nullable=True),
        sa.CheckConstraint("door IN ('parent', 'staff')", name=op.f("ck_passkey_challenge_door")),
        sa.CheckConstraint("purpose IN ('add', 'sign_in', 'step_up')", name=op.f("ck_passkey_challenge_purpose")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey_challenge")),
        sa.UniqueConstraint("challenge", name=op.f("uq_passkey_challenge_challenge")),
    )
    op.create_index("ix_passkey_challenge_created_at", "passkey_challenge", ["created_at"])
    op.create_table(
        "passkey_contact",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("passkey_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "contact_id"], ["contact.organisation_id", "contact.id"],
            name=op.f("fk_passkey_contact_organisation_id_contact_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "contact_id", "passkey_id", name=op.f("pk_passkey_contact")),
    )  # fmt: skip
    op.create_index("ix_passkey_contact_passkey", "passkey_contact", ["passkey_id"])
    for name, kind in _COLUMNS:
        op.add_column("session", sa.Column(name, kind, nullable=True))


def downgrade() -> None:
    for name, _kind in reversed(_COLUMNS):
        op.drop_column("session", name)
    op.drop_index("ix_passkey_contact_passkey", "passkey_contact")
    op.drop_table("passkey_contact")
    op.drop_index("ix_passkey_challenge_created_at", "passkey_challenge")
    op.drop_table("passkey_challenge")
    op.drop_index("ix_passkey_staff", "passkey")
    op.drop_table("passkey")
