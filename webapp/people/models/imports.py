"""Files that were brought in: one run a file, and what was wrong with it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Identity, Index, Integer, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.foundation.db import Base
from webapp.foundation.types import BigId, Instant, Json, PublicId, within


class ImportRun(Base):
    """One file on its way in. ``state`` is one of ``people.rules.files.RunState``, ``kind`` an ``ImportKind``.

    ``counts`` and ``preview`` are what the last check or the application found (``people.rules.files.Counts`` and
    ``Preview``). ``file_id`` is empty once the file is not needed any more: its rows stand in their own tables then.
    """

    __tablename__ = "import_run"
    __table_args__ = (
        within("school_id", to="school"),
        within("file_id", to="file"),
        UniqueConstraint("organisation_id", "public_id"),
        Index("ix_import_run_school", "organisation_id", "school_id", "kind", "applied_at"),
        CheckConstraint("kind IN ('pupils', 'contacts', 'staff', 'calendar', 'marks')", name="kind"),
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[int] = mapped_column(Integer, Identity(always=False), primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId())
    school_id: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(12))
    file_name: Mapped[str] = mapped_column(String(200))
    file_id: Mapped[int | None] = mapped_column(BigId)
    confirmed: Mapped[bool] = mapped_column(default=False, server_default="0")
    counts: Mapped[Any] = mapped_column(Json)
    preview: Mapped[Any] = mapped_column(Json)
    actor_kind: Mapped[str] = mapped_column(String(12))
    actor_id: Mapped[int | None] = mapped_column(Integer)
    actor_name: Mapped[str] = mapped_column(String(200))
    actor_position: Mapped[str] = mapped_column(String(120), default="", server_default="")
    staged_at: Mapped[datetime] = mapped_column(Instant)
    applied_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(SmallInteger, default=1, server_default="1")


class ImportRejection(Base):
    """One thing to mend in a file before it can be applied; ``line`` 0 is the file as a whole."""

    __tablename__ = "import_rejection"
    __table_args__ = (within("run_id", to="import_run"), {"sqlite_with_rowid": False})

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    run_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    line: Mapped[int] = mapped_column(Integer)
    field: Mapped[str] = mapped_column(String(120))
    value: Mapped[str] = mapped_column(String(200))
    mend: Mapped[str] = mapped_column(String(500))
