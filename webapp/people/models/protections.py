"""What keeps something from a contact: a stop on messages about a child, and an entry withheld for a time."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, Identity, Index, Integer, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.foundation.db import Base
from webapp.foundation.types import BigId, Instant, PublicId, within


class MessageStop(Base):
    """No automatic message about a child goes to one contact, or to any (``contact_id`` None), until it is lifted.

    ``reason`` is for those who may stop messages, and for nobody else.
    """

    __tablename__ = "message_stop"
    __table_args__ = (
        within("school_id", to="school"),
        within("pupil_id", to="pupil"),
        within("contact_id", to="contact"),
        UniqueConstraint("organisation_id", "public_id"),
        Index("ix_message_stop_pupil", "organisation_id", "pupil_id", "lifted_at"),
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[int] = mapped_column(Integer, Identity(always=False), primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId())
    school_id: Mapped[int] = mapped_column(Integer)
    pupil_id: Mapped[int] = mapped_column(Integer)
    contact_id: Mapped[int | None] = mapped_column(Integer)
    reason: Mapped[str] = mapped_column(String(1000), default="", server_default="")
    stopped_at: Mapped[datetime] = mapped_column(Instant)
    stopped_by: Mapped[str] = mapped_column(String(200))
    lifted_at: Mapped[datetime | None] = mapped_column(Instant)
    lifted_by: Mapped[str] = mapped_column(String(200), default="", server_default="")
    lifted_why: Mapped[str] = mapped_column(String(1000), default="", server_default="")


class WithheldEntry(Base):
    """One entry that a contact, or no contact (``contact_id`` None), is to see, until somebody shows it again.

    A mark is named by enrolment, ``date`` and ``half``; a sign-out by enrolment and the ``subject_id`` of its sighting;
    a message by its ``subject_id``. ``review_on`` is when a person looks again; until they do it stays withheld.
    """

    __tablename__ = "withheld_entry"
    __table_args__ = (
        within("school_id", to="school"),
        within("pupil_id", to="pupil"),
        within("contact_id", to="contact"),
        UniqueConstraint("organisation_id", "public_id"),
        Index("ix_withheld_entry_pupil", "organisation_id", "pupil_id", "shown_at"),
        Index("ix_withheld_entry_enrolment", "organisation_id", "enrolment_id", "date"),
        CheckConstraint("kind IN ('mark', 'sighting', 'message')", name="kind"),
        CheckConstraint("half IN (0, 1)", name="half"),
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[int] = mapped_column(Integer, Identity(always=False), primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId())
    school_id: Mapped[int] = mapped_column(Integer)
    pupil_id: Mapped[int] = mapped_column(Integer)
    contact_id: Mapped[int | None] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(10))
    review_on: Mapped[date] = mapped_column(Date)
    enrolment_id: Mapped[int | None] = mapped_column(Integer)
    date: Mapped[date | None] = mapped_column(Date)
    half: Mapped[int | None] = mapped_column(SmallInteger)
    subject_id: Mapped[int | None] = mapped_column(BigId)
    reason: Mapped[str] = mapped_column(String(1000))
    withheld_at: Mapped[datetime] = mapped_column(Instant)
    withheld_by: Mapped[str] = mapped_column(String(200))
    shown_at: Mapped[datetime | None] = mapped_column(Instant)
    shown_by: Mapped[str] = mapped_column(String(200), default="", server_default="")
    shown_why: Mapped[str] = mapped_column(String(1000), default="", server_default="")
