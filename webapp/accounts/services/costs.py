"""Counting what costs the service something, so that one person or program cannot use it up for all."""

from __future__ import annotations

from collections.abc import Mapping

from webapp.accounts.rules.limits import Deed, Per, check, tallies
from webapp.accounts.services import counters
from webapp.foundation.clock import machine_now
from webapp.foundation.db import unit_of_work


def spend(deed: Deed, who: Mapping[Per, str]) -> None:
    """Count the deed once. Raises ``TooMany`` when a limit is reached; what is refused is not counted."""
    now, counted = machine_now(), tallies(deed, who)
    with unit_of_work() as tx:
        counters.count_in(tx, counted, now)
        check(counters.counted(tx, counted, now))
