"""The README's tour, in a real browser, on the demo as ``make demo`` starts it.

A parent reports two children at a phone's width; staff confirm, undo and confirm again; one first-day text is answered
by its link and another in words on the demo phone; the board shows both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import Demo

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}


@pytest.fixture
def enter(browser: Browser, demo: Demo) -> Iterator[object]:
    """``enter("Alice Ahmed", PHONE)``: a browser of its own, signed in by the card of that name."""
    contexts: list[BrowserContext] = []

    def sign_in(name: str, size: dict[str, int]) -> Page:
        context = browser.new_context(viewport=size, base_url=demo.address)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.goto("/sign-in")
        page.get_by_role("button", name=name).click()
        page.wait_for_url(re.compile(r"/(home|staff/)"))
        return page

    yield sign_in
    for context in contexts:
        context.close()


def keep(page: Page, demo: Demo, name: str) -> None:
    """A picture of the whole page, for docs/pictures when they are taken anew."""
    folder = Path(demo.folder) / "pictures"
    folder.mkdir(exist_ok=True)
    page.screenshot(path=folder / f"{name}.png", full_page=True)


def test_the_tour(enter, demo: Demo) -> None:  # type: ignore[no-untyped-def]
    alice = enter("Alice Ahmed", PHONE)
    expect(alice).to_have_title(re.compile("Today"))
    keep(alice, demo, "home")
    # Three taps: not coming in, a reason, tell school; Ella is away for the same reason.
    alice.get_by_role("link", name="Tom is not coming in").click()
    expect(alice.get_by_role("heading", level=1)).to_have_text("Why is Tom away today?")
    alice.get_by_label("Ill or unwell").check()
    alice.get_by_label("Ella").check()
    keep(alice, demo, "report")
    alice.get_by_role("button", name="Tell school").click()
    expect(alice.get_by_role("heading", level=1)).to_have_text(re.compile(r"Sent to school at \d+:\d\dam"))
    expect(alice.get_by_text("Not read yet")).to_have_count(1)
    receipt = alice.url
    keep(alice, demo, "receipt")

    saira = enter("Saira Khan", DESK)
    row = saira.locator("tr", has_text="Tom Ahmed").first
    row.get_by_role("button", name=re.compile("^Confirm I")).click()
    expect(saira.locator("tr", has_text="Tom Ahmed").first).to_contain_text("Confirmed")
    saira.locator("tr", has_text="Tom Ahmed").first.get_by_role("button", name="Undo").click()
    again = saira.locator("tr", has_text="Tom Ahmed").first
    again.get_by_role("button", name=re.compile("^Confirm I")).click()
    expect(saira.locator("tr", has_text="Tom Ahmed").first).to_contain_text("Confirmed")
    keep(saira, demo, "board-hill")
    # Told only when the two minutes of undoing are over.
    alice.goto(receipt)
    expect(alice.get_by_text("Not recorded yet")).to_have_count(2)

    vera = enter("Vera Moss", DESK)
    expect(vera.locator("[data-sum]").first).to_be_visible()
    sums = {mark.get_attribute("data-sum"): int(mark.inner_text()) for mark in vera.locator("[data-sum]").all()}
    assert sums["due"] == sum(number for name, number in sums.items() if name != "due")
    keep(vera, demo, "board")

    # One family answers by the link in its text, another in its own words.
    phone = enter("Vera Moss", PHONE)
    phone.goto("/demo/phone/+447700900013")
    expect(phone.locator("main")).to_contain_text("Vale Academy: Jayden was not marked in.")
    keep(phone, demo, "phone")
    phone.locator('main a[href*="/t/"]').first.click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Where is Jayden this morning?")
    keep(phone, demo, "link")
    phone.get_by_text("Jayden is on the way").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("When will Jayden be at school?")
    phone.locator("main form button").first.click()
    expect(phone.locator("main")).to_contain_text("Please bring Jayden to reception")
    phone.goto("/demo/phone/+447700900017")
    phone.get_by_label("Text school from this phone").fill("Amira has been sick all night")
    phone.get_by_role("button", name="Send").click()
    expect(phone.locator("main")).to_contain_text("Sent from this phone")

    vera.reload()
    expect(vera.locator("tr", has_text="Amira Haddad").first).to_contain_text("answered by text")
    expect(vera.locator("tr", has_text="Jayden Pearce").first).to_contain_text("Margaret, the link in our text")
    vera.get_by_role("link", name="Inbox").click()
    answer = vera.locator("tr", has_text="Amira has been sick all night")
    expect(answer.get_by_label("Reason")).to_have_value("ill")
    keep(vera, demo, "inbox")
    answer.get_by_role("button", name="Take as report").click()
    vera.goto(vera.url.split("/inbox")[0] + "/day/today")
    expect(vera.locator("tr", has_text="Amira Haddad").first).to_contain_text("Confirm I")
