"""Tables of the register. Only ``record.services`` writes marks, amendments and the two caches.

``half`` is 0 for the morning and 1 for the afternoon; ``week`` is the Monday of the week.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, Identity, Index, Integer, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.foundation.db import Base
from webapp.foundation.types import BigId, Instant, PublicId, within


class Mark(Base):
    """The code of one session. ``imported_code`` is the school system's last word, for the three-way merge.

    Columns are ordered so that PostgreSQL pads nothing; there is no surrogate id and no time stamp: history is in
    ``mark_amendment``. ``minutes_late`` stands with L and U. A mark that was taken away keeps its row with ``code``
    None, so that what comes later is an amendment and an import does not bring it back.
    There is no foreign key: the one door that writes here checks the enrolments of a batch in one statement, and
    PostgreSQL's check row by row was two thirds of the time of an import.
    """

    __tablename__ = "mark"
    __table_args__ = (
        CheckConstraint("half IN (0, 1)", name="half"),
        {"sqlite_with_rowid": False},
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    date: Mapped[date] = mapped_column(Date, primary_key=True)
    half: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    minutes_late: Mapped[int | None] = mapped_column(SmallInteger)
    code: Mapped[str | None] = mapped_column(String(2))
    imported_code: Mapped[str | None] = mapped_column(String(2))


class MarkAmendment(Base):
    """The five parts of a change: original entry, amended entry, reason, date, name and position of who made it.

    School Attendance (Pupil Registration) (England) Regulations 2024, regs 6-7. ``amended_code`` None takes a mark
    away. ``source`` is staff, register, report, import or rule.
    """

    __tablename__ = "mark_amendment"
    __table_args__ = (
        within("enrolment_id", to="enrolment"),
        Index("ix_mark_amendment_session", "organisation_id", "enrolment_id", "date", "half"),
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[int] = mapped_column(BigId, Identity(always=False), primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(Integer)
    date: Mapped[date] = mapped_column(Date)
    half: Mapped[int] = mapped_column(SmallInteger)
    original_code: Mapped[str | None] = mapped_column(String(2))
    original_minutes_late: Mapped[int | None] = mapped_column(SmallInteger)
    amended_code: Mapped[str | None] = mapped_column(String(2))
    amended_minutes_late: Mapped[int | None] = mapped_column(SmallInteger)
    reason: Mapped[str] = mapped_column(String(500))
    amended_at: Mapped[datetime] = mapped_column(Instant)
    actor_kind: Mapped[str] = mapped_column(String(12))
    actor_id: Mapped[int | None] = mapped_column(Integer)
    actor_name: Mapped[str] = mapped_column(String(200))
    actor_position: Mapped[str] = mapped_column(String(120))
    source: Mapped[str] = mapped_column(String(12))


class MarkNote(Base):
    """What the regulations ask beside a code: the nature of the provision (B, K, P, W) or of the cause (Y7).

    It belongs to the session and the code: a mark that changes and changes back finds its note again.
    """

    __tablename__ = "mark_note"
    __table_args__ = (within("enrolment_id", to="enrolment"), {"sqlite_with_rowid": False})

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    date: Mapped[date] = mapped_column(Date, primary_key=True)
    half: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    code: Mapped[str] = mapped_column(String(2), primary_key=True)
    note: Mapped[str] = mapped_column(String(500))


class MarkConflict(Base):
    """A mark that staff corrected here and that an import would change: shown with both sides, never overwritten.

    ``ours`` is the code when it was found, None for a mark that was taken away; the mark itself says what stands now.
    """

    __tablename__ = "mark_conflict"
    __table_args__ = (within("enrolment_id", to="enrolment"),)

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    date: Mapped[date] = mapped_column(Date, primary_key=True)
    half: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    ours: Mapped[str | None] = mapped_column(String(2))
    theirs: Mapped[str] = mapped_column(String(2))
    found_at: Mapped[datetime] = mapped_column(Instant)


class PupilWeek(Base):
    """Cache: the sums of one enrolment's week, and its codes as fourteen symbols (``record.rules.weeks``).

    The week stands before the enrolment in the key, so that a school's day is one short range; a pupil's year is asked
    for by its list of weeks, never by a span of dates. Derived rows: no foreign key. The fill factor leaves room for
    the week's ten updates on the same page.
    """

    __tablename__ = "pupil_week"
    __table_args__ = ({"sqlite_with_rowid": False, "postgresql_with": {"fillfactor": 80}},)

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    school_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    week: Mapped[date] = mapped_column(Date, primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    possible: Mapped[int] = mapped_column(SmallInteger)
    present: Mapped[int] = mapped_column(SmallInteger)
    authorised: Mapped[int] = mapped_column(SmallInteger)
    unauthorised: Mapped[int] = mapped_column(SmallInteger)
    late: Mapped[int] = mapped_column(SmallInteger)
    unresolved: Mapped[int] = mapped_column(SmallInteger)
    illness: Mapped[int] = mapped_column(SmallInteger)
    codes: Mapped[str] = mapped_column(String(14))


class PupilYear(Base):
    """Cache: the sums of one enrolment's academic year (``year`` 2026 is 2026/27).

    A year with no possible session has no row. ``brought_in`` rows are figures of earlier years that came without
    marks; they are never recounted.
    """

    __tablename__ = "pupil_year"
    __table_args__ = (
        within("school_id", "enrolment_id", to="enrolment", keys=("school_id", "id")),
        {"sqlite_with_rowid": False, "postgresql_with": {"fillfactor": 60}},
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    school_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    possible: Mapped[int] = mapped_column(SmallInteger)
    present: Mapped[int] = mapped_column(SmallInteger)
    authorised: Mapped[int] = mapped_column(SmallInteger)
    unauthorised: Mapped[int] = mapped_column(SmallInteger)
    late: Mapped[int] = mapped_column(SmallInteger)
    unresolved: Mapped[int] = mapped_column(SmallInteger)
    illness: Mapped[int] = mapped_column(SmallInteger)
    brought_in: Mapped[bool] = mapped_column(default=False, server_default="0")


class Register(Base):
    """One form's register of one session. States are in ``record.rules.registers``."""

    __tablename__ = "register"
    __table_args__ = (
        within("school_id", to="school"),
        within("school_id", "form_id", to="form", keys=("school_id", "id")),
        CheckConstraint("half IN (0, 1)", name="half"),
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    school_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    date: Mapped[date] = mapped_column(Date, primary_key=True)
    half: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    form_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    state: Mapped[str] = mapped_column(String(12))
    taken_at: Mapped[datetime | None] = mapped_column(Instant)
    taken_by: Mapped[str] = mapped_column(String(200), default="", server_default="")
    source: Mapped[str] = mapped_column(String(12), default="", server_default="")
    chased_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")


class Sighting(Base):
    """Someone at school saw the pupil, or saw them go; ``kind`` is one of ``record.rules.SightingKind``.

    ``place`` says where (medical room, internal exclusion, exam); ``collected_by`` who took them.
    A row that was a slip is struck out, never deleted.
    """

    __tablename__ = "sighting"
    __table_args__ = (
        within("school_id", "enrolment_id", to="enrolment", keys=("school_id", "id")),
        within("collected_by_id", to="contact"),
        UniqueConstraint("organisation_id", "public_id"),
        Index("ix_sighting_day", "organisation_id", "school_id", "date", "enrolment_id"),
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[int] = mapped_column(BigId, Identity(always=False), primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId())
    school_id: Mapped[int] = mapped_column(Integer)
    enrolment_id: Mapped[int] = mapped_column(Integer)
    date: Mapped[date] = mapped_column(Date)
    kind: Mapped[str] = mapped_column(String(24))
    at: Mapped[datetime] = mapped_column(Instant)
    back_by: Mapped[datetime | None] = mapped_column(Instant)
    minutes_late: Mapped[int | None] = mapped_column(SmallInteger)
    place: Mapped[str] = mapped_column(String(80), default="", server_default="")
    reason: Mapped[str] = mapped_column(String(500), default="", server_default="")
    collected_by_id: Mapped[int | None] = mapped_column(Integer)
    collector_known: Mapped[bool] = mapped_column(default=True, server_default="1")
    collected_by_name: Mapped[str] = mapped_column(String(200), default="", server_default="")
    seen_by: Mapped[str] = mapped_column(String(200))
    struck_at: Mapped[datetime | None] = mapped_column(Instant)
    struck_reason: Mapped[str] = mapped_column(String(500), default="", server_default="")


class Expectation(Base):
    """A session known beforehand to go otherwise: at another place (B D K P V W), leave, an appointment.

    ``kind`` is elsewhere, leave, appointment or part_time; ``source_kind`` and ``source_id`` name what it came from.
    """

    __tablename__ = "expectation"
    __table_args__ = (
        within("school_id", "enrolment_id", to="enrolment", keys=("school_id", "id")),
        Index("ix_expectation_day", "organisation_id", "school_id", "date", "half"),
        CheckConstraint("half IN (0, 1)", name="half"),
        {"sqlite_with_rowid": False},
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    date: Mapped[date] = mapped_column(Date, primary_key=True)
    half: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    school_id: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(12))
    code: Mapped[str] = mapped_column(String(2))
    place: Mapped[str] = mapped_column(String(120), default="", server_default="")
    starts_at: Mapped[datetime | None] = mapped_column(Instant)
    ends_at: Mapped[datetime | None] = mapped_column(Instant)
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    confirmed_by: Mapped[str] = mapped_column(String(200), default="", server_default="")
    source_kind: Mapped[str] = mapped_column(String(24), default="", server_default="")
    source_id: Mapped[int | None] = mapped_column(Integer)
