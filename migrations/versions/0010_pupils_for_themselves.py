"""pupils who answer for themselves, changes of details that contacts ask for, and what was done to reach somebody

Expand: a process of the version before goes on writing contacts and links, and the new columns stand at their default:
no contact is a pupil.
"""

import sqlalchemy as sa
from alembic import op

from webapp.foundation import types

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("pupil_contact", sa.Column("is_pupil", sa.Boolean(), server_default="0", nullable=False))
    op.add_column("contact", sa.Column("parents_see", sa.String(length=12), server_default="", nullable=False))
    op.add_column("contact", sa.Column("opened_at", types.Instant(), nullable=True))
    # Whoever is signed in has opened it; of sessions that are gone nobody knows any more.
    op.execute(
        "UPDATE contact SET opened_at = (SELECT min(session.created_at) FROM session_contact"
        " JOIN session ON session.id = session_contact.session_id"
        " WHERE session_contact.organisation_id = contact.organisation_id"
        " AND session_contact.contact_id = contact.id)"
    )
    op.create_table(
        "detail_change",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=10), nullable=False),
        sa.Column("old_value", sa.String(length=500), server_default="", nullable=False),
        sa.Column("new_value", sa.String(length=500), server_default="", nullable=False),
        sa.Column("words", sa.String(length=500), server_default="", nullable=False),
        sa.Column("held_elsewhere", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("state", sa.String(length=10), server_default="asked", nullable=False),
        sa.Column("asked_at", types.Instant(), nullable=False),
        sa.Column("asked_by", sa.String(length=200), nullable=False),
        sa.Column("answered_at", types.Instant(), nullable=True),
        sa.Column("answered_by", sa.String(length=200), server_default="", nullable=False),
        sa.Column("answer", sa.String(length=500), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "field IN ('mobile', 'landline', 'email', 'language', 'address')", name=op.f("ck_detail_change_field")
        ),
        sa.CheckConstraint(
            "state IN ('asked', 'accepted', 'refused', 'withdrawn')", name=op.f("ck_detail_change_state")
        ),
        _to("detail_change", "school"),
        _to("detail_change", "contact"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_detail_change")),
        sa.UniqueConstraint("organisation_id", "public_id", name=op.f("uq_detail_change_organisation_id_public_id")),
    )
    op.create_index("ix_detail_change_contact", "detail_change", ["organisation_id", "contact_id", "state"])
    op.create_index("ix_detail_change_school", "detail_change", ["organisation_id", "school_id", "state"])
    op.create_table(
        "reach_note",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("id", types.BigId, sa.Identity(always=False), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("words", sa.String(length=500), server_default="", nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.CheckConstraint("kind IN ('invited', 'rang', 'asked', 'letter', 'done')", name=op.f("ck_reach_note_kind")),
        _to("reach_note", "school"),
        _to("reach_note", "contact"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_reach_note")),
    )
    op.create_index("ix_reach_note_contact", "reach_note", ["organisation_id", "school_id", "contact_id", "at"])
    op.create_table(
        "sign_out_request",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("id", types.BigId, sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("leaves_at", sa.Time(), nullable=False),
        sa.Column("back_at", sa.Time(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("danger", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("state", sa.String(length=10), server_default="asked", nullable=False),
        sa.Column("asked_at", types.Instant(), nullable=False),
        sa.Column("answered_at", types.Instant(), nullable=True),
        sa.Column("answered_by", sa.String(length=200), server_default="", nullable=False),
        sa.Column("answer", sa.String(length=300), server_default="", nullable=False),
        sa.Column("gone_at", types.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "state IN ('asked', 'agreed', 'refused', 'withdrawn', 'gone')", name=op.f("ck_sign_out_request_state")
        ),
        _to("sign_out_request", "contact"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "school_id", "enrolment_id"],
            ["enrolment.organisation_id", "enrolment.school_id", "enrolment.id"],
            name=op.f("fk_sign_out_request_organisation_id_school_id_enrolment_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_sign_out_request")),
        sa.UniqueConstraint("organisation_id", "public_id", name=op.f("uq_sign_out_request_organisation_id_public_id")),
    )
    op.create_index(
        "ix_sign_out_request_day", "sign_out_request", ["organisation_id", "school_id", "date", "enrolment_id"]
    )


def _to(table: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organisation_id", f"{to}_id"], [f"{to}.organisation_id", f"{to}.id"],
        name=op.f(f"fk_{table}_organisation_id_{to}_id"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_sign_out_request_day", "sign_out_request")
    op.drop_table("sign_out_request")
    op.drop_index("ix_reach_note_contact", "reach_note")
    op.drop_table("reach_note")
    op.drop_index("ix_detail_change_school", "detail_change")
    op.drop_index("ix_detail_change_contact", "detail_change")
    op.drop_table("detail_change")
    op.drop_column("contact", "opened_at")
    op.drop_column("contact", "parents_see")
    op.drop_column("pupil_contact", "is_pupil")
