"""The school clock's page: what time it is at school, and forwards only."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from tests.factories import World
from tests.pages import counted_statements, page
from webapp.foundation import clock
from webapp.foundation.db import Database

CLOCK = "/demo/clock"


@pytest.fixture(autouse=True)
def _no_offset_left_behind() -> Iterator[None]:
    yield
    clock.use_school_offset(None)


def send(client: FlaskClient, **fields: str):
    key = page(client.get(CLOCK)).fields(CLOCK)["csrf_token"]
    return client.post(CLOCK, data={"csrf_token": key, **fields})


def test_it_says_the_time_and_what_is_still_to_come(db: Database, anonymous: FlaskClient, world: World):
    with counted_statements(db) as seen:
        shown = page(anonymous.get(CLOCK))
    assert len(seen) <= 12
    assert "It is 7:40am on Tuesday 16 June at school" in shown.text
    assert "Hill Primary: the morning register closes, 9:15am" in shown.text


@pytest.mark.parametrize(
    ("fields", "moved"),
    [
        ({"minutes": "5"}, timedelta(minutes=5)),
        ({"minutes": "60"}, timedelta(hours=1)),
        ({"time": "9:15am"}, timedelta(minutes=95)),
        ({"time": "0915"}, timedelta(minutes=95)),
        ({"time": "13.05"}, timedelta(minutes=325)),
    ],
)
def test_it_moves_forwards(anonymous: FlaskClient, world: World, fields: dict[str, str], moved: timedelta):
    answer = send(anonymous, **fields)
    assert (answer.status_code, answer.location) == (303, CLOCK)
    assert clock.school_now() - clock.machine_now() == moved


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("7:30am", "School time only goes forwards. Choose a later time."),
        ("quarter past", "Enter a time, like 9:20am."),
        ("", "Enter a time, like 9:20am."),
        ("25:00", "Enter a time, like 9:20am."),
    ],
)
def test_what_cannot_be_is_refused_and_kept(anonymous: FlaskClient, world: World, typed: str, sentence: str):
    answer = send(anonymous, time=typed)
    shown = page(answer)
    assert answer.status_code == 400
    assert shown.title == "Error: The school clock"
    assert shown.text.count(sentence) == 2
    assert shown.fields(CLOCK)["time"] == typed
    assert clock.school_now() == clock.machine_now()
