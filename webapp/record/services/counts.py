"""How a code counts, as whole numbers that SQL and Python add up alike.

A ``weight`` holds a code's seven counts, four bits each: the most that a week can hold of anything is fourteen.
"""

from __future__ import annotations

from collections.abc import Iterable

from webapp.record.rules.arithmetic import Tally, tally
from webapp.record.rules.codes import CODES
from webapp.record.rules.weeks import NO_MARK, SYMBOL_OF

COUNTS = ("possible", "present", "authorised", "unauthorised", "late", "unresolved", "illness")
BITS = 4
_FULL = (1 << BITS) - 1

# Numbers of codes live for one transaction only; 0 is "untouched" and 63 "no mark" in a packed week.
REMOVED = 63
NUMBER_OF: dict[str | None, int] = {each.code: number for number, each in enumerate(CODES, start=1)} | {None: REMOVED}
SYMBOLS = (NO_MARK + "".join(SYMBOL_OF[each.code] for each in CODES)).ljust(REMOVED + 1, NO_MARK)


def _weight(counted: Tally) -> int:
    return sum(getattr(counted, name) << BITS * place for place, name in enumerate(COUNTS))


WEIGHT_OF: dict[str | None, int] = {each.code: _weight(tally([each])) for each in CODES} | {None: 0}
_COUNTS_OF = {code: tuple(weight >> BITS * place & _FULL for place in range(7)) for code, weight in WEIGHT_OF.items()}


def week_counts(codes: Iterable[str | None]) -> dict[str, int]:
    """The counts of one week's codes by name."""
    weight = sum(WEIGHT_OF[code] for code in codes)
    return {name: weight >> BITS * place & _FULL for place, name in enumerate(COUNTS)}


def step(before: str | None, after: str | None) -> list[int]:
    """What a change from one code to another adds to each count, in the order of ``COUNTS``."""
    return [new - old for new, old in zip(_COUNTS_OF[after], _COUNTS_OF[before], strict=True)]
