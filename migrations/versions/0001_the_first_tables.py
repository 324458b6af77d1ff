"""the first tables"""

import sqlalchemy as sa
from alembic import op

from webapp.foundation import types

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "channel_pause",
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("since", types.Instant(), nullable=False),
        sa.Column("until", types.Instant(), nullable=False),
        sa.Column("error_code", sa.String(length=16), server_default="", nullable=False),
        sa.Column("words", sa.String(length=200), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_channel_pause")),
    )
    op.create_table(
        "counter",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("window_start", types.Instant(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", "window_start", name=op.f("pk_counter")),
    )
    op.create_table(
        "id_sequence",
        sa.Column("table_name", sa.String(length=63), nullable=False),
        sa.Column("next_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("table_name", name=op.f("pk_id_sequence")),
    )
    op.create_table(
        "mark",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("half", sa.SmallInteger(), nullable=False),
        sa.Column("minutes_late", sa.SmallInteger(), nullable=True),
        sa.Column("code", sa.String(length=2), nullable=True),
        sa.Column("imported_code", sa.String(length=2), nullable=True),
        sa.CheckConstraint("half IN (0, 1)", name=op.f("ck_mark_half")),
        sa.PrimaryKeyConstraint("organisation_id", "enrolment_id", "date", "half", name=op.f("pk_mark")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "organisation",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.CheckConstraint("kind IN ('trust', 'school')", name=op.f("ck_organisation_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("public_id", name=op.f("uq_organisation_public_id")),
    )
    op.create_table(
        "pupil_week",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("possible", sa.SmallInteger(), nullable=False),
        sa.Column("present", sa.SmallInteger(), nullable=False),
        sa.Column("authorised", sa.SmallInteger(), nullable=False),
        sa.Column("unauthorised", sa.SmallInteger(), nullable=False),
        sa.Column("late", sa.SmallInteger(), nullable=False),
        sa.Column("unresolved", sa.SmallInteger(), nullable=False),
        sa.Column("illness", sa.SmallInteger(), nullable=False),
        sa.Column("codes", sa.String(length=14), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "school_id", "week", "enrolment_id", name=op.f("pk_pupil_week")),
        postgresql_with={"fillfactor": 80},
        sqlite_with_rowid=False,
    )
    op.create_table(
        "school_clock",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("offset_microseconds", sa.BigInteger(), nullable=False),
        sa.Column("moved_at", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_clock")),
    )
    op.create_table(
        "session",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("door", sa.String(length=8), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("point_kind", sa.String(length=10), nullable=True),
        sa.Column("point_value", sa.String(length=254), nullable=True),
        sa.Column("staff_organisation_id", sa.Integer(), nullable=True),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("device_words", sa.String(length=120), server_default="", nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("seen_at", types.Instant(), nullable=False),
        sa.Column("expires_at", types.Instant(), nullable=False),
        sa.Column("ended_at", types.Instant(), nullable=True),
        sa.CheckConstraint("door IN ('parent', 'staff')", name=op.f("ck_session_door")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sa.UniqueConstraint("public_id", name=op.f("uq_session_public_id")),
    )
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.create_index("ix_session_point", ["point_value"], unique=False)
        batch_op.create_index("ix_session_token_hash", ["token_hash"], unique=True)

    op.create_table(
        "sign_in_code",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("door", sa.String(length=8), nullable=False),
        sa.Column("browser_hash", sa.String(length=64), nullable=False),
        sa.Column("point_kind", sa.String(length=10), nullable=False),
        sa.Column("point_value", sa.String(length=254), nullable=False),
        sa.Column("known", sa.Boolean(), nullable=False),
        sa.Column("code_hash", sa.String(length=200), nullable=False),
        sa.Column("tries_left", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("expires_at", types.Instant(), nullable=False),
        sa.Column("used_at", types.Instant(), nullable=True),
        sa.CheckConstraint("door IN ('parent', 'staff')", name=op.f("ck_sign_in_code_door")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_code")),
    )
    with op.batch_alter_table("sign_in_code", schema=None) as batch_op:
        batch_op.create_index("ix_sign_in_code_browser", ["browser_hash", "created_at"], unique=False)

    op.create_table(
        "worker_beat",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("started_at", types.Instant(), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_worker_beat")),
    )
    op.create_table(
        "contact",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=True),
        sa.Column("title", sa.String(length=20), server_default="", nullable=False),
        sa.Column("first_name", sa.String(length=100), nullable=False),
        sa.Column("last_name", sa.String(length=100), nullable=False),
        sa.Column("language", sa.String(length=12), server_default="en", nullable=False),
        sa.Column("needs_interpreter", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("child_words", sa.String(length=12), server_default="name", nullable=False),
        sa.Column("prefers_voice", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("address_confidential", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("child_words IN ('name', 'your_child')", name=op.f("ck_contact_child_words")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_contact_organisation_id")),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_contact")),
        sa.UniqueConstraint("organisation_id", "public_id", name=op.f("uq_contact_organisation_id_public_id")),
        sa.UniqueConstraint("organisation_id", "reference", name=op.f("uq_contact_organisation_id_reference")),
    )
    op.create_table(
        "file",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content_type", sa.String(length=120), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_file_organisation_id")),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_file")),
        sa.UniqueConstraint("organisation_id", "sha256", name=op.f("uq_file_organisation_id_sha256")),
    )
    op.create_table(
        "organisation_setting",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("value", sa.String(length=2000), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_organisation_setting_organisation_id")
        ),
        sa.PrimaryKeyConstraint("organisation_id", "key", "effective_from", name=op.f("pk_organisation_setting")),
    )
    op.create_table(
        "pupil",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("upn", sa.String(length=13), nullable=True),
        sa.Column("legal_first_name", sa.String(length=100), nullable=False),
        sa.Column("first_name", sa.String(length=100), nullable=False),
        sa.Column("last_name", sa.String(length=100), nullable=False),
        sa.Column("date_of_birth", sa.Date(), nullable=False),
        sa.Column("sex", sa.String(length=1), nullable=False),
        sa.Column("ethnicity", sa.String(length=8), nullable=True),
        sa.Column("first_language", sa.String(length=12), server_default="en", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_pupil_organisation_id")),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_pupil")),
        sa.UniqueConstraint("organisation_id", "public_id", name=op.f("uq_pupil_organisation_id_public_id")),
        sa.UniqueConstraint("organisation_id", "upn", name=op.f("uq_pupil_organisation_id_upn")),
    )
    op.create_table(
        "school",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("sms_name", sa.String(length=24), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("urn", sa.String(length=6), nullable=True),
        sa.Column("dfe_number", sa.String(length=7), nullable=True),
        sa.Column("colour", sa.SmallInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_school_organisation_id")),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_school")),
        sa.UniqueConstraint("organisation_id", "code", name=op.f("uq_school_organisation_id_code")),
        sa.UniqueConstraint("organisation_id", "public_id", name=op.f("uq_school_organisation_id_public_id")),
    )
    op.create_table(
        "staff",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(length=20), server_default="", nullable=False),
        sa.Column("first_name", sa.String(length=100), nullable=False),
        sa.Column("last_name", sa.String(length=100), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("mobile", sa.String(length=20), nullable=True),
        sa.Column("position", sa.String(length=120), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_staff_organisation_id")),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_staff")),
        sa.UniqueConstraint("organisation_id", "email", name=op.f("uq_staff_organisation_id_email")),
        sa.UniqueConstraint("organisation_id", "public_id", name=op.f("uq_staff_organisation_id_public_id")),
    )
    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.create_index("ix_staff_email", ["email"], unique=False)

    op.create_table(
        "submission",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("actor", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("result", types.Json(), nullable=False),
        sa.Column("received_at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_submission_organisation_id")),
        sa.PrimaryKeyConstraint("organisation_id", "actor", "key", name=op.f("pk_submission")),
    )
    op.create_table(
        "trail_entry",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.Column("actor_kind", sa.String(length=12), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("actor_position", sa.String(length=120), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject_kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("pupil_id", sa.Integer(), nullable=True),
        sa.Column("detail", types.Json(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_trail_entry_organisation_id")),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_trail_entry")),
    )
    with op.batch_alter_table("trail_entry", schema=None) as batch_op:
        batch_op.create_index("ix_trail_entry_pupil", ["organisation_id", "pupil_id", "at"], unique=False)
        batch_op.create_index(
            "ix_trail_entry_subject", ["organisation_id", "subject_kind", "subject_id", "at"], unique=False
        )

    op.create_table(
        "calendar_event",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("half", sa.String(length=3), server_default="all", nullable=False),
        sa.Column("year_groups", sa.String(length=60), server_default="", nullable=False),
        sa.Column("reason", sa.String(length=200), server_default="", nullable=False),
        sa.CheckConstraint("half IN ('am', 'pm', 'all')", name=op.f("ck_calendar_event_half")),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_calendar_event_dates")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "school_id"],
            ["school.organisation_id", "school.id"],
            name=op.f("fk_calendar_event_organisation_id_school_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_calendar_event")),
        sa.UniqueConstraint(
            "organisation_id",
            "school_id",
            "kind",
            "starts_on",
            "half",
            "year_groups",
            name=op.f("uq_calendar_event_organisation_id_school_id_kind_starts_on_half_year_groups"),
        ),
    )
    op.create_table(
        "contact_point",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("value", sa.String(length=254), nullable=False),
        sa.Column("priority", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("state", sa.String(length=10), server_default="usable", nullable=False),
        sa.Column("state_reason", sa.String(length=120), server_default="", nullable=False),
        sa.Column("state_changed_at", types.Instant(), nullable=True),
        sa.CheckConstraint("kind IN ('mobile', 'landline', 'email')", name=op.f("ck_contact_point_kind")),
        sa.CheckConstraint("state IN ('usable', 'bad', 'opted_out')", name=op.f("ck_contact_point_state")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "contact_id"],
            ["contact.organisation_id", "contact.id"],
            name=op.f("fk_contact_point_organisation_id_contact_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_contact_point")),
        sa.UniqueConstraint(
            "organisation_id", "contact_id", "value", name=op.f("uq_contact_point_organisation_id_contact_id_value")
        ),
    )
    with op.batch_alter_table("contact_point", schema=None) as batch_op:
        batch_op.create_index("ix_contact_point_value", ["value"], unique=False)

    op.create_table(
        "court_order",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("pupil_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("denies", sa.String(length=120), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("document_reference", sa.String(length=120), server_default="", nullable=False),
        sa.Column("verified_by", sa.String(length=200), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "contact_id"],
            ["contact.organisation_id", "contact.id"],
            name=op.f("fk_court_order_organisation_id_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "pupil_id"],
            ["pupil.organisation_id", "pupil.id"],
            name=op.f("fk_court_order_organisation_id_pupil_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_court_order")),
    )
    with op.batch_alter_table("court_order", schema=None) as batch_op:
        batch_op.create_index("ix_court_order_pupil", ["organisation_id", "pupil_id", "contact_id"], unique=False)

    op.create_table(
        "enrolment",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("pupil_id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), server_default="main", nullable=False),
        sa.Column("admission_number", sa.String(length=24), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.CheckConstraint("kind IN ('main', 'dual_main', 'dual_subsidiary')", name=op.f("ck_enrolment_kind")),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_enrolment_dates")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "pupil_id"],
            ["pupil.organisation_id", "pupil.id"],
            name=op.f("fk_enrolment_organisation_id_pupil_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "school_id"],
            ["school.organisation_id", "school.id"],
            name=op.f("fk_enrolment_organisation_id_school_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_enrolment")),
        sa.UniqueConstraint(
            "organisation_id",
            "pupil_id",
            "school_id",
            "starts_on",
            name=op.f("uq_enrolment_organisation_id_pupil_id_school_id_starts_on"),
        ),
        sa.UniqueConstraint(
            "organisation_id", "school_id", "id", name=op.f("uq_enrolment_organisation_id_school_id_id")
        ),
    )
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.create_index(
            "ix_enrolment_school_dates", ["organisation_id", "school_id", "starts_on", "ends_on"], unique=False
        )

    op.create_table(
        "first_day_run",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("half", sa.SmallInteger(), nullable=False),
        sa.Column("started_at", types.Instant(), nullable=False),
        sa.Column("finished_at", types.Instant(), nullable=True),
        sa.Column("opened", sa.Integer(), server_default="0", nullable=False),
        sa.Column("messages", sa.Integer(), server_default="0", nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.CheckConstraint("half IN (0, 1)", name=op.f("ck_first_day_run_half")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "school_id"],
            ["school.organisation_id", "school.id"],
            name=op.f("fk_first_day_run_organisation_id_school_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "school_id", "date", "half", name=op.f("pk_first_day_run")),
    )
    op.create_table(
        "form",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=24), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "school_id"],
            ["school.organisation_id", "school.id"],
            name=op.f("fk_form_organisation_id_school_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_form")),
        sa.UniqueConstraint("organisation_id", "school_id", "id", name=op.f("uq_form_organisation_id_school_id_id")),
        sa.UniqueConstraint(
            "organisation_id", "school_id", "name", name=op.f("uq_form_organisation_id_school_id_name")
        ),
    )
    op.create_table(
        "import_run",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("file_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("confirmed", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("counts", types.Json(), nullable=False),
        sa.Column("preview", types.Json(), nullable=False),
        sa.Column("actor_kind", sa.String(length=12), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("actor_position", sa.String(length=120), server_default="", nullable=False),
        sa.Column("staged_at", types.Instant(), nullable=False),
        sa.Column("applied_at", types.Instant(), nullable=True),
        sa.Column("version", sa.SmallInteger(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "kind IN ('pupils', 'contacts', 'staff', 'calendar', 'marks')", name=op.f("ck_import_run_kind")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "file_id"],
            ["file.organisation_id", "file.id"],
            name=op.f("fk_import_run_organisation_id_file_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "school_id"],
            ["school.organisation_id", "school.id"],
            name=op.f("fk_import_run_organisation_id_school_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_import_run")),
        sa.UniqueConstraint("organisation_id", "public_id", name=op.f("uq_import_run_organisation_id_public_id")),
    )
    with op.batch_alter_table("import_run", schema=None) as batch_op:
        batch_op.create_index(
            "ix_import_run_school", ["organisation_id", "school_id", "kind", "applied_at"], unique=False
        )

    op.create_table(
        "message",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("urgency", sa.String(length=12), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("about_kind", sa.String(length=24), nullable=False),
        sa.Column("about_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("words", types.Json(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("deadline", types.Instant(), nullable=True),
        sa.Column("read_at", types.Instant(), nullable=True),
        sa.CheckConstraint("(contact_id IS NULL) <> (staff_id IS NULL)", name=op.f("ck_message_one_person")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "contact_id"],
            ["contact.organisation_id", "contact.id"],
            name=op.f("fk_message_organisation_id_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "school_id"],
            ["school.organisation_id", "school.id"],
            name=op.f("fk_message_organisation_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "staff_id"],
            ["staff.organisation_id", "staff.id"],
            name=op.f("fk_message_organisation_id_staff_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_message")),
        sa.UniqueConstraint("organisation_id", "key", name=op.f("uq_message_organisation_id_key")),
        sa.UniqueConstraint("organisation_id", "public_id", name=op.f("uq_message_organisation_id_public_id")),
    )
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index("ix_message_about", ["organisation_id", "about_kind", "about_id"], unique=False)
        batch_op.create_index("ix_message_contact", ["organisation_id", "contact_id", "created_at"], unique=False)

    op.create_table(
        "pupil_contact",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("pupil_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("relationship", sa.String(length=40), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("is_parent", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("parental_responsibility", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("lives_with", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("may_view_attendance", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("may_view_plans", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("may_view_messages", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("may_report", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("may_request_leave", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("may_collect", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("do_not_contact", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "contact_id"],
            ["contact.organisation_id", "contact.id"],
            name=op.f("fk_pupil_contact_organisation_id_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "pupil_id"],
            ["pupil.organisation_id", "pupil.id"],
            name=op.f("fk_pupil_contact_organisation_id_pupil_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "pupil_id", "contact_id", name=op.f("pk_pupil_contact")),
    )
    with op.batch_alter_table("pupil_contact", schema=None) as batch_op:
        batch_op.create_index("ix_pupil_contact_contact", ["organisation_id", "contact_id"], unique=False)

    op.create_table(
        "pupil_group",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("pupil_id", sa.Integer(), nullable=False),
        sa.Column("group", sa.String(length=32), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_pupil_group_dates")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "pupil_id"],
            ["pupil.organisation_id", "pupil.id"],
            name=op.f("fk_pupil_group_organisation_id_pupil_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "pupil_id", "group", "starts_on", name=op.f("pk_pupil_group")),
    )
    op.create_table(
        "push_subscription",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("endpoint", sa.String(length=500), nullable=False),
        sa.Column("p256dh", sa.String(length=120), nullable=False),
        sa.Column("auth", sa.String(length=40), nullable=False),
        sa.Column("device_words", sa.String(length=120), server_default="", nullable=False),
        sa.Column("state", sa.String(length=8), server_default="live", nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("checked_at", types.Instant(), nullable=True),
        sa.Column("gone_at", types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id", "contact_id"],
            ["contact.organisation_id", "contact.id"],
            name=op.f("fk_push_subscription_organisation_id_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "staff_id"],
            ["staff.organisation_id", "staff.id"],
            name=op.f("fk_push_subscription_organisation_id_staff_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_push_subscription")),
        sa.UniqueConstraint("organisation_id", "endpoint", name=op.f("uq_push_subscription_organisation_id_endpoint")),
        sa.UniqueConstraint(
            "organisation_id", "public_id", name=op.f("uq_push_subscription_organisation_id_public_id")
        ),
    )
    with op.batch_alter_table("push_subscription", schema=None) as batch_op:
        batch_op.create_index("ix_push_subscription_contact", ["organisation_id", "contact_id", "state"], unique=False)

    op.create_table(
        "school_setting",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("value", sa.String(length=2000), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "school_id"],
            ["school.organisation_id", "school.id"],
            name=op.f("fk_school_setting_organisation_id_school_id"),
        ),
        sa.PrimaryKeyConstraint(
            "organisation_id", "school_id", "key", "effective_from", name=op.f("pk_school_setting")
        ),
    )
    op.create_table(
        "session_contact",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "contact_id"],
            ["contact.organisation_id", "contact.id"],
            name=op.f("fk_session_contact_organisation_id_contact_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "contact_id", "session_id", name=op.f("pk_session_contact")),
    )
    with op.batch_alter_table("session_contact", schema=None) as batch_op:
        batch_op.create_index("ix_session_contact_session", ["session_id"], unique=False)

    op.create_table(
        "single_task_link",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("subjects", types.Json(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("expires_at", types.Instant(), nullable=False),
        sa.Column("opened_at", types.Instant(), nullable=True),
        sa.Column("used_at", types.Instant(), nullable=True),
        sa.Column("outcome", sa.String(length=32), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "contact_id"],
            ["contact.organisation_id", "contact.id"],
            name=op.f("fk_single_task_link_organisation_id_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "school_id"],
            ["school.organisation_id", "school.id"],
            name=op.f("fk_single_task_link_organisation_id_school_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_single_task_link")),
    )
    with op.batch_alter_table("single_task_link", schema=None) as batch_op:
        batch_op.create_index("ix_single_task_link_token_hash", ["token_hash"], unique=False)

    op.create_table(
        "staff_role",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=24), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_staff_role_dates")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "school_id"],
            ["school.organisation_id", "school.id"],
            name=op.f("fk_staff_role_organisation_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "staff_id"],
            ["staff.organisation_id", "staff.id"],
            name=op.f("fk_staff_role_organisation_id_staff_id"),
        ),
        sa.PrimaryKeyConstraint(
            "organisation_id", "staff_id", "school_id", "role", "starts_on", name=op.f("pk_staff_role")
        ),
    )
    op.create_table(
        "task",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("pupil_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject_kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("owner_role", sa.String(length=24), nullable=True),
        sa.Column("due_at", types.Instant(), nullable=False),
        sa.Column("state", sa.String(length=12), server_default="open", nullable=False),
        sa.Column("closed_at", types.Instant(), nullable=True),
        sa.Column("closed_by", sa.String(length=200), server_default="", nullable=False),
        sa.Column("note", sa.String(length=2000), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("state IN ('open', 'done', 'passed_on', 'withdrawn')", name=op.f("ck_task_state")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "owner_id"],
            ["staff.organisation_id", "staff.id"],
            name=op.f("fk_task_organisation_id_owner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "pupil_id"],
            ["pupil.organisation_id", "pupil.id"],
            name=op.f("fk_task_organisation_id_pupil_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "school_id"],
            ["school.organisation_id", "school.id"],
            name=op.f("fk_task_organisation_id_school_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_task")),
        sa.UniqueConstraint(
            "organisation_id",
            "kind",
            "subject_kind",
            "subject_id",
            name=op.f("uq_task_organisation_id_kind_subject_kind_subject_id"),
        ),
        sa.UniqueConstraint("organisation_id", "public_id", name=op.f("uq_task_organisation_id_public_id")),
    )
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.create_index(
            "ix_task_owner", ["organisation_id", "school_id", "owner_id", "state", "due_at"], unique=False
        )

    op.create_table(
        "term",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_term_dates")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "school_id"],
            ["school.organisation_id", "school.id"],
            name=op.f("fk_term_organisation_id_school_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_term")),
        sa.UniqueConstraint(
            "organisation_id", "school_id", "starts_on", name=op.f("uq_term_organisation_id_school_id_starts_on")
        ),
    )
    op.create_table(
        "work",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("slot", sa.String(length=64), server_default="", nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("ready", sa.Boolean(), nullable=False),
        sa.Column("due_at", types.Instant(), nullable=False),
        sa.Column("school_due_at", types.Instant(), nullable=True),
        sa.Column("lease_until", types.Instant(), nullable=True),
        sa.Column("worker", sa.String(length=80), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("max_attempts", sa.SmallInteger(), nullable=True),
        sa.Column("percent", sa.SmallInteger(), nullable=True),
        sa.Column("progress_words", sa.String(length=200), server_default="", nullable=False),
        sa.Column("payload", types.Json(), nullable=False),
        sa.Column("last_error", sa.String(length=1000), server_default="", nullable=False),
        sa.Column("result_file_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("finished_at", types.Instant(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'failed', 'cancelled')", name=op.f("ck_work_state")
        ),
        sa.CheckConstraint("percent BETWEEN 0 AND 100", name=op.f("ck_work_percent")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "result_file_id"],
            ["file.organisation_id", "file.id"],
            name=op.f("fk_work_organisation_id_result_file_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "school_id"],
            ["school.organisation_id", "school.id"],
            name=op.f("fk_work_organisation_id_school_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_work_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work")),
        sa.UniqueConstraint("subject", "kind", "slot", name=op.f("uq_work_subject_kind_slot")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("work", schema=None) as batch_op:
        batch_op.create_index(
            "ix_work_due",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("state = 'waiting' AND ready = true"),
            postgresql_where=sa.text("state = 'waiting' AND ready = true"),
        )
        batch_op.create_index(
            "ix_work_failed",
            ["organisation_id", "school_id", "kind"],
            unique=False,
            sqlite_where=sa.text("state = 'failed'"),
            postgresql_where=sa.text("state = 'failed'"),
        )
        batch_op.create_index(
            "ix_work_later",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("state = 'waiting' AND ready = false"),
            postgresql_where=sa.text("state = 'waiting' AND ready = false"),
        )
        batch_op.create_index(
            "ix_work_lease",
            ["lease_until"],
            unique=False,
            sqlite_where=sa.text("state = 'running'"),
            postgresql_where=sa.text("state = 'running'"),
        )
        batch_op.create_index(
            "ix_work_ready",
            ["priority", "turn", "due_at", "id"],
            unique=False,
            sqlite_where=sa.text("state = 'waiting' AND ready = true"),
            postgresql_where=sa.text("state = 'waiting' AND ready = true"),
        )

    op.create_table(
        "absence_report",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("told_by", sa.String(length=200), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("leaves_at", sa.Time(), nullable=True),
        sa.Column("arrives_at", sa.Time(), nullable=True),
        sa.Column("reason", sa.String(length=24), nullable=False),
        sa.Column("symptoms", sa.String(length=120), server_default="", nullable=False),
        sa.Column("words", sa.String(length=2000), server_default="", nullable=False),
        sa.Column("wants_call", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("back_on", sa.Date(), nullable=True),
        sa.Column("suggested_code", sa.String(length=2), nullable=False),
        sa.Column("read_first", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("not_sure", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("danger", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("after_close", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("expected_at", types.Instant(), nullable=True),
        sa.Column("sent_at", types.Instant(), nullable=False),
        sa.Column("phone_time", types.Instant(), nullable=True),
        sa.Column("read_at", types.Instant(), nullable=True),
        sa.Column("read_by", sa.String(length=200), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_absence_report_dates")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "contact_id"],
            ["contact.organisation_id", "contact.id"],
            name=op.f("fk_absence_report_organisation_id_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "school_id", "enrolment_id"],
            ["enrolment.organisation_id", "enrolment.school_id", "enrolment.id"],
            name=op.f("fk_absence_report_organisation_id_school_id_enrolment_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_absence_report")),
        sa.UniqueConstraint("organisation_id", "public_id", name=op.f("uq_absence_report_organisation_id_public_id")),
    )
    with op.batch_alter_table("absence_report", schema=None) as batch_op:
        batch_op.create_index(
            "ix_absence_report_days", ["organisation_id", "school_id", "ends_on", "starts_on"], unique=False
        )
        batch_op.create_index(
            "ix_absence_report_enrolment", ["organisation_id", "enrolment_id", "ends_on"], unique=False
        )

    op.create_table(
        "delivery",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("address", sa.String(length=500), nullable=False),
        sa.Column("subject", sa.String(length=200), server_default="", nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=True),
        sa.Column("segments", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("provider", sa.String(length=16), server_default="", nullable=False),
        sa.Column("provider_id", sa.String(length=80), nullable=True),
        sa.Column("token", sa.String(length=40), nullable=False),
        sa.Column("error_code", sa.String(length=16), server_default="", nullable=False),
        sa.Column("error_words", sa.String(length=200), server_default="", nullable=False),
        sa.Column("unless_seen", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("tries", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("repeats", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("due_at", types.Instant(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("sent_at", types.Instant(), nullable=True),
        sa.Column("delivered_at", types.Instant(), nullable=True),
        sa.Column("opened_at", types.Instant(), nullable=True),
        sa.Column("failed_at", types.Instant(), nullable=True),
        sa.CheckConstraint("channel IN ('sms', 'push', 'email')", name=op.f("ck_delivery_channel")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "message_id"],
            ["message.organisation_id", "message.id"],
            name=op.f("fk_delivery_organisation_id_message_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "school_id"],
            ["school.organisation_id", "school.id"],
            name=op.f("fk_delivery_organisation_id_school_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_delivery")),
        sa.UniqueConstraint(
            "organisation_id",
            "message_id",
            "channel",
            "address",
            name=op.f("uq_delivery_organisation_id_message_id_channel_address"),
        ),
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index("ix_delivery_address", ["address", "created_at"], unique=False)
        batch_op.create_index(
            "ix_delivery_open",
            ["organisation_id", "school_id", "due_at"],
            unique=False,
            sqlite_where=sa.text("state IN ('waiting', 'unknown')"),
            postgresql_where=sa.text("state IN ('waiting', 'unknown')"),
        )
        batch_op.create_index("ix_delivery_provider_id", ["provider", "provider_id"], unique=False)
        batch_op.create_index("ix_delivery_token", ["token"], unique=False)

    op.create_table(
        "expectation",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("half", sa.SmallInteger(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("code", sa.String(length=2), nullable=False),
        sa.Column("place", sa.String(length=120), server_default="", nullable=False),
        sa.Column("starts_at", types.Instant(), nullable=True),
        sa.Column("ends_at", types.Instant(), nullable=True),
        sa.Column("confirmed_at", types.Instant(), nullable=True),
        sa.Column("confirmed_by", sa.String(length=200), server_default="", nullable=False),
        sa.Column("source_kind", sa.String(length=24), server_default="", nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("half IN (0, 1)", name=op.f("ck_expectation_half")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "school_id", "enrolment_id"],
            ["enrolment.organisation_id", "enrolment.school_id", "enrolment.id"],
            name=op.f("fk_expectation_organisation_id_school_id_enrolment_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "enrolment_id", "date", "half", name=op.f("pk_expectation")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("expectation", schema=None) as batch_op:
        batch_op.create_index("ix_expectation_day", ["organisation_id", "school_id", "date", "half"], unique=False)

    op.create_table(
        "first_day_case",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("half", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("alarm", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("opened_at", types.Instant(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("owner_role", sa.String(length=24), nullable=False),
        sa.Column("next_step", sa.String(length=24), nullable=False),
        sa.Column("next_contact_id", sa.Integer(), nullable=True),
        sa.Column("next_due_at", types.Instant(), nullable=True),
        sa.Column("ringing_by_id", sa.Integer(), nullable=True),
        sa.Column("ringing_by", sa.String(length=200), server_default="", nullable=False),
        sa.Column("ringing_until", types.Instant(), nullable=True),
        sa.Column("outcome", sa.String(length=24), server_default="", nullable=False),
        sa.Column("outcome_words", sa.String(length=500), server_default="", nullable=False),
        sa.Column("last_words", sa.String(length=200), server_default="", nullable=False),
        sa.Column("closed_at", types.Instant(), nullable=True),
        sa.Column("closed_by", sa.String(length=200), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("state = 'closed' OR next_due_at IS NOT NULL", name=op.f("ck_first_day_case_next_step")),
        sa.CheckConstraint("half IN (0, 1)", name=op.f("ck_first_day_case_half")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "owner_id"],
            ["staff.organisation_id", "staff.id"],
            name=op.f("fk_first_day_case_organisation_id_owner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "school_id", "enrolment_id"],
            ["enrolment.organisation_id", "enrolment.school_id", "enrolment.id"],
            name=op.f("fk_first_day_case_organisation_id_school_id_enrolment_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_first_day_case")),
        sa.UniqueConstraint(
            "organisation_id",
            "enrolment_id",
            "date",
            "half",
            name=op.f("uq_first_day_case_organisation_id_enrolment_id_date_half"),
        ),
        sa.UniqueConstraint("organisation_id", "public_id", name=op.f("uq_first_day_case_organisation_id_public_id")),
    )
    with op.batch_alter_table("first_day_case", schema=None) as batch_op:
        batch_op.create_index("ix_first_day_case_day", ["organisation_id", "school_id", "date", "half"], unique=False)

    op.create_table(
        "form_staff",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("form_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id", "form_id"],
            ["form.organisation_id", "form.id"],
            name=op.f("fk_form_staff_organisation_id_form_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "staff_id"],
            ["staff.organisation_id", "staff.id"],
            name=op.f("fk_form_staff_organisation_id_staff_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "form_id", "staff_id", "starts_on", name=op.f("pk_form_staff")),
    )
    op.create_table(
        "import_rejection",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=120), nullable=False),
        sa.Column("value", sa.String(length=200), nullable=False),
        sa.Column("mend", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "run_id"],
            ["import_run.organisation_id", "import_run.id"],
            name=op.f("fk_import_rejection_organisation_id_run_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "run_id", "number", name=op.f("pk_import_rejection")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "inbound_message",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("provider", sa.String(length=16), nullable=False),
        sa.Column("provider_id", sa.String(length=80), nullable=False),
        sa.Column("sender", sa.String(length=254), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("received_at", types.Instant(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("enrolment_id", sa.Integer(), nullable=True),
        sa.Column("answers_message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("candidates", types.Json(), nullable=False),
        sa.Column("reading", sa.String(length=24), server_default="", nullable=False),
        sa.Column("suggestion", types.Json(), nullable=False),
        sa.Column("danger", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("state", sa.String(length=8), server_default="new", nullable=False),
        sa.Column("settled_at", types.Instant(), nullable=True),
        sa.Column("settled_by", sa.String(length=200), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "contact_id"],
            ["contact.organisation_id", "contact.id"],
            name=op.f("fk_inbound_message_organisation_id_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "enrolment_id"],
            ["enrolment.organisation_id", "enrolment.id"],
            name=op.f("fk_inbound_message_organisation_id_enrolment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "school_id"],
            ["school.organisation_id", "school.id"],
            name=op.f("fk_inbound_message_organisation_id_school_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_inbound_message")),
        sa.UniqueConstraint(
            "organisation_id",
            "provider",
            "provider_id",
            name=op.f("uq_inbound_message_organisation_id_provider_provider_id"),
        ),
        sa.UniqueConstraint("organisation_id", "public_id", name=op.f("uq_inbound_message_organisation_id_public_id")),
    )
    with op.batch_alter_table("inbound_message", schema=None) as batch_op:
        batch_op.create_index(
            "ix_inbound_message_inbox", ["organisation_id", "school_id", "state", "received_at"], unique=False
        )

    op.create_table(
        "mark_amendment",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("half", sa.SmallInteger(), nullable=False),
        sa.Column("original_code", sa.String(length=2), nullable=True),
        sa.Column("original_minutes_late", sa.SmallInteger(), nullable=True),
        sa.Column("amended_code", sa.String(length=2), nullable=True),
        sa.Column("amended_minutes_late", sa.SmallInteger(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("amended_at", types.Instant(), nullable=False),
        sa.Column("actor_kind", sa.String(length=12), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("actor_position", sa.String(length=120), nullable=False),
        sa.Column("source", sa.String(length=12), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "enrolment_id"],
            ["enrolment.organisation_id", "enrolment.id"],
            name=op.f("fk_mark_amendment_organisation_id_enrolment_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_mark_amendment")),
    )
    with op.batch_alter_table("mark_amendment", schema=None) as batch_op:
        batch_op.create_index(
            "ix_mark_amendment_session", ["organisation_id", "enrolment_id", "date", "half"], unique=False
        )

    op.create_table(
        "mark_conflict",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("half", sa.SmallInteger(), nullable=False),
        sa.Column("ours", sa.String(length=2), nullable=True),
        sa.Column("theirs", sa.String(length=2), nullable=False),
        sa.Column("found_at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "enrolment_id"],
            ["enrolment.organisation_id", "enrolment.id"],
            name=op.f("fk_mark_conflict_organisation_id_enrolment_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "enrolment_id", "date", "half", name=op.f("pk_mark_conflict")),
    )
    op.create_table(
        "mark_note",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("half", sa.SmallInteger(), nullable=False),
        sa.Column("code", sa.String(length=2), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "enrolment_id"],
            ["enrolment.organisation_id", "enrolment.id"],
            name=op.f("fk_mark_note_organisation_id_enrolment_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "enrolment_id", "date", "half", "code", name=op.f("pk_mark_note")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "message_pupil",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("pupil_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "message_id"],
            ["message.organisation_id", "message.id"],
            name=op.f("fk_message_pupil_organisation_id_message_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "pupil_id"],
            ["pupil.organisation_id", "pupil.id"],
            name=op.f("fk_message_pupil_organisation_id_pupil_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "pupil_id", "message_id", name=op.f("pk_message_pupil")),
    )
    with op.batch_alter_table("message_pupil", schema=None) as batch_op:
        batch_op.create_index("ix_message_pupil_message", ["organisation_id", "message_id"], unique=False)

    op.create_table(
        "placement",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("year_group", sa.SmallInteger(), nullable=False),
        sa.Column("form_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_placement_dates")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "school_id", "enrolment_id"],
            ["enrolment.organisation_id", "enrolment.school_id", "enrolment.id"],
            name=op.f("fk_placement_organisation_id_school_id_enrolment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "school_id", "form_id"],
            ["form.organisation_id", "form.school_id", "form.id"],
            name=op.f("fk_placement_organisation_id_school_id_form_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "school_id", "enrolment_id", "starts_on", name=op.f("pk_placement")),
    )
    with op.batch_alter_table("placement", schema=None) as batch_op:
        batch_op.create_index(
            "ix_placement_form", ["organisation_id", "school_id", "form_id", "starts_on"], unique=False
        )

    op.create_table(
        "pupil_year",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("possible", sa.SmallInteger(), nullable=False),
        sa.Column("present", sa.SmallInteger(), nullable=False),
        sa.Column("authorised", sa.SmallInteger(), nullable=False),
        sa.Column("unauthorised", sa.SmallInteger(), nullable=False),
        sa.Column("late", sa.SmallInteger(), nullable=False),
        sa.Column("unresolved", sa.SmallInteger(), nullable=False),
        sa.Column("illness", sa.SmallInteger(), nullable=False),
        sa.Column("brought_in", sa.Boolean(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "school_id", "enrolment_id"],
            ["enrolment.organisation_id", "enrolment.school_id", "enrolment.id"],
            name=op.f("fk_pupil_year_organisation_id_school_id_enrolment_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "school_id", "year", "enrolment_id", name=op.f("pk_pupil_year")),
        postgresql_with={"fillfactor": 60},
        sqlite_with_rowid=False,
    )
    op.create_table(
        "register",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("half", sa.SmallInteger(), nullable=False),
        sa.Column("form_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("taken_at", types.Instant(), nullable=True),
        sa.Column("taken_by", sa.String(length=200), server_default="", nullable=False),
        sa.Column("source", sa.String(length=12), server_default="", nullable=False),
        sa.Column("chased_at", types.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("half IN (0, 1)", name=op.f("ck_register_half")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "school_id", "form_id"],
            ["form.organisation_id", "form.school_id", "form.id"],
            name=op.f("fk_register_organisation_id_school_id_form_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "school_id"],
            ["school.organisation_id", "school.id"],
            name=op.f("fk_register_organisation_id_school_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "school_id", "date", "half", "form_id", name=op.f("pk_register")),
    )
    op.create_table(
        "sighting",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("back_by", types.Instant(), nullable=True),
        sa.Column("minutes_late", sa.SmallInteger(), nullable=True),
        sa.Column("place", sa.String(length=80), server_default="", nullable=False),
        sa.Column("reason", sa.String(length=500), server_default="", nullable=False),
        sa.Column("collected_by_id", sa.Integer(), nullable=True),
        sa.Column("collector_known", sa.Boolean(), server_default="1", nullable=False),
        sa.Column("collected_by_name", sa.String(length=200), server_default="", nullable=False),
        sa.Column("seen_by", sa.String(length=200), nullable=False),
        sa.Column("struck_at", types.Instant(), nullable=True),
        sa.Column("struck_reason", sa.String(length=500), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "collected_by_id"],
            ["contact.organisation_id", "contact.id"],
            name=op.f("fk_sighting_organisation_id_collected_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "school_id", "enrolment_id"],
            ["enrolment.organisation_id", "enrolment.school_id", "enrolment.id"],
            name=op.f("fk_sighting_organisation_id_school_id_enrolment_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_sighting")),
        sa.UniqueConstraint("organisation_id", "public_id", name=op.f("uq_sighting_organisation_id_public_id")),
    )
    with op.batch_alter_table("sighting", schema=None) as batch_op:
        batch_op.create_index("ix_sighting_day", ["organisation_id", "school_id", "date", "enrolment_id"], unique=False)

    op.create_table(
        "case_event",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.String(length=16), server_default="", nullable=False),
        sa.Column("words", sa.String(length=1000), server_default="", nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id", "case_id"],
            ["first_day_case.organisation_id", "first_day_case.id"],
            name=op.f("fk_case_event_organisation_id_case_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_case_event")),
    )
    with op.batch_alter_table("case_event", schema=None) as batch_op:
        batch_op.create_index("ix_case_event_case", ["organisation_id", "case_id", "at"], unique=False)

    op.create_table(
        "provider_event",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("provider", sa.String(length=16), nullable=False),
        sa.Column("event_key", sa.String(length=120), nullable=False),
        sa.Column("delivery_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("error_code", sa.String(length=16), server_default="", nullable=False),
        sa.Column("received_at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "delivery_id"],
            ["delivery.organisation_id", "delivery.id"],
            name=op.f("fk_provider_event_organisation_id_delivery_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_provider_event")),
        sa.UniqueConstraint(
            "organisation_id",
            "provider",
            "event_key",
            name=op.f("uq_provider_event_organisation_id_provider_event_key"),
        ),
    )
    op.create_table(
        "report_decision",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("report_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("half", sa.SmallInteger(), nullable=False),
        sa.Column("code", sa.String(length=2), nullable=False),
        sa.Column("previous_code", sa.String(length=2), nullable=True),
        sa.Column("previous_minutes_late", sa.SmallInteger(), nullable=True),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=500), server_default="", nullable=False),
        sa.Column("decided_at", types.Instant(), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=False),
        sa.Column("decided_by", sa.String(length=200), nullable=False),
        sa.Column("told_due_at", types.Instant(), nullable=False),
        sa.Column("told_at", types.Instant(), nullable=True),
        sa.Column("undone_at", types.Instant(), nullable=True),
        sa.Column("undone_by", sa.String(length=200), server_default="", nullable=False),
        sa.CheckConstraint("half IN (0, 1)", name=op.f("ck_report_decision_half")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "report_id"],
            ["absence_report.organisation_id", "absence_report.id"],
            name=op.f("fk_report_decision_organisation_id_report_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_report_decision")),
    )
    with op.batch_alter_table("report_decision", schema=None) as batch_op:
        batch_op.create_index("ix_report_decision_report", ["organisation_id", "report_id"], unique=False)

    op.create_table(
        "report_event",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("report_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("before", types.Json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "report_id"],
            ["absence_report.organisation_id", "absence_report.id"],
            name=op.f("fk_report_event_organisation_id_report_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_report_event")),
    )
    with op.batch_alter_table("report_event", schema=None) as batch_op:
        batch_op.create_index("ix_report_event_report", ["organisation_id", "report_id", "at"], unique=False)

    op.create_table(
        "report_file",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("report_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("upload", sa.String(length=40), nullable=False),
        sa.Column("file_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("added_at", types.Instant(), nullable=False),
        sa.Column("removed_at", types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id", "file_id"],
            ["file.organisation_id", "file.id"],
            name=op.f("fk_report_file_organisation_id_file_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "report_id"],
            ["absence_report.organisation_id", "absence_report.id"],
            name=op.f("fk_report_file_organisation_id_report_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_report_file")),
        sa.UniqueConstraint("organisation_id", "public_id", name=op.f("uq_report_file_organisation_id_public_id")),
        sa.UniqueConstraint(
            "organisation_id", "report_id", "upload", name=op.f("uq_report_file_organisation_id_report_id_upload")
        ),
    )
    op.create_table(
        "report_message",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("report_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("side", sa.String(length=8), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("read_at", types.Instant(), nullable=True),
        sa.CheckConstraint("side IN ('school', 'family')", name=op.f("ck_report_message_side")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "report_id"],
            ["absence_report.organisation_id", "absence_report.id"],
            name=op.f("fk_report_message_organisation_id_report_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_report_message")),
    )
    with op.batch_alter_table("report_message", schema=None) as batch_op:
        batch_op.create_index("ix_report_message_report", ["organisation_id", "report_id", "at"], unique=False)


def downgrade() -> None:

    with op.batch_alter_table("report_message", schema=None) as batch_op:
        batch_op.drop_index("ix_report_message_report")

    op.drop_table("report_message")
    op.drop_table("report_file")
    with op.batch_alter_table("report_event", schema=None) as batch_op:
        batch_op.drop_index("ix_report_event_report")

    op.drop_table("report_event")
    with op.batch_alter_table("report_decision", schema=None) as batch_op:
        batch_op.drop_index("ix_report_decision_report")

    op.drop_table("report_decision")
    op.drop_table("provider_event")
    with op.batch_alter_table("case_event", schema=None) as batch_op:
        batch_op.drop_index("ix_case_event_case")

    op.drop_table("case_event")
    with op.batch_alter_table("sighting", schema=None) as batch_op:
        batch_op.drop_index("ix_sighting_day")

    op.drop_table("sighting")
    op.drop_table("register")
    op.drop_table("pupil_year")
    with op.batch_alter_table("placement", schema=None) as batch_op:
        batch_op.drop_index("ix_placement_form")

    op.drop_table("placement")
    with op.batch_alter_table("message_pupil", schema=None) as batch_op:
        batch_op.drop_index("ix_message_pupil_message")

    op.drop_table("message_pupil")
    op.drop_table("mark_note")
    op.drop_table("mark_conflict")
    with op.batch_alter_table("mark_amendment", schema=None) as batch_op:
        batch_op.drop_index("ix_mark_amendment_session")

    op.drop_table("mark_amendment")
    with op.batch_alter_table("inbound_message", schema=None) as batch_op:
        batch_op.drop_index("ix_inbound_message_inbox")

    op.drop_table("inbound_message")
    op.drop_table("import_rejection")
    op.drop_table("form_staff")
    with op.batch_alter_table("first_day_case", schema=None) as batch_op:
        batch_op.drop_index("ix_first_day_case_day")

    op.drop_table("first_day_case")
    with op.batch_alter_table("expectation", schema=None) as batch_op:
        batch_op.drop_index("ix_expectation_day")

    op.drop_table("expectation")
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_index("ix_delivery_token")
        batch_op.drop_index("ix_delivery_provider_id")
        batch_op.drop_index(
            "ix_delivery_open",
            sqlite_where=sa.text("state IN ('waiting', 'unknown')"),
            postgresql_where=sa.text("state IN ('waiting', 'unknown')"),
        )
        batch_op.drop_index("ix_delivery_address")

    op.drop_table("delivery")
    with op.batch_alter_table("absence_report", schema=None) as batch_op:
        batch_op.drop_index("ix_absence_report_enrolment")
        batch_op.drop_index("ix_absence_report_days")

    op.drop_table("absence_report")
    with op.batch_alter_table("work", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_work_ready",
            sqlite_where=sa.text("state = 'waiting' AND ready = true"),
            postgresql_where=sa.text("state = 'waiting' AND ready = true"),
        )
        batch_op.drop_index(
            "ix_work_lease", sqlite_where=sa.text("state = 'running'"), postgresql_where=sa.text("state = 'running'")
        )
        batch_op.drop_index(
            "ix_work_later",
            sqlite_where=sa.text("state = 'waiting' AND ready = false"),
            postgresql_where=sa.text("state = 'waiting' AND ready = false"),
        )
        batch_op.drop_index(
            "ix_work_failed", sqlite_where=sa.text("state = 'failed'"), postgresql_where=sa.text("state = 'failed'")
        )
        batch_op.drop_index(
            "ix_work_due",
            sqlite_where=sa.text("state = 'waiting' AND ready = true"),
            postgresql_where=sa.text("state = 'waiting' AND ready = true"),
        )

    op.drop_table("work")
    op.drop_table("term")
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_index("ix_task_owner")

    op.drop_table("task")
    op.drop_table("staff_role")
    with op.batch_alter_table("single_task_link", schema=None) as batch_op:
        batch_op.drop_index("ix_single_task_link_token_hash")

    op.drop_table("single_task_link")
    with op.batch_alter_table("session_contact", schema=None) as batch_op:
        batch_op.drop_index("ix_session_contact_session")

    op.drop_table("session_contact")
    op.drop_table("school_setting")
    with op.batch_alter_table("push_subscription", schema=None) as batch_op:
        batch_op.drop_index("ix_push_subscription_contact")

    op.drop_table("push_subscription")
    op.drop_table("pupil_group")
    with op.batch_alter_table("pupil_contact", schema=None) as batch_op:
        batch_op.drop_index("ix_pupil_contact_contact")

    op.drop_table("pupil_contact")
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_index("ix_message_contact")
        batch_op.drop_index("ix_message_about")

    op.drop_table("message")
    with op.batch_alter_table("import_run", schema=None) as batch_op:
        batch_op.drop_index("ix_import_run_school")

    op.drop_table("import_run")
    op.drop_table("form")
    op.drop_table("first_day_run")
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.drop_index("ix_enrolment_school_dates")

    op.drop_table("enrolment")
    with op.batch_alter_table("court_order", schema=None) as batch_op:
        batch_op.drop_index("ix_court_order_pupil")

    op.drop_table("court_order")
    with op.batch_alter_table("contact_point", schema=None) as batch_op:
        batch_op.drop_index("ix_contact_point_value")

    op.drop_table("contact_point")
    op.drop_table("calendar_event")
    with op.batch_alter_table("trail_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_trail_entry_subject")
        batch_op.drop_index("ix_trail_entry_pupil")

    op.drop_table("trail_entry")
    op.drop_table("submission")
    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.drop_index("ix_staff_email")

    op.drop_table("staff")
    op.drop_table("school")
    op.drop_table("pupil")
    op.drop_table("organisation_setting")
    op.drop_table("file")
    op.drop_table("contact")
    op.drop_table("worker_beat")
    with op.batch_alter_table("sign_in_code", schema=None) as batch_op:
        batch_op.drop_index("ix_sign_in_code_browser")

    op.drop_table("sign_in_code")
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.drop_index("ix_session_token_hash")
        batch_op.drop_index("ix_session_point")

    op.drop_table("session")
    op.drop_table("school_clock")
    op.drop_table("pupil_week")
    op.drop_table("organisation")
    op.drop_table("mark")
    op.drop_table("id_sequence")
    op.drop_table("counter")
    op.drop_table("channel_pause")
