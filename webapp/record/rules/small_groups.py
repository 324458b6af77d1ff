"""Figures of groups so small that they would speak of a child.

Source: DfE statistics policy and domain §10: groups below 5 to 10 are suppressed for those who see totals only. The
larger number is kept unless the school says another, and one group alone is never hidden: its figures could be
reckoned from the rest.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

SMALLEST_GROUP = 10
SMALLEST_COUNT = 5

T = TypeVar("T", bound=Hashable)


def hidden_groups(
    sizes: Mapping[T, int], away: Mapping[T, int] | None = None, smallest: int = SMALLEST_GROUP
) -> frozenset[T]:
    """The groups whose figures are not shown: those below ``smallest`` pupils or 5 sessions away, and with them the
    smallest of the others until what is hidden cannot be reckoned from the total and the rest.

    The rest taken from the total leaves the hidden ones together: so these are at least two, and together no smaller
    than what one group may be. A group of nobody has nothing to hide.
    """
    missed = away or {}
    small = {group for group, size in sizes.items() if speaks_of_a_child(size, missed.get(group, 0), smallest)}
    rest = sorted((group for group in sizes if group not in small and sizes[group]), key=lambda group: sizes[group])
    while small and rest and _gives_away(small, sizes, missed, smallest):
        small.add(rest.pop(0))
    return frozenset(small)


def _gives_away(hidden: Collection[T], sizes: Mapping[T, int], away: Mapping[T, int], smallest: int) -> bool:
    pupils, missed = sum(sizes[group] for group in hidden), sum(away.get(group, 0) for group in hidden)
    return len(hidden) == 1 or speaks_of_a_child(pupils, missed, smallest)


def count_words(count: int) -> str:
    """A count of children in words: "none", "fewer than 5", or the number."""
    if count <= 0:
        return "none"
    return str(count) if count >= SMALLEST_COUNT else f"fewer than {SMALLEST_COUNT}"


@dataclass(frozen=True, slots=True)
class ShownCounts:
    """Counts that add up to a whole, fit to be shown. ``hidden`` are left out; ``whole``: their sum may be shown."""

    hidden: frozenset[str]
    whole: bool


def shown_counts(counts: Mapping[str, int]) -> ShownCounts:
    """Which of some counts of sessions would speak of a child.

    Below 5 a count is hidden, and with one alone the smallest of the others, or it could be reckoned from the sum. The
    sum itself goes where nothing larger stands in it.
    """
    small = {name for name, count in counts.items() if 0 < count < SMALLEST_COUNT}
    large = [name for name, count in counts.items() if count >= SMALLEST_COUNT]
    if len(small) == 1 and large:
        small.add(min(large, key=lambda name: counts[name]))
    return ShownCounts(frozenset(small), not small or bool(large))


def speaks_of_a_child(pupils: int, away: int, smallest: int = SMALLEST_GROUP) -> bool:
    """A group of few, or of whom hardly anybody was away: any figure of it would be that child's."""
    return 0 < pupils < smallest or 0 < away < SMALLEST_COUNT
