"""What contacts ask the office to change about themselves, and what the office did to reach those it does not reach."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Identity, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.foundation.db import Base
from webapp.foundation.types import BigId, Instant, PublicId, within


class DetailChange(Base):
    """A contact asks that one detail of theirs be changed; the office accepts or refuses it.

    ``field``: mobile, landline, email, language or address. ``old_value`` is empty for one to be added, ``new_value``
    for one to be taken out. ``held_elsewhere``: somebody of no common child holds the new number, which only staff see.
    """

    __tablename__ = "detail_change"
    __table_args__ = (
        within("school_id", to="school"),
        within("contact_id", to="contact"),
        UniqueConstraint("organisation_id", "public_id"),
        Index("ix_detail_change_contact", "organisation_id", "contact_id", "state"),
        Index("ix_detail_change_school", "organisation_id", "school_id", "state"),
        CheckConstraint("field IN ('mobile', 'landline', 'email', 'language', 'address')", name="field"),
        CheckConstraint("state IN ('asked', 'accepted', 'refused', 'withdrawn')", name="state"),
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[int] = mapped_column(Integer, Identity(always=False), primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId())
    school_id: Mapped[int] = mapped_column(Integer)
    contact_id: Mapped[int] = mapped_column(Integer)
    field: Mapped[str] = mapped_column(String(10))
    old_value: Mapped[str] = mapped_column(String(500), default="", server_default="")
    new_value: Mapped[str] = mapped_column(String(500), default="", server_default="")
    words: Mapped[str] = mapped_column(String(500), default="", server_default="")
    held_elsewhere: Mapped[bool] = mapped_column(default=False, server_default="0")
    state: Mapped[str] = mapped_column(String(10), default="asked", server_default="asked")
    asked_at: Mapped[datetime] = mapped_column(Instant)
    asked_by: Mapped[str] = mapped_column(String(200))
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    answered_by: Mapped[str] = mapped_column(String(200), default="", server_default="")
    answer: Mapped[str] = mapped_column(String(500), default="", server_default="")
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")


class ReachNote(Base):
    """What the office did about a contact whom messages do not reach, or who never opened Firstbell."""

    __tablename__ = "reach_note"
    __table_args__ = (
        within("school_id", to="school"),
        within("contact_id", to="contact"),
        Index("ix_reach_note_contact", "organisation_id", "school_id", "contact_id", "at"),
        CheckConstraint("kind IN ('invited', 'rang', 'asked', 'letter', 'done')", name="kind"),
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[int] = mapped_column(BigId, Identity(always=False), primary_key=True)
    school_id: Mapped[int] = mapped_column(Integer)
    contact_id: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(8))
    words: Mapped[str] = mapped_column(String(500), default="", server_default="")
    at: Mapped[datetime] = mapped_column(Instant)
    by_id: Mapped[int] = mapped_column(Integer)
    by: Mapped[str] = mapped_column(String(200))
