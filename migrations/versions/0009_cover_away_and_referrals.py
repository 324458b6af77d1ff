"""who covers whom, who is away, who began a task for another, and pupils shown to a welfare officer

Expand: a process of the version before writes tasks without a beginner, which stand as their owner's.
"""

import sqlalchemy as sa
from alembic import op

from webapp.foundation import types

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "staff_cover",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("cover_id", sa.Integer(), nullable=False),
        sa.Column("set_by", sa.String(length=200), nullable=False),
        sa.Column("set_at", types.Instant(), nullable=False),
        sa.CheckConstraint("cover_id <> staff_id", name=op.f("ck_staff_cover_another")),
        *_keys("staff_cover", ("staff_id", "staff"), ("cover_id", "staff"), ("school_id", "school")),
        sa.PrimaryKeyConstraint("organisation_id", "school_id", "staff_id", name=op.f("pk_staff_cover")),
    )
    op.create_table(
        "staff_away",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("starts_half", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("ends_half", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("said_by", sa.String(length=200), nullable=False),
        sa.Column("said_at", types.Instant(), nullable=False),
        sa.Column("cancelled_at", types.Instant(), nullable=True),
        sa.Column("cancelled_by", sa.String(length=200), server_default="", nullable=False),
        sa.CheckConstraint("starts_half IN (0, 1) AND ends_half IN (0, 1)", name=op.f("ck_staff_away_halves")),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_staff_away_dates")),
        *_keys("staff_away", ("staff_id", "staff"), ("school_id", "school")),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_staff_away")),
        sa.UniqueConstraint("organisation_id", "public_id", name=op.f("uq_staff_away_organisation_id_public_id")),
    )
    op.create_index("ix_staff_away_school", "staff_away", ["organisation_id", "school_id", "ends_on"])
    op.create_table(
        "referral",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("pupil_id", sa.Integer(), nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("referred_at", types.Instant(), nullable=False),
        sa.Column("referred_by", sa.String(length=200), nullable=False),
        sa.Column("ended_at", types.Instant(), nullable=True),
        sa.Column("ended_by", sa.String(length=200), server_default="", nullable=False),
        sa.Column("ended_why", sa.String(length=1000), server_default="", nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_referral_dates")),
        *_keys("referral", ("school_id", "school"), ("pupil_id", "pupil"), ("officer_id", "staff")),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_referral")),
        sa.UniqueConstraint("organisation_id", "public_id", name=op.f("uq_referral_organisation_id_public_id")),
    )
    op.create_index("ix_referral_officer", "referral", ["organisation_id", "school_id", "officer_id", "ends_on"])
    op.create_index("ix_referral_pupil", "referral", ["organisation_id", "pupil_id"])
    op.add_column("task", sa.Column("begun_by_id", sa.Integer(), nullable=True))
    op.add_column("task", sa.Column("begun_at", types.Instant(), nullable=True))


def _keys(table: str, *columns: tuple[str, str]) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint(
            ["organisation_id", column], [f"{to}.organisation_id", f"{to}.id"],
            name=op.f(f"fk_{table}_organisation_id_{column}"),
        )
        for column, to in columns
    ]  # fmt: skip


def downgrade() -> None:
    op.drop_column("task", "begun_at")
    op.drop_column("task", "begun_by_id")
    op.drop_index("ix_referral_pupil", "referral")
    op.drop_index("ix_referral_officer", "referral")
    op.drop_table("referral")
    op.drop_index("ix_staff_away_school", "staff_away")
    op.drop_table("staff_away")
    op.drop_table("staff_cover")
