"""Figures of groups so small that they would speak of a child.

Source: DfE statistics policy and domain §10: groups below 5 to 10 are suppressed for those who see totals only. The
larger number is kept here, and one group alone is never hidden: its figures could be reckoned from the rest.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

SMALLEST_GROUP = 10
SMALLEST_COUNT = 5

T = TypeVar("T", bound=Hashable)


def hidden_groups(sizes: Mapping[T, int]) -> frozenset[T]:
    """The groups whose figures are not shown: those below 10 pupils, and the smallest of the others where one alone
    would be hidden. A group of nobody has nothing to hide."""
    small = {group for group, size in sizes.items() if 0 < size < SMALLEST_GROUP}
    rest = [group for group in sizes if group not in small and sizes[group]]
    if len(small) == 1 and rest:
        small.add(min(rest, key=lambda group: sizes[group]))
    return frozenset(small)


def count_words(count: int) -> str:
    """A count of children in words: "none", "fewer than 5", or the number."""
    if count <= 0:
        return "none"
    return str(count) if count >= SMALLEST_COUNT else f"fewer than {SMALLEST_COUNT}"
