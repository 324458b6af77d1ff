"""Where each child must be on a school morning, told from the school's own words and from nothing of the service.

A child who is due is in exactly one of four places: in school, explained, unexplained, not known. What somebody at
school saw stands above what was told; two adults who disagree are doubt; a time given holds until it has passed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

IN_SCHOOL, EXPLAINED, UNEXPLAINED, NOT_KNOWN = "in_school", "explained", "unexplained", "not_known"


@dataclass
class Child:
    """What has happened to one child this morning. Times are instants."""

    mark: str = ""
    seen: str = ""
    """The last thing that somebody at school saw: here, left, taken (by nobody known); "" for nothing."""
    back_by: datetime | None = None
    away: bool = False
    coming_at: list[datetime] = field(default_factory=list)
    alarm: bool = False
    with_dsl: bool = False
    located: bool = False

    @property
    def is_here(self) -> bool:
        return self.seen == "here" or (self.seen == "" and self.mark in ("/", "L", "U"))

    def see(self, what: str, back_by: datetime | None = None) -> None:
        """Somebody at school saw the child come, stay or go."""
        self.seen, self.back_by = what, back_by
        self.located = False
        self.found_if_here()

    def found_if_here(self) -> None:
        """A child who is here is not looked for any more."""
        if self.is_here:
            self.alarm = self.with_dsl = self.located = False

    def locate(self) -> None:
        """Somebody knows where the child is, and it is not school."""
        self.located, self.alarm, self.with_dsl = True, False, False

    def thought_in(self) -> None:
        """A parent thought that the child was in school."""
        if not self.is_here:
            self.located = False
            self.alarm = True


@dataclass
class School:
    """One form of a school on one morning."""

    closes: datetime
    children: dict[str, Child]
    register_taken: bool = False

    def where(self, name: str, now: datetime) -> str:
        child = self.children[name]
        closed = now >= self.closes
        if child.seen == "taken" and not child.located:
            return UNEXPLAINED
        if child.is_here:
            return IN_SCHOOL
        if child.alarm and not child.with_dsl:
            return UNEXPLAINED
        gone_late = child.seen == "left" and child.back_by is not None and now >= child.back_by
        if child.seen == "left" and not gone_late:
            return EXPLAINED
        if child.mark == "I" or child.away or any(now < at for at in child.coming_at) or child.located:
            return EXPLAINED
        if child.with_dsl or child.alarm:
            return UNEXPLAINED
        if not closed:
            return NOT_KNOWN
        if gone_late or child.coming_at:
            return UNEXPLAINED
        return UNEXPLAINED if self.register_taken or child.mark == "N" else NOT_KNOWN
