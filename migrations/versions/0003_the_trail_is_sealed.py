"""the trail is sealed: digests of entries, and the chain over them

Expand: a process of the version before writes entries without a digest, and the sealing gives them one.
"""

import sqlalchemy as sa
from alembic import op

from webapp.foundation import types

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_BARE = sa.text("digest IS NULL")
_COLUMNS = (
    ("salt", sa.String(length=32)),
    ("digest", sa.String(length=64)),
    ("erased_digest", sa.String(length=64)),
    ("erased_at", types.Instant()),
)


def upgrade() -> None:
    op.create_table(
        "trail_head",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("link", sa.String(length=64), nullable=False),
        sa.Column("sealed_at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_trail_head_organisation_id")),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_trail_head")),
    )
    op.create_table(
        "trail_seal",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sealed_at", types.Instant(), nullable=False),
        sa.Column("entries", types.Json(), nullable=False),
        sa.Column("link", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_trail_seal_organisation_id")),
        sa.PrimaryKeyConstraint("organisation_id", "position", name=op.f("pk_trail_seal")),
    )
    op.create_index("ix_trail_seal_sealed_at", "trail_seal", ["sealed_at"])
    for name, kind in _COLUMNS:
        op.add_column("trail_entry", sa.Column(name, kind, nullable=True))
    op.create_index(
        "ix_trail_entry_at", "trail_entry", ["at"], postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": True},
    )  # fmt: skip
    op.create_index("ix_trail_entry_bare", "trail_entry", ["id"], sqlite_where=_BARE, postgresql_where=_BARE)


def downgrade() -> None:
    op.drop_index("ix_trail_entry_bare", "trail_entry")
    op.drop_index("ix_trail_entry_at", "trail_entry")
    for name, _kind in reversed(_COLUMNS):
        op.drop_column("trail_entry", name)
    op.drop_index("ix_trail_seal_sealed_at", "trail_seal")
    op.drop_table("trail_seal")
    op.drop_table("trail_head")
