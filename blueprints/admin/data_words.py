"""Requests for data in words: where one stands, its days, and what the lists of doubtful lines are called."""

from __future__ import annotations

from datetime import date, datetime

from webapp.foundation.clock import london
from webapp.foundation.words import short_day_words, staff_time
from webapp.insight.queries.requests import RequestRow
from webapp.insight.rules.deadlines import Basis
from webapp.insight.rules.requests import Outcome, RequestState

_STATES = {
    RequestState.LOGGED: ("wait", "To be gathered"), RequestState.GATHERING: ("wait", "Being gathered"),
    RequestState.CHECKING: ("wait", "Being checked"), RequestState.MAKING: ("wait", "Being made"),
    RequestState.READY: ("agreed", "Ready to hand over"),
}  # fmt: skip
OUTCOMES = (
    (Outcome.HANDED_OVER.value, "Handed over"), (Outcome.REFUSED.value, "Refused"),
    (Outcome.WITHDRAWN.value, "Withdrawn by whoever asked"),
)  # fmt: skip
_ENDS = dict(OUTCOMES)


def status_of(row: RequestRow) -> tuple[str, str]:
    """The kind of its sign, and its word."""
    if row.state is RequestState.CLOSED:
        return ("in" if row.outcome == Outcome.HANDED_OVER else "quiet", _ENDS.get(row.outcome, "Closed"))
    if row.starts_clock_on is None:
        return "wait", "Who asks?"
    return _STATES[row.state]


def asked_words(row: RequestRow) -> str:
    """Who asks, as the list says it."""
    return f"{row.requester}, for {row.about}" if row.requester else row.about


def clock_facts(row: RequestRow, today: date) -> list[tuple[str, str]]:
    """The days of a request, each beside what it is."""
    facts = [
        ("Asked by", row.requester or row.about), ("About", row.about), ("Came", day(row.received_on)),
        ("By which law", "Educational record: 15 school days" if row.basis == Basis.EDUCATIONAL_RECORD
         else "Right of access: one month"),
        ("Due", _due_words(row, today)),
    ]  # fmt: skip
    if row.paused_days or row.paused_on:
        facts.append(("Days that did not count", str(row.paused_days)))
    if row.pause_why:
        facts.append(("Asked what is meant", row.pause_why))
    if row.extended_why:
        facts.append(("Two months more, because", row.extended_why))
    if row.gathered_at is not None:
        facts.append(("Gathered", when(row.gathered_at)))
    if row.expires_on is not None:
        facts.append(("The bundle is deleted after", day(row.expires_on)))
    return facts


def _due_words(row: RequestRow, today: date) -> str:
    if row.starts_clock_on is None:
        return "Not yet: it counts from the day on which it is certain who asks"
    if row.paused_on is not None:
        return f"Not yet: the clock has stood still since {day(row.paused_on)}"
    if row.due_on is None:
        return "Not known"
    left = (row.due_on - today).days
    if row.state is RequestState.CLOSED:
        return day(row.due_on)
    return f"{day(row.due_on)}, " + (f"{left} days left" if left >= 0 else f"{-left} days late")


def day(on: date) -> str:
    return f"{short_day_words(on)} {on.year}"


def when(instant: datetime) -> str:
    moment = london(instant)
    return f"{day(moment.date())} {staff_time(moment)}"
