"""What a family answers to "where is your child?", and what the first-day text may still say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from webapp.record.rules import DayState, Flag, Whereabouts, Why


class Answer(StrEnum):
    """The buttons of the page behind the link; the value is what is stored."""

    AWAY = "away"
    ON_THE_WAY = "on_the_way"
    THOUGHT_IN = "thought_in"
    WRONG_NUMBER = "wrong_number"

    @property
    def words(self) -> str:
        """For staff."""
        return _WORDS[self]


_WORDS = {
    Answer.AWAY: "is away, and why",
    Answer.ON_THE_WAY: "is on the way",
    Answer.THOUGHT_IN: "thought that the child was in school",
    Answer.WRONG_NUMBER: "this is the wrong number",
}

WHERE_IS_CHILD = "where_is_child"
"""The purpose of the single-task link."""


def text_fits(now: DayState) -> bool:
    """False where "was not marked in" would be wrong: the child was here, and somebody not known took them; or school
    does not ask for the child in this session any more, so that people look for them and no text does."""
    return now.why is not Why.COLLECTOR_NOT_KNOWN and Flag.NOT_DUE not in now.flags


def text_still_true(now: DayState) -> bool:
    """A first-day text goes out only while nobody knows where the child is, who should be in school."""
    return now.state is Whereabouts.UNEXPLAINED and Flag.NOT_DUE not in now.flags


def marks_are_stale(
    imported_at: datetime | None, now: datetime, minutes: int, *, own: int = 0, ran_at: datetime | None = None
) -> bool:
    """Imported marks that are too old to text families about: when the first-day run looked (``ran_at``), or now while
    it has not. They do not grow old after it, since no newer ones of the session are due. Where nothing was
    imported, registers of our own (``own``) are as good as new, and marks that came from nobody knows where are old."""
    if imported_at is None:
        return own == 0
    return (min(now, ran_at or now) - imported_at).total_seconds() > minutes * 60


def times_to_offer(now: datetime, ends: datetime) -> Sequence[datetime]:
    """The next two half hours for "on the way", before the session ends."""
    first = now.replace(minute=0, second=0, microsecond=0)
    found: list[datetime] = []
    for number in range(1, 6):
        at = first + number * timedelta(minutes=30)
        if now < at < ends:
            found.append(at)
    return found[:2]
