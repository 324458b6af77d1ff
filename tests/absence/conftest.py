"""School time stands at 7:41 on Tuesday 16 June 2026; messages go to the demo phone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from notifications import channels
from notifications.channels import Channels
from notifications.channels.demo import DemoPhone
from tests.absence.family import AT_0741
from webapp.foundation import clock


@pytest.fixture(autouse=True)
def frozen() -> Iterator[time_machine.Traveller]:
    # Another file of this worker may have left a school clock of its own.
    clock.use_school_offset(None)
    with time_machine.travel(AT_0741, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def demo_phone() -> Iterator[None]:
    phone = DemoPhone(reports=True)
    channels.use(
        Channels(
            sms=phone, push=phone, email=phone, public_url="https://attend.hill.example", can_reply=True,
            push_allowed=lambda _endpoint: True,
        )
    )  # fmt: skip
    yield
    channels.use(None)
