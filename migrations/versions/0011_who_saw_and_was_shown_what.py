"""the trail can be searched, what parents were shown is kept, and each day's head leaves

Expand: a process of the version before goes on writing the trail, and knows nothing of the new tables.
"""

import sqlalchemy as sa
from alembic import op

from webapp.foundation import types

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_INDEXES = (
    ("ix_trail_entry_organisation", ("organisation_id", "at")),
    ("ix_trail_entry_school", ("organisation_id", "school_id", "at")),
    ("ix_trail_entry_actor", ("organisation_id", "actor_kind", "actor_id", "at")),
    ("ix_trail_entry_action", ("organisation_id", "action", "at")),
)


def upgrade() -> None:
    for name, columns in _INDEXES:
        op.create_index(name, "trail_entry", list(columns))
    op.create_table(
        "shown_page",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("id", types.BigId, sa.Identity(always=False), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("pupil_id", sa.Integer(), nullable=True),
        sa.Column("page", sa.String(length=20), nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("facts", types.Json(), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                ["organisation_id", f"{to}_id"], [f"{to}.organisation_id", f"{to}.id"],
                name=op.f(f"fk_shown_page_organisation_id_{to}_id"),
            )
            for to in ("contact", "pupil")
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_shown_page")),
    )  # fmt: skip
    op.create_index(
        "ix_shown_page_latest", "shown_page", ["organisation_id", "contact_id", "pupil_id", "page", "id"]
    )
    op.create_index("ix_shown_page_pupil", "shown_page", ["organisation_id", "pupil_id", "contact_id", "at"])
    op.create_table(
        "trail_address",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("set_at", types.Instant(), nullable=False),
        sa.Column("set_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_trail_address_organisation_id")
        ),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_trail_address")),
    )
    op.create_table(
        "trail_head_out",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("link", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("why", sa.String(length=200), server_default="", nullable=False),
        sa.Column("tries", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.CheckConstraint("state IN ('sent', 'failed')", name=op.f("ck_trail_head_out_state")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_trail_head_out_organisation_id")
        ),
        sa.PrimaryKeyConstraint("organisation_id", "day", name=op.f("pk_trail_head_out")),
    )


def downgrade() -> None:
    op.drop_table("trail_head_out")
    op.drop_table("trail_address")
    op.drop_index("ix_shown_page_pupil", "shown_page")
    op.drop_index("ix_shown_page_latest", "shown_page")
    op.drop_table("shown_page")
    for name, _columns in reversed(_INDEXES):
        op.drop_index(name, "trail_entry")
