"""The DSL's stop on its pages: one tap, who sees what, the second look, and families who see no sign of it."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select

from tests.blueprints.staff.conftest import HillMorning, public_id
from tests.blueprints.staff.test_bad_input import BAD, check
from tests.factories import World
from tests.pages import Enter, page
from webapp.foundation.db import read_door
from webapp.people.models import MessageStop


@pytest.fixture
def tom(world: World, hill: HillMorning) -> str:
    """The address of Tom's page."""
    return f"/staff/hill/pupils/{public_id(world.tom)}"


def stop(client, tom: str, contact: object = "everybody", **more: str):  # type: ignore[no-untyped-def]
    keys = page(client.get(tom)).fields(f"{tom}/stops")
    return client.post(f"{tom}/stops", data={**keys, "contact": contact, **more})


def named() -> str:
    with read_door() as db:
        return str(db.scalars(select(MessageStop.public_id).order_by(MessageStop.id.desc())).first())


def test_one_tap_on_the_pupils_page_then_the_reason_then_the_second_look(
    as_staff: Enter, world: World, tom: str
) -> None:
    dsl = as_staff(world.dsl)
    answer = stop(dsl, tom)
    assert answer.status_code == 303
    shown = page(dsl.get(answer.headers["Location"]))
    assert "Stopped to everybody" in shown.text and "Stop all messages" not in shown.text
    fields = {**shown.fields(f"{tom}/stops/why"), "reason": "A worry at home"}
    shown = page(dsl.post(f"{tom}/stops/why", data=fields, follow_redirects=True))
    assert "A worry at home" in shown.text
    look = page(dsl.get(shown.links()["Lift this stop"]))
    assert "Look again before you lift it" in look.text
    fields = look.fields(f"{tom}/stops/lift")
    refused = dsl.post(f"{tom}/stops/lift", data={**fields, "reason": ""})
    assert refused.status_code == 422 and "Write why messages may go again" in page(refused).text
    done = page(dsl.post(f"{tom}/stops/lift", data={**fields, "reason": "Spoken to"}, follow_redirects=True))
    assert "Lifted by Dina Bell: Spoken to" in done.text
    again = dsl.post(f"{tom}/stops/lift", data={**fields, "reason": "Spoken to"})
    assert again.status_code == 409 and "lifted this stop before you" in page(again).text


def test_others_see_that_the_dsl_leads_and_never_why(as_staff: Enter, world: World, tom: str) -> None:
    stop(as_staff(world.dsl), tom, reason="A worry at home")
    for who in (world.officer, world.teacher):
        client = as_staff(who)
        shown = page(client.get(tom))
        assert "DSL leads" in shown.text and "worry" not in shown.text and "Stop" not in shown.text
        assert client.get(f"{tom}/stops").status_code == 403
        assert "worry" not in client.get(f"{tom}/message").text
    officer = page(as_staff(world.officer).get(tom)).text
    assert "Nobody may be rung about this child" in officer and "01632" not in officer
    assert "Nobody may be written to" in page(as_staff(world.officer).get(f"{tom}/message")).text


def test_the_dsl_still_finds_the_numbers_to_ring(as_staff: Enter, world: World, tom: str) -> None:
    dsl = as_staff(world.dsl)
    stop(dsl, tom, str(world.alice))
    shown = page(dsl.get(tom)).text
    assert "Held for the DSL. Mother." in shown
    assert "Held for the DSL" not in page(as_staff(world.officer).get(tom)).text


@pytest.mark.parametrize("address", ["/home", "/messages", "/children", "/you", "/you/contact", "/you/notifications"])
def test_a_family_sees_no_sign_of_it(
    as_staff: Enter, as_parent: Enter, world: World, tom: str, hill: HillMorning, address: str
) -> None:
    hill.clock("08:55")
    hill.register(tom="/")
    alice = as_parent(world.alice)

    def seen() -> str:
        return re.sub(r'(csrf_token" value|nonce|submission_key" value)="[^"]*"', "", alice.get(address).text)

    before = seen()
    stop(as_staff(world.dsl), tom, reason="A worry at home")
    assert seen() == before


def test_the_board_says_who_leads(as_staff: Enter, world: World, tom: str, hill: HillMorning) -> None:
    stop(as_staff(world.dsl), tom)
    hill.clock("08:55")
    hill.register()
    hill.clock("09:16")
    hill.run()
    shown = page(as_staff(world.officer).get(f"/staff/hill/day/2026-06-16/morning?pupil={public_id(world.tom)}"))
    assert "DSL leads" in shown.text and "The safeguarding lead decides" in shown.text
    assert "Decide" in page(as_staff(world.dsl).get("/staff/hill/tasks")).text


def test_another_schools_child_is_not_there(as_staff: Enter, world: World, tom: str) -> None:
    dsl = as_staff(world.dsl)
    token = page(dsl.get(tom)).fields(f"{tom}/stops")
    for theirs in (world.ella, world.other_pupil):
        address = f"/staff/hill/pupils/{public_id(theirs)}/stops"
        assert dsl.get(address).status_code == 404
        for ending in ("", "/why", "/lift"):
            data = {**token, "contact": "everybody", "stop": "x", "reason": "x"}
            assert dsl.post(address + ending, data=data).status_code == 404


def test_another_childs_stop_is_not_lifted_by_this_childs_page(as_staff: Enter, world: World, tom: str) -> None:
    dsl = as_staff(world.dsl)
    stop(dsl, tom)
    noor = f"/staff/hill/pupils/{public_id(world.noor)}"
    token = page(dsl.get(noor)).fields(f"{noor}/stops")
    for ending in ("why", "lift"):
        answer = dsl.post(f"{noor}/stops/{ending}", data={**token, "stop": named(), "reason": "x"})
        assert answer.status_code == 409
    with read_door() as db:
        assert db.execute(select(MessageStop.lifted_at, MessageStop.reason)).one() == (None, "")


@pytest.mark.parametrize("ending", ["", "/why", "/lift"])
def test_no_form_is_a_fault_of_ours(app: Flask, as_staff: Enter, world: World, tom: str, ending: str) -> None:
    dsl = as_staff(world.dsl)
    stop(dsl, tom, str(world.alice))
    keys = page(dsl.get(tom)).fields(f"{tom}/stops")
    form = {"contact": "everybody", "stop": named(), "reason": "A worry"}
    assert dsl.post(tom + "/stops" + ending, data=form).status_code == 400, "no token"
    for bad in BAD:
        for field in form:
            check(dsl.post(f"{tom}/stops{ending}", data={**keys, **form, field: bad}), (field, bad[:20]))
        assert dsl.get(f"{tom}/stops", query_string={"lift": bad[:99], "said": bad[:99]}).status_code in (200, 400)
