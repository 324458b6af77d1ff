"""Single sign-on with a real, certified provider on this machine: the npm package oidc-provider, in real Chromium.

Set up by an administrator and tried; an account connected and signed in with; a stranger refused, a sign-in stopped
half way, and one led back into another browser; each time through the provider's own pages.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.conftest import DESK, Demo, start_demo

SECRET = "kept+between/us=and%the~provider"
SERVER = """
import Provider from 'oidc-provider';
const { PORT, BACK, SECRET } = process.env;
const provider = new Provider(`http://127.0.0.1:${PORT}`, {
  clients: [{ client_id: 'firstbell', client_secret: SECRET, redirect_uris: [BACK] }],
  pkce: { required: () => true },
  cookies: { keys: ['of this test'] },
  findAccount: (ctx, id) => ({ accountId: id, claims: async () => ({ sub: id, email: 'saira.khan@hill.example' }) }),
});
provider.listen(Number(PORT), '127.0.0.1', () => console.log('ready'));
"""

Visit = Callable[..., Page]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the provider in it."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("no node was found")
    folder = tmp_path_factory.mktemp("provider")
    (folder / "package.json").write_text(json.dumps({"private": True, "type": "module"}))
    (folder / "server.js").write_text(SERVER)
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "oidc-provider@9"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0:
        pytest.skip(f"npm could not install oidc-provider: {done.stderr[-300:]}")
    return folder


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    process, started = start_demo(tmp_path_factory.mktemp("demo"))
    yield started
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=90)


@contextmanager
def real_provider(folder: Path, back: str) -> Iterator[str]:
    """The issuer of a running provider that sends people back there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        ["node", "server.js"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env={**os.environ, "PORT": str(port), "BACK": back, "SECRET": SECRET},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert any("ready" in line for line in process.stdout), "the provider did not start"
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def visit(demo: Demo) -> Iterator[Visit]:
    """``visit("Saira Khan")``: a browser of its own, signed in by that card of the demo; without a name, nobody."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium was found")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield lambda name="": _visit(browser, demo, name)
        browser.close()


def _visit(browser: Browser, demo: Demo, name: str) -> Page:
    page = browser.new_context(viewport=DESK, base_url=demo.address).new_page()  # type: ignore[arg-type]
    page.set_default_timeout(20_000)
    if name:
        page.goto("/sign-in")
        page.get_by_role("button", name=name).click()
        page.wait_for_url(re.compile(r"/staff/"))
    return page


def sign_in_there(page: Page, login: str) -> None:
    """Sign in on the provider's own pages, and agree that we may know who it is."""
    page.get_by_placeholder("Enter any login").fill(login)
    page.get_by_placeholder("and password").fill("anything")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()


def heading(page: Page) -> Any:
    return expect(page.get_by_role("heading", level=1))


def at_work(page: Page) -> None:
    """Somebody is signed in."""
    page.wait_for_url(re.compile(r"/staff/(?!sign-in)\w+"))
    page.goto("/staff/you")
    heading(page).to_have_text("Your sign-in")


@pytest.mark.long
@pytest.mark.browser
def test_single_sign_on_with_a_real_provider(installed: Path, visit: Visit) -> None:
    adil = visit("Adil Farooq")
    adil.get_by_role("link", name="People").first.click()
    domain = _domain_of(adil)
    adil.get_by_role("link", name="Single sign-on").click()
    adil.get_by_role("link", name="Another provider").click()
    back = adil.locator("code").inner_text()
    with real_provider(installed, back) as issuer:
        _set_up(adil, issuer, domain)
        _connect_and_come_back(visit, issuer)
        _turned_away(visit)
    print(f"oidc-provider {_version(installed)}: set up, tried, connected, signed in, refused, stopped, led astray")


def _version(folder: Path) -> str:
    found = json.loads((folder / "node_modules" / "oidc-provider" / "package.json").read_text())
    return str(found["version"])


def _domain_of(adil: Page) -> str:
    """Where the school's staff have their addresses, from the page of one of them."""
    listed = adil.url
    adil.get_by_role("link", name="Saira Khan").click()
    domain = re.search(r"\w@([\w.-]+\w)", adil.locator("main").inner_text())
    adil.goto(listed)
    assert domain is not None
    return domain[1]


def _set_up(adil: Page, issuer: str, domain: str) -> None:
    adil.get_by_label("Name that staff know it by").fill("Real ID")
    adil.get_by_label("Issuer").fill(issuer)
    adil.get_by_label("Client ID").fill("firstbell")
    adil.get_by_label("Client secret").fill("not the secret")
    adil.get_by_label("Domains of staff's addresses").fill(domain)
    adil.get_by_label("The provider always makes one").check()
    adil.get_by_role("button", name="Save").click()
    # A wrong secret is found out by the trial, and staff are offered nothing.
    adil.get_by_role("button", name="Try it").click()
    sign_in_there(adil, "subject-of-adil")
    heading(adil).to_have_text("Real ID cannot sign you in just now")
    expect(adil.locator("main")).to_contain_text("It did not take our code: invalid_client")
    adil.get_by_role("link", name="Back to single sign-on").click()
    adil.get_by_role("link", name="Change").click()
    adil.get_by_label("Client secret").fill(SECRET)
    adil.get_by_role("button", name="Save").click()
    expect(adil.locator("main")).to_contain_text("Not yet: staff are not offered it")
    adil.get_by_role("button", name="Try it").click()
    adil.wait_for_url(re.compile("/single-sign-on$"))
    expect(adil.locator("main")).to_contain_text("Yes, on")


def _connect_and_come_back(visit: Visit, issuer: str) -> None:
    saira = visit("Saira Khan")
    saira.goto("/staff/you")
    saira.get_by_role("button", name="Connect my Real ID account").click()
    saira.wait_for_url(re.compile(re.escape(issuer)))
    sign_in_there(saira, "subject-of-saira")
    saira.wait_for_url(re.compile("/staff/you$"))
    expect(saira.locator("main")).to_contain_text("You can sign in with your Real ID account.")
    _sign_out(saira)
    expect(saira.locator("main")).to_contain_text("that account is still signed in on this computer")
    saira.goto("/staff")
    heading(saira).to_have_text("Staff sign in")
    # The provider's own session stays, so that it asks nothing.
    saira.goto("/staff/sign-in")
    saira.get_by_role("button", name="Sign in with Real ID").click()
    at_work(saira)
    expect(saira.locator("main")).to_contain_text("Saira Khan")
    elsewhere = visit()
    elsewhere.goto("/staff/sign-in")
    elsewhere.get_by_role("button", name="Sign in with Real ID").click()
    sign_in_there(elsewhere, "subject-of-saira")
    at_work(elsewhere)


def _sign_out(page: Page) -> None:
    """By the menu under the name, on a page of the school."""
    page.goto("/staff")
    page.wait_for_url(re.compile(r"/staff/\w+"))
    button = page.get_by_role("button", name="Sign out")
    if not button.is_visible():
        page.locator("summary", has_text="Khan").click()
    button.click()
    page.wait_for_url("**/staff/signed-out")


def _turned_away(visit: Visit) -> None:
    """The provider gives everybody Saira's address; a stranger with it is nobody here."""
    stranger = visit()
    stranger.goto("/staff/sign-in")
    stranger.get_by_role("button", name="Sign in with Real ID").click()
    sign_in_there(stranger, "subject-of-a-stranger")
    heading(stranger).to_have_text("This account is not connected to Firstbell")
    used = stranger.url
    stranger.goto(used)
    heading(stranger).to_have_text("Start the sign-in again")
    stranger.goto("/staff")
    heading(stranger).to_have_text("Staff sign in")
    # Stopped at the provider.
    other = visit()
    other.goto("/staff/sign-in")
    other.get_by_role("button", name="Sign in with Real ID").click()
    other.get_by_role("link", name="Cancel").or_(other.get_by_text("[ Cancel ]")).first.click()
    heading(other).to_have_text("You did not sign in")
    # A sign-in begun in one browser is no use in another, and its owner still ends it.
    one, two = visit(), visit()
    one.goto("/staff/sign-in")
    with one.expect_request(re.compile(r"/auth\?")) as sent:
        one.get_by_role("button", name="Sign in with Real ID").click()
    two.goto(sent.value.url)
    sign_in_there(two, "subject-of-saira")
    heading(two).to_have_text("Start the sign-in again")
    sign_in_there(one, "subject-of-saira")
    at_work(one)
    expect(one.locator("main")).to_contain_text("To disconnect it, set a password first.")
