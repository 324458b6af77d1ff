"""Tables of absence reports: what the family said, what school decided, and the talk about it."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Date,
    Identity,
    Index,
    Integer,
    SmallInteger,
    String,
    Text,
    Time,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from webapp.foundation.db import Base
from webapp.foundation.types import BigId, Instant, Json, PublicId, within


class AbsenceReport(Base):
    """What one adult said about one child. ``kind``: all_day, days, late, early, out_and_back.

    ``state``: sent, read, recorded, not_accepted, withdrawn, or held (not trusted until a person has looked).
    ``reason`` is a key of ``absence.rules``; ``suggested_code`` only suggests. ``channel``: app, link, text, phone.
    """

    __tablename__ = "absence_report"
    __table_args__ = (
        within("school_id", "enrolment_id", to="enrolment", keys=("school_id", "id")),
        within("contact_id", to="contact"),
        UniqueConstraint("organisation_id", "public_id"),
        Index("ix_absence_report_days", "organisation_id", "school_id", "ends_on", "starts_on"),
        Index("ix_absence_report_enrolment", "organisation_id", "enrolment_id", "ends_on"),
        CheckConstraint("ends_on >= starts_on", name="dates"),
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[int] = mapped_column(BigId, Identity(always=False), primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId())
    school_id: Mapped[int] = mapped_column(Integer)
    enrolment_id: Mapped[int] = mapped_column(Integer)
    contact_id: Mapped[int | None] = mapped_column(Integer)
    told_by: Mapped[str] = mapped_column(String(200))
    channel: Mapped[str] = mapped_column(String(8))
    kind: Mapped[str] = mapped_column(String(12))
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)
    leaves_at: Mapped[time | None] = mapped_column(Time)
    arrives_at: Mapped[time | None] = mapped_column(Time)
    reason: Mapped[str] = mapped_column(String(24))
    symptoms: Mapped[str] = mapped_column(String(120), default="", server_default="")
    words: Mapped[str] = mapped_column(String(2000), default="", server_default="")
    wants_call: Mapped[bool] = mapped_column(default=False, server_default="0")
    back_on: Mapped[date | None] = mapped_column(Date)
    suggested_code: Mapped[str] = mapped_column(String(2))
    read_first: Mapped[bool] = mapped_column(default=False, server_default="0")
    not_sure: Mapped[bool] = mapped_column(default=False, server_default="0")
    danger: Mapped[bool] = mapped_column(default=False, server_default="0")
    after_close: Mapped[bool] = mapped_column(default=False, server_default="0")
    state: Mapped[str] = mapped_column(String(12))
    expected_at: Mapped[datetime | None] = mapped_column(Instant)
    sent_at: Mapped[datetime] = mapped_column(Instant)
    phone_time: Mapped[datetime | None] = mapped_column(Instant)
    read_at: Mapped[datetime | None] = mapped_column(Instant)
    read_by: Mapped[str] = mapped_column(String(200), default="", server_default="")
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")


class ReportDecision(Base):
    """The code that staff set for one session of a report. The parent is told when ``told_due_at`` has passed.

    An undone decision keeps its row; ``previous_code`` is what the undo puts back.
    """

    __tablename__ = "report_decision"
    __table_args__ = (
        within("report_id", to="absence_report"),
        Index("ix_report_decision_report", "organisation_id", "report_id"),
        CheckConstraint("half IN (0, 1)", name="half"),
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[int] = mapped_column(BigId, Identity(always=False), primary_key=True)
    report_id: Mapped[int] = mapped_column(BigId)
    date: Mapped[date] = mapped_column(Date)
    half: Mapped[int] = mapped_column(SmallInteger)
    code: Mapped[str] = mapped_column(String(2))
    previous_code: Mapped[str | None] = mapped_column(String(2))
    previous_minutes_late: Mapped[int | None] = mapped_column(SmallInteger)
    accepted: Mapped[bool] = mapped_column()
    reason: Mapped[str] = mapped_column(String(500), default="", server_default="")
    decided_at: Mapped[datetime] = mapped_column(Instant)
    decided_by_id: Mapped[int] = mapped_column(Integer)
    decided_by: Mapped[str] = mapped_column(String(200))
    told_due_at: Mapped[datetime] = mapped_column(Instant)
    told_at: Mapped[datetime | None] = mapped_column(Instant)
    undone_at: Mapped[datetime | None] = mapped_column(Instant)
    undone_by: Mapped[str] = mapped_column(String(200), default="", server_default="")


class ReportEvent(Base):
    """What happened to a report, for its page and the pupil's timeline; ``before`` holds what a change replaced."""

    __tablename__ = "report_event"
    __table_args__ = (
        within("report_id", to="absence_report"),
        Index("ix_report_event_report", "organisation_id", "report_id", "at"),
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[int] = mapped_column(BigId, Identity(always=False), primary_key=True)
    report_id: Mapped[int] = mapped_column(BigId)
    at: Mapped[datetime] = mapped_column(Instant)
    kind: Mapped[str] = mapped_column(String(16))
    by: Mapped[str] = mapped_column(String(200))
    before: Mapped[Any] = mapped_column(Json)


class ReportMessage(Base):
    """One line of the talk on a report. ``side`` is school or family."""

    __tablename__ = "report_message"
    __table_args__ = (
        within("report_id", to="absence_report"),
        Index("ix_report_message_report", "organisation_id", "report_id", "at"),
        CheckConstraint("side IN ('school', 'family')", name="side"),
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[int] = mapped_column(BigId, Identity(always=False), primary_key=True)
    report_id: Mapped[int] = mapped_column(BigId)
    side: Mapped[str] = mapped_column(String(8))
    author: Mapped[str] = mapped_column(String(200))
    author_id: Mapped[int] = mapped_column(Integer)
    words: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
    read_at: Mapped[datetime | None] = mapped_column(Instant)


class ReportFile(Base):
    """A photo or paper that the family added; ``upload`` is the phone's key, so that a retry is the same file."""

    __tablename__ = "report_file"
    __table_args__ = (
        within("report_id", to="absence_report"),
        within("file_id", to="file"),
        UniqueConstraint("organisation_id", "report_id", "upload"),
        UniqueConstraint("organisation_id", "public_id"),
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[int] = mapped_column(BigId, Identity(always=False), primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId())
    report_id: Mapped[int] = mapped_column(BigId)
    upload: Mapped[str] = mapped_column(String(40))
    file_id: Mapped[int] = mapped_column(BigId)
    name: Mapped[str] = mapped_column(String(200))
    added_at: Mapped[datetime] = mapped_column(Instant)
    removed_at: Mapped[datetime | None] = mapped_column(Instant)


class SignOutRequest(Base):
    """A pupil who answers for themselves asks to leave during the day; school agrees or refuses.

    ``state``: asked, agreed, refused, withdrawn by the pupil, or gone. ``danger``: the reason is for the DSL alone.
    """

    __tablename__ = "sign_out_request"
    __table_args__ = (
        within("school_id", "enrolment_id", to="enrolment", keys=("school_id", "id")),
        within("contact_id", to="contact"),
        UniqueConstraint("organisation_id", "public_id"),
        Index("ix_sign_out_request_day", "organisation_id", "school_id", "date", "enrolment_id"),
        CheckConstraint("state IN ('asked', 'agreed', 'refused', 'withdrawn', 'gone')", name="state"),
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[int] = mapped_column(BigId, Identity(always=False), primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId())
    school_id: Mapped[int] = mapped_column(Integer)
    enrolment_id: Mapped[int] = mapped_column(Integer)
    contact_id: Mapped[int] = mapped_column(Integer)
    date: Mapped[date] = mapped_column(Date)
    leaves_at: Mapped[time] = mapped_column(Time)
    back_at: Mapped[time | None] = mapped_column(Time)
    reason: Mapped[str] = mapped_column(String(300))
    danger: Mapped[bool] = mapped_column(default=False, server_default="0")
    state: Mapped[str] = mapped_column(String(10), default="asked", server_default="asked")
    asked_at: Mapped[datetime] = mapped_column(Instant)
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    answered_by: Mapped[str] = mapped_column(String(200), default="", server_default="")
    answer: Mapped[str] = mapped_column(String(300), default="", server_default="")
    gone_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
