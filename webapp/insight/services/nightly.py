"""What data law has done by itself: gathering and bundles for those who asked, and the night's sweep."""

from __future__ import annotations

from datetime import time

from webapp.foundation import work
from webapp.foundation.work import Job
from webapp.insight.services.bundles import register_bundles
from webapp.insight.services.gathering import register_gathering, sweep_bundles
from webapp.insight.services.keeping import COUNT_WORK, register_keeping

SWEEP_WORK = "bundle_sweep"


def schedule() -> None:
    """Register every kind of work of this floor; saying it again changes nothing."""
    register_gathering()
    register_bundles()
    work.handler(SWEEP_WORK, max_attempts=3, concurrency=1)(_sweep)
    register_keeping()
    work.every(COUNT_WORK, work.daily(time(4, 10)))
    work.every(SWEEP_WORK, work.daily(time(3, 50)))


def _sweep(_job: Job) -> None:
    while sweep_bundles():
        pass
