"""School time can be set; every reaction is wired as in the service, and messages go to the demo phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, time

import pytest
import time_machine

from notifications import channels
from notifications.services import no_checks
from tests.factories import TODAY
from webapp import reactions
from webapp.first_day.services import clockwork
from webapp.foundation import clock, config, events, work
from webapp.people.rules.school_times import in_london

SETTINGS = config.load(
    {
        "FIRSTBELL_MODE": "production", "FIRSTBELL_DATABASE_URL": "sqlite:///unused",
        "FIRSTBELL_PUBLIC_URL": "https://school.example", "FIRSTBELL_SECRET_KEYS": "k" * 40,
        "FIRSTBELL_FICTIONAL_NUMBERS": "yes",
    }
)  # fmt: skip


def at(hhmm: str) -> datetime:
    """A London time of the test's Tuesday."""
    return in_london(TODAY, time.fromisoformat(hhmm))


@pytest.fixture
def wired() -> Iterator[None]:
    """The reactions of the service."""
    with work.fresh_kinds(), no_checks():
        clockwork.forget_queued()
        reactions.wire(SETTINGS)
        yield
    events.forget_all()
    channels.use(None)
    clock.use_school_offset(None)


@pytest.fixture
def when() -> Iterator[Callable[[str], None]]:
    """Sets the time at school: ``when("09:20")``."""
    with time_machine.travel(at("08:50"), tick=False) as traveller:
        yield lambda hhmm: traveller.move_to(at(hhmm))
