"""Staff, the roles they hold at each school, the forms they take, and the tasks they own."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from webapp.foundation.db import Base
from webapp.foundation.types import Instant, PublicId, within


class Staff(Base):
    """Someone who works for the organisation. ``position`` is what an amendment shows beside the name."""

    __tablename__ = "staff"
    __table_args__ = (
        UniqueConstraint("organisation_id", "public_id"),
        UniqueConstraint("organisation_id", "email"),
        Index("ix_staff_email", "email"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[int] = mapped_column(Integer, Identity(always=False), primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId())
    title: Mapped[str] = mapped_column(String(20), default="", server_default="")
    first_name: Mapped[str] = mapped_column(String(100))
    last_name: Mapped[str] = mapped_column(String(100))
    email: Mapped[str] = mapped_column(String(254))
    mobile: Mapped[str | None] = mapped_column(String(20))
    position: Mapped[str] = mapped_column(String(120))
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")


class StaffRole(Base):
    """A role of ``people.rules.roles`` at one school, dated."""

    __tablename__ = "staff_role"
    __table_args__ = (
        within("staff_id", to="staff"),
        within("school_id", to="school"),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="dates"),
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    staff_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    school_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    role: Mapped[str] = mapped_column(String(24), primary_key=True)
    starts_on: Mapped[date] = mapped_column(Date, primary_key=True)
    ends_on: Mapped[date | None] = mapped_column(Date)


class FormStaff(Base):
    """Who takes a form's register, dated: its tutor, or cover for a day."""

    __tablename__ = "form_staff"
    __table_args__ = (within("form_id", to="form"), within("staff_id", to="staff"))

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    form_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    staff_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    starts_on: Mapped[date] = mapped_column(Date, primary_key=True)
    ends_on: Mapped[date | None] = mapped_column(Date)


class StaffCover(Base):
    """Who does somebody's work at one school while they are away."""

    __tablename__ = "staff_cover"
    __table_args__ = (
        within("staff_id", to="staff"),
        within("cover_id", to="staff"),
        within("school_id", to="school"),
        CheckConstraint("cover_id <> staff_id", name="another"),
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    school_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    staff_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    cover_id: Mapped[int] = mapped_column(Integer)
    set_by: Mapped[str] = mapped_column(String(200))
    set_at: Mapped[datetime] = mapped_column(Instant)


class StaffAway(Base):
    """Half days on which somebody is not at one school; ``ends_on`` None: until they say that they are back.

    What was taken back (``cancelled_at``) was never so from that moment on.
    """

    __tablename__ = "staff_away"
    __table_args__ = (
        within("staff_id", to="staff"),
        within("school_id", to="school"),
        UniqueConstraint("organisation_id", "public_id"),
        Index("ix_staff_away_school", "organisation_id", "school_id", "ends_on"),
        CheckConstraint("starts_half IN (0, 1) AND ends_half IN (0, 1)", name="halves"),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="dates"),
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[int] = mapped_column(Integer, Identity(always=False), primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId())
    school_id: Mapped[int] = mapped_column(Integer)
    staff_id: Mapped[int] = mapped_column(Integer)
    starts_on: Mapped[date] = mapped_column(Date)
    starts_half: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    ends_on: Mapped[date | None] = mapped_column(Date)
    ends_half: Mapped[int] = mapped_column(SmallInteger, default=1, server_default="1")
    said_by: Mapped[str] = mapped_column(String(200))
    said_at: Mapped[datetime] = mapped_column(Instant)
    cancelled_at: Mapped[datetime | None] = mapped_column(Instant)
    cancelled_by: Mapped[str] = mapped_column(String(200), default="", server_default="")


class Task(Base):
    """Something a named person is to do by a time. ``subject`` names the row it is about ("report", its id).

    ``begun_by_id``: who began it for the owner while they were away; it stays theirs.
    """

    __tablename__ = "task"
    __table_args__ = (
        within("school_id", to="school"),
        within("pupil_id", to="pupil"),
        within("owner_id", to="staff"),
        UniqueConstraint("organisation_id", "public_id"),
        UniqueConstraint("organisation_id", "kind", "subject_kind", "subject_id"),
        Index("ix_task_owner", "organisation_id", "school_id", "owner_id", "state", "due_at"),
        CheckConstraint("state IN ('open', 'done', 'passed_on', 'withdrawn')", name="state"),
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[int] = mapped_column(Integer, Identity(always=False), primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId())
    school_id: Mapped[int] = mapped_column(Integer)
    pupil_id: Mapped[int | None] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(40))
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(String(200))
    owner_id: Mapped[int | None] = mapped_column(Integer)
    owner_role: Mapped[str | None] = mapped_column(String(24))
    due_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(12), default="open", server_default="open")
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_by: Mapped[str] = mapped_column(String(200), default="", server_default="")
    note: Mapped[str] = mapped_column(String(2000), default="", server_default="")
    begun_by_id: Mapped[int | None] = mapped_column(Integer)
    begun_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
