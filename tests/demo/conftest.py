"""The demo trust at a few moments, each built once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import cache

import pytest

from webapp.demo.trust import Trust, build_trust, demo_moment
from webapp.foundation.clock import LONDON

NOVEMBER = "2026-11-20T08:52"


@cache
def _built(local: str) -> Trust:
    at = datetime.fromisoformat(local).replace(tzinfo=LONDON)
    return build_trust(demo_moment(at, date(2000, 1, 1)))


@pytest.fixture(scope="session")
def trust_at() -> Callable[[str], Trust]:
    """The trust at a London time ("2026-11-20T08:52")."""
    return _built


@pytest.fixture(scope="session")
def trust() -> Trust:
    """The trust on a Friday morning in November, three months into the year."""
    return _built(NOVEMBER)
