"""Where each day's head of the chain goes, and what became of it: who keeps one can tell a chain that was made anew."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.foundation.db import Base
from webapp.foundation.types import Instant


class TrailAddress(Base):
    """Who outside keeps the heads of one organisation: an e-mail address that nobody who runs the service can empty."""

    __tablename__ = "trail_address"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    email: Mapped[str] = mapped_column(String(254))
    set_at: Mapped[datetime] = mapped_column(Instant)
    set_by: Mapped[str] = mapped_column(String(200))


class TrailHeadOut(Base):
    """One day's head of one organisation: to whom it went and when, or what kept it. ``state``: sent, failed."""

    __tablename__ = "trail_head_out"
    __table_args__ = (CheckConstraint("state IN ('sent', 'failed')", name="state"),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger)
    link: Mapped[str] = mapped_column(String(64))
    email: Mapped[str] = mapped_column(String(254))
    state: Mapped[str] = mapped_column(String(8))
    why: Mapped[str] = mapped_column(String(200), default="", server_default="")
    tries: Mapped[int] = mapped_column(SmallInteger, default=1, server_default="1")
    at: Mapped[datetime] = mapped_column(Instant)
