"""Limits at costly doors: who is turned away, for how long, what is counted and what is not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from notifications import channels
from tests.blueprints.conftest import SCHOOL_MORNING
from tests.blueprints.links.test_question import token
from tests.factories import World
from tests.pages import Enter, counted_statements, entering, make_app, page
from webapp.access.doors import ENDPOINTS
from webapp.access.table import Audience
from webapp.accounts.models import Counter
from webapp.accounts.rules.limits import HOUR, LIMITS, MINUTE, Deed, Limit, Per
from webapp.foundation import clock, events
from webapp.foundation.db import Database, read_door


@pytest.fixture
def at() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(SCHOOL_MORNING, tick=False) as traveller:
        yield traveller


@pytest.fixture
def app(db: Database, tmp_path: Path, at: object) -> Iterator[Flask]:
    yield make_app(db, tmp_path)
    clock.use_school_offset(None)
    events.forget_all()
    channels.use(None)


@pytest.fixture
def as_staff(app: Flask, world: World) -> Enter:
    return entering(app, world)[1]


@pytest.fixture
def as_parent(app: Flask, world: World) -> Enter:
    return entering(app, world)[0]


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of everything that costs."""
    from webapp.accounts.rules import limits

    mine = tuple(Limit(each.deed, each.per, 2, each.within) if each.deed in COSTS else each for each in LIMITS)
    monkeypatch.setattr(limits, "LIMITS", mine)


__all__ = ["token"]
COSTS = {
    Deed.SEARCH, Deed.EXPORT, Deed.UPLOAD, Deed.IMPORT, Deed.WRITE, Deed.TEXT_FAMILY, Deed.WRONG_LINK,
    Deed.WRONG_SIGNATURE,
}  # fmt: skip


def counted(deed: Deed) -> int:
    with read_door() as db:
        found = db.scalar(select(func.sum(Counter.count)).where(Counter.name.startswith(f"{deed}:")))
    return int(found or 0)


def test_every_cost_is_asked_for_somewhere_and_has_its_limit() -> None:
    used = {rule.cost for rule in ENDPOINTS.values()} | {rule.wrong for rule in ENDPOINTS.values()}
    assert used - {None} == COSTS
    assert {limit.deed for limit in LIMITS} == set(Deed)


@pytest.mark.parametrize(
    "endpoint",
    ["staff.find", "staff.reception", "staff.inbox", "admin.stage_file", "admin.check_again", "admin.rejections_file",
     "admin.changes_file", "parent.send", "parent.write", "staff.send", "staff.ask_family"],
)  # fmt: skip
def test_what_costs_says_so(endpoint: str) -> None:
    assert ENDPOINTS[endpoint].cost in COSTS


def test_every_door_that_anybody_may_try_counts_wrong_keys() -> None:
    for name, rule in ENDPOINTS.items():
        if rule.audience in (Audience.LINK, Audience.WEBHOOK):
            assert rule.wrong in (Deed.WRONG_LINK, Deed.WRONG_SIGNATURE), name


@pytest.mark.parametrize("endpoint", ["parent.home", "parent.quick_report", "parent.send_quick_report", "staff.day",
    "staff.day_changes", "staff.confirm_reports", "parent.new_report", "parent.send_new_report"])  # fmt: skip
def test_hot_pages_count_nothing(endpoint: str) -> None:
    assert ENDPOINTS[endpoint].cost is None


def test_searching_without_end(few: None, as_staff: Enter, world: World, at: time_machine.Traveller) -> None:
    client, other = as_staff(world.officer), as_staff(world.dsl)
    for _ in range(5):
        # The page without a search costs nothing.
        assert client.get("/staff/hill/find").status_code == 200
    assert [client.get("/staff/hill/find?q=Tom").status_code for _ in range(3)] == [200, 200, 429]
    refused = client.get("/staff/hill/reception?q=Tom")
    assert refused.headers["Retry-After"] == str(int(HOUR.total_seconds()))
    found = page(refused)
    assert "Too many searches" in found.text
    assert found.all(".//header")[0].get("class") == "bar"
    assert other.get("/staff/hill/find?q=Tom").status_code == 200
    # What was refused is not counted.
    assert counted(Deed.SEARCH) == 2 * 3
    at.shift(timedelta(hours=1, minutes=2))
    assert as_staff(world.officer).get("/staff/hill/find?q=Tom").status_code == 200


def test_the_wait_is_that_of_the_limit_that_was_met(as_staff: Enter, world: World) -> None:
    client = as_staff(world.officer)
    most = next(limit.most for limit in LIMITS if limit.deed is Deed.SEARCH and limit.within is MINUTE)
    for _ in range(most):
        assert client.get("/staff/hill/find?q=Tom").status_code == 200
    refused = client.get("/staff/hill/find?q=Tom")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")


def test_a_search_costs_three_statements_more_and_the_page_none(db: Database, as_staff: Enter, world: World) -> None:
    client = as_staff(world.officer)
    client.get("/staff/hill/find")
    with counted_statements(db) as plain:
        client.get("/staff/hill/find")
    assert not [each for each in plain if "counter" in each]
    with counted_statements(db) as searching:
        client.get("/staff/hill/find?q=Tom")
    assert len([each for each in searching if "counter" in each]) == 2


def test_words_that_came_too_often_are_not_lost(few: None, as_parent: Enter, world: World) -> None:
    client = as_parent(world.alice)
    key = page(client.get("/sign-in")).fields("/sign-in")["csrf_token"]
    data = {"csrf_token": key, "words": "He is asleep now", "submission_key": "k" * 20}
    assert [client.post("/absence-reports/none/messages", data=data).status_code for _ in range(3)] == [404, 404, 429]
    found = page(client.post("/absence-reports/none/messages", data=data))
    assert "He is asleep now" in found.text
    assert found.fields("/absence-reports/none/messages")["words"] == "He is asleep now"


def test_guessing_links_is_turned_away_and_a_right_one_never(few: None, app: Flask, token: str) -> None:
    client = app.test_client()
    guesses = [client.get(f"/t/abcdefghabcdefg{letter}").status_code for letter in "abcd"]
    assert guesses == [404, 404, 429, 429]
    refused = client.get("/t/abcdefghabcdefgh")
    assert refused.headers["Retry-After"] == "3600"
    assert page(refused).h1 == "Please wait a little"
    assert refused.headers["X-Robots-Tag"] == "noindex, nofollow"
    # Hundreds of families may share the address of a mobile network.
    before = counted(Deed.WRONG_LINK)
    assert client.get(f"/t/{token}").status_code in (200, 302)
    assert counted(Deed.WRONG_LINK) == before


def test_the_address_of_who_guesses_is_counted_and_not_the_browser(few: None, app: Flask) -> None:
    for letter in "abc":
        last = app.test_client().get(f"/t/abcdefghabcdefg{letter}")
    assert last.status_code == 429
    elsewhere = app.test_client().get("/t/abcdefghabcdefgh", environ_overrides={"REMOTE_ADDR": "203.0.113.5"})
    assert elsewhere.status_code == 404


def test_a_machine_that_does_not_sign_is_turned_away(few: None, app: Flask, world: World) -> None:
    client = app.test_client()
    answers = [client.post("/webhooks/twilio/status") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [404, 404, 429, 429]
    assert answers[-1].headers["Retry-After"] == "3600"
    assert counted(Deed.WRONG_SIGNATURE) == 2


def test_a_refusal_stands_when_it_cannot_be_counted(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from sqlalchemy.exc import OperationalError

    from webapp.access import costs

    def broken(*_args: Any) -> None:
        raise OperationalError("INSERT", {}, Exception("locked"))

    monkeypatch.setattr(costs, "spend", broken)
    client: FlaskClient = app.test_client()
    assert client.get("/t/abcdefghabcdefgh").status_code == 404
    assert "a wrong key was not counted" in caplog.text


def test_a_person_is_counted_and_not_their_phones(few: None, as_parent: Enter, world: World) -> None:
    assert Per.PERSON in {limit.per for limit in LIMITS if limit.deed is Deed.UPLOAD}
    phones = [as_parent(world.alice) for _ in range(3)]
    got = []
    for client in phones:
        key = page(client.get("/sign-in")).fields("/sign-in")["csrf_token"]
        got.append(client.post("/absence-reports/none/files", data={"csrf_token": key}).status_code)
    assert got[-1] == 429
    bob = as_parent(world.bob)
    key = page(bob.get("/sign-in")).fields("/sign-in")["csrf_token"]
    assert bob.post("/absence-reports/none/files", data={"csrf_token": key}).status_code != 429
