"""Giving and ending a role: what may be typed, and what a school is never left without."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from webapp.people.rules.refusals import Refused
from webapp.people.rules.roles import Role

LONGEST_AHEAD = timedelta(days=730)
NEVER_WITHOUT: dict[Role, str] = {
    Role.ADMINISTRATOR: "The school would have no administrator.",
    Role.DSL: "The school would have no safeguarding lead.",
}
"""Roles of which somebody must be left: who gives roles, and who hears of danger."""


class RoleRefused(Refused):
    """A role that cannot be given or ended so; ``mend`` says what to do."""


@dataclass(frozen=True, slots=True)
class Held:
    """A role that somebody holds at a school, both days included; ``ends_on`` None: with no end."""

    staff_id: int
    role: Role
    starts_on: date
    ends_on: date | None

    def holds(self, on: date) -> bool:
        return self.starts_on <= on and (self.ends_on is None or on <= self.ends_on)


@dataclass(frozen=True, slots=True)
class Grant:
    """A role to be given, from a day to a day."""

    role: Role
    starts_on: date
    ends_on: date | None


def read_grant(role: str, starts: str, ends: str, today: date) -> Grant:
    """What was typed: a role as stored and ISO days, an empty first day being today and an empty last day no end.

    Raises RoleRefused naming ``role``, ``starts_on`` or ``ends_on``.
    """
    if role not in {each.value for each in Role}:
        raise RoleRefused("role", "Choose a role.")
    first = _day(starts, "starts_on") or today
    last = _day(ends, "ends_on")
    if first < today:
        raise RoleRefused("starts_on", "Choose today or a day to come: nobody did this role on days gone by.")
    if first - today > LONGEST_AHEAD:
        raise RoleRefused("starts_on", "Choose a day within two years.")
    if last is not None and last < first:
        raise RoleRefused("ends_on", "The last day is before the first. Check both.")
    return Grant(Role(role), first, last)


def read_last_day(typed: str, today: date) -> date:
    """The last day on which a role is held; nothing typed: it ends at once, so that yesterday was the last.

    Raises RoleRefused naming ``last_day``.
    """
    last = _day(typed, "last_day")
    if last is None:
        return today - timedelta(days=1)
    if last < today:
        raise RoleRefused("last_day", "Choose today or a day to come, or leave it empty to end the role now.")
    return last


def check_giver(giver_id: int | None, staff_id: int) -> None:
    """Nobody gives themselves a role: who keeps the lists would else read the cases. Raises RoleRefused."""
    if giver_id == staff_id:
        raise RoleRefused("role", "Ask somebody else who keeps staff: nobody gives themselves a role.")


def check_left(role: Role, after: Iterable[Held], first_day_without: date) -> None:
    """``after``: who holds the role at the school once the change is made. Raises RoleRefused where nobody would."""
    words = NEVER_WITHOUT.get(role)
    if words and not any(held.role is role and held.holds(first_day_without) for held in after):
        raise RoleRefused("last_day", f"{words} Give the role to somebody else first.")


def overlaps(grant: Grant, held: Iterable[Held]) -> bool:
    """True if somebody holds the role already on one of its days."""
    return any(
        one.role is grant.role
        and (one.ends_on is None or one.ends_on >= grant.starts_on)
        and (grant.ends_on is None or grant.ends_on >= one.starts_on)
        for one in held
    )


def earlier(one: date | None, other: date | None) -> date | None:
    """The earlier of two last days, None being no end."""
    return min((day for day in (one, other) if day is not None), default=None)


def _day(typed: str, field: str) -> date | None:
    if not typed.strip():
        return None
    try:
        return date.fromisoformat(typed.strip())
    except ValueError:
        raise RoleRefused(field, "Enter a day, such as 22 June 2026.") from None
