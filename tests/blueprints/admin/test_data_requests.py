"""Requests for data on their pages: written down by one, checked by another, fetched by nobody else."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.factories import World, add_staff
from tests.pages import Enter, page
from webapp.foundation import work
from webapp.foundation.db import read_door, unit_of_work
from webapp.foundation.trail import TrailEntry
from webapp.insight.models import SubjectLine, SubjectRequest
from webapp.people.models import Pupil

REQUESTS = "/staff/hill/data-requests"


@pytest.fixture
def dsl(as_staff: Enter, world: World) -> FlaskClient:
    return as_staff(world.dsl)


def tom(world: World) -> str:
    with read_door() as db:
        return str(db.scalar(select(Pupil.public_id).where(Pupil.id == world.tom)))


def press(client: FlaskClient, address: str, action: str, **typed: str):
    """Press the button of the form of an address's page that goes to ``action``."""
    fields = page(client.get(address)).fields(action)
    return client.post(action, data={**fields, **typed})


def logged(client: FlaskClient, world: World, **typed: str) -> str:
    new = f"{REQUESTS}/new/pupils/{tom(world)}"
    fields = {"asked_by": "parent", "requester": str(world.alice), "basis": "access", "identity": "known", **typed}
    answer = press(client, new, new, **fields)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def gathered(client: FlaskClient, world: World) -> str:
    address = logged(client, world)
    assert press(client, address, f"{address}/gather").status_code == 303
    work.run_due({"subject_gather"})
    return address


def test_a_request_goes_from_its_coming_to_its_end(keeper: FlaskClient, dsl: FlaskClient, world: World) -> None:
    listed = page(keeper.get(f"{REQUESTS}?q=tom"))
    assert "Tom Ahmed" in listed.links()
    address = logged(keeper, world)
    shown = page(keeper.get(address))
    assert "Thu 16 July 2026, 30 days left" in shown.text
    assert press(keeper, address, f"{address}/gather").status_code == 303
    assert page(keeper.get(address)).all(".//progress")
    assert keeper.get(f"{address}/progress").json["state"] == "gathering"
    work.run_due({"subject_gather"})
    # Who keeps the list sees how much there is to check, and none of it.
    kept = page(keeper.get(address))
    assert "The safeguarding lead or the headteacher checks them" in kept.text
    assert keeper.get(f"{address}/lines").status_code == 403
    checking = page(dsl.get(f"{address}/lines?list=contact"))
    assert "What other contacts are to the pupil" in checking.text
    assert "Bob Ahmed" in checking.text
    rest = page(dsl.get(f"{address}/lines")).fields(f"{address}/lines/rest")
    for category in ("staff", "person", "point", "words", "contact", "protection", "withheld", "paper"):
        data = {**rest, "category": category, "choice": "hold", "exemption": "others"}
        assert dsl.post(f"{address}/lines/rest", data=data).status_code == 303
    assert press(dsl, address, f"{address}/make").status_code == 303
    work.run_due({"subject_bundle"})
    ready = page(dsl.get(address))
    assert ready.links()["JSON, for another computer"] == f"{address}/bundle.json"
    assert keeper.get(f"{address}/bundle.json").status_code == 403
    bundle = dsl.get(f"{address}/bundle.json")
    assert bundle.headers["Content-Disposition"].startswith("attachment")
    assert bundle.headers["Cache-Control"] == "no-store"
    assert "Bob" not in bundle.text
    with read_door() as db:
        deeds = db.execute(select(TrailEntry.action, TrailEntry.actor_name).order_by(TrailEntry.id)).all()
    assert ("downloaded_data_bundle", "Dina Bell") in [tuple(deed) for deed in deeds]
    done = press(dsl, address, f"{address}/close", outcome="handed_over", outcome_words="By hand, 20 June")
    assert done.status_code == 303
    assert "Handed over" in page(dsl.get(address)).text


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"asked_by": ""}, "#asked_by", "Choose who asks."),
        ({"requester": ""}, "#requester", "Choose which parent asks."),
        ({"basis": ""}, "#basis", "Choose by which law they ask."),
        ({"basis": "educational_record"}, "#basis",
         "Only a maintained school answers this in 15 school days. Choose the other."),
        ({"received_on": "tomorrow"}, "#received_on", "Enter the day on which the request came."),
        ({"received_on": "2026-06-17"}, "#received_on", "Enter a day within the last year, today at the latest."),
        ({"identity": ""}, "#identity", "Say whether it is certain who asks."),
        ({"words": "x" * 2001}, "#words", "Use 2,000 characters or fewer. This has 2,001."),
    ],
)  # fmt: skip
def test_what_cannot_be_written_down_names_the_field(
    keeper: FlaskClient, world: World, typed: dict[str, str], field: str, words: str
) -> None:
    new = f"{REQUESTS}/new/pupils/{tom(world)}"
    fields = {"asked_by": "parent", "requester": str(world.alice), "basis": "access", "identity": "known", **typed}
    answer = press(keeper, new, new, **fields)
    found = page(answer)
    assert (answer.status_code, found.links()[words]) == (422, field)
    with read_door() as db:
        assert db.execute(select(SubjectRequest.id)).all() == []


def test_until_it_is_certain_who_asks_nothing_is_gathered(keeper: FlaskClient, world: World) -> None:
    address = logged(keeper, world, identity="awaited")
    shown = page(keeper.get(address))
    assert "Who asks?" in shown.text
    assert keeper.post(
        f"{address}/gather", data=shown.fields(f"{address}/clock")
    ).status_code == 422  # fmt: skip
    assert press(keeper, address, f"{address}/clock").status_code == 303
    assert "Thu 16 July 2026" in page(keeper.get(address)).text


def test_the_clock_is_stopped_started_and_made_longer(
    keeper: FlaskClient, world: World, at, as_staff: Enter, administrator: int
) -> None:
    address = logged(keeper, world)
    fields = page(keeper.get(address)).fields(f"{address}/clock")
    refused = keeper.post(f"{address}/clock", data={**fields, "deed": "pause", "why": " "})
    assert (refused.status_code, page(refused).links()["Write what you have asked, and when."]) == (422, "#why")
    assert keeper.post(f"{address}/clock", data={**fields, "deed": "pause", "why": "Which years?"}).status_code == 303
    assert "the clock has stood still" in page(keeper.get(address)).text
    at.shift(3 * 86400)
    keeper = as_staff(administrator)
    fields = page(keeper.get(address)).fields(f"{address}/clock")
    assert keeper.post(f"{address}/clock", data=fields).status_code == 303
    # Three days later than the sixteenth of July: a Sunday, and so the Monday.
    assert "Mon 20 July 2026" in page(keeper.get(address)).text
    fields = page(keeper.get(address)).fields(f"{address}/clock")
    longer = {**fields, "deed": "extend", "extended_why": "Nine years of records"}
    assert keeper.post(f"{address}/clock", data=longer).status_code == 303
    assert "Mon 21 September 2026" in page(keeper.get(address)).text
    assert keeper.post(f"{address}/clock", data={**longer, "version": fields["version"]}).status_code in (409, 422)


def test_of_two_at_one_request_the_second_is_told(keeper: FlaskClient, dsl: FlaskClient, world: World) -> None:
    address = logged(keeper, world)
    fields = page(dsl.get(address)).fields(f"{address}/gather")
    assert press(keeper, address, f"{address}/gather").status_code == 303
    late = dsl.post(f"{address}/gather", data=fields)
    assert late.status_code == 409
    assert "has moved on" in page(late).text


def test_a_line_held_back_needs_its_reason(keeper: FlaskClient, dsl: FlaskClient, world: World) -> None:
    address = gathered(keeper, world)
    with read_door() as db:
        line = db.scalars(select(SubjectLine.id).order_by(SubjectLine.number)).first()
    fields = page(dsl.get(f"{address}/lines")).fields(f"{address}/lines")
    refused = dsl.post(f"{address}/lines", data={**fields, "line": str(line), "choice": "hold", "exemption": ""})
    assert (refused.status_code, page(refused).links()["Choose why it is held back."]) == (422, f"#line-{line}")
    assert dsl.post(f"{address}/lines", data={**fields, "line": str(line), "choice": "release"}).status_code == 303


def test_another_schools_request_is_not_there(keeper: FlaskClient, as_staff: Enter, world: World) -> None:
    address = logged(keeper, world)
    with unit_of_work() as tx:
        other = add_staff(tx, world.organisation, world.vale, "Sanjay", "Desai", "DSL", "dsl")
    assert as_staff(other).get(address.replace("/hill/", "/vale/")).status_code == 404
    assert as_staff(world.officer).get(address).status_code == 403


def test_pages_cost_the_same_for_many_lines(keeper: FlaskClient, dsl: FlaskClient, world: World, db) -> None:
    from tests.blueprints.staff.conftest import asked
    from tests.pages import counted_statements

    address = gathered(keeper, world)
    dsl.get(f"{address}/lines")
    with counted_statements(db) as few:
        dsl.get(f"{address}/lines")
    with unit_of_work() as tx:
        number = tx.scalar(select(SubjectRequest.id))
        tx.execute(
            SubjectLine.__table__.insert(),
            [{"organisation_id": world.organisation, "id": 10_000 + place, "request_id": number, "key": f"k{place}",
              "number": 10_000 + place, "category": "staff", "chapter": "", "title": "Name", "words": "S"}
             for place in range(200)],
        )  # fmt: skip
    with counted_statements(db) as many:
        dsl.get(f"{address}/lines?list=staff")
    assert len(asked(many)) <= len(asked(few)) <= 12
