"""What a family was last told of a mark: a decision counts when its two minutes are over, as on the receipt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from webapp.record.rules.arithmetic import Tally, tally
from webapp.record.rules.codes import half_from_index
from webapp.record.rules.weeks import CODE_OF, NO_MARK, SLOTS, SYMBOL_OF, slot_of, week_start

COUNTS = ("possible", "present", "authorised", "unauthorised", "late", "unresolved", "illness")
_ISO, _WEEK = 10, 10 + SLOTS


class Held(NamedTuple):
    """A decision that nobody has been told of: the session, its code, and the code that stood before it."""

    date: date
    half: int
    code: str
    before: str | None


class Untold(NamedTuple):
    """A session whose mark, ``code``, is news; the family was last told ``told``."""

    date: date
    half: int
    code: str | None
    told: str | None


def read_held(text: str) -> list[Held]:
    """From the text of ``queries.held``, "2026-06-16|0|I|N;" a decision, the newest first."""
    rows = sorted((part.split("|") for part in text.split(";") if part), key=lambda row: -int(row[0]))
    return [Held(date.fromisoformat(day), int(half), code, before or None) for _, day, half, code, before in rows]


def untold(weeks: str, held: Sequence[Held]) -> list[Untold]:
    """The sessions that the family has not heard of. ``weeks`` is each Monday and its fourteen symbols.

    A mark that was changed since by another hand than a decision's is shown as it is.
    """
    found: dict[tuple[date, int], Untold] = {}
    for one in held:
        key = (one.date, one.half)
        so_far = found.get(key)
        stands = so_far.told if so_far else _code_in(weeks, one)
        if stands == one.code:
            found[key] = Untold(*key, so_far.code if so_far else stands, one.before)
    return list(found.values())


def weeks_as_told(weeks: str, news: Sequence[Untold]) -> str:
    for each in news:
        at = _place(weeks, each.date, each.half)
        if at is not None:
            weeks = weeks[:at] + (SYMBOL_OF[each.told] if each.told else NO_MARK) + weeks[at + 1 :]
    return weeks


def counts_as_told(counts: Tally, news: Sequence[Untold]) -> Tally:
    """The year's counts with the marks that the family was last told of."""
    now, told = tally(each.code for each in news), tally(each.told for each in news)
    return Tally(*(getattr(counts, name) - getattr(now, name) + getattr(told, name) for name in COUNTS))


NEUTRAL = "Y5"
"""As what a withheld session stands on a family's page: "Does not count", which says nothing, and no sum has it."""


def read_withheld(text: str) -> list[tuple[date, int]]:
    """The sessions of the text "2026-06-16|0;2026-06-17|1", each once."""
    rows = (part.split("|") for part in text.split(";") if part)
    return sorted({(date.fromisoformat(day), int(half)) for day, half in rows})


def withheld_as_told(weeks: str, sessions: Sequence[tuple[date, int]]) -> list[Untold]:
    """Sessions that the reader is not to see, each with the neutral mark; one without a mark has nothing to hide."""
    found = []
    for on, half in sessions:
        at = _place(weeks, on, half)
        code = CODE_OF.get(weeks[at]) if at is not None else None
        if code is not None:
            found.append(Untold(on, half, code, NEUTRAL))
    return found


def _code_in(weeks: str, one: Held) -> str | None:
    """The session's mark. A week that is still to come has no text: there the decision's own code stands."""
    at = _place(weeks, one.date, one.half)
    return one.code if at is None else CODE_OF.get(weeks[at])


def _place(weeks: str, on: date, half: int) -> int | None:
    monday = week_start(on).isoformat()
    for at in range(0, len(weeks), _WEEK):
        if weeks[at : at + _ISO] == monday:
            return at + _ISO + slot_of(on, half_from_index(half))
    return None
