"""A court order as it is typed: what it takes away, from when, who looks at it again, when; and its two reminders."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from webapp.people.rules.calendar import SchoolCalendar
from webapp.people.rules.names import need_line
from webapp.people.rules.refusals import Refused
from webapp.people.rules.rights import Denial

REMINDERS = (20, 5)
"""School days before the review date on which its reviewer is reminded."""
DENIALS: tuple[tuple[Denial, str], ...] = (
    (Denial.VIEW, "Seeing attendance, plans and messages"),
    (Denial.REPORT, "Telling school about absence, and being asked"),
    (Denial.LEAVE, "Asking for leave"),
    (Denial.COLLECT, "Collecting"),
    (Denial.CONTACT, "All contact: no call, no message, no page"),
)


class OrderRefused(Refused):
    """An order that cannot be kept so; ``mend`` says what to do."""


@dataclass(frozen=True, slots=True)
class TypedOrder:
    """The fields of the form as they came."""

    kind: str = ""
    denies: tuple[str, ...] = ()
    starts_on: str = ""
    ends_on: str = ""
    review_on: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class ReadOrder:
    """An order that can be kept. ``denies`` as it is stored."""

    kind: str
    denies: str
    starts_on: date
    ends_on: date | None
    review_on: date
    reference: str


def read_order(typed: TypedOrder, today: date) -> ReadOrder:
    """Raises OrderRefused naming the field, TextRefused."""
    if not typed.denies or not set(typed.denies) <= set(Denial):
        raise OrderRefused("denies", "Tick what the order takes away.")
    starts_on = _day(typed.starts_on, "starts_on", "Enter the day from which the order holds.")
    ends_on = _day(typed.ends_on, "ends_on", "Enter the last day of the order, or leave it empty.") if (
        typed.ends_on.strip()
    ) else None  # fmt: skip
    review_on = _day(typed.review_on, "review_on", "Enter the day by which somebody looks at the order again.")
    if ends_on is not None and ends_on < starts_on:
        raise OrderRefused("ends_on", "The order ends before it begins. Check both days.")
    if review_on <= today:
        raise OrderRefused("review_on", "Choose a day after today.")
    if ends_on is not None and review_on > ends_on:
        raise OrderRefused("review_on", "Choose a day no later than the last day of the order.")
    return ReadOrder(
        need_line(typed.kind, 60, "kind"), ",".join(sorted(set(typed.denies))), starts_on, ends_on, review_on,
        need_line(typed.reference, 120, "reference"),
    )  # fmt: skip


def _day(typed: str, field: str, mend: str) -> date:
    try:
        return date.fromisoformat(typed.strip())
    except ValueError:
        raise OrderRefused(field, mend) from None


def denials_of(denies: str) -> Collection[str]:
    """The words of what an order takes away; a stored text that cannot be read takes everything."""
    held = {word.strip() for word in denies.split(",")}
    words = [words for denial, words in DENIALS if denial.value in held]
    return words or ["Everything, until somebody has read the order"]


def reminder_days(calendar: SchoolCalendar, review_on: date) -> dict[int, date]:
    """For each reminder the day that lies so many school days before the review; where the calendar does not reach
    back so far, its first school day known."""
    days: dict[int, date] = {}
    day, passed = review_on, 0
    for wanted in sorted(REMINDERS):
        while passed < wanted:
            before = calendar.previous_school_day(day)
            if before is None:
                break
            day, passed = before, passed + 1
        days[wanted] = day
    return days
