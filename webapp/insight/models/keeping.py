"""Tables of data law: requests for data and what is checked for them, holds, and what was due and deleted."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, Identity, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.foundation.db import Base
from webapp.foundation.types import BigId, Instant, Json, PublicId, within


class SubjectRequest(Base):
    """Somebody asks for what is held about a pupil or a contact. ``asked_by``: pupil, parent (of the child), contact.

    ``starts_clock_on`` is the day from which the time counts, None while it is not known who asks; ``paused_on`` the
    day since which school waits for an answer. ``due_on`` is worked out by ``insight.rules.deadlines`` and kept.
    The three files are gone once ``expires_on`` has passed.
    """

    __tablename__ = "subject_request"
    __table_args__ = (
        within("school_id", to="school"),
        within("pupil_id", to="pupil"),
        within("contact_id", to="contact"),
        within("requester_id", to="contact"),
        within("gathered_file_id", to="file"),
        within("json_file_id", to="file"),
        within("html_file_id", to="file"),
        within("pdf_file_id", to="file"),
        UniqueConstraint("organisation_id", "public_id"),
        Index("ix_subject_request_school", "organisation_id", "school_id", "received_on"),
        Index("ix_subject_request_pupil", "organisation_id", "pupil_id"),
        Index("ix_subject_request_contact", "organisation_id", "contact_id"),
        CheckConstraint("(pupil_id IS NULL) <> (contact_id IS NULL)", name="one_person"),
        CheckConstraint("asked_by IN ('pupil', 'parent', 'contact')", name="asked_by"),
        CheckConstraint("basis IN ('access', 'educational_record')", name="basis"),
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[int] = mapped_column(Integer, Identity(always=False), primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId())
    school_id: Mapped[int] = mapped_column(Integer)
    pupil_id: Mapped[int | None] = mapped_column(Integer)
    contact_id: Mapped[int | None] = mapped_column(Integer)
    requester_id: Mapped[int | None] = mapped_column(Integer)
    asked_by: Mapped[str] = mapped_column(String(8))
    basis: Mapped[str] = mapped_column(String(20))
    words: Mapped[str] = mapped_column(String(2000), default="", server_default="")
    received_on: Mapped[date] = mapped_column(Date)
    starts_clock_on: Mapped[date | None] = mapped_column(Date)
    paused_on: Mapped[date | None] = mapped_column(Date)
    paused_days: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    pause_why: Mapped[str] = mapped_column(String(500), default="", server_default="")
    extended_why: Mapped[str] = mapped_column(String(500), default="", server_default="")
    due_on: Mapped[date | None] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(10))
    failed_words: Mapped[str] = mapped_column(String(500), default="", server_default="")
    gathered_at: Mapped[datetime | None] = mapped_column(Instant)
    gathered_file_id: Mapped[int | None] = mapped_column(BigId)
    made_at: Mapped[datetime | None] = mapped_column(Instant)
    json_file_id: Mapped[int | None] = mapped_column(BigId)
    html_file_id: Mapped[int | None] = mapped_column(BigId)
    pdf_file_id: Mapped[int | None] = mapped_column(BigId)
    expires_on: Mapped[date | None] = mapped_column(Date)
    outcome: Mapped[str] = mapped_column(String(12), default="", server_default="")
    outcome_words: Mapped[str] = mapped_column(String(500), default="", server_default="")
    logged_at: Mapped[datetime] = mapped_column(Instant)
    logged_by: Mapped[str] = mapped_column(String(200))
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_by: Mapped[str] = mapped_column(String(200), default="", server_default="")
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")


class SubjectLine(Base):
    """One thing in a bundle that a person decides about, because it may be somebody else's. ``key`` names it again when
    the rows are gathered anew. ``struck`` is the text without the names in it, None where that is no choice.

    ``choice``: release, strike, hold, or empty while nobody has decided; only release and strike give anything out.
    """

    __tablename__ = "subject_line"
    __table_args__ = (
        within("request_id", to="subject_request"),
        UniqueConstraint("organisation_id", "request_id", "key"),
        CheckConstraint("choice IN ('', 'release', 'strike', 'hold')", name="choice"),
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[int] = mapped_column(BigId, Identity(always=False), primary_key=True)
    request_id: Mapped[int] = mapped_column(Integer)
    key: Mapped[str] = mapped_column(String(64))
    number: Mapped[int] = mapped_column(Integer)
    category: Mapped[str] = mapped_column(String(16))
    chapter: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(120))
    times: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    words: Mapped[str] = mapped_column(Text)
    struck: Mapped[str | None] = mapped_column(Text)
    choice: Mapped[str] = mapped_column(String(8), default="", server_default="")
    exemption: Mapped[str] = mapped_column(String(20), default="", server_default="")
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by: Mapped[str] = mapped_column(String(200), default="", server_default="")


class RecordHold(Base):
    """Nothing about a pupil or a contact is deleted until the hold is released. ``why`` is for those who may hold."""

    __tablename__ = "record_hold"
    __table_args__ = (
        within("school_id", to="school"),
        within("pupil_id", to="pupil"),
        within("contact_id", to="contact"),
        UniqueConstraint("organisation_id", "public_id"),
        Index("ix_record_hold_pupil", "organisation_id", "pupil_id"),
        Index("ix_record_hold_contact", "organisation_id", "contact_id"),
        CheckConstraint("(pupil_id IS NULL) <> (contact_id IS NULL)", name="one_person"),
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[int] = mapped_column(Integer, Identity(always=False), primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId())
    school_id: Mapped[int] = mapped_column(Integer)
    pupil_id: Mapped[int | None] = mapped_column(Integer)
    contact_id: Mapped[int | None] = mapped_column(Integer)
    why: Mapped[str] = mapped_column(String(1000))
    review_on: Mapped[date] = mapped_column(Date)
    held_at: Mapped[datetime] = mapped_column(Instant)
    held_by: Mapped[str] = mapped_column(String(200))
    released_at: Mapped[datetime | None] = mapped_column(Instant)
    released_by: Mapped[str] = mapped_column(String(200), default="", server_default="")


class RetentionCount(Base):
    """What was due at a school, kind by kind, when it was last counted. ``before``: whatever is older is due."""

    __tablename__ = "retention_count"
    __table_args__ = (within("school_id", to="school"),)

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    school_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    counted_at: Mapped[datetime] = mapped_column(Instant)
    before: Mapped[date] = mapped_column(Date)
    due: Mapped[int] = mapped_column(Integer)
    oldest: Mapped[date | None] = mapped_column(Date)


class RetentionRun(Base):
    """One deletion that a person confirmed, and its certificate: ``result`` is {kind: {table: rows}} and names nobody.

    ``plan`` is {kind: {"before": day, "due": count}} as it was confirmed.
    """

    __tablename__ = "retention_run"
    __table_args__ = (
        within("school_id", to="school"),
        UniqueConstraint("organisation_id", "public_id"),
        Index("ix_retention_run_school", "organisation_id", "school_id", "confirmed_at"),
        CheckConstraint("state IN ('running', 'done', 'failed')", name="state"),
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[int] = mapped_column(Integer, Identity(always=False), primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId())
    school_id: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(8))
    plan: Mapped[Any] = mapped_column(Json)
    result: Mapped[Any] = mapped_column(Json)
    confirmed_at: Mapped[datetime] = mapped_column(Instant)
    confirmed_by: Mapped[str] = mapped_column(String(200))
    confirmed_position: Mapped[str] = mapped_column(String(120), default="", server_default="")
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
