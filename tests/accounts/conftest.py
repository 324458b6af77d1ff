"""What the tests of sign-in share: a moment, a letter box for codes, and a count of statements."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from sqlalchemy import Connection, event

from notifications import channels
from notifications.channels import channels_from
from tests.factories import TODAY
from webapp.accounts.services.codes import CodeMessage
from webapp.accounts.services.sightings import forget_sightings
from webapp.foundation.clock import LONDON
from webapp.foundation.config import demo_environment, load
from webapp.foundation.db import Database

MORNING = datetime(TODAY.year, TODAY.month, TODAY.day, 7, 40, tzinfo=LONDON)
"""7:40 on an ordinary school day."""


@pytest.fixture(autouse=True)
def post_room(tmp_path: Path) -> Iterator[None]:
    """Notices of sign-in wait for the demo phone."""
    channels.use(channels_from(load(demo_environment(tmp_path, "k" * 40, 8000))))
    yield
    channels.use(None)


@pytest.fixture(autouse=True)
def nothing_noted() -> None:
    """What the process noted for another test's database is no concern of this one's."""
    forget_sightings()


@pytest.fixture
def morning() -> Iterator[time_machine.Traveller]:
    """The clock stands at 7:40 and moves when it is told to."""
    with time_machine.travel(MORNING, tick=False) as traveller:
        yield traveller


@dataclass
class LetterBox:
    """Keeps the codes that were queued, where the post room would send them."""

    messages: list[CodeMessage] = field(default_factory=list)

    def __call__(self, _tx: Connection, message: CodeMessage) -> None:
        self.messages.append(message)

    @property
    def code(self) -> str:
        return self.messages[-1].code


@pytest.fixture
def letters() -> LetterBox:
    return LetterBox()


Counting = Callable[[], Any]


@pytest.fixture
def counting(db: Database) -> Counting:
    """``with counting() as statements``: what was sent to the database meanwhile, savepoints left out."""

    @contextmanager
    def watch() -> Iterator[list[str]]:
        seen: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if "SAVEPOINT" not in statement:
                seen.append(statement)

        event.listen(db.write_engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(db.write_engine, "before_cursor_execute", note)

    return watch
