"""Pupils, and where they stand in school: enrolments, placements, forms and groups, all dated."""

from __future__ import annotations

from datetime import date

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
from webapp.foundation.types import PublicId, within


class Pupil(Base):
    """A child known to the organisation, whichever of its schools they attend."""

    __tablename__ = "pupil"
    __table_args__ = (
        UniqueConstraint("organisation_id", "public_id"),
        UniqueConstraint("organisation_id", "upn"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[int] = mapped_column(Integer, Identity(always=False), primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId())
    upn: Mapped[str | None] = mapped_column(String(13))
    legal_first_name: Mapped[str] = mapped_column(String(100))
    first_name: Mapped[str] = mapped_column(String(100))
    last_name: Mapped[str] = mapped_column(String(100))
    date_of_birth: Mapped[date] = mapped_column(Date)
    sex: Mapped[str] = mapped_column(String(1))
    ethnicity: Mapped[str | None] = mapped_column(String(8))
    first_language: Mapped[str] = mapped_column(String(12), default="en", server_default="en")
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")


class Enrolment(Base):
    """A pupil on one school's roll, from a date to a date (both on roll). It owns marks, reports and cases."""

    __tablename__ = "enrolment"
    __table_args__ = (
        within("pupil_id", to="pupil"),
        within("school_id", to="school"),
        UniqueConstraint("organisation_id", "pupil_id", "school_id", "starts_on"),
        UniqueConstraint("organisation_id", "school_id", "id"),
        Index("ix_enrolment_school_dates", "organisation_id", "school_id", "starts_on", "ends_on"),
        CheckConstraint("kind IN ('main', 'dual_main', 'dual_subsidiary')", name="kind"),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="dates"),
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[int] = mapped_column(Integer, Identity(always=False), primary_key=True)
    pupil_id: Mapped[int] = mapped_column(Integer)
    school_id: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(16), default="main", server_default="main")
    admission_number: Mapped[str | None] = mapped_column(String(24))
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)


class Form(Base):
    """A registration group: 3K, 8B. Its register is taken once a session."""

    __tablename__ = "form"
    __table_args__ = (
        within("school_id", to="school"),
        UniqueConstraint("organisation_id", "school_id", "name"),
        UniqueConstraint("organisation_id", "school_id", "id"),
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[int] = mapped_column(Integer, Identity(always=False), primary_key=True)
    school_id: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(String(24))


class Placement(Base):
    """The year and form of an enrolment from a date to a date; September adds a row and changes none."""

    __tablename__ = "placement"
    __table_args__ = (
        within("school_id", "enrolment_id", to="enrolment", keys=("school_id", "id")),
        within("school_id", "form_id", to="form", keys=("school_id", "id")),
        Index("ix_placement_form", "organisation_id", "school_id", "form_id", "starts_on"),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="dates"),
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    school_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    starts_on: Mapped[date] = mapped_column(Date, primary_key=True)
    ends_on: Mapped[date | None] = mapped_column(Date)
    year_group: Mapped[int] = mapped_column(SmallInteger)
    form_id: Mapped[int | None] = mapped_column(Integer)


class PupilGroup(Base):
    """Membership of a group of ``people.rules.groups`` (pupil premium, SEN support, social worker …), dated."""

    __tablename__ = "pupil_group"
    __table_args__ = (
        within("pupil_id", to="pupil"),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="dates"),
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    pupil_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    group: Mapped[str] = mapped_column(String(32), primary_key=True)
    starts_on: Mapped[date] = mapped_column(Date, primary_key=True)
    ends_on: Mapped[date | None] = mapped_column(Date)
