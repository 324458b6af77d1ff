"""What a page costs a phone with two bars of signal: bytes and requests, cold, over the wire."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import Page, Request

from tests.browser.conftest import DESK, Visit

pytestmark = pytest.mark.browser


def cost(page: Page, address: str) -> tuple[int, int]:
    """(bytes, requests) of the page in a browser that has kept nothing: headers and bodies as they came."""
    browser = page.context.browser
    assert browser is not None
    context = browser.new_context(
        storage_state=page.context.storage_state(), viewport=page.viewport_size, service_workers="block"
    )
    done: list[Request] = []

    def keep(request: Request) -> None:
        done.append(request)

    cold = context.new_page()
    cold.on("requestfinished", keep)
    cold.goto(urljoin(page.url, address), wait_until="networkidle")
    assert urlsplit(cold.url).path == urlsplit(address).path
    assert {urlsplit(request.url).hostname for request in done} == {"localhost"}
    sizes = [request.sizes() for request in done]
    context.close()
    return sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes), len(done)


def over(page: Page, addresses: list[str], most_bytes: int, most_requests: int) -> list[tuple[str, int, int]]:
    costs = [(address, *cost(page, address)) for address in addresses]
    return [each for each in costs if each[1] > most_bytes or each[2] > most_requests]


def test_parents_pages_and_a_report(visitors: Visit) -> None:
    page = visitors("Shirin Begum", service_workers="block")
    page.goto("/children")
    child = page.get_by_role("link", name="Ibrahim").get_attribute("href") or ""
    page.goto(f"{child}/away-today")
    page.get_by_label("Ill or unwell").check()
    page.get_by_label("Sick or diarrhoea").check()
    with page.expect_request(lambda request: request.method == "POST") as sent:
        page.get_by_role("button", name="Tell school").click()
    page.wait_for_url(re.compile("/absence-reports/"))
    size = sent.value.sizes()
    assert size["requestBodySize"] + size["requestHeadersSize"] <= 5_000
    receipt = urlsplit(page.url).path
    addresses = ["/home", "/children", "/messages", "/you", child, f"{child}/year", f"{child}/away-today", receipt,
                 f"{receipt}/change", "/absence-reports/new", "/help"]  # fmt: skip
    assert over(page, addresses, 60_000, 8) == []


def test_staff_pages(visitors: Visit) -> None:
    page = visitors("Vera Moss", DESK, service_workers="block")
    school = "/".join(urlsplit(page.url).path.split("/")[:3])
    addresses = [urlsplit(page.url).path, *(f"{school}/{place}" for place in ("registers", "inbox", "tasks", "find"))]
    assert over(page, addresses, 120_000, 12) == []
