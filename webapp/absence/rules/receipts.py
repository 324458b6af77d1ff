"""The receipt, over time: what was sent, read and recorded, each said only when it is so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from webapp.absence.rules.cover import Away, halves_words
from webapp.absence.rules.states import State
from webapp.absence.rules.times import clock_words, local_day
from webapp.foundation.words import day_words, short_day_words
from webapp.record.rules.codes import find_code_ever

_RECORDED = {
    "I": "illness",
    "M": "an appointment",
    "R": "a religious day",
    "N": "no reason yet",
    "Y5": "time that does not count",
}


GOT_LATE = "School got this after the register closed."


class StepName(StrEnum):
    """The value is a CSS-safe word for the page."""

    SENT = "sent"
    CHANGED = "changed"
    CHECK = "check"
    READ = "read"
    RECORDED = "recorded"
    NOT_ACCEPTED = "not_accepted"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the receipt. ``asks``: the line offers "Ask school about this"."""

    name: StepName
    done: bool
    words: str
    asks: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """One decision that the family has been told of. ``reason`` is school's, where it did not accept."""

    code: str
    accepted: bool
    decided_at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptFacts:
    """What the receipt is made of. ``told`` holds decisions whose two minutes are over, oldest first, none undone."""

    state: State
    sent_at: datetime
    read_at: datetime | None
    office_opens: datetime
    after_close: bool = False
    told: Sequence[Told] = ()
    expected_at: datetime | None = None
    withdrawn_at: datetime | None = None
    changed_at: datetime | None = None


def receipt_steps(facts: ReceiptFacts, now: datetime) -> tuple[Step, ...]:
    """Sent, read, recorded; a report taken back or held says so instead."""
    today = local_day(now)
    sent = f"Sent {_at(facts.sent_at, today)}"
    if facts.after_close:
        sent += f". {GOT_LATE}"
    steps = [Step(StepName.SENT, True, sent)]
    if facts.changed_at is not None:
        steps.append(Step(StepName.CHANGED, True, f"Changed {_at(facts.changed_at, today)}"))
    if facts.state is State.HELD:
        steps.append(Step(StepName.CHECK, False, "School will check this with you first. Please ring the office."))
        return tuple(steps)
    if facts.read_at is not None:
        steps.append(Step(StepName.READ, True, f"Read by the attendance office {_at(facts.read_at, today)}"))
    elif not facts.told and facts.state is not State.WITHDRAWN:
        opens = f" The office opens at {clock_words(facts.office_opens)}." if now < facts.office_opens else ""
        steps.append(Step(StepName.READ, False, f"Not read yet.{opens}"))
    steps += _outcomes(facts.told, today)
    if facts.state is State.WITHDRAWN:
        steps.append(Step(StepName.WITHDRAWN, True, withdrawn_words(facts, today)))
    elif not facts.told:
        steps.append(Step(StepName.RECORDED, False, "Not recorded yet. You will see here what school records."))
    return tuple(steps)


def withdrawn_words(facts: ReceiptFacts, today: date) -> str:
    """When the family said that the child would come."""
    when = _at(facts.withdrawn_at, today) if facts.withdrawn_at else ""
    coming = f" School expects your child at {_at(facts.expected_at, today)}." if facts.expected_at else ""
    return f"You took this back {when}.{coming}".replace(" .", ".")


def _outcomes(told: Sequence[Told], today: date) -> list[Step]:
    """One line for each different outcome, in the order of the decisions."""
    lines: dict[tuple[str, bool], Step] = {}
    for each in told:
        at = _at(each.decided_at, today)
        if each.accepted:
            step = Step(StepName.RECORDED, True, f"Recorded as {recorded_words(each.code)} {at}")
        else:
            step = Step(StepName.NOT_ACCEPTED, True, f"Not accepted: {_reason(each.reason)}", asks=True)
        lines.setdefault((each.code, each.accepted), step)
    return list(lines.values())


def _reason(reason: str) -> str:
    text = reason.strip() or "time off was not agreed"
    text = text[:1].lower() + text[1:] if text[1:2].islower() or len(text) == 1 else text
    return text if text.endswith((".", "!", "?")) else f"{text}."


def recorded_words(code: str) -> str:
    """What follows "Recorded as": words for a parent, never the letter."""
    found = find_code_ever(code)
    if found is None:
        return "a reason that school can tell you"
    return _RECORDED.get(found.code) or found.parent_words[:1].lower() + found.parent_words[1:]


def _at(at: datetime | None, today: date) -> str:
    if at is None:
        return ""
    day = local_day(at)
    return clock_words(at) if day == today else f"{short_day_words(day)}, {clock_words(at)}"


def headline(sent_at: datetime) -> str:
    """The h1 of the receipt."""
    return f"Sent to school at {clock_words(sent_at)}"


def changed_headline(changed_at: datetime, today: date) -> str:
    """The h1 once the family has changed what it sent."""
    on = local_day(changed_at)
    return f"Changed {'at' if on == today else 'on'} {_at(changed_at, today)}"


def has_it_words(school: str, child: str, away: Away, today: date) -> str:
    """Vale Academy has it: Ella is away today."""
    if away.leaves_at or away.arrives_at:
        return f"{school} has it: {child}, {_days(away, today, middle=True)}, {halves_words(away)}."
    return f"{school} has it: {child} is away {_days(away, today, middle=True)}."


def when_words(away: Away, today: date) -> str:
    """Today, all day; Wednesday 17 June, until 10:30am; Tuesday 16 to Friday 19 June, all day."""
    return f"{_days(away, today)}, {halves_words(away)}"


def _days(away: Away, today: date, *, middle: bool = False) -> str:
    if away.starts_on != away.ends_on:
        return f"{'from ' if middle else ''}{span_words(away.starts_on, away.ends_on)}"
    if away.starts_on == today:
        return "today" if middle else "Today"
    return f"{'on ' if middle else ''}{day_words(away.starts_on)}"


def span_words(first: date, last: date) -> str:
    """Tuesday 16 to Friday 19 June."""
    words = day_words(first)
    return f"{words.rsplit(' ', 1)[0] if first.month == last.month else words} to {day_words(last)}"


def after_close_words(child: str, closes: datetime, phone: str) -> str:
    """The cut-off changes the words and never closes the door."""
    return (
        f"The register closed at {clock_words(closes)}. You can still tell school here. "
        f"If {child} might be on the way, ring {phone} too."
    )


def long_run_words(days: int) -> str:
    """A longer run asks for a conversation; the first days are sent all the same."""
    return f"For more than {days} days, please talk to us."


def asked_words(starts_on: date, asked_until: date, days: int) -> str:
    """What the family said of a run that was too long, whole, and what school made of it."""
    first = "first school day" if days == 1 else f"first {days} school days"
    said = f"You told us {span_words(starts_on, asked_until)}."
    return f"{said} School has the {first} now and wants to talk about the rest."


def changed_words(away: Away, why: str, changed_at: datetime | None, today: date) -> str:
    """School has what you changed at 9:03am. Medical appointment. Today, until 11am."""
    at = f" at {_at(changed_at, today)}" if changed_at else ""
    return f"School has what you changed{at}. {why}. {when_words(away, today)}."


def told_before_words(child: str, sent_at: datetime, today: date, *, by_me: bool) -> str:
    """The second report of the same child and day, by the same adult or after the other one."""
    if by_me:
        return f"You told school about {child} at {_at(sent_at, today)}."
    return f"School already knows {child} is away today. You can still tell school something."


def expected_fault(day: date, at_time: datetime, *, opens: datetime, ends: datetime, now: datetime) -> str | None:
    """Why a child cannot be expected then; None if they can. All of one school day."""
    if local_day(at_time) != day or at_time >= ends:
        return f"School ends at {clock_words(ends)}. Choose an earlier time"
    if at_time < now:
        return "Choose a time that is still to come"
    return f"School starts at {clock_words(opens)}. Choose a later time" if at_time < opens else None


def expected_words(child: str, at: datetime) -> str:
    return f"School expects {child} at {clock_words(at)}."

