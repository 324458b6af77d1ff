"""The application and signed-in clients, on a database that is rolled back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from notifications import channels
from tests.factories import World
from tests.pages import Enter, entering, make_app
from webapp.foundation import clock, events
from webapp.foundation.db import Database

SCHOOL_MORNING = datetime(2026, 6, 16, 6, 40, tzinfo=UTC)
"""7:40 in London on Tuesday 16 June 2026."""


@pytest.fixture
def at(request: pytest.FixtureRequest) -> Iterator[time_machine.Traveller]:
    """Time stands still at 7:40am on the world's school day; ``at.move_to(…)`` moves it."""
    with time_machine.travel(SCHOOL_MORNING, tick=False) as traveller:
        yield traveller


@pytest.fixture
def app(db: Database, tmp_path: Path, at: time_machine.Traveller) -> Iterator[Flask]:
    """The application; what it put in place for the whole process is gone before the next test."""
    yield make_app(db, tmp_path)
    clock.use_school_offset(None)
    events.forget_all()
    channels.use(None)


@pytest.fixture
def anonymous(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def as_parent(app: Flask, world: World) -> Enter:
    """``as_parent(world.alice)`` gives a client signed in as Alice."""
    return entering(app, world)[0]


@pytest.fixture
def as_staff(app: Flask, world: World) -> Enter:
    """``as_staff(world.officer)`` gives a client signed in as that member of staff."""
    return entering(app, world)[1]
