"""Staff's passkeys, fresh proofs and shared computers as they are met in a browser, outside the demo."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import pyotp
import pytest
import segno
import time_machine
from flask import Flask
from sqlalchemy import select, update

from tests.accounts.soft_key import SoftKey
from tests.blueprints.auth.conftest import BASE, Browser
from tests.blueprints.auth.test_staff_sign_in import WORDS, address, by_code, set_up, sign_in
from tests.factories import World
from tests.pages import Page, page
from webapp.accounts.models import Session, SharedMachine
from webapp.foundation.clock import machine_now
from webapp.foundation.db import read_door, unit_of_work
from webapp.people.models import Pupil

HOST = "attend.hill.example"
PIN = "739104"


def a_key() -> SoftKey:
    return SoftKey(origin=BASE, host=HOST)


def form_of(shown: Page) -> Element:
    return next(form for form in shown.all(".//form") if form.get("id") == "passkey")


def press(browser: Browser, at: str, key: SoftKey) -> Any:
    """What the script does with the passkey form of a page."""
    shown = page(browser.get(at))
    form = form_of(shown)
    fields = {one.get("name"): one.get("value", "") for one in form.iter("input")}
    headers = {"Accept": "application/json", "Referer": BASE + at}
    options = browser.client.post(form.get("data-options", ""), base_url=BASE, data=fields, headers=headers)
    assert options.status_code == 200, options.text
    signed = (key.make if form.get("data-passkey") == "make" else key.use)(options.text)
    return browser.client.post(
        form.get("action", ""), base_url=BASE, data={**fields, "credential": signed}, headers={"Referer": BASE + at}
    )


def stale(minutes: int = 45) -> None:
    with unit_of_work() as tx:
        tx.execute(update(Session).values(stepped_up_at=machine_now() - timedelta(minutes=minutes)))


def as_dsl(browser: Browser, world: World) -> pyotp.TOTP:
    return set_up(browser, world, "dina.bell")


# Passkeys.


def test_a_passkey_is_set_up_instead_of_an_app_and_signs_in_by_itself(earnest: Flask, world: World) -> None:
    first, key = Browser(earnest), a_key()
    answer = by_code(first, world)
    first.send(answer.location, password=WORDS, again=WORDS)
    codes = press(first, "/staff/sign-in/set-up", key)
    assert len(set(re.findall(r"\w{4}-\w{4}-\w{4}", page(codes).text))) == 10
    assert first.entered
    # The second check after a password.
    second = Browser(earnest)
    assert sign_in(second, world).location == "/staff/sign-in/second"
    shown = page(second.get("/staff/sign-in/second"))
    assert (shown.h1, "6-digit" in shown.text) == ("Use your passkey", False)
    assert press(second, "/staff/sign-in/second", key).location == "/staff"
    assert second.entered
    # The whole sign-in.
    third = Browser(earnest)
    assert press(third, "/staff/sign-in?next=/staff/hill", key).location == "/staff/hill"
    assert third.entered
    assert press(Browser(earnest), "/staff/sign-in", a_key()).status_code == 422


def test_one_is_added_named_and_removed_on_ones_own_page(visitor: Browser, world: World) -> None:
    set_up(visitor, world)
    account = page(visitor.get("/staff/you"))
    assert account.links()["Add a passkey"] == "/staff/you/passkeys"
    assert press(visitor, "/staff/you/passkeys", a_key()).status_code == 303
    shown = page(visitor.get("/staff/you/passkeys"))
    (rename,) = [form.get("action", "") for form in shown.all(".//form") if "rename" in form.get("action", "")]
    assert page(visitor.send("/staff/you/passkeys", rename, name=" ")).status == 422
    assert visitor.send("/staff/you/passkeys", rename, name="Key on my ring").status_code == 303
    remove = next(href for words, href in page(visitor.get("/staff/you/passkeys")).links().items() if "Remove" in words)
    assert "Key on my ring" in page(visitor.get(remove)).text
    assert visitor.send(remove).status_code == 303
    assert "You have none yet." in page(visitor.get("/staff/you/passkeys")).text


def test_the_key_of_the_app_is_a_picture_drawn_here(visitor: Browser, world: World) -> None:
    answer = by_code(visitor, world)
    visitor.send(answer.location, password=WORDS, again=WORDS)
    shown = page(visitor.get("/staff/sign-in/set-up"))
    (picture,) = [one for one in shown.tree.iter() if one.tag.endswith("svg") and one.get("role") == "img"]
    assert picture.get("aria-label")
    paths = list(picture)
    assert [one.get("fill") for one in paths] == ["#fff", "#000"]
    drawn = drawn_in(picture)
    there = shown.links()["The app is on this phone: open it"]
    # The quiet zone is four modules wide, and inside stands the library's code of the very address.
    inside = [row[4:-4] for row in drawn[4:-4]]
    assert inside == [list(row) for row in segno.make_qr(there, error="m").matrix]
    assert not any(any(row) for row in (*drawn[:4], *drawn[-4:]))
    assert not any(any(row[:4]) or any(row[-4:]) for row in drawn)
    key = re.search(r"Key ?((?:[A-Z2-7]{4} ?){8})", shown.text)
    assert key is not None
    assert there.startswith("otpauth://totp/")
    assert key[1].replace(" ", "") in there


def drawn_in(picture: Element) -> list[list[int]]:
    size = int(picture.get("viewBox", "").split()[2])
    drawn = [[0] * size for _ in range(size)]
    for x, y, run, back in re.findall(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z", list(picture)[1].get("d", "")):
        assert run == back
        for each in range(int(run)):
            drawn[int(y)][int(x) + each] = 1
    return drawn


def test_whoever_has_passkeys_alone_gets_new_recovery_codes_for_a_fresh_proof(visitor: Browser, world: World) -> None:
    answer = by_code(visitor, world)
    visitor.send(answer.location, password=WORDS, again=WORDS)
    shown = page(press(visitor, "/staff/sign-in/set-up", a_key()))
    first = set(re.findall(r"\w{4}-\w{4}-\w{4}", shown.text))
    made = visitor.send("/staff/you", "/staff/you/recovery-codes")
    second = set(re.findall(r"\w{4}-\w{4}-\w{4}", page(made).text))
    assert len(first) == len(second) == 10
    assert not first & second
    stale()
    asked = visitor.send("/staff/you", "/staff/you/recovery-codes")
    assert (asked.status_code, urlsplit(asked.location).path) == (303, "/staff/prove")


def test_an_app_is_not_passed_over_with_a_fresh_proof(visitor: Browser, world: World) -> None:
    set_up(visitor, world)
    form = page(visitor.get("/staff/you")).fields("/staff/you/recovery-codes")
    answer = visitor.client.post(
        "/staff/you/recovery-codes", base_url=BASE, data={**form, "by": "passkey"}, headers={"Referer": BASE}
    )
    assert answer.status_code == 422


# Showing again that it is you.


def test_a_page_that_asks_leads_back_to_itself(visitor: Browser, world: World) -> None:
    as_dsl(visitor, world)
    path = f"/staff/hill/pupils/{public_id(world.tom)}/stops"
    assert visitor.get(path).status_code == 200
    stale()
    asked = visitor.get(path)
    assert urlsplit(asked.location).path == "/staff/prove"
    shown = page(visitor.get(asked.location))
    assert "what only a few may see" in shown.text
    fields = shown.fields("/staff/prove")
    wrong = visitor.client.post("/staff/prove", base_url=BASE, data={**fields, "password": "not this one"},
                                headers={"Referer": BASE})  # fmt: skip
    assert (wrong.status_code, page(wrong).title) == (422, "Error: Show that it is you")
    assert page(wrong).fields("/staff/prove")["next"] == path
    right = visitor.client.post("/staff/prove", base_url=BASE, data={**fields, "password": WORDS},
                                headers={"Referer": BASE})  # fmt: skip
    assert (right.status_code, right.location) == (303, path)
    assert visitor.get(path).status_code == 200


def test_a_form_is_kept_and_sent_after_the_proof(visitor: Browser, world: World, at: time_machine.Traveller) -> None:
    totp = as_dsl(visitor, world)
    path = f"/staff/hill/pupils/{public_id(world.tom)}/withheld"
    form = page(visitor.get(path)).fields(path)
    typed = {"what": "mark", "on": "2026-06-15", "half": "morning", "contact": "everybody", "review": "2026-07-01",
             "reason": "A talk with <b>the police</b>"}  # fmt: skip
    stale()
    refused = visitor.client.post(path, base_url=BASE, data={**form, **typed}, headers={"Referer": BASE + path})
    shown = page(refused)
    assert (shown.status, shown.h1) == (403, "Show that it is you")
    assert "kept on this page" in shown.text
    kept = shown.fields("/staff/prove")
    assert {name.removeprefix("held."): value for name, value in kept.items() if name.startswith("held.")} == {
        name: value for name, value in {**form, **typed}.items() if name != "csrf_token"
    }
    # A wrong code keeps it too.
    wrong = page(visitor.client.post("/staff/prove", base_url=BASE, data={**kept, "code": "000000"},
                                     headers={"Referer": BASE}))  # fmt: skip
    assert wrong.status == 422
    at.shift(61)
    proved = page(visitor.client.post("/staff/prove", base_url=BASE,
                                      data={**wrong.fields("/staff/prove"), "code": totp.at(machine_now())},
                                      headers={"Referer": BASE}))  # fmt: skip
    assert proved.h1 == "Thank you. Send it now?"
    assert "A talk with <b>the police</b>" in proved.text
    sent = visitor.client.post(path, base_url=BASE, data=proved.fields(path), headers={"Referer": BASE})
    assert (sent.status_code, urlsplit(sent.location).path) == (303, path)
    assert "A talk with" in page(visitor.get(path)).text


def test_a_passkey_proves_and_anothers_does_not(earnest: Flask, world: World) -> None:
    first, second = Browser(earnest), Browser(earnest)
    set_up(first, world)
    mine, theirs = a_key(), a_key()
    press(first, "/staff/you/passkeys", mine)
    as_dsl(second, world)
    press(second, "/staff/you/passkeys", theirs)
    stale()
    where = "/staff/prove?next=/staff/you/passkeys&why=access"
    assert press(first, where, theirs).status_code == 422
    assert urlsplit(first.get("/staff/you/passkeys").location).path == "/staff/prove"
    assert press(first, where, mine).location == "/staff/you/passkeys"
    assert first.get("/staff/you/passkeys").status_code == 200
    assert urlsplit(second.get("/staff/you/passkeys").location).path == "/staff/prove"


@pytest.mark.parametrize("where", ["https://evil.example/x", "//evil.example", "javascript:x", "/\\evil.example"])
def test_the_proof_leads_to_no_other_site(visitor: Browser, world: World, where: str) -> None:
    set_up(visitor, world)
    form = page(visitor.get("/staff/prove")).fields("/staff/prove")
    data = {**form, "password": WORDS, "next": where, "held_to": where}
    assert visitor.client.post("/staff/prove", base_url=BASE, data=data, headers={"Referer": BASE}).location == "/staff"


def test_how_long_a_proof_lasts_depends_on_what_it_opens(visitor: Browser, world: World) -> None:
    as_dsl(visitor, world)
    rights = f"/staff/hill/pupils/{public_id(world.tom)}/rights"
    for minutes, reading, access in ((9, 200, 200), (11, 200, 302), (29, 200, 302), (31, 302, 302)):
        stale(minutes)
        assert visitor.get(rights).status_code == reading, minutes
        assert visitor.get("/staff/you/passkeys").status_code == access, minutes


def public_id(pupil: int) -> str:
    with read_door() as db:
        return str(db.scalar(select(Pupil.public_id).where(Pupil.id == pupil)))


# Shared computers.


def desk(browser: Browser, world: World) -> None:
    """The head, who has signed in, names the computer."""
    named = browser.send("/staff/hill/computers", name="Reception desk")
    assert named.status_code == 303
    assert "Reception desk" in page(browser.get("/staff/hill/computers")).text


def choose_pin(browser: Browser, pin: str = PIN) -> None:
    assert browser.send("/staff/you/pin", pin=pin, again=pin).status_code == 303


def lock(browser: Browser, **more: str) -> Any:
    form = page(browser.get("/staff/you/pin")).fields()
    return browser.client.post("/staff/lock", base_url=BASE, data={**form, **more}, headers={"Referer": BASE})


def names_on(browser: Browser) -> list[str]:
    shown = page(browser.get("/staff/lock"))
    return [(label.text or "").strip() for label in shown.all(".//label") if "radios" in label.get("class", "")]


def come_back(browser: Browser, name: str, pin: str, lock_page: str = "/staff/lock") -> Any:
    shown = page(browser.get(lock_page))
    by_label = {(label.text or "").strip(): label.get("for") for label in shown.all(".//label")}
    who = next(one.get("value", "") for one in shown.all(".//input") if one.get("id") == by_label[name])
    form = {**shown.fields("/staff/lock/back"), "who": who, "pin": pin}
    return browser.client.post("/staff/lock/back", base_url=BASE, data=form, headers={"Referer": BASE})


def test_two_people_at_one_desk(earnest: Flask, world: World, at: time_machine.Traveller) -> None:
    browser = Browser(earnest)
    set_up(browser, world, "grace.osei")
    desk(browser, world)
    choose_pin(browser)
    # A colleague signs in whole, is offered a PIN, and is on the list.
    at.shift(61)
    lock(browser)
    totp = set_up(browser, world, "saira.khan")
    assert totp
    offer = browser.get("/staff/sign-in/pin?next=/staff/hill")
    assert page(offer).h1 == "Choose a PIN"
    choose_pin(browser, "462817")
    assert browser.get("/staff/sign-in/pin?next=/staff/hill").location == "/staff/hill"
    mine = f"/staff/hill/pupils/{public_id(world.tom)}"
    before = page(browser.get(mine))
    assert before.status == 200
    assert lock(browser).location == "/staff/lock"
    # Every page is shut, and leads to the names.
    assert urlsplit(browser.get(mine).location).path == "/staff/lock"
    assert names_on(browser) == ["Grace Osei", "Saira Khan"]
    # Another person does not get the page that was asked for; its own does.
    wanted = browser.get(mine).location
    assert come_back(browser, "Grace Osei", PIN, wanted).location == "/staff"
    assert "Grace Osei" in page(browser.get("/staff/you")).text
    assert lock(browser).status_code == 303
    assert come_back(browser, "Grace Osei", PIN, wanted).location == mine
    # The form key of the last person's pages sends nothing for the next.
    assert browser.client.post("/staff/hill/computers", base_url=BASE, data={
        **before.fields(), "name": "x"}, headers={"Referer": BASE}).status_code == 400  # fmt: skip
    assert come_back(browser, "Saira Khan", PIN).status_code == 422


def test_five_wrong_pins(earnest: Flask, world: World) -> None:
    browser = Browser(earnest)
    set_up(browser, world, "grace.osei")
    desk(browser, world)
    choose_pin(browser)
    lock(browser)
    for _ in range(4):
        wrong = come_back(browser, "Grace Osei", "462817")
        assert wrong.status_code == 422
        assert "left" in page(wrong).text
    fifth = come_back(browser, "Grace Osei", "462817")
    assert (fifth.status_code, fifth.location) == (303, "/staff/sign-in")
    assert browser.get("/staff/lock").location == "/staff/sign-in"


def test_names_stand_on_no_computer_that_school_has_not_named(earnest: Flask, world: World) -> None:
    browser, other = Browser(earnest), Browser(earnest)
    set_up(browser, world, "grace.osei")
    desk(browser, world)
    choose_pin(browser)
    assert other.get("/staff/lock").location == "/staff/sign-in"
    other.client.set_cookie("__Host-firstbell-machine", "x" * 43, domain=HOST, secure=True)
    assert other.get("/staff/lock").location == "/staff/sign-in"
    assert names_on(browser) == ["Grace Osei"]
    with unit_of_work() as tx:
        tx.execute(update(SharedMachine).values(removed_at=machine_now()))
    assert browser.get("/staff/lock").location == "/staff/sign-in"


def test_what_stood_half_written_comes_back_to_its_writer_alone(earnest: Flask, world: World) -> None:
    browser = Browser(earnest)
    set_up(browser, world, "grace.osei")
    desk(browser, world)
    choose_pin(browser)
    path = f"/staff/hill/pupils/{public_id(world.tom)}/note"
    said = [["", path], ["words", "His grandmother rang"]]
    lock(browser, path=path, kept=json.dumps(said))
    answer = come_back(browser, "Grace Osei", PIN)
    assert answer.location == f"{path}#kept"
    form = page(browser.get("/staff/you/pin")).fields()
    for fields in (said, []):
        told = browser.client.post("/staff/kept", base_url=BASE, data=form, headers={"Referer": BASE})
        assert told.json == {"fields": fields}


@pytest.mark.parametrize("kept", ["", "{", "[1]", '{"a": 1}', "null", '[["a"]]', "x" * 90_000])
def test_what_is_no_form_is_passed_over(visitor: Browser, world: World, kept: str) -> None:
    set_up(visitor, world, "grace.osei")
    desk(visitor, world)
    choose_pin(visitor)
    assert lock(visitor, path="/staff/hill", kept=kept).location == "/staff/lock"
    assert come_back(visitor, "Grace Osei", PIN).location == "/staff"


def test_this_is_a_shared_computer_without_a_name(earnest: Flask, world: World, at: time_machine.Traveller) -> None:
    totp = set_up(Browser(earnest), world)
    at.shift(61)
    browser = Browser(earnest)
    browser.send("/staff/sign-in", contact_point=address(world), password=WORDS, how="password", shared="1")
    browser.send("/staff/sign-in/second", code=totp.at(machine_now()))
    board = page(browser.get("/staff/hill/registers"))
    (form,) = [form for form in board.all(".//form") if form.get("id") == "lock"]
    assert form.get("data-minutes") == "5"
    at.shift(6 * 60)
    assert not browser.entered
    assert urlsplit(browser.get("/staff/hill/registers").location).path == "/staff/sign-in"


def test_a_computer_that_nobody_shares_has_no_lock(visitor: Browser, world: World) -> None:
    set_up(visitor, world)
    assert not [form for form in page(visitor.get("/staff/hill/registers")).all(".//form") if form.get("id") == "lock"]


def test_the_administrator_sees_and_takes_away_passkeys(earnest: Flask, world: World) -> None:
    officer, head, key = Browser(earnest), Browser(earnest), a_key()
    set_up(officer, world)
    press(officer, "/staff/you/passkeys", key)
    set_up(head, world, "grace.osei")
    people = page(head.get("/staff/hill/people")).links()
    person = people["Saira Khan"]
    assert "1 passkey, 10 recovery codes left" in page(head.get(person)).text
    assert head.send(person, f"{person}/reset-second", reason="Lost it, in person").status_code == 303
    assert not officer.entered
    assert press(Browser(earnest), "/staff/sign-in", key).status_code == 422
