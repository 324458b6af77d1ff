"""Those who keep Hill Primary's lists, and files as its own system exports them."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from tests.blueprints.staff.conftest import HillMorning
from tests.factories import World, add_staff
from tests.pages import Enter, page
from tests.people.imports.filing import as_file
from tests.people.imports.test_pupils import NOOR, TOM, pupil
from webapp.foundation import work
from webapp.foundation.clock import use_school_offset
from webapp.foundation.db import unit_of_work

IMPORTS = "/staff/hill/imports"
ROLL = as_file([TOM, NOOR, pupil(1)])


@pytest.fixture
def hill(app: Flask, world: World, at: time_machine.Traveller) -> HillMorning:
    """A morning at Hill Primary, as the board's tests have it."""
    return HillMorning(world, at)


@pytest.fixture
def school_is_behind() -> Iterator[Callable[[timedelta], None]]:
    """Sets school time so much behind the machine's."""
    yield lambda by: use_school_offset(lambda: -by)
    use_school_offset(None)


@pytest.fixture
def administrator(app: Flask, world: World) -> int:
    """Adil Farooq, administrator at Hill."""
    with unit_of_work() as tx:
        return add_staff(tx, world.organisation, world.hill, "Adil", "Farooq", "Data manager", "administrator")


@pytest.fixture
def keeper(as_staff: Enter, administrator: int) -> FlaskClient:
    """Signed in as the administrator."""
    return as_staff(administrator)


def send(client: FlaskClient, data: bytes = ROLL, kind: str = "pupils", name: str = "roll.csv", **more: Any) -> Any:
    """Send a file through the page that chooses one."""
    fields = {**page(client.get(f"{IMPORTS}/new")).fields(), "kind": kind, "roll": "whole", **more}
    return client.post(f"{IMPORTS}/new", data={**fields, "file": (io.BytesIO(data), name)})


def staged(client: FlaskClient, data: bytes = ROLL, kind: str = "pupils", name: str = "roll.csv") -> str:
    """The address of a run that the worker has checked."""
    answer = send(client, data, kind, name)
    assert answer.status_code == 303, answer.text
    do_work()
    return str(answer.location)


def do_work() -> None:
    work.run_due({"import_check", "import_apply"})


def submit(client: FlaskClient, address: str, deed: str, **typed: str) -> Any:
    """Press one of the buttons of a run's page."""
    return client.post(f"{address}/{deed}", data={**page(client.get(address)).fields(f"{address}/{deed}"), **typed})
