"""How long a failed attempt waits: min(30 s × 2ⁿ, 30 min), spread so that failures do not return all at once."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

FIRST = timedelta(seconds=30)
LONGEST = timedelta(minutes=30)
SPREAD = 0.2
"""The wait lies within a fifth of its length to either side."""

_ENOUGH_DOUBLINGS = 16


def backoff(failures: int, fraction: Callable[[], float] = random.random) -> timedelta:
    """The wait after ``failures`` attempts have failed (1 or more); ``fraction`` gives numbers from 0 up to 1."""
    if failures < 1:
        raise ValueError(f"failures: there is nothing to wait for after {failures}; give 1 or more")
    plain = min(FIRST * (1 << min(failures - 1, _ENOUGH_DOUBLINGS)), LONGEST)
    return plain * (1 - SPREAD + 2 * SPREAD * fraction())
