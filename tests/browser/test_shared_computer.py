"""A computer at reception that two people share, and staff's passkeys, in real Chromium."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, Visit
from tests.browser.test_passkeys import give_a_reader

pytestmark = pytest.mark.browser
PINS = {"Adil Farooq": "739104", "Brenda Hirst": "462817"}


def h1(page: Page) -> Any:
    return page.get_by_role("heading", level=1)


def choose_pin(page: Page, pin: str) -> None:
    page.goto("/staff/you/pin")
    page.get_by_label("6 digits that nobody guesses").fill(pin)
    page.get_by_label("The same once more").fill(pin)
    page.get_by_role("button", name="Keep this PIN").click()
    page.wait_for_url("**/staff/you")


def by_card(page: Page, name: str) -> None:
    page.goto("/staff/sign-in")
    page.get_by_role("button", name=name).click()
    page.wait_for_url(re.compile(r"/staff/(hill|vale)"))


@pytest.fixture
def desk(visitors: Visit) -> Page:
    """The administrator has named the computer; both have signed in today, and Brenda sits there."""
    page = visitors("Adil Farooq", DESK)
    page.goto("/staff/hill/computers")
    page.get_by_label("Its name, such as: Reception desk").fill("Reception desk")
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_text("Reception desk (this computer)")).to_be_visible()
    choose_pin(page, PINS["Adil Farooq"])
    by_card(page, "Brenda Hirst")
    choose_pin(page, PINS["Brenda Hirst"])
    return page


def lock(page: Page) -> None:
    page.get_by_role("button", name="Lock", exact=True).click()
    expect(h1(page)).to_have_text("Who is here?")


def test_two_people_switch_with_one_tap_and_six_digits(desk: Page) -> None:
    page = desk
    page.goto("/staff/hill/reception")
    expect(h1(page)).to_be_visible()
    lock(page)
    sent: list[str] = []
    page.on("request", lambda one: sent.append(one.url) if one.resource_type == "document" else None)
    began = time.perf_counter()
    page.get_by_label("Adil Farooq").check()
    # The field has the focus already, and the last digit sends.
    page.keyboard.type(PINS["Adil Farooq"])
    page.wait_for_url(re.compile(r"/staff/(hill|vale)/"))
    took = time.perf_counter() - began
    print(f"switched in {took:.2f} s, {len(sent)} documents")
    # The PIN, and the way from /staff to the person's own start.
    assert len(sent) <= 5
    assert "Adil" in page.locator("header").inner_text() or "AF" in page.locator("header").inner_text()
    # Back shows nothing of Brenda's: the page is asked for again, as who is here now.
    for _ in range(3):
        page.go_back()
        expect(page.locator("body")).not_to_contain_text("Brenda Hirst, menu")
    page.goto("/staff/hill/reception")
    expect(h1(page)).to_have_text("You cannot open this page")


def test_it_locks_itself_and_what_was_half_written_comes_back(desk: Page) -> None:
    page = desk
    page.clock.install()
    page.goto("/staff/hill/find?q=ahmed")
    href = page.locator("main a[href*='/pupils/']").first.get_attribute("href")
    page.goto(f"{href}/note")
    words = page.locator("main textarea").first
    words.fill("His grandmother rang: he is on the")
    other = page.context.new_page()
    other.goto("/staff/hill/reception")
    page.bring_to_front()
    page.clock.fast_forward("05:10")
    expect(h1(page)).to_have_text("Who is here?")
    # The other tab has gone too.
    expect(h1(other)).to_have_text("Who is here?")
    stored = page.evaluate("JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)])")
    assert "grandmother" not in stored
    # Somebody else does not get it.
    page.get_by_label("Adil Farooq").check()
    page.keyboard.type(PINS["Adil Farooq"])
    page.wait_for_url(re.compile(r"/staff/(hill|vale)/"))
    expect(page.locator("body")).not_to_contain_text("grandmother")
    page.goto(f"{href}/note")
    expect(page.locator("body")).not_to_contain_text("grandmother")
    page.goto("/staff/hill/computers")
    lock(page)
    page.get_by_label("Brenda Hirst").check()
    page.keyboard.type(PINS["Brenda Hirst"])
    page.wait_for_url("**/note")
    expect(page.locator("main textarea").first).to_have_value("His grandmother rang: he is on the")
    page.reload()
    expect(page.locator("main textarea").first).to_have_value("")


def test_wrong_pins_and_the_way_out(desk: Page) -> None:
    page = desk
    page.goto("/staff/hill/reception")
    # The key: Alt+L.
    page.keyboard.press("Alt+l")
    expect(h1(page)).to_have_text("Who is here?")
    page.get_by_label("Brenda Hirst").check()
    page.keyboard.type("995471")
    expect(page.get_by_role("alert")).to_contain_text("You have 4 tries left.")
    page.get_by_role("link", name="I am not here yet today: sign in").click()
    expect(h1(page)).to_have_text("Staff sign in")
    expect(page.get_by_text("This computer is shared.")).to_be_visible()


def test_staff_add_a_passkey_sign_in_with_it_and_prove_again(visitors: Visit) -> None:
    page = visitors("Saira Khan", DESK)
    give_a_reader(page)
    page.goto("/staff/you/passkeys")
    page.get_by_role("button", name="Add a passkey").click()
    expect(h1(page)).to_have_text("Keep your recovery codes")
    page.get_by_role("link", name="I have kept them: carry on").click()
    expect(page.locator("#passkeys li")).to_have_count(1)
    page.goto("/staff/prove?next=/staff/you/passkeys&why=access")
    page.get_by_role("button", name="Use my passkey").click()
    page.wait_for_url("**/staff/you/passkeys")
    expect(page.get_by_text("last used")).to_be_visible()
    page.context.clear_cookies()
    page.goto("/staff/sign-in")
    # The browser offers it in the field of the address, and this reader says yes at once.
    page.wait_for_url(re.compile(r"/staff/hill/"))
    page.goto("/staff/you/passkeys")
    page.get_by_role("link", name="Remove").click()
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_text("You have none yet.")).to_be_visible()
