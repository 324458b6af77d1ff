"""Where each child must be on a school morning, told from the school's own words and from nothing of the service.

A child who is due is in exactly one of four places: in school, explained, unexplained, not known. What somebody at
school saw stands above what was told; two adults who disagree are doubt; a time given holds until it has passed; and
of what one adult says about the morning, the last word holds. A child who is looked for is looked for until a person
ends it, whatever the calendar says.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

IN_SCHOOL, EXPLAINED, UNEXPLAINED, NOT_KNOWN = "in_school", "explained", "unexplained", "not_known"
NOT_DUE = ""
"""School does not ask where the child is."""


@dataclass
class Child:
    """What has happened to one child this morning. Times are instants."""

    mark: str = ""
    seen: str = ""
    """The last thing that somebody at school saw: here, left, taken (by nobody known); "" for nothing."""
    back_by: datetime | None = None
    away: bool = False
    said: str = ""
    """What the family told school, and nobody there has decided yet: away, late; taken_back."""
    told_twice: bool = False
    coming_at: list[datetime] = field(default_factory=list)
    alarm: bool = False
    with_dsl: bool = False
    located: bool = False
    looked: bool = False
    """Somebody at school went and saw the child after the family last said that the child is away."""
    rests_on: str = ""
    """What the office made the mark of: "said", where it confirmed the family's report; "taken_back" once the family
    has said otherwise since; "" for a mark that somebody set by themselves."""
    signed_in: bool = False
    """Reception signed the child in since then."""
    looked_for: bool = False
    """Somebody at school has begun to look for the child, and nobody has ended that."""

    @property
    def is_here(self) -> bool:
        return self.seen == "here" or (self.seen == "" and self.mark in ("/", "L", "U"))

    def see(
        self, what: str, back_by: datetime | None = None, *, looked: bool = False, arrived: bool = False
    ) -> None:
        """Somebody at school saw the child come, stay or go; ``looked``: went to see whether the child is here."""
        self.looked, self.signed_in = self.looked or looked, self.signed_in or arrived
        self.seen, self.back_by = what, back_by
        self.located = False
        self.found_if_here()

    def found_if_here(self) -> None:
        """A child who is here is not looked for any more."""
        if self.is_here:
            self.alarm = self.with_dsl = self.located = False

    @property
    def is_marked_ill(self) -> bool:
        """Ill in the register, and the family has not said otherwise since."""
        return self.mark == "I" and self.rests_on != "taken_back"

    def set_mark(self, mark: str) -> None:
        """Somebody sets the mark; the same mark again changes nothing."""
        if mark != self.mark:
            self.mark, self.rests_on = mark, ""

    def confirm_ill(self) -> None:
        """The office makes the mark of what the family said."""
        self.mark, self.rests_on, self.said = "I", "said", ""

    def _says_otherwise(self) -> None:
        self.rests_on = "taken_back" if self.rests_on else ""

    def say(self, coming: datetime | None) -> None:
        """The one adult says that the child is away, or when the child is coming: the last word holds."""
        self.away, self.coming_at = coming is None, [] if coming is None else [coming]
        self.told_twice = self.told_twice or self.said != ""
        if coming is None:
            self.looked = self.signed_in = False
        self.said = "away" if coming is None else "late"
        self._says_otherwise()

    def take_back(self, coming: datetime) -> None:
        """The family takes back what it told school: the child is coming."""
        self.away, self.coming_at, self.said = False, [coming], "taken_back"
        self._says_otherwise()

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
    is_shut: bool = False
    """The head has closed the school for the morning: nobody new is missed, and whoever is looked for still is."""

    def where(self, name: str, now: datetime) -> str:
        child = self.children[name]
        closed = now >= self.closes
        not_asked = self.is_shut or child.mark in ("X", "Z", "#")
        if not_asked and not child.looked_for and not (child.seen == "taken" and not child.located):
            return NOT_DUE
        if child.seen == "taken" and not child.located:
            return UNEXPLAINED
        if child.is_here:
            return IN_SCHOOL
        if child.alarm and not child.with_dsl:
            return UNEXPLAINED
        gone_late = child.seen == "left" and child.back_by is not None and now >= child.back_by
        if child.seen == "left" and not gone_late:
            return EXPLAINED
        if child.is_marked_ill or child.away or any(now < at for at in child.coming_at) or child.located:
            return EXPLAINED
        if child.with_dsl or child.alarm or not_asked:
            return UNEXPLAINED
        if not closed:
            return NOT_KNOWN
        if gone_late or child.coming_at:
            return UNEXPLAINED
        return UNEXPLAINED if self.register_taken or child.mark == "N" else NOT_KNOWN

    def list_of(self, name: str, now: datetime) -> str:
        """The list of the board on which the child stands; "" for one of whom there is nothing to do.

        For a child of whom nothing was told, or one thing; or who is unexplained, whatever was told.
        """
        child, state = self.children[name], self.where(name, now)
        waits = child.said in ("away", "late")
        if state == UNEXPLAINED:
            return "unexplained"
        if state == IN_SCHOOL:
            looked = child.looked or (child.signed_in and child.mark in ("L", "U"))
            if (child.said == "away" or child.mark == "I") and not looked:
                # Somebody sees a child whom the family, or the register, says is away.
                return "reported_marked_in"
            if child.mark != "/":
                # Late, or seen by somebody while the mark does not say so yet.
                return "late"
            return "to_confirm" if waits else ""
        if waits:
            return "to_confirm"
        if state == NOT_KNOWN:
            return ""
        gone = child.seen == "left" and (child.back_by is None or now < child.back_by)
        expected = any(now < at for at in child.coming_at)
        if child.rests_on == "taken_back" and expected and not gone and not child.is_marked_ill:
            # The mark says ill, and the family that the child is coming.
            return "to_confirm"
        if child.mark in ("I", "/", "L", "U"):
            return "settled"
        return "planned" if expected and not gone else "to_confirm"
