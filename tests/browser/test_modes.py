"""The pages as people see them: axe, narrow, large letters, mirrored, forced colours, no script; and in the long run
(``tests/long/test_every_mode.py``) each page in dark and at every width too. The pieces are always looked at so
(``test_component_page``).

Each walk begins at one page, follows every link that stands on it, and looks at one page of each kind in every mode.
Staff pages are walked at a desk only: every page is looked at 320 px wide too, where the phone's own bar stands.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import CDPSession, ConsoleMessage, Page, expect

from tests.browser.conftest import DESK, PHONE, Visit

pytestmark = pytest.mark.browser

ONE_OF_SOME = re.compile(r"(/settings|/imports/columns)/[^/]+$")
ID = re.compile(r".*[\dA-Z].*|.{18,}")
TOUR = {"Jayden", "Amira", "Ella", "Tom"}
ONE_PUPIL = (
    "Adm no,Forename,Surname,DOB,Gender,Year,Admission date\r\n90001,Zoë,Sample,15/01/2018,F,3,01/09/2026\r\n"
).encode("cp1252")
WHOLE = {"resultTypes": ["violations"]}
CONTRAST = {"runOnly": ["color-contrast"], **WHOLE}
SIDEWAYS = """() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return null;
    const wide = [...document.querySelectorAll('body *')].filter(each => {
        const box = each.getBoundingClientRect();
        return box.width && (box.right > width + 1 || box.left < -1);
    });
    return wide.slice(-3).map(each => each.outerHTML.slice(0, 120)).join('\\n') || 'the page';
}"""
# What must be seen by its edge where a machine's owner has chosen all colours.
EDGELESS = """() => [...document.querySelectorAll('.govuk-button, .status, .chip label, .govuk-input, .govuk-textarea')]
    .filter(each => each.getBoundingClientRect().height && getComputedStyle(each).borderTopWidth === '0px')
    .map(each => each.outerHTML.slice(0, 80))"""

PARENT_KINDS = {
    "/home", "/messages", "/children", "/children/*", "/children/*/year", "/children/*/away-today", "/you",
    "/you/phones", "/you/notifications", "/you/language", "/you/contact", "/help", "/accessibility",
    "/absence-reports/new", "/absence-reports/*", "/absence-reports/*/change", "/absence-reports/*/coming-in",
    "/absence-reports/*/files",
}  # fmt: skip
STAFF_KINDS = {
    "/staff/*/day/*/morning", "/staff/*/registers", "/staff/*/registers/*/morning/*", "/staff/*/inbox",
    "/staff/*/tasks", "/staff/*/find", "/staff/*/reception", "/staff/*/reception/*", "/staff/*/on-site",
    "/staff/*/totals", "/staff/*/pupils/*", "/staff/*/pupils/*/call", "/staff/*/pupils/*/case",
    "/staff/*/pupils/*/note", "/staff/*/pupils/*/message", "/staff/*/pupils/*/report",
    "/staff/*/pupils/*/mark/*/morning",
}  # fmt: skip
ADMIN_KINDS = {
    "/staff/*/imports", "/staff/*/imports/new", "/staff/*/imports/columns/*", "/staff/*/imports/*",
    "/staff/*/settings", "/staff/*/settings/*", "/staff/*/calendar", "/staff/*/calendar/new", "/staff/*/calendar/*",
}  # fmt: skip


def kind_of(path: str) -> str:
    """/children/* for /children/Kd7mRw2Q: one page of each kind is looked at."""
    parts = ONE_OF_SOME.sub(r"\1/*", path.rstrip("/")).replace("/afternoon", "/morning").split("/")
    if parts[1:2] == ["staff"] and len(parts) > 2 and parts[2] != "sign-in":
        parts[2] = "*"
    return "/".join("*" if ID.fullmatch(part) else part for part in parts) or "/"


class Looker:
    """Looks at the page that is open, in the hardest modes or in every one, and collects what is wrong."""

    def __init__(self, page: Page, size: dict[str, int], every_mode: bool) -> None:
        self.page, self.size, self.every_mode, self.faults = page, size, every_mode, list[str]()
        self.letters: CDPSession = page.context.new_cdp_session(page)
        page.on("console", self.hear)

    def hear(self, message: ConsoleMessage) -> None:
        """The content security policy, or a file that is not there; an answer of 4xx was asked for."""
        if "responded with a status of 4" not in message.text:
            self.faults.append(f"{self.page.url}: {message.text}")

    def look(self) -> None:
        self.axe("light")
        if self.every_mode:
            self.page.emulate_media(color_scheme="dark")
            self.contrast("dark")
        self.page.emulate_media(color_scheme="light", forced_colors="active")
        if bare := self.page.evaluate(EDGELESS):
            self.say("forced colours", str(bare[:3]))
        self.page.emulate_media(color_scheme="light", forced_colors="none")
        if self.every_mode:
            self.sideways("as it is")
            self.mirrored()
        self.page.set_viewport_size({"width": 320, "height": 640})
        self.sideways("320 px")
        self.mirrored()
        self.letters_of(32)
        self.sideways("320 px, letters twice as large")
        self.page.set_viewport_size(self.size)  # type: ignore[arg-type]
        if self.every_mode:
            self.sideways("letters twice as large")
        self.letters_of(16)

    def axe(self, mode: str) -> None:
        self.found(mode, Axe().run(self.page, options=WHOLE).response["violations"])

    def contrast(self, mode: str) -> None:
        """With the axe that ``axe`` has put into the page."""
        self.found(mode, self.page.evaluate("options => axe.run(document, options)", CONTRAST)["violations"])

    def found(self, mode: str, violations: list[dict[str, Any]]) -> None:
        for each in violations:
            self.say(mode, f"{each['id']}: {[node['html'][:140] for node in each['nodes']][:3]}")

    def sideways(self, mode: str) -> None:
        if wide := self.page.evaluate(SIDEWAYS):
            self.say(mode, f"scrolls sideways: {wide}")

    def mirrored(self) -> None:
        self.page.evaluate("document.documentElement.dir = 'rtl'")
        self.sideways("right to left")
        self.page.evaluate("document.documentElement.dir = 'ltr'")

    def letters_of(self, size: int) -> None:
        """Chromium's own setting, as a person sets it: media queries in em follow it."""
        self.letters.send("Page.setFontSizes", {"fontSizes": {"standard": size, "fixed": size - 3}})

    def say(self, mode: str, what: str) -> None:
        self.faults.append(f"{kind_of(urlsplit(self.page.url).path)}, {mode}: {what}")

    def walk(self, start: str, only: str) -> set[str]:
        """Look at one page of each kind that links lead to from ``start``; returns the kinds that were seen."""
        waiting, known = [start], {kind_of(start)}
        while waiting:
            answer = self.page.goto(waiting.pop(0))
            if answer is None or answer.status != 200:
                self.say("at all", f"{self.page.url}: {answer and answer.status}")
                continue
            self.look()
            for href in self.page.evaluate("[...document.querySelectorAll('a[href^=\"/\"]')].map(a => a.href)"):
                path = urlsplit(href).path
                if kind_of(path) not in known and re.match(only, path):
                    known.add(kind_of(path))
                    waiting.append(href)
        return known


def test_parents_pages_in_the_modes(visitors: Visit, every_mode: bool = False) -> None:
    page = visitors("Shirin Begum")
    page.goto("/children")
    page.get_by_role("link", name="Yusuf").click()
    page.goto(f"{page.url}/away-today")
    looker = Looker(page, PHONE, every_mode)
    looker.look()
    page.get_by_label("Ill or unwell").check()
    page.get_by_role("button", name="Tell school").click()
    page.wait_for_url(re.compile("/absence-reports/"))
    seen = looker.walk("/home", r"/(home|messages|children|you|help|accessibility|absence-reports)(/(?!.*/remove)|$)")
    seen.add("/children/*/away-today")
    assert seen >= PARENT_KINDS, PARENT_KINDS - seen
    # The pages of the long way, and a form that came back with its errors.
    page.goto("/absence-reports/new")
    page.get_by_role("button", name="Carry on").click()
    expect(page).to_have_title(re.compile("^Error: "))
    looker.look()
    page.get_by_label("Yusuf").check()
    page.get_by_label("More than one day").check()
    for _ in range(3):
        page.get_by_role("button", name="Carry on").click()
        looker.look()
        for chosen in ("starts_on", "ends_on", "reason"):
            choices = page.locator(f"input[type=radio][name={chosen}]")
            if choices.count():
                choices.first.check()
    assert looker.faults == [], "\n".join(looker.faults)


def test_who_is_not_signed_in_in_the_modes(visitors: Visit, every_mode: bool = False) -> None:
    page = visitors()
    looker = Looker(page, PHONE, every_mode)
    for address in ("/sign-in", "/sign-in/code", "/staff/sign-in", "/staff/sign-in/code", "/signed-out", "/offline",
                    "/help", "/accessibility"):  # fmt: skip
        page.goto(address)
        looker.look()
    page.goto("/sign-in")
    page.get_by_role("button", name="Send me a code").click()
    expect(page).to_have_title(re.compile("^Error: "))
    looker.look()
    assert looker.faults == [], "\n".join(looker.faults)


def test_links_in_the_modes(visitors: Visit, every_mode: bool = False) -> None:
    page = visitors()
    looker = Looker(page, PHONE, every_mode)
    open_question(page)
    seen = looker.walk(urlsplit(page.url).path, r"/t/")
    assert len(seen) == 3, seen
    page.goto("/t/nobody-has-this-one")
    looker.look()
    assert looker.faults == [], "\n".join(looker.faults)


def test_staff_pages_in_the_modes(visitors: Visit, every_mode: bool = False) -> None:
    page = visitors("Vera Moss", DESK)
    looker = Looker(page, DESK, every_mode)
    seen = looker.walk(urlsplit(page.url).path, r"/staff/(?!sign-in|\w+/imports|\w+/calendar|\w+/settings)")
    assert seen >= STAFF_KINDS, STAFF_KINDS - seen
    assert looker.faults == [], "\n".join(looker.faults)


def test_who_keeps_the_school_in_the_modes(visitors: Visit, every_mode: bool = False) -> None:
    page = visitors("Adil Farooq", DESK)
    page.goto("/staff/hill/imports/new")
    looker = Looker(page, DESK, every_mode)
    page.get_by_role("button", name="Check the file").click()
    expect(page).to_have_title(re.compile("^Error: "))
    looker.look()
    page.get_by_label("Pupils", exact=True).check()
    page.get_by_label("Yes, the whole roll").check()
    page.set_input_files("#file", {"name": "roll.csv", "mimeType": "text/csv", "buffer": ONE_PUPIL})
    page.get_by_role("button", name="Check the file").click()
    # The file leaves out nearly the whole school: the page that asks, after the page that waits.
    expect(page.get_by_label("How many would leave?")).to_be_visible()
    seen = looker.walk("/staff/hill/imports", r"/staff/hill/(imports|settings|calendar)(?!.*[.]csv)")
    assert seen >= ADMIN_KINDS, ADMIN_KINDS - seen
    assert looker.faults == [], "\n".join(looker.faults)


def test_on_a_phone_every_place_can_be_reached(visitors: Visit) -> None:
    """What the bar at the bottom has no room for stands in the menu under the person's name."""
    wide = visitors("Saira Khan", DESK)
    places = {link.get_attribute("href") for link in wide.locator(".bar__nav a").all()}
    page = visitors("Saira Khan", PHONE)
    page.locator(".bar summary", has_text="Khan").click()
    shown = page.locator(".bottom-bar a:visible, .menu__list a:visible").all()
    assert {link.get_attribute("href") for link in shown} >= places


def test_without_script_a_parent_signs_in_reports_changes_and_takes_back(visitors: Visit) -> None:
    page = visitors(java_script_enabled=False)
    page.goto("/sign-in")
    page.get_by_label("Mobile number or e-mail address").fill("07700 900022")
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("6-digit code").fill(code_on_the_demo_phone(visitors(), "+447700900022"))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/home")
    page.get_by_role("link", name="Children").click()
    page.get_by_role("link", name="Temi").click()
    page.goto(f"{page.url}/away-today")
    page.get_by_role("button", name="Tell school").click()
    expect(page.get_by_role("link", name="Choose why Temi is away")).to_be_visible()
    page.get_by_label("Ill or unwell").check()
    page.get_by_label("Cough or cold").check()
    page.get_by_role("button", name="Tell school").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Sent to school at"))
    receipt = page.url
    page.get_by_role("link", name="Change this").click()
    page.get_by_text("Change the day or time").click()
    page.get_by_label("Coming in late").check()
    page.get_by_label("Doctor, dentist or hospital").check()
    page.get_by_label("In school at").fill("11am")
    page.get_by_role("button", name="Send the change").click()
    expect(page.locator("main")).to_contain_text("School has what you changed at ")
    expect(page.locator("main")).to_contain_text("Doctor, dentist or hospital")
    page.goto(receipt)
    page.get_by_role("link", name="Temi is coming in").click()
    page.get_by_label("Another time").fill("11.30am")
    page.get_by_role("button", name="Tell school").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You took this back")


def test_without_script_a_link_is_answered(visitors: Visit) -> None:
    page = visitors(java_script_enabled=False)
    child = open_question(page)
    page.get_by_role("link", name=f"{child} is on the way").click()
    page.locator("main form button").first.click()
    expect(page.locator("main")).to_contain_text(f"Please bring {child} to reception")


def open_question(page: Page) -> str:
    """Open a link that asks where a child is, of a family that the tour leaves alone; the child's first name."""
    page.goto("/demo/phone")
    phones = [link.get_attribute("href") or "" for link in page.locator('main a[href*="/demo/phone/+44"]').all()]
    for phone in phones:
        page.goto(phone)
        text = page.locator("main").inner_text()
        asked = re.search(r"Vale Academy: (\S+) was not marked in", text)
        if asked and asked[1] not in TOUR and page.locator('main a[href*="/t/"]').count() == 1:
            page.locator('main a[href*="/t/"]').click()
            # Some families of the demo have answered already.
            if page.get_by_role("link", name=f"{asked[1]} is on the way").count():
                return asked[1]
    raise AssertionError("no family was asked")


def code_on_the_demo_phone(page: Page, number: str) -> str:
    """The sign-in code, as soon as the worker has sent it."""
    for _ in range(40):
        page.goto(f"/demo/phone/{number}")
        if found := re.search(r"(\d{6}) is your Firstbell code", page.locator("main").inner_text()):
            return found[1]
        page.wait_for_timeout(250)
    raise AssertionError("no code came")
