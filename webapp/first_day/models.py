"""Tables of first-day contact: the run at register close, a case a child not accounted for, and what was done."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, Identity, Index, Integer, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.foundation.db import Base
from webapp.foundation.types import BigId, Instant, PublicId, within


class FirstDayRun(Base):
    """One look over a school's session after its register closed; running again adds only what is new."""

    __tablename__ = "first_day_run"
    __table_args__ = (within("school_id", to="school"), CheckConstraint("half IN (0, 1)", name="half"))

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    school_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    date: Mapped[date] = mapped_column(Date, primary_key=True)
    half: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    started_at: Mapped[datetime] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    opened: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    messages: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    by: Mapped[str] = mapped_column(String(200))


class FirstDayCase(Base):
    """One child, one session, not accounted for. Open until an outcome and a name close it.

    ``outcome`` is one of ``record.rules.CaseOutcome``. ``next_step`` and ``next_due_at`` are never empty while it is
    open. ``alarm``: a parent thought that the child was in school. ``last_words`` is the newest event in one line.
    """

    __tablename__ = "first_day_case"
    __table_args__ = (
        within("school_id", "enrolment_id", to="enrolment", keys=("school_id", "id")),
        within("owner_id", to="staff"),
        UniqueConstraint("organisation_id", "public_id"),
        UniqueConstraint("organisation_id", "enrolment_id", "date", "half"),
        Index("ix_first_day_case_day", "organisation_id", "school_id", "date", "half"),
        CheckConstraint("half IN (0, 1)", name="half"),
        CheckConstraint("state = 'closed' OR next_due_at IS NOT NULL", name="next_step"),
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[int] = mapped_column(BigId, Identity(always=False), primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId())
    school_id: Mapped[int] = mapped_column(Integer)
    enrolment_id: Mapped[int] = mapped_column(Integer)
    date: Mapped[date] = mapped_column(Date)
    half: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[str] = mapped_column(String(8))
    alarm: Mapped[bool] = mapped_column(default=False, server_default="0")
    opened_at: Mapped[datetime] = mapped_column(Instant)
    owner_id: Mapped[int | None] = mapped_column(Integer)
    owner_role: Mapped[str] = mapped_column(String(24))
    next_step: Mapped[str] = mapped_column(String(24))
    next_contact_id: Mapped[int | None] = mapped_column(Integer)
    next_due_at: Mapped[datetime | None] = mapped_column(Instant)
    ringing_by_id: Mapped[int | None] = mapped_column(Integer)
    ringing_by: Mapped[str] = mapped_column(String(200), default="", server_default="")
    ringing_until: Mapped[datetime | None] = mapped_column(Instant)
    outcome: Mapped[str] = mapped_column(String(24), default="", server_default="")
    outcome_words: Mapped[str] = mapped_column(String(500), default="", server_default="")
    last_words: Mapped[str] = mapped_column(String(200), default="", server_default="")
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_by: Mapped[str] = mapped_column(String(200), default="", server_default="")
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")


class CaseEvent(Base):
    """One thing done or heard in a case: text, push, call, answer, step, note, correction.

    ``outcome`` of a call: spoke, voicemail, no_answer, wrong_number; of an answer: away, on_the_way, thought_in.
    """

    __tablename__ = "case_event"
    __table_args__ = (
        within("case_id", to="first_day_case"),
        Index("ix_case_event_case", "organisation_id", "case_id", "at"),
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[int] = mapped_column(BigId, Identity(always=False), primary_key=True)
    case_id: Mapped[int] = mapped_column(BigId)
    at: Mapped[datetime] = mapped_column(Instant)
    kind: Mapped[str] = mapped_column(String(12))
    contact_id: Mapped[int | None] = mapped_column(Integer)
    outcome: Mapped[str] = mapped_column(String(16), default="", server_default="")
    words: Mapped[str] = mapped_column(String(1000), default="", server_default="")
    by: Mapped[str] = mapped_column(String(200))
    message_id: Mapped[int | None] = mapped_column(BigId)


class PupilNote(Base):
    """Something that staff wrote down about a pupil, or wrote to one of the pupil's contacts.

    ``kind`` is one of ``first_day.rules.notes``; a message has its contact, and the post room's row of it.
    """

    __tablename__ = "pupil_note"
    __table_args__ = (
        within("school_id", to="school"),
        within("pupil_id", to="pupil"),
        within("contact_id", to="contact"),
        within("message_id", to="message"),
        UniqueConstraint("organisation_id", "public_id"),
        Index("ix_pupil_note_pupil", "organisation_id", "pupil_id", "at"),
        CheckConstraint("kind IN ('general', 'health', 'safeguarding', 'message')", name="kind"),
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[int] = mapped_column(BigId, Identity(always=False), primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId())
    school_id: Mapped[int] = mapped_column(Integer)
    pupil_id: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(12))
    words: Mapped[str] = mapped_column(String(2000))
    at: Mapped[datetime] = mapped_column(Instant)
    by_id: Mapped[int] = mapped_column(Integer)
    by: Mapped[str] = mapped_column(String(200))
    position: Mapped[str] = mapped_column(String(120), default="", server_default="")
    contact_id: Mapped[int | None] = mapped_column(Integer)
    message_id: Mapped[int | None] = mapped_column(BigId)
