"""The tenant, its schools, their settings and their calendars."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Identity,
    Integer,
    SmallInteger,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from webapp.foundation.db import Base
from webapp.foundation.types import Instant, PublicId, within


class Organisation(Base):
    """A trust, or a maintained school alone: the data controller, and the tenant that every other row belongs to."""

    __tablename__ = "organisation"
    __table_args__ = (CheckConstraint("kind IN ('trust', 'school')", name="kind"),)

    id: Mapped[int] = mapped_column(Integer, Identity(always=False), primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId(), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(12))


class School(Base):
    """One school. ``sms_name`` opens every text; ``code`` stands in staff URLs and on the command line."""

    __tablename__ = "school"
    __table_args__ = (
        UniqueConstraint("organisation_id", "public_id"),
        UniqueConstraint("organisation_id", "code"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[int] = mapped_column(Integer, Identity(always=False), primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId())
    code: Mapped[str] = mapped_column(String(24))
    name: Mapped[str] = mapped_column(String(120))
    sms_name: Mapped[str] = mapped_column(String(24))
    phone: Mapped[str] = mapped_column(String(20))
    urn: Mapped[str | None] = mapped_column(String(6))
    dfe_number: Mapped[str | None] = mapped_column(String(7))
    colour: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")


class OrganisationSetting(Base):
    """A setting of the whole organisation from a date on; a school's own row wins."""

    __tablename__ = "organisation_setting"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    effective_from: Mapped[date] = mapped_column(Date, primary_key=True)
    value: Mapped[str] = mapped_column(String(2000))


class SchoolSetting(Base):
    """A setting of one school from a date on."""

    __tablename__ = "school_setting"
    __table_args__ = (within("school_id", to="school"),)

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    school_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    effective_from: Mapped[date] = mapped_column(Date, primary_key=True)
    value: Mapped[str] = mapped_column(String(2000))


class Term(Base):
    """A stretch of weeks in which school is open, both days included."""

    __tablename__ = "term"
    __table_args__ = (
        within("school_id", to="school"),
        UniqueConstraint("organisation_id", "school_id", "starts_on"),
        CheckConstraint("ends_on >= starts_on", name="dates"),
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[int] = mapped_column(Integer, Identity(always=False), primary_key=True)
    school_id: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(String(60))
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)


class CalendarEvent(Base):
    """Days inside a term on which some or all sessions do not take place.

    ``kind`` is inset, bank_holiday, half_term, closure_planned or closure_unplanned; ``half`` is am, pm or all;
    ``year_groups`` is a comma-separated list of year numbers, empty for the whole school.
    """

    __tablename__ = "calendar_event"
    __table_args__ = (
        within("school_id", to="school"),
        UniqueConstraint("organisation_id", "school_id", "kind", "starts_on", "half", "year_groups"),
        CheckConstraint("ends_on >= starts_on", name="dates"),
        CheckConstraint("half IN ('am', 'pm', 'all')", name="half"),
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[int] = mapped_column(Integer, Identity(always=False), primary_key=True)
    school_id: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(20))
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)
    half: Mapped[str] = mapped_column(String(3), default="all", server_default="all")
    year_groups: Mapped[str] = mapped_column(String(60), default="", server_default="")
    reason: Mapped[str] = mapped_column(String(200), default="", server_default="")


class SchoolClock(Base):
    """The demo's school time: one row for the service, microseconds ahead of machine time."""

    __tablename__ = "school_clock"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    offset_microseconds: Mapped[int] = mapped_column(BigInteger)
    moved_at: Mapped[datetime] = mapped_column(Instant)
