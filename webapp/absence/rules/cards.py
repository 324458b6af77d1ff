"""What a parent reads about a child on Today. A mark is a mark, a sighting has its time: never "is in school"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from webapp.absence.rules.kinds import WHOLE_DAYS, Kind
from webapp.absence.rules.states import State
from webapp.absence.rules.times import clock_words, local_day
from webapp.foundation.words import day_words, short_day_words


class CardState(StrEnum):
    """Which of the looks the card has."""

    WHERE = "where"
    CLOSED = "closed"
    NO_SCHOOL = "no_school"
    IN = "in"
    RECORDED = "recorded"
    CAME_IN = "came_in"
    AGREED = "agreed"
    KNOWN = "known"
    EXPECTED = "expected"
    CHECK = "check"
    NOT_MARKED = "not_marked"
    STARTS = "starts"
    OVER = "over"
    NO_STATUS = "no_status"


@dataclass(frozen=True, slots=True)
class CardReport:
    """The newest report that speaks of today."""

    state: State
    kind: Kind
    sent_at: datetime
    expected_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What is known of one child today. Instants are aware; ``starts_at`` and ``ends_at`` are of the school day.

    ``may_view``: the adult may see attendance; else the card has buttons and no status. ``closed``: school was due to
    open today and is shut. ``no_school``: no session today, with ``back_on`` the next. ``marked_in_at`` when a register
    said present; ``came_in_at`` when the child came late or was signed in; ``seen_at`` when somebody at school saw the
    child there, whatever the mark. ``agreed_until``: leave that was granted. ``written_at``: the adult has
    sent a text about the child today.
    """

    child: str
    starts_at: datetime
    ends_at: datetime
    may_view: bool = True
    case_open: bool = False
    closed: bool = False
    no_school: bool = False
    back_on: date | None = None
    marked_in_at: datetime | None = None
    marked_in: bool = False
    came_in_at: datetime | None = None
    seen_at: datetime | None = None
    agreed_until: date | None = None
    report: CardReport | None = None
    recorded: str = ""
    taken_back: bool = False
    written_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """The card's status. ``first``: it stands above all others."""

    state: CardState
    sentence: str
    first: bool = False


def card_sentence(facts: CardFacts, now: datetime) -> Card:
    """The one sentence, the first that is so: looked for, no school, seen, agreed, reported, waiting."""
    if facts.case_open and facts.written_at is not None:
        return Card(CardState.WHERE, f"School has your message, {clock_words(facts.written_at)}", first=True)
    if facts.case_open:
        return Card(CardState.WHERE, f"Please tell school where {facts.child} is", first=True)
    if facts.closed:
        return Card(CardState.CLOSED, "School is closed today. You do not need to do anything.")
    if facts.no_school:
        back = f" Back on {day_words(facts.back_on)}." if facts.back_on else ""
        return Card(CardState.NO_SCHOOL, f"No school today.{back}")
    if not facts.may_view:
        return Card(CardState.NO_STATUS, "")
    if facts.came_in_at is not None:
        return Card(CardState.CAME_IN, f"Came in at {clock_words(facts.came_in_at)}")
    if facts.marked_in_at is not None:
        return Card(CardState.IN, f"Marked in at {clock_words(facts.marked_in_at)}")
    if facts.marked_in:
        return Card(CardState.IN, "Marked in")
    if facts.seen_at is not None:
        return Card(CardState.IN, f"Seen in school at {clock_words(facts.seen_at)}")
    if facts.agreed_until is not None:
        if facts.agreed_until > local_day(now):
            return Card(CardState.AGREED, f"Away until {short_day_words(facts.agreed_until)}. Agreed.")
        return Card(CardState.AGREED, "Away today. Agreed.")
    if facts.report is not None:
        card = _reported(facts.child, facts.report, now, taken_back=facts.taken_back)
        if card is not None:
            return card
    if facts.recorded:
        return Card(CardState.RECORDED, f"School recorded: {facts.recorded[:1].lower()}{facts.recorded[1:]}")
    if now < facts.starts_at:
        return Card(CardState.STARTS, f"Starts {clock_words(facts.starts_at)}")
    if now >= facts.ends_at:
        return Card(CardState.OVER, "School is over for today.")
    return Card(CardState.NOT_MARKED, "Not marked yet")


def _reported(child: str, report: CardReport, now: datetime, *, taken_back: bool) -> Card | None:
    if report.state is State.HELD:
        return Card(CardState.CHECK, f"Sent {clock_words(report.sent_at)}. School will check it with you first.")
    if report.state is State.WITHDRAWN or (report.kind is Kind.LATE and report.expected_at is not None):
        if report.expected_at is not None and report.expected_at <= now and taken_back:
            return Card(CardState.EXPECTED, f"School expected {child} at {clock_words(report.expected_at)}")
        if report.expected_at is None or report.expected_at <= now:
            return None
        return Card(CardState.EXPECTED, f"School expects {child} at {clock_words(report.expected_at)}")
    if report.kind in WHOLE_DAYS or report.kind is Kind.LATE:
        return Card(CardState.KNOWN, f"School knows {child} is away today")
    words = "is leaving early" if report.kind is Kind.EARLY else "is going out"
    return Card(CardState.KNOWN, f"School knows {child} {words} today")
