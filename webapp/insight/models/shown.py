"""What each parent was shown."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Identity, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.foundation.db import Base
from webapp.foundation.types import BigId, Instant, Json, within


class ShownPage(Base):
    """What one page said to one parent about one child (``pupil_id`` None: about no child), from ``at`` on.

    A row is written when what the page says differs from the last row, or the day is another; ``facts`` are its words,
    and ``digest`` their SHA-256, which an entry of the trail repeats. ``at`` is of the school's clock. ``version`` is
    the program's, whose words the codes of ``facts`` had.
    """

    __tablename__ = "shown_page"
    __table_args__ = (
        within("contact_id", to="contact"),
        within("pupil_id", to="pupil"),
        Index("ix_shown_page_latest", "organisation_id", "contact_id", "pupil_id", "page", "id"),
        Index("ix_shown_page_pupil", "organisation_id", "pupil_id", "contact_id", "at"),
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[int] = mapped_column(BigId, Identity(always=False), primary_key=True)
    contact_id: Mapped[int] = mapped_column(Integer)
    pupil_id: Mapped[int | None] = mapped_column(Integer)
    page: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(Instant)
    digest: Mapped[str] = mapped_column(String(64))
    version: Mapped[str] = mapped_column(String(20))
    facts: Mapped[Any] = mapped_column(Json)
