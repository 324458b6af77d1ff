"""Court orders: what is typed acts at once, its reviewer is reminded in school days, and only those see it who may."""

from __future__ import annotations

from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.blueprints.staff.conftest import HillMorning, public_id
from tests.blueprints.staff.test_bad_input import BAD, check
from tests.factories import World
from tests.pages import Enter, page
from webapp.foundation.db import read_door
from webapp.foundation.trail import TrailEntry
from webapp.people.models import CourtOrder, Task
from webapp.people.queries import calendar_of

GOOD = {
    "kind": "Child arrangements order", "denies": ["view", "collect"], "starts_on": "2026-06-01", "ends_on": "",
    "review_on": "2026-07-15", "reference": "CAO 12", "reviewer": "",
}  # fmt: skip


@pytest.fixture
def tom(world: World, hill: HillMorning) -> str:
    return f"/staff/hill/pupils/{public_id(world.tom)}"


def add(client: FlaskClient, tom: str, world: World, **given: object) -> int:
    keys = page(client.get(f"{tom}/orders")).fields(f"{tom}/orders")
    return client.post(f"{tom}/orders", data={**keys, **GOOD, "contact": world.bob, **given}).status_code


def order_row() -> object:
    with read_door() as db:
        return db.execute(select(CourtOrder.id, CourtOrder.version, CourtOrder.denies, CourtOrder.ends_on)).one()


def tasks() -> list[tuple[str, str, date, int | None]]:
    with read_door() as db:
        rows = db.execute(select(Task.kind, Task.state, Task.due_at, Task.owner_id).order_by(Task.due_at))
        return [(row.kind, row.state, row.due_at.date(), row.owner_id) for row in rows]


def test_an_order_acts_at_once_is_reviewed_and_ended(
    as_staff: Enter, as_parent: Enter, world: World, tom: str, hill: HillMorning
) -> None:
    dsl, bob = as_staff(world.dsl), as_parent(world.bob)
    year = f"/children/{public_id(world.tom)}/year"
    assert bob.get(year).status_code == 200
    assert add(dsl, tom, world) == 303 and add(dsl, tom, world) == 303
    assert bob.get(year).status_code == 403
    assert "In force" in page(dsl.get(f"{tom}/orders")).text
    row = order_row()
    review = f"{tom}/orders/review"
    fields = page(dsl.get(f"{tom}/orders?order={row.id}")).fields(review)  # type: ignore[attr-defined]
    changed = {**fields, **GOOD, "denies": "collect", "review_on": "2026-09-30", "reviewer": world.head}
    assert dsl.post(review, data=changed).status_code == 303
    assert bob.get(year).status_code == 200
    assert dsl.post(review, data=changed).status_code == 409, "two who look at once"
    assert {task[3] for task in tasks()} == {world.head}
    fields = page(dsl.get(f"{tom}/orders?order={row.id}")).fields(f"{tom}/orders/end")  # type: ignore[attr-defined]
    assert dsl.post(f"{tom}/orders/end", data={**fields, "ended_on": "2026-06-15"}).status_code == 303
    assert "Ended" in page(dsl.get(f"{tom}/orders")).text
    assert {task[1] for task in tasks()} == {"done"}
    with read_door() as db:
        said = db.execute(select(TrailEntry.action, TrailEntry.detail).order_by(TrailEntry.id)).all()
    assert [one.action for one in said if "order" in one.action] == [
        "noted_court_order", "reviewed_court_order", "ended_court_order",
    ]  # fmt: skip
    assert "CAO" not in str(said)


def test_the_reviewer_is_reminded_twenty_and_five_school_days_before(as_staff: Enter, world: World, tom: str) -> None:
    add(as_staff(world.dsl), tom, world)
    with read_door() as db:
        calendar = calendar_of(db, world.organisation, world.hill)
    review = date(2026, 7, 15)
    for kind, state, due, owner in tasks():
        days = int(kind.rsplit("_", 1)[1])
        assert (state, owner) == ("open", None)
        assert len(calendar.school_days(due, review)) - calendar.is_school_day(review) == days
    assert [kind for kind, *_ in tasks()] == ["review_order_20", "review_order_5"]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"contact": ""}, "Choose whom the order limits"),
        ({"denies": []}, "Tick what the order takes away"),
        ({"denies": ["everything"]}, "Tick what the order takes away"),
        ({"starts_on": "soon"}, "Enter the day from which"),
        ({"ends_on": "2026-05-01"}, "ends before it begins"),
        ({"review_on": "2026-06-16"}, "Choose a day after today"),
        ({"review_on": ""}, "by which somebody looks"),
        ({"ends_on": "2026-07-01"}, "no later than the last day"),
    ],
)
def test_what_is_refused(as_staff: Enter, world: World, tom: str, given: dict[str, object], says: str) -> None:
    dsl = as_staff(world.dsl)
    keys = page(dsl.get(f"{tom}/orders")).fields(f"{tom}/orders")
    answer = dsl.post(f"{tom}/orders", data={**keys, **GOOD, "contact": world.bob, **given})
    assert answer.status_code == 422 and says in page(answer).text
    with read_door() as db:
        assert db.scalars(select(CourtOrder.id)).all() == []


def test_only_those_see_it_who_may(as_staff: Enter, as_parent: Enter, world: World, tom: str) -> None:
    add(as_staff(world.dsl), tom, world)
    officer = as_staff(world.officer)
    shown = page(officer.get(f"{tom}/orders"))
    assert "CAO 12" in shown.text and not [f for f in shown.all(".//form") if "orders" in (f.get("action") or "")]
    assert officer.post(f"{tom}/orders", data=GOOD).status_code in (400, 403)
    assert as_staff(world.teacher).get(f"{tom}/orders").status_code == 403
    assert "CAO" not in as_staff(world.teacher).get(tom).text
    for who in (world.alice, world.bob):
        for address in ("/home", "/children", "/messages", "/you"):
            assert "order" not in as_parent(who).get(address).text.lower().replace("border", "")


def test_another_childs_order_is_not_reached(as_staff: Enter, world: World, tom: str) -> None:
    dsl = as_staff(world.dsl)
    assert add(dsl, tom, world, contact=world.charlie) == 422
    add(dsl, tom, world)
    row = order_row()
    noor = f"/staff/hill/pupils/{public_id(world.noor)}/orders"
    keys = page(dsl.get(noor)).fields(noor)
    data = {**keys, **GOOD, "order": row.id, "version": row.version, "ended_on": "2026-06-15"}  # type: ignore[attr-defined]
    for ending in ("/review", "/end"):
        assert dsl.post(noor + ending, data=data).status_code == 409
    assert order_row() == row


def test_no_form_is_a_fault_of_ours(as_staff: Enter, world: World, tom: str) -> None:
    dsl = as_staff(world.dsl)
    add(dsl, tom, world)
    keys = page(dsl.get(f"{tom}/orders")).fields(f"{tom}/orders")
    form = {**keys, **GOOD, "contact": str(world.bob), "order": "1", "version": "9", "ended_on": "2026-06-15"}
    assert dsl.post(f"{tom}/orders", data=GOOD).status_code == 400, "no token"
    for bad in BAD:
        for field in (*GOOD, "contact", "order", "version", "ended_on"):
            for ending in ("", "/review", "/end"):
                check(dsl.post(f"{tom}/orders{ending}", data={**form, field: bad}), (ending, field, bad[:20]))
        assert dsl.get(f"{tom}/orders", query_string={"order": bad[:99]}).status_code in (200, 400)
