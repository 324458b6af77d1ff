"""browsers that keep who is on site, and notes about pupils"""

import sqlalchemy as sa
from alembic import op

from webapp.foundation import types

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "on_site_device",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("enrolled_at", types.Instant(), nullable=False),
        sa.Column("seen_at", types.Instant(), nullable=False),
        sa.Column("removed_at", types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id", "school_id"],
            ["school.organisation_id", "school.id"],
            name=op.f("fk_on_site_device_organisation_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "staff_id"],
            ["staff.organisation_id", "staff.id"],
            name=op.f("fk_on_site_device_organisation_id_staff_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_on_site_device")),
        sa.UniqueConstraint(
            "organisation_id", "public_id", name=op.f("uq_on_site_device_organisation_id_public_id")
        ),
    )
    op.create_index("ix_on_site_device_public_id", "on_site_device", ["public_id"])
    op.create_index("ix_on_site_device_staff", "on_site_device", ["organisation_id", "staff_id"])
    op.create_table(
        "pupil_note",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("pupil_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("words", sa.String(length=2000), nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("position", sa.String(length=120), server_default="", nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint(
            "kind IN ('general', 'health', 'safeguarding', 'message')", name=op.f("ck_pupil_note_kind")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "contact_id"],
            ["contact.organisation_id", "contact.id"],
            name=op.f("fk_pupil_note_organisation_id_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "message_id"],
            ["message.organisation_id", "message.id"],
            name=op.f("fk_pupil_note_organisation_id_message_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "pupil_id"],
            ["pupil.organisation_id", "pupil.id"],
            name=op.f("fk_pupil_note_organisation_id_pupil_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "school_id"],
            ["school.organisation_id", "school.id"],
            name=op.f("fk_pupil_note_organisation_id_school_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_pupil_note")),
        sa.UniqueConstraint("organisation_id", "public_id", name=op.f("uq_pupil_note_organisation_id_public_id")),
    )
    op.create_index("ix_pupil_note_pupil", "pupil_note", ["organisation_id", "pupil_id", "at"])


def downgrade() -> None:
    op.drop_table("pupil_note")
    op.drop_table("on_site_device")
