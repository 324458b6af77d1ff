"""School time stands at 7:41 on Tuesday 16 June 2026."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from tests.absence.family import AT_0741


@pytest.fixture(autouse=True)
def frozen() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(AT_0741, tick=False) as traveller:
        yield traveller
