"""Figures of groups so small that they would speak of a child.

Source: DfE statistics policy and domain §10: groups below 5 to 10 are suppressed for those who see totals only. The
larger number is kept here, and one group alone is never hidden: its figures could be reckoned from the rest.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

SMALLEST_GROUP = 10
SMALLEST_COUNT = 5

T = TypeVar("T", bound=Hashable)


def hidden_groups(sizes: Mapping[T, int], away: Mapping[T, int] | None = None) -> frozenset[T]:
    """The groups whose figures are not shown: those below 10 pupils or 5 sessions away, and the smallest of the others
    where one alone would be hidden. A group of nobody has nothing to hide."""
    small = {group for group, size in sizes.items() if speaks_of_a_child(size, (away or {}).get(group, 0))}
    rest = [group for group in sizes if group not in small and sizes[group]]
    if len(small) == 1 and rest:
        small.add(min(rest, key=lambda group: sizes[group]))
    return frozenset(small)


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


def speaks_of_a_child(pupils: int, away: int) -> bool:
    """A group of few, or of whom hardly anybody was away: any figure of it would be that child's."""
    return 0 < pupils < SMALLEST_GROUP or 0 < away < SMALLEST_COUNT
