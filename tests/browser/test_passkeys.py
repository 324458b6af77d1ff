"""A passkey in real Chromium, with its virtual authenticator: offered after a code, then used instead of one."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK

PHONE = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


def give_a_reader(page: Page, **more: Any) -> Any:
    """The browser of the page gets a fingerprint reader that always says yes."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    return devtools.send("WebAuthn.addVirtualAuthenticator", {"options": {**PHONE, **more}})


def code_for(page: Page, phone: str) -> str:
    """The code on the demo phone, once the worker has sent it."""
    for _ in range(60):
        found = re.findall(r"\b(\d{6}) is your", page.context.request.get(phone).text())
        if found:
            return str(found[0])
        page.wait_for_timeout(250)
    raise AssertionError(f"no code came to {phone}")


def ask_for_code(page: Page, number: str) -> None:
    page.goto("/sign-in")
    page.get_by_label("Mobile number or e-mail address").fill(number)
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("6-digit code").fill(code_for(page, f"/demo/phone/+44{number[1:].replace(' ', '')}"))
    page.get_by_role("button", name="Sign in").click()


def number_of(visitors: Any, name: str) -> str:
    page = visitors(name)
    page.goto("/you/contact")
    return re.search(r"07\d{3} \d{6}", page.locator("main").inner_text())[0]


def test_a_passkey_is_offered_after_a_code_and_used_instead_of_one(visitors: Any) -> None:
    number = number_of(visitors, "Alice Ahmed")
    page = visitors()
    give_a_reader(page)
    ask_for_code(page, number)
    expect(page.get_by_role("heading", level=1)).to_have_text("Next time, use your fingerprint or face")
    page.get_by_role("button", name="Yes, set it up").click()
    page.wait_for_url("**/home")
    page.goto("/you")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/signed-out")
    page.goto("/sign-in")
    # The browser offers it by itself, and this reader says yes at once: no button is pressed.
    page.wait_for_url("**/home")
    page.goto("/you/passkeys")
    expect(page.get_by_text("last used")).to_be_visible()


def test_who_has_none_is_told_and_can_use_a_code(visitors: Any) -> None:
    page = visitors(size=DESK)
    page.goto("/sign-in")
    give_a_reader(page)
    page.get_by_role("button", name="Use my fingerprint or face").click()
    expect(page.locator("[data-says]")).to_contain_text("use a code")
    expect(page.get_by_role("button", name="Send me a code")).to_be_visible()


def test_without_script_no_passkey_is_spoken_of(visitors: Any) -> None:
    page = visitors(java_script_enabled=False)
    page.goto("/sign-in")
    expect(page.get_by_role("button", name="Use my fingerprint or face")).to_be_hidden()
    expect(page.get_by_role("button", name="Send me a code")).to_be_visible()
