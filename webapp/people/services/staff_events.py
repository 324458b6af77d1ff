"""What the office's record has to tell a member of staff, in the transaction in which it is written."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.foundation.events import Event


@dataclass(frozen=True, slots=True)
class StaffNews(Event):
    """A line for one member of staff: ``news`` names no child, ``path`` is the page that says more.

    The same ``key`` again is the same line.
    """

    school_id: int
    staff_id: int
    news: str
    path: str
    key: str
