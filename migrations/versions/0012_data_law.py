"""requests for data, holds, and what was due and deleted

Expand: five new tables; nothing that stands is changed.
"""

import sqlalchemy as sa
from alembic import op

from webapp.foundation import types

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def _to(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organisation_id", column], [f"{to}.organisation_id", f"{to}.id"],
        name=op.f(f"fk_{table}_organisation_id_{column}"),
    )  # fmt: skip


def _key(*, big: bool = False) -> list[sa.Column]:
    kind = types.BigId if big else sa.Integer()
    return [
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("id", kind, sa.Identity(always=False), nullable=False),
    ]


def upgrade() -> None:
    op.create_table(
        "subject_request",
        *_key(),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("pupil_id", sa.Integer(), nullable=True),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("requester_id", sa.Integer(), nullable=True),
        sa.Column("asked_by", sa.String(length=8), nullable=False),
        sa.Column("basis", sa.String(length=20), nullable=False),
        sa.Column("words", sa.String(length=2000), server_default="", nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("starts_clock_on", sa.Date(), nullable=True),
        sa.Column("paused_on", sa.Date(), nullable=True),
        sa.Column("paused_days", sa.Integer(), server_default="0", nullable=False),
        sa.Column("pause_why", sa.String(length=500), server_default="", nullable=False),
        sa.Column("extended_why", sa.String(length=500), server_default="", nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("failed_words", sa.String(length=500), server_default="", nullable=False),
        sa.Column("gathered_at", types.Instant(), nullable=True),
        sa.Column("gathered_file_id", types.BigId, nullable=True),
        sa.Column("made_at", types.Instant(), nullable=True),
        sa.Column("json_file_id", types.BigId, nullable=True),
        sa.Column("html_file_id", types.BigId, nullable=True),
        sa.Column("pdf_file_id", types.BigId, nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("outcome", sa.String(length=12), server_default="", nullable=False),
        sa.Column("outcome_words", sa.String(length=500), server_default="", nullable=False),
        sa.Column("logged_at", types.Instant(), nullable=False),
        sa.Column("logged_by", sa.String(length=200), nullable=False),
        sa.Column("closed_at", types.Instant(), nullable=True),
        sa.Column("closed_by", sa.String(length=200), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("(pupil_id IS NULL) <> (contact_id IS NULL)", name=op.f("ck_subject_request_one_person")),
        sa.CheckConstraint("asked_by IN ('pupil', 'parent', 'contact')", name=op.f("ck_subject_request_asked_by")),
        sa.CheckConstraint("basis IN ('access', 'educational_record')", name=op.f("ck_subject_request_basis")),
        _to("subject_request", "school_id", "school"),
        _to("subject_request", "pupil_id", "pupil"),
        _to("subject_request", "contact_id", "contact"),
        _to("subject_request", "requester_id", "contact"),
        *(_to("subject_request", f"{name}_file_id", "file") for name in ("gathered", "json", "html", "pdf")),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_subject_request")),
        sa.UniqueConstraint("organisation_id", "public_id", name=op.f("uq_subject_request_organisation_id_public_id")),
    )
    op.create_index("ix_subject_request_school", "subject_request", ["organisation_id", "school_id", "received_on"])
    op.create_index("ix_subject_request_pupil", "subject_request", ["organisation_id", "pupil_id"])
    op.create_index("ix_subject_request_contact", "subject_request", ["organisation_id", "contact_id"])
    op.create_table(
        "subject_line",
        *_key(big=True),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(length=16), nullable=False),
        sa.Column("chapter", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("times", sa.Integer(), server_default="1", nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("struck", sa.Text(), nullable=True),
        sa.Column("choice", sa.String(length=8), server_default="", nullable=False),
        sa.Column("exemption", sa.String(length=20), server_default="", nullable=False),
        sa.Column("decided_at", types.Instant(), nullable=True),
        sa.Column("decided_by", sa.String(length=200), server_default="", nullable=False),
        sa.CheckConstraint("choice IN ('', 'release', 'strike', 'hold')", name=op.f("ck_subject_line_choice")),
        _to("subject_line", "request_id", "subject_request"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_subject_line")),
        sa.UniqueConstraint(
            "organisation_id", "request_id", "key", name=op.f("uq_subject_line_organisation_id_request_id_key")
        ),
    )
    op.create_table(
        "record_hold",
        *_key(),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("pupil_id", sa.Integer(), nullable=True),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("why", sa.String(length=1000), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("held_at", types.Instant(), nullable=False),
        sa.Column("held_by", sa.String(length=200), nullable=False),
        sa.Column("released_at", types.Instant(), nullable=True),
        sa.Column("released_by", sa.String(length=200), server_default="", nullable=False),
        sa.CheckConstraint("(pupil_id IS NULL) <> (contact_id IS NULL)", name=op.f("ck_record_hold_one_person")),
        *(_to("record_hold", f"{to}_id", to) for to in ("school", "pupil", "contact")),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_record_hold")),
        sa.UniqueConstraint("organisation_id", "public_id", name=op.f("uq_record_hold_organisation_id_public_id")),
    )
    op.create_index("ix_record_hold_pupil", "record_hold", ["organisation_id", "pupil_id"])
    op.create_index("ix_record_hold_contact", "record_hold", ["organisation_id", "contact_id"])
    op.create_table(
        "retention_count",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("counted_at", types.Instant(), nullable=False),
        sa.Column("before", sa.Date(), nullable=False),
        sa.Column("due", sa.Integer(), nullable=False),
        sa.Column("oldest", sa.Date(), nullable=True),
        _to("retention_count", "school_id", "school"),
        sa.PrimaryKeyConstraint("organisation_id", "school_id", "kind", name=op.f("pk_retention_count")),
    )
    op.create_table(
        "retention_run",
        *_key(),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("plan", types.Json(), nullable=False),
        sa.Column("result", types.Json(), nullable=False),
        sa.Column("confirmed_at", types.Instant(), nullable=False),
        sa.Column("confirmed_by", sa.String(length=200), nullable=False),
        sa.Column("confirmed_position", sa.String(length=120), server_default="", nullable=False),
        sa.Column("finished_at", types.Instant(), nullable=True),
        sa.CheckConstraint("state IN ('running', 'done', 'failed')", name=op.f("ck_retention_run_state")),
        _to("retention_run", "school_id", "school"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_retention_run")),
        sa.UniqueConstraint("organisation_id", "public_id", name=op.f("uq_retention_run_organisation_id_public_id")),
    )
    op.create_index("ix_retention_run_school", "retention_run", ["organisation_id", "school_id", "confirmed_at"])


def downgrade() -> None:
    op.drop_index("ix_retention_run_school", "retention_run")
    op.drop_table("retention_run")
    op.drop_table("retention_count")
    op.drop_index("ix_record_hold_contact", "record_hold")
    op.drop_index("ix_record_hold_pupil", "record_hold")
    op.drop_table("record_hold")
    op.drop_table("subject_line")
    op.drop_index("ix_subject_request_contact", "subject_request")
    op.drop_index("ix_subject_request_pupil", "subject_request")
    op.drop_index("ix_subject_request_school", "subject_request")
    op.drop_table("subject_request")
