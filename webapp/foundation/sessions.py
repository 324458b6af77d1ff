"""The two sessions of a school day.

Every school day has two sessions, divided by a break in the middle of the day
(Education (School Day and School Year) (England) Regulations 1999, reg. 3).
"""

from __future__ import annotations

from enum import StrEnum


class Half(StrEnum):
    """The morning or the afternoon session; the value is what is stored."""

    AM = "am"
    PM = "pm"

    @property
    def index(self) -> int:  # type: ignore[override]  # its place in the day, not str.index: nobody searches in "am"
        """0 for the morning, 1 for the afternoon: the order within a day."""
        return 0 if self is Half.AM else 1

    @classmethod
    def from_index(cls, index: int) -> Half:
        """The half at ``index``; raises ``ValueError`` for anything but 0 or 1."""
        if index == 0:
            return cls.AM
        if index == 1:
            return cls.PM
        raise ValueError(f"A school day has two sessions, 0 (morning) and 1 (afternoon); not {index!r}")


BOTH_HALVES: tuple[Half, Half] = (Half.AM, Half.PM)
