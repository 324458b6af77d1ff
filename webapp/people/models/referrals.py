"""A pupil whose case the school has shown to a welfare officer, for a time."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, Identity, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.foundation.db import Base
from webapp.foundation.types import Instant, PublicId, within


class Referral(Base):
    """One pupil, shown to one officer (``officer_id``, of the staff) up to ``ends_on``, or until somebody ends it."""

    __tablename__ = "referral"
    __table_args__ = (
        within("school_id", to="school"),
        within("pupil_id", to="pupil"),
        within("officer_id", to="staff"),
        UniqueConstraint("organisation_id", "public_id"),
        Index("ix_referral_officer", "organisation_id", "school_id", "officer_id", "ends_on"),
        Index("ix_referral_pupil", "organisation_id", "pupil_id"),
        CheckConstraint("ends_on >= starts_on", name="dates"),
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[int] = mapped_column(Integer, Identity(always=False), primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId())
    school_id: Mapped[int] = mapped_column(Integer)
    pupil_id: Mapped[int] = mapped_column(Integer)
    officer_id: Mapped[int] = mapped_column(Integer)
    reason: Mapped[str] = mapped_column(String(1000))
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)
    referred_at: Mapped[datetime] = mapped_column(Instant)
    referred_by: Mapped[str] = mapped_column(String(200))
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_by: Mapped[str] = mapped_column(String(200), default="", server_default="")
    ended_why: Mapped[str] = mapped_column(String(1000), default="", server_default="")
