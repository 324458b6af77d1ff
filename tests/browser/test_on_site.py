"""The list of who is on site on an enrolled device: there without a network, gone at midnight and at sign-out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect

from tests.browser.conftest import Demo

pytestmark = pytest.mark.browser

AS_OF = re.compile(r"As of \d\d:\d\d, \w+day \d+ \w+\. No connection: who came or left after")
HOLDS_NONE = "No connection. This device holds no list of today."
# Not wait_for_function: it evaluates again in the page, and the page's security policy refuses that.
CONTROLLED = """() => new Promise((done, failed) => {
  if (navigator.serviceWorker.controller) done();
  navigator.serviceWorker.addEventListener("controllerchange", () => done(), { once: true });
  setTimeout(() => navigator.serviceWorker.getRegistrations().then((found) => failed(new Error(
    "no service worker controls this page; registered: " + JSON.stringify(found.map((each) => [
      each.scope, each.installing && each.installing.state, each.waiting && each.waiting.state,
      each.active && each.active.state]))))), 15000);
})"""
STORED = """async () => {
  const db = await new Promise((done, failed) => {
    const asked = indexedDB.open("firstbell-on-site", 1);
    asked.onsuccess = () => done(asked.result);
    asked.onerror = failed;
  });
  const rows = await new Promise((done) => {
    const asked = db.transaction("copies").objectStore("copies").getAll();
    asked.onsuccess = () => done(asked.result);
  });
  db.close();
  return Promise.all(rows.map(async (row) => ({
    fields: Object.keys(row).sort(),
    bytes: row.data ? Array.from(new Uint8Array(row.data)) : [],
    extractable: row.key ? row.key.extractable : null,
    exported: row.key ? await crypto.subtle.exportKey("raw", row.key).then(() => true, () => false) : null,
  })));
}"""


@pytest.fixture
def context(browser: Browser, demo: Demo) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 390, "height": 844}, base_url=demo.address)
    yield made
    made.close()


@pytest.fixture
def saira(context: BrowserContext) -> Page:
    """Signed in as the attendance officer, on the page of who is on site."""
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.goto("/sign-in")
    page.get_by_role("button", name="Saira Khan").click()
    page.wait_for_url(re.compile(r"/staff/hill/"))
    page.goto("/staff/hill/on-site")
    return page


def enrol(page: Page, name: str) -> None:
    page.get_by_label("Name of this device").fill(name)
    page.get_by_role("button", name="Keep the list on this device").click()
    expect(page.locator("#site-kept")).to_contain_text("This browser keeps the list of", timeout=20_000)
    try:
        page.evaluate(CONTROLLED)
    except Error:
        # A browser whose first try failed registers the service worker at its next page (js/on-site-keep.js).
        page.reload()
        page.evaluate(CONTROLLED)


def stored(page: Page) -> list[dict[str, Any]]:
    return list(page.evaluate(STORED))


def names_on(page: Page) -> list[str]:
    return [name.strip() for name in page.locator(".site__list bdi").all_inner_texts()]


def test_without_a_network_the_list_is_there_and_at_midnight_it_is_gone(context: BrowserContext, saira: Page) -> None:
    expect(saira.locator("#site-kept")).to_have_text("This browser keeps no list.")
    enrol(saira, "Red tablet")
    names = names_on(saira)
    assert len(names) > 50
    held = stored(saira)
    assert [row["fields"] for row in held] == [["data", "device", "expiresAt", "iv", "key", "savedAt", "school"]]
    assert (held[0]["extractable"], held[0]["exported"]) == (False, False)
    raw = bytes(held[0]["bytes"])
    assert len(raw) > 1000
    for words in (*names, *(part for name in names for part in name.split() if len(part) > 3)):
        assert words.encode() not in raw

    context.set_offline(True)
    saira.goto("/staff/hill/on-site")
    expect(saira.get_by_role("heading", level=1)).to_have_text("Who is on site")
    expect(saira.locator("#site-as-of")).to_have_text(AS_OF)
    assert names_on(saira) == names
    assert saira.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    # The board cannot be fetched either: then this list is what helps.
    saira.goto("/staff/hill/day/today")
    expect(saira.locator("#site-as-of")).to_have_text(AS_OF)
    saira.goto("/home")
    expect(saira.get_by_role("heading", level=1)).to_have_text("You need signal for this")
    # Whoever opens the app at the family's door is led to the list all the same.
    saira.get_by_role("link", name=re.compile(r"Who is on site at Hill Primary, as of \d\d:\d\d")).click()
    expect(saira.locator("#site-as-of")).to_have_text(AS_OF)
    assert names_on(saira) == names

    # Its day over, the list is deleted: under the eyes of somebody who looks at it, and at the next opening.
    saira.goto("/staff/hill/on-site")
    expect(saira.locator("#site-as-of")).to_have_text(AS_OF)
    tomorrow = context.new_page()
    tomorrow.clock.install()
    tomorrow.goto("/staff/hill/on-site")
    expect(tomorrow.locator("#site-as-of")).to_have_text(AS_OF)
    tomorrow.clock.fast_forward("24:00:00")
    expect(tomorrow.locator("#site-as-of")).to_have_text(HOLDS_NONE)
    assert names_on(tomorrow) == []
    saira.goto("/staff/hill/on-site")
    expect(saira.locator("#site-as-of")).to_have_text(HOLDS_NONE)
    assert [row["fields"] for row in stored(saira)] == [["device", "school"]]
    saira.goto("/home")
    expect(saira.get_by_role("heading", level=1)).to_have_text("You need signal for this")
    expect(saira.locator("#on-site")).to_be_hidden()

    # The next day it is given a new list without a hand's turn.
    context.set_offline(False)
    saira.goto("/staff/hill/on-site")
    expect(saira.locator("#site-kept")).to_contain_text("This browser keeps the list of", timeout=20_000)


def test_at_sign_out_the_list_is_gone(context: BrowserContext, saira: Page) -> None:
    enrol(saira, "Office computer")
    saira.locator("summary", has_text="menu").click()
    saira.get_by_role("button", name="Sign out").click()
    saira.wait_for_url(re.compile("/signed-out"))
    context.set_offline(True)
    saira.goto("/staff/hill/on-site")
    expect(saira.locator("#site-as-of")).to_have_text(HOLDS_NONE)
    assert [row["bytes"] for row in stored(saira)] == [[]]


def test_a_device_that_was_removed_deletes_its_list_when_it_next_asks(
    browser: Browser, demo: Demo, context: BrowserContext, saira: Page
) -> None:
    enrol(saira, "Blue tablet")
    elsewhere = browser.new_context(base_url=demo.address, storage_state=context.storage_state())
    other = elsewhere.new_page()
    other.goto("/staff/hill/on-site")
    other.get_by_role("button", name="Remove Blue tablet").click()
    expect(other.get_by_role("button", name="Remove Blue tablet")).to_have_count(0)
    elsewhere.close()
    saira.evaluate("window.firstbellOnSite.refresh(true)")
    expect(saira.locator("#site-kept")).to_have_text("This browser keeps no list.")
    assert stored(saira) == []
    context.set_offline(True)
    saira.goto("/staff/hill/on-site")
    expect(saira.get_by_role("heading", level=1)).to_have_text("You need signal for this")


def test_the_boards_keys_are_turned_off_for_this_browser(context: BrowserContext, saira: Page) -> None:
    saira.set_viewport_size({"width": 1280, "height": 900})
    saira.goto("/staff/hill/day/today")
    saira.locator(".board-list tbody tr[id] th a").first.focus()
    first = saira.evaluate("document.activeElement.id")
    saira.keyboard.press("j")
    assert saira.evaluate("document.activeElement.id") != first
    saira.keyboard.press("?")
    saira.keyboard.press("Enter")
    expect(saira.locator("#board-keys")).to_have_text("Turn keys on")
    saira.reload()
    expect(saira.locator("#board-keys")).to_have_text("Turn keys on")
    saira.locator(".board-list tbody tr[id] th a").first.focus()
    saira.keyboard.press("j")
    assert saira.evaluate("document.activeElement.id") == first
