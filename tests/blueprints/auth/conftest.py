"""The post room stands ready: messages wait for the demo phone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from notifications import channels
from notifications.channels import channels_from
from webapp.foundation.config import demo_environment, load


@pytest.fixture(autouse=True)
def post_room(tmp_path) -> Iterator[None]:
    channels.use(channels_from(load(demo_environment(tmp_path, "k" * 40, 8000))))
    yield
    channels.use(None)
