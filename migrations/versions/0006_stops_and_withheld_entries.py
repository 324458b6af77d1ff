"""stops on messages, withheld entries, and who changed a contact's rights

Expand: a process of the version before goes on writing contacts, orders and messages, and the new columns stand empty.
"""

import sqlalchemy as sa
from alembic import op

from webapp.foundation import types

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("court_order", "reviewer_id", sa.Integer(), None),
    ("court_order", "version", sa.Integer(), "1"),
    ("message", "kept", sa.Boolean(), "0"),
    ("pupil_contact", "changed_at", types.Instant(), None),
    ("pupil_contact", "changed_by", sa.String(length=200), ""),
    ("pupil_contact", "changed_why", sa.String(length=500), ""),
)
"""Table, column, type, and what stands in it for rows of before; None leaves it empty."""


def upgrade() -> None:
    op.create_table(
        "message_stop",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("pupil_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=1000), server_default="", nullable=False),
        sa.Column("stopped_at", types.Instant(), nullable=False),
        sa.Column("stopped_by", sa.String(length=200), nullable=False),
        sa.Column("lifted_at", types.Instant(), nullable=True),
        sa.Column("lifted_by", sa.String(length=200), server_default="", nullable=False),
        sa.Column("lifted_why", sa.String(length=1000), server_default="", nullable=False),
        *_people("message_stop"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_message_stop")),
        sa.UniqueConstraint("organisation_id", "public_id", name=op.f("uq_message_stop_organisation_id_public_id")),
    )
    op.create_index("ix_message_stop_pupil", "message_stop", ["organisation_id", "pupil_id", "lifted_at"])
    op.create_table(
        "withheld_entry",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("pupil_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=True),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("half", sa.SmallInteger(), nullable=True),
        sa.Column("subject_id", types.BigId, nullable=True),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("withheld_at", types.Instant(), nullable=False),
        sa.Column("withheld_by", sa.String(length=200), nullable=False),
        sa.Column("shown_at", types.Instant(), nullable=True),
        sa.Column("shown_by", sa.String(length=200), server_default="", nullable=False),
        sa.Column("shown_why", sa.String(length=1000), server_default="", nullable=False),
        sa.CheckConstraint("kind IN ('mark', 'sighting', 'message')", name=op.f("ck_withheld_entry_kind")),
        sa.CheckConstraint("half IN (0, 1)", name=op.f("ck_withheld_entry_half")),
        *_people("withheld_entry"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_withheld_entry")),
        sa.UniqueConstraint("organisation_id", "public_id", name=op.f("uq_withheld_entry_organisation_id_public_id")),
    )
    op.create_index("ix_withheld_entry_pupil", "withheld_entry", ["organisation_id", "pupil_id", "shown_at"])
    op.create_index("ix_withheld_entry_enrolment", "withheld_entry", ["organisation_id", "enrolment_id", "date"])
    for table, name, kind, default in _COLUMNS:
        op.add_column(table, sa.Column(name, kind, nullable=default is None, server_default=default))


def _people(table: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint(
            ["organisation_id", f"{to}_id"], [f"{to}.organisation_id", f"{to}.id"],
            name=op.f(f"fk_{table}_organisation_id_{to}_id"),
        )
        for to in ("school", "pupil", "contact")
    ]  # fmt: skip


def downgrade() -> None:
    for table, name, _kind, _default in reversed(_COLUMNS):
        op.drop_column(table, name)
    op.drop_index("ix_withheld_entry_enrolment", "withheld_entry")
    op.drop_index("ix_withheld_entry_pupil", "withheld_entry")
    op.drop_table("withheld_entry")
    op.drop_index("ix_message_stop_pupil", "message_stop")
    op.drop_table("message_stop")
