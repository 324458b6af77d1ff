"""The five ways of being away that a family can report."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType


class Kind(StrEnum):
    """The value is what is stored; the order is the order on the page. All day holds for today and for another day."""

    ALL_DAY = "all_day"
    DAYS = "days"
    LATE = "late"
    EARLY = "early"
    OUT_AND_BACK = "out_and_back"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def leaves(self) -> bool:
        """True if the time of leaving has to be given."""
        return self in (Kind.EARLY, Kind.OUT_AND_BACK)

    @property
    def arrives(self) -> bool:
        """True if the time of coming has to be given."""
        return self in (Kind.LATE, Kind.OUT_AND_BACK)


_LABELS = MappingProxyType(
    {
        Kind.ALL_DAY: "All day",
        Kind.DAYS: "More than one day",
        Kind.LATE: "Coming in late",
        Kind.EARLY: "Leaving early",
        Kind.OUT_AND_BACK: "Going out and coming back",
    }
)

WHOLE_DAYS = frozenset({Kind.ALL_DAY, Kind.DAYS})
PART_DAYS = frozenset({Kind.LATE, Kind.EARLY, Kind.OUT_AND_BACK})
EVERY_KIND = frozenset(Kind)


class Channel(StrEnum):
    """How the report reached school."""

    APP = "app"
    LINK = "link"
    TEXT = "text"
    PHONE = "phone"

    @property
    def words(self) -> str:
        """For staff."""
        return self.value if self is not Channel.LINK else "the link in our text"
