"""Changing what a contact may do for a child: what is ticked, and what comes of it in words."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from webapp.people.rules.names import clean_text
from webapp.people.rules.refusals import Refused
from webapp.people.rules.rights import CourtOrder, Link, Right, Rights, effective_rights, may

LONGEST_WHY = 500
TICKS: tuple[tuple[str, str], ...] = (
    ("may_view_attendance", "May see attendance"),
    ("may_view_plans", "May see plans"),
    ("may_view_messages", "May see messages"),
    ("may_report", "May tell school that the child is away"),
    ("may_request_leave", "May ask for leave"),
    ("may_collect", "May collect"),
    ("parental_responsibility", "Has parental responsibility"),
    ("lives_with", "Lives with the child"),
    ("do_not_contact", "Is not to be contacted"),
)
"""What the form has, by the name of its column. Leave is asked for only by a parent whom the child lives with."""
_COLUMNS = frozenset(column for column, _ in TICKS)
_SEES = {
    Right.VIEW_ATTENDANCE: ("see {child}'s attendance", "sees {child}'s attendance"),
    Right.VIEW_PLANS: ("see {child}'s plans", "sees {child}'s plans"),
    Right.VIEW_MESSAGES: ("see messages about {child}", "sees messages about {child}"),
    Right.REPORT: ("tell school about {child}, or be asked where {child} is", "may tell school about {child}"),
    Right.REQUEST_LEAVE: ("ask for leave for {child}", "may ask for leave for {child}"),
    Right.COLLECT: ("collect {child}", "may collect {child}"),
}


class RightsRefused(Refused):
    """A change that cannot be made so; ``mend`` says what to do."""


@dataclass(frozen=True, slots=True)
class Change:
    """A form of rights that can be kept: the link as it was and will be."""

    before: Link
    after: Link

    @property
    def columns(self) -> dict[str, bool]:
        """What changes, by column."""
        now = {column: getattr(self.after, column) for column, _ in TICKS}
        return {column: ticked for column, ticked in now.items() if ticked != getattr(self.before, column)}


def read_ticks(link: Link, ticked: Collection[str]) -> Change:
    """The change that the form asks for. Raises RightsRefused for a tick of no form of ours, and for no change."""
    if not set(ticked) <= _COLUMNS:
        raise RightsRefused("ticks", "Choose from the list.")
    values: dict[str, Any] = {column: column in ticked for column in _COLUMNS}
    change = Change(link, replace(link, **values))
    if not change.columns:
        raise RightsRefused("ticks", "Nothing is changed. Tick or clear a line first.")
    return change


def need_reason(words: str) -> str:
    """Why the rights change. Raises RightsRefused, TextRefused."""
    text = clean_text(words, LONGEST_WHY, "reason")
    if not text:
        raise RightsRefused("reason", "Write why this changes.")
    return text


def effects(change: Change, orders: Iterable[CourtOrder], on: date, adult: str, child: str) -> list[str]:
    """What the contact can no longer do, then what they newly can, as of a day and under the orders that stand."""
    known = tuple(orders)
    before, after = effective_rights(change.before, known, on), effective_rights(change.after, known, on)
    lost = [_SEES[right][0] for right in Right if may(before, right) and not may(after, right)]
    gained = [_SEES[right][1] for right in Right if may(after, right) and not may(before, right)]
    said = [f"{adult} will no longer {words.format(child=child)}." for words in lost]
    said += [f"{adult} {words.format(child=child)} from now on." for words in gained]
    if after.blocked and not before.blocked:
        said.append(f"{adult} is not rung or written to about {child}. The safeguarding lead decides.")
    return said or [_nothing(after, adult)]


def _nothing(after: Rights, adult: str) -> str:
    if after.restricted:
        return f"An order limits {adult}: what is ticked here does not change what they can do today."
    return f"What {adult} can do today does not change."
