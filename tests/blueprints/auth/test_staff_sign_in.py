"""Staff's door as they meet it, outside the demo: invitation, password, second check, and what opens nothing."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pyotp
import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from notifications.models import Delivery
from tests.blueprints.auth.conftest import BASE, Browser
from tests.factories import World
from tests.pages import Enter, page
from webapp.accounts.models import Session
from webapp.foundation import clock
from webapp.foundation.clock import machine_now
from webapp.foundation.db import read_door, unit_of_work
from webapp.foundation.trail import TrailEntry
from webapp.people.models import StaffRole

WORDS, OTHER = "copper lantern gravy", "seven quiet owls"


def bodies() -> list[str]:
    with read_door() as db:
        return list(db.scalars(select(Delivery.body).order_by(Delivery.id)))


def link() -> str:
    return [found[0] for body in bodies() if (found := re.search(r"/staff/sign-in/t/\w+", body))][-1]


def address(world: World, name: str = "saira.khan") -> str:
    return f"{name}.{world.organisation}@school.example"


def sign_in(visitor: Browser, world: World, words: str = WORDS, name: str = "saira.khan") -> Any:
    return visitor.send("/staff/sign-in", contact_point=address(world, name), password=words, how="password")


def by_code(visitor: Browser, world: World, name: str = "saira.khan") -> Any:
    visitor.send("/staff/sign-in", contact_point=address(world, name), how="code")
    code = re.search(r"\b\d{6}\b", bodies()[-1])
    return visitor.send("/staff/sign-in/code", code=code[0] if code else "000000")


def set_up(visitor: Browser, world: World, name: str = "saira.khan") -> pyotp.TOTP:
    """The first sign-in of all, to the end."""
    answer = by_code(visitor, world, name)
    second = visitor.send(answer.location, password=WORDS, again=WORDS)
    assert second.location.startswith("/staff/sign-in/set-up")
    shown = page(visitor.get("/staff/sign-in/set-up")).text
    totp = pyotp.TOTP(re.search(r"Key ?((?:[A-Z2-7]{4} ?){8})", shown)[1].replace(" ", ""))
    codes = visitor.send("/staff/sign-in/set-up", code=totp.at(machine_now()))
    assert len(set(re.findall(r"\w{4}-\w{4}-\w{4}", page(codes).text))) == 10
    return totp


def test_the_first_time_a_code_sets_the_password_and_the_second_check_is_set_up(visitor: Browser, world: World):
    set_up(visitor, world)
    assert visitor.entered


def test_a_code_alone_opens_nothing_in_earnest(visitor: Browser, world: World):
    answer = by_code(visitor, world)
    assert answer.location.startswith("/staff/sign-in/t/")
    assert not visitor.entered
    with read_door() as db:
        assert db.scalar(select(func.count()).select_from(Session)) == 0


def test_password_and_second_check_sign_in(earnest: Flask, world: World, at: time_machine.Traveller):
    totp = set_up(Browser(earnest), world)
    at.shift(30)
    browser = Browser(earnest)
    assert sign_in(browser, world).location == "/staff/sign-in/second"
    assert not browser.entered
    wrong = browser.send("/staff/sign-in/second", code="000000")
    assert wrong.status_code == 422 and page(wrong).title == "Error: Enter the code from your app"
    assert browser.send("/staff/sign-in/second", code=totp.at(machine_now())).location == "/staff"
    assert browser.entered


def test_once_there_is_a_password_no_code_is_sent(earnest: Flask, world: World, at: time_machine.Traveller):
    set_up(Browser(earnest), world)
    at.shift(61)
    sent = len(bodies())
    asked = Browser(earnest).send("/staff/sign-in", contact_point=address(world), how="code")
    assert asked.status_code == 302 and asked.location == "/staff/sign-in/code"
    assert len(bodies()) == sent


def test_a_teacher_needs_no_second_check(visitor: Browser, world: World):
    with unit_of_work() as tx:
        tx.execute(StaffRole.__table__.delete().where(StaffRole.role == "tutor"))
    answer = by_code(visitor, world, "jo.reed")
    assert visitor.send(answer.location, password=WORDS, again=WORDS).location == "/staff"
    assert visitor.entered


def test_a_poor_password_is_an_error_on_its_field(visitor: Browser, world: World):
    answer = by_code(visitor, world)
    poor = ("short", "short", "password"), ("Password1234", "", "password"), (WORDS, OTHER, "again")
    for typed, again, field in poor:
        wrong = visitor.send(answer.location, password=typed, again=again)
        assert wrong.status_code == 422
        assert f"#{field}" in page(wrong).links().values()
        assert WORDS not in wrong.text


def test_wrong_password_and_unknown_address_are_one_page(earnest: Flask, world: World):
    set_up(Browser(earnest), world)
    pages = []
    for name, words in (("saira.khan", OTHER), ("nobody.here", WORDS), ("grace.osei", WORDS)):
        answer = sign_in(Browser(earnest), world, words, name)
        assert answer.status_code == 422
        pages.append(re.sub(r'value="[^"]*"', "", answer.text))
    assert pages[0] == pages[1] == pages[2]


def test_forgotten_is_one_page_for_all_and_its_link_asks_for_the_second_check(earnest: Flask, world: World):
    first = Browser(earnest)
    set_up(first, world)
    for name in ("nobody.here", "saira.khan"):
        browser = Browser(earnest)
        asked = browser.send("/staff/sign-in/forgotten", contact_point=address(world, name))
        assert (asked.status_code, asked.location) == (303, "/staff/sign-in/sent")
    assert first.entered
    assert browser.send(link(), password=OTHER, again=OTHER).location.startswith("/staff/sign-in/second")
    assert not first.entered and not browser.entered
    over = browser.get(link())
    assert over.status_code == 410 and page(over).h1 == "This link no longer works"


def test_too_many_wrong_passwords(earnest: Flask, world: World):
    set_up(Browser(earnest), world)
    browser = Browser(earnest)
    answers = [sign_in(browser, world, OTHER).status_code for _ in range(11)]
    assert answers == [422] * 10 + [429]
    assert sum("is locked" in body for body in bodies()) == 1


def test_the_steps_belong_to_the_browser_that_began(earnest: Flask, world: World, at: time_machine.Traveller):
    totp = set_up(Browser(earnest), world)
    at.shift(30)
    sign_in(Browser(earnest), world)
    stranger = Browser(earnest)
    key = page(stranger.get("/staff/sign-in")).fields()["csrf_token"]
    for step in ("second", "set-up", "post"):
        answer = stranger.client.post(
            f"/staff/sign-in/{step}", base_url=BASE, headers={"Referer": BASE},
            data={"csrf_token": key, "code": totp.at(machine_now()), "person": "stf-1-Khan"},
        )  # fmt: skip
        assert answer.status_code == 303 and answer.location.startswith("/staff/sign-in")
    assert not stranger.entered


def test_on_to_where_one_was_going_and_nowhere_else(earnest: Flask, world: World, at: time_machine.Traveller):
    totp = set_up(Browser(earnest), world)
    for then, leads in (("/staff/hill/inbox", "/staff/hill/inbox"), ("//evil.example/x", "/staff")):
        at.shift(30)
        browser = Browser(earnest)
        form = page(browser.get(f"/staff/sign-in?next={then}")).fields("/staff/sign-in")
        typed = {"contact_point": address(world), "password": WORDS, "how": "password"}
        second = browser.client.post(
            "/staff/sign-in", base_url=BASE, data={**form, **typed}, headers={"Referer": BASE}
        )  # fmt: skip
        assert browser.send(second.location, "/staff/sign-in/second", code=totp.at(machine_now())).location == leads


def test_ones_own_sign_in(earnest: Flask, world: World, at: time_machine.Traveller):
    here, elsewhere = Browser(earnest), Browser(earnest)
    totp = set_up(elsewhere, world)
    at.shift(30)
    here.send(sign_in(here, world).location, code=totp.at(machine_now()))
    mine = page(here.get("/staff/you"))
    assert "Recovery codes left 10" in mine.text.replace("left10", "left 10")
    assert here.send("/staff/you", "/staff/you/recovery-codes", code=totp.at(machine_now())).status_code == 422
    at.shift(30)
    shown = here.send("/staff/you", "/staff/you/recovery-codes", code=totp.at(machine_now()))
    new = re.findall(r"\w{4}-\w{4}-\w{4}", page(shown).text)
    assert len(set(new)) == 10
    assert elsewhere.entered
    assert here.send("/staff/you", "/staff/you/others/sign-out").status_code == 303
    assert here.entered and not elsewhere.entered
    assert elsewhere.send(sign_in(elsewhere, world).location, code=new[0]).location == "/staff"


@pytest.mark.parametrize("bad", ["", "\x00", "x" * 100_000, "😀" * 20, "' OR 1=1 --", "\u202esaira"])
def test_no_form_is_a_fault_of_ours(visitor: Browser, world: World, bad: str):
    typed = dict.fromkeys(("contact_point", "password", "code", "again", "person", "how", "next"), bad)
    for path in ("/staff/sign-in", "/staff/sign-in/forgotten"):
        assert visitor.send(path, **typed).status_code in (302, 303, 400, 422, 429)
    found = by_code(visitor, world).location
    assert visitor.send(found, **typed).status_code in (400, 422)
    visitor.send(found, password=WORDS, again=WORDS)
    assert visitor.send("/staff/sign-in/set-up", **typed).status_code in (303, 400, 422, 429)


# The people of a school.


def test_an_administrator_invites_and_the_link_lets_in(
    app: Flask, as_staff: Enter, world: World, anonymous: FlaskClient, at: time_machine.Traveller
):
    head = as_staff(world.head)
    listed = page(head.get("/staff/hill/people"))
    assert "Saira Khan" in listed.text and "Vera Moss" not in listed.text
    one = listed.links()["Saira Khan"]
    form = page(head.get(one)).fields(f"{one}/invite")
    assert head.post(f"{one}/invite", data=form).status_code == 303
    assert "Invited, until Tue 23 June 2026" in page(head.get(one)).text
    got = page(anonymous.get(link()))
    assert got.h1 == "Choose a password" and "Saira Khan" in got.text
    with read_door() as db:
        assert db.scalars(select(TrailEntry.actor_name).where(TrailEntry.action == "invited")).all() == ["Grace Osei"]


def test_a_lost_second_check_is_taken_away_on_the_page(
    app: Flask, as_staff: Enter, world: World, anonymous: FlaskClient
):
    head = as_staff(world.head)
    one = page(head.get("/staff/hill/people")).links()["Saira Khan"]
    head.post(f"{one}/invite", data=page(head.get(one)).fields(f"{one}/invite"))
    anonymous.post(link(), data={**page(anonymous.get(link())).fields(), "password": WORDS, "again": WORDS})
    shown = page(anonymous.get("/staff/sign-in/set-up"))
    totp = pyotp.TOTP(re.search(r"Key ?((?:[A-Z2-7]{4} ?){8})", shown.text)[1].replace(" ", ""))
    anonymous.post("/staff/sign-in/set-up", data={**shown.fields(), "code": totp.at(machine_now())})
    assert anonymous.get("/staff").status_code == 302 and "sign-in" not in anonymous.get("/staff").location
    assert "10 recovery codes left" in page(head.get(one)).text
    form = page(head.get(one)).fields(f"{one}/reset-second")
    assert head.post(f"{one}/reset-second", data={**form, "reason": ""}).status_code == 422
    assert head.post(f"{one}/reset-second", data={**form, "reason": "New phone"}).status_code == 303
    assert "Password, no second check yet" in page(head.get(one)).text
    assert "sign-in" in anonymous.get("/staff").location


@pytest.mark.parametrize("deed", ["", "/invite", "/reset-second"])
def test_somebody_of_another_school_is_not_there(app: Flask, as_staff: Enter, world: World, deed: str):
    head = as_staff(world.head)
    key = page(head.get("/staff/hill/people")).fields()["csrf_token"]
    with read_door() as db:
        others = db.execute(
            select(StaffRole.staff_id).where(StaffRole.staff_id.in_((world.vale_officer, world.other_officer)))
        )
        assert len(others.all()) == 2
    for public in ("stf-1-Moss", "stf-2-Dale", "nobody"):
        path = f"/staff/hill/people/{public}{deed}"
        answer = head.post(path, data={"csrf_token": key, "reason": "New phone"}) if deed else head.get(path)
        assert answer.status_code == 404


def test_whoever_has_no_role_any_more_may_be_given_one_and_no_more(app: Flask, as_staff: Enter, world: World):
    with unit_of_work() as tx:
        gone = clock.school_today() - timedelta(days=1)
        tx.execute(update(StaffRole).where(StaffRole.staff_id == world.officer).values(ends_on=gone))
    head = as_staff(world.head)
    listed = page(head.get("/staff/hill/people"))
    one = page(head.get(listed.links()["Saira Khan"]))
    assert "No role at this school now" in one.text and "Signing in" not in one.text
    keys = {"csrf_token": one.fields()["csrf_token"], "reason": "New phone"}
    for deed in ("/invite", "/reset-second"):
        assert head.post(listed.links()["Saira Khan"] + deed, data=keys).status_code == 404
