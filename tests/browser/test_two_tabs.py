"""A family's two tabs, its Back button and its lost signal, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import DESK, Visit

pytestmark = pytest.mark.browser
MAIN = "main"


def h1(page: Page) -> Locator:
    return page.get_by_role("heading", level=1)


def test_back_after_the_receipt_and_sent_again_is_one_report(visitors: Visit) -> None:
    """Charlie told school of Noor at 8:14, and sends the form again with more words; then goes back, and once more."""
    page = visitors("Charlie Shah")
    receipt = page.get_by_role("link", name="See or change this").first.get_attribute("href")
    child = page.get_by_role("link", name="See every day as a list").first.get_attribute("href")
    assert child is not None and receipt is not None
    page.goto(child.replace("/year", "/away-today"))
    words = page.get_by_label(re.compile("Anything school should know"))
    for said in ("What you said now was added for school to read.", "School has it."):
        expect(h1(page)).to_have_text("Why is Noor away today?")
        page.get_by_label("Ill or unwell").check()
        words.fill("Poorly since 5")
        page.get_by_role("button", name="Tell school").click()
        expect(page.locator(MAIN)).to_contain_text(f"You told school about Noor at 8:14am. {said}")
        assert page.url.split("?")[0].endswith(receipt)
        expect(page.get_by_text("Poorly since 5")).to_have_count(1)
        page.go_back()


def test_changed_in_one_tab_while_school_decides_and_taken_back_in_two(visitors: Visit) -> None:
    jana = visitors("Jana Novak")
    receipt = jana.get_by_role("link", name="See or change this").get_attribute("href")
    change, first, second = (jana.context.new_page() for _ in range(3))
    change.goto(f"{receipt}/change")
    for page in (first, second):
        page.goto(f"{receipt}/coming-in")
    saira = visitors("Saira Khan", DESK)
    saira.locator("tr", has_text="Leo Novak").first.get_by_role("button", name=re.compile("^Confirm")).click()
    expect(saira.locator("tr", has_text="Leo Novak").first).to_contain_text("Confirmed")

    change.locator("textarea").first.fill("And now a rash")
    change.get_by_role("button", name="Send the change").click()
    expect(change.locator(MAIN)).to_contain_text("Send what you changed as a message")
    expect(change.locator("#words")).to_have_value("And now a rash")
    change.get_by_role("button", name="Send message").click()
    expect(change.locator("#talk li")).to_contain_text("And now a rash")

    for page in (first, second):
        page.locator("main input[type=radio]").first.check()
        page.get_by_role("button", name="Tell school").click()
        if page is first:
            expect(page.locator(MAIN)).to_contain_text("This report changed since you opened it")
            page.get_by_role("button", name="Tell school").click()
        expect(h1(page)).to_have_text("You took this back")


def test_without_signal_nothing_typed_is_lost_and_nothing_is_sent_twice(visitors: Visit) -> None:
    page = visitors("Shirin Begum")
    # The worker that answers without signal is there from the second page on.
    page.wait_for_function("navigator.serviceWorker && navigator.serviceWorker.ready.then(() => true)")
    page.goto("/home")
    child = page.locator('a[href^="/children/"]').first.get_attribute("href")
    assert child is not None
    page.goto("/".join(child.split("/")[:3]) + "/away-today")
    words = page.get_by_label(re.compile("Anything school should know"))
    page.get_by_label("Ill or unwell").check()
    words.fill("Kept on the way")
    page.context.set_offline(True)
    expect(page.locator(MAIN)).to_contain_text("No signal. You can still fill this in.")
    page.get_by_role("button", name="Tell school").click()
    expect(page.locator(MAIN)).to_contain_text("Not sent to school. What you wrote is still here.")
    expect(words).to_have_value("Kept on the way")

    # A phone that believes it has signal: the page says that it was not sent, and Back has what was typed.
    page.evaluate("Object.defineProperty(navigator, 'onLine', { get: () => true })")
    page.get_by_role("button", name="Tell school").click()
    expect(h1(page)).to_have_text("No signal: this was not sent")
    page.context.set_offline(False)
    page.go_back()
    expect(page.get_by_label("Ill or unwell")).to_be_checked()
    expect(words).to_have_value("Kept on the way")
    page.get_by_role("button", name="Tell school").click()
    expect(h1(page)).to_have_text(re.compile("Sent to school at"))
    expect(page.get_by_text("Kept on the way")).to_have_count(1)
