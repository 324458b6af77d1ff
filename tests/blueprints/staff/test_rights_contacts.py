"""Rights per child and contact: the effect is seen first, a change acts at once, and nobody overwrites another."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from notifications.models import Delivery
from tests.blueprints.staff.conftest import HillMorning, public_id
from tests.blueprints.staff.test_bad_input import BAD, check
from tests.factories import World
from tests.pages import Enter, Page, page
from webapp.foundation.db import read_door
from webapp.foundation.trail import TrailEntry
from webapp.people.models import PupilContact

ALL = [
    "may_view_attendance", "may_view_plans", "may_view_messages", "may_report", "may_collect",
    "parental_responsibility",
]  # fmt: skip


@pytest.fixture
def tom(world: World, hill: HillMorning) -> str:
    return f"/staff/hill/pupils/{public_id(world.tom)}"


def look(client: FlaskClient, tom: str, contact: int, ticks: list[str], reason: str = "The court said") -> Page:
    """The page that shows the effect."""
    keys = page(client.get(f"{tom}/rights?contact={contact}")).fields(f"{tom}/rights")
    answer = client.post(f"{tom}/rights", data={**keys, "ticks": ticks, "reason": reason})
    assert answer.status_code == 200
    return page(answer)


def save(client: FlaskClient, tom: str, contact: int, ticks: list[str]) -> int:
    fields = look(client, tom, contact, ticks).fields(f"{tom}/rights")
    return client.post(f"{tom}/rights", data={**fields, "ticks": ticks}).status_code


def row_of(world: World, contact: int) -> object:
    with read_door() as db:
        return db.execute(
            select(
                PupilContact.may_report, PupilContact.may_view_messages, PupilContact.version,
                PupilContact.changed_by, PupilContact.changed_why,
            ).where(PupilContact.pupil_id == world.tom, PupilContact.contact_id == contact)
        ).one()


def test_the_effect_is_seen_before_it_is_saved_and_acts_at_once(
    as_staff: Enter, as_parent: Enter, world: World, tom: str
) -> None:
    officer, head, bob = as_staff(world.officer), as_staff(world.head), as_parent(world.bob)
    form = page(officer.get(f"{tom}/message")).fields()
    officer.post(f"{tom}/message", data={**form, "contact": world.bob, "words": "Hello Bob"})
    assert "Hello Bob" in page(bob.get("/messages")).text
    before = row_of(world, world.bob)
    shown = look(head, tom, world.bob, ["may_collect"])
    assert "will no longer see Tom's attendance." in shown.text
    assert "will no longer see messages about Tom." in shown.text
    assert "1 message that waits to be sent will not go." in shown.text
    assert row_of(world, world.bob) == before and "Hello Bob" in page(bob.get("/messages")).text
    assert save(head, tom, world.bob, ["may_collect"]) == 303
    assert "Hello Bob" not in bob.get("/messages").text
    assert "Tom" not in bob.get("/home").text
    assert bob.get(f"/children/{public_id(world.tom)}/year").status_code in (302, 303, 404)
    with read_door() as db:
        assert db.scalars(select(Delivery.state)).all() == ["cancelled"]
        entry = db.execute(select(TrailEntry.detail).where(TrailEntry.action == "changed_rights")).scalar_one()
    assert entry["may_report"] is False and "court" not in str(entry)
    assert "by Grace Osei: The court said" in page(head.get(f"{tom}/rights")).text


def test_what_is_given_is_seen_at_once_and_alice_keeps_hers(
    as_staff: Enter, as_parent: Enter, world: World, tom: str
) -> None:
    head = as_staff(world.head)
    alice = row_of(world, world.alice)
    save(head, tom, world.bob, [])
    shown = look(head, tom, world.bob, ALL)
    assert "sees Tom's attendance from now on." in shown.text
    assert save(head, tom, world.bob, ALL) == 303
    assert "Tom" in page(as_parent(world.bob).get("/home")).text
    assert row_of(world, world.alice) == alice


def test_of_two_who_change_at_once_the_second_looks_again(as_staff: Enter, world: World, tom: str) -> None:
    head, dsl = as_staff(world.head), as_staff(world.dsl)
    fields = look(dsl, tom, world.bob, ["may_report"]).fields(f"{tom}/rights")
    assert save(head, tom, world.bob, ["may_collect"]) == 303
    stood = row_of(world, world.bob)
    answer = dsl.post(f"{tom}/rights", data={**fields, "ticks": ["may_report"]})
    assert answer.status_code == 409 and "Somebody changed these rights first" in page(answer).text
    assert row_of(world, world.bob) == stood
    # The page that says so carries the version of now: whoever looks again may save.
    again = {**page(answer).fields(f"{tom}/rights"), "ticks": ["may_report"], "reason": "Looked again", "sure": "yes"}
    assert dsl.post(f"{tom}/rights", data=again).status_code == 303


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"reason": " "}, "Write why this changes"),
        ({"ticks": ["version"]}, "Choose from the list"),
        ({"ticks": [*ALL]}, "Nothing is changed"),
        ({"ticks": ["version"], "sure": "yes"}, "Choose from the list"),
    ],
)
def test_what_is_refused(as_staff: Enter, world: World, tom: str, given: dict[str, object], says: str) -> None:
    head, before = as_staff(world.head), row_of(world, world.bob)
    keys = page(head.get(f"{tom}/rights?contact={world.bob}")).fields(f"{tom}/rights")
    answer = head.post(f"{tom}/rights", data={**keys, "ticks": ["may_report"], "reason": "So", **given})
    assert answer.status_code == 422 and says in page(answer).text
    assert row_of(world, world.bob) == before


@pytest.mark.parametrize("who", ["charlie", "other_contact"])
def test_nobody_elses_contact_is_reached(as_staff: Enter, world: World, tom: str, who: str) -> None:
    head, stranger = as_staff(world.head), getattr(world, who)
    assert head.get(f"{tom}/rights?contact={stranger}").status_code == 404
    keys = page(head.get(f"{tom}/rights?contact={world.bob}")).fields(f"{tom}/rights")
    data = {**keys, "contact": stranger, "ticks": ALL, "reason": "x", "sure": "yes"}
    assert head.post(f"{tom}/rights", data=data).status_code == 404
    ella = f"/staff/hill/pupils/{public_id(world.ella)}/rights"
    assert head.post(ella, data={**keys, "ticks": ALL, "reason": "x"}).status_code == 404


@pytest.mark.parametrize("who", ["officer", "teacher"])
def test_those_who_do_not_manage_rights_are_turned_away(as_staff: Enter, world: World, tom: str, who: str) -> None:
    client = as_staff(getattr(world, who))
    assert client.get(f"{tom}/rights").status_code == 403


def test_no_form_is_a_fault_of_ours(app: Flask, as_staff: Enter, world: World, tom: str) -> None:
    head = as_staff(world.head)
    keys = page(head.get(f"{tom}/rights?contact={world.bob}")).fields(f"{tom}/rights")
    form = {"ticks": "may_report", "reason": "So", "sure": "yes", "contact": str(world.bob), "version": "1"}
    assert head.post(f"{tom}/rights", data=form).status_code == 400, "no token"
    for bad in BAD:
        for field in form:
            check_or_200(head, tom, {**keys, **form, field: bad})
        assert head.get(f"{tom}/rights", query_string={"contact": bad[:99], "said": bad[:99]}).status_code in (
            200, 400, 404,
        )  # fmt: skip


def check_or_200(client: FlaskClient, tom: str, data: dict[str, str]) -> None:
    """Without the second press the answer is the page that shows the effect."""
    answer = client.post(f"{tom}/rights", data=data)
    if answer.status_code != 200:
        check(answer, data)
